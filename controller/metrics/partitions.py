"""Partitions by time: made ahead and on demand, dropped when retention has passed. All times are UTC.

A partition is made beside its table and then attached, and dropped under a short lock timeout: neither makes a reader
or the writer wait for longer than that.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import LiteralString

import psycopg
import structlog
from psycopg import sql
from sqlalchemy.ext.asyncio import AsyncSession

log = structlog.get_logger()

LOCK = 0x4D4F4F52_0001  # one at a time makes or drops partitions
LOCK_TIMEOUT = "2s"
AHEAD = timedelta(days=2)  # so far ahead partitions stand ready


class Span(StrEnum):
    """How much time one partition holds."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"

    def start(self, day: date) -> date:
        """The first day of the partition that holds `day`."""
        if self is Span.WEEK:
            return day - timedelta(days=day.weekday())
        return day.replace(day=1) if self is Span.MONTH else day

    def end(self, start: date) -> date:
        """The first day after the partition that begins at `start`."""
        if self is Span.MONTH:
            return (start + timedelta(days=32)).replace(day=1)
        return start + timedelta(days=7 if self is Span.WEEK else 1)


@dataclass(frozen=True, slots=True)
class Partitioned:
    """A table partitioned by time, and what its partitions are made with."""

    table: str
    span: Span
    arrays: tuple[str, ...]
    options: LiteralString = ""


# Frames live for days and are read by a few: vacuuming them for inserts alone would rewrite each page once for nothing.
FRAME = Partitioned("frame", Span.DAY, ("values",), "with (autovacuum_vacuum_insert_threshold = -1)")
MINUTE = Partitioned("rollup_1m", Span.DAY, ("avg", "max"))
TEN_MINUTES = Partitioned("rollup_10m", Span.WEEK, ("avg", "max"))
HOUR = Partitioned("rollup_1h", Span.MONTH, ("avg", "max"))
ALL = (FRAME, MINUTE, TEN_MINUTES, HOUR)


@dataclass(frozen=True, slots=True)
class Retention:
    """For how long each table is kept, in days."""

    raw_days: int = 2
    minute_days: int = 14
    ten_minute_days: int = 90
    hour_days: int = 730

    def of(self, table: Partitioned) -> timedelta:
        """How long the table's rows are kept."""
        days = {
            FRAME.table: self.raw_days,
            MINUTE.table: self.minute_days,
            TEN_MINUTES.table: self.ten_minute_days,
            HOUR.table: self.hour_days,
        }
        return timedelta(days=days[table.table])


RetentionSource = Callable[[AsyncSession], Awaitable[Retention]]  # what is set now


def utc_day(seconds: float) -> date:
    """The UTC day of an epoch time."""
    return datetime.fromtimestamp(seconds, UTC).date()


async def ensure(connection: psycopg.AsyncConnection, table: Partitioned, days: Iterable[date]) -> None:
    """Make the partitions that hold `days`, where they are missing. The connection is in autocommit mode."""
    wanted = {table.span.start(day) for day in days}
    missing = wanted - set(await existing(connection, table))
    for start in sorted(missing):
        async with connection.transaction():
            await connection.execute("select pg_advisory_xact_lock(%s)", (LOCK,))
            if start not in await existing(connection, table):
                await _make(connection, table, start)


async def existing(connection: psycopg.AsyncConnection, table: Partitioned) -> list[date]:
    """The first days of the partitions that stand, in order."""
    cursor = await connection.execute(
        "select c.relname from pg_inherits i join pg_class c on c.oid = i.inhrelid where i.inhparent = %s::regclass",
        (table.table,),
    )
    prefix = f"{table.table}_"
    names = [row[0].removeprefix(prefix) for row in await cursor.fetchall()]
    return sorted(date.fromisoformat(name) for name in names)


async def drop_before(connection: psycopg.AsyncConnection, table: Partitioned, before: date) -> int:
    """Drop the partitions that end at or before the day; how many went. One that is in use goes the next time."""
    dropped = 0
    for start in await existing(connection, table):
        if table.span.end(start) > before:
            break
        try:
            async with connection.transaction():
                await connection.execute(sql.SQL("set local lock_timeout = {}").format(LOCK_TIMEOUT))
                await connection.execute("select pg_advisory_xact_lock(%s)", (LOCK,))
                await connection.execute(sql.SQL("drop table if exists {}").format(_name(table, start)))
        except psycopg.errors.LockNotAvailable:
            log.info("partitions.drop_postponed", table=table.table, start=start.isoformat())
            continue
        dropped += 1
    return dropped


async def maintain(connection: psycopg.AsyncConnection, retention: Retention, now: datetime) -> int:
    """Make what is needed soon and drop what is too old, of every table; how many partitions went."""
    today = now.astimezone(UTC).date()
    ahead = [today + timedelta(days=n) for n in range(AHEAD.days + 1)]
    dropped = 0
    for table in ALL:
        await ensure(connection, table, ahead)
        dropped += await drop_before(connection, table, (now.astimezone(UTC) - retention.of(table)).date())
    if dropped:
        log.info("partitions.dropped", count=dropped)
    return dropped


async def _make(connection: psycopg.AsyncConnection, table: Partitioned, start: date) -> None:
    parent, name = sql.Identifier(table.table), _name(table, start)
    await connection.execute(
        sql.SQL("create table {} (like {} including defaults including storage including constraints) {}").format(
            name,
            parent,
            sql.SQL(table.options),
        )
    )
    for column in table.arrays:  # most common values of an array of figures say nothing and cost ANALYZE dear
        await connection.execute(
            sql.SQL("alter table {} alter column {} set statistics 0").format(name, sql.Identifier(column))
        )
    await connection.execute(
        sql.SQL("alter table {} attach partition {} for values from ({}) to ({})").format(
            parent, name, _midnight(start), _midnight(table.span.end(start))
        )
    )


def _name(table: Partitioned, start: date) -> sql.Identifier:
    return sql.Identifier(f"{table.table}_{start:%Y%m%d}")


def _midnight(day: date) -> sql.Literal:
    return sql.Literal(datetime(day.year, day.month, day.day, tzinfo=UTC).isoformat())
