"""The application behind its own web server, its ways in and changes of keys running, and real sshds to bring in."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from controller.core.db import Database
from controller.server import server as web_server
from tests.integration.files.conftest import client_of
from tests.support.api import Api
from tests.support.controller import Controller
from tests.support.front import Front, MovedClock, build
from tests.support.lab import HostSpec, Lab, LabHost
from tests.support.lab.gate import open_gate
from tests.support.sshd import IS_ROOT, SSHD, Sshd, free_port

ENDED = {"done", "failed", "interrupted", "canceled"}
OWN_FILE = {"AuthorizedKeysFile": ".ssh/authorized_keys"}


class RealClock(MovedClock):
    """Time as it is: what polls does so by it."""

    def now(self) -> float:
        """Epoch seconds."""
        return time.time()

    def monotonic(self) -> float:
        """Seconds that only grow."""
        return time.monotonic()


@dataclass(slots=True)
class Desk:
    """The application, and somebody who may do everything."""

    front: Front
    url: str
    client: httpx.AsyncClient

    async def call(self, method: str, path: str, expect: int = 200, body: object = None, **query: Any) -> Any:
        """One request; its JSON."""
        answer = await self.client.request(method, path, json=body, params=query or None)
        assert answer.status_code == expect, f"{method} {path}: {answer.status_code} {answer.text[:600]}"
        return answer.json() if answer.content else None

    async def begin(self, daemon: Sshd, name: str = "web-1", **more: Any) -> dict[str, Any]:
        """A host sent on its way in by its password, its key compared."""
        wish = {
            "address": daemon.address, "port": daemon.port, "username": daemon.username, "name": name,
            "password": daemon.password, "host_key": daemon.host_keys[0],
        }  # fmt: skip
        made: dict[str, Any] = await self.call("POST", "/onboardings", 201, wish | more)
        return made

    async def ended(self, onboarding: dict[str, Any], within_s: float = 60) -> dict[str, Any]:
        """Wait for the end; how it went."""
        return await self.until(onboarding, ENDED, within_s)

    async def until(self, onboarding: dict[str, Any], states: set[str], within_s: float = 60) -> dict[str, Any]:
        """Wait until it stands like that."""
        async with asyncio.timeout(within_s):
            while True:
                now: dict[str, Any] = await self.call("GET", f"/onboardings/{onboarding['id']}")
                if now["state"] in states:
                    return now
                await asyncio.sleep(0.05)

    async def bring(self, daemon: Sshd, name: str = "web-1", **more: Any) -> dict[str, Any]:
        """All the way."""
        return await self.ended(await self.begin(daemon, name, **more))


def step(onboarding: dict[str, Any], name: str) -> dict[str, Any]:
    """One step of it."""
    found: dict[str, Any] = next(one for one in onboarding["steps"] if one["name"] == name)
    return found


def home(daemon: Sshd) -> Path:
    """The account's home, seen from outside."""
    return Path(f"/proc/{daemon.pid}/root/home/ops")


def authorize(daemon: Sshd, line: str) -> None:
    """Let this line in, in the account's own file."""
    folder = home(daemon) / ".ssh"
    folder.mkdir(mode=0o700, exist_ok=True)
    (folder / "authorized_keys").write_text(line)
    for path in (folder, folder / "authorized_keys"):
        os.chown(path, daemon.uid, daemon.uid)


@asynccontextmanager
async def opened(
    database: Database, folder: Path, *, watching: bool = False, **settings: Any
) -> AsyncIterator[tuple[Front, str]]:
    """The application with its ways in; `watching`: it polls its hosts and opens its gateway, too."""
    port = free_port()
    made = build(database, folder, RealClock() if watching else None, port=port, public_url=None, tick_s=1, **settings)
    server = web_server(made.controller)
    made.app = server.config.app  # type: ignore[assignment]
    controller = made.controller
    if not watching:
        await controller.ways_in.start()
        await controller.rotations.start()
    running = controller.running() if watching else _nothing()
    async with running:
        serving = asyncio.create_task(server.serve(), name="web server")
        while not server.started:
            assert not serving.done()
            await asyncio.sleep(0.01)
        try:
            yield made, f"http://127.0.0.1:{port}"
        finally:
            server.should_exit = True
            await serving
    if not watching:
        await controller.rotations.close()
        await controller.ways_in.close()
        await controller.poller.close()
        await controller.keeper.close()
        await controller.pool.close()
    await made.close()


@asynccontextmanager
async def _nothing() -> AsyncIterator[None]:
    yield


@pytest.fixture
async def desk(database: Database, tmp_path: Path, logged: Callable[[], str]) -> AsyncIterator[Desk]:
    """All of it."""
    async with opened(database, tmp_path, watching=True) as (front, url), client_of(url, await front.admin()) as client:
        yield Desk(front, url, client)


@pytest.fixture
def make_sshd() -> Iterator[Callable[..., Sshd]]:
    """Started sshds whose account keeps its keys in its home."""
    if SSHD is None:
        pytest.skip("sshd is not installed (Debian: openssh-server)")
    if not IS_ROOT:
        pytest.skip("password logins need an account of the test's own, that is root")
    made: list[Sshd] = []

    def make(*, own_file: bool = True, settings: dict[str, str] | None = None, **options: Any) -> Sshd:
        made.append(Sshd(settings={**(OWN_FILE if own_file else {}), **(settings or {})}, **options))
        return made[-1].start()

    yield make
    for daemon in made:
        daemon.remove()


@dataclass(slots=True)
class Ground:
    """A controller in the lab's network, and the hosts."""

    api: Api
    hosts: dict[str, LabHost]

    async def bring(self, name: str, **wish: Any) -> dict[str, Any]:
        """One host all the way."""
        host = self.hosts[name]
        body = {"address": host.address, "username": "root", "name": name, "password": host.password}
        return await self.ended(await self.api.call("POST", "/onboardings", body | {"host_key": host.host_key} | wish))

    async def ended(self, begun: dict[str, Any]) -> dict[str, Any]:
        """Wait for the end."""
        async with asyncio.timeout(120):
            while True:
                now: dict[str, Any] = await self.api.call("GET", f"/onboardings/{begun['id']}")
                if now["state"] in ENDED:
                    return now
                await asyncio.sleep(0.2)


@asynccontextmanager
async def on_ground(lab: Lab, folder: Path, specs: Sequence[HostSpec], address: str) -> AsyncIterator[Ground]:
    """These hosts, and a controller that reaches those that are not behind others."""
    port = free_port()
    hosts = lab.up(specs)
    gate = open_gate(lab, port)
    controller = Controller(folder / "data", port, inside=lab.inside(), database_url=address)
    await controller.start()
    try:
        async with Api(f"http://127.0.0.1:{port}") as api:
            await api.set_up(await controller.first_run_token(), "admin", "correct horse battery")
            yield Ground(api, {host.name: host for host in hosts})
    finally:
        await controller.stop()
        gate.terminate()
        gate.wait(10)
        lab.remove(*hosts)
