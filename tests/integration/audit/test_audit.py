"""The audit log: what changes state is in it once, with who, what and from where; nothing takes it out again."""

from __future__ import annotations

import re
from typing import Any

import pytest
from sqlalchemy.exc import DBAPIError

from tests.contract.rights.table import DRIVEN_ELSEWHERE, PUBLIC, SILENT
from tests.support.front import PASSWORD, Browser, Front

SECRET = "open-sesame-4711"
NEW_PASSWORD = "another pass phrase"
SSH_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBXRTGJvjnjnwVHbD0vUE0OsekOM7tNL+hoHTt7xZrgF of the test"
HOST = {"address": "192.0.2.1", "username": "root", "enabled": False, "name": "web-1"}
CREDENTIAL = {"name": "kept", "kind": "password", "password": SECRET}
# tests/contract/test_rights.py looks for the entries of all others, with a whole controller behind them
# how routes are called that concern accounts, hosts or nobody's account yet, and the action that is then in the log
DEEDS: dict[str, tuple[str, dict[str, Any] | None]] = {
    "POST /setup": ("user.set_up", None),
    "POST /login": ("user.login", {"username": "admin", "password": PASSWORD}),
    "POST /logout": ("user.logout", None),
    "POST /register": ("user.register", {"username": "guest-1", "password": PASSWORD}),
    "POST /invitations": ("invitation.create", {"role": "viewer"}),
    "POST /invitations/accept": ("invitation.accept", {"username": "guest-2", "password": PASSWORD}),
    "DELETE /invitations/{invitation_id}": ("invitation.delete", None),
    "POST /me/password": ("user.password", {"current": PASSWORD, "new": NEW_PASSWORD}),
    "DELETE /me/sessions/{session_id}": ("session.end", None),
    "PATCH /users/{user_id}": ("user.edit", {"role": "operator"}),
    "DELETE /users/{user_id}": ("user.delete", None),
    "POST /tokens": ("token.create", {"name": "ci", "scopes": ["read"]}),
    "DELETE /tokens/{token_id}": ("token.delete", None),
    "PATCH /settings": ("settings.edit", {"self_registration": True}),
    "POST /groups": ("group.create", {"name": "made"}),
    "PATCH /groups/{group_id}": ("group.update", {"name": "renamed"}),
    "DELETE /groups/{group_id}": ("group.delete", None),
    "POST /credentials": ("credential.create", {**CREDENTIAL, "name": "made"}),
    "PATCH /credentials/{credential_id}": ("credential.update", {"password": SECRET + "-new"}),
    "DELETE /credentials/{credential_id}": ("credential.delete", None),
    "POST /hosts": ("host.create", {**HOST, "name": "made"}),
    "PATCH /hosts/{host_id}": ("host.update", {"note": "changed"}),
    "DELETE /hosts/{host_id}": ("host.delete", None),
    "POST /hosts/bulk": ("host.update", {"action": "add_tags", "tags": ["eu"]}),
    "POST /hosts/{host_id}/retry": ("host.retry", None),
    "POST /me/ssh-keys": ("ssh_key.create", {"line": SSH_KEY}),
    "POST /hosts/{host_id}/keys/approve": ("host_key.approve", None),  # tests/integration/hosts: takes a host's key
}


BY_MAIL = {"POST /me/notify/confirm", "POST /notify/confirm"}  # tests/integration/notify: take a link from a mail


def test_every_route_that_no_other_test_looks_at_is_here() -> None:
    outside = {name for name in PUBLIC if not name.startswith("GET ")} | {"POST /logout"}
    assert outside <= set(DEEDS) | SILENT | BY_MAIL
    here = {name for name in DRIVEN_ELSEWHERE if name.startswith(("POST /me/", "POST /hosts/bulk"))}
    assert here <= set(DEEDS) | BY_MAIL


