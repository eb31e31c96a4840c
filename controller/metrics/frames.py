"""Frames on their way to the database: packed when they come, written in batches by binary COPY.

The buffer is bounded, and the oldest go first when it is full. A batch is written whole or not at all; one whose fate
is unknown, because the connection was lost while it was written, is written again past the key that keeps frames
single.
"""

from __future__ import annotations

import asyncio
import contextlib
import struct
from collections import deque
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from functools import lru_cache
from itertools import islice
from typing import LiteralString

import psycopg
import structlog

from collectors.spec import Cadence
from controller.core.clock import Clock
from controller.core.db import Database
from controller.metrics import layouts, partitions, rollups
from controller.metrics.series import Layout

log = structlog.get_logger()

INTERVAL_S = 1.0  # a frame waits no longer than this for its batch
BATCH = 5000
SLICE = 1000  # rows joined at a time, so that the event loop is not held up
BACKOFF_S = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0)
CLOSE_TIMEOUT_S = 10.0

# PostgreSQL's binary COPY: see "Binary Format" under COPY in its manual, and array_recv for arrays
HEADER = b"PGCOPY\n\xff\r\n\0" + bytes(8)
TRAILER = b"\xff\xff"
EPOCH = 946_684_800  # PostgreSQL counts from 2000-01-01
REAL = 700  # the type's oid
ROW = "!hiiiiiqiqiiiiii"
ARRAY_BYTES = 20
NULL = struct.pack("!i", -1)
COPY = 'copy frame (host_id, entity_id, ts, layout_id, "values") from stdin (format binary)'
MAKE_AGAIN = "create temporary table if not exists frame_again (like frame) on commit delete rows"
COPY_AGAIN = 'copy frame_again (host_id, entity_id, ts, layout_id, "values") from stdin (format binary)'
INSERT_AGAIN = """
insert into frame (host_id, entity_id, ts, layout_id, "values")
select host_id, entity_id, ts, layout_id, "values" from frame_again on conflict do nothing
"""
OFFSETS = {cadence: number for number, cadence in enumerate(Cadence)}

pack_head = struct.Struct(ROW).pack
pack_value = struct.Struct("!if").pack


@lru_cache(maxsize=1024)
def _packer(count: int) -> Callable[..., bytes]:
    return struct.Struct(ROW + "if" * count).pack


def pack(host_id: int, entity_id: int, at: float, layout: Layout, values: Sequence[float | None]) -> bytes:
    """One frame as a row of binary COPY. Values that are no finite single-precision number become NULL.

    Cadence groups are told apart by a microsecond each, so that the key need not hold the layout (see `models`).
    """
    ts = round((at - EPOCH) * 1e6) + OFFSETS[layout.cadence]
    layout_id = layout.id
    count = len(values)
    try:
        total = sum(values)  # type: ignore[arg-type]
        if total - total == 0:  # neither NaN nor infinite
            items: list[float] = [4] * (2 * count)
            items[1::2] = values  # type: ignore[assignment]
            size = ARRAY_BYTES + 8 * count
            return _packer(count)(5, 4, host_id, 4, entity_id, 8, ts, 8, layout_id, size, 1, 0, REAL, count, 1, *items)
    except (TypeError, OverflowError):
        pass  # a figure is missing, or too large
    body = b"".join(map(_pack_one, values))
    size = ARRAY_BYTES + len(body)
    return pack_head(5, 4, host_id, 4, entity_id, 8, ts, 8, layout_id, size, 1, 1, REAL, count, 1) + body


def _pack_one(value: float | None) -> bytes:
    if value is None or value - value != 0:
        return NULL
    try:
        return pack_value(4, value)
    except OverflowError:
        return NULL


Waiting = tuple[float, Layout, bytes]  # ts, layout, packed row


