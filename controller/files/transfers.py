"""All transfers: in memory, written down when their state changes and every few seconds, so that a reload and a restart
find them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from time import monotonic
from typing import Any

import structlog

from controller.audit import service as audit
from controller.audit.service import Actor
from controller.core.clock import Clock, utc_now
from controller.core.db import Database
from controller.core.errors import AppError, Conflict, NotFound
from controller.core.events import Bus
from controller.files import names, problems, queries
from controller.files.permits import Permit
from controller.files.transfer import PAUSABLE, State, Transfer
from controller.hosts import queries as hosts
from controller.hosts.news import HostRemoved
from controller.users.rights import Principal

log = structlog.get_logger()
SAVE_S = 5.0
SWEEP_S = 60.0
KEPT = timedelta(days=7)
ABANDONED = timedelta(hours=24)  # an upload without a byte for so long
ACTIVE_MAX = 200  # of one user
RESUMABLE = frozenset({"upload"})

Work = Callable[[Transfer], Awaitable[None]]


class Transfers:
    """Every user's transfers."""

    def __init__(self, database: Database, bus: Bus, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._all: dict[int, Transfer] = {}
        self._dirty: set[int] = set()
        self._upkeep: asyncio.Task[None] | None = None
        self._closed = False
        self.discard: Callable[[Transfer], Awaitable[None]] = _nothing  # removes what a transfer left on a host
        bus.listen(HostRemoved, self._host_removed)

    async def start(self) -> None:
        """Take up what an earlier run of the controller has left."""
        async with self._database.session() as session:
            found = await queries.load(session)
            ids = {one.host_id for one in found} | {one.to_host_id for one in found if one.to_host_id is not None}
            named = {row.id: row.name for row in await hosts.load(session, ids)}
            for one in found:
                one.host_name = named.get(one.host_id, "")
                one.to_host_name = named.get(one.to_host_id) if one.to_host_id is not None else None
                self._all[one.id] = one
                if not one.ended:
                    one.state = State.WAITING if one.kind in RESUMABLE else State.INTERRUPTED
                    await queries.save(session, one)
        self._upkeep = asyncio.create_task(self._keep_up(), name="file transfers")

    async def close(self) -> None:
        """End everything that runs; what can go on later waits for that."""
        self._closed = True
        tasks = [one.task for one in self._all.values() if one.task is not None]
        if self._upkeep is not None:
            tasks.append(self._upkeep)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._save(list(self._dirty))

    # for the routes

    def of(self, principal: Principal, *, active: bool = False) -> list[Transfer]:
        """One user's, newest first."""
        mine = [one for one in self._all.values() if one.user_id == principal.user_id and not (active and one.ended)]
        return mine[::-1]

    def get(self, principal: Principal, transfer_id: int) -> Transfer:
        """One of the user's. Raises NotFound."""
        found = self._all.get(transfer_id)
        if found is None or found.user_id != principal.user_id:
            raise NotFound("There is no such transfer.")
        return found

    async def add(self, permit: Permit, kind: str, path: bytes, actor: Actor | None = None, **more: Any) -> Transfer:
        """A new one, written down, with its entry in the audit log when there is an actor."""
        if sum(not one.ended for one in self.of(permit.principal)) >= ACTIVE_MAX:
            raise Conflict(f"{ACTIVE_MAX} transfers of yours are not finished. Finish or clear some.", code="too_many")
        now = utc_now(self._clock)
        made = Transfer(0, permit.principal.user_id, permit.host.id, kind, path, now, now, permit.host.name, **more)
        async with self._database.session() as session:
            await queries.add(session, made)
            if actor is not None:
                await record(session, actor, made)
        self._all[made.id] = made
        return made

    def run(self, transfer: Transfer, work: Work) -> None:
        """Do the work in the background; how it ends is the transfer's state."""
        transfer.state = State.RUNNING
        transfer.task = asyncio.create_task(self._run(transfer, work), name=f"transfer {transfer.id}")

    async def settled(self, transfer: Transfer, within_s: float = 2.0) -> Transfer:
        """Wait a moment for a quick end. Raises the error that it ended with."""
        if transfer.task is not None:
            await asyncio.wait({transfer.task}, timeout=within_s)
        if transfer.failure is not None:
            raise transfer.failure
        return transfer

    async def turn(self, transfer: Transfer, state: State) -> None:
        """Another state, written down at once."""
        transfer.state = state
        transfer.current = None if state != State.RUNNING else transfer.current
        transfer.tell()
        await self._save([transfer.id])

    def changed(self, transfer: Transfer) -> None:
        """Written down within seconds."""
        self._dirty.add(transfer.id)

    async def pause(self, transfer: Transfer) -> None:
        """Raises Conflict for what cannot wait."""
        if transfer.kind not in PAUSABLE or transfer.ended:
            raise Conflict("This transfer cannot be paused.", code="not_pausable")
        await self.turn(transfer, State.PAUSED)

    async def resume(self, transfer: Transfer) -> None:
        """Raises Conflict for what is not paused."""
        if transfer.state != State.PAUSED:
            raise Conflict("This transfer is not paused.", code="not_paused")
        running = transfer.kind == "relay" or transfer.options.get("streaming", False)
        await self.turn(transfer, State.RUNNING if running else State.WAITING)

    async def cancel(self, transfer: Transfer) -> None:
        """End it; what is half done is removed from the host. Harmless for one that has ended."""
        if transfer.ended:
            return
        await self.turn(transfer, State.CANCELLED)
        if transfer.task is not None:
            transfer.task.cancel()
            await asyncio.wait({transfer.task}, timeout=5.0)
        await self.discard(transfer)

    async def remove(self, transfers: list[Transfer]) -> None:
        """Out of the list."""
        for one in transfers:
            await self.cancel(one)
            self._all.pop(one.id, None)
            self._dirty.discard(one.id)
        async with self._database.session() as session:
            await queries.remove(session, [one.id for one in transfers])

    # how

    async def _run(self, transfer: Transfer, work: Work) -> None:
        try:
            with problems.told(transfer.current or transfer.path):
                await work(transfer)
            transfer.state = State.DONE
        except AppError as error:
            transfer.failure = error if transfer.state != State.CANCELLED else None
            if transfer.state != State.CANCELLED:
                fail(transfer, error)
        except asyncio.CancelledError:
            if transfer.state != State.CANCELLED:
                transfer.state = State.INTERRUPTED
        except Exception as error:  # the edge of the background work: it must not vanish without a word
            log.exception("files.transfer_failed", transfer_id=transfer.id)
            fail(transfer, problems.HostFailed(f"It failed for an unexpected reason ({type(error).__name__})."))
        finally:
            transfer.task = None
            transfer.current = None
            transfer.tell()
            self._dirty.add(transfer.id)
        if not self._closed:
            await self._save([transfer.id])

    async def _save(self, ids: list[int]) -> None:
        now = utc_now(self._clock)
        async with self._database.session() as session:
            for number in ids:
                if (one := self._all.get(number)) is not None:
                    one.updated_at = now
                    await queries.save(session, one)
        self._dirty.difference_update(ids)

    async def _keep_up(self) -> None:
        swept = 0.0
        while True:
            await asyncio.sleep(SAVE_S)
            try:
                if self._dirty:
                    await self._save(list(self._dirty))
                if monotonic() - swept > SWEEP_S:
                    swept = monotonic()
                    await self._sweep()
            except Exception:  # the edge of the loop: a database that is away comes back
                log.warning("files.upkeep_failed", exc_info=True)

    async def _sweep(self) -> None:
        now = utc_now(self._clock)
        for one in [each for each in self._all.values() if each.state in {State.WAITING, State.PAUSED}]:
            if now - one.updated_at > ABANDONED:
                await self.cancel(one)
        async with self._database.session() as session:
            gone = await queries.old(session, now - KEPT)
            await queries.remove(session, gone)
        for number in gone:
            self._all.pop(number, None)

    def _host_removed(self, news: HostRemoved) -> None:
        for one in [each for each in self._all.values() if news.host_id in {each.host_id, each.to_host_id}]:
            one.state = State.CANCELLED if not one.ended else one.state
            one.tell()
            if one.task is not None:
                one.task.cancel()
            del self._all[one.id]
            self._dirty.discard(one.id)


def fail(transfer: Transfer, error: AppError) -> None:
    """How it ended."""
    transfer.state, transfer.code, transfer.error = State.FAILED, error.code, error.detail


async def record(session: Any, actor: Actor, transfer: Transfer) -> None:
    """The audit entry of a transfer."""
    detail: dict[str, Any] = {"transfer": transfer.id, "as_root": transfer.as_root}
    if transfer.paths:
        detail["paths"] = [names.shown(path) for path in transfer.paths[:20]]
        detail["count"] = len(transfer.paths)
    if transfer.to_path is not None:
        detail["to"] = names.shown(transfer.to_path)
    if transfer.to_host_name is not None:
        detail["to_host"] = transfer.to_host_name
    detail["path"] = names.shown(transfer.path)
    detail |= {name: transfer.options[name] for name in ("trash", "overwrite", "format") if name in transfer.options}
    name = transfer.host_name
    await audit.record(
        session, actor, f"file.{transfer.kind}", kind="host", object_id=transfer.host_id, name=name, detail=detail
    )


async def _nothing(_: Transfer) -> None:
    return