async def made(front: Front, admin: Browser, kind: str) -> int:
    """A fresh object of that kind."""
    if kind == "user":
        return int((await (await front.user("victim")).get("/me")).json()["id"])
    if kind == "session":
        await (await front.browser()).log_in("admin")
        return int(next(s["id"] for s in (await admin.get("/me/sessions")).json()["items"] if not s["current"]))
    paths: dict[str, tuple[str, dict[str, Any]]] = {
        "host": ("/hosts", HOST),
        "group": ("/groups", {"name": "kept"}),
        "credential": ("/credentials", CREDENTIAL),
        "invitation": ("/invitations", {"role": "viewer"}),
        "token": ("/tokens", {"name": "kept", "scopes": ["read"]}),
    }
    path, body = paths[kind]
    return int((await admin.post(path, json=body)).json()["id"])


async def prepared(front: Front, admin: Browser, operation: str) -> tuple[Browser, str, dict[str, Any] | None]:
    """Who calls, where and with what."""
    path = operation.partition(" ")[2]
    _, body = DEEDS[operation]
    if found := re.search(r"\{(\w+)_id\}", path):
        path = path.replace(found[0], str(await made(front, admin, found[1])))
    if operation == "POST /hosts/bulk":
        body = {**(body or {}), "ids": [await made(front, admin, "host")]}
    if operation == "POST /hosts/{host_id}/retry":
        await admin.patch(path.removesuffix("/retry"), json={"enabled": True})
    if operation == "POST /register":
        await admin.patch("/settings", json={"self_registration": True})
    if operation == "POST /invitations/accept":
        link = (await admin.post("/invitations", json={"role": "viewer"})).json()["link_token"]
        body = {**(body or {}), "token": link}
    browser = await front.browser("198.51.100.9") if operation in PUBLIC else admin
    return browser, path, body


SPECIAL = {"POST /setup", "POST /hosts/{host_id}/keys/approve"}


@pytest.mark.parametrize("operation", sorted(set(DEEDS) - SPECIAL))
async def test_a_deed_is_in_the_log_once_with_who_what_and_from_where(front: Front, operation: str) -> None:
    admin = await front.admin()
    browser, path, body = await prepared(front, admin, operation)
    (before,) = await front.rows("select coalesce(max(id), 0) from audit_entry")
    answer = await browser.request(operation.partition(" ")[0], path, json=body)
    assert answer.is_success, answer.text
    query = "select action, actor_kind, actor_name, address, object_name from audit_entry where id > :before"
    rows = await front.rows(query, before=before)
    action = DEEDS[operation][0]
    assert [row[0] for row in rows] == [action]
    _, kind, name, address, what = rows[0]
    anonymous = operation in {"POST /register", "POST /invitations/accept"}
    assert (kind, name) == (("system", "anonymous") if anonymous else ("user", "admin"))
    assert address == ("198.51.100.9" if operation in PUBLIC else "192.0.2.7")
    assert what
    everything = "\n".join(await front.rows("select row_to_json(audit_entry)::text from audit_entry"))
    words = [browser.cookies.get("moorline_session"), browser.headers.get("X-CSRF-Token"), (body or {}).get("token")]
    words += [answer.json().get(name) for name in ("token", "link_token")] if answer.content else []
    for secret in [SECRET, PASSWORD, NEW_PASSWORD, *filter(None, words)]:
        assert secret not in everything


async def test_set_up_and_failed_logins_are_in_the_log(front: Front) -> None:
    browser = await front.browser("198.51.100.9")
    await browser.enter("/setup", token=await front.link(), username="root", password=PASSWORD)
    await browser.log_in("root", "not the password")
    await browser.log_in("nobody", "not the password")
    rows = await front.rows("select action, actor_name, address from audit_entry order by id")
    assert rows == [
        ("user.set_up", "anonymous", "198.51.100.9"),
        ("user.login_failed", "root", "198.51.100.9"),
        ("user.login_failed", "nobody", "198.51.100.9"),
    ]


