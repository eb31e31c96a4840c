"""Whose terminal it is: every way to another's session is refused, and rights that go take the terminal along."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from websockets.exceptions import InvalidStatus

from controller.recordings import service as recordings
from tests.integration.terminal.conftest import Desk
from tests.support.front import Browser
from tests.support.sshd import Sshd
from tests.support.terminal import attached

pytestmark = pytest.mark.timeout(60)


@pytest.fixture
async def admin(desk: Desk) -> Browser:
    """Sees everything."""
    return await desk.front.admin()


async def someone(desk: Desk, name: str, role: str, *groups: int) -> Browser:
    """A user who sees these groups."""
    return await desk.front.user(name, role=role, group_ids=list(groups))


async def change(admin: Browser, desk: Desk, name: str, **changes: Any) -> None:
    """An administrator changes somebody's rights."""
    user = (await desk.front.rows("select id from user_account where username = :name", name=name))[0]
    answer = await admin.patch(f"/users/{user}", json=changes)
    assert answer.status_code == 200, answer.text


async def share(owner: Browser, terminal: str, username: str, access: str) -> None:
    """The owner lets somebody in."""
    answer = await owner.put(
        f"/terminals/{terminal}/shares", json={"shares": [{"username": username, "access": access}]}
    )
    assert answer.status_code == 200, answer.text


async def test_anothers_terminal_does_not_exist(desk: Desk, admin: Browser, sshd: Sshd) -> None:
    group = await desk.group(admin, "alfa")
    host = await desk.add(admin, sshd, group_ids=[group])
    anna, otto = await someone(desk, "anna", "operator", group), await someone(desk, "otto", "operator", group)
    async with desk.terminal(anna, host) as page:
        terminal = desk.terminal_id(page)
        for who in (otto, admin):  # one who may open terminals there, and one who may do everything
            assert (await who.get(f"/terminals/{terminal}")).status_code == 404
            assert (await who.put(f"/terminals/{terminal}/shares", json={"shares": []})).status_code == 404
            async with desk.page(who, terminal) as other:
                assert await other.ends() == 4404
                assert [one["code"] for one in other.said] == ["not_found"]
                assert not other.shown
        assert (await otto.get("/terminals")).json()["total"] == 0
        assert (await otto.delete(f"/terminals/{terminal}")).status_code == 404
        assert (await otto.get("/terminals?all=true")).status_code == 403
        listed = (await admin.get("/terminals?all=true")).json()["items"]
        assert [(one["id"], one["access"], one["last_line"], one["title"]) for one in listed] == [
            (terminal, "none", "", "")
        ]
        assert (await admin.delete(f"/terminals/{terminal}")).status_code == 204
        assert (await page.hears("exit"))["reason"] == "closed"


async def test_a_foreign_page_and_nobody_at_all_are_refused(desk: Desk, admin: Browser, sshd: Sshd) -> None:
    host = await desk.add(admin, sshd)
    terminal = await desk.open(admin, host)
    for headers in (
        desk.headers(admin, Origin="https://evil.example"),
        {"Cookie": desk.headers(admin)["Cookie"]},
        {"Origin": desk.url},
        {"Authorization": "Bearer ml_nothing"},
    ):
        with pytest.raises(InvalidStatus) as refused:
            async with attached(desk.address(terminal), headers):
                pass
        assert refused.value.response.status_code in {401, 403}


