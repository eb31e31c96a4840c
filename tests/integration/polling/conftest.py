"""A real controller process that polls real sshds, and the page's way to talk to it."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection, connect

from tests.support.api import Api
from tests.support.controller import Controller
from tests.support.sshd import Sshd, free_port

PASSWORD = "correct horse battery"


@dataclass(frozen=True, slots=True)
class Running:
    """A controller that an administrator has set up."""

    controller: Controller
    api: Api
    port: int

    async def token(self, **rights: Any) -> str:
        """An API token of the administrator's."""
        wanted = {"name": "test", "scopes": ["read"], "all_hosts": True, **rights}
        return str((await self.api.call("POST", "/tokens", wanted))["token"])

    async def add(self, daemon: Sshd, name: str, **fields: Any) -> dict[str, Any]:
        """Add an sshd as a host whose key is approved."""
        login = {"name": name, "kind": "key", "private_key": daemon.client_key}
        place = {"name": name, "address": daemon.address, "port": daemon.port, "username": daemon.username}
        host = {**place, "credential": login, "host_key": daemon.host_keys[0], **fields}
        added: dict[str, Any] = await self.api.call("POST", "/hosts", host)
        return added

    async def up(self, host: dict[str, Any], within_s: float = 30) -> dict[str, Any]:
        """Wait until the host is up."""
        return await self.api.wait_for_host(host["id"], lambda now: bool(now["state"] == "up"), within_s)

    @asynccontextmanager
    async def live(self, token: str) -> AsyncIterator[Live]:
        """The live feed, as the holder of the token sees it."""
        address = f"ws://127.0.0.1:{self.port}/api/v1/live"
        async with connect(address, additional_headers={"Authorization": f"Bearer {token}"}) as socket:
            yield Live(socket)


@dataclass(frozen=True, slots=True)
class Live:
    """One tab's WebSocket."""

    socket: ClientConnection

    async def send(self, **wish: Any) -> None:
        """Ask for something."""
        await self.socket.send(json.dumps(wish))

    async def next(self, kind: str) -> dict[str, Any]:
        """The next message of that type; others are skipped. The test's own time limit bounds the wait."""
        while True:
            message: dict[str, Any] = json.loads(await self.socket.recv())
            if message["type"] == kind:
                return message


@pytest.fixture
async def running(tmp_path: Path) -> AsyncIterator[Running]:
    """A controller with its usual pace."""
    async with started(tmp_path) as found:
        yield found


@pytest.fixture
async def brisk(tmp_path: Path, database_address: str) -> AsyncIterator[Running]:
    """One that reads every two seconds and takes a host for down after eight: what is waited for comes sooner."""
    settings = {"tick_s": "2", "keepalive_s": "2", "down_after_s": "8"}
    async with started(tmp_path, database_url=database_address, **settings) as found:
        yield found


@asynccontextmanager
async def started(folder: Path, **settings: str) -> AsyncIterator[Running]:
    """A controller with settings of its own."""
    port = free_port()
    controller = Controller(folder / "data", port, **settings)
    await controller.start()
    try:
        token = await controller.first_run_token()
        async with Api(f"http://127.0.0.1:{port}") as api:
            await api.set_up(token, "admin", PASSWORD)
            yield Running(controller, api, port)
    finally:
        await controller.stop()
