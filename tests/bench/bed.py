"""What a measurement stands on: real sshds, a real controller process, and lines between them."""

from __future__ import annotations

import asyncio
import json
import os
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import ExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy.engine import URL

from controller.core.db import Database
from controller.core.postgres import borrow
from tests.support.api import Api
from tests.support.controller import Controller
from tests.support.sshd import Sshd, free_port, running

TICKS_PER_S = os.sysconf("SC_CLK_TCK")
SETTINGS = {"MaxStartups": "2000", "MaxSessions": "20", "LogLevel": "VERBOSE"}
PASSWORD = "measure twice, cut once"
READERS = {"mawk", "gawk", "awk", "busybox", "original-awk"}


@dataclass(frozen=True, slots=True)
class Bed:
    """Everything that runs; `api` is logged in as the administrator."""

    daemons: Sequence[Sshd]
    controller: Controller
    api: Api
    url: URL


@contextmanager
def daemons(number: int) -> Iterator[list[Sshd]]:
    """So many sshds on loopback ports."""
    with ExitStack() as stack:
        yield [stack.enter_context(running(settings=SETTINGS)) for _ in range(number)]


@asynccontextmanager
async def raised(hosts: int, **settings: str) -> AsyncIterator[Bed]:
    """A controller that reads every second, and `hosts` sshds that it does not know yet."""
    with tempfile.TemporaryDirectory(prefix="moorline-bench-") as folder, daemons(hosts) as fleet:
        port = free_port()
        known = {"tick_s": "1", "log_level": "WARNING", **settings}
        controller = Controller(Path(folder) / "data", port, **known)
        await controller.start()
        try:
            token = await controller.first_run_token()
            async with Api(f"http://127.0.0.1:{port}") as api, borrow(controller.data_dir) as url:
                await api.set_up(token, "admin", PASSWORD)
                yield Bed(fleet, controller, api, url)
        finally:
            await controller.stop()


async def add_lines(bed: Bed, number: int) -> None:
    """Add `number` hosts, spread over the sshds, and wait until every one is up."""
    credentials = []
    for index, daemon in enumerate(bed.daemons):
        new = {"name": f"key {index}", "kind": "key", "private_key": daemon.client_key}
        credentials.append((await bed.api.call("POST", "/credentials", new))["id"])
    for index in range(number):
        place = index % len(bed.daemons)
        daemon = bed.daemons[place]
        host = {"name": f"line-{index}", "address": daemon.address, "port": daemon.port, "username": daemon.username}
        pinned = {"credential_id": credentials[place], "host_key": daemon.host_keys[0]}
        await bed.api.call("POST", "/hosts", host | pinned)
    await until_up(bed, number)


async def until_up(bed: Bed, number: int, within_s: float = 300.0) -> None:
    """Wait until so many hosts are up. Raises TimeoutError that says how they are instead."""
    async with asyncio.timeout(within_s):
        while True:
            page = await bed.api.call("GET", "/hosts", limit=1)
            if page["counts"]["up"] >= number:
                return
            await asyncio.sleep(0.5)


async def count_frames(url: URL, start: float, end: float) -> int:
    """Core frames stored with a time in [start, end), in epoch seconds, each counted once."""
    database = Database(url)
    try:
        async with await database.raw() as connection:
            cursor = await connection.execute(
                """
                select count(distinct (host_id, ts)) from frame
                where ts >= to_timestamp(%s) and ts < to_timestamp(%s) and extract(microseconds from ts)::int %% 10 = 0
                """,
                (start, end),
            )
            row = await cursor.fetchone()
            return int(row[0]) if row else 0
    finally:
        await database.close()


def cpu_s(pid: int) -> float:
    """Processor time that a process has used, all its threads together."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS_PER_S


def run_s(pid: int) -> float:
    """Processor time of a process with one thread, to the nanosecond; 0 when it is gone."""
    try:
        return int(Path(f"/proc/{pid}/schedstat").read_text().split()[0]) / 1e9
    except (FileNotFoundError, ProcessLookupError):
        return 0.0


def rss_kib(pid: int) -> float:
    """Memory of a process that is not shared with others, in KiB; 0 when it is gone."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except (FileNotFoundError, ProcessLookupError):
        return 0.0
    found = dict(line.split(":", 1) for line in lines[1:])
    return float(found["Rss"].split()[0])


def sessions(fleet: Sequence[Sshd]) -> list[int]:
    """Process ids of all sessions on these hosts and what they run."""
    return [pid for daemon in fleet for pid in daemon.descendants()]


def name_of(pid: int) -> str:
    """The program's short name; empty when it is gone."""
    try:
        return Path(f"/proc/{pid}/comm").read_text().strip()
    except (FileNotFoundError, ProcessLookupError):
        return ""


def say(figures: dict[str, Any]) -> None:
    """The last line of a measurement: one JSON object."""
    sys.stdout.write(
        json.dumps({name: round(v, 3) if isinstance(v, float) else v for name, v in figures.items()}) + "\n"
    )
    sys.stdout.flush()
