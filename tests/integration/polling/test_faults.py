"""A real controller and real sshds while things break: what is lost, what is left behind, who else notices."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from itertools import pairwise

import httpx
import psycopg
import pytest

from tests.bench import bed
from tests.bench.bed import Bed
from tests.support.api import ApiError
from tests.support.sshd import IS_ROOT, SSHD, Sshd
from tests.support.sshd import running as sshd

pytestmark = [
    pytest.mark.skipif(SSHD is None, reason="sshd is not installed (Debian: openssh-server)"),
    pytest.mark.timeout(180),
]
needs_account = pytest.mark.skipif(not IS_ROOT, reason="needs an account with rc files of the test's own, that is root")
LINES = 24
LONG = pytest.mark.long
GROWTH_KIB = 48 << 10
Frames = dict[int, list[float]]  # host id → times of its core frames in epoch seconds, in order


async def frames(running: Bed, since: float) -> Frames:
    """What is stored of every host since then. Raises psycopg.OperationalError while the database is away."""
    found: Frames = defaultdict(list)
    address = running.url.set(drivername="postgresql").render_as_string()
    async with await psycopg.AsyncConnection.connect(address) as connection:
        cursor = await connection.execute(
            """
            select host_id, extract(epoch from ts)::float8 from frame
            where ts >= to_timestamp(%s) and extract(microseconds from ts)::int %% 250000 = 0 order by 1, 2
            """,
            (since,),
        )
        for host_id, at in await cursor.fetchall():
            found[host_id].append(at)
    return found


async def until_stored(running: Bed, host_ids: set[int], moment: float, within_s: float = 30.0) -> None:
    """Wait until a frame later than `moment` is stored of each of these hosts."""

    async def arrived() -> bool:
        try:
            later = await frames(running, moment)
        except psycopg.OperationalError:  # it is just being started
            return False
        return host_ids <= {host_id for host_id, times in later.items() if times}

    await eventually(arrived, within_s)


async def eventually(condition: Callable[[], Awaitable[object]], within_s: float) -> None:
    """Poll until the condition holds. Raises TimeoutError otherwise."""
    async with asyncio.timeout(within_s):
        while not await condition():
            await asyncio.sleep(0.1)


def gaps(times: list[float]) -> list[float]:
    """Seconds between a frame and the next."""
    return [round(later - earlier, 3) for earlier, later in pairwise(times)]


async def reader_count(daemons: list[Sshd], wanted: int) -> bool:
    """Whether so many readers run on these hosts."""
    return wanted == sum(bed.name_of(pid) in bed.READERS for daemon in daemons for pid in daemon.descendants())


@asynccontextmanager
async def reading(hosts: int, lines: int, **settings: str) -> AsyncIterator[tuple[Bed, set[int]]]:
    """So many lines that are read every second, and their host ids; frames of all of them are being stored."""
    async with bed.raised(hosts, **settings) as running:
        await bed.add_lines(running, lines)
        listed = await running.api.call("GET", "/hosts", limit=lines)
        host_ids = {host["id"] for host in listed["items"]}
        await until_stored(running, host_ids, time.time())
        yield running, host_ids


async def test_killed_controller_misses_little_and_leaves_nothing() -> None:
    async with reading(3, LINES) as (running, host_ids):
        daemons = list(running.daemons)
        began = time.time()
        await until_stored(running, host_ids, began + 3)
        killed = time.time()
        await running.controller.kill()
        await eventually(lambda: reader_count(daemons, 0), 5)
        await running.controller.start()
        await until_up(running, LINES)
        back = time.time()
        await until_stored(running, host_ids, back + 2)
        for times in (await frames(running, began)).values():
            assert killed - max(at for at in times if at <= killed) <= 2, "frames that had been read were lost"
            assert min(at for at in times if at > killed) <= back + 1
            pause = max(gaps(times))
            assert sorted(gaps(times)) == [1.0] * (len(times) - 2) + [pause], "a frame is doubled, or missing elsewhere"
        assert await reader_count(daemons, LINES)


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGKILL])
async def test_restarted_database_loses_no_frame(sign: signal.Signals) -> None:
    async with reading(1, 8) as (running, host_ids):
        began = time.time()
        await until_stored(running, host_ids, began + 2)
        os.kill(postmaster(running), sign)
        await until_stored(running, host_ids, time.time() + 5)
        for times in (await frames(running, began)).values():
            assert set(gaps(times)) == {1.0}
        assert "frames.database_away" in running.controller.log.read_text()


@pytest.mark.parametrize(
    ("keepalive_s", "down_after_s"), [("2", "6"), pytest.param("10", "30", marks=pytest.mark.long)]
)
async def test_frozen_sshd_is_found_and_comes_back(keepalive_s: str, down_after_s: str) -> None:
    within_s = float(down_after_s) + 1.5  # hosts are looked at every second
    async with reading(2, 2, keepalive_s=keepalive_s, down_after_s=down_after_s) as (running, host_ids):
        frozen = running.daemons[0]
        began = time.time()
        frozen.freeze()
        host_id = await first_not_up(running, within_s)
        assert time.time() - began < within_s
        host = await running.api.wait_for_host(host_id, lambda now: bool(now["state"] == "down"))
        assert "stopped answering" in host["state_reason"] or "greeting" in host["state_reason"]
        frozen.thaw()
        await running.api.wait_for_host(host_id, lambda now: bool(now["state"] == "up"))
        await until_stored(running, host_ids, time.time())
        (other,) = host_ids - {host_id}
        assert set(gaps((await frames(running, began))[other])) == {1.0}


NOISE = {
    "text": "yes 'Welcome to this host' | head -c 10485760",
    "binary": "head -c 10485760 /dev/urandom",
    "stderr": "head -c 10485760 /dev/urandom >&2",
}


@needs_account
@pytest.mark.parametrize("kind", ["text", pytest.param("binary", marks=LONG), pytest.param("stderr", marks=LONG)])
async def test_noise_of_rc_files_is_skipped(kind: str) -> None:
    async with reading(1, 4) as (running, host_ids):
        with sshd(shell="/bin/bash", home_files={".bashrc": NOISE[kind] + "\n"}) as noisy:
            began, before = time.time(), bed.rss_kib(running.controller.pid)
            host = await add(running, noisy)
            await until_stored(running, {host}, time.time() + 3)
            await undisturbed(running, host_ids, began, before)
            times = (await frames(running, began))[host]
            assert set(gaps(times)) == {1.0}


LIES = {
    "garbage": "exec cat /dev/urandom",
    "endless": "exec yes",
    "endless errors": "exec yes >&2",
    "endless answer": 'IFS="\t" read -r marker rest; printf "%s=1\\n" "$marker"; exec yes "$marker+/proc/stat"',
    "endless file": 'IFS="\t" read -r marker rest; printf "%s=1\\n%s+/proc/stat\\n" "$marker" "$marker"; exec yes',
    "false answers": 'IFS="\t" read -r marker rest; exec yes "$marker=1\n$marker+/proc/stat\ncpu 0 0\n$marker."',
}

SHORT = {"garbage", "endless answer"}


@needs_account
@pytest.mark.parametrize("lie", [pytest.param(lie, marks=() if lie in SHORT else LONG) for lie in LIES])
async def test_a_lying_host_disturbs_nobody_else(lie: str) -> None:
    async with reading(1, 4, keepalive_s="2", down_after_s="8") as (running, host_ids):
        with sshd(shell="/bin/bash", home_files={".bashrc": LIES[lie] + "\n"}) as liar:
            began, before = time.time(), bed.rss_kib(running.controller.pid)
            host = await add(running, liar)
            await running.api.wait_for_host(host, lambda now: bool(now["state"] != "connecting"))
            await until_stored(running, host_ids, began + 12)
            await undisturbed(running, host_ids, began, before)


async def undisturbed(running: Bed, host_ids: set[int], began: float, kib_before: float) -> None:
    """The other hosts' frames are all there, and the controller has not grown."""
    stored = await frames(running, began)
    for host_id in host_ids:
        assert set(gaps(stored[host_id])) == {1.0}
    assert bed.rss_kib(running.controller.pid) - kib_before < GROWTH_KIB


