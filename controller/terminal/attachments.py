"""One who looks at a session: a place in its output, what may be sent there, and what is typed here.

Output is pulled by `next()` and acknowledged by its length: no more than CREDIT is on its way, so that what is not
taken stays with the host. Who is further behind than the scrollback reaches goes on at its start.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from controller.core.errors import AppError, Forbidden
from controller.terminal.news import (
    Attached,
    Data,
    Detached,
    Event,
    Exit,
    Gone,
    InputAck,
    Item,
    Reset,
    Restore,
)
from controller.users.rights import Principal

if TYPE_CHECKING:
    from controller.terminal.sessions import Session

CREDIT = 256 << 10
INPUT_LIMIT = 256 << 10
INPUT_STEP = 32 << 10
PIECE = 48 << 10  # fits a WebSocket message of 64 KiB
STALLED_S = 2.0
EVENTS = 1000  # that wait for one attachment which takes none
Renew = Callable[[], Awaitable[Principal | None]]


class Overflow(AppError):
    """More was typed than the host takes, and more than is kept."""

    status = 413
    code = "input_overflow"


class Miscounted(AppError):
    """More was acknowledged than was sent."""

    status = 400
    code = "invalid"


class Attachment:
    """Made by `Session.attach`. `renew` gives the user's present rights, None once the login has ended."""

    def __init__(
        self, session: Session, principal: Principal, renew: Renew, *, writes: bool, size: tuple[int, int], since: float
    ) -> None:
        self.session = session
        self.principal = principal
        self.renew = renew
        self.writes = writes
        self.size = size
        self.since = since
        self.doubtful = False  # nothing leaves and nothing is typed until the rights have been looked at
        self.acked = self.sent = session.scrollback.start
        self._stuck_at = session.clock.monotonic()  # when something first waited to be acknowledged, or last was
        self.page = ""  # which of the user's, by its own word
        self.dismissed = False
        self._typed = 0  # waits for the host
        self._taken = 0  # by the host, not yet told
        self._events: deque[Event | Restore] = deque()
        self._wake = asyncio.Event()
        self._ended = False

    # what comes

    def place(self, offset: int | None) -> None:
        """Begin at an offset that the scrollback still holds, or with all of it."""
        scrollback = self.session.scrollback
        fits = offset is not None and scrollback.start <= offset <= scrollback.end
        start = offset if fits and offset is not None else scrollback.start
        columns, rows = self.session.size
        self.sent = self.acked = start
        access, leads = "write" if self.writes else "read", self.session.leader is self
        self._events.append(Attached(access, leads, columns, rows, start, not fits, scrollback.end))
        if not fits:
            self._events.append(Restore(scrollback.restore()))
        self._wake.set()

    def tell(self, event: Event) -> None:
        """Something happened. After a Detached or an Exit nothing else is handed out, output included."""
        if self._ended:
            return
        if isinstance(event, Detached | Exit):
            self._events.clear()
            self._ended = True
        if len(self._events) < EVENTS:
            self._events.append(event)
        self._wake.set()

    def wake(self) -> None:
        """There is more to take."""
        self._wake.set()

    def __aiter__(self) -> Attachment:
        return self

    async def __anext__(self) -> Item:
        item = await self.next()
        if item is None:
            raise StopAsyncIteration
        return item

    async def next(self) -> Item | None:
        """What comes next; None after the last."""
        while True:
            if self._events and (self._ended or not self.doubtful):
                return self._events.popleft()
            if self._ended:
                return None
            if not self.doubtful and (item := self._take()) is not None:
                return item
            self._wake.clear()
            await self._wake.wait()

    def _take(self) -> Item | None:
        scrollback, end = self.session.scrollback, self.session.end
        room = CREDIT - (self.sent - self.acked)
        if self.sent < scrollback.end:
            if room <= 0:
                return None
            if self.sent < scrollback.start:
                return self._skip()
            data = scrollback.read(self.sent, min(room, PIECE))
            self.sent += len(data)
            return Data(data)
        if end is not None:
            self._ended = True
            return end
        return None

    def _skip(self) -> Reset:
        scrollback = self.session.scrollback
        lost, self.sent = scrollback.start - self.sent, scrollback.start
        self.acked += lost  # what is on its way is acknowledged as ever
        self._events.appendleft(Restore(scrollback.restore()))
        return Reset(self.sent, scrollback.end, lost)

    def ack(self, count: int) -> None:
        """So much of the output has been shown. Raises Miscounted."""
        if not 0 <= count <= self.sent - self.acked:
            raise Miscounted("More was acknowledged than was sent. Attach again.")
        self.acked += count
        self._stuck_at = self.session.clock.monotonic()
        self._wake.set()
        self.session.pace()

    def arrived(self, before: int) -> None:
        """There is more to take than up to `before`."""
        if self.acked >= before:
            self._stuck_at = self.session.clock.monotonic()
        self._wake.set()

    def stalled(self, now: float) -> bool:
        """Has it not acknowledged anything for a while, although it could?"""
        return self.acked < self.session.scrollback.end and now - self._stuck_at > STALLED_S

    # what goes

    def type(self, data: bytes) -> None:
        """Send what was typed, when the host takes it. Raises Forbidden for one who only reads, Overflow."""
        if self._ended:
            return
        if not self.writes:
            raise Forbidden("You may look at this terminal, not type into it.", code="read_only")
        if self._typed + len(data) > INPUT_LIMIT + INPUT_STEP:
            raise Overflow("More was typed than the host takes. Attach again, and wait for what is acknowledged.")
        self._typed += len(data)
        self.session.type(self, data)

    async def write(self, data: bytes) -> None:
        """Like `type`, of any length, waiting for room."""
        for start in range(0, len(data), INPUT_STEP):
            while self._typed > INPUT_LIMIT // 2 and not self._ended and self.session.end is None:
                await self.session.keys.moved()
            self.type(data[start : start + INPUT_STEP])

    def typed(self, count: int) -> None:
        """The host took so much of what was typed here."""
        self._typed -= count
        self._taken += count
        if self._taken >= INPUT_STEP:
            self.tell(InputAck(self._taken))
            self._taken = 0

    def resize(self, columns: int, rows: int) -> None:
        """The window has another size; it becomes the terminal's if this attachment leads."""
        self.size = (min(max(columns, 2), 1000), min(max(rows, 1), 500))
        if self.session.leader is self:
            self.session.resize(*self.size)

    def close(self) -> None:
        """It goes; the session stays."""
        self._ended = True
        self._wake.set()
        self.session.detach(self)

    def dismiss(self, reason: Gone, detail: str) -> None:
        """End it from our side: it is told why, and gets nothing else."""
        self.dismissed = True
        self.tell(Detached(reason, detail))
        self.session.detach(self)
