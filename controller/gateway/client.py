"""A client's channel: what it sends is read as it is wanted, and what it does not take holds the other side up."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Any

from controller.core.errors import AppError
from controller.ssh.errors import LineError

READ_AHEAD = 128 << 10
LOST = 255  # what ssh itself ends with when it cannot connect; Ansible takes it for "unreachable"


def nothing() -> None:
    """Nobody has to hear of it."""


class Client:
    """The half of a session that faces the client. Mixed into asyncssh's session classes, whose callbacks these are."""

    def __init__(self) -> None:
        self.channel: Any = None
        self.gone = asyncio.Event()
        self.writable = True
        self.on_writable: Callable[[], None] = nothing
        self.on_resize: Callable[[], None] = nothing
        self.received_bytes = 0
        self.sent_bytes = 0
        self._room = asyncio.Event()
        self._room.set()
        self._inbox: deque[bytes] = deque()
        self._inbox_bytes = 0
        self._eof = False
        self._arrived = asyncio.Event()

    # asyncssh's side

    def data_received(self, data: bytes, _datatype: int | None = None) -> None:
        """Bytes of the client."""
        self._inbox.append(data)
        self._inbox_bytes += len(data)
        self.received_bytes += len(data)
        if self._inbox_bytes > READ_AHEAD:
            self.channel.pause_reading()
        self._arrived.set()

    def eof_received(self) -> bool:
        """Nothing more comes from the client; it still listens."""
        self._eof = True
        self._arrived.set()
        return True

    def pause_writing(self) -> None:
        """The client takes no more for now."""
        self.writable = False
        self._room.clear()

    def resume_writing(self) -> None:
        """It does again."""
        self.writable = True
        self._room.set()
        self.on_writable()

    def connection_lost(self, _exc: Exception | None) -> None:
        """The client's channel is gone."""
        self.gone.set()
        self._eof = True
        self._room.set()
        self._arrived.set()
        self.on_writable()

    # our side

    async def read(self) -> bytes | None:
        """What the client sends next; None at its end."""
        while not self._inbox:
            if self._eof:
                return None
            self._arrived.clear()
            await self._arrived.wait()
        data = self._inbox.popleft()
        self._inbox_bytes -= len(data)
        if self._inbox_bytes <= READ_AHEAD // 2 and not self._eof:
            self.channel.resume_reading()
        return data

    def write(self, data: bytes) -> None:
        """Send; dropped when the client is gone."""
        if not self.gone.is_set():
            self.sent_bytes += len(data)
            self.channel.write(data)

    def write_error(self, data: bytes) -> None:
        """Send on the second output."""
        if not self.gone.is_set():
            self.sent_bytes += len(data)
            self.channel.write_stderr(data)

    async def drain(self) -> None:
        """Wait until the client has taken most of it, or is gone."""
        await self._room.wait()

    def say(self, sentence: str) -> None:
        """Tell the person."""
        self.write_error(f"moorline: {sentence}\r\n".encode())

    def end(self, status: int | None) -> None:
        """Close with the status of what ran: -N for signal N, None when nobody knows it."""
        if self.gone.is_set():
            return
        if status is not None and status < 0:
            self.channel.exit_with_signal(SIGNALS.get(-status, "TERM"))
        else:
            self.channel.exit(LOST if status is None else status)

    def refuse(self, error: AppError | LineError) -> None:
        """Say why not, and close."""
        self.say(error.detail if isinstance(error, AppError) else error.sentence)
        self.end(LOST)


# RFC 4254 §6.10 has these names, Linux these numbers
SIGNALS = {1: "HUP", 2: "INT", 3: "QUIT", 4: "ILL", 6: "ABRT", 8: "FPE", 9: "KILL", 10: "USR1", 11: "SEGV",
           12: "USR2", 13: "PIPE", 14: "ALRM", 15: "TERM"}  # fmt: skip
