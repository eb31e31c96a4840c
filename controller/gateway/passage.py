"""What goes straight through: a command without a terminal, a subsystem, a bare connection to a host's SSH port."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

from controller.gateway.client import Client
from controller.ssh.errors import LineError
from controller.ssh.fleet import Stream
from controller.terminal.recorders import Recorder

Open = Callable[["Passage"], Awaitable[Stream]]


class Passage:
    """Receiver of the host's side; reads from the client and writes to the host as both of them can take it."""

    def __init__(self, client: Client, recorder: Recorder | None = None) -> None:
        self._client = client
        self._recorder = recorder
        self._stream: Stream | None = None
        self._ended: asyncio.Future[Exception | None] = asyncio.get_running_loop().create_future()
        self._trusted = asyncio.Event()
        self._trusted.set()
        self._paused = False

    # the host's side

    def data(self, data: bytes) -> None:
        """Standard output."""
        if self._recorder is not None:
            self._recorder.output(data)
        self._client.write(data)
        if not self._client.writable:
            self._pace()

    def error(self, data: bytes) -> None:
        """Standard error."""
        if self._recorder is not None:
            self._recorder.output(data)
        self._client.write_error(data)
        if not self._client.writable:
            self._pace()

    def closed(self, reason: Exception | None) -> None:
        """The host's side has ended."""
        if not self._ended.done():
            self._ended.set_result(reason)

    # ours

    async def run(self, begin: Open) -> int | None:
        """Until one side ends; the exit status, None for a client that is gone. Raises LineError."""
        pumping: asyncio.Task[None] | None = None
        gone: asyncio.Future[Any] = asyncio.ensure_future(self._client.gone.wait())
        try:
            self._stream = stream = await begin(self)
            self._client.on_writable = self._pace
            self._pace()
            pumping = asyncio.create_task(self._pump(stream), name="gateway input")
            ended: asyncio.Future[Any] = self._ended
            await asyncio.wait({gone, ended}, return_when=asyncio.FIRST_COMPLETED)
            if not self._ended.done():
                return None
            if (reason := self._ended.result()) is not None:
                raise reason
            status: int | None = getattr(stream, "exit_status", None)
            return status
        finally:
            gone.cancel()
            if pumping is not None:
                pumping.cancel()
            await asyncio.gather(gone, *([pumping] if pumping is not None else []), return_exceptions=True)
            if self._stream is not None and not self._ended.done():
                self._stream.kill()

    def stop(self, error: Exception) -> None:
        """End both sides; `run` raises the error."""
        if not self._ended.done():
            self._ended.set_result(error)
            if self._stream is not None:
                self._stream.kill()

    def doubt(self) -> None:
        """Let nothing through until the rights have been looked at."""
        self._trusted.clear()
        self._pace()

    def trust(self) -> None:
        """Go on."""
        self._trusted.set()
        self._pace()

    def _pace(self) -> None:
        stop = not self._client.gone.is_set() and not (self._client.writable and self._trusted.is_set())
        if self._stream is None or stop == self._paused:
            return
        self._paused = stop
        if stop:
            self._stream.pause()
        else:
            self._stream.resume()

    async def _pump(self, stream: Stream) -> None:
        with suppress(LineError):  # the host's side says why
            while (data := await self._client.read()) is not None:
                await self._trusted.wait()
                if self._recorder is not None:
                    self._recorder.input(data)
                stream.write(data)
                await stream.drain()
            if not self._client.gone.is_set():
                stream.write_eof()
