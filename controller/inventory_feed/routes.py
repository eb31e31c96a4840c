"""The inventory over HTTP, with an ETag: who has it already gets 304 and nothing more."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

from litestar import Request, Response, Router, get
from litestar.di import NamedDependency as Given
from litestar.params import FromQuery, Parameter, QueryParameter
from sqlalchemy.ext.asyncio import AsyncSession

from controller.core.settings import Settings
from controller.gateway.server import Gateway
from controller.hosts.board import Board
from controller.hosts.states import HostState
from controller.inventory_feed import service
from controller.inventory_feed.schemas import Feed, FeedGateway
from controller.inventory_feed.service import Wanted
from controller.users.rights import Principal

Groups = Annotated[Sequence[str], QueryParameter(name="group", max_items=100, description="In any of these, by name.")]
Tags = Annotated[Sequence[str], QueryParameter(name="tag", max_items=30, description="With all of these tags.")]
States = Annotated[Sequence[HostState], QueryParameter(name="state", max_items=10, description="In any of these.")]
Search = Annotated[str, Parameter(max_length=200, description="Words in name, address, user, tags, groups, note.")]


@get("/inventory", summary="Hosts for inventories elsewhere")
async def inventory(
    *,
    request: Request[Any, Any, Any],
    session: Given[AsyncSession],
    principal: Given[Principal],
    board: Given[Board],
    settings: Given[Settings],
    gateway: Given[Gateway],
    groups: Groups = (),
    tags: Tags = (),
    states: States = (),
    search: Search = "",
    unreachable: FromQuery[bool] = True,
    disabled: FromQuery[bool] = False,
) -> Response[Feed | None]:
    """The hosts that you see, without secrets. `If-None-Match` with the last ETag spares the answer."""
    wanted = Wanted(groups, tags, states, search, unreachable, disabled)
    found = await service.feed(session, principal, board, wanted, _gateway(settings, gateway))
    tag = f'"{found.version}"'
    headers = {"etag": tag, "cache-control": "private, no-cache", "vary": "authorization, cookie"}
    asked = [word.strip().removeprefix("W/") for word in request.headers.get("if-none-match", "").split(",")]
    if tag in asked:
        return Response(None, status_code=304, headers=headers)
    return Response(found, headers=headers)


def _gateway(settings: Settings, gateway: Gateway) -> FeedGateway | None:
    return FeedGateway(settings.gateway_port, gateway.public_key) if gateway.public_key is not None else None


router = Router("/", route_handlers=[inventory], tags=["Inventory"])
