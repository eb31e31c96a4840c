"""Rollups: frames taken together over 1 min, 10 min and 1 h, each level from the one below.

A mark per level says how far it is done. A step takes the mark, makes the rows behind it and moves it, in one
transaction, so that a crash neither doubles nor loses; the rows are upserts, so that doing a span again does no harm.
Frames that come late (the database was away) set the marks back in the transaction that brings them: `reopen`.

An average is weighted by how many frames each row stands for. Times are epoch seconds.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import psycopg
from psycopg import sql

from controller.core.clock import as_datetime
from controller.metrics import partitions
from controller.metrics.partitions import Partitioned

LOCK = 0x4D4F4F52_0002  # the writer holds it shared, a step alone: no frame commits behind a mark that passes it
GRACE_S = 20.0  # frames of a minute may be this late without its being done again
LONGEST_LOOK_S = 86_400.0


@dataclass(frozen=True, slots=True)
class Level:
    """One level: its rows' width in seconds, where they come from and go to, and how much one transaction makes."""

    name: str
    width_s: int
    source: Partitioned
    target: Partitioned
    step_s: int


LEVELS = (
    Level("1m", 60, partitions.FRAME, partitions.MINUTE, 120),
    Level("10m", 600, partitions.MINUTE, partitions.TEN_MINUTES, 600),
    Level("1h", 3600, partitions.TEN_MINUTES, partitions.HOUR, 3600),
)

FROM_FRAMES = sql.SQL('1 as count, "values" as avg, "values" as max')
FROM_ROLLUPS = sql.SQL("count, avg, max")

STEP = """
insert into {target} (host_id, entity_id, ts, layout_id, count, avg, max)
select host_id, entity_id, bucket, layout_id, min(frames), array_agg(average order by position),
       array_agg(most order by position)
from (
    select host_id, entity_id, date_bin({width}, ts, 'epoch') as bucket, layout_id, position,
           sum(count)::smallint as frames, max(high) as most,
           (sum(value::float8 * count) / nullif(sum(count) filter (where value is not null), 0))::real as average
    from (select host_id, entity_id, ts, layout_id, {columns}
          from {source} where ts >= %(start)s and ts < %(end)s) as row,
         unnest(avg, max) with ordinality as cell(value, high, position)
    group by 1, 2, 3, 4, 5
) as positions
group by host_id, entity_id, bucket, layout_id
on conflict (host_id, entity_id, ts, layout_id)
do update set count = excluded.count, avg = excluded.avg, max = excluded.max
"""

REOPEN = """
update rollup_mark set done_to = date_bin(make_interval(secs => width_s), %(ts)s, 'epoch')
from (values {widths}) as level(name, width_s)
where rollup_mark.level = level.name and rollup_mark.done_to > %(ts)s
"""


async def reopen(connection: psycopg.AsyncConnection, at: float) -> None:
    """Frames from `at` on are about to be written in this transaction: what was done beyond it is to be done again."""
    widths = sql.SQL(", ").join(sql.SQL("({}, {})").format(level.name, level.width_s) for level in LEVELS)
    await connection.execute("select pg_advisory_xact_lock_shared(%s)", (LOCK,))
    await connection.execute(sql.SQL(REOPEN).format(widths=widths), {"ts": as_datetime(at)})


async def marks(connection: psycopg.AsyncConnection) -> dict[str, float]:
    """How far each level is done."""
    cursor = await connection.execute("select level, extract(epoch from done_to)::float8 from rollup_mark")
    return dict(await cursor.fetchall())


async def catch_up(connection: psycopg.AsyncConnection, now: float) -> int:
    """Bring every level up to `now`; how many rows were written. The connection is in autocommit mode."""
    known = await marks(connection)
    written = 0
    ready = now - GRACE_S
    for level in LEVELS:
        if level.name not in known:
            await _begin(connection, level, now)
        written += await _bring_up(connection, level, _floor(ready, level.width_s))
        ready = min(ready, (await marks(connection))[level.name])
    return written


async def _bring_up(connection: psycopg.AsyncConnection, level: Level, ready: float) -> int:
    """Make steps until the level is done to `ready`; look ahead in growing leaps where nothing was written."""
    written = 0
    look_s = float(level.step_s)
    while True:
        async with connection.transaction():
            await connection.execute("select pg_advisory_xact_lock(%s)", (LOCK,))
            start = (await marks(connection))[level.name]
            if start >= ready:
                return written
            if await _empty(connection, level, start, min(start + look_s, ready)):
                end = min(start + look_s, ready)
                look_s = min(look_s * 2, LONGEST_LOOK_S)
            else:
                end = min(start + level.step_s, ready)
                look_s = float(level.step_s)
                written += await _step(connection, level, start, end)
            await connection.execute(
                "update rollup_mark set done_to = %s where level = %s", (as_datetime(end), level.name)
            )


async def _step(connection: psycopg.AsyncConnection, level: Level, start: float, end: float) -> int:
    days = {partitions.utc_day(start), partitions.utc_day(end - 1)}
    await partitions.ensure(connection, level.target, days)
    statement = sql.SQL(STEP).format(
        target=sql.Identifier(level.target.table),
        source=sql.Identifier(level.source.table),
        columns=FROM_FRAMES if level.source is partitions.FRAME else FROM_ROLLUPS,
        width=timedelta(seconds=level.width_s),
    )
    cursor = await connection.execute(statement, {"start": as_datetime(start), "end": as_datetime(end)})
    return cursor.rowcount


async def _empty(connection: psycopg.AsyncConnection, level: Level, start: float, end: float) -> bool:
    cursor = await connection.execute(
        sql.SQL("select exists (select 1 from {} where ts >= %s and ts < %s)").format(
            sql.Identifier(level.source.table)
        ),
        (as_datetime(start), as_datetime(end)),
    )
    row = await cursor.fetchone()
    return row is not None and not row[0]


async def _begin(connection: psycopg.AsyncConnection, level: Level, now: float) -> None:
    """Set the level's first mark; frames that are older than it set it back when they come."""
    await connection.execute(
        "insert into rollup_mark (level, done_to) values (%s, %s) on conflict do nothing",
        (level.name, as_datetime(_floor(now, level.width_s))),
    )


def _floor(at: float, width_s: int) -> float:
    return at // width_s * width_s
