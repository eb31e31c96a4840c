"""Writing a file over SFTP: blocks one behind the other, a bounded number of them not yet answered."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, Protocol

from controller.ssh import sftp_wire as wire
from controller.ssh.errors import LineError
from controller.ssh.sftp_wire import Kind

IN_FLIGHT = 2 << 20  # bytes asked for or sent, and not yet answered


class Sender(Protocol):
    """What a writer needs of a session. `block`: the most bytes in one request."""

    block: int

    def send(self, kind: Kind, body: bytes, reply: Callable[[bytes | LineError], None], tail: Any = b"") -> None:
        """Send one request; `reply` is told the answer. Raises LineError."""


class Writer:
    """Writes a file in blocks, a bounded number of them on their way. `finish` tells whether all have arrived.

    `safe`: every byte before it was taken by the host.
    """

    def __init__(self, sftp: Sender, handle: bytes, offset: int) -> None:
        self.offset = offset
        self._sftp = sftp
        self._head = wire.text(handle)
        self._out: dict[int, int] = {}  # where blocks on their way begin, and their length; in order
        self._bytes_out = 0
        self._error: Exception | None = None
        self._failed_at: int | None = None
        self.on_taken: Callable[[int], None] = lambda _: None  # told `safe` whenever it may have grown
        self._room = asyncio.Event()

    @property
    def safe(self) -> int:
        """Up to where everything has been taken."""
        reached = next(iter(self._out), self.offset)
        return reached if self._failed_at is None else min(reached, self._failed_at)

    async def write(self, data: bytes | memoryview) -> None:
        """Write what comes next; waits while too much is on its way. Raises the first error, also of earlier blocks."""
        view = memoryview(data)
        at = 0
        while at < len(view):
            await self._wait(IN_FLIGHT - 1)
            part = view[at : at + self._sftp.block]
            self._begin(part)
            at += len(part)

    async def finish(self) -> None:
        """Wait until the host has taken everything."""
        await self._wait(0)

    def _begin(self, part: memoryview) -> None:
        start, size = self.offset, len(part)

        def reply(packet: bytes | LineError) -> None:
            del self._out[start]
            self._bytes_out -= size
            error = packet if isinstance(packet, LineError) else wire.status(packet)
            if error is not None:
                self._fail(start, error)
            else:
                self.on_taken(self.safe)
            self._room.set()

        body = self._head + wire.long_number(start) + wire.number(size)
        self._out[start] = size
        self._bytes_out += size
        self.offset += size
        try:
            self._sftp.send(Kind.WRITE, body, reply, part)
        except LineError as error:
            del self._out[start]
            self._bytes_out -= size
            self._fail(start, error)
            raise

    def _fail(self, start: int, error: Exception) -> None:
        self._error = self._error or error
        self._failed_at = start if self._failed_at is None else min(start, self._failed_at)

    async def _wait(self, most: int) -> None:
        while self._bytes_out > most and self._error is None:
            self._room.clear()
            await self._room.wait()
        if self._error is not None:
            raise self._error
