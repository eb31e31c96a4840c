"""Moves runs on: when something of theirs has changed, when an approval's time is over, and now and then anyway."""

from __future__ import annotations

import asyncio
import contextlib
from datetime import timedelta

import structlog
from sqlalchemy.exc import SQLAlchemyError

from controller.core.clock import utc_now
from controller.core.db import Database
from controller.core.schedule import Bell
from controller.jobs.launching import Office
from controller.jobs.news import JobEnded
from controller.jobs.workflows import advance, queries
from controller.jobs.workflows.news import RunMoved
from controller.users import preferences

log = structlog.get_logger()
LOOK_S = 30.0  # also notices what another process changed
SWEEP = timedelta(hours=1)


class Conductor:
    """One a controller: run it as a task until it is cancelled. The tables say what goes on, also after a restart."""

    def __init__(self, database: Database, office: Office) -> None:
        self._database = database
        self._office = office
        self._wake = asyncio.Event()
        self._bell = Bell(self._wake.set)
        self._failing = False
        self._swept_at = utc_now(office.clock) - SWEEP
        office.bus.listen(RunMoved, lambda _: self._wake.set())
        office.bus.listen(JobEnded, self._job_ended)

    async def run(self) -> None:
        """Move on what can. A database that is away is waited for."""
        self._bell.start()
        try:
            while True:
                self._wake.clear()
                try:
                    await self.step()
                    await self.sweep()
                    self._failing = False
                except (SQLAlchemyError, OSError) as error:
                    if not self._failing:
                        log.warning("workflows.database_away", error=str(error)[:200])
                    self._failing = True
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._wake.wait(), LOOK_S)
        finally:
            self._bell.close()

    async def step(self) -> None:
        """Bring every run as far as it goes now, each in a transaction of its own, and set the bell."""
        async with self._database.session() as session:
            open_runs = await queries.open_runs(session)
        for run_id in open_runs:
            await self._step(run_id)
        async with self._database.session() as session:
            at = await queries.next_due(session)
        if at is not None and self._bell.running:
            self._bell.set(at)

    async def _step(self, run_id: int) -> None:
        try:
            async with self._database.session() as session:
                await advance.step(session, self._office, run_id)
        except (SQLAlchemyError, OSError):
            raise
        except Exception:  # the edge of the background work: one run that breaks holds up no other
            log.exception("workflows.step_failed", run_id=run_id)

    async def sweep(self) -> None:
        """Keep to retention: that of jobs."""
        now = utc_now(self._office.clock)
        if now - self._swept_at < SWEEP:
            return
        self._swept_at = now
        async with self._database.session() as session:
            terms = (await preferences.read(session)).jobs
            gone = await queries.drop_old(session, now - timedelta(days=terms.days), terms.count)
        if gone:
            log.info("workflows.history_dropped", runs=gone)

    def _job_ended(self, news: JobEnded) -> None:
        if news.workflow_run_id is not None:
            self._wake.set()
