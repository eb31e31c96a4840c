"""The audit log over HTTP. Writing it has no route: entries come from the deeds themselves."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any

from litestar import Router, get
from litestar.di import NamedDependency as Given
from litestar.params import Parameter, QueryParameter
from msgspec import Struct
from sqlalchemy.ext.asyncio import AsyncSession

from controller.audit import queries
from controller.audit.models import AuditEntry
from controller.audit.queries import Filter

Text = Annotated[str, Parameter(max_length=200)]
Id = Annotated[int | None, Parameter(ge=0, le=2**63 - 1)]


class ActorView(Struct):
    """Who did it: a user, a token (by its own id, with its owner's name) or the system."""

    id: int | None
    name: str
    kind: str


class ObjectView(Struct):
    """What it was done to, by its name at that time."""

    kind: str
    id: int | None
    name: str


class AuditView(Struct):
    """One entry."""

    id: int
    at: datetime
    actor: ActorView
    action: str
    object: ObjectView
    address: str
    detail: dict[str, Any]


class AuditPage(Struct):
    """Entries, newest first. The next ones are asked for with `before` set to the last id."""

    items: list[AuditView]
    total: int


@get("/audit", summary="Read the audit log")
async def read(
    *,
    session: Given[AsyncSession],
    may_read_audit: Given[Callable[[], None]],
    actor: Annotated[str, QueryParameter(name="actor", max_length=200, description="A user's name.")] = "",
    action: Annotated[str, Parameter(max_length=200, description='"host.create", or "host." for all of them.')] = "",
    object_kind: Annotated[str, QueryParameter(name="object", max_length=200, description='"host", "user" …')] = "",
    object_id: Id = None,
    before: Id = None,
    limit: Annotated[int, Parameter(ge=1, le=1000)] = 100,
) -> AuditPage:
    """Who did what, from where, when."""
    may_read_audit()
    rows, total = await queries.find(session, Filter(actor, action, object_kind, object_id, before), limit)
    return AuditPage([_view(row) for row in rows], total)


router = Router("/", route_handlers=[read], tags=["Audit"])


def _view(row: AuditEntry) -> AuditView:
    return AuditView(
        row.id,
        row.at,
        ActorView(row.actor_id, row.actor_name, row.actor_kind),
        row.action,
        ObjectView(row.object_kind, row.object_id, row.object_name),
        row.address,
        row.detail,
    )