async def test_who_only_reads_cannot_type_nor_lead(desk: Desk, admin: Browser, sshd: Sshd) -> None:
    group = await desk.group(admin, "alfa")
    host = await desk.add(admin, sshd, group_ids=[group])
    viewer, otto = await someone(desk, "vera", "viewer", group), await someone(desk, "otto", "operator", group)
    async with desk.terminal(admin, host) as page:
        terminal = desk.terminal_id(page)
        await share(admin, terminal, "vera", "write")  # what a role does not include no share gives
        async with desk.page(viewer, terminal, access="write") as guest:
            first = await guest.hears("attached")
            assert (first["access"], first["leader"], first["session"]["access"]) == ("read", False, "read")
            await guest.shows("ready")
            await guest.type("echo hac''ked\r")
            assert (await guest.hears("error"))["code"] == "read_only"
            await guest.send(type="resize", columns=20, rows=5)
            await guest.send(type="lead")
            await guest.send(type="ping", id=7)
            await guest.hears("pong")
            await page.type("stty size\r")
            await guest.shows("30 100")
            assert b"hacked" not in page.shown
        await share(admin, terminal, "otto", "write")
        async with desk.page(otto, terminal) as writer:
            await writer.type("echo to''gether\r")
            await page.shows("together")
        await share(admin, terminal, "otto", "read")
        async with desk.page(otto, terminal) as reader:
            await reader.type("echo hac''ked\r")
            assert (await reader.hears("error"))["code"] == "read_only"
            await share(admin, terminal, "vera", "read")  # otto is left out
            assert (await reader.hears("detached"))["reason"] == "unshared"
            assert await reader.ends() == 4403
        assert (await otto.get(f"/terminals/{terminal}")).status_code == 404
    joined = await desk.front.rows("select actor_name from audit_entry where action = 'terminal.join' order by id")
    assert joined == ["vera", "otto", "otto"]


@pytest.mark.parametrize("loss", ["group", "role", "disabled", "host"])
async def test_a_terminal_ends_at_once_with_its_owners_rights(
    desk: Desk, admin: Browser, sshd: Sshd, loss: str
) -> None:
    group = await desk.group(admin, "alfa")
    host = await desk.add(admin, sshd, group_ids=[group])
    anna = await someone(desk, "anna", "operator", group)
    async with desk.terminal(anna, host) as page:
        terminal = desk.terminal_id(page)
        session = desk.front.controller.terminals._sessions[terminal]
        await page.type("yes\r")
        await page.until(lambda: page.offset > 100_000)
        if loss == "host":
            assert (await admin.patch(f"/hosts/{host}", json={"group_ids": []})).status_code == 200
        else:
            changes: dict[str, dict[str, Any]] = {
                "group": {"group_ids": []},
                "role": {"role": "viewer"},
                "disabled": {"enabled": False},
            }
            await change(admin, desk, "anna", **changes[loss])
        await page.ends(3)
        assert page.said[-1]["type"] in {"exit", "detached"}
        assert page.said[-1]["reason"] in {"rights", "logged_out"}
        assert session.end is not None
        assert session.end.reason == "rights"
    assert (await admin.get("/terminals?all=true")).json()["total"] == 0


async def test_a_detached_terminal_dies_with_its_users_rights_and_survives_a_log_out(
    desk: Desk, admin: Browser, sshd: Sshd
) -> None:
    group = await desk.group(admin, "alfa")
    host = await desk.add(admin, sshd, group_ids=[group])
    anna = await someone(desk, "anna", "operator", group)
    async with desk.terminal(anna, host) as page:
        terminal = desk.terminal_id(page)
        assert (await anna.post("/logout")).status_code < 300
        assert (await page.hears("detached"))["reason"] == "logged_out"
        assert await page.ends() == 4401
    session = desk.front.controller.terminals._sessions[terminal]
    assert session.state == "open"
    await change(admin, desk, "anna", group_ids=[])
    async with asyncio.timeout(5):
        while session.end is None:
            await asyncio.sleep(0.01)
    assert session.end.reason == "rights"


async def test_nothing_leaves_and_nothing_is_typed_while_rights_are_in_doubt(
    desk: Desk, admin: Browser, sshd: Sshd
) -> None:
    host = await desk.add(admin, sshd)
    async with desk.terminal(admin, host) as page:
        terminals = desk.front.controller.terminals
        session = terminals._sessions[desk.terminal_id(page)]
        url, engine = terminals._database.engine.url, terminals._database.engine
        assert url is not None
        async with engine.connect() as connection:  # the table is locked: rights cannot be read
            await connection.exec_driver_sql("lock table user_account in access exclusive mode")
            terminals.watch.suspect(session)
            await page.type("echo hel''lo\r")
            await page.send(type="ping", id=1)
            await page.hears("pong")
            await asyncio.sleep(0.3)
            assert b"hel" not in page.shown
            await connection.rollback()
        await page.shows("hello")


