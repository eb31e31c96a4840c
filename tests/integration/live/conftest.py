"""The application behind its own web server, in the test's process: time moves when told, frames come when told."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import pytest
from litestar import Litestar
from websockets.asyncio.client import ClientConnection, connect

from controller.core.db import Database
from controller.server import server as web_server
from tests.support.front import Browser, Front, build
from tests.support.sshd import free_port

SERIES = (("cpu_percent", ""), ("load1", ""))


@dataclass(frozen=True, slots=True)
class Tab:
    """One tab's WebSocket."""

    socket: ClientConnection

    async def send(self, **wish: Any) -> None:
        """Ask for something."""
        await self.socket.send(json.dumps(wish))

    async def next(self, *kinds: str) -> dict[str, Any]:
        """The next message of one of these types; others are skipped."""
        return (await self.until(*kinds))[-1]

    async def until(self, *kinds: str) -> list[dict[str, Any]]:
        """The messages up to the next one of these types."""
        found: list[dict[str, Any]] = []
        async with asyncio.timeout(20):
            while not found or found[-1]["type"] not in kinds:
                found.append(json.loads(await self.socket.recv()))
        return found


@dataclass(slots=True)
class Served:
    """The application, and where it listens."""

    front: Front
    port: int
    serial: int = 0

    @property
    def url(self) -> str:
        """Of the page."""
        return f"http://127.0.0.1:{self.port}"

    def headers(self, browser: Browser, **more: str) -> dict[str, str]:
        """What the browser's page sends along when it opens the feed."""
        return {"Cookie": f"moorline_session={browser.cookies['moorline_session']}", "Origin": self.url} | more

    @asynccontextmanager
    async def tab(self, browser: Browser) -> AsyncIterator[Tab]:
        """The feed as the page of that browser opens it."""
        async with self.connect(self.headers(browser)) as socket:
            yield Tab(socket)

    def connect(self, headers: dict[str, str], path: str = "/api/v1/live") -> connect:
        """A WebSocket with such headers."""
        address = f"ws://127.0.0.1:{self.port}{path}"
        return connect(address, additional_headers=headers, user_agent_header=None, proxy=None, max_size=None)

    async def raw(self, headers: dict[str, str]) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """A tab that reads when told, and answers nothing."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port, limit=1024)
        lines = [
            "GET /api/v1/live HTTP/1.1",
            f"Host: 127.0.0.1:{self.port}",
            "Upgrade: websocket",
            "Connection: Upgrade",
        ]
        lines += ["Sec-WebSocket-Version: 13", f"Sec-WebSocket-Key: {base64.b64encode(bytes(16)).decode()}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        writer.write(("\r\n".join(lines) + "\r\n\r\n").encode())
        assert b"101" in await reader.readline()
        return reader, writer

    async def host(self, admin: Browser, name: str, *group_ids: int) -> int:
        """A host that nobody connects to."""
        new = {"name": name, "address": "127.0.0.1", "username": "root", "enabled": False, "group_ids": list(group_ids)}
        return int((await admin.post("/hosts", json=new)).json()["id"])

    def frame(self, host_id: int, value: float = 1.0) -> float:
        """One reading of the host arrives; its time."""
        self.serial += 1
        at = 1000.0 + 10 * self.serial
        self.front.controller.hub.frame(host_id, SERIES, at, (value, None))
        return at


def frame_of(text: dict[str, Any]) -> bytes:
    """A masked text frame, as browsers send it."""
    body = json.dumps(text).encode()
    assert len(body) < 126
    return bytes([0x81, 0x80 | len(body), 0, 0, 0, 0]) + body


@pytest.fixture
async def served(database: Database, tmp_path: Path, logged: Callable[[], str]) -> AsyncIterator[Served]:
    """The application, served."""
    port = free_port()
    made = build(database, tmp_path, port=port, public_url=None)
    server = web_server(made.controller)
    made.app = cast(Litestar, server.config.app)
    running = asyncio.create_task(server.serve(), name="web server")
    while not server.started:
        assert not running.done()
        await asyncio.sleep(0.01)
    yield Served(made, port)
    server.should_exit = True
    await running
    await made.close()
