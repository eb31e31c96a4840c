"""A bell: calls back at a moment. What is to be done then is in tables; a bell that is lost is only a late look."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from apscheduler.schedulers.asyncio import AsyncIOScheduler

JOB = "bell"


class Bell:
    """One moment at a time, in memory."""

    def __init__(self, ring: Callable[[], None]) -> None:
        self._ring = ring
        # no time is too late: whoever is called looks at the clock and at the tables
        self._scheduler = AsyncIOScheduler(timezone=UTC, job_defaults={"misfire_grace_time": None, "coalesce": True})

    def start(self) -> None:
        """Begin, on the running loop."""
        self._scheduler.start()

    def set(self, at: datetime) -> None:
        """Ring at that moment, in place of any other."""
        self._scheduler.add_job(self._call, "date", run_date=at, id=JOB, replace_existing=True)

    @property
    def running(self) -> bool:
        """Was it started?"""
        return bool(self._scheduler.running)

    def close(self) -> None:
        """Ring no more."""
        if self._scheduler.running:
            self._scheduler.shutdown(wait=False)

    async def _call(self) -> None:  # a coroutine runs on the loop; a plain function would get a thread
        self._ring()
