"""Who did what, from where: written in the transaction of the deed itself, so that neither is without the other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from controller.audit.models import AuditEntry

LONGEST = 200  # of a name


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts. `kind`: user, token or system; `id`: the user's or the token's; `address`: where it came from."""

    kind: str
    id: int | None
    name: str
    address: str = ""


async def record(
    session: AsyncSession,
    actor: Actor,
    action: str,
    *,
    kind: str,
    object_id: int | None,
    name: str,
    detail: Mapping[str, Any] | None = None,
) -> None:
    """Add one entry. `action` is a dotted constant ("host.create"); `detail` holds what changed, never a secret."""
    session.add(
        AuditEntry(
            actor_kind=actor.kind,
            actor_id=actor.id,
            actor_name=actor.name[:LONGEST],
            address=actor.address,
            action=action,
            object_kind=kind,
            object_id=object_id,
            object_name=name[:LONGEST],
            detail=msgspec.to_builtins(dict(detail or {}), str_keys=True),
        )
    )
