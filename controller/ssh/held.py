"""One SSH connection that a line holds: what runs on it, and what happens when it breaks."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from time import monotonic

from controller.ssh import connect
from controller.ssh.errors import Unreachable
from controller.ssh.lean import LeanConnection
from controller.ssh.login import Login
from controller.ssh.target import Target


class Held:
    """A connection with the count of its sessions, and the callbacks to the line that owns it."""

    __slots__ = (
        "_freed",
        "_gone",
        "_lost",
        "closing",
        "forwards",
        "freed_at",
        "host_id",
        "idle_timer",
        "reader",
        "ssh",
        "target",
        "used",
    )

    def __init__(
        self,
        target: Target,
        ssh: LeanConnection,
        login: Login,
        *,
        freed: Callable[[Held], None],
        lost: Callable[[Held, Unreachable], None],
        gone: Callable[[], None] | None = None,
    ) -> None:
        self.host_id = target.host_id
        self.target = target
        self.ssh = ssh
        self.used = 0  # sessions
        self.forwards = 0  # channels that cost no session
        self.freed_at = 0.0  # when a session last ended (monotonic)
        self.reader = False
        self.closing = False
        self.idle_timer: asyncio.TimerHandle | None = None
        self._freed = freed
        self._lost = lost
        self._gone = gone
        login.on_lost = self._connection_lost

    def lease(self, *, reader: bool, counted: bool = True) -> Lease:
        """Take a session's place (or, not counted, only keep the connection from being idle)."""
        self.used += counted
        self.forwards += not counted
        self.reader = self.reader or reader
        if self.idle_timer is not None:
            self.idle_timer.cancel()
            self.idle_timer = None
        return Lease(self, reader, counted)

    def freed(self, lease: Lease, *, opened: bool) -> None:
        """A lease has ended; `opened`: the host had opened the channel."""
        if lease.counted:
            self.used -= 1
            self.freed_at = monotonic() if opened else self.freed_at
        self.forwards -= not lease.counted
        if lease.reader:
            self.reader = False
        self._freed(self)

    def reason(self, exc: Exception | None) -> Exception | None:
        """What a receiver is told when its channel closes with `exc` of asyncssh's."""
        if self.closing or (exc is None and not self.ssh.is_closed()):
            return None
        return connect.lost(self.target, exc)

    def close(self) -> None:
        """Close on purpose: the channels hear None, the line nothing."""
        self.closing = True
        if self.idle_timer is not None:
            self.idle_timer.cancel()
        self.ssh.close()

    def abort(self) -> None:
        """Drop the connection without a word; the line hears that it is lost."""
        self.ssh.abort()

    def _connection_lost(self, exc: Exception | None) -> None:
        if self._gone is not None:
            self._gone()
        if not self.closing:
            self._lost(self, connect.lost(self.target, exc))


class Lease:
    """A place on a connection; given back once, whoever is first to notice that it is free."""

    __slots__ = ("connection", "counted", "ended", "reader")

    def __init__(self, connection: Held, reader: bool, counted: bool) -> None:
        self.connection = connection
        self.ended = False
        self.reader = reader
        self.counted = counted

    def end(self, *, opened: bool = True) -> None:
        """Give the place back; `opened`: the host had opened the channel."""
        if not self.ended:
            self.ended = True
            self.connection.freed(self, opened=opened)
