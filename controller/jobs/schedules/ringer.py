"""Looks at the tables when the bell rings, when a job or a run has ended, and now and then anyway."""

from __future__ import annotations

import asyncio
import contextlib

import structlog
from sqlalchemy.exc import SQLAlchemyError

from controller.core.db import Database
from controller.core.schedule import Bell
from controller.jobs.launching import Office
from controller.jobs.news import JobEnded
from controller.jobs.schedules import firing, queries
from controller.jobs.schedules.news import SchedulesChanged
from controller.jobs.workflows.news import RunEnded

log = structlog.get_logger()
LOOK_S = 30.0  # also notices what another process changed, and a clock that was set


class Ringer:
    """One a controller: run it as a task until it is cancelled. Any number of controllers may."""

    def __init__(self, database: Database, office: Office) -> None:
        self._database = database
        self._office = office
        self._wake = asyncio.Event()
        self._bell = Bell(self._wake.set)
        self._failing = False
        office.bus.listen(SchedulesChanged, lambda _: self._wake.set())
        office.bus.listen(JobEnded, self._ended)
        office.bus.listen(RunEnded, self._ended)

    async def run(self) -> None:
        """Fire what is due. A database that is away is waited for; the misfire policies judge what came too late."""
        self._bell.start()
        try:
            while True:
                self._wake.clear()
                try:
                    await self.step()
                    self._failing = False
                except (SQLAlchemyError, OSError) as error:
                    if not self._failing:
                        log.warning("schedules.database_away", error=str(error)[:200])
                    self._failing = True
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._wake.wait(), LOOK_S)
        finally:
            self._bell.close()

    async def step(self) -> None:
        """Fire everything that is due, each in a transaction of its own, and set the bell."""
        for fire in (firing.fire_due, firing.fire_freed):
            more = True
            while more:
                async with self._database.session() as session:
                    more = await fire(session, self._office)
        async with self._database.session() as session:
            at = await queries.soonest(session)
        if at is not None and self._bell.running:
            self._bell.set(at)

    def _ended(self, news: JobEnded | RunEnded) -> None:
        if news.schedule_id is not None:
            self._wake.set()
