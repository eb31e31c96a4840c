"""Housekeeping: rollups as time goes by, partitions ahead of it, and what retention has outlived dropped."""

from __future__ import annotations

import asyncio
import contextlib
from datetime import timedelta

import psycopg
import structlog
from sqlalchemy.exc import SQLAlchemyError

from controller.core.clock import Clock, utc_now
from controller.core.db import Database
from controller.metrics import layouts, partitions, rollups
from controller.metrics.partitions import Retention, RetentionSource

log = structlog.get_logger()

ROLLUP_INTERVAL_S = 15.0
PARTITION_INTERVAL_S = 600.0  # a changed retention takes hold after this long


class Upkeep:
    """Keeps house in the background. A database that is away is tried again at the next turn."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        retention: RetentionSource,
        *,
        interval_s: float = ROLLUP_INTERVAL_S,
    ) -> None:
        self._database = database
        self._clock = clock
        self._retention = retention
        self._interval_s = interval_s
        self._partitioned_at: float | None = None
        self._failing = False
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin, with a turn at once. Needs a running event loop."""
        self._task = asyncio.create_task(self._run(), name="metrics upkeep")

    async def close(self) -> None:
        """Stop; what was under way is rolled back and done after the next start."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
            self._task = None

    async def turn(self) -> None:
        """One turn: partitions when they are due, then rollups. Raises psycopg.Error or SQLAlchemyError."""
        connection = await self._database.raw()
        async with connection:
            since = self._clock.monotonic()
            if self._partitioned_at is None or since - self._partitioned_at >= PARTITION_INTERVAL_S:
                await self._keep_partitions(connection)
                self._partitioned_at = since
            await rollups.catch_up(connection, self._clock.now())

    async def _keep_partitions(self, connection: psycopg.AsyncConnection) -> None:
        now = utc_now(self._clock)
        async with self._database.session() as session:
            retention: Retention = await self._retention(session)
            longest = max(retention.of(table) for table in partitions.ALL)
            await layouts.forget_before(session, (now - longest - timedelta(days=1)).date())
        await partitions.maintain(connection, retention, now)

    async def _run(self) -> None:
        while True:
            try:
                await self.turn()
            except (psycopg.Error, SQLAlchemyError, OSError) as error:
                if not self._failing:
                    log.error("upkeep.failed", error=str(error))  # noqa: TRY400 — the error says it in full
                self._failing = True
            else:
                if self._failing:
                    log.info("upkeep.works_again")
                self._failing = False
            await asyncio.sleep(self._interval_s)