class FrameWriter:
    """Takes frames from everywhere and brings them to the database in its own time."""

    def __init__(self, database: Database, clock: Clock, buffer: int, *, interval_s: float = INTERVAL_S) -> None:
        self._database = database
        self._clock = clock
        self._buffer = buffer
        self._interval_s = interval_s
        self._rows: deque[Waiting] = deque()
        self._batch: list[Waiting] = []
        self._doubtful = False  # the batch may be in the database already
        self._wake = asyncio.Event()
        self._closing = False
        self._task: asyncio.Task[None] | None = None
        self._connection: psycopg.AsyncConnection | None = None
        self._days: set[date] = set()
        self._registered: dict[int, date] = {}
        self.written = 0
        self.dropped = 0

    @property
    def waiting(self) -> int:
        """Frames that are not in the database yet."""
        return len(self._rows) + len(self._batch)

    def put(self, host_id: int, entity_id: int, at: float, layout: Layout, values: Sequence[float | None]) -> None:
        """Take one frame: `at` in epoch seconds, on the host's grid; `values` in the order of `layout`. Never waits."""
        if not values:
            return
        if len(self._rows) + len(self._batch) >= self._buffer and self._rows:
            self._rows.popleft()
            self.dropped += 1
        self._rows.append((at, layout, pack(host_id, entity_id, at, layout, values)))
        if len(self._rows) == BATCH:
            self._wake.set()

    def start(self) -> None:
        """Begin to write. Needs a running event loop."""
        self._task = asyncio.create_task(self._run(), name="frame writer")

    async def close(self, timeout_s: float = CLOSE_TIMEOUT_S) -> None:
        """Write what waits, for so long as `timeout_s`, and let go of the connection."""
        self._closing = True
        self._wake.set()
        if self._task is not None:
            await asyncio.wait({self._task}, timeout=timeout_s)
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
            self._task = None
        if self.waiting:
            log.error("frames.lost", count=self.waiting)
        await self._disconnect()

    async def _run(self) -> None:
        failures = 0
        while True:
            if not self._closing:
                await self._pause()
            try:
                while self._batch or self._rows:
                    await self._write_batch()
                    if failures:
                        log.info("frames.database_back", waiting=self.waiting, dropped=self.dropped)
                    failures = 0
            except (psycopg.Error, OSError) as error:
                await self._disconnect()
                if not failures:
                    log.error("frames.database_away", error=str(error), waiting=self.waiting)  # noqa: TRY400 — said in full
                await asyncio.sleep(BACKOFF_S[min(failures, len(BACKOFF_S) - 1)])
                failures += 1
            if self._closing and not self.waiting:
                return

    async def _pause(self) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._interval_s):
                await self._wake.wait()
        self._wake.clear()

    async def _write_batch(self) -> None:
        """Write the batch under way, or the next one. Raises psycopg.Error, and keeps the batch, when it cannot."""
        connection = await self._connect()
        if not self._batch:
            self._batch = [self._rows.popleft() for _ in range(min(BATCH, len(self._rows)))]
            self._doubtful = False
        await self._make_days(connection)
        try:
            await self._store(connection)
        except psycopg.errors.UniqueViolation:  # some of it is there: written before, or two frames at one tick
            self._doubtful = True
            await self._store(connection)
        except psycopg.errors.CheckViolation:  # the partition has been dropped since
            self._days.clear()
            await self._make_days(connection)
            await self._store(connection)
        self.written += len(self._batch)
        self._batch = []

    async def _store(self, connection: psycopg.AsyncConnection) -> None:
        today = self._clock_day()
        fresh = {each.id: each for _, each, _ in self._batch if self._registered.get(each.id) != today}
        again, self._doubtful = self._doubtful, True
        async with connection.transaction():
            await rollups.reopen(connection, min(at for at, _, _ in self._batch))
            if fresh:
                await layouts.register(connection, fresh.values(), today)
            if again:
                await connection.execute(MAKE_AGAIN)
                await self._copy(connection, COPY_AGAIN)
                await connection.execute(INSERT_AGAIN)
            else:
                await self._copy(connection, COPY)
        if len(self._registered) > layouts.REMEMBERED:
            self._registered.clear()
        self._registered.update(dict.fromkeys(fresh, today))

    async def _copy(self, connection: psycopg.AsyncConnection, statement: LiteralString) -> None:
        async with connection.cursor() as cursor, cursor.copy(statement) as copy:
            await copy.write(HEADER)
            rows = iter(self._batch)
            while part := b"".join(row for _, _, row in islice(rows, SLICE)):
                await copy.write(part)
            await copy.write(TRAILER)

    async def _make_days(self, connection: psycopg.AsyncConnection) -> None:
        days = {partitions.utc_day(at) for at, _, _ in self._batch} - self._days
        if days:
            await partitions.ensure(connection, partitions.FRAME, days)
            self._days |= days

    def _clock_day(self) -> date:
        return datetime.fromtimestamp(self._clock.now(), UTC).date()

    async def _connect(self) -> psycopg.AsyncConnection:
        if self._connection is None:
            self._connection = await self._database.raw()
        return self._connection

    async def _disconnect(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            await connection.close()
