"""Notices over HTTP: channels, the administrators' routes, one's own, and what was delivered."""

from __future__ import annotations

from typing import Annotated, Literal

from litestar import Router, delete, get, patch, post, put
from litestar.di import NamedDependency as Given
from litestar.params import FromPath, JSONBody, Parameter, QueryParameter
from sqlalchemy.ext.asyncio import AsyncSession

from controller.audit import service as audit
from controller.audit.service import Actor
from controller.core.clock import Clock, utc_now
from controller.core.db import Database
from controller.core.errors import Forbidden
from controller.notify import addresses, queries, recipients, registry, service
from controller.notify import schemas as s
from controller.notify.courier import Courier
from controller.notify.models import Delivery
from controller.users.rights import Action, Principal, require

Session = Given[AsyncSession]
Caller = Given[Principal]
Mailman = Given[Courier]
Id = Annotated[int | None, Parameter(ge=0, le=2**63 - 1)]


@get("/notify/kinds", summary="List the kinds of channels")
async def list_kinds(principal: Caller, courier: Mailman) -> s.ChannelKindPage:
    """Each with the JSON schema of its settings."""
    require(principal, Action.SETTINGS_MANAGE)
    found = [
        s.ChannelKindView(kind.name, kind.addressed, sorted(registry.secret_fields(kind)), registry.schema(kind))
        for kind in courier.kinds.values()
    ]
    return s.ChannelKindPage(found, len(found))


@get("/notify/channels", summary="List channels")
async def list_channels(principal: Caller, session: Session, courier: Mailman) -> s.ChannelPage:
    """By name, with how they fare."""
    require(principal, Action.SETTINGS_MANAGE)
    found = await service.views(session, courier, await queries.channels(session))
    return s.ChannelPage(found, len(found))


@post("/notify/channels", summary="Make a channel")
async def make_channel(
    *, data: JSONBody[s.NewChannel], principal: Caller, session: Session, courier: Mailman, author: Given[Actor],
    clock: Given[Clock],
) -> s.ChannelView:  # fmt: skip
    """Its secrets are sealed, and never sent back."""
    require(principal, Action.SETTINGS_MANAGE)
    row = await service.add(session, courier, author, utc_now(clock), data)
    return (await service.views(session, courier, [row]))[0]


@patch("/notify/channels/{channel_id:int}", summary="Change a channel")
async def change_channel(
    *, channel_id: FromPath[int], data: JSONBody[s.ChannelChanges], principal: Caller, session: Session,
    courier: Mailman, author: Given[Actor], clock: Given[Clock],
) -> s.ChannelView:  # fmt: skip
    """A secret that is not sent stays, unless the server becomes another one."""
    require(principal, Action.SETTINGS_MANAGE)
    row = await service.find(session, channel_id, lock=True)
    await service.change(session, courier, author, at=utc_now(clock), row=row, changes=data)
    return (await service.views(session, courier, [row]))[0]


@delete("/notify/channels/{channel_id:int}", summary="Delete a channel")
async def remove_channel(channel_id: FromPath[int], principal: Caller, session: Session, author: Given[Actor]) -> None:
    """With its routes and all that waits for it."""
    require(principal, Action.SETTINGS_MANAGE)
    await service.remove(session, author, await service.find(session, channel_id))


@post("/notify/channels/{channel_id:int}/test", summary="Send a test by a channel", status_code=200)
async def try_channel(
    *, channel_id: FromPath[int], data: JSONBody[s.ChannelTrial], principal: Caller, database: Given[Database],
    courier: Mailman, author: Given[Actor], clock: Given[Clock],
) -> s.ChannelTrialResult:  # fmt: skip
    """At once; the answer says in the other side's words why it did not work."""
    require(principal, Action.SETTINGS_MANAGE)
    async with database.session() as session:  # not kept open while a server takes its time
        row = await service.find(session, channel_id)
        await audit.record(session, author, "channel.test", kind="channel", object_id=row.id, name=row.name)
        session.expunge(row)
    return await service.try_out(courier, row, utc_now(clock), data)


@get("/notify/routes", summary="List routes of notices")
async def list_routes(principal: Caller, session: Session) -> s.RoutePage:
    """The administrators' routes; users choose their own at /me/notify."""
    require(principal, Action.SETTINGS_MANAGE)
    found = [recipients.view(row) for row in await queries.routes(session)]
    return s.RoutePage(found, len(found))


