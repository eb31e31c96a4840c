"""What the tests of stored frames share: layouts, a clock to set, and a look into the database."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from collectors.spec import Cadence, Collector, Kind, Metric, Reading, Table, Unit
from controller.core.clock import SystemClock
from controller.core.db import Database
from controller.metrics.catalogue import Catalogue
from controller.metrics.series import Layout, layout

MIDNIGHT = 1_795_478_400.0  # 2026-11-24 00:00 UTC


def core(*series: str) -> Layout:
    """A layout of the core group; "net/eth0" is metric net of instance eth0."""
    return layout([_series(each) for each in series], Cadence.CORE)


def slow(*series: str) -> Layout:
    """A layout of the slow group."""
    return layout([_series(each) for each in series], Cadence.SLOW)


def _series(text: str) -> tuple[str, str]:
    metric, _, instance = text.partition("/")
    return metric, instance


def _collector(name: str, cadence: Cadence, *metrics: str) -> Collector:
    declared = tuple(Metric(each, Unit.COUNT, Kind.GAUGE, "A test's.", each) for each in metrics)
    return Collector(
        name=name,
        help="A test's.",
        cadence=cadence,
        parse=lambda _: Reading({}),
        tables=(Table(name, "device", metrics, declared),),
    )


CATALOGUE = Catalogue(
    [_collector("one", Cadence.CORE, "cpu", "net", "memory"), _collector("two", Cadence.SLOW, "disk")],
    {Cadence.CORE: 10, Cadence.SLOW: 60},
)


class SetClock(SystemClock):
    """A clock whose time of day the test sets."""

    def __init__(self, at: float) -> None:
        self.at = at

    def now(self) -> float:
        return self.at


async def until(condition: Callable[[], bool], timeout_s: float = 20.0) -> None:
    """Wait until it holds; fail after `timeout_s`."""
    deadline = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline, "it did not come to hold in time"
        await asyncio.sleep(0.01)


async def fetch(database: Database, statement: str) -> list[tuple[Any, ...]]:
    """Rows of a statement, on a connection of their own."""
    async with await database.raw() as connection:
        cursor = await connection.execute(statement.encode())
        return await cursor.fetchall()


async def count(database: Database) -> tuple[int, int]:
    """How many frames are stored, and how many different ones."""
    rows = await fetch(database, "select count(*), count(distinct (host_id, entity_id, ts, layout_id)) from frame")
    return rows[0][0], rows[0][1]


@asynccontextmanager
async def locked(database: Database, table: str) -> AsyncIterator[Callable[[], Awaitable[int]]]:
    """Nobody can write to the table inside; gives a function that ends the session that tries, once one does."""
    async with await database.raw() as holder, await database.raw() as watcher, holder.transaction():
        await holder.execute(f"lock table {table} in exclusive mode".encode())

        async def end_waiting() -> int:
            deadline = time.monotonic() + 10
            while True:
                cursor = await watcher.execute(
                    "select pg_terminate_backend(pid, 5000) from pg_locks where not granted"
                    " and relation in (select inhrelid from pg_inherits where inhparent = %s::regclass"
                    " union all select %s::regclass)",
                    (table, table),
                )
                ended = len(await cursor.fetchall())
                if ended:
                    return ended
                assert time.monotonic() < deadline, "nobody tried"
                await asyncio.sleep(0.01)

        yield end_waiting
