"""An engine with two hundred containers that is slow to tell their figures, and one that only pretends to be one."""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.integration.containers.conftest import Watched, one
from tests.support.lab import HostSpec, Lab, LabHost

pytestmark = [pytest.mark.root, pytest.mark.timeout(180)]
COUNT = 200


def identity(number: int) -> str:
    """A container's id."""
    return f"{number:064x}"


@dataclass
class Pretender:
    """Listens at a host's socket and answers as Docker does, slowly where figures are asked for."""

    count: int = COUNT
    stats_s: float = 1.5
    asked: int = 0
    killed: set[int] = field(default_factory=set)
    listeners: list[asyncio.StreamWriter] = field(default_factory=list)
    spoil: Callable[[str], bytes | None] = lambda _: None

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection."""
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            while head := await reader.readuntil(b"\r\n\r\n"):
                path = head.split(b" ")[1].decode().partition("?")[0]
                if (spoiled := self.spoil(path)) is not None:
                    writer.write(spoiled)
                elif path == "/events":
                    writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
                    self.listeners.append(writer)
                else:
                    body = json.dumps(await self.answer(path)).encode()
                    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))
                await writer.drain()
        writer.close()

    async def answer(self, path: str) -> Any:
        """What is said there."""
        if path == "/version":
            return {"Version": "99.0"}
        if path == "/containers/json":
            return [{"Id": identity(n), "State": "running", "Status": "Up 3 minutes"} for n in range(self.count)]
        number = int(path.split("/")[2], 16)
        if path.endswith("/stats"):
            self.asked += 1
            await asyncio.sleep(self.stats_s)
            cpu = {"cpu_usage": {"total_usage": time.monotonic_ns() // 2}}
            return {"cpu_stats": cpu, "memory_stats": {"usage": 1 << 20, "limit": 4 << 20}}
        state = {"Status": "exited", "ExitCode": 9} if number in self.killed else {"Status": "running", "Pid": 1}
        return {"Id": identity(number), "Name": f"/many-{number}", "State": state, "Config": {}, "HostConfig": {}}

    def kill(self, number: int) -> None:
        """A container dies."""
        self.killed.add(number)
        line = json.dumps({"Type": "container", "Action": "die", "Actor": {"ID": identity(number)}}).encode() + b"\n"
        for writer in self.listeners:
            writer.write(b"%x\r\n%s\r\n" % (len(line), line))

    @contextlib.asynccontextmanager
    async def at(self, host: LabHost) -> AsyncIterator[None]:
        """Listen at the host's usual place."""
        server = await asyncio.start_unix_server(self.serve, str(host.root / "run/docker.sock"))
        try:
            yield
        finally:
            server.close()
            for writer in self.listeners:
                writer.close()
            await asyncio.sleep(0)


async def test_two_hundred_containers_and_slow_figures_hold_up_nothing(watched: Watched, lab: Lab) -> None:
    (host,) = lab.up([HostSpec("crowd")])
    many = Pretender()
    try:
        async with many.at(host):
            began = time.time()
            host_id = await watched.add(host)
            await watched.shelf(host_id, lambda now: now["total"] == COUNT, 30)
            await watched.shelf(host_id, lambda now: any(item["figures"] for item in now["items"]), 30)
            killed_at = time.monotonic()
            many.kill(77)
            await watched.shelf(host_id, lambda now: one(now, "many-77")["state"] == "exited", 10)
            assert time.monotonic() - killed_at < 2
            await asyncio.sleep(5)
            asked = many.asked
            assert asked  # no group of theirs is to be seen: the engine is asked, but never by more than a few at once
            assert asked <= 8 * (
                2 + (time.time() - began) / 2
            )  # four at once, and four begun, in each tick of two seconds
            query: dict[str, Any] = {"host_id": host_id, "metric": "load1", "from": time.time() - 8, "points": 2000}
            await asyncio.sleep(2)  # frames wait a second for their batch
            (series,) = (await watched.api.call("GET", "/metrics/query", **query))["series"]
            assert sum(value is not None for value in series["avg"]) >= 3  # one each two seconds, as before
            page = await watched.api.call("GET", "/containers", sort="-memory", limit=5, state="running")
            assert (page["total"], page["counts"]["exited"]) == (COUNT - 1, 1)
            assert page["items"][0]["figures"]["memory_bytes"] == 1 << 20
    finally:
        lab.remove(host)


FOREIGN = b"SSH-2.0-OpenSSH_9.2p1 Debian\r\n"
ENDLESS = b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n" + b" " * (20 << 20)


@pytest.mark.parametrize("said", [FOREIGN, ENDLESS, b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n[[[[["])
async def test_what_only_pretends_to_be_an_engine_is_told_with_a_reason(
    watched: Watched, lab: Lab, said: bytes
) -> None:
    (host,) = lab.up([HostSpec("fake")])
    try:
        async with Pretender(spoil=lambda _: said).at(host):
            host_id = await watched.add(host)
            shelf = await watched.shelf(
                host_id, lambda now: [e["state"] for e in now["engines"]] in (["stopped"], ["failed"], ["frozen"]), 30
            )
            assert shelf["engines"][0]["reason"]
            assert (await watched.api.call("GET", f"/hosts/{host_id}"))["state"] == "up"
    finally:
        lab.remove(host)
