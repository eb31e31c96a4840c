"""A whole controller in the test's process over real sshds, and pages at its terminals."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

import pytest
import uvloop
from litestar import Litestar

from controller.core.db import Database
from controller.server import server as web_server
from tests.support.front import Browser, Front, MovedClock, build
from tests.support.sshd import Sshd, free_port
from tests.support.terminal import Page, attached


def pytest_asyncio_loop_factories() -> dict[str, Callable[[], asyncio.AbstractEventLoop]]:
    """The loop that the controller runs on."""
    return {"uvloop": uvloop.new_event_loop}


@dataclass(slots=True)
class AheadClock(MovedClock):
    """The machine's clock, some time ahead when told."""

    ahead_s: float = 0.0

    def now(self) -> float:
        """Epoch seconds."""
        return time.time() + self.ahead_s

    def monotonic(self) -> float:
        """Seconds that never step back."""
        return time.monotonic() + self.ahead_s

    def move(self, by: timedelta) -> None:
        """Let time pass."""
        self.ahead_s += by.total_seconds()


@dataclass(slots=True)
class Desk:
    """The application, served, and who sits before it."""

    front: Front
    port: int

    @property
    def url(self) -> str:
        """Of the page."""
        return f"http://127.0.0.1:{self.port}"

    async def add(self, admin: Browser, daemon: Sshd, name: str = "web-1", **fields: Any) -> int:
        """An sshd as a host whose key is pinned, and up unless something else is waited for."""
        login = {"name": name, "kind": "key", "private_key": daemon.client_key}
        place = {"name": name, "address": daemon.address, "port": daemon.port, "username": daemon.username}
        new = {**place, "credential": login, "host_key": daemon.host_keys[0], **fields}
        answer = await admin.post("/hosts", json=new)
        assert answer.status_code == 201, answer.text
        return int(answer.json()["id"])

    async def group(self, admin: Browser, name: str) -> int:
        """A group."""
        return int((await admin.post("/groups", json={"name": name})).json()["id"])

    async def open(self, who: Browser, host_id: int, **wanted: Any) -> str:
        """A terminal; its id."""
        answer = await who.post("/terminals", json={"host_id": host_id, **wanted})
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])

    def headers(self, who: Browser, **more: str) -> dict[str, str]:
        """What the browser's page sends along."""
        return {"Cookie": f"moorline_session={who.cookies['moorline_session']}", "Origin": self.url} | more

    def address(self, terminal_id: str) -> str:
        """Of the terminal's socket."""
        return f"ws://127.0.0.1:{self.port}/api/v1/terminals/{terminal_id}/socket"

    @asynccontextmanager
    async def page(self, who: Browser, terminal_id: str, **hello: Any) -> AsyncIterator[Page]:
        """A page that is attached."""
        async with attached(self.address(terminal_id), self.headers(who), **hello) as page:
            yield page

    @asynccontextmanager
    async def terminal(self, who: Browser, host_id: int, **wanted: Any) -> AsyncIterator[Page]:
        """A fresh terminal with a page at it, its shell ready."""
        async with self.page(who, await self.open(who, host_id, **wanted)) as page:
            await page.hears("attached")
            await page.type("echo rea''dy\r")
            await page.shows("ready")
            yield page

    def terminal_id(self, page: Page) -> str:
        """Of the terminal that the page is at."""
        return str(page.said[0]["session"]["id"])


@pytest.fixture
async def desk(database: Database, tmp_path: Path, logged: Callable[[], str]) -> AsyncIterator[Desk]:
    """The application, served and running."""
    port = free_port()
    made = build(database, tmp_path, AheadClock(), port=port, public_url=None)
    server = web_server(made.controller)
    made.app = cast(Litestar, server.config.app)
    async with made.controller.running():
        running = asyncio.create_task(server.serve(), name="web server")
        while not server.started:
            assert not running.done()
            await asyncio.sleep(0.01)
        yield Desk(made, port)
        server.should_exit = True
        await running
        await made.close()
