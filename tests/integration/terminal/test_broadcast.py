"""The same typed to twenty hosts: one hangs, one dies, the others do not notice, and both can be told apart."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from contextlib import AsyncExitStack

import pytest

from tests.integration.terminal.conftest import Desk
from tests.support.sshd import Sshd
from tests.support.terminal import Page

HOSTS = 20
pytestmark = pytest.mark.timeout(180)


async def test_one_hangs_and_one_dies_and_the_others_are_undisturbed(
    desk: Desk, make_sshd: Callable[..., Sshd]
) -> None:
    admin = await desk.front.admin()
    daemons = [make_sshd() for _ in range(HOSTS)]
    hosts = [await desk.add(admin, daemon, f"web-{number}") for number, daemon in enumerate(daemons)]
    terminals = [await desk.open(admin, host) for host in hosts]
    async with AsyncExitStack() as stack:
        pages = [await stack.enter_async_context(desk.page(admin, terminal)) for terminal in terminals]
        for page in pages:
            await page.type("echo rea''dy\r")
        await asyncio.gather(*(page.shows("ready\r\n", 60) for page in pages))
        hung, dead, *others = pages
        daemons[0].freeze()
        daemons[1].kill_sessions()
        began = time.monotonic()
        for page in pages:
            if page is not dead:
                await page.type("echo all-''of-us; false\r")
        await asyncio.gather(*(shows_soon(page) for page in others))
        assert time.monotonic() - began < 10
        assert (await dead.hears("exit"))["reason"] == "lost"
        await asyncio.sleep(0.2)
        assert b"all-of-us" not in hung.shown
        listed = {one["id"]: one for one in (await admin.get("/terminals")).json()["items"]}
        assert listed[terminals[1]]["state"] == "ended"
        assert listed[terminals[0]]["last_line"] == "$"
        daemons[0].thaw()
        await hung.shows("all-of-us\r\n", 30)  # what was typed meanwhile arrives when it wakes


async def shows_soon(page: Page) -> None:
    """The answer is there."""
    await page.shows("all-of-us\r\n", 10)
