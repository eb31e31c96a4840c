"""Many at once at one terminal: take-overs, comings and goings in the midst of a flood, sizes that fight."""

from __future__ import annotations

import asyncio
import random

import pytest
from websockets.exceptions import ConnectionClosed

from tests.integration.terminal.conftest import Desk
from tests.support.front import Browser
from tests.support.sshd import Sshd
from tests.support.terminal import Page

pytestmark = pytest.mark.timeout(90)


@pytest.fixture
async def admin(desk: Desk) -> Browser:
    """Who opens terminals."""
    return await desk.front.admin()


async def test_of_take_overs_at_once_one_wins_and_the_others_are_told(desk: Desk, admin: Browser, sshd: Sshd) -> None:
    host = await desk.add(admin, sshd)
    terminal = await desk.open(admin, host)

    async def take() -> tuple[str, int | None]:
        async with desk.page(admin, terminal, take=True) as page:
            await page.until(lambda: page.said)
            came.append(page)
            await gathered.wait()
            if page.closed is not None:
                return str(page.said[-1]["reason"]), page.closed
            await page.type("echo mi''ne\r")
            await page.shows("mine")
            return "holds", None

    gathered, came = asyncio.Event(), list[Page]()
    taking = [asyncio.create_task(take()) for _ in range(8)]
    session = desk.front.controller.terminals._sessions[terminal]
    async with asyncio.timeout(30):
        while len(came) < len(taking) or len(session.attached) != 1:
            await asyncio.sleep(0.01)
        gathered.set()
        outcomes = await asyncio.gather(*taking)
    assert sorted(outcomes, key=str) == [*[("holds", None)], *[("taken", 4409)] * 7]


async def test_comings_and_goings_in_a_flood_leave_nobody_behind(desk: Desk, admin: Browser, sshd: Sshd) -> None:
    host = await desk.add(admin, sshd)
    rng = random.Random(7)
    async with desk.terminal(admin, host) as page:
        terminal = desk.terminal_id(page)
        session = desk.front.controller.terminals._sessions[terminal]
        await page.type("yes | head -c 4000000; echo; echo en''d\r")

        async def visit(number: int) -> None:
            async with desk.page(admin, terminal, page=f"p{number % 5}", take=False) as guest:
                try:
                    for _ in range(20):
                        size = {"columns": rng.randint(20, 200), "rows": rng.randint(5, 60)}
                        await guest.send(type="resize", **size)
                        await guest.send(type="lead")
                    if number % 3 == 0:
                        guest.socket.transport.abort()
                except ConnectionClosed:
                    return  # the same page came again

        await asyncio.gather(*(visit(number) for number in range(40)))
        await page.shows("\r\nend\r\n", 60)
        async with asyncio.timeout(10):
            while len(session.attached) != 1:
                await asyncio.sleep(0.02)
        await page.send(type="lead")
        await page.send(type="resize", columns=91, rows=23)
        await page.hears("size", columns=91, rows=23, leader=True)
        page.shown.clear()
        await page.type("stty size\r")
        await page.shows("23 91\r\n")


async def test_an_end_while_it_opens_is_the_end(desk: Desk, admin: Browser, sshd: Sshd) -> None:
    host = await desk.add(admin, sshd)
    for _ in range(10):
        terminal = await desk.open(admin, host)
        assert (await admin.delete(f"/terminals/{terminal}")).status_code == 204
    async with asyncio.timeout(15):
        while any(one["state"] != "ended" for one in (await admin.get("/terminals")).json()["items"]):
            await asyncio.sleep(0.05)
        pool = desk.front.controller.pool
        while sum(held.used for held in pool._sessions[host].all()) > 1:  # nothing but the reader
            await asyncio.sleep(0.05)
