"""What is typed into one session: sent in its order, held while the host takes none or rights are in doubt."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import TYPE_CHECKING

from controller.ssh.errors import LineError
from controller.ssh.fleet import Shell
from controller.terminal.attachments import Attachment

if TYPE_CHECKING:
    from controller.terminal.sessions import Session

INTERRUPTS = frozenset({b"\x03", b"\x1c", b"\x1a"})  # ^C ^\\ ^Z: a tty drops what was typed before them


class Keys:
    """The queue before a shell's channel."""

    __slots__ = ("_moved", "_pump", "_queue", "_session", "_shell", "_wake")

    def __init__(self, session: Session) -> None:
        self._session = session
        self._shell: Shell | None = None
        self._queue: deque[tuple[Attachment, bytes]] = deque()
        self._wake = asyncio.Event()
        self._moved = asyncio.Event()
        self._pump: asyncio.Task[None] | None = None

    def start(self, shell: Shell) -> None:
        """The shell is there; what was typed ahead goes first."""
        self._shell = shell
        self._pump = asyncio.create_task(self._run(shell), name=f"keys of {self._session.facts.id}")

    def close(self) -> None:
        """The session has ended."""
        if self._pump is not None:
            self._pump.cancel()
        self._moved.set()

    def wake(self) -> None:
        """Rights are no longer in doubt."""
        self._wake.set()

    async def moved(self) -> None:
        """Wait until the host took something, or the session ended."""
        self._moved.clear()
        await self._moved.wait()

    def take(self, who: Attachment, data: bytes) -> None:
        """Send, or queue behind what waits."""
        if data in INTERRUPTS:
            self._drop()
        trusted = not self._session.doubtful and not who.doubtful
        if trusted and not self._queue and self._shell is not None and self._shell.pending_bytes == 0:
            self._send(self._shell, who, data)  # as a rule: no turn of the loop between a key and the host
            return
        self._queue.append((who, data))
        self._wake.set()

    def _drop(self) -> None:
        while self._queue:
            who, data = self._queue.popleft()
            who.typed(len(data))
        self._moved.set()

    def _in_doubt(self, who: Attachment) -> bool:
        return who.doubtful and who in self._session.attached

    def _send(self, shell: Shell, who: Attachment, data: bytes) -> None:
        try:
            shell.write(data)
        except LineError:
            return  # its end is on its way
        if self._session.recorder is not None:
            self._session.recorder.input(data)
        who.typed(len(data))

    async def _run(self, shell: Shell) -> None:
        while True:
            while not self._queue or self._session.doubtful or self._in_doubt(self._queue[0][0]):
                self._wake.clear()
                await self._wake.wait()
            who, data = self._queue.popleft()
            if not (who.dismissed or who.doubtful):  # what was typed by a right that has gone since is dropped
                self._send(shell, who, data)
            self._moved.set()
            await shell.drain()
