"""Routes: the administrators', and each user's own."""

from __future__ import annotations

from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from msgspec import UNSET, structs
from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncSession

from controller.audit import service as audit
from controller.audit.service import Actor
from controller.core.errors import FieldError, Invalid, NotFound
from controller.notify import queries
from controller.notify.courier import Courier
from controller.notify.models import Channel, Delivery, Route
from controller.notify.schemas import ChannelChoice, NewRoute, OwnChoice, OwnNews, RouteChanges, RouteView
from controller.notify.service import checked_address, kind_of
from controller.users.rights import Principal

OWN_WAIT_S, OWN_INTERVAL_S = 30, 300  # as Alertmanager's group_wait and group_interval are by default


async def find(session: AsyncSession, route_id: int) -> Route:
    """One of the administrators' routes, locked. Raises NotFound."""
    row = await session.get(Route, route_id, with_for_update=True) if 0 < route_id < 1 << 63 else None
    if row is None or row.user_id is not None:
        raise NotFound("There is no such route.")
    return row


async def add(session: AsyncSession, courier: Courier, author: Actor, new: NewRoute) -> Route:
    """Make a route. Raises Invalid."""
    row = Route(user_id=None, **{**structs.asdict(new), "news": [kind.value for kind in new.news]})
    await _check(session, courier, row)
    session.add(row)
    await session.flush()
    await _record(session, author, "route.create", row)
    return row


async def change(session: AsyncSession, courier: Courier, author: Actor, row: Route, changes: RouteChanges) -> None:
    """Change it; what is not sent stays. Raises Invalid."""
    wanted = {name: value for name, value in structs.asdict(changes).items() if value is not UNSET}
    with session.no_autoflush:
        for name, value in wanted.items():
            setattr(row, name, [kind.value for kind in value] if name == "news" else value)
        await _check(session, courier, row)
    await session.flush()
    await _record(session, author, "route.update", row, changed=sorted(wanted))


async def remove(session: AsyncSession, author: Actor, row: Route) -> None:
    """Delete it; what waits to be sent by it is not sent."""
    await _forget_pending(session, row)
    await session.delete(row)
    await _record(session, author, "route.delete", row)


async def own(session: AsyncSession, courier: Courier, principal: Principal) -> OwnNews:
    """What the user is told."""
    row = await queries.route_of(session, principal.user_id)
    choices = [
        ChannelChoice(one.id, one.name, one.kind, courier.kinds[one.kind].addressed)
        for one in await queries.channels(session)
        if one.enabled and one.kind in courier.kinds
    ]
    address = next(iter(row.addresses), "") if row is not None else ""
    kind = next((one.kind for one in choices if row is not None and one.id == row.channel_id), "")
    confirmed = await queries.confirmed(session, {principal.user_id}) if address else set()
    return OwnNews(
        enabled=row is not None and row.enabled,
        channel_id=row.channel_id if row is not None else None,
        address=address,
        confirmed=(principal.user_id, kind, address) in confirmed,
        asked_at=await queries.asked_at(session, principal.user_id, address) if address else None,
        news=list(row.news) if row is not None else [],
        language=row.language if row is not None else "en",
        zone=row.zone if row is not None else "UTC",
        channels=choices,
    )


async def choose(
    session: AsyncSession, courier: Courier, principal: Principal, author: Actor, choice: OwnChoice
) -> None:
    """Set what the user is told. Which hosts that is about follows the user's rights. Raises Invalid."""
    row = await queries.route_of(session, principal.user_id)
    values = {
        "name": principal.username,
        "channel_id": choice.channel_id,
        "addresses": [choice.address] if choice.address else [],
        "news": [kind.value for kind in choice.news],
        "all_hosts": False,
        "group_ids": [],
        "language": choice.language,
        "zone": choice.zone,
        "wait_s": OWN_WAIT_S,
        "interval_s": OWN_INTERVAL_S,
        "enabled": choice.enabled,
    }
    with session.no_autoflush:
        if row is None:
            row = Route(user_id=principal.user_id, **values)
        for name, value in values.items():
            setattr(row, name, value)
        await _check(session, courier, row)
    session.add(row)
    await session.flush()
    await _record(session, author, "route.choose", row)


def view(row: Route) -> RouteView:
    """As the API shows it."""
    return RouteView(**{name: getattr(row, name) for name in RouteView.__struct_fields__})


async def _check(session: AsyncSession, courier: Courier, row: Route) -> None:
    channel = await session.get(Channel, row.channel_id)
    if channel is None:
        raise _invalid("channel_id", "There is no such channel; choose one of the list.")
    kind = kind_of(courier, channel.kind)
    row.name = " ".join(row.name.split())
    if not row.name or not row.name.isprintable():
        raise _invalid("name", "Give it a name of printable characters.")
    field = "address" if row.user_id is not None else "addresses"
    row.addresses = [checked_address(kind, one, field) for one in row.addresses] if kind.addressed else []
    row.addresses = list(dict.fromkeys(row.addresses))
    if kind.addressed and not row.addresses:
        raise _invalid(field, "Give an address to send to.")
    row.news = list(dict.fromkeys(row.news))
    try:
        ZoneInfo(row.zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise _invalid("zone", "There is no such time zone; write one such as Europe/Berlin.") from None


async def _forget_pending(session: AsyncSession, row: Route) -> None:
    await session.execute(delete(Delivery).where(Delivery.route_id == row.id, Delivery.state == "pending"))


async def _record(session: AsyncSession, author: Actor, action: str, row: Route, **detail: object) -> None:
    await audit.record(
        session, author, f"notify.{action}", kind="notify route", object_id=row.id, name=row.name, detail=detail
    )


def _invalid(field: str, message: str) -> Invalid:
    return Invalid(message, errors=(FieldError(field, message),))