@post("/notify/routes", summary="Make a route of notices")
async def make_route(
    *, data: JSONBody[s.NewRoute], principal: Caller, session: Session, courier: Mailman, author: Given[Actor]
) -> s.RouteView:
    """Which news goes by which channel to whom."""
    require(principal, Action.SETTINGS_MANAGE)
    return recipients.view(await recipients.add(session, courier, author, data))


@patch("/notify/routes/{route_id:int}", summary="Change a route of notices")
async def change_route(
    *, route_id: FromPath[int], data: JSONBody[s.RouteChanges], principal: Caller, session: Session,
    courier: Mailman, author: Given[Actor],
) -> s.RouteView:  # fmt: skip
    """What is not sent stays."""
    require(principal, Action.SETTINGS_MANAGE)
    row = await recipients.find(session, route_id)
    await recipients.change(session, courier, author, row, data)
    return recipients.view(row)


@delete("/notify/routes/{route_id:int}", summary="Delete a route of notices")
async def remove_route(route_id: FromPath[int], principal: Caller, session: Session, author: Given[Actor]) -> None:
    """What waits to be sent by it is not sent."""
    require(principal, Action.SETTINGS_MANAGE)
    await recipients.remove(session, author, await recipients.find(session, route_id))


@get("/notify/deliveries", summary="List messages")
async def list_deliveries(
    *,
    principal: Caller,
    session: Session,
    channel_id: Id = None,
    wanted: Annotated[Literal["pending", "sent", "dead", "dropped"] | None, QueryParameter(name="state")] = None,
    before: Id = None,
    limit: Annotated[int, Parameter(ge=1, le=500)] = 50,
) -> s.DeliveryPage:
    """What waits, was sent, and could not be: newest first."""
    require(principal, Action.SETTINGS_MANAGE)
    rows, total = await queries.deliveries(session, channel_id=channel_id, state=wanted, before=before, limit=limit)
    return s.DeliveryPage([_view(row) for row in rows], total)


@post("/notify/deliveries/{delivery_id:int}/resend", summary="Send a message again", status_code=200)
async def resend(
    *, delivery_id: FromPath[int], principal: Caller, session: Session, author: Given[Actor], clock: Given[Clock]
) -> s.DeliveryView:
    """One that is dead, or that waits for its next attempt."""
    require(principal, Action.SETTINGS_MANAGE)
    return _view(await service.resend(session, author, utc_now(clock), delivery_id))


@get("/me/notify", summary="Read what one is told oneself")
async def own_news(principal: Caller, session: Session, courier: Mailman) -> s.OwnNews:
    """Which news, where to, and by which channels that can be."""
    require(principal, Action.SELF)
    return await recipients.own(session, courier, principal)


@put("/me/notify", summary="Choose what one is told oneself")
async def choose_news(
    *, data: JSONBody[s.OwnChoice], principal: Caller, session: Session, courier: Mailman, author: Given[Actor]
) -> s.OwnNews:
    """Only of hosts that one sees, and of jobs that one launched or may approve."""
    require(principal, Action.SELF)
    if principal.session_id is None:
        raise Forbidden("This takes a login; a token is not enough.")
    await recipients.choose(session, courier, principal, author, data)
    return await recipients.own(session, courier, principal)


@post("/me/notify/confirm", summary="Send the link that confirms one's own address", status_code=200)
async def ask_to_confirm(
    *, principal: Caller, database: Given[Database], courier: Mailman, author: Given[Actor], clock: Given[Clock]
) -> s.ChannelTrialResult:
    """A mail with a link, good for a day; nothing else is sent to an address before it was followed."""
    require(principal, Action.SELF)
    if principal.session_id is None:
        raise Forbidden("This takes a login; a token is not enough.")
    return await addresses.ask(database, courier, principal, author, utc_now(clock))


@post("/notify/confirm", opt={"public": True}, summary="Follow the link that confirms an address", status_code=200)
async def confirm_address(
    data: JSONBody[s.ConfirmToken], session: Session, courier: Mailman, clock: Given[Clock]
) -> s.ConfirmedAddress:
    """Whoever has the mail has the address; no login is asked for. No GET: what scans mail follows links."""
    return s.ConfirmedAddress(await addresses.confirm(session, courier, utc_now(clock), data.token))


router = Router(
    "/",
    route_handlers=[
        list_kinds, list_channels, make_channel, change_channel, remove_channel, try_channel,
        list_routes, make_route, change_route, remove_route, list_deliveries, resend, own_news, choose_news,
        ask_to_confirm, confirm_address,
    ],
    tags=["Notices"],
)  # fmt: skip


def _view(row: Delivery) -> s.DeliveryView:
    return s.DeliveryView(**{name: getattr(row, name) for name in s.DeliveryView.__struct_fields__})
