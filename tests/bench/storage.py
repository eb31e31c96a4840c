"""`make bench-storage`: size and speed of 30 days of history of HOSTS hosts, as retention leaves it."""

from __future__ import annotations

import asyncio
import math
import os
import random
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import psycopg

from collectors import registry
from collectors.spec import Cadence
from controller.core import migrate
from controller.core.clock import SystemClock, as_datetime
from controller.core.db import Database
from controller.core.postgres import EmbeddedPostgres
from controller.metrics import layouts, partitions, rollups
from controller.metrics.catalogue import Catalogue
from controller.metrics.frames import FrameWriter
from controller.metrics.partitions import Retention
from controller.metrics.queries import Charts, Question
from controller.metrics.series import Layout, layout
from tests.bench import bed, history
from tests.bench.history import Span

HOSTS = int(os.environ.get("HOSTS") or 300)
DAYS = 30
DAY_S = 86_400
TICK_S = 10
SLOW_S = 60
WRITTEN = 200_000  # frames that go through the controller's own writer
INSTANCES = {"cpu": ("cpu0", "cpu1"), "interface": ("lo", "eth0"), "device": ("vda",), "mount": ("/", "/boot")}
THREE = ("cpu_percent", "memory_used_percent", "load1")


async def main() -> None:
    """Measure, and print one JSON object."""
    with tempfile.TemporaryDirectory(prefix="moorline-bench-") as folder:
        server = EmbeddedPostgres(Path(folder))
        url = await server.start()
        try:
            await asyncio.to_thread(migrate.upgrade, url)
            figures = await measure(Database(url), server)
        finally:
            await server.stop()
    bed.say({"hosts": HOSTS, "days": DAYS, **figures})


async def measure(database: Database, server: EmbeddedPostgres) -> dict[str, float]:
    """Fill, then ask."""
    core, slow = usual_layout(Cadence.CORE), usual_layout(Cadence.SLOW)
    now = time.time() // 3600 * 3600
    async with await database.raw() as connection:
        await layouts.register(connection, [core, slow], as_datetime(now).date())
        rows = 0
        for span in spans(core, slow, now):
            rows += await history.fill(connection, span, HOSTS)
        raw_bytes = await size(connection, "frame")
        all_bytes = raw_bytes + sum([await size(connection, level.target.table) for level in rollups.LEVELS])
        for level in rollups.LEVELS:
            await connection.execute(
                "insert into rollup_mark (level, done_to) values (%s, %s) "
                "on conflict (level) do update set done_to = excluded.done_to",
                (level.name, as_datetime(now)),
            )
        await connection.execute("analyze")
    written_per_s = await write(database, core, now)
    await database.close()
    database = Database(await server.restart())  # nothing of it is in the server's memory
    try:
        one_host = await ask(
            database,
            hosts=lambda chance: [chance.randrange(1, HOSTS + 1)],
            metrics=THREE,
            length_s=7 * DAY_S,
            times=100,
            now=now,
        )
        everyone = range(1, HOSTS + 1)
        fleet = await ask(database, hosts=lambda _: everyone, metrics=THREE[:1], length_s=DAY_S, times=20, now=now)
    finally:
        await database.close()
    return {
        "series_per_host": len(core.series) + len(slow.series),
        "rows": rows,
        "bytes_per_host_day_raw": raw_bytes / HOSTS / Retention().raw_days,
        "bytes_per_host_30_days": all_bytes / HOSTS,
        "rows_per_s": written_per_s,
        "p95_ms_7d_one_host": p95(one_host),
        "p95_ms_24h_fleet": p95(fleet),
    }


def usual_layout(cadence: Cadence) -> Layout:
    """What a small VPS has: two cores, two interfaces, one disk, two file systems."""
    series = [
        (metric.name, instance)
        for collector in registry.load().values()
        if collector.cadence is cadence
        for table in collector.tables
        for instance in (("",) if table.label is None else INSTANCES.get(table.label, ()))
        for metric in table.metrics
        if metric.stored
    ]
    return layout(series, cadence)


def spans(core: Layout, slow: Layout, now: float) -> list[Span]:
    """Everything that retention leaves of the last 30 days."""
    kept = Retention()
    raw = now - kept.raw_days * DAY_S
    found = [Span(partitions.FRAME, core, TICK_S, raw, now), Span(partitions.FRAME, slow, SLOW_S, raw, now)]
    for level in rollups.LEVELS:
        days = min(DAYS, kept.of(level.target).days)
        found += [Span(level.target, each, level.width_s, now - days * DAY_S, now) for each in (core, slow)]
    return found


async def size(connection: psycopg.AsyncConnection, table: str) -> int:
    """Bytes of a table with all its partitions and indexes."""
    cursor = await connection.execute(
        "select sum(pg_total_relation_size(relid)) from pg_partition_tree(%s::regclass)", (table,)
    )
    row = await cursor.fetchone()
    return int(row[0]) if row else 0


async def write(database: Database, core: Layout, now: float) -> float:
    """Frames a second that the controller's own writer brings into the database."""
    writer = FrameWriter(database, SystemClock(), WRITTEN)
    values = [history.readings(core, seed) for seed in range(history.SHAPES)]
    writer.start()
    began = time.perf_counter()
    for number in range(WRITTEN):
        at = now + TICK_S * (number // HOSTS)
        writer.put(number % HOSTS + 1, 0, at, core, values[number % history.SHAPES])
        if number % 2000 == 0:
            await asyncio.sleep(0)
    while writer.waiting:
        await asyncio.sleep(0.01)
    took_s = time.perf_counter() - began
    await writer.close()
    if writer.written != WRITTEN or writer.dropped:
        raise RuntimeError(f"{writer.written} of {WRITTEN} frames were written")
    return WRITTEN / took_s


async def ask(
    database: Database,
    *,
    hosts: Callable[[random.Random], Sequence[int]],
    metrics: Sequence[str],
    length_s: int,
    times: int,
    now: float,
) -> list[float]:
    """How long each question took, in milliseconds."""

    async def retention(_: object) -> Retention:
        return Retention()

    ticks = {Cadence.CORE: float(TICK_S), Cadence.SLOW: float(SLOW_S)}
    charts = Charts(Catalogue(registry.load().values(), ticks), retention)
    chance = random.Random(1)
    found = []
    for _ in range(times):
        question = Question(hosts(chance), metrics, now - length_s, now, 600)
        began = time.perf_counter()
        async with database.session() as session:
            answer = await charts.ask(session, question, now)
        found.append((time.perf_counter() - began) * 1000)
        if len(answer.lines) != len(question.host_ids) * len(metrics):
            raise RuntimeError(f"{len(answer.lines)} series answered a question after {metrics}")
    return found


def p95(values: Sequence[float]) -> float:
    """The value that 95 of 100 do not exceed."""
    return sorted(values)[math.ceil(0.95 * len(values)) - 1]


if __name__ == "__main__":
    asyncio.run(main())
