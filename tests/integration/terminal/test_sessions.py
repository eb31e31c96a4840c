"""Terminals over real sshds: what is shown, paced, kept, and how they end."""

from __future__ import annotations

import asyncio
import re
from datetime import timedelta

import pytest

from tests.integration.terminal.conftest import Desk
from tests.support.front import Browser
from tests.support.sshd import Sshd

ACTIONS = "select action from audit_entry where action like 'terminal.%' order by id"
pytestmark = pytest.mark.timeout(60)


@pytest.fixture
async def admin(desk: Desk) -> Browser:
    """Who opens terminals."""
    return await desk.front.admin()


async def test_a_shell_answers_has_the_windows_size_and_says_how_it_ended(
    desk: Desk, admin: Browser, sshd: Sshd
) -> None:
    host = await desk.add(admin, sshd)
    async with desk.terminal(admin, host, columns=100, rows=30) as page:
        await page.type("stty size; echo $TERM; stty -a | grep -o ' iutf8'\r")
        await page.shows("30 100\r\nxterm-256color\r\n iutf8\r\n")
        await page.send(type="resize", columns=70, rows=20)
        await page.hears("size", columns=70, rows=20)
        await page.type("stty size\r")
        await page.shows("20 70\r\n")
        await page.type("exit 3\r")
        ended = await page.hears("exit")
        assert (ended["reason"], ended["exit_status"]) == ("exited", 3)
        assert await page.ends() == 1000
    async with asyncio.timeout(10):
        while await desk.front.rows(ACTIONS) != ["terminal.open", "terminal.end"]:
            await asyncio.sleep(0.02)


async def test_a_reload_shows_the_same_again_and_a_cut_goes_on_where_it_was(
    desk: Desk, admin: Browser, sshd: Sshd
) -> None:
    host = await desk.add(admin, sshd)
    async with desk.terminal(admin, host) as page:
        terminal = desk.terminal_id(page)
        await page.type("i=0; while [ $i -lt 40000 ]; do i=$((i+1)); echo line-$i; done\r")
        await page.shows("line-1500\r\n")
        page.socket.transport.abort()  # the network is cut
        await page.ends()
        seen, offset = bytes(page.shown), page.offset
    async with desk.page(admin, terminal, offset=offset) as again:
        first = await again.hears("attached")
        assert (first["offset"], first["reset"]) == (offset, False)
        await again.shows("line-40000\r\n")
        whole = seen + again.shown
    numbers = [int(n) for n in re.findall(rb"\r\nline-(\d+)(?=\r\n)", whole)]
    assert numbers == list(range(1, 40001))
    async with desk.page(admin, terminal) as reloaded:  # knows nothing
        first = await reloaded.hears("attached")
        assert (first["offset"], first["reset"]) == (0, True)
        await reloaded.shows("line-40000\r\n")
        assert whole in reloaded.shown or reloaded.shown == whole


async def test_a_flood_is_held_up_by_who_does_not_acknowledge_and_stops_at_once(
    desk: Desk, admin: Browser, sshd: Sshd
) -> None:
    host = await desk.add(admin, sshd)
    async with desk.terminal(admin, host) as page:
        page.acknowledges = False
        await page.type("yes\r")
        await page.until(lambda: page.unacknowledged >= 200_000)
        await asyncio.sleep(0.5)
        assert page.unacknowledged <= 256 << 10
        session = next(iter(desk.front.controller.terminals._sessions.values()))
        assert session.scrollback.end - page.offset < 300_000
        page.acknowledges = True
        await page.acknowledge()
        await page.until(lambda: page.offset > 3_000_000)
        await page.type("\x03")
        await page.type("echo do''ne\r")
        await page.shows("done\r\n", 3)


async def test_the_slowest_holds_nobody_up_and_is_shown_the_end(desk: Desk, admin: Browser, sshd: Sshd) -> None:
    host = await desk.add(admin, sshd)
    async with (
        desk.terminal(admin, host) as page,
        desk.page(admin, desk.terminal_id(page), acknowledges=False) as slow,
    ):
        await slow.hears("attached")
        await page.type("head -c 6000000 /dev/zero | tr '\\0' x; echo; echo en''d\r")
        await page.shows("\r\nend\r\n")
        total = page.shown.count(b"x")
        assert total >= 6_000_000
        assert slow.offset <= 300_000
        slow.acknowledges = True
        await slow.acknowledge()
        reset = await slow.hears("reset")
        assert reset["lost"] > 4_000_000
        await slow.shows("\r\nend\r\n")
        assert slow.offset == page.offset


