"""Logging in and out: the cookie, what ends a session, and what a request with one has to bring along."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from controller.core.db import Database
from tests.support.front import HOME, PASSWORD, Front, build

SECURE = "https://moorline.test"


async def test_the_cookie_is_for_this_site_and_no_script(front: Front) -> None:
    await front.admin()
    answer = await (await front.browser()).log_in("ADMIN")
    name, *flags = [part.strip().lower() for part in answer.headers["set-cookie"].split(";")]
    assert name.startswith("moorline_session=")
    assert {"httponly", "samesite=strict", "path=/"} <= set(flags)
    assert "secure" not in flags
    assert not any(flag.startswith("domain") for flag in flags)


async def test_over_https_the_cookie_is_secure_and_logging_out_takes_it_back(front: Front) -> None:
    await front.admin()
    browser = await front.browser(home=SECURE)
    answer = await browser.log_in("admin")
    flags = answer.headers["set-cookie"].lower()
    assert flags.startswith("__host-moorline=")
    assert "; secure" in flags
    gone = (await browser.post("/logout")).headers["set-cookie"].lower()
    # browsers take a __Host- cookie, also one that ends it, only with these
    assert gone.startswith("__host-moorline=")
    assert "; secure" in gone
    assert "; path=/" in gone
    assert "max-age=0" in gone
    assert (await browser.get("/me")).status_code == 401


@pytest.mark.parametrize(
    ("settings", "headers", "secure"),
    [
        ({"trusted_proxies": "192.0.2.7"}, {"X_Forwarded_Proto": "https"}, True),
        ({"trusted_proxies": "192.0.2.7"}, {"X_Forwarded_Proto": "http"}, False),
        ({}, {"X_Forwarded_Proto": "https"}, False),
        ({"public_url": SECURE}, {"Origin": SECURE}, True),
    ],
    ids=["https before a trusted proxy", "http before it", "a proxy that nobody trusts", "https by the public address"],
)
async def test_the_cookie_is_secure_where_the_page_is_reached_by_https(
    database: Database, tmp_path: Path, settings: dict[str, Any], headers: dict[str, str], secure: bool
) -> None:
    front = build(database, tmp_path, **settings)
    browser = await front.browser(home=HOME, **headers)
    if "X_Forwarded_Proto" in headers and secure:
        browser.headers["Origin"] = SECURE
    answer = await browser.enter("/setup", token=await front.link(), username="admin", password=PASSWORD)
    assert answer.status_code == 201, answer.text
    assert ("; secure" in answer.headers["set-cookie"].lower()) is secure
    await front.close()


async def test_logging_out_ends_the_session_in_the_server(front: Front) -> None:
    browser = await front.admin()
    stolen = await front.browser(Cookie=f"moorline_session={browser.cookies['moorline_session']}")
    assert (await stolen.get("/me")).status_code == 200
    assert (await browser.post("/logout")).status_code == 204
    assert (await stolen.get("/me")).status_code == 401
    assert await front.rows("select 1 from login_session") == []


@pytest.mark.parametrize(
    ("steps", "alive"),
    [([6] * 4, True), ([8], False), ([6] * 6, False)],
    ids=["used every six days", "unused for eight days", "used for longer than thirty days"],
)
async def test_a_session_lasts_a_week_unused_and_a_month_at_most(front: Front, steps: list[int], alive: bool) -> None:
    browser = await front.admin()
    statuses = []
    for days in steps:
        front.clock.move(timedelta(days=days))
        statuses.append((await browser.get("/me")).status_code)
    assert statuses[-1] == (200 if alive else 401)


async def test_a_new_password_ends_all_other_sessions(front: Front) -> None:
    browser, other = await front.admin(), await front.browser()
    await other.log_in("admin")
    wrong = await browser.post("/me/password", json={"current": "not this one", "new": "another pass phrase"})
    assert (wrong.status_code, wrong.json()["code"]) == (400, "wrong_password")
    assert (await other.get("/me")).status_code == 200
    answer = await browser.post("/me/password", json={"current": PASSWORD, "new": "another pass phrase"})
    assert answer.status_code == 204
    assert (await browser.get("/me")).status_code == 200
    assert (await other.get("/me")).status_code == 401
    assert (await other.log_in("admin")).status_code == 401
    assert (await other.log_in("admin", "another pass phrase")).status_code == 200


async def test_a_disabled_user_is_out_at_once_with_sessions_and_tokens(front: Front) -> None:
    admin = await front.admin()
    user = await front.user("visitor")
    token = (await user.post("/tokens", json={"name": "t", "scopes": ["read"]})).json()["token"]
    program = await front.program(token)
    assert (await program.get("/me")).status_code == 200
    user_id = (await user.get("/me")).json()["id"]
    assert (await admin.patch(f"/users/{user_id}", json={"enabled": False})).status_code == 200
    assert (await user.get("/me")).status_code == 401
    assert (await program.get("/me")).status_code == 401
    assert (await user.log_in("visitor")).status_code == 401
    await admin.patch(f"/users/{user_id}", json={"enabled": True})
    assert (await user.get("/me")).status_code == 401  # the session has ended for good
    assert (await program.get("/me")).status_code == 200


async def test_one_session_can_be_ended_from_another(front: Front) -> None:
    browser, other = await front.admin(), await front.browser(User_Agent="other")
    await other.log_in("admin")
    rows = (await browser.get("/me/sessions")).json()["items"]
    there = next(row for row in rows if not row["current"])
    assert (there["user_agent"], there["address"]) == ("other", "192.0.2.7")
    assert (await browser.delete(f"/me/sessions/{there['id']}")).status_code == 204
    assert (await other.get("/me")).status_code == 401
    assert (await browser.delete(f"/me/sessions/{there['id']}")).status_code == 404


async def test_a_session_is_never_one_that_the_browser_brought_along(front: Front) -> None:
    await front.admin()
    browser = await front.browser(Cookie="moorline_session=chosen-by-somebody-else")
    answer = await browser.log_in("admin")
    assert "chosen-by-somebody-else" not in answer.headers["set-cookie"]
    assert (
        await (await front.browser(Cookie="moorline_session=chosen-by-somebody-else")).get("/me")
    ).status_code == 401


async def test_passwords_and_words_are_kept_as_hashes_alone(front: Front) -> None:
    browser = await front.admin()
    (kept,) = await front.rows("select password_hash from user_account")
    assert kept.startswith("$argon2id$")
    assert PASSWORD not in kept
    cookie = browser.cookies["moorline_session"]
    assert cookie not in str(await front.rows("select encode(secret_hash, 'escape'), csrf_token from login_session"))


@pytest.mark.parametrize("csrf", [None, "", "wrong", "é"])
async def test_a_cookie_alone_changes_nothing(front: Front, csrf: str | None) -> None:
    browser = await front.admin()
    del browser.headers["X-CSRF-Token"]
    sent = httpx.Headers([] if csrf is None else [(b"X-CSRF-Token", csrf.encode())])
    for method, path, body in [("POST", "/groups", {"name": "made"}), ("PATCH", "/me", {"preferences": {"a": 1}})]:
        answer = await browser.request(method, path, json=body, headers=sent)
        assert (answer.status_code, answer.json()["code"]) == (403, "csrf")
    assert (await browser.delete("/me/sessions/1", headers=sent)).status_code == 403
    assert (await browser.get("/me")).status_code == 200


async def test_the_csrf_word_of_another_session_is_no_good(front: Front) -> None:
    browser, other = await front.admin(), await front.browser()
    await other.log_in("admin")
    browser.headers["X-CSRF-Token"] = other.headers["X-CSRF-Token"]
    assert (await browser.post("/groups", json={"name": "made"})).status_code == 403


async def test_a_token_needs_no_csrf_word(front: Front) -> None:
    admin = await front.admin()
    made = await admin.post("/tokens", json={"name": "t", "scopes": ["admin"], "all_hosts": True})
    program = await front.program(made.json()["token"])
    assert (await program.post("/groups", json={"name": "made"})).status_code == 201


@pytest.mark.parametrize(
    "origin", ["https://evil.test", "null", "http://moorline.test.evil.test", "http://moorline.test:81"]
)
async def test_another_sites_page_cannot_change_anything_or_log_anybody_in(front: Front, origin: str) -> None:
    browser = await front.admin()
    browser.headers["Origin"] = origin
    for path, body in [
        ("/groups", {"name": "made"}),
        ("/login", {"username": "admin", "password": PASSWORD}),
        ("/logout", None),
    ]:
        answer = await browser.post(path, json=body)
        assert (answer.status_code, answer.json()["code"]) == (403, "foreign_origin")
    answer = await browser.get("/me")
    assert "access-control-allow-origin" not in answer.headers


async def test_preferences_are_kept_for_their_user(front: Front) -> None:
    admin = await front.admin()
    user = await front.user("visitor")
    kept = {"columns": ["cpu"], "theme": "dark", "深": {"a": [1, 2.5, None, True]}}
    assert (await user.patch("/me", json={"preferences": kept})).json()["preferences"] == kept
    assert (await user.get("/me")).json()["preferences"] == kept
    assert (await admin.get("/me")).json()["preferences"] == {}