async def test_a_deed_that_is_refused_or_fails_leaves_no_entry(front: Front) -> None:
    admin, viewer = await front.admin(), await front.user("viewer")
    await admin.post("/groups", json={"name": "alfa"})
    (before,) = await front.rows("select count(*) from audit_entry")
    assert (await viewer.post("/groups", json={"name": "made"})).status_code == 403
    assert (await admin.post("/groups", json={"name": "ALFA"})).status_code == 409
    assert (await admin.post("/hosts", json={**HOST, "credential": CREDENTIAL, "port": 0})).status_code == 400
    assert (await admin.delete("/hosts/99")).status_code == 404
    assert await front.rows("select count(*) from audit_entry") == [before]


async def test_a_token_acts_by_its_own_number(front: Front) -> None:
    admin = await front.admin()
    token = (await admin.post("/tokens", json={"name": "ci", "scopes": ["admin"], "all_hosts": True})).json()
    await (await front.program(token["token"])).post("/groups", json={"name": "made"})
    (entry,) = (await admin.get("/audit?action=group.create")).json()["items"]
    assert entry["actor"] == {"kind": "token", "id": token["id"], "name": "admin"}
    assert entry["address"] == "192.0.2.8"
    assert entry["object"]["name"] == "made"


@pytest.mark.parametrize(
    "statement",
    [
        "update audit_entry set actor_name = 'somebody else'",
        "update audit_entry set action = action where false",
        "delete from audit_entry",
        "delete from audit_entry where id = 1",
        "truncate audit_entry",
        "truncate audit_entry, user_account cascade",
        "insert into audit_entry overriding system value select * from audit_entry"
        " on conflict (id) do update set action = ''",
        "merge into audit_entry a using audit_entry b on a.id = b.id when matched then delete",
    ],
)
async def test_the_database_refuses_to_change_what_is_written(front: Front, statement: str) -> None:
    admin = await front.admin()
    await admin.post("/groups", json={"name": "made"})
    with pytest.raises(DBAPIError, match="append-only"):
        await front.do(statement)
    assert await front.rows("select action from audit_entry") == ["group.create"]


async def test_who_is_deleted_stays_in_the_log(front: Front) -> None:
    admin, other = await front.admin(), await front.user("other", role="admin", all_hosts=True)
    await other.post("/groups", json={"name": "made"})
    await admin.delete(f"/users/{(await other.get('/me')).json()['id']}")
    names = [entry["actor"]["name"] for entry in (await admin.get("/audit")).json()["items"]]
    assert names == ["admin", "other"]


async def test_filters_narrow_and_pages_follow_each_other(front: Front) -> None:
    admin, other = await front.admin(), await front.user("Other", role="admin", all_hosts=True)
    ids = [(await admin.post("/groups", json={"name": f"group-{number}"})).json()["id"] for number in range(5)]
    await other.patch(f"/groups/{ids[0]}", json={"name": "renamed"})
    await other.post("/invitations", json={"role": "viewer"})

    async def asked(query: str) -> tuple[list[str], int]:
        found = (await admin.get(f"/audit?{query}")).json()
        return [entry["action"] for entry in found["items"]], found["total"]

    assert await asked("actor=other") == (["invitation.create", "group.update"], 2)
    assert await asked("action=group.&limit=2") == (["group.update", "group.create"], 6)
    assert (await asked("action=group.create"))[1] == 5
    assert (await asked("action=group"))[1] == 0
    assert (await asked("action=%25."))[1] == 0
    assert await asked(f"object=group&object_id={ids[0]}") == (["group.update", "group.create"], 2)
    assert (await asked("actor=other&action=group.create"))[1] == 0
    seen: list[int] = []
    before = ""
    while items := (await admin.get(f"/audit?limit=3{before}")).json()["items"]:
        seen += [entry["id"] for entry in items]
        before = f"&before={seen[-1]}"
    assert seen == sorted(seen, reverse=True)
    assert len(seen) == 7
