"""Who does something, and what it takes to do it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from controller.audit import service as audit
from controller.audit.service import Actor
from controller.core.events import Bus
from controller.core.secrets import Vault
from controller.users.rights import Principal


@dataclass(frozen=True, slots=True)
class Act:
    """One request by one principal. `at` is the controller's time."""

    principal: Principal
    actor: Actor
    at: datetime
    bus: Bus
    vault: Vault

    async def record(
        self,
        session: AsyncSession,
        action: str,
        kind: str,
        object_id: int,
        name: str,
        /,
        **detail: object,
    ) -> None:
        """Write it into the audit log, in the same transaction."""
        await audit.record(session, self.actor, action, kind=kind, object_id=object_id, name=name, detail=detail)

    def tell(self, session: AsyncSession, news: object) -> None:
        """Tell the other slices once the transaction has been committed."""
        self.bus.publish_after_commit(session, news)
