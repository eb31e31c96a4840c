"""Follows one engine: its events as they come, each container that they name looked at again.

The stream of events is opened before the first look, so that nothing falls between. Once a minute everything is
compared, in case an event was lost. An engine that hangs is asked on; figures of its containers do not need it.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Collection
from dataclasses import dataclass
from typing import Protocol

import structlog

from controller.containers import ways
from controller.containers.board import ContainerBoard, EngineStatus
from controller.containers.engine import Engine
from controller.containers.errors import EngineAway, EngineDenied, EngineSilent
from controller.containers.reading import ID, Container, container
from controller.containers.ways import Candidate
from controller.core.clock import Clock
from controller.core.errors import AppError
from controller.ssh.fleet import Fleet

log = structlog.get_logger()

BEAT_S = 10.0  # between two signs of life
FROZEN_BEAT_S = 3.0
COMPARE_S = 60.0
RETRY_S = (1.0, 1.0, 2.0, 3.0, 5.0)
SETTLED_WAY = 30  # so many failures in a row, and other ways are tried again
EMPTY_S = 60.0  # an engine by command line that has no container is looked at this rarely: its events cost a process
MOST = 2000  # containers of one engine


class Names(Protocol):
    """Gives containers the numbers that their history is kept under."""

    async def ensure(self, host_id: int, engine: str, names: Collection[str]) -> dict[str, int]:
        """Numbers by name; without those that cannot be had now."""
        ...


@dataclass(frozen=True, slots=True)
class Ground:
    """What every watcher stands on."""

    fleet: Fleet
    board: ContainerBoard
    names: Names
    clock: Clock


class Watcher:
    """One engine of one host, from `start` to `close`."""

    def __init__(self, ground: Ground, host_id: int, candidate: Candidate) -> None:
        self.candidate = candidate
        self.engine: Engine | None = None
        self._ground = ground
        self._host_id = host_id
        self._transport: str | None = None
        self._way: str | None = None  # that worked the last time
        self._version: str | None = None
        self._known: dict[str, str] = {}  # id → the word of `states` it was last looked at with
        self._dirty: set[str] = set()
        self._wake = asyncio.Event()
        self._settled = asyncio.Event()
        self._task = asyncio.create_task(self._run(), name=f"engine {candidate.key} of {host_id}")

    async def close(self, *, tell: bool = True) -> None:
        """Follow it no more; what is known stays on the board, as something that was if so told."""
        self.stop()
        await asyncio.gather(self._task, return_exceptions=True)
        if tell:
            self._tell("stopped", "The line to the host is down.")

    def stop(self) -> None:
        """Write nothing more onto the board; `close` waits for the end."""
        self._task.cancel()

    async def settled(self) -> None:
        """Wait until it is known how the engine is."""
        await self._settled.wait()

    def nudge(self) -> None:
        """Look again now."""
        self._known.clear()
        self._wake.set()

    async def look(self, identity: str) -> None:
        """Look at one container now: something was done to it."""
        if self.engine is not None:
            await self._look(self.engine, {identity})

    # the loop

    async def _run(self) -> None:
        failures = 0
        while True:
            try:
                await self._follow()
            except EngineSilent as error:
                self._tell("frozen", error.detail, self._mend("restart"))
            except EngineDenied as error:
                self._tell("denied", error.detail, self.candidate.hint)
            except EngineAway as error:
                self._tell("stopped", error.detail, self._mend("start"))
            except AppError as error:
                self._tell("failed", error.detail)
            except Exception:  # the edge of one engine's loop: it must not end the others'
                log.exception("engine.watch_failed", host_id=self._host_id, engine=self.candidate.key)
                self._tell("failed", "Moorline could not read what the engine said; its log has the details.")
            failures = 0 if self._transport is not None else failures + 1
            self._way = self._transport or (self._way if failures < SETTLED_WAY else None)
            self._transport = None
            self._settled.set()
            await self._rest(RETRY_S[min(failures, len(RETRY_S) - 1)])

    def _mend(self, verb: str) -> str:
        if self.candidate.uid or self.candidate.kind == "podman":
            return f"systemctl --user {verb} {self.candidate.kind}" if self.candidate.uid else ""
        return f"sudo systemctl {verb} docker"

    async def _follow(self) -> None:
        """Connect and follow until something breaks, which is raised."""
        if self.candidate.trouble:
            await self._wait_in_trouble()
        self._transport, engine, self._version = await ways.connect(
            self._ground.fleet, self._host_id, self.candidate, self._way
        )
        self.engine = engine
        self._known.clear()
        try:
            if self._transport == ways.CLI:
                while not await self._compare(engine):
                    self._tell("up")
                    self._settled.set()
                    await self._rest(EMPTY_S)
            await self._both(engine)
        finally:
            self.engine = None
            engine.close()

    async def _wait_in_trouble(self) -> None:
        """What keeps it from being asked was seen already; the next look at the host may show otherwise."""
        self._tell(self.candidate.trouble, self.candidate.reason, self.candidate.hint, waits=True)
        self._settled.set()
        await asyncio.Event().wait()

    async def _both(self, engine: Engine) -> None:
        opened = asyncio.Event()
        events = asyncio.create_task(self._hear(engine, opened))
        tending = asyncio.create_task(self._tend(engine, opened))
        try:
            await asyncio.wait({events, tending}, return_when=asyncio.FIRST_COMPLETED)
            for task in (events, tending):
                if task.done():
                    task.result()
        finally:
            for task in (events, tending):
                task.cancel()
            await asyncio.gather(events, tending, return_exceptions=True)

    async def _hear(self, engine: Engine, opened: asyncio.Event) -> None:
        def listen(identity: str, _deed: str) -> None:
            self._dirty.add(identity)
            self._wake.set()

        await engine.events(listen, opened.set)
        raise EngineAway("The engine ended its stream of events: it is being stopped.")

    async def _tend(self, engine: Engine, opened: asyncio.Event) -> None:
        await opened.wait()
        compared_at = beaten_at = float("-inf")
        pace = BEAT_S
        while True:
            now = self._ground.clock.monotonic()
            try:
                if now - compared_at >= COMPARE_S or not self._known:
                    await self._compare(engine)
                    compared_at = beaten_at = now
                elif now - beaten_at >= pace:
                    await engine.version()
                    beaten_at = now
                dirty, self._dirty = self._dirty, set()
                if dirty:
                    await self._look(engine, dirty)
                if pace != BEAT_S:
                    compared_at = float("-inf")
                pace = BEAT_S
                self._tell("up")
            except EngineSilent as error:
                pace = FROZEN_BEAT_S
                beaten_at = now
                self._tell("frozen", error.detail, self._mend("restart"))
            self._settled.set()
            if not self._dirty:
                await self._rest(pace)

    async def _rest(self, seconds: float) -> None:
        """Wait, unless something happens."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._wake.wait()
        self._wake.clear()

    # looking

    async def _compare(self, engine: Engine) -> int:
        """Look at what is new or changed, forget what is gone; how many there are."""
        states = {identity: word for identity, word in (await engine.states()).items() if ID.match(identity)}
        states = dict(list(states.items())[:MOST])
        shelf = self._ground.board.host(self._host_id)
        for identity in [i for i, entry in shelf.entries.items() if entry.engine == self.candidate.key]:
            if identity not in states:
                self._ground.board.remove(self._host_id, identity)
        await self._look(
            engine, {i for i, word in states.items() if self._known.get(i) != word or i not in shelf.entries}
        )
        self._known = states
        return len(states)

    async def _look(self, engine: Engine, ids: Collection[str]) -> None:
        """Inspect these and put them on the board; those that are gone, off it."""
        wanted = [identity for identity in ids if ID.match(identity)]
        if not wanted:
            return
        found: list[Container] = []
        for said in await engine.inspect(wanted):
            with contextlib.suppress(EngineAway):
                found.append(container(said))
        numbers = await self._ground.names.ensure(self._host_id, self.candidate.key, [one.name for one in found])
        if found:
            self._tell("up")  # it answered; no reader sees containers of an engine that is not there yet
        for one in found:
            self._ground.board.put(self._host_id, self.candidate.key, one, numbers.get(one.name))
        for identity in set(wanted) - {one.id for one in found}:
            self._ground.board.remove(self._host_id, identity)
            self._known.pop(identity, None)

    def _tell(self, state: str, reason: str = "", hint: str = "", *, waits: bool = False) -> None:
        candidate = self.candidate
        status = EngineStatus(
            key=candidate.key,
            kind=candidate.kind,
            uid=candidate.uid,
            name=candidate.name,
            state=state,
            since=self._ground.clock.now(),
            reason=reason,
            hint=hint,
            transport=self._transport if state in {"up", "frozen"} else None,
            version=self._version,
            socket=candidate.socket,
            waits=waits,
        )
        self._ground.board.engine(self._host_id, status)
