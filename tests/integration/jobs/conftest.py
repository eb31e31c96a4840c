"""A whole controller in the test's process over real sshds, and what runs on them."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import pytest
import uvloop
from litestar import Litestar
from websockets.asyncio.client import ClientConnection, connect

from controller.core.db import Database
from controller.server import server as web_server
from tests.integration.terminal.conftest import AheadClock
from tests.support.front import Browser, Front, build
from tests.support.sshd import SSHD, Sshd, free_port

ENDED = {"succeeded", "failed", "canceled", "interrupted"}


def pytest_asyncio_loop_factories() -> dict[str, Callable[[], asyncio.AbstractEventLoop]]:
    """The loop that the controller runs on."""
    return {"uvloop": uvloop.new_event_loop}


@dataclass(slots=True)
class Shop:
    """The application, served and running, and its administrator."""

    front: Front
    port: int
    admin: Browser

    async def add(self, daemon: Sshd, name: str = "web-1", **fields: Any) -> int:
        """An sshd as a host whose key is pinned."""
        login = {"name": name, "kind": "key", "private_key": daemon.client_key}
        place = {"name": name, "address": daemon.address, "port": daemon.port, "username": daemon.username}
        new = {**place, "credential": login, "host_key": daemon.host_keys[0], **fields}
        answer = await self.admin.post("/hosts", json=new)
        assert answer.status_code == 201, answer.text
        return int(answer.json()["id"])

    async def launch(self, host_ids: list[int], command: str = "", expect: int = 201, **more: Any) -> dict[str, Any]:
        """Run something."""
        who = more.pop("who", self.admin)
        body = {"kind": "command", "spec": {"command": command}, "targets": {"host_ids": host_ids}} | more
        answer = await who.post("/jobs", json=body)
        assert answer.status_code == expect, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def get(self, path: str, who: Browser | None = None, **query: Any) -> Any:
        """What a route shows."""
        answer = await (who or self.admin).get(path, params=query)
        assert answer.status_code == 200, f"{path}: {answer.text}"
        return answer.json()

    async def job(self, job_id: int) -> dict[str, Any]:
        """A job."""
        found: dict[str, Any] = await self.get(f"/jobs/{job_id}")
        return found

    async def until(
        self, job_id: int, *states: str, within_s: float = 30.0, has: Callable[[dict[str, Any]], Any] | None = None
    ) -> dict[str, Any]:
        """The job once it is in one of these states (or has ended), and as `has` wants it."""
        deadline = time.monotonic() + within_s
        while True:
            job = await self.job(job_id)
            if job["state"] in (states or ENDED) and (has is None or has(job)):
                return job
            assert time.monotonic() < deadline, f"job {job_id} is {job['state']}: {job}"
            await asyncio.sleep(0.05)

    async def ran(self, host_ids: list[int], command: str = "", **more: Any) -> dict[str, Any]:
        """Run something to its end."""
        return await self.until((await self.launch(host_ids, command, **more))["id"])

    async def hosts(self, job_id: int) -> dict[str, dict[str, Any]]:
        """Results by name."""
        return {one["name"]: one for one in (await self.get(f"/jobs/{job_id}/hosts"))["items"]}

    async def says(self, job_id: int, text: str, within_s: float = 15.0, **query: Any) -> str:
        """The output once it holds the text."""
        deadline = time.monotonic() + within_s
        while text not in (said := await self.output(job_id, **query)):
            assert time.monotonic() < deadline, f"it said {said[-2000:]!r}"
            await asyncio.sleep(0.05)
        return said

    async def output(self, job_id: int, **query: Any) -> str:
        """All output, in order."""
        said = ""
        after: int | None = 0
        while after is not None:
            found = await self.get(f"/jobs/{job_id}/output", after=after, **query)
            said += "".join(run for piece in found["items"] for run in piece["runs"])
            after = found["next"]
        return said

    @asynccontextmanager
    async def live(self, job_id: int, who: Browser | None = None) -> AsyncIterator[ClientConnection]:
        """A job's socket."""
        headers = {"Cookie": f"moorline_session={(who or self.admin).cookies['moorline_session']}"}
        headers["Origin"] = f"http://127.0.0.1:{self.port}"
        address = f"ws://127.0.0.1:{self.port}/api/v1/jobs/{job_id}/live"
        async with connect(address, additional_headers=headers, max_size=None) as socket:
            yield socket


async def hears(socket: ClientConnection, wanted: Callable[[dict[str, Any]], Any], within_s: float = 15.0) -> Any:
    """The first message that is as wanted."""
    async with asyncio.timeout(within_s):
        while True:
            said: dict[str, Any] = json.loads(await socket.recv())
            if wanted(said):
                return said


def alive(word: str) -> list[int]:
    """Processes whose arguments or environment hold the word, but for ourselves."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                words = (entry / "cmdline").read_bytes() + (entry / "environ").read_bytes()
                state = (entry / "stat").read_text().rpartition(")")[2].split()[0]
            except OSError:
                continue
            if word.encode() in words and state != "Z":
                found.append(int(entry.name))
    return found


@asynccontextmanager
async def opened(database: Database, folder: Path, name: str = "admin") -> AsyncIterator[Shop]:
    """The application on a port of its own, with an administrator who is made for it."""
    port = free_port()
    made = build(database, folder, AheadClock(), port=port, public_url=None)
    server = web_server(made.controller)
    made.app = cast(Litestar, server.config.app)
    async with made.controller.running():
        running = asyncio.create_task(server.serve(), name="web server")
        while not server.started:
            assert not running.done()
            await asyncio.sleep(0.01)
        try:
            yield Shop(made, port, await made.user(name, role="admin", all_hosts=True))
        finally:
            server.should_exit = True
            await running
            await made.close()


@pytest.fixture
async def shop(database: Database, tmp_path: Path, logged: Callable[[], str]) -> AsyncIterator[Shop]:
    """The application, served and running."""
    async with opened(database, tmp_path) as made:
        yield made


@pytest.fixture
def make_sshd() -> Iterator[Callable[..., Sshd]]:
    """Started sshds with options of the test's, gone afterwards."""
    if SSHD is None:
        pytest.skip("sshd is not installed (Debian: openssh-server)")
    made: list[Sshd] = []

    def make(**options: object) -> Sshd:
        made.append(Sshd(**options))  # type: ignore[arg-type]  # passed on as they are
        return made[-1].start()

    yield make
    for daemon in made:
        daemon.remove()


@pytest.fixture
def sshd(make_sshd: Callable[..., Sshd]) -> Sshd:
    """One sshd with the defaults."""
    return make_sshd()
