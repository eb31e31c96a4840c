"""One channel on a connection: asyncssh's callbacks handed straight to a receiver, no task or buffer between."""

from __future__ import annotations

import asyncio
from typing import Any

import asyncssh
import structlog

from controller.ssh.errors import Unreachable
from controller.ssh.fleet import Receiver
from controller.ssh.held import Held, Lease

log = structlog.get_logger()
GRACE_S = 1.0  # between asking a command to end and ending it


class Channel(asyncssh.SSHClientSession[bytes]):
    """A Stream and a Shell; the same class serves commands, shells and forwarded connections."""

    __slots__ = ("_channel", "_held", "_killer", "_lease", "_receiver", "_writable", "exit_status", "started")

    def __init__(self, held: Held, lease: Lease, receiver: Receiver) -> None:
        self._held = held
        self._lease = lease
        self._receiver = receiver
        self._channel: asyncssh.SSHClientChannel[bytes] | None = None
        self._killer: asyncio.TimerHandle | None = None
        self._writable: asyncio.Event | None = None  # made by the first who has to wait
        self.exit_status: int | None = None
        self.started = False

    # asyncssh's side

    def connection_made(self, chan: asyncssh.SSHClientChannel[bytes]) -> None:
        """The channel is open; the command may still be refused."""
        self._channel = chan

    def session_started(self) -> None:
        """The host has accepted the command."""
        self.started = True

    def data_received(self, data: bytes, datatype: int | None) -> None:
        """The hot path: once for each packet."""
        try:
            if datatype is None:
                self._receiver.data(data)
            else:
                self._receiver.error(data)
        except Exception:
            # Past this frame asyncssh would drop the whole connection for one receiver's mistake
            log.exception("channel.receiver_failed", host_id=self._held.host_id)
            self.close()

    def pause_writing(self) -> None:
        """The host takes no more for now."""
        if self._writable is None:
            self._writable = asyncio.Event()
        self._writable.clear()

    def resume_writing(self) -> None:
        """The host has taken most of what waited."""
        if self._writable is not None:
            self._writable.set()

    def exit_status_received(self, status: int) -> None:
        """The command has ended."""
        self.exit_status = status

    def exit_signal_received(self, *_: object) -> None:
        """The command was ended by a signal: its number, negative."""
        if self._channel is not None:
            self.exit_status = self._channel.get_returncode()

    def connection_lost(self, exc: Exception | None) -> None:
        """The channel is gone, alone or with its connection."""
        if self._killer is not None:
            self._killer.cancel()
        self.resume_writing()
        self._lease.end()
        if not self.started:
            return
        self.started = False
        reason = self._held.reason(exc)
        try:
            self._receiver.closed(reason)
        except Exception:  # as above: nothing of a receiver's may reach the connection
            log.exception("channel.receiver_failed", host_id=self._held.host_id)

    # our side

    async def start(self, **request: Any) -> Channel:
        """Open the channel; `request` as asyncssh's create_session takes it. Raises asyncssh.ChannelOpenError."""
        await self._held.ssh.create_session(lambda: self, encoding=None, **request)
        return self

    @property
    def pending_bytes(self) -> int:
        """Written but not yet taken by the host."""
        return self._channel.get_write_buffer_size() if self._channel is not None else 0

    def write(self, data: bytes) -> None:
        """Send, without waiting. Raises Unreachable when the channel is closed."""
        try:
            self._channel.write(data)  # type: ignore[union-attr]  # None raises AttributeError: no test on the hot path
        except (OSError, AttributeError):
            raise Unreachable("The channel is closed.") from None

    async def drain(self) -> None:
        """Wait until the host has taken most of what was written, or the channel is closed."""
        if self._writable is not None:
            await self._writable.wait()

    def write_eof(self) -> None:
        """Nothing more comes from us."""
        if self._channel is not None and not self._channel.is_closing():
            self._channel.write_eof()

    def pause(self) -> None:
        """Deliver nothing until resume()."""
        if self._channel is not None:
            self._channel.pause_reading()

    def resume(self) -> None:
        """Deliver again."""
        if self._channel is not None:
            self._channel.resume_reading()

    def resize(self, columns: int, rows: int) -> None:
        """Tell the host the terminal's new size in characters."""
        if self._channel is not None and not self._channel.is_closing():
            self._channel.change_terminal_size(columns, rows)

    def close(self) -> None:
        """Close the channel at once; what was not sent yet is dropped."""
        if self._channel is not None:
            self._channel.abort()

    def kill(self) -> None:
        """End the command on the host, politely first, and close the channel.

        Closing alone does not end a command that has no terminal: it lives until it writes.
        """
        if self._channel is None or self._killer is not None or not self.started:
            return
        self._channel.send_signal("TERM")
        self._killer = asyncio.get_running_loop().call_later(GRACE_S, self._finish)

    def _finish(self) -> None:
        if self._channel is not None and self.started:
            self._channel.send_signal("KILL")
            self._channel.abort()
