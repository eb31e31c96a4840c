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
        self._moved: set[int] = set()  # runs that something has happened to; the others are looked at now and then
        self._bell = Bell(self._wake.set)
        self._failing = False
        self._swept_at = utc_now(office.clock) - SWEEP
        office.bus.listen(RunMoved, lambda news: self._move(news.run_id))
        office.bus.listen(JobEnded, self._job_ended)

    async def run(self) -> None:
        """Move on what can. A database that is away is waited for."""
        self._bell.start()
        loop = asyncio.get_running_loop()
        looked_at = -LOOK_S
        try:
            while True:
                self._wake.clear()
                try:
                    if loop.time() - looked_at >= LOOK_S:
                        await self.step()
                        await self.sweep()
                        looked_at = loop.time()
                    else:
                        await self._step_some()
                    self._failing = False
                except (SQLAlchemyError, OSError) as error:
                    if not self._failing:
                        log.warning("workflows.database_away", error=str(error)[:200])
                    self._failing, looked_at = True, -LOOK_S  # whatever was missed is found then
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._wake.wait(), LOOK_S)
        finally:
            self._bell.close()

    async def step(self) -> None:
        """Bring every run as far as it goes now, each in a transaction of its own, and set the bell."""
        self._moved.clear()
        async with self._database.session() as session:
            open_runs = await queries.open_runs(session)
        for run_id in open_runs:
            await self._step(run_id)
        await self._set_bell()

    async def _step_some(self) -> None:
        """Those that something has happened to, and those with an approval whose time is over."""
        moved, self._moved = self._moved, set()
        async with self._database.session() as session:
            due = await queries.due_runs(session, utc_now(self._office.clock))
        for run_id in sorted(moved | due):
            await self._step(run_id)
        await self._set_bell()

    async def _set_bell(self) -> None:
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
            self._move(news.workflow_run_id)

    def _move(self, run_id: int) -> None:
        self._moved.add(run_id)
        self._wake.set()
