"""Reading the table of recordings."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, or_, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncSession

from controller.core.secrets import ID_BYTES
from controller.hosts.queries import seen_by
from controller.recordings.models import Recording
from controller.users.rights import Principal


@dataclass(frozen=True, slots=True)
class Filter:
    """What to look for; empty fields say nothing. `before`: only recordings with a smaller id."""

    host_id: int | None = None
    user_id: int | None = None
    search: str = ""
    before: int | None = None
    limit: int = 50


@dataclass(frozen=True, slots=True)
class Found:
    """Some recordings, newest first, and how many there are without `before`."""

    rows: list[Recording]
    total: int


async def find(session: AsyncSession, principal: Principal, wanted: Filter) -> Found:
    """Those of hosts that the principal sees; of hosts that are gone for who sees all hosts only."""
    query = select(Recording)
    if not principal.all_hosts:
        query = query.where(Recording.host_id.in_(seen_by(principal)))
    if wanted.host_id is not None:
        query = query.where(Recording.host_id == wanted.host_id)
    if wanted.user_id is not None:
        query = query.where(Recording.user_id == wanted.user_id)
    if wanted.search:
        columns = (Recording.username, Recording.host_name, Recording.command)
        query = query.where(or_(*(column.icontains(wanted.search, autoescape=True) for column in columns)))
    total = await session.scalar(select(func.count()).select_from(query.subquery())) or 0
    if wanted.before is not None:
        query = query.where(Recording.id < wanted.before)
    rows = await session.scalars(query.order_by(Recording.id.desc()).limit(wanted.limit))
    return Found(list(rows), total)


async def running(session: AsyncSession) -> list[Recording]:
    """Those that are being written, or were when the controller was killed."""
    return list(await session.scalars(select(Recording).where(Recording.state == "running")))


async def ended_before(session: AsyncSession, moment: datetime) -> list[Recording]:
    """Those whose time is over."""
    return list(await session.scalars(select(Recording).where(Recording.ended_at < moment)))


async def one_of_each_key(session: AsyncSession) -> list[Recording]:
    """The oldest recording that each master key has sealed."""
    master = func.substring(Recording.sealed_key, 2, ID_BYTES)
    return list(await session.scalars(select(Recording).ext(distinct_on(master)).order_by(master, Recording.id)))
