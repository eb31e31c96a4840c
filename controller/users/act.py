"""Who acts on users, from where and when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from controller.audit import service as audit
from controller.audit.service import Actor
from controller.core.events import Bus
from controller.users.news import RightsChanged
from controller.users.rights import Principal


def actor_of(principal: Principal, address: str) -> Actor:
    """How the audit log names a principal: a token by its own id, with its owner's name."""
    if principal.token_id is not None:
        return Actor("token", principal.token_id, principal.username, address)
    return Actor("user", principal.user_id, principal.username, address)


@dataclass(frozen=True, slots=True)
class Deed:
    """One request that changes something about users."""

    actor: Actor
    at: datetime
    bus: Bus

    async def record(
        self, session: AsyncSession, action: str, kind: str, object_id: int | None, name: str, **detail: object
    ) -> None:
        """Write it into the audit log, in the same transaction."""
        await audit.record(session, self.actor, action, kind=kind, object_id=object_id, name=name, detail=detail)

    def rights_changed(self, session: AsyncSession, user_id: int) -> None:
        """Tell live connections once it is committed."""
        self.bus.publish_after_commit(session, RightsChanged(user_id))
