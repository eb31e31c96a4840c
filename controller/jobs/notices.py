"""News of jobs, put into the outbox in the transactions that make them true, where the job asks for it."""

from __future__ import annotations

from sqlalchemy import BigInteger, cast, func, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncSession

from controller.core.clock import Clock, utc_now
from controller.core.db import Database
from controller.core.events import Bus
from controller.jobs.models import Job, JobHost
from controller.jobs.news import JobEnded, JobLong, JobStarted, JobWaits
from controller.jobs.states import BAD, JobState
from controller.notify.news import News, put

SWITCH = {
    News.JOB_STARTED: "on_start",
    News.JOB_SUCCEEDED: "on_success",
    News.JOB_FAILED: "on_failure",
    News.JOB_LONG: "on_long",
    News.JOB_WAITS: "on_wait",
}
OF_END = {
    JobState.SUCCEEDED.value: News.JOB_SUCCEEDED,
    JobState.FAILED.value: News.JOB_FAILED,
    JobState.INTERRUPTED.value: News.JOB_FAILED,
}  # whoever cancels a job knows of it


def listen(bus: Bus, clock: Clock) -> None:
    """Hear of jobs inside the transactions that change them."""
    bus.listen_within(JobStarted, lambda session, news: _told(session, clock, news.job_id, News.JOB_STARTED))
    bus.listen_within(JobWaits, lambda session, news: _told(session, clock, news.job_id, News.JOB_WAITS))
    bus.listen_within(JobEnded, lambda session, news: _told(session, clock, news.job_id, OF_END.get(news.state)))


async def tell_long(database: Database, clock: Clock, news: JobLong) -> None:
    """A job takes longer than it should: nothing changes by that, so it is told in a transaction of its own."""
    async with database.session() as session:
        row = await session.get(Job, news.job_id)
        if row is not None and row.state == JobState.RUNNING:
            _write(session, clock, row, News.JOB_LONG)


def _told(session: AsyncSession, clock: Clock, job_id: int, kind: News | None) -> None:
    """The row is the one that the transaction is changing: whoever publishes has it."""
    rows = (one for one in session.identity_map.values() if isinstance(one, Job) and one.id == job_id)
    row = next(rows, None)
    if row is not None and kind is not None:
        _write(session, clock, row, kind)


def _write(session: AsyncSession, clock: Clock, row: Job, kind: News) -> None:
    if not row.notify.get(SWITCH[kind]):
        return
    took = (row.ended_at - row.started_at).total_seconds() if row.ended_at and row.started_at else 0
    detail: dict[str, object] = {
        "name": row.name,
        "path": f"/jobs/{row.id}",
        "by": row.launched_by,
        "hosts": sum(row.counts.values()),
        "failed": sum(row.counts.get(state.value, 0) for state in BAD),
        "duration_s": took,
        "reason": row.note,
    }
    none = cast([], ARRAY(BigInteger))
    hosts = select(func.coalesce(func.array_agg(JobHost.host_id), none)).where(JobHost.job_id == row.id)
    people = [row.launched_by_id] if row.launched_by_id is not None else []
    put(session, kind, utc_now(clock), host_ids=hosts.scalar_subquery(), user_ids=people, detail=detail)
