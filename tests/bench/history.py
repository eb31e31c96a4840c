"""Makes history as retention leaves it, quickly: rows are packed by hand and copied in."""

from __future__ import annotations

import math
import random
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

import psycopg
from psycopg import sql

from controller.core.clock import as_datetime
from controller.metrics import frames, partitions
from controller.metrics.partitions import Partitioned
from controller.metrics.series import Layout

SHAPES = 200  # different rows of values; hosts and times take turns at them
CHUNK = 20_000
HEAD = struct.Struct("!hiiiiiqiqih")
POINT = struct.Struct("!hiiiiiqiq")
COLUMNS = {
    "frame": sql.SQL('host_id, entity_id, ts, layout_id, "values"'),
    "rollup": sql.SQL("host_id, entity_id, ts, layout_id, count, avg, max"),
}


@dataclass(frozen=True, slots=True)
class Span:
    """Rows of every host, `step_s` apart, over [start, end) in epoch seconds."""

    table: Partitioned
    layout: Layout
    step_s: int
    start: float
    end: float


def readings(layout: Layout, seed: int) -> list[float]:
    """Plausible values: percentages, bytes, rates, some of them exactly zero as on idle hosts."""
    chance = random.Random(seed)
    values = []
    for metric, _ in layout.series:
        if metric.endswith("_percent"):
            values.append(chance.choice((0.0, chance.uniform(0, 100))))
        elif metric.endswith("_bytes"):
            values.append(float(chance.randrange(1 << 33)))
        else:
            values.append(chance.choice((0.0, chance.expovariate(1) * 1e4)))
    return values


def _array(values: Sequence[float]) -> bytes:
    body = b"".join(struct.pack("!if", 4, value) for value in values)
    return struct.pack("!iiiiii", frames.ARRAY_BYTES + len(body), 1, 0, frames.REAL, len(values), 1) + body


def _rows(span: Span, hosts: int) -> Iterator[bytes]:
    arrays = [_array(readings(span.layout, seed)) for seed in range(SHAPES)]
    raw = span.table is partitions.FRAME
    offset = frames.OFFSETS[span.layout.cadence] if raw else 0
    count = math.ceil(span.step_s / 10)
    number = 0
    for at in range(int(span.start), int(span.end), span.step_s):
        ts = (at - frames.EPOCH) * 1_000_000 + offset
        for host in range(1, hosts + 1):
            number += 1
            values = arrays[number * 7 % SHAPES]
            if raw:
                yield POINT.pack(5, 4, host, 4, 0, 8, ts, 8, span.layout.id) + values
            else:
                head = HEAD.pack(7, 4, host, 4, 0, 8, ts, 8, span.layout.id, 2, count)
                yield head + values + arrays[(number * 7 + 1) % SHAPES]


async def fill(connection: psycopg.AsyncConnection, span: Span, hosts: int) -> int:
    """Copy the span's rows in; how many they were. The connection is in autocommit mode."""
    first, last = as_datetime(span.start).date(), as_datetime(span.end).date()
    days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    await partitions.ensure(connection, span.table, days)
    columns = COLUMNS["frame" if span.table is partitions.FRAME else "rollup"]
    statement = sql.SQL("copy {} ({}) from stdin (format binary)").format(sql.Identifier(span.table.table), columns)
    total = 0
    async with connection.cursor() as cursor, cursor.copy(statement) as copy:
        await copy.write(frames.HEADER)
        chunk: list[bytes] = []
        for row in _rows(span, hosts):
            chunk.append(row)
            if len(chunk) == CHUNK:
                await copy.write(b"".join(chunk))
                total += len(chunk)
                chunk = []
        await copy.write(b"".join(chunk) + frames.TRAILER)
    return total + len(chunk)
