"""asyncssh's connection that does for a packet only what is needed.

asyncssh puts an empty SSH_MSG_IGNORE in front of everything it sends: a remedy for CBC ciphers, of which we offer
none. Each costs a packet, a system call and a TCP segment on our side and a turn of sshd on the host's; a request to
the reader is one packet instead of two. Measured on 40 lines: a sixth of the CPU of a request and its answer. It also
ends and starts a keepalive timer for each packet that comes in, where one that looks back when it ends is enough, and
words a line for its log, which is off, for each one that goes out.

asyncssh.connect() makes its own connection class, so that the few lines of it that are needed stand here. They use the
constructor of an exported class, `options.waiter` and the timer's three names, which are not documented:
tests/integration/ssh/test_lean.py fails when they change.
"""

from __future__ import annotations

import asyncio
import socket
from time import monotonic
from typing import Any

import asyncssh

MSG_IGNORE = 2  # RFC 4253 §12
SOON_S = 0.01


class LeanConnection(asyncssh.SSHClientConnection):
    """A client connection that also notes when the host was last heard."""

    heard = 0.0  # monotonic seconds

    def send_packet(self, pkttype: int, *args: bytes, handler: asyncssh.packet.SSHPacketLogger | None = None) -> None:
        """Send anything but the filler."""
        del handler  # it would write a line into a log that is off, after making it
        if pkttype != MSG_IGNORE:
            super().send_packet(pkttype, *args)

    def log_sent_packet(self, pkttype: int, pktid: int | None, packet: Any, note: str = "") -> None:
        """Nothing: nobody reads it."""

    def data_received(self, data: bytes, datatype: int | None = None) -> None:
        """Any bytes are a sign of life: also the answer to a keepalive."""
        self.heard = monotonic()
        super().data_received(data, datatype)

    def _reset_keepalive_timer(self) -> None:
        """Leave a timer that runs as it is: it looks at `heard` at its end, instead of a new one for each packet."""
        if self._keepalive_timer is None:
            super()._reset_keepalive_timer()

    def _keepalive_timer_callback(self) -> None:
        rest_s = self.heard + self._keepalive_interval - monotonic()
        if rest_s > SOON_S:
            self._keepalive_timer = self._loop.call_later(rest_s, self._keepalive_timer_callback)
        else:
            super()._keepalive_timer_callback()


async def dial(
    options: asyncssh.SSHClientConnectionOptions,
    *,
    sock: socket.socket | None,
    tunnel: asyncssh.SSHClientConnection | None,
) -> LeanConnection:
    """Log in over a connected socket, or over a channel of a jump host. Raises what asyncssh.connect raises."""
    loop = asyncio.get_running_loop()
    options.waiter = loop.create_future()
    connection = LeanConnection(loop, options, wait="auth")
    try:
        if tunnel is not None:
            await tunnel.create_connection(lambda: connection, options.host, options.port)  # type: ignore[arg-type, return-value]  # as asyncssh does: the connection speaks both
        else:
            await loop.create_connection(lambda: connection, sock=sock)
        await options.waiter
    except BaseException:
        options.waiter.cancel()
        connection.abort()
        raise
    return connection
