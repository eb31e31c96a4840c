"""Invitations, registration, tokens, and the administrator that is always left."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from typing import Any

import pytest

from controller.core.clock import utc_now
from tests.support.front import PASSWORD, Browser, Front


async def invited(admin: Browser, **wanted: Any) -> str:
    answer = await admin.post("/invitations", json={"role": "viewer", **wanted})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["link_token"])


# invitations


async def test_an_invitation_gives_its_rights_once(front: Front) -> None:
    admin = await front.admin()
    group = (await admin.post("/groups", json={"name": "alfa"})).json()["id"]
    word = await invited(admin, role="operator", group_ids=[group])
    guest = await front.browser()
    shown = (await guest.post("/invitations/preview", json={"token": word})).json()
    assert shown["role"] == "operator"
    answer = await guest.enter("/invitations/accept", token=word, username="guest", password=PASSWORD)
    assert answer.status_code == 201
    me = (await guest.get("/me")).json()
    assert (me["role"], me["all_hosts"], me["group_ids"]) == ("operator", False, [group])
    for path, body in [
        ("/invitations/preview", {"token": word}),
        ("/invitations/accept", {"token": word, "username": "second", "password": PASSWORD}),
    ]:
        assert (await (await front.browser()).post(path, json=body)).status_code == 404
    assert (await admin.get("/invitations")).json()["items"] == []


async def test_coming_in_by_a_link_is_a_login_like_any_other(front: Front) -> None:
    async def last_logins() -> dict[str, str | None]:
        return {one["username"]: one["last_login_at"] for one in (await admin.get("/users")).json()["items"]}

    admin = await front.admin()
    guest = await front.browser()
    await guest.enter("/invitations/accept", token=await invited(admin), username="guest", password=PASSWORD)
    by_link = (await last_logins())["guest"]
    assert by_link is not None
    assert datetime.fromisoformat(by_link) == utc_now(front.clock)
    front.clock.move(timedelta(hours=1))
    assert (await guest.enter("/login", username="guest", password=PASSWORD)).status_code == 200
    assert datetime.fromisoformat(str((await last_logins())["guest"])) == utc_now(front.clock)


async def test_two_who_share_a_link_become_one_user(front: Front) -> None:
    word = await invited(await front.admin())
    guests = [await front.browser() for _ in range(2)]
    answers = await asyncio.gather(
        *(
            guest.enter("/invitations/accept", token=word, username=f"guest-{n}", password=PASSWORD)
            for n, guest in enumerate(guests)
        )
    )
    assert sorted(answer.status_code for answer in answers) == [201, 404]


async def test_an_invitation_ends_by_time_or_when_it_is_withdrawn(front: Front) -> None:
    admin = await front.admin()
    short, withdrawn = await invited(admin, expires_in_hours=1), await invited(admin)
    rows = (await admin.get("/invitations")).json()["items"]
    assert (await admin.delete(f"/invitations/{rows[-1]['id']}")).status_code == 204
    front.clock.move(timedelta(minutes=61))
    guest = await front.browser()
    for word in (short, withdrawn, "", "wrong"):
        body = {"token": word, "username": "guest", "password": PASSWORD}
        assert (await guest.post("/invitations/preview", json={"token": word})).status_code == 404
        assert (await guest.post("/invitations/accept", json=body)).status_code == 404
    assert (await admin.get("/invitations")).json()["items"] == []


@pytest.mark.parametrize("how", ["demoted", "limited", "disabled", "deleted"])
async def test_who_loses_the_right_to_invite_leaves_no_way_back_in(front: Front, how: str) -> None:
    admin, other = await front.admin(), await front.user("other", role="admin", all_hosts=True)
    kept, word = await invited(admin, role="admin", all_hosts=True), await invited(other, role="admin", all_hosts=True)
    user_id = (await other.get("/me")).json()["id"]
    changes = {"demoted": {"role": "operator"}, "limited": {"all_hosts": False}, "disabled": {"enabled": False}}
    if how == "deleted":
        assert (await admin.delete(f"/users/{user_id}")).status_code == 204
    else:
        assert (await admin.patch(f"/users/{user_id}", json=changes[how])).status_code == 200
    guest = await front.browser()
    assert (await guest.post("/invitations/preview", json={"token": word})).status_code == 404
    assert (await guest.post("/invitations/preview", json={"token": kept})).status_code == 200


@pytest.mark.parametrize("hours", [0, -1, 24 * 90 + 1, 2**70])
async def test_an_invitation_lasts_from_an_hour_to_three_months(front: Front, hours: int) -> None:
    answer = await (await front.admin()).post("/invitations", json={"role": "viewer", "expires_in_hours": hours})
    assert answer.status_code == 400


async def test_a_taken_name_keeps_the_invitation_and_names_differ_in_more_than_case(front: Front) -> None:
    word = await invited(await front.admin())
    guest = await front.browser()
    taken = await guest.enter("/invitations/accept", token=word, username="ADMIN", password=PASSWORD)
    assert (taken.status_code, taken.json()["code"]) == (409, "name_taken")
    assert (await guest.enter("/invitations/accept", token=word, username="g", password=PASSWORD)).status_code == 201


# registration


async def test_registration_is_off_until_an_administrator_says_so_and_gives_no_rights(front: Front) -> None:
    admin = await front.admin()
    guest = await front.browser()
    body = {"username": "guest", "password": PASSWORD}
    assert (await guest.post("/register", json=body)).status_code == 403
    assert (await admin.patch("/settings", json={"self_registration": True})).status_code == 200
    assert (await guest.get("/setup")).json() == {"needed": False, "self_registration": True}
    assert (await guest.post("/register", json=body)).status_code == 201
    assert (await guest.log_in("guest")).json()["permissions"] == ["self"]
    for path in ("/hosts", "/groups", "/tokens", "/users", "/metrics/specs"):
        assert (await guest.get(path)).status_code == 403
    assert (await guest.post("/tokens", json={"name": "t", "scopes": ["admin"]})).status_code == 403
    await admin.patch("/settings", json={"self_registration": False})
    assert (await guest.post("/register", json={**body, "username": "late"})).status_code == 403


# tokens


async def made(browser: Browser, **wanted: Any) -> dict[str, Any]:
    answer = await browser.post("/tokens", json={"name": "t", "scopes": ["read"], **wanted})
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def test_a_token_is_shown_once_and_kept_as_a_hash(front: Front) -> None:
    admin = await front.admin()
    token = await made(admin)
    word = token["token"]
    assert word.startswith("ml_")
    assert word not in (await admin.get("/tokens")).text
    assert word not in str(await front.rows("select row_to_json(api_token)::text from api_token"))
    assert (await (await front.program(word)).get("/me")).json()["username"] == "admin"


async def test_a_token_ends_at_once_by_deletion_and_at_its_hour_by_itself(front: Front) -> None:
    admin = await front.admin()
    soon = (utc_now(front.clock) + timedelta(hours=1)).isoformat()
    short, deleted = await made(admin, expires_at=soon), await made(admin)
    programs = [await front.program(token["token"]) for token in (short, deleted)]
    assert [(await program.get("/me")).status_code for program in programs] == [200, 200]
    assert (await admin.delete(f"/tokens/{deleted['id']}")).status_code == 204
    answer = await programs[1].get("/me")
    assert (answer.status_code, answer.json()["code"]) == (401, "bad_token")
    assert (await programs[0].get("/me")).status_code == 200
    front.clock.move(timedelta(minutes=61))
    assert (await programs[0].get("/me")).status_code == 401


@pytest.mark.parametrize(
    "expires_at",
    ["2020-01-01T00:00:00Z", "2030-01-01T00:00:00", "9999-12-31T23:59:59-14:00", "0001-01-01T00:00:00+14:00", "x"],
    ids=["past", "without a zone", "beyond the calendar", "before the calendar", "none"],
)
async def test_an_expiry_that_cannot_be_is_refused(front: Front, expires_at: str) -> None:
    admin = await front.admin()
    answer = await admin.post("/tokens", json={"name": "t", "scopes": ["read"], "expires_at": expires_at})
    assert answer.status_code == 400, answer.text
    assert (await admin.get("/tokens")).status_code == 200


@pytest.mark.parametrize(
    ("scope", "reads", "writes", "invites"),
    [("read", 200, 403, 403), ("write", 200, 201, 403), ("admin", 200, 201, 201)],
)
async def test_scopes_narrow_what_a_token_may_do(
    front: Front, scope: str, reads: int, writes: int, invites: int
) -> None:
    program = await front.program((await made(await front.admin(), scopes=[scope], all_hosts=True))["token"])
    host = {"address": "127.0.0.1", "username": "root", "enabled": False}
    assert (await program.get("/hosts")).status_code == reads
    assert (await program.post("/hosts", json=host)).status_code == writes
    assert (await program.post("/invitations", json={"role": "viewer"})).status_code == invites


async def test_a_token_that_reads_changes_nothing_of_its_owner_either(front: Front) -> None:
    admin = await front.admin()
    program = await front.program((await made(admin))["token"])
    assert (await program.patch("/me", json={"preferences": {"a": 1}})).status_code == 403
    assert (await program.post("/me/password", json={"current": PASSWORD, "new": "another one 12"})).status_code == 403
    assert (await admin.get("/me")).json()["preferences"] == {}


async def test_a_token_makes_none_that_may_do_more_or_lasts_longer(front: Front) -> None:
    admin = await front.admin()
    soon = utc_now(front.clock) + timedelta(hours=1)
    parent = await front.program((await made(admin, scopes=["admin"], expires_at=soon.isoformat()))["token"])
    later = (soon + timedelta(seconds=1)).isoformat()
    for wanted in ({"all_hosts": True}, {}, {"expires_at": None}, {"expires_at": later}):
        answer = await parent.post("/tokens", json={"name": "t", "scopes": ["read"], **wanted})
        assert answer.status_code == 403, wanted
    assert (
        await parent.post("/tokens", json={"name": "t", "scopes": ["read"], "expires_at": soon.isoformat()})
    ).is_success


async def test_a_token_never_may_more_than_its_owner_now(front: Front) -> None:
    admin = await front.admin()
    groups = [(await admin.post("/groups", json={"name": name})).json()["id"] for name in ("alfa", "bravo")]
    user = await front.user("visitor", role="operator", group_ids=groups)
    assert (await user.post("/tokens", json={"name": "t", "scopes": ["read"], "all_hosts": True})).status_code == 403
    program = await front.program((await made(user, scopes=["admin"], group_ids=groups))["token"])
    host = {"address": "127.0.0.1", "username": "root", "enabled": False, "group_ids": groups[1:]}
    assert (await admin.post("/hosts", json=host)).status_code == 201
    assert (await program.get("/hosts")).json()["total"] == 1
    assert (await program.get("/users")).status_code == 403
    user_id = (await user.get("/me")).json()["id"]
    await admin.patch(f"/users/{user_id}", json={"group_ids": groups[:1]})
    assert (await program.get("/hosts")).json()["total"] == 0
    await admin.patch(f"/users/{user_id}", json={"role": "none"})
    assert (await program.get("/hosts")).status_code == 403
    await admin.delete(f"/users/{user_id}")
    assert (await program.get("/me")).status_code == 401


@pytest.mark.parametrize("word", ["", "ml_", "ml_" + "x" * 60_000, "\x00", "Ω"])
async def test_a_wrong_token_is_refused_even_beside_a_good_cookie(front: Front, word: str) -> None:
    browser = await front.admin()
    answer = await browser.get("/me", headers=[(b"Authorization", f"Bearer {word}".encode())])
    assert answer.status_code == (401 if word else 200)


# the administrator who is left


async def test_the_last_administrator_can_be_neither_demoted_nor_limited_nor_removed(front: Front) -> None:
    admin = await front.admin()
    mine = (await admin.get("/me")).json()["id"]
    await front.user("limited", role="admin")
    await front.user("disabled", role="admin", all_hosts=True)
    (disabled,) = await front.rows("select id from user_account where username = 'disabled'")
    await admin.patch(f"/users/{disabled}", json={"enabled": False})
    for changes in ({"role": "viewer"}, {"all_hosts": False}, {"enabled": False}):
        answer = await admin.patch(f"/users/{mine}", json=changes)
        assert (answer.status_code, answer.json()["code"]) == (409, "last_admin")
    assert (await admin.delete(f"/users/{mine}")).json()["code"] == "last_admin"
    assert (await admin.get("/users")).status_code == 200


async def test_two_administrators_cannot_remove_each_other_at_once(front: Front) -> None:
    first, second = await front.admin(), await front.user("second", role="admin", all_hosts=True)
    ids = [(await one.get("/me")).json()["id"] for one in (first, second)]
    answers = await asyncio.gather(first.delete(f"/users/{ids[1]}"), second.delete(f"/users/{ids[0]}"))
    done, refused = sorted(answer.status_code for answer in answers)
    assert (done, refused in {401, 409}) == (204, True)  # 401: the one was gone before the other asked
    left = "select count(*) from user_account where role = 'admin' and all_hosts and enabled"
    assert await front.rows(left) == [1]


@pytest.mark.parametrize("username", ["", " ", "_x", "a b", "a" * 65, "a\0b", "a\u202eb", "<b>", "a/b"])
async def test_a_name_that_confuses_is_refused(front: Front, username: str) -> None:
    word = await invited(await front.admin())
    body = {"token": word, "username": username, "password": PASSWORD}
    answer = await (await front.browser()).post("/invitations/accept", json=body)
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, "username")


@pytest.mark.parametrize("password", ["", "short", "password123", "aaaaaaaaaaaa", "visitor12345", "x" * 513])
async def test_a_password_that_anybody_would_try_is_refused(front: Front, password: str) -> None:
    word = await invited(await front.admin())
    body = {"token": word, "username": "visitor1", "password": password}
    answer = await (await front.browser()).post("/invitations/accept", json=body)
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, "password")
