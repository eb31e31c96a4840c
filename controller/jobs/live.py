"""Somebody looks at a job: states as they are now, the latest alone, and output as far as there is credit.

Nothing waits in memory for one who is slow: output is read from the database once it is asked for. Rights are looked at
again when they may have changed, and every quarter of a minute.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from time import monotonic
from typing import Any

import msgspec
from sqlalchemy.exc import SQLAlchemyError

from controller.core.errors import AppError
from controller.core.events import Bus
from controller.hosts.news import GroupRemoved, HostChanged, HostRemoved
from controller.jobs import output, queries, service, views
from controller.jobs.engine import Engine
from controller.jobs.news import JobEnded, JobQueued, JobStarted
from controller.jobs.results.schemas import HostResult
from controller.users.news import RightsChanged
from controller.users.rights import Principal

PACE_S = 0.25
IDLE_S = 5.0  # a job that does not run here may change all the same
RENEW_S = 15.0
CREDIT = 256 << 10
CREDIT_MAX = 4 << 20
HOSTS_MAX = 5000
TAKE = 4  # pieces at a time: each has up to 64 KiB


class Watch(msgspec.Struct, tag="watch", forbid_unknown_fields=True):
    """Output of these hosts from here on: `host_ids` None for everybody's, 0 for the job's own; none for no output."""

    host_ids: list[int] | None = []
    after: int = 0


class Credit(msgspec.Struct, tag="credit", forbid_unknown_fields=True):
    """So many bytes more may come."""

    bytes: int


class Ping(msgspec.Struct, tag="ping", forbid_unknown_fields=True):
    """Is anybody there?"""


Said = Watch | Credit | Ping
decode: Callable[[str], Said] = msgspec.json.Decoder(Said).decode


class Lookers:
    """All that look; told what happens."""

    def __init__(self, engine: Engine, bus: Bus) -> None:
        self.engine = engine
        self.all: set[Looker] = set()
        jobs: tuple[type, ...] = (JobStarted, JobEnded, JobQueued)
        rights: tuple[type, ...] = (RightsChanged, HostChanged, HostRemoved, GroupRemoved)
        for kind in jobs:
            bus.listen(kind, self._job_changed)
        for kind in rights:
            bus.listen(kind, self._rights_changed)

    def _job_changed(self, news: JobStarted | JobEnded | JobQueued) -> None:
        for looker in self.all:
            if looker.job_id == news.job_id:
                looker.wake()

    def _rights_changed(self, _: object) -> None:
        for looker in self.all:
            looker.doubt()


class Looker:
    """One socket. `renew`: the principal's rights of that moment, None once the session has ended."""

    def __init__(
        self, lookers: Lookers, principal: Principal, job_id: int, renew: Callable[[], Awaitable[Principal | None]]
    ) -> None:
        self.job_id = job_id
        self._lookers = lookers
        self._engine = lookers.engine
        self._principal = principal
        self._renew = renew
        self._clock = lookers.engine.services.clock
        self._renewed_at = self._clock.monotonic()
        self._doubtful = False
        self._news = asyncio.Event()
        self._news.set()
        self._wanted: set[int] | None = set()
        self._after = 0
        self._credit = CREDIT
        self._shown: dict[int, HostResult] | None = None
        self._job: Any = None
        self._step = 0
        self._more = False
        self._looked_at = 0.0
        lookers.all.add(self)

    def close(self) -> None:
        """Gone."""
        self._lookers.all.discard(self)

    def wake(self) -> None:
        """Something happened."""
        self._news.set()

    def doubt(self) -> None:
        """Rights may have changed."""
        self._doubtful = True
        self._news.set()

    def take(self, said: Said) -> dict[str, Any] | None:
        """Do what is asked; what to answer, if anything."""
        if isinstance(said, Ping):
            return {"type": "pong"}
        if isinstance(said, Credit):
            self._credit = max(0, min(CREDIT_MAX, self._credit + max(0, said.bytes)))
        else:
            self._wanted = None if said.host_ids is None else set(said.host_ids[:HOSTS_MAX])
            self._after = max(0, min(said.after, 1 << 62))
        self._news.set()
        return None

    async def next(self) -> list[dict[str, Any]] | None:
        """The messages that are due, after a while at the latest; None once the job may not be seen any more."""
        if not self._more:
            await self._wait()
        try:
            if not await self._still_there():
                return None
            return await self._due()
        except AppError:
            return None
        except (SQLAlchemyError, OSError):  # the database is away: asked again
            await asyncio.sleep(PACE_S)
            return []

    async def _wait(self) -> None:
        active = self._engine.active.get(self.job_id)
        stored = active.run.stored if active is not None else asyncio.Event()
        waits = [asyncio.ensure_future(self._news.wait()), asyncio.ensure_future(stored.wait())]
        try:
            await asyncio.wait(waits, timeout=IDLE_S, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()
            await asyncio.gather(*waits, return_exceptions=True)
        early = self._looked_at + PACE_S - monotonic()
        if early > 0:
            await asyncio.sleep(early)
        self._looked_at = monotonic()
        self._news.clear()

    async def _still_there(self) -> bool:
        now = self._clock.monotonic()
        if not self._doubtful and now - self._renewed_at < RENEW_S:
            return True
        self._doubtful = False
        principal = await self._renew()
        if principal is None:
            return False
        self._principal, self._renewed_at = principal, now
        return True

    async def _due(self) -> list[dict[str, Any]]:
        messages: list[dict[str, Any]] = []
        async with self._engine.database.session() as session:
            office = self._engine.office
            view = await service.view(session, office, self._principal, self.job_id)
            if view != self._job:
                self._job = view
                messages.append({"type": "job", "job": view})
            rows = [views.host(row) for row in await queries.hosts(session, self._principal, [self.job_id])]
            messages += self._hosts(rows)
            step = await queries.last_step(session, self.job_id)
            if step != self._step:
                self._step = step
                messages.append({"type": "steps", "seq": step})
            messages += await self._output(session)
        return messages

    def _hosts(self, rows: list[HostResult]) -> list[dict[str, Any]]:
        """All of them at first, then those that changed."""
        before, self._shown = self._shown, {row.host_id: row for row in rows}
        if before is None:
            return [{"type": "hosts", "hosts": rows, "removed": [], "whole": True}]
        changed = [row for row in rows if before.get(row.host_id) != row]
        removed = sorted(before.keys() - self._shown.keys())
        return [{"type": "hosts", "hosts": changed, "removed": removed, "whole": False}] if changed or removed else []

    async def _output(self, session: Any) -> list[dict[str, Any]]:
        self._more = False
        if self._credit <= 0 or self._wanted == set():
            return []
        row = await service.get(session, self._principal, self.job_id)
        ids = await output.whose(session, self._principal, row, self._wanted)
        chunks = await queries.chunks(session, self.job_id, ids, after=self._after, limit=TAKE)
        taken, size = [], 0
        for chunk in chunks:
            if self._credit <= 0:
                break
            self._credit -= len(chunk.data)
            size += len(chunk.data)
            self._after = chunk.seq
            taken.append(output.piece(chunk))
        self._more = len(chunks) == TAKE and self._credit > 0
        return [{"type": "output", "pieces": taken, "bytes": size}] if taken else []
