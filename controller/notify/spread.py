"""From news to messages: each notice is given once to the routes that want it; what belongs together is gathered."""

from __future__ import annotations

import secrets
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select, text
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncSession

from controller.hosts import queries as hosts
from controller.notify import queries
from controller.notify.models import Channel, Delivery, DeliveryNotice, Notice, Route
from controller.notify.news import OF_HOSTS, News
from controller.notify.plug import Kind
from controller.notify.sealing import Sealer
from controller.users import accounts
from controller.users.rights import Action, Principal, allows, sees

LOCK = 0x4E4F5449  # "NOTI": one controller at a time gives news to routes
BATCH = 500
TOPIC_HOSTS = "hosts"


@dataclass(frozen=True, slots=True)
class Target:
    """A route with whom it serves: `principal` None for the administrators' routes."""

    route: Route
    groups: list[list[str]]  # addresses that share a message
    principal: Principal | None


async def spread(session: AsyncSession, kinds: Mapping[str, Kind], sealer: Sealer, now: datetime) -> int:
    """Give up to `BATCH` notices to their routes, in this transaction; how many there were."""
    if not await session.scalar(text("select pg_try_advisory_xact_lock(:key)"), {"key": LOCK}):
        return 0
    waiting = select(Notice).where(Notice.spread_at.is_(None)).order_by(Notice.id).limit(BATCH)
    notices = list(await session.scalars(waiting))
    if not notices:
        return 0
    told = await _worth_telling(session, notices)
    groups = await _groups_of(session, told)
    for target in await _targets(session, kinds, sealer):
        mine = [notice for notice in told if wants(target, notice, groups)]
        await _give(session, target, mine, now)
    for notice in notices:
        notice.spread_at = now
    return len(notices)


def wants(target: Target, notice: Notice, groups: Mapping[int, Collection[int]]) -> bool:
    """Does the route want this news, and may who gets it know of it? `groups`: by host id; a host not in it is gone."""
    route, principal = target.route, target.principal
    if notice.kind not in route.news:
        return False
    there = [groups[host_id] for host_id in notice.host_ids if host_id in groups]
    if principal is None:
        chosen = route.all_hosts or any(not set(route.group_ids).isdisjoint(found) for found in there)
        return chosen and (bool(there) or not notice.host_ids)
    if notice.kind in OF_HOSTS:
        return allows(principal, Action.HOSTS_READ) and any(sees(principal, found) for found in there)
    if notice.kind == News.JOB_WAITS:  # somebody else has to approve, who sees each host and may act on it
        able = allows(principal, Action.HOSTS_OPERATE) and principal.user_id not in notice.user_ids
        return able and all(sees(principal, found) for found in there)
    return principal.user_id in notice.user_ids


async def _worth_telling(session: AsyncSession, notices: Sequence[Notice]) -> list[Notice]:
    """All but what says that a host is up which was not said to be away."""
    ids = {host_id for notice in notices if notice.kind in OF_HOSTS for host_id in notice.host_ids}
    first = Notice.host_ids[1]  # news of hosts name one each
    before = (
        select(first, Notice.kind, Notice.at)
        .ext(distinct_on(first))
        .where(Notice.id < notices[0].id, Notice.kind.in_([kind.value for kind in OF_HOSTS]), first.in_(ids))
        .order_by(first, Notice.id.desc())
    )
    last = {host_id: (kind, at) for host_id, kind, at in await session.execute(before)} if ids else {}
    told = []
    for notice in notices:
        if notice.kind in OF_HOSTS:
            host_id = notice.host_ids[0]
            was, since = last.get(host_id, (News.HOST_UP.value, notice.at))
            last[host_id] = (notice.kind, notice.at)
            if notice.kind == News.HOST_UP and was == News.HOST_UP:
                continue
            if notice.kind == News.HOST_UP:
                notice.detail = {**notice.detail, "down_s": (notice.at - since).total_seconds()}
        told.append(notice)
    return told


async def _groups_of(session: AsyncSession, notices: Iterable[Notice]) -> dict[int, Collection[int]]:
    ids = {host_id for notice in notices for host_id in notice.host_ids}
    return {row.id: row.group_ids for row in await hosts.load(session, ids)}


async def _targets(session: AsyncSession, kinds: Mapping[str, Kind], sealer: Sealer) -> list[Target]:
    query = select(Route, Channel).join(Channel).where(Route.enabled, Channel.enabled).order_by(Route.id)
    rows = [(route, channel) for route, channel in await session.execute(query)]
    people = await accounts.principals(session, {route.user_id for route, _ in rows if route.user_id is not None})
    known = await queries.confirmed(session, people)
    found = []
    for route, channel in rows:
        kind = kinds.get(channel.kind)
        if kind is None or (route.user_id is not None and route.user_id not in people):
            continue
        addresses = [
            one for one in route.addresses if route.user_id is None or (route.user_id, channel.kind, one) in known
        ]
        groups = kind.split(sealer.open(channel, kind), addresses) if kind.addressed and addresses else []
        groups = groups if kind.addressed else [[]]
        found.append(Target(route, groups, people.get(route.user_id or 0)))
    return found


async def _give(session: AsyncSession, target: Target, notices: Sequence[Notice], now: datetime) -> None:
    by_topic: dict[str, list[Notice]] = defaultdict(list)
    for notice in notices:
        by_topic[TOPIC_HOSTS if notice.kind in OF_HOSTS else f"notice/{notice.id}"].append(notice)
    for topic, some in by_topic.items():
        for addresses in target.groups:
            delivery = await _gathering(session, target.route, addresses, topic)
            if delivery is None:
                due = now if topic != TOPIC_HOSTS else await _due(session, target.route, addresses, now)
                delivery = _new(target.route, addresses, topic, due=due, now=now)
                session.add(delivery)
                await session.flush()
            session.add_all(DeliveryNotice(delivery_id=delivery.id, notice_id=notice.id) for notice in some)
            await session.flush()


async def _gathering(session: AsyncSession, route: Route, addresses: list[str], topic: str) -> Delivery | None:
    """The message to the same people that has not been tried yet; one that is being sent now is left alone."""
    query = (
        select(Delivery)
        .where(
            Delivery.route_id == route.id,
            Delivery.topic == topic,
            Delivery.addresses == addresses,
            Delivery.state == "pending",
            Delivery.attempts == 0,
        )
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    found: Delivery | None = await session.scalar(query)
    return found


async def _due(session: AsyncSession, route: Route, addresses: list[str], now: datetime) -> datetime:
    """A first message waits a little for what belongs to it; those that follow keep their distance."""
    query = select(func.max(Delivery.due_at)).where(
        Delivery.route_id == route.id, Delivery.topic == TOPIC_HOSTS, Delivery.addresses == addresses
    )
    before: datetime | None = await session.scalar(query)
    soon = now + timedelta(seconds=route.wait_s)
    return soon if before is None else max(soon, min(before, now) + timedelta(seconds=route.interval_s))


def _new(route: Route, addresses: list[str], topic: str, *, due: datetime, now: datetime) -> Delivery:
    return Delivery(
        channel_id=route.channel_id,
        route_id=route.id,
        addresses=addresses,
        topic=topic,
        language=route.language,
        zone=route.zone,
        token=secrets.token_hex(16),
        state="pending",
        attempts=0,
        due_at=due,
        created_at=now,
        ended_at=None,
        subject="",
        error="",
    )
