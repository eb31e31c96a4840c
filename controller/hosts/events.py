"""What happened to a host: up, down, reboot, keys, refused logins, enabled, disabled."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import func, insert, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncSession

from controller.core.clock import as_datetime
from controller.hosts import queries
from controller.hosts.act import Act
from controller.hosts.board import Transition
from controller.hosts.models import HostEvent
from controller.hosts.news import HostEventWritten
from controller.hosts.schemas import EventPage, EventView
from controller.hosts.states import HostState

STATES = tuple(state.value for state in HostState if state is not HostState.CONNECTING)


async def write(session: AsyncSession, act: Act, ids: Collection[int], kind: str, detail: dict[str, object]) -> None:
    """Note what a human did to hosts."""
    rows: list[dict[str, object]] = [{"host_id": i, "at": act.at, "kind": kind, "detail": detail} for i in ids]
    for news in await _insert(session, rows):
        act.tell(session, news)


async def write_seen(session: AsyncSession, transitions: Collection[Transition]) -> list[HostEventWritten]:
    """Write what the board saw, but for hosts that are gone meanwhile; what was written."""
    there = await queries.lock_present(session, {transition.host_id for transition in transitions})
    rows: list[dict[str, object]] = [
        {"host_id": t.host_id, "at": as_datetime(t.at), "kind": t.kind, "detail": t.detail}
        for t in transitions
        if t.host_id in there
    ]
    return await _insert(session, rows)


async def _insert(session: AsyncSession, rows: list[dict[str, object]]) -> list[HostEventWritten]:
    if not rows:
        return []
    statement = insert(HostEvent).returning(HostEvent, sort_by_parameter_order=True)
    written = await session.scalars(statement, rows)
    return [HostEventWritten(row.id, row.host_id, row.at, row.kind, row.detail) for row in written]


async def page(
    session: AsyncSession, host_id: int, *, start: datetime | None, end: datetime | None, limit: int, offset: int = 0
) -> EventPage:
    """A host's events in [start, end), newest first."""
    query = select(HostEvent).where(HostEvent.host_id == host_id)
    if start is not None:
        query = query.where(HostEvent.at >= start)
    if end is not None:
        query = query.where(HostEvent.at < end)
    total = await session.scalar(query.with_only_columns(func.count()))
    newest = query.order_by(HostEvent.at.desc(), HostEvent.id.desc()).limit(limit).offset(offset)
    found = [EventView(row.id, row.host_id, row.at, row.kind, row.detail) for row in await session.scalars(newest)]
    return EventPage(found, total or 0)


async def last_states(session: AsyncSession) -> dict[int, tuple[str, float]]:
    """The state each host was last seen in and since when (epoch seconds), by host id."""
    query = (
        select(HostEvent)
        .ext(distinct_on(HostEvent.host_id))
        .where(HostEvent.kind.in_((*STATES, "enabled", "key_approved")))
        .order_by(HostEvent.host_id, HostEvent.at.desc(), HostEvent.id.desc())
    )
    found: dict[int, tuple[str, float]] = {}
    for row in await session.scalars(query):
        since = row.detail.get("since")
        if row.kind in STATES:
            found[row.host_id] = (row.kind, since if isinstance(since, int | float) else row.at.timestamp())
    return found
