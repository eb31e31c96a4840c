"""Reading the tables of notices."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from controller.hosts import queries as hosts
from controller.notify.letters import Item
from controller.notify.models import Address, Channel, Delivery, DeliveryNotice, Notice, Route
from controller.notify.news import OF_HOSTS, News


async def due_channels(session: AsyncSession, now: datetime) -> list[int]:
    """Enabled channels for which something is due, those that wait longest first."""
    query = (
        select(Delivery.channel_id)
        .join(Channel, Channel.id == Delivery.channel_id)
        .where(Delivery.state == "pending", Delivery.due_at <= now, Channel.enabled)
        .group_by(Delivery.channel_id)
        .order_by(func.min(Delivery.due_at))
    )
    return list(await session.scalars(query))


async def lock_due(session: AsyncSession, channel_id: int, now: datetime) -> Delivery | None:
    """A message that is due and that nobody sends; nobody else can take it until the transaction ends."""
    query = (
        select(Delivery)
        .where(Delivery.channel_id == channel_id, Delivery.state == "pending", Delivery.due_at <= now)
        .order_by(Delivery.due_at, Delivery.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    found: Delivery | None = await session.scalar(query)
    return found


async def items(session: AsyncSession, row: Delivery) -> list[Item]:
    """What the message tells, in the order in which it happened; news of hosts that are gone is left out."""
    query = (
        select(Notice)
        .join(DeliveryNotice, DeliveryNotice.notice_id == Notice.id)
        .where(DeliveryNotice.delivery_id == row.id)
        .order_by(Notice.at, Notice.id)
    )
    notices = list(await session.scalars(query))
    ids = {host_id for notice in notices if notice.kind in OF_HOSTS for host_id in notice.host_ids}
    names = {host.id: host.name for host in await hosts.load(session, ids)} if ids else {}
    found = []
    for notice in notices:
        kind = News(notice.kind)
        if kind not in OF_HOSTS:
            name, path = str(notice.detail.get("name", "")), str(notice.detail.get("path", "/"))
            found.append(Item(kind, name, notice.at, notice.detail, path))
        elif notice.host_ids[0] in names:
            host_id = notice.host_ids[0]
            found.append(Item(kind, names[host_id], notice.at, notice.detail, f"/hosts/{host_id}"))
    return found


async def channels(session: AsyncSession) -> list[Channel]:
    """All, by name."""
    return list(await session.scalars(select(Channel).order_by(func.lower(Channel.name), Channel.id)))


async def routes(session: AsyncSession) -> list[Route]:
    """The administrators' routes, by name."""
    query = select(Route).where(Route.user_id.is_(None)).order_by(func.lower(Route.name), Route.id)
    return list(await session.scalars(query))


async def route_of(session: AsyncSession, user_id: int) -> Route | None:
    """The user's own route."""
    found: Route | None = await session.scalar(select(Route).where(Route.user_id == user_id))
    return found


async def deliveries(
    session: AsyncSession, *, channel_id: int | None, state: str | None, before: int | None, limit: int
) -> tuple[list[Delivery], int]:
    """Messages, newest first, and how many there are without `before`."""
    query = select(Delivery)
    if channel_id is not None:
        query = query.where(Delivery.channel_id == channel_id)
    if state is not None:
        query = query.where(Delivery.state == state)
    total = await session.scalar(select(func.count()).select_from(query.subquery())) or 0
    if before is not None:
        query = query.where(Delivery.id < before)
    return list(await session.scalars(query.order_by(Delivery.id.desc()).limit(limit))), total


async def confirmed(session: AsyncSession, user_ids: Collection[int]) -> set[tuple[int, str, str]]:
    """User, kind of channel, address: all whose link was followed."""
    query = select(Address.user_id, Address.kind, Address.address).where(
        Address.user_id.in_(user_ids), Address.confirmed_at.is_not(None)
    )
    return {(user_id, kind, address) for user_id, kind, address in await session.execute(query)}


async def asked_at(session: AsyncSession, user_id: int, address: str) -> datetime | None:
    """When a link was sent there last."""
    query = select(func.max(Address.asked_at)).where(Address.user_id == user_id, Address.address == address)
    found: datetime | None = await session.scalar(query)
    return found
