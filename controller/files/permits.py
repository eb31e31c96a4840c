"""Rights of what goes on for a while: looked at again when something changed, and every quarter of a minute."""

from __future__ import annotations

from time import monotonic

from controller.core.clock import Clock, utc_now
from controller.core.db import Database
from controller.core.errors import Forbidden
from controller.core.events import Bus
from controller.hosts import service as hosts
from controller.hosts.news import GroupRemoved, HostChanged, HostRemoved
from controller.hosts.queries import HostRow
from controller.users import sessions
from controller.users.news import RightsChanged
from controller.users.rights import Action, Principal

RENEW_S = 15.0


class Permits:
    """Gives permits, and makes all of them look again when rights may have changed."""

    def __init__(self, database: Database, bus: Bus, clock: Clock) -> None:
        self.version = 0
        self._database = database
        self._clock = clock
        for kind in (RightsChanged, HostChanged, HostRemoved, GroupRemoved):
            bus.listen(kind, self._changed)

    async def give(self, principal: Principal, host_id: int, action: Action, *, detached: bool = False) -> Permit:
        """The right to do this to the host, now and for as long as `still` says. Raises NotFound, Forbidden."""
        version = self.version
        async with self._database.session() as session:
            row = await hosts.get(session, principal, host_id, action)
        return Permit(self, principal, row, action, version, detached=detached)

    async def renewed(self, principal: Principal, host_id: int, action: Action, *, detached: bool) -> None:
        """Once more. Raises NotFound, Forbidden."""
        async with self._database.session() as session:
            now = await sessions.renewed(session, principal, utc_now(self._clock), detached=detached)
            if now is None:
                raise Forbidden("Your session has ended; log in again.", code="session_ended")
            await hosts.get(session, now, host_id, action)

    def _changed(self, _: object) -> None:
        self.version += 1


class Permit:
    """One caller's right to one action on one host."""

    def __init__(
        self, permits: Permits, principal: Principal, row: HostRow, action: Action, version: int, *, detached: bool
    ) -> None:
        self.principal = principal
        self.host = row
        self._permits = permits
        self._action = action
        self._version = version
        self._detached = detached
        self._until = monotonic() + RENEW_S

    async def still(self) -> None:
        """Go on only while the right stands; cheap enough for each block of a file. Raises NotFound, Forbidden."""
        if self._version == self._permits.version and monotonic() < self._until:
            return
        version = self._permits.version
        await self._permits.renewed(self.principal, self.host.id, self._action, detached=self._detached)
        self._version, self._until = version, monotonic() + RENEW_S
