"""The stream to one host: one request line a tick, one answer, at most one on its way.

A host that is slow gets no second request while the first is unanswered: a stored tick that falls into that time is
made up for at once when the answer comes, a tick for a viewer is dropped.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable
from typing import Protocol

import structlog

from collectors import reader, restricted
from collectors.reader import Answer, ReaderError, Splitter
from collectors.spec import File
from controller.ssh.errors import LineError
from controller.ssh.fleet import Fleet, Stream

log = structlog.get_logger()

OPEN_TIMEOUT_S = 20.0  # a login shell whose rc files take seconds is let finish
STALL_S = 15.0  # an answer this late means that the reader hangs: start another
BACK_OFF_S = (1.0, 2.0, 5.0, 10.0, 30.0)
STDERR_BYTES = 400


class Sink(Protocol):
    """Where a session's answers go."""

    def answered(self, host_id: int, answer: Answer, *, tick: float, stored: bool) -> None:
        """An answer arrived for the tick at `tick` (epoch seconds)."""
        ...

    def reader_failed(self, host_id: int, reason: str) -> None:
        """The reader did not start, hangs or lies; the session starts another by itself."""
        ...


class Ear:
    """What one channel calls. Deaf after `close`, so that a channel's last words never reach the next one's session."""

    __slots__ = ("closed", "data", "error")

    def __init__(self, session: HostSession) -> None:
        self.data: Callable[[bytes], None] = session.heard
        self.error: Callable[[bytes], None] = session.complained
        self.closed: Callable[[Exception | None], None] = session.ended

    def close(self) -> None:
        """Hear nothing any more."""
        self.data = self.error = _ignore
        self.closed = _ignore


def _ignore(_: object) -> None:
    pass


class HostSession:
    """Keeps a reader running on one host while its line is up, and asks it when told to."""

    __slots__ = (
        "_attempt",
        "_ear",
        "_files",
        "_fleet",
        "_loop",
        "_marker",
        "_number",
        "_opening",
        "_owed",
        "_restricted",
        "_sent",
        "_sent_at",
        "_sink",
        "_splitter",
        "_stderr",
        "_stored",
        "_stream",
        "_tick",
        "_up",
        "host_id",
        "watched",
    )

    def __init__(self, host_id: int, fleet: Fleet, files: tuple[File, ...], sink: Sink) -> None:
        self.host_id = host_id
        self.watched = False
        self._loop = asyncio.get_running_loop()
        self._fleet = fleet
        self._files = files
        self._sink = sink
        self._up = False
        self._ear: Ear | None = None
        self._stream: Stream | None = None
        self._opening: asyncio.Task[None] | None = None
        self._attempt = 0
        self._number = 0
        self._sent: int | None = None
        self._sent_at = 0.0
        self._tick = 0.0
        self._stored = False
        self._owed: float | None = None
        self._marker = ""
        self._restricted = False
        self._splitter: Splitter | None = None
        self._stderr = b""

    def line_up(self) -> None:
        """The line is there: start the reader."""
        self._up = True
        self._attempt = 0
        self._reopen(0.0)

    def line_lost(self) -> None:
        """The line is gone, and the reader with it."""
        self._up = False
        self._drop()

    def close(self) -> None:
        """End the reader and whatever is under way."""
        self.line_lost()

    def tick(self, at: float, *, stored: bool) -> None:
        """Ask now, for the tick at `at`."""
        if self._stream is None:
            return
        if self._sent is None:
            self._ask(self._stream, at, stored=stored)
        elif self._loop.time() - self._sent_at > STALL_S:
            self._fail(f"the reader has not answered for {STALL_S:.0f} seconds; another one is started")
        elif stored:
            self._owed = at

    # what the channel calls

    def heard(self, data: bytes) -> None:
        """Bytes from the reader."""
        if self._splitter is None:
            return
        try:
            answers = self._splitter.feed(data)
        except ReaderError as error:
            self._fail(str(error))
            return
        for answer in answers:
            self._take(answer)

    def complained(self, data: bytes) -> None:
        """Bytes from the reader's standard error: the first of them explain a failure."""
        if len(self._stderr) < STDERR_BYTES:
            self._stderr += data[:STDERR_BYTES]

    def ended(self, reason: Exception | None) -> None:
        """The channel ended: with the line, or the reader by itself."""
        self._stream = None
        if not self._up:
            return
        if reason is not None:  # the line broke; its own news follows
            self._drop()
            self._reopen(BACK_OFF_S[0])
            return
        said = self._stderr.decode(errors="replace").strip().splitlines()
        self._fail(f"the reader ended: {said[0] if said else 'it gave no reason'}")

    def _take(self, answer: Answer) -> None:
        if answer.number != self._sent:
            return  # an answer to nothing we asked: not believed
        self._sent = None
        self._attempt = 0
        if self._restricted:  # its list may be older than ours
            answer.contents = {file.path: answer.contents.get(file.path) for file in self._files}
        self._sink.answered(self.host_id, answer, tick=self._tick, stored=self._stored)
        if self._owed is not None and self._stream is not None:
            owed, self._owed = self._owed, None
            self._ask(self._stream, owed, stored=True)

    def _ask(self, stream: Stream, at: float, *, stored: bool) -> None:
        self._number += 1
        self._sent = self._number
        self._sent_at = self._loop.time()
        self._tick = at
        self._stored = stored
        try:
            ask = restricted.request if self._restricted else reader.request
            stream.write(ask(self._number, self._marker, self._files))
        except LineError:  # it broke a moment ago; `ended` follows
            log.debug("reader.write_failed", host_id=self.host_id)

    def _fail(self, reason: str) -> None:
        self._drop()
        self._sink.reader_failed(self.host_id, reason)
        if self._up:
            delay_s = BACK_OFF_S[min(self._attempt, len(BACK_OFF_S) - 1)]
            self._attempt += 1
            self._reopen(delay_s)

    def _drop(self) -> None:
        if self._opening is not None:
            self._opening.cancel()
            self._opening = None
        if self._ear is not None:
            self._ear.close()
            self._ear = None
        stream, self._stream = self._stream, None
        self._splitter = None
        self._sent = self._owed = None
        if stream is not None:
            stream.close()

    def _reopen(self, delay_s: float) -> None:
        if self._opening is not None:
            self._opening.cancel()
        self._opening = self._loop.create_task(self._open(delay_s), name=f"reader-{self.host_id}")

    async def _open(self, delay_s: float) -> None:
        if delay_s:
            await asyncio.sleep(delay_s)
        self._marker = secrets.token_hex(8)
        self._splitter = Splitter(self._marker)
        self._stderr = b""
        self._ear = Ear(self)
        self._restricted = self._fleet.monitoring_only(self.host_id)
        command = restricted.READ if self._restricted else reader.command()
        try:
            async with asyncio.timeout(OPEN_TIMEOUT_S):
                self._stream = await self._fleet.stream(self.host_id, command, self._ear)
        except (LineError, TimeoutError) as error:
            self._opening = None
            self._fail(str(error) or "the host did not start the reader in time")
            return
        self._opening = None
