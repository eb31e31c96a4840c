"""A plain TCP connection to a host's own SSH port, as a Stream: what runs in it is between a client and the host."""

from __future__ import annotations

import asyncio
from contextlib import nullcontext, suppress
from typing import cast

from controller.ssh import connect
from controller.ssh.errors import Unreachable
from controller.ssh.fleet import Receiver
from controller.ssh.keychain import Keychain
from controller.ssh.options import Options
from controller.ssh.target import Target


class Wire(asyncio.Protocol):
    """See fleet.Stream."""

    def __init__(self, target: Target, receiver: Receiver) -> None:
        self._target = target
        self._receiver = receiver
        self._transport: asyncio.Transport | None = None
        self._writable = asyncio.Event()
        self._writable.set()
        self._closing = False

    # the event loop's side

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """It is there."""
        self._transport = cast(asyncio.Transport, transport)  # uvloop's is none by class, only by what it does

    def data_received(self, data: bytes) -> None:
        """Bytes of the host."""
        self._receiver.data(data)

    def eof_received(self) -> bool:
        """The host has said all; an SSH server closes then."""
        return False

    def pause_writing(self) -> None:
        """The network takes no more for now."""
        self._writable.clear()

    def resume_writing(self) -> None:
        """It does again."""
        self._writable.set()

    def connection_lost(self, exc: Exception | None) -> None:
        """It is gone."""
        self._writable.set()
        self._receiver.closed(None if exc is None or self._closing else connect.lost(self._target, exc))

    # our side

    @property
    def pending_bytes(self) -> int:
        """Written but not yet taken by the network."""
        return self._transport.get_write_buffer_size() if self._transport is not None else 0

    def write(self, data: bytes) -> None:
        """Send, without waiting. Raises Unreachable when the connection is closed."""
        if self._transport is None or self._transport.is_closing():
            raise Unreachable("The connection is closed.")
        self._transport.write(data)

    async def drain(self) -> None:
        """Wait until most of what was written has gone, or the connection is closed."""
        await self._writable.wait()

    def write_eof(self) -> None:
        """Nothing more comes from us."""
        if self._transport is not None and not self._transport.is_closing():
            with suppress(OSError):
                self._transport.write_eof()

    def pause(self) -> None:
        """Deliver nothing until resume()."""
        if self._transport is not None and not self._transport.is_closing():
            self._transport.pause_reading()

    def resume(self) -> None:
        """Deliver again."""
        if self._transport is not None and not self._transport.is_closing():
            self._transport.resume_reading()

    def close(self) -> None:
        """Drop the connection."""
        self._closing = True
        if self._transport is not None:
            self._transport.abort()

    kill = close


async def dial(target: Target, options: Options, receiver: Receiver) -> Wire:
    """Connect to the target's address and port. Raises Unreachable."""
    attempt = connect.Attempt(options=options, keychain=Keychain(), gate=nullcontext())
    sock = await connect.open_socket(target, attempt)
    try:
        _, wire = await asyncio.get_running_loop().create_connection(lambda: Wire(target, receiver), sock=sock)
    except BaseException:
        sock.close()
        raise
    return wire