async def test_nobody_there_it_runs_on_and_the_last_mebibyte_is_kept_with_its_modes(
    desk: Desk, admin: Browser, sshd: Sshd
) -> None:
    host = await desk.add(admin, sshd)
    async with desk.terminal(admin, host) as page:
        terminal = desk.terminal_id(page)
        await page.type("printf '\\033[?2004h\\033[?1h\\033[31m\\033]2;na\\033me\\007\\033]2;my host\\007'\r")
        await page.type("yes 漢字 | head -c 3000000; printf ready-'now'\r")
        await page.until(lambda: page.offset > 100_000)
    session = desk.front.controller.terminals._sessions[terminal]
    async with asyncio.timeout(15):
        while b"ready-now" not in session.scrollback.read(
            max(session.scrollback.start, session.scrollback.end - 200), 200
        ):
            await asyncio.sleep(0.02)
    assert (await admin.get("/terminals")).json()["items"][0]["title"] == "my host"
    async with desk.page(admin, terminal) as again:
        first = await again.hears("attached")
        assert first["reset"]
        assert first["offset"] > 1_500_000
        await again.shows("ready-now")
        assert len(again.shown) >= 1_000_000
        bytes(again.shown).decode()  # cut in no character
        for mode in (b"\x1b[?2004h", b"\x1b[?1h", b"\x1b[31m", b"\x1b]2;my host\x07"):
            assert mode in again.restored


async def test_a_host_that_goes_away_ends_its_terminals_with_a_reason(desk: Desk, admin: Browser, sshd: Sshd) -> None:
    host = await desk.add(admin, sshd)
    async with desk.terminal(admin, host) as page:
        sshd.kill_sessions()
        ended = await page.hears("exit")
        assert ended["reason"] == "lost"
        assert "web-1" in ended["detail"]
        terminal = desk.terminal_id(page)
    async with desk.page(admin, terminal) as late:
        await late.shows("ready")
        assert (await late.hears("exit"))["reason"] == "lost"
    answer = await admin.post("/hosts/bulk", json={"ids": [host], "action": "disable"})
    assert answer.status_code == 200
    refused = await admin.post("/terminals", json={"host_id": host})
    assert (refused.status_code, refused.json()["code"]) == (409, "disabled")


async def test_taking_over_sends_the_other_page_away_and_sharing_sizes_follow_who_types(
    desk: Desk, admin: Browser, sshd: Sshd
) -> None:
    host = await desk.add(admin, sshd)
    async with desk.terminal(admin, host) as page:
        terminal = desk.terminal_id(page)
        async with desk.page(admin, terminal, take=True) as second:
            assert (await second.hears("attached"))["leader"]
            gone = await page.hears("detached")
            assert gone["reason"] == "taken"
            assert await page.ends() == 4409
            await second.type("echo st''ill\r")
            await second.shows("still")


async def test_a_page_that_comes_back_takes_its_own_place(desk: Desk, admin: Browser, sshd: Sshd) -> None:
    host = await desk.add(admin, sshd)
    terminal = await desk.open(admin, host)
    async with desk.page(admin, terminal, page="left") as lost, desk.page(admin, terminal, page="right") as other:
        await other.hears("attached")
        async with desk.page(admin, terminal, page="left") as again:
            await again.hears("attached")
            assert await lost.ends() == 4409
            assert other.closed is None
            assert len((await admin.get(f"/terminals/{terminal}")).json()["attached"]) == 2


