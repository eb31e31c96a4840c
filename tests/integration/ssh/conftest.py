"""A pool over real sshds, what its listener heard, and a check that nothing stays open."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Protocol

import pytest
import uvloop

from controller.core.secrets import Secret
from controller.ssh.options import Options
from controller.ssh.pool import Pool
from controller.ssh.target import LineState, LineStatus, Password, PrivateKey, Target
from tests.support.sshd import IS_ROOT, Sshd

QUICK = Options(
    connect_timeout_s=3,
    handshake_timeout_s=3,
    login_timeout_s=6,
    channel_timeout_s=5,
    slot_timeout_s=3,
    first_retry_s=(0.05, 0.1),
    retry_floor_s=0.2,
    retry_cap_s=0.4,
    overflow_idle_s=0.3,
    keepalive_s=0.5,
)


def pytest_asyncio_loop_factories() -> dict[str, Callable[[], asyncio.AbstractEventLoop]]:
    """The loop that the controller runs on."""
    return {"uvloop": uvloop.new_event_loop}


class Hosts:
    """A Directory that tests fill."""

    def __init__(self) -> None:
        self.targets: dict[int, Target] = {}

    async def target(self, host_id: int) -> Target:
        """As declared by the test."""
        return self.targets[host_id]


class Ear:
    """A Receiver that remembers."""

    def __init__(self) -> None:
        self.out = bytearray()
        self.err = bytearray()
        self.ends: list[Exception | None] = []

    def data(self, data: bytes) -> None:
        """Standard output."""
        self.out += data

    def error(self, data: bytes) -> None:
        """Standard error."""
        self.err += data

    def closed(self, reason: Exception | None) -> None:
        """The end."""
        self.ends.append(reason)


class Lines:
    """A pool and everything that it told."""

    def __init__(self, options: Options) -> None:
        self.hosts = Hosts()
        self.news: list[tuple[int, LineStatus]] = []
        self.pool = Pool(self.hosts, options, lambda host_id, status: self.news.append((host_id, status)))

    def add(self, daemon: Sshd, host_id: int = 1, *, password: str | None = None, **changes: object) -> int:
        """Declare a host: by key, or by password when one is given; its keys pinned unless `changes` say otherwise."""
        login = Password(Secret(password)) if password is not None else PrivateKey(Secret(daemon.client_key))
        target = Target(
            host_id, daemon.address, daemon.port, daemon.username, login, daemon.host_keys, None, f"h{host_id}"
        )
        self.hosts.targets[host_id] = replace(target, **changes)  # type: ignore[arg-type]  # the test knows the fields
        return host_id

    def change(self, host_id: int, **changes: object) -> None:
        """Change what the directory says of a host."""
        self.hosts.targets[host_id] = replace(self.hosts.targets[host_id], **changes)  # type: ignore[arg-type]

    async def reach(self, host_id: int, state: LineState, timeout_s: float = 10.0) -> LineStatus:
        """Wait until the line is in that state."""
        await eventually(lambda: getattr(self.pool.status(host_id), "state", None) == state, timeout_s)
        status = self.pool.status(host_id)
        assert status is not None
        return status

    def states(self, host_id: int) -> list[LineState]:
        """Every state the listener heard of, in order, repeats left out."""
        heard = [status.state for told, status in self.news if told == host_id]
        return [state for i, state in enumerate(heard) if i == 0 or heard[i - 1] != state]


async def eventually(condition: Callable[[], object], timeout_s: float = 10.0) -> None:
    """Poll until the condition holds. Raises TimeoutError otherwise."""
    async with asyncio.timeout(timeout_s):
        while not condition():
            await asyncio.sleep(0.01)


def open_sockets() -> int:
    """How many sockets this process holds."""
    count = 0
    for entry in Path("/proc/self/fd").iterdir():
        try:
            count += str(entry.readlink()).startswith("socket:")
        except OSError:
            continue
    return count


class MakeLines(Protocol):
    """Makes pools with other figures than the quick ones."""

    def __call__(self, **options: object) -> Lines:
        """A pool that the fixture closes."""
        ...


@pytest.fixture
async def make_lines() -> AsyncIterator[MakeLines]:
    """Pools, closed afterwards; a socket left open fails the test."""
    before = open_sockets()
    made: list[Lines] = []

    def make(**options: object) -> Lines:
        made.append(Lines(replace(QUICK, **options)))  # type: ignore[arg-type]  # the test knows the fields
        return made[-1]

    yield make
    for lines in made:
        await lines.pool.close()
    await eventually(lambda: open_sockets() <= before, 3)


@pytest.fixture
async def lines(make_lines: MakeLines) -> Lines:
    """A pool with short times."""
    return make_lines()


@asynccontextmanager
async def impostor(answer: bytes | None, *, hang_up: bool = False) -> AsyncIterator[int]:
    """Something on a port that is no sshd: says `answer` (None: nothing) and then waits, or hangs up."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if answer:
            writer.write(answer)
            await writer.drain()
        if not hang_up:
            await reader.read()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()


needs_password = pytest.mark.skipif(
    not IS_ROOT, reason="password logins need an account of the test's own, that is root"
)
