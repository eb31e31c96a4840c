"""The figures of one host's containers: a reader of their own beside the host's, asked in small portions.

Neither many containers nor a slow engine hold up the host's frames: this has a channel, a pace and time-outs of its
own. Every tick is stored; while somebody looks there is a reading each second, which feeds the board alone and has a
baseline of its own.
"""

from __future__ import annotations

import asyncio
import contextlib
import secrets
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from time import perf_counter
from typing import Any, Protocol

import structlog

from collectors import containers, reader
from collectors.reader import ReaderError, Splitter
from collectors.spec import Cadence, File, NotApplicable, ParseError, Reading
from controller.containers.board import ContainerBoard, Entry
from controller.containers.pipe import Pipe
from controller.core.clock import Clock
from controller.core.errors import AppError
from controller.metrics.rates import Baseline, Values
from controller.metrics.series import Layout
from controller.ssh.errors import LineError
from controller.ssh.fleet import Fleet, Stream

log = structlog.get_logger()

PORTION = 16  # containers asked for by one request
ANSWER_S = 5.0
OPEN_S = 20.0
RETRY_S = 10.0
LIVE_S = 1.0
STATS_AT_ONCE = 4
MOUNTINFO, UPTIME = "/proc/self/mountinfo", "/proc/uptime"


class Writer(Protocol):
    """Where stored frames go; it never waits."""

    def put(self, host_id: int, entity_id: int, at: float, layout: Layout, values: Values) -> None:
        """Take one frame; `at` in epoch seconds."""
        ...


Ask = Callable[[Entry], Awaitable[dict[str, Any]]]  # an engine's own statistics of a container


@dataclass(slots=True)
class Fare:
    """How reading the figures of one host's containers fares. Times in epoch seconds."""

    applicable: bool = False
    ok: bool = True
    duration_s: float = 0.0
    last_success_at: float | None = None
    last_error: str = ""
    last_error_at: float | None = None


@dataclass(frozen=True, slots=True)
class Bench:
    """What every sampler stands on."""

    fleet: Fleet
    board: ContainerBoard
    writer: Writer
    clock: Clock
    tick_s: float
    ask: Ask
    fares: Callable[[int, Fare], None]  # told once of each host's, which is written to from then on


@dataclass(slots=True)
class Track:
    """One running container between two readings. `files` None: its groups are not to be seen, the engine is asked."""

    pid: int
    files: Mapping[str, File] | None
    stored: Baseline
    live: Baseline | None = None