async def test_idle_and_old_terminals_are_warned_and_ended(desk: Desk, admin: Browser, sshd: Sshd) -> None:
    limits = {"sessions_per_user": 2, "idle_minutes": 10, "absolute_minutes": 60}
    assert (await admin.patch("/settings", json={"terminal": limits})).status_code == 200
    host = await desk.add(admin, sshd)
    terminals, clock = desk.front.controller.terminals, desk.front.clock
    async with desk.terminal(admin, host) as idle, desk.terminal(admin, host) as busy:
        refused = await admin.post("/terminals", json={"host_id": host})
        assert (refused.status_code, refused.json()["code"]) == (409, "too_many_sessions")
        clock.move(timedelta(minutes=9))
        terminals.watch.sweep()
        await idle.hears("warning", kind="idle")
        await busy.send(type="stay")
        await busy.hears("warning_over")
        clock.move(timedelta(minutes=2))
        terminals.watch.sweep()
        assert (await idle.hears("exit"))["reason"] == "idle"
        for number in range(6):
            await busy.type(" ")
            await busy.send(type="ping", id=number)
            await busy.hears("pong", id=number)
            clock.move(timedelta(minutes=9))
            terminals.watch.sweep()
        assert (await busy.hears("exit"))["reason"] == "absolute"


async def test_a_paste_larger_than_the_host_takes_waits_and_an_interrupt_passes_it(
    desk: Desk, admin: Browser, sshd: Sshd
) -> None:
    host = await desk.add(admin, sshd)
    async with desk.terminal(admin, host) as page:
        await page.type("sleep 100\r")
        for _ in range(8):
            await page.type(b"a" * 20000)
        await page.type("\x03")
        await page.type("echo ba''ck\r")
        await page.shows("back\r\n", 5)
    async with desk.terminal(admin, host) as page:
        await page.type("stty -icanon -echo; echo go''ing; head -c 2000000 | cksum\r")
        await page.shows("going\r\n")

        def taken() -> int:
            return sum(one["bytes"] for one in page.said if one["type"] == "input_ack")

        for sent in range(0, 2_000_000, 20_000):
            await page.until(lambda sent=sent: sent - taken() < 200_000)  # type: ignore[misc]  # a loop's variable
            await page.type(b"0123456789abcdef" * 1250)
        await page.shows(" 2000000\r\n")
    async with desk.terminal(admin, host) as page:
        await page.type("stty -icanon -echo; echo go''ing; sleep 100\r")
        await page.shows("going\r\n")
        for _ in range(160):  # its sshd alone takes two mebibytes
            await page.type(b"b" * 32768)
        assert await page.ends() == 4400
        assert page.said[-1]["code"] == "input_overflow"


async def test_floods_leave_other_terminals_on_the_same_line_quick(desk: Desk, admin: Browser, sshd: Sshd) -> None:
    host = await desk.add(admin, sshd)
    async with (
        desk.terminal(admin, host) as first,
        desk.terminal(admin, host) as second,
        desk.terminal(admin, host) as quiet,
    ):
        await first.type("yes\r")
        await second.type("cat /dev/urandom\r")
        await first.until(lambda: first.offset > 1_000_000)
        await second.until(lambda: second.offset > 1_000_000)
        for number in range(20):
            await quiet.type(f"echo quick-''{number}\r")
            await quiet.shows(f"quick-{number}\r\n", 2)
        for page in (first, second):
            await page.type("\x03")
            await page.until(lambda page=page: page.shown.endswith(b"\r\n$ "), 5)  # type: ignore[misc]  # a loop's variable
            page.shown.clear()
            await page.type("echo do''ne\r")
            await page.shows("done", 5)


async def test_a_program_with_the_whole_screen_is_asked_to_draw_it_again(
    desk: Desk, admin: Browser, sshd: Sshd
) -> None:
    host = await desk.add(admin, sshd)
    async with desk.terminal(admin, host) as page:
        terminal = desk.terminal_id(page)
        program = "trap 'echo re-drawn' WINCH; while :; do sleep 0.1; done"
        await page.type(
            f"printf '\\033[?1049h'; head -c 2000000 /dev/zero | tr '\\0' x; echo beg''un; sh -c \"{program}\"\r"
        )
        await page.shows("begun\r\n")
        page.shown.clear()
    async with desk.page(admin, terminal) as again:
        first = await again.hears("attached")
        assert first["offset"] > 0
        assert b"\x1b[?1049h" in again.restored or await again.until(lambda: b"\x1b[?1049h" in again.restored)
        await again.shows("\r\nre-drawn\r\n")
        assert (first["columns"], first["rows"]) == (100, 30)
