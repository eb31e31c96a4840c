"""The way to a host behind another: a socket whose other end is a connection that the jump host makes for us.

The jump host is one of the fleet and is reached over its line, so that its key is pinned and its login is its own. What
runs in the socket is between us and the target: the jump host sees an SSH connection and nothing of a password.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from contextlib import suppress
from typing import cast

from controller.ssh.errors import Unreachable
from controller.ssh.fleet import Fleet, Stream

OPEN_S = 30.0
Dial = Callable[[], socket.socket]


class Bridge(asyncio.Protocol):
    """Between a local socket and a forwarded connection; each side's end is the other's."""

    def __init__(self) -> None:
        self.stream: Stream | None = None
        self._transport: asyncio.Transport | None = None

    # the local socket's side

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """It is there; nothing is read before the other side is."""
        self._transport = cast(asyncio.Transport, transport)
        self._transport.pause_reading()

    def data_received(self, data: bytes) -> None:
        """Bytes for the host. An onboarding sends so little that none of it has to wait."""
        if self.stream is not None:
            with suppress(Unreachable):  # it is closed: this side hears of it, too
                self.stream.write(data)

    def pause_writing(self) -> None:
        """Whoever reads the socket is busy: the host has to wait."""
        if self.stream is not None:
            self.stream.pause()

    def resume_writing(self) -> None:
        """It reads again."""
        if self.stream is not None:
            self.stream.resume()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 — either way it is over
        """The local end was closed."""
        if self.stream is not None:
            self.stream.close()

    # the forwarded connection's side

    def begin(self, stream: Stream) -> None:
        """Both are there."""
        self.stream = stream
        if self._transport is not None:
            self._transport.resume_reading()

    def data(self, data: bytes) -> None:
        """Bytes of the host."""
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(data)

    def error(self, data: bytes) -> None:
        """A forwarded connection has none."""

    def closed(self, reason: Exception | None) -> None:  # noqa: ARG002 — whoever reads sees the end
        """The host or the jump host hung up."""
        if self._transport is not None:
            self._transport.close()


async def through(fleet: Fleet, jump: int, address: str, port: int) -> socket.socket:
    """A connected socket to the address as the jump host sees it; blocking, for whoever works in a thread.

    Raises LineError: the jump host's own, or that it cannot connect there.
    """
    near, far = socket.socketpair()
    far.setblocking(False)
    try:
        transport, bridge = await asyncio.get_running_loop().create_connection(Bridge, sock=far)
    except BaseException:
        near.close()
        far.close()
        raise
    try:
        async with asyncio.timeout(OPEN_S):
            bridge.begin(await fleet.connect_tcp(jump, address, port, bridge))
    except TimeoutError:
        transport.abort()
        near.close()
        raise Unreachable("The jump host made no connection in time. See whether it is well.", code="timeout") from None
    except BaseException:
        transport.abort()
        near.close()
        raise
    return near


def dialler(fleet: Fleet, jump: int | None, address: str, port: int) -> Dial | None:
    """How a thread gets a socket to the host; None where it connects by itself. Call this on the event loop."""
    if jump is None:
        return None
    loop = asyncio.get_running_loop()

    def dial() -> socket.socket:
        asked = asyncio.run_coroutine_threadsafe(through(fleet, jump, address, port), loop)
        try:
            return asked.result(OPEN_S + 5)
        except TimeoutError:
            asked.cancel()
            raise Unreachable("Moorline is too busy to connect. Try again.", code="timeout") from None

    return dial
