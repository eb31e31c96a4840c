"""One recording while its session runs: takes events without waiting, writes them a bunch at a time from a thread."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from concurrent.futures import Executor
from dataclasses import dataclass

import structlog

from controller.core.clock import Clock
from controller.recordings.sealed import EVENT, Kind, Writer, pack

log = structlog.get_logger()
PACE_S = 0.5  # what a killed controller loses at the most
BUNCH_BYTES = 256 * 1024
WAITING_BYTES = 8 << 20  # for a disk that is slow; beyond it there is a gap, and a note of its size


@dataclass(frozen=True, slots=True)
class Terms:
    """What is recorded, and how much of it."""

    with_input: bool
    limit_bytes: int


class LiveRecorder:
    """See `terminal.recorders.Recorder`. `ended` is called once everything is written, or nothing more can be."""

    def __init__(
        self,
        identity: int,
        writer: Writer,
        terms: Terms,
        *,
        clock: Clock,
        threads: Executor,
        ended: Callable[[LiveRecorder, str], Awaitable[None]],
    ) -> None:
        self._id = identity
        self._writer = writer
        self._terms = terms
        self._clock = clock
        self._threads = threads
        self._ended = ended
        self._begun = clock.monotonic()
        self.on_failure: Callable[[str], None] = lambda _: None
        self._events = 0
        self._waiting = bytearray()
        self._gap = 0
        self._reason: str | None = None
        self._wake = asyncio.Event()
        self._written = asyncio.Event()
        self._writing = False
        self._closed = False  # nothing more is written
        self.output_bytes = 0
        self.kept_bytes = 0
        self.gap_bytes = 0
        self.truncated = False
        self.failure = ""
        self.task = asyncio.create_task(self._run(), name=f"recording {identity}")

    @property
    def id(self) -> int:
        """The recording's id."""
        return self._id

    @property
    def size_bytes(self) -> int:
        """Of the file as it is now."""
        return self._writer.size_bytes

    def output(self, data: bytes) -> None:
        """What was shown."""
        self.output_bytes += len(data)
        self._keep(Kind.OUTPUT, data)

    def input(self, data: bytes) -> None:
        """What was typed."""
        if self._terms.with_input:
            self._keep(Kind.INPUT, data)

    def resize(self, columns: int, rows: int) -> None:
        """Another size."""
        self._keep(Kind.RESIZE, f"{columns}x{rows}".encode())

    def close(self, reason: str) -> None:
        """The session has ended."""
        if self._reason is None:
            self._reason = reason
            self._wake.set()

    async def flush(self) -> None:
        """Wait until what was taken so far is in the file, for whoever replays a session that runs."""
        for _ in range(2 if self._writing else 1):  # the bunch that is under way was taken before
            if self._closed:
                return
            self._written.clear()
            self._wake.set()
            await self._written.wait()

    def _keep(self, kind: Kind, data: bytes) -> None:
        limit = self._terms.limit_bytes
        room = limit - self.kept_bytes if self._events * EVENT.size < limit else 0  # many small ones take room as well
        if self.truncated or not data:
            return
        if room > 0:
            self._events += 1
            self.kept_bytes += min(room, len(data))
            self._put(kind, data[:room])
        if len(data) > room:
            self.truncated = True
            self._put(Kind.NOTE, b"The recording has reached its size limit; what follows was not recorded.")

    def _put(self, kind: Kind, data: bytes) -> None:
        if self._reason is not None or self.failure:
            return
        if len(self._waiting) + len(data) > WAITING_BYTES:
            self._gap += len(data)
            self.gap_bytes += len(data)
            return
        self._waiting += pack(kind, self._now_us(), data)
        if len(self._waiting) >= BUNCH_BYTES:
            self._wake.set()

    def _now_us(self) -> int:
        return max(0, int((self._clock.monotonic() - self._begun) * 1_000_000))

    async def _run(self) -> None:
        try:
            while not await self._write():
                try:
                    async with asyncio.timeout(PACE_S):
                        await self._wake.wait()
                except TimeoutError:
                    pass
        except OSError as error:
            self._fail(error)
        self._closed = True
        self._written.set()
        while self._reason is None:
            self._wake.clear()
            await self._wake.wait()
        await self._ended(self, self._reason)

    def _fail(self, error: OSError) -> None:
        why = error.strerror or str(error)
        self.failure = f"it could not be written any more: {why}"
        log.error("recording.failed", recording_id=self._id, error=str(error))
        self._waiting.clear()
        self._writer.close()
        self.on_failure(
            f"This session has to be recorded and cannot be any more ({why}), so it was ended. Make room on Moorline's "
            "disk, then open it again."
        )

    async def _write(self) -> bool:
        """One bunch to the file; was it the last?"""
        self._wake.clear()
        last = self._reason is not None
        bunch, self._waiting = self._waiting, bytearray()
        if self._gap:
            note = f"{self._gap} bytes are missing here: the disk was too slow to record them."
            bunch += pack(Kind.NOTE, self._now_us(), note.encode())
            self._gap = 0
        if bunch or last:
            loop, self._writing = asyncio.get_running_loop(), True
            await loop.run_in_executor(self._threads, lambda: self._writer.append(bytes(bunch), last=last))
            self._writing = False
        self._written.set()
        return last