class Sampler:
    """One host's, from the moment it is made to `close`."""

    def __init__(self, bench: Bench, host_id: int) -> None:
        self._bench = bench
        self._host_id = host_id
        self._tracks: dict[str, Track] = {}
        self._mounted: containers.Mounts | None = None
        self._pipe: Pipe | None = None
        self._splitter: Splitter | None = None
        self._marker = ""
        self._number = 0
        self._wake = asyncio.Event()
        self._watched = False
        self._stored_at = 0.0
        self._fare = Fare()
        bench.fares(host_id, self._fare)
        self._task = asyncio.create_task(self._run(), name=f"figures of containers of {host_id}")

    def watch(self, on: bool) -> None:
        """Somebody looks, or nobody any more."""
        self._watched = on
        self._wake.set()

    def changed(self) -> None:
        """The host's containers are not the same as before."""
        if not self._tracks:
            self._wake.set()

    def stop(self) -> None:
        """Read no more; `close` waits for the end."""
        self._task.cancel()

    async def close(self) -> None:
        """Read no more."""
        self.stop()
        await asyncio.gather(self._task, return_exceptions=True)

    # the loop

    async def _run(self) -> None:
        try:
            while True:
                running = self._running()
                self._fare.applicable = bool(running)
                if not running:
                    self._hang_up()
                    await self._rest(3600.0)
                    continue
                at, stored = await self._due()
                try:
                    began = perf_counter()
                    await self._read(at, stored=stored)
                    self._fare.ok, self._fare.duration_s = True, perf_counter() - began
                    self._fare.last_success_at = at
                except (LineError, ReaderError, TimeoutError) as error:
                    log.debug("containers.reader_failed", host_id=self._host_id, error=str(error))
                    self._fare.ok, self._fare.last_error_at = False, at
                    self._fare.last_error = str(error) or "The host did not answer in time."
                    self._hang_up()
                    await self._rest(RETRY_S)
                except Exception:  # the edge of one host's loop: it must not end the others'
                    log.exception("containers.figures_failed", host_id=self._host_id)
                    self._hang_up()
                    await self._rest(RETRY_S)
        finally:
            self._hang_up()

    def _running(self) -> list[Entry]:
        return [entry for entry in self._bench.board.host(self._host_id).entries.values() if entry.container.running]

    async def _due(self) -> tuple[float, bool]:
        """Wait for the next tick: its time on the host's grid, and whether it is one that is stored."""
        tick_s = self._bench.tick_s
        phase = self._host_id * 0.618 % 1.0 * tick_s
        while True:
            now = self._bench.clock.now()
            slot = (now - phase) // tick_s * tick_s + phase
            if slot > self._stored_at:
                self._stored_at = slot
                return slot, True
            wait_s = slot + tick_s - now
            if not self._watched:
                await self._rest(wait_s)
                continue
            await asyncio.sleep(min(LIVE_S - now % LIVE_S, wait_s))
            if self._bench.clock.now() < slot + tick_s:
                return self._bench.clock.now() // LIVE_S * LIVE_S, False

    async def _rest(self, seconds: float) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._wake.wait()
        self._wake.clear()

    # one reading

    async def _read(self, at: float, *, stored: bool) -> None:
        running = {entry.container.id: entry for entry in self._running()}
        self._tracks = {i: t for i, t in self._tracks.items() if i in running and t.pid == running[i].container.pid}
        await self._locate([entry for identity, entry in running.items() if identity not in self._tracks])
        seen = [entry for entry in running.values() if self._tracks[entry.container.id].files is not None]
        for start in range(0, len(seen), PORTION):
            await self._measure(seen[start : start + PORTION], at, stored=stored)
        unseen = [entry for entry in running.values() if self._tracks[entry.container.id].files is None]
        if unseen and stored:
            await self._ask_engine(unseen, at)

    async def _locate(self, entries: Sequence[Entry]) -> None:
        """Find the control groups of containers that have started."""
        if self._mounted is None and entries:
            found = await self._answer([File(MOUNTINFO)])
            self._mounted = containers.mounts(found.get(MOUNTINFO) or b"")
        for start in range(0, len(entries), PORTION):
            some = entries[start : start + PORTION]
            paths = {entry.container.id: f"/proc/{entry.container.pid}/cgroup" for entry in some}
            found = await self._answer([File(path) for path in dict.fromkeys(paths.values())])
            for entry in some:
                files = self._files(entry, found.get(paths[entry.container.id]))
                self._tracks[entry.container.id] = Track(entry.container.pid, files, self._baseline(live=False))

    def _files(self, entry: Entry, cgroup: bytes | None) -> Mapping[str, File] | None:
        """Its files, if that process is in groups that bear the container's name: process ids are used again."""
        group = containers.groups(cgroup or b"")
        container = entry.container
        mine = {controller: path for controller, path in group.items() if container.id in path}
        if self._mounted is None or not mine:
            return None
        own = container.network_mode != "host"
        return containers.files(container.pid, self._mounted, mine, own_network=own) or None

    async def _measure(self, entries: Sequence[Entry], at: float, *, stored: bool) -> None:
        asked = {UPTIME: File(UPTIME), containers.MEMINFO: File(containers.MEMINFO, "^MemTotal:")}
        for entry in entries:
            asked |= {file.path: file for file in (self._tracks[entry.container.id].files or {}).values()}
        found = await self._answer(list(asked.values()))
        uptime_s = _uptime(found.get(UPTIME))
        for entry in entries:
            files = self._tracks[entry.container.id].files or {}
            contents = {name: found.get(file.path) for name, file in files.items()}
            contents[containers.MEMINFO] = found.get(containers.MEMINFO)
            try:
                reading = containers.parse(contents)
            except (NotApplicable, ParseError):  # it has ended; the engine's word on it follows
                continue
            self._take(entry, reading, uptime_s, at, stored=stored)

    async def _ask_engine(self, entries: Sequence[Entry], at: float) -> None:
        """Where control groups cannot be read, the engine itself is asked, some at a time and none for long.

        Those that have waited longest come first: a slow engine may not get through all of them in a tick.
        """
        gate = asyncio.Semaphore(STATS_AT_ONCE)

        async def one(entry: Entry) -> None:
            async with gate:
                with contextlib.suppress(AppError, ParseError):
                    reading = containers.of_engine(await self._bench.ask(entry))
                    self._take(entry, reading, None, at, stored=True)

        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._bench.tick_s * 0.8):
                waited = sorted(entries, key=lambda entry: entry.figures[0] if entry.figures else 0.0)
                await asyncio.gather(*(one(entry) for entry in waited))

    def _take(self, entry: Entry, reading: Reading, uptime_s: float | None, at: float, *, stored: bool) -> None:
        """Make values of it, for the store and for who looks."""
        track = self._tracks.get(entry.container.id)
        if track is None:
            return
        life = f"{entry.container.id} {entry.container.pid} {entry.container.started_at}"  # a start anew counts anew
        shown: Values | None = None
        if stored:
            shown = track.stored.advance(reading, life, uptime_s, at)
            if entry.entity_id is not None:
                self._bench.writer.put(self._host_id, entry.entity_id, at, track.stored.layout, shown)
        if self._watched:
            track.live = track.live or self._baseline(live=True)
            live = track.live.advance(reading, life, uptime_s, at)
            shown = live if shown is None or live[0] is not None else shown
        else:
            track.live = None
        if shown is not None:
            self._bench.board.measured(self._host_id, entry.container.id, (at, tuple(shown)))

    @staticmethod
    def _baseline(*, live: bool) -> Baseline:
        return Baseline((containers.TABLE,), Cadence.ENTITY, live=live)

    # the reader

    async def _answer(self, files: Sequence[File]) -> dict[str, bytes | None]:
        """What the host answers. Raises LineError, ReaderError, TimeoutError."""
        pipe, splitter = await self._reader()
        self._number += 1
        pipe.write(reader.request(self._number, self._marker, tuple(files)))
        async with asyncio.timeout(ANSWER_S):
            while True:
                data = await pipe.read()
                if not data:
                    raise ReaderError(f"the reader ended: {pipe.words[:200]}")
                for answer in splitter.feed(data):
                    if answer.number == self._number:
                        return answer.contents

    async def _reader(self) -> tuple[Pipe, Splitter]:
        if self._pipe is not None and self._splitter is not None and not self._pipe.ended:
            return self._pipe, self._splitter

        async def reach(pipe: Pipe) -> Stream:
            return await self._bench.fleet.stream(self._host_id, reader.command(), pipe)

        self._marker = secrets.token_hex(8)
        self._splitter = Splitter(self._marker)
        async with asyncio.timeout(OPEN_S):
            self._pipe = await Pipe.open(reach)
        return self._pipe, self._splitter

    def _hang_up(self) -> None:
        if self._pipe is not None:
            self._pipe.close()
        self._pipe = self._splitter = None
        self._tracks.clear()


def _uptime(content: bytes | None) -> float | None:
    words = (content or b"").split()
    try:
        return float(words[0]) if words else None
    except ValueError:
        return None
