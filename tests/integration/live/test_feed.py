"""The live feed's door: who may listen and for how long, and what nonsense, slowness and numbers cost."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from contextlib import AsyncExitStack, suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus

from controller.polling.feed import HOSTS, Feed
from controller.users.rights import Principal, Role
from tests.integration.live.conftest import Served, frame_of


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(15):
        while not condition():
            await asyncio.sleep(0.01)


# who may listen


@pytest.mark.parametrize(
    "change",
    [
        {"Cookie": ""},
        {"Cookie": "moorline_session=wrong"},
        {"Cookie": "", "Authorization": "Bearer ml_wrong"},
        {"Origin": "https://evil.test"},
        {"Origin": "null"},
        {"Origin": ""},
        {"Origin": None},
    ],
    ids=["nobody", "a wrong cookie", "a wrong token", "another site", "a sandbox", "an empty origin", "no origin"],
)
async def test_the_door_is_shut_for_all_but_our_own_page(served: Served, change: dict[str, str | None]) -> None:
    headers = {**served.headers(await served.front.admin()), **change}
    with pytest.raises(InvalidStatus) as refused:
        await served.connect({name: value for name, value in headers.items() if value is not None})
    assert refused.value.response.status_code == 403


async def test_who_may_see_no_host_may_not_listen(served: Served) -> None:
    headers = served.headers(await served.front.user("registered", role="none"))
    with pytest.raises(InvalidStatus) as refused:
        await served.connect(headers)
    assert refused.value.response.status_code == 403


# for how long


async def test_an_expired_session_ends_the_feed(served: Served) -> None:
    async with served.tab(await served.front.admin()) as tab:
        await tab.send(op="subscribe", topic="fleet")
        await tab.next("fleet")
        served.front.clock.move(timedelta(days=8))
        await tab.next("session.ended")
        with pytest.raises(ConnectionClosed) as ended:
            await tab.socket.recv()
        assert ended.value.rcvd is not None
        assert ended.value.rcvd.code == 4401


@pytest.mark.parametrize("how", ["logged out", "disabled", "no role", "password"])
async def test_what_ends_a_session_ends_its_feed_at_once(served: Served, how: str) -> None:
    admin, user = await served.front.admin(), await served.front.user("visitor", all_hosts=True)
    user_id = (await user.get("/me")).json()["id"]
    async with served.tab(user) as tab:
        await tab.send(op="ping")
        await tab.next("pong")
        if how == "logged out":
            await user.post("/logout")
        elif how == "password":
            other = await served.front.browser()
            await other.log_in("visitor")
            passwords = {"current": "correct horse battery", "new": "another pass phrase"}
            assert (await other.post("/me/password", json=passwords)).status_code == 204
        else:
            changes: dict[str, Any] = {"enabled": False} if how == "disabled" else {"role": "none"}
            assert (await admin.patch(f"/users/{user_id}", json=changes)).status_code == 200
        await tab.next("session.ended")


async def test_a_tab_that_ignores_the_end_of_its_session_is_let_go(served: Served) -> None:
    admin = await served.front.admin()
    host = await served.host(admin, "web-1")
    _, writer = await served.raw(served.headers(admin))
    writer.write(frame_of({"op": "subscribe", "topic": "host", "host_id": host}))
    hub = served.front.controller.hub
    await until(lambda: hub.watched(host))
    await admin.post("/logout")
    async with asyncio.timeout(4):  # sooner than the server gives up on the socket
        while hub.watched(host):
            await asyncio.sleep(0.01)
    writer.transport.abort()


async def test_a_group_that_is_taken_away_takes_its_hosts_along_at_once(served: Served) -> None:
    admin = await served.front.admin()
    groups = [(await admin.post("/groups", json={"name": name})).json()["id"] for name in ("alfa", "bravo")]
    user = await served.front.user("visitor", group_ids=groups)
    user_id = (await user.get("/me")).json()["id"]
    mine, theirs = await served.host(admin, "alfa-1", groups[0]), await served.host(admin, "bravo-1", groups[1])
    async with served.tab(user) as tab:
        await tab.send(op="subscribe", topic="fleet")
        assert {host["id"] for host in (await tab.next("fleet"))["hosts"]} == {mine, theirs}
        await tab.send(op="subscribe", topic="host", host_id=theirs)
        served.frame(theirs)
        await tab.next("host")
        await admin.patch(f"/users/{user_id}", json={"group_ids": groups[:1]})
        served.frame(theirs)
        assert (await tab.next("fleet.delta"))["removed"] == [theirs]
        assert not served.front.controller.hub.watched(theirs)
        await admin.patch(f"/hosts/{theirs}", json={"name": "bravo-2"})
        await admin.patch(f"/hosts/{mine}", json={"name": "alfa-2"})
        seen = await tab.until("fleet.delta")
        assert "bravo" not in json.dumps(seen)
        assert [host["name"] for host in seen[-1]["hosts"]] == ["alfa-2"]
        await tab.send(op="subscribe", topic="host", host_id=theirs)
        assert (await tab.next("problem"))["code"] == "not_found"


async def test_rights_that_change_while_they_are_looked_up_are_looked_up_again(served: Served) -> None:
    old = Principal(1, "visitor", Role.VIEWER, all_hosts=True, group_ids=frozenset())
    new = Principal(1, "visitor", Role.VIEWER, all_hosts=False, group_ids=frozenset())
    answers = [old, new]
    host = await served.host(await served.front.admin(), "web-1")

    async def renew() -> Principal:
        answer = answers.pop(0)
        if answers:
            feed.rights_changed(1)  # committed after this look-up had read, and told before it was done
        return answer

    feed = Feed(served.front.controller.sources, old, renew)
    feed.take_wish(json.dumps({"op": "subscribe", "topic": "host", "host_id": host}))
    feed.rights_changed(1)
    assert await feed.next() == []
    assert await feed.next() == []
    assert answers == []
    feed.close()


async def test_while_changed_rights_cannot_be_read_nothing_leaves(served: Served) -> None:
    there = False
    who = Principal(1, "visitor", Role.VIEWER, all_hosts=True, group_ids=frozenset())
    host = await served.host(await served.front.admin(), "web-1")

    async def renew() -> Principal:
        if not there:
            raise OSError("the database is away")
        return who

    feed = Feed(served.front.controller.sources, who, renew)
    feed.take_wish(json.dumps({"op": "subscribe", "topic": "host", "host_id": host}))
    feed.rights_changed(1)
    assert await feed.next() == []
    there = True
    messages = await feed.next()
    assert messages is not None
    assert [message["type"] for message in messages] == ["host"]
    feed.close()


# nonsense


NONSENSE: tuple[tuple[str | bytes, str], ...] = (
    ("", "invalid"), ("{", "invalid"), ("null", "invalid"), ("[" * 4000, "invalid"),
    ('{"op": ' + "[" * 4000, "invalid"),
    ('{"op": "subscribe"}', "invalid"), ('{"op": "eat", "topic": "fleet"}', "invalid"),
    ('{"op": "subscribe", "topic": "host"}', "not_found"), ('{"op": "ping", "more": 1}', "invalid"),
    ('{"op": "subscribe", "topic": "host", "host_id": -1}', "not_found"),
    ('{"op": "unsubscribe", "topic": "host", "host_id": 99}', "not_found"),
    ('{"op": "subscribe", "topic": "host", "host_id": 99999999999999999999}', "not_found"),
    ('{"op": "\\ud800"}', "invalid"), ('{"op": "\\u0000"}', "invalid"), (b"\x00\xff", "invalid"),
    (b'{"op": "ping"}', "invalid"), ("x" * 4097, "too_large"), ("x" * 60_000, "too_large"),
)  # fmt: skip


async def test_nonsense_is_answered_and_the_tab_goes_on(served: Served) -> None:
    async with served.tab(await served.front.admin()) as tab:
        for text, code in NONSENSE:
            await tab.socket.send(text)
            assert (await tab.next("problem", "pong", "fleet", "host")).get("code") == code, text
        await tab.send(op="ping")
        await tab.next("pong")


async def test_one_tab_does_not_have_a_whole_fleet_read_every_second(served: Served) -> None:
    admin = await served.front.admin()
    ids = [await served.host(admin, f"host-{n}") for n in range(HOSTS + 1)]
    async with served.tab(admin) as tab:
        for host_id in ids[:-1]:
            await tab.send(op="subscribe", topic="host", host_id=host_id)
            await tab.next("host")
        await tab.send(op="subscribe", topic="host", host_id=ids[0])  # again is no further one
        await tab.send(op="subscribe", topic="host", host_id=ids[-1])
        assert (await tab.next("problem"))["code"] == "too_many"
        assert not served.front.controller.hub.watched(ids[-1])
        await tab.send(op="unsubscribe", topic="host", host_id=ids[0])
        await tab.send(op="subscribe", topic="host", host_id=ids[-1])
        assert (await tab.next("host", "problem"))["type"] == "host"


@pytest.mark.parametrize("kind", ["large", "compressed", "no UTF-8"])
async def test_what_no_tab_of_ours_sends_ends_that_tab_alone(served: Served, kind: str) -> None:
    admin = await served.front.admin()
    async with served.tab(admin) as other, served.tab(admin) as tab:
        much = ("x" if kind == "compressed" else "xyz{}'") * (1 << 20)
        with suppress(ConnectionClosed):
            await tab.socket.send(b"\xff\xfe" if kind == "no UTF-8" else much, text=True)
        with pytest.raises(ConnectionClosed) as ended:
            await tab.socket.recv()
        assert ended.value.rcvd is not None
        assert ended.value.rcvd.code == (1007 if kind == "no UTF-8" else 1009)
        await other.send(op="ping")
        await other.next("pong")


# slowness and numbers


def rss_kib() -> int:
    return next(int(x.split()[1]) for x in Path("/proc/self/status").read_text().splitlines() if x.startswith("VmRSS"))


async def test_a_tab_that_does_not_read_holds_no_memory_and_comes_back_to_the_present(served: Served) -> None:
    admin = await served.front.admin()
    host = await served.host(admin, "web-1")
    reader, writer = await served.raw(served.headers(admin))
    writer.write(frame_of({"op": "subscribe", "topic": "host", "host_id": host}))
    await until(lambda: served.front.controller.hub.watched(host))
    series = tuple(("cpu_core_percent", str(number)) for number in range(200))
    hub = served.front.controller.hub
    before = rss_kib()
    for number in range(20_000):  # 40 MB of messages
        hub.frame(host, series, 1e6 + number * 10, (float(number),) * 200)
        if number % 20 == 0:
            await asyncio.sleep(0)
    assert rss_kib() - before < 10_000
    last = json.dumps(1e6 + 19_999 * 10).encode()
    tail = b""
    async with asyncio.timeout(15):
        while last not in tail:
            piece = await reader.read(65_536)
            assert piece
            tail = tail[-100:] + piece
    writer.transport.abort()


async def test_fifty_tabs_each_see_every_frame_of_the_present(served: Served) -> None:
    admin = await served.front.admin()
    host = await served.host(admin, "web-1")
    async with AsyncExitStack() as stack:
        tabs = [await stack.enter_async_context(served.tab(admin)) for _ in range(50)]
        for tab in tabs:
            await tab.send(op="subscribe", topic="fleet")
            await tab.send(op="subscribe", topic="host", host_id=host)
        assert {len((await tab.next("fleet"))["hosts"]) for tab in tabs} == {1}
        served.frame(host)
        await asyncio.gather(*(tab.next("host") for tab in tabs))
        times = [served.frame(host) for _ in range(3)]
        for tab in tabs:
            seen: list[float] = []
            while not seen or seen[-1] != times[-1]:
                message = await tab.next("host", "host.frame")
                seen += [message["ts"]] if message["type"] == "host.frame" else [at for at, _ in message["frames"]]
            assert seen[-3:] == times
    hub = served.front.controller.hub
    await until(lambda: not hub.watched(host))