async def test_a_replay_ends_with_the_right_to_it(
    desk: Desk, admin: Browser, sshd: Sshd, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recordings, "RENEW_S", 0.0)
    group = await desk.group(admin, "alfa")
    host = await desk.add(admin, sshd, group_ids=[group])
    anna = await someone(desk, "anna", "operator", group)
    await change(admin, desk, "anna", grants=["recordings.read"])
    async with desk.terminal(admin, host) as page:
        await page.type("head -c 9000000 /dev/urandom | base64; exit\r")
        await page.hears("exit", 60)
    (found,) = (await admin.get("/recordings")).json()["items"]
    async with asyncio.timeout(15):
        while (await admin.get(f"/recordings/{found['id']}")).json()["state"] == "running":
            await asyncio.sleep(0.05)
    whole = (await admin.get(f"/recordings/{found['id']}/cast")).content
    reader, writer = await asyncio.open_connection("127.0.0.1", desk.port, limit=4096)
    cookie = desk.headers(anna)["Cookie"]
    line = f"GET /api/v1/recordings/{found['id']}/cast HTTP/1.0\r\nHost: 127.0.0.1\r\nCookie: {cookie}\r\n\r\n"
    writer.write(line.encode())
    head = await reader.readuntil(b"\r\n\r\n")
    assert b" 200 " in head
    await change(admin, desk, "anna", grants=[])
    rest = await reader.read(-1)
    writer.close()
    assert len(rest) < len(whole) * 0.9
    assert json.loads(rest.strip().rpartition(b"\n")[2])[1:] == [
        "m", "It ends here: you may no longer look at this recording.",
    ]  # fmt: skip
    assert (await anna.get(f"/recordings/{found['id']}/cast")).status_code == 403


async def test_a_token_to_read_opens_nothing(desk: Desk, admin: Browser, sshd: Sshd) -> None:
    host = await desk.add(admin, sshd)
    terminal = await desk.open(admin, host)
    wanted = {"name": "reader", "scopes": ["read"], "all_hosts": True}
    token = (await admin.post("/tokens", json=wanted)).json()["token"]
    async with attached(desk.address(terminal), {"Authorization": f"Bearer {token}"}) as page:
        assert await page.ends() == 4404
    wanted = {"name": "writer", "scopes": ["write"], "all_hosts": True}
    made = (await admin.post("/tokens", json=wanted)).json()
    program = await desk.front.program(made["token"])
    mine = await desk.open(program, host)
    async with attached(desk.address(mine), {"Authorization": f"Bearer {made['token']}"}) as page:
        await page.type("echo pro''gram\r")
        await page.shows("program")
        assert (await admin.delete(f"/tokens/{made['id']}")).status_code == 204
        await page.ends(3)
        session = desk.front.controller.terminals._sessions.get(mine)
        assert session is None  # what a token opened ends with it


async def test_after_a_restart_an_attach_is_told_so(desk: Desk, admin: Browser, sshd: Sshd) -> None:
    host = await desk.add(admin, sshd)
    terminal = await desk.open(admin, host)
    earlier = "0123abcd" + terminal[8:]
    answer = await admin.get(f"/terminals/{earlier}")
    assert (answer.status_code, answer.json()["code"]) == (410, "restarted")
    async with desk.page(admin, earlier) as page:
        assert await page.ends() == 4410
        assert page.said[0]["code"] == "restarted"
        assert "restarted" in page.said[0]["detail"]
    for odd in (terminal + "x", "x", "0123abcd-" + "y" * 60):
        assert (await admin.get(f"/terminals/{odd}")).status_code == 404


@pytest.mark.parametrize(
    "said",
    [
        '{"type":"attach","columns":"wide"}', '{"type":"ack","bytes":5}', "{", "[]", '{"type":"ack","bytes":-1}',
        b"\x01keys", b"", b"\x00" + b"x" * 40000, '{"type":"resize"}', "x" * 20000,
    ],
)  # fmt: skip
async def test_odd_messages_end_the_socket_with_a_word_and_leave_the_terminal(
    desk: Desk, admin: Browser, sshd: Sshd, said: str | bytes
) -> None:
    host = await desk.add(admin, sshd)
    async with desk.terminal(admin, host) as page:
        terminal = desk.terminal_id(page)
        await page.socket.send(said)
        assert await page.ends() == 4400
        assert page.said[-1]["code"] == "invalid"
    async with desk.page(admin, terminal) as again:
        await again.type("echo st''ill\r")
        await again.shows("still")
