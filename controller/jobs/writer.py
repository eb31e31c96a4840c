"""Writes what a running job reports, a bunch at a time; a database that is away is waited for."""

from __future__ import annotations

import asyncio
import zlib
from contextlib import suppress
from typing import Any

import structlog
from sqlalchemy import bindparam, insert, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.exc import DataError, IntegrityError, ProgrammingError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

from controller.core.db import Database
from controller.core.events import Bus
from controller.jobs.models import Job, JobChunk, JobEvent, JobFile, JobHost
from controller.jobs.news import FactsGathered
from controller.jobs.progress import Batch
from controller.jobs.running import Run

log = structlog.get_logger()
PACE_S = 0.2  # between two writes: what is seen live is at most so old
RETRY_S = 1.0
LEVEL = 1  # of zlib: a third of the size for a tenth of the time that the best level takes
HOST_FIELDS = (
    "state", "exit_status", "may_still_run", "note", "attempts", "started_at", "ended_at", "digest", "bytes",
    "kept_bytes", "capped",
)  # fmt: skip
EVENT_KEY = ("job_id", "step", "host_id")


class Writer:
    """One running job's."""

    def __init__(self, database: Database, bus: Bus, run: Run) -> None:
        self._database = database
        self._bus = bus
        self._run = run
        self._unwritten: Batch | None = None
        self._ends = asyncio.Event()

    async def loop(self) -> None:
        """Write until `end`; never cut off between a commit and knowing of it, which would write twice."""
        while not self._ends.is_set():
            await self._run.dirty.wait()
            await self.flush()
            with suppress(TimeoutError):
                async with asyncio.timeout(PACE_S):
                    await self._ends.wait()

    def end(self) -> None:
        """Let `loop` return after what it is writing."""
        self._ends.set()
        self._run.dirty.set()

    async def flush(self) -> None:
        """Write one bunch, however long the database is away."""
        while not await self._tried():  # noqa: ASYNC110 — nothing tells when a database is back
            await asyncio.sleep(RETRY_S)

    async def finish(self) -> None:
        """Write everything."""
        while self._unwritten is not None or self._run.dirty.is_set():
            await self.flush()

    async def _tried(self) -> bool:
        batch = self._unwritten = self._unwritten or self._run.take()
        if batch.empty:
            self._unwritten = None
            return True
        try:
            chunks = await asyncio.to_thread(_packed, batch.chunks)
            files = await asyncio.to_thread(_packed, batch.files)
            async with self._database.session() as session:
                await store(session, self._run.job_id, batch, chunks, files)
                for host_id, facts in batch.facts:
                    self._bus.publish_after_commit(session, FactsGathered(self._run.job_id, host_id, facts))
        except (DataError, IntegrityError, ProgrammingError):
            # the database is there and does not take it: a further try would fail alike, for ever
            log.exception("jobs.output_lost", job_id=self._run.job_id)
        except (SQLAlchemyError, OSError) as error:
            log.warning("jobs.output_not_stored", job_id=self._run.job_id, error=str(error)[:300])
            return False
        self._unwritten = None
        self._run.written(batch)
        return True


async def store(
    session: AsyncSession, job_id: int, batch: Batch, chunks: list[dict[str, Any]], files: list[dict[str, Any]]
) -> None:
    """One bunch, in the caller's transaction."""
    if chunks:
        await session.execute(insert(JobChunk), chunks)
    if files:
        await session.execute(insert(JobFile), files)
    if batch.hosts:
        connection = await session.connection()  # the ORM's own way updates a row at a time
        table = JobHost.__table__
        where = (table.c.job_id == bindparam("job"), table.c.host_id == bindparam("host"))
        values: dict[str, Any] = {name: bindparam(name) for name in HOST_FIELDS}
        await connection.execute(update(JobHost).where(*where).values(values), batch.hosts)
    if batch.events:
        statement = upsert(JobEvent)
        changed = {name: statement.excluded[name] for name in batch.events[0] if name not in EVENT_KEY}
        statement = statement.on_conflict_do_update(index_elements=list(EVENT_KEY), set_=changed)
        await session.execute(statement, batch.events)
    if batch.job:
        await session.execute(update(Job).where(Job.id == job_id).values(batch.job))


def _packed(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{**row, "data": zlib.compress(row["data"], LEVEL)} for row in rows]
