"""A channel to a host, read by a coroutine: what arrives waits in here, and the host is held up when it is much."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable

from controller.ssh.fleet import Stream

HIGH_BYTES = 256 << 10  # waiting; beyond it the channel is paused
LOW_BYTES = 64 << 10
WORDS_BYTES = 4096  # of standard error that are kept

Reach = Callable[["Pipe"], Awaitable[Stream]]  # opens a channel whose receiver is the pipe


class Pipe:
    """A Receiver that hands out bytes in order. `open` makes one with its stream."""

    def __init__(self, *, both: bool = False) -> None:
        """`both`: standard error is content too, not words about a failure."""
        self._both = both
        self._stream: Stream | None = None
        self._waiting: deque[tuple[str, bytes]] = deque()
        self._size = 0
        self._paused = False
        self._ready = asyncio.Event()
        self._words = bytearray()
        self.ended = False
        self.reason: Exception | None = None

    @classmethod
    async def open(cls, reach: Reach, *, both: bool = False) -> Pipe:
        """A pipe on a channel that `reach` opens. Raises LineError."""
        made = cls(both=both)
        made._stream = await reach(made)
        return made

    @property
    def words(self) -> str:
        """What came over standard error."""
        return self._words.decode("utf-8", "replace").strip()

    async def read(self) -> bytes:
        """The next bytes, as they came; empty at the end. Raises the LineError that broke the channel."""
        return (await self.read_piece())[1]

    async def read_piece(self) -> tuple[str, bytes]:
        """The same, with "stdout" or "stderr"."""
        while not self._waiting:
            if self.ended:
                if self.reason is not None:
                    raise self.reason
                return "stdout", b""
            self._ready.clear()
            await self._ready.wait()
        piece = self._waiting.popleft()
        self._size -= len(piece[1])
        if self._paused and self._size < LOW_BYTES and self._stream is not None:
            self._paused = False
            self._stream.resume()
        return piece

    def write(self, data: bytes) -> None:
        """Send. Raises Unreachable on a closed channel."""
        if self._stream is not None:
            self._stream.write(data)

    def write_eof(self) -> None:
        """Nothing more comes from us."""
        if self._stream is not None:
            self._stream.write_eof()

    def close(self) -> None:
        """Close the channel; harmless on a closed one."""
        if self._stream is not None:
            self._stream.close()

    # what the channel calls

    def data(self, data: bytes) -> None:
        """Bytes arrived."""
        self._take("stdout", data)

    def error(self, data: bytes) -> None:
        """Words of standard error: the first of them explain a failure."""
        if self._both:
            self._take("stderr", data)
        self._words += data[: max(0, WORDS_BYTES - len(self._words))]

    def closed(self, reason: Exception | None) -> None:
        """The channel is gone."""
        self.ended = True
        self.reason = reason
        self._ready.set()

    def _take(self, source: str, data: bytes) -> None:
        self._waiting.append((source, data))
        self._size += len(data)
        self._ready.set()
        if self._size > HIGH_BYTES and not self._paused and self._stream is not None:
            self._paused = True
            self._stream.pause()
