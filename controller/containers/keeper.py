"""All hosts' engines: found when a line comes up, followed while it is, forgotten with the host."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any

import structlog

from collectors import engines as probe
from collectors import script
from collectors.spec import ParseError
from controller.containers.board import ContainerBoard, Entry
from controller.containers.engine import Engine
from controller.containers.errors import EngineAway, NoEngine
from controller.containers.sampler import Bench, Fare, Sampler, Writer
from controller.containers.watcher import Ground, Names, Watcher
from controller.containers.ways import Candidate, candidates
from controller.core.clock import Clock
from controller.ssh.errors import LineError
from controller.ssh.fleet import POSIX_SHELL, Fleet
from controller.ssh.target import LineState, LineStatus

log = structlog.get_logger()

AGAIN_S = 300.0  # between two looks for engines
TROUBLED_S = 120.0  # where one is there that cannot be used; twice as long each time it is still so
SETTLE_S = 10.0
PROBES_AT_ONCE = 12


@dataclass(slots=True)
class Place:
    """One host whose line is up."""

    watchers: dict[str, Watcher] = field(default_factory=dict)
    sampler: Sampler | None = None
    loop: asyncio.Task[None] | None = None
    wake: asyncio.Event = field(default_factory=asyncio.Event)
    looked: asyncio.Event = field(default_factory=asyncio.Event)


class Keeper:
    """Runs a watcher for each engine and a sampler for each host that has one."""

    def __init__(
        self,
        fleet: Fleet,
        board: ContainerBoard,
        names: Names,
        writer: Writer,
        clock: Clock,
        *,
        tick_s: float,
        fares: Callable[[int, Fare], None],
    ) -> None:
        """`fares` is told how each host's figures fare."""
        self._ground = Ground(fleet, board, names, clock)
        self._bench = Bench(fleet, board, writer, clock, tick_s, self._ask, fares)
        self._board = board
        self._clock = clock
        self._places: dict[int, Place] = {}
        self._watchers_of: dict[int, int] = {}
        self._gate = asyncio.Semaphore(PROBES_AT_ONCE)
        self._tasks: set[asyncio.Task[None]] = set()

    # what the composition root tells

    def line_changed(self, host_id: int, line: LineStatus) -> None:
        """The pool's word on a line."""
        if line.state is LineState.UP and not self._ground.fleet.monitoring_only(host_id):
            if host_id not in self._places:
                place = self._places[host_id] = Place()
                place.loop = asyncio.create_task(self._mind(host_id, place), name=f"engines of {host_id}")
        else:
            self._leave(host_id)

    def forget(self, host_id: int) -> None:
        """The host is gone, or disabled."""
        self._leave(host_id, tell=False)
        self._board.drop(host_id)

    def changed(self, host_id: int) -> None:
        """The board's word: a host's containers changed."""
        place = self._places.get(host_id)
        if place is not None and place.sampler is not None:
            place.sampler.changed()

    def watch(self, host_id: int, on: bool) -> None:
        """One more looks at the host's containers, or one fewer."""
        count = self._watchers_of.get(host_id, 0) + (1 if on else -1)
        self._watchers_of[host_id] = count
        if count <= 0:
            del self._watchers_of[host_id]
        place = self._places.get(host_id)
        if place is not None and place.sampler is not None:
            place.sampler.watch(count > 0)

    async def close(self) -> None:
        """Follow nothing any more."""
        for host_id in list(self._places):
            self._leave(host_id)
        await asyncio.gather(*self._tasks, return_exceptions=True)

    # what others ask

    def engine(self, host_id: int, key: str) -> Engine:
        """An engine that answers. Raises NoEngine, EngineAway with the reason."""
        status = self._board.host(host_id).engines.get(key)
        if status is None:
            raise NoEngine("This host has no such engine.")
        watcher = self._watcher(host_id, key)
        if watcher is None or watcher.engine is None:
            error = f"{status.name} on this host cannot be asked: {status.reason or 'it is being connected to.'}"
            raise EngineAway(f"{error} {status.hint}".strip())
        return watcher.engine

    async def look(self, host_id: int, key: str, identity: str) -> None:
        """Look at a container now."""
        watcher = self._watcher(host_id, key)
        if watcher is not None:
            with contextlib.suppress(EngineAway):
                await watcher.look(identity)

    async def refresh(self, host_id: int) -> None:
        """Look for engines anew and at all of their containers; waits until it is known how they are, not for long."""
        place = self._places.get(host_id)
        if place is None:
            return
        place.looked.clear()
        place.wake.set()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(SETTLE_S):
                await place.looked.wait()
                for watcher in list(place.watchers.values()):
                    watcher.nudge()
                    await watcher.settled()

    def _watcher(self, host_id: int, key: str) -> Watcher | None:
        place = self._places.get(host_id)
        return place.watchers.get(key) if place is not None else None

    async def _ask(self, entry: Entry) -> dict[str, Any]:
        return await self.engine(entry.host_id, entry.engine).figures(entry.container.id)

    # one host

    async def _mind(self, host_id: int, place: Place) -> None:
        """Look for engines now and again, and have each followed."""
        pause_s = TROUBLED_S
        known: list[Candidate] | None = []
        while True:
            found: list[Candidate] | None = None
            try:
                async with self._gate:
                    found = candidates(await self._probe(host_id))
            except (LineError, ParseError) as error:
                log.debug("containers.probe_failed", host_id=host_id, error=str(error))
            except Exception:  # the edge of one host's loop: it must not end the others'
                log.exception("containers.probe_failed", host_id=host_id)
            if found is not None:
                await self._settle(host_id, place, found)
            place.looked.set()
            troubled = found is None or any(candidate.trouble for candidate in found)
            pause_s = min(2 * pause_s, AGAIN_S) if found == known else TROUBLED_S if troubled else AGAIN_S
            known = found
            self._board.again(host_id, self._clock.now() + pause_s)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(pause_s):
                    await place.wake.wait()
                    known = []  # somebody mends it, it seems
            place.wake.clear()

    async def _settle(self, host_id: int, place: Place, found: list[Candidate]) -> None:
        """Follow what is there, and no longer what is not."""
        wanted = {candidate.key: candidate for candidate in found}
        for key, watcher in list(place.watchers.items()):
            now = wanted.get(key)
            followed = watcher.engine is not None and now is None  # its socket was removed under it
            waits = now is not None and now.trouble == "stopped" and not watcher.candidate.trouble  # it asks by itself
            if watcher.candidate != now and not followed and not waits:
                del place.watchers[key]
                await watcher.close()
        shelf = self._board.host(host_id)
        for key in [key for key in shelf.engines if key not in wanted and key not in place.watchers]:
            self._board.forget_engine(host_id, key)
        for key, candidate in wanted.items():
            if key not in place.watchers:
                place.watchers[key] = Watcher(self._ground, host_id, candidate)
        if place.watchers and place.sampler is None:
            place.sampler = Sampler(self._bench, host_id)
            place.sampler.watch(self._watchers_of.get(host_id, 0) > 0)
        self._board.probed(host_id, self._clock.now())

    async def _probe(self, host_id: int) -> probe.Engines:
        marker = secrets.token_hex(8)
        result = await self._ground.fleet.exec(
            host_id, POSIX_SHELL, stdin=script.written(probe.SCRIPT, marker), timeout_s=probe.TIMEOUT_S
        )
        said = script.answer(result.stdout, marker)
        if said is None:
            raise ParseError("the login shell did not let /bin/sh run")
        return probe.parse(said)

    def _leave(self, host_id: int, *, tell: bool = True) -> None:
        """The line is gone: what is known stays on the board, as something that was."""
        place = self._places.pop(host_id, None)
        if place is None:
            return
        if place.loop is not None:
            place.loop.cancel()
        if place.sampler is not None:
            place.sampler.stop()
        for watcher in place.watchers.values():
            watcher.stop()
        self._spawn(self._close(place, tell=tell))

    @staticmethod
    async def _close(place: Place, *, tell: bool) -> None:
        if place.loop is not None:
            await asyncio.gather(place.loop, return_exceptions=True)
        if place.sampler is not None:
            await place.sampler.close()
        for watcher in place.watchers.values():
            await watcher.close(tell=tell)

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
