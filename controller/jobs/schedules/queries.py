"""Reading the tables of schedules."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncSession

from controller.jobs.models import Job
from controller.jobs.schedules.models import Fire, Schedule
from controller.jobs.states import JOB_ENDED
from controller.jobs.workflows import queries as workflows


async def everything(session: AsyncSession) -> list[Schedule]:
    """All, by name."""
    return list(await session.scalars(select(Schedule).order_by(func.lower(Schedule.name), Schedule.id)))


async def soonest(session: AsyncSession) -> datetime | None:
    """When the next one rings."""
    found: datetime | None = await session.scalar(select(func.min(Schedule.ring_at)).where(Schedule.enabled))
    return found


async def lock_due(session: AsyncSession, now: datetime) -> Schedule | None:
    """One that is due and that nobody else is at; nobody can be until the transaction ends."""
    query = (
        select(Schedule)
        .where(Schedule.enabled, Schedule.ring_at <= now)
        .order_by(Schedule.ring_at, Schedule.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    found: Schedule | None = await session.scalar(query)
    return found


async def lock_freed(session: AsyncSession) -> Schedule | None:
    """One that has a run waiting for an earlier one that has ended."""
    running = select(Job.schedule_id).where(Job.schedule_id.is_not(None), Job.state.not_in(JOB_ENDED))
    waiting = select(Fire.schedule_id).where(Fire.outcome == "queued")
    query = (
        select(Schedule)
        .where(Schedule.id.in_(waiting), Schedule.id.not_in(running), Schedule.id.not_in(workflows.open_schedules()))
        .order_by(Schedule.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    found: Schedule | None = await session.scalar(query)
    return found


async def running_job(session: AsyncSession, schedule_id: int) -> Job | None:
    """A job of the schedule that has not ended."""
    query = select(Job).where(Job.schedule_id == schedule_id, Job.state.not_in(JOB_ENDED)).order_by(Job.id).limit(1)
    found: Job | None = await session.scalar(query)
    return found


async def queued(session: AsyncSession, schedule_id: int) -> Fire | None:
    """The run that waits for the one before it."""
    query = select(Fire).where(Fire.schedule_id == schedule_id, Fire.outcome == "queued").order_by(Fire.at).limit(1)
    found: Fire | None = await session.scalar(query)
    return found


async def last_fires(session: AsyncSession, ids: Collection[int]) -> dict[int, Fire]:
    """The last time of each."""
    query = (
        select(Fire)
        .ext(distinct_on(Fire.schedule_id))
        .where(Fire.schedule_id.in_(ids))
        .order_by(Fire.schedule_id, Fire.at.desc())
    )
    return {fire.schedule_id: fire for fire in await session.scalars(query)}


async def fires(session: AsyncSession, schedule_id: int, *, limit: int, offset: int) -> tuple[list[Fire], int]:
    """Its times, the last first, and how many there are."""
    query = select(Fire).where(Fire.schedule_id == schedule_id)
    total = await session.scalar(query.with_only_columns(func.count())) or 0
    return list(await session.scalars(query.order_by(Fire.at.desc()).limit(limit).offset(offset))), total
