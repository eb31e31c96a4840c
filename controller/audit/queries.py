"""Reading the audit log, newest first."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from controller.audit.models import AuditEntry


@dataclass(frozen=True, slots=True)
class Filter:
    """What to look for; empty fields say nothing. `before`: only entries with a smaller id."""

    actor: str = ""
    action: str = ""
    object_kind: str = ""
    object_id: int | None = None
    before: int | None = None


async def find(session: AsyncSession, wanted: Filter, limit: int) -> tuple[list[AuditEntry], int]:
    """At most `limit` entries, and how many there are without `before`. `action` may end in "." for all below it."""
    query = select(AuditEntry)
    if wanted.actor:
        query = query.where(func.lower(AuditEntry.actor_name) == wanted.actor.lower())
    if wanted.action:
        start = wanted.action.endswith(".")
        query = query.where(
            AuditEntry.action.startswith(wanted.action, autoescape=True)
            if start
            else AuditEntry.action == wanted.action
        )
    if wanted.object_kind:
        query = query.where(AuditEntry.object_kind == wanted.object_kind)
    if wanted.object_id is not None:
        query = query.where(AuditEntry.object_id == wanted.object_id)
    total = await session.scalar(select(func.count()).select_from(query.subquery())) or 0
    if wanted.before is not None:
        query = query.where(AuditEntry.id < wanted.before)
    rows = await session.scalars(query.order_by(AuditEntry.id.desc()).limit(limit))
    return list(rows), total