async def add(running: Bed, daemon: Sshd) -> int:
    """One more host; its id."""
    key = {"name": daemon.folder.name, "kind": "key", "private_key": daemon.client_key}
    credential = await running.api.call("POST", "/credentials", key)
    host = {
        "name": daemon.folder.name,
        "address": daemon.address,
        "port": daemon.port,
        "username": daemon.username,
        "credential_id": credential["id"],
        "host_key": daemon.host_keys[0],
    }
    added = await running.api.call("POST", "/hosts", host)
    return int(added["id"])


async def first_not_up(running: Bed, within_s: float) -> int:
    """Wait until a host is no longer up; its id."""
    deadline = time.monotonic() + within_s + 5
    while time.monotonic() < deadline:
        page = await running.api.call("GET", "/hosts", limit=100)
        for host in page["items"]:
            if host["state"] != "up":
                return int(host["id"])
        await asyncio.sleep(0.1)
    raise TimeoutError("every host still counts as up")


async def until_up(running: Bed, lines: int) -> None:
    """Wait until the controller answers again and its lines are up."""

    async def up() -> bool:
        try:
            page = await running.api.call("GET", "/hosts", limit=1)
        except (httpx.TransportError, ApiError):
            return False
        return bool(page["counts"]["up"] == lines)

    await eventually(up, 60)


def postmaster(running: Bed) -> int:
    """The process id of the controller's PostgreSQL."""
    folder = running.controller.data_dir / "postgres"
    (found,) = folder.glob("*/postmaster.pid")
    return int(found.read_text().split()[0])
