"""One command: its output collected up to a limit, its end awaited or enforced."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from controller.ssh.channel import Channel
from controller.ssh.errors import CommandTimeout, Unreachable
from controller.ssh.fleet import ExecResult


class Collector:
    """Receives a command's output up to a limit in bytes for each of the two outputs.

    `heard` gets what is kept of standard output, as it comes.
    """

    __slots__ = ("_heard", "_limit", "channel", "done", "stderr", "stdout", "truncated")

    def __init__(self, limit_bytes: int, heard: Callable[[bytes], None] | None = None) -> None:
        self._limit = limit_bytes
        self._heard = heard
        self.stdout = bytearray()
        self.stderr = bytearray()
        self.truncated = False
        self.channel: Channel | None = None
        self.done: asyncio.Future[Exception | None] = asyncio.get_running_loop().create_future()

    def data(self, data: bytes) -> None:
        """Standard output."""
        if self._heard is not None:
            self._heard(data[: max(0, self._limit - len(self.stdout))])
        self._take(self.stdout, data)

    def error(self, data: bytes) -> None:
        """Standard error."""
        self._take(self.stderr, data)

    def closed(self, reason: Exception | None) -> None:
        """The command has ended, or its line."""
        if not self.done.done():
            self.done.set_result(reason)

    def _take(self, kept: bytearray, data: bytes) -> None:
        room = self._limit - len(kept)
        if len(data) <= room:
            kept += data
            return
        kept += data[:room]
        if not self.truncated:
            self.truncated = True
            if self.channel is not None:
                self.channel.kill()
            self.closed(None)


async def finish(channel: Channel, collector: Collector, *, stdin: bytes, timeout_s: float) -> ExecResult:
    """Feed a command that has been started and wait for its end.

    Raises CommandTimeout, or Unreachable when the line breaks; the command is ended on the host then, and on
    cancellation.
    """
    collector.channel = channel
    try:
        async with asyncio.timeout(timeout_s):
            if stdin:
                channel.write(stdin)
            channel.write_eof()
            reason = await collector.done
    except TimeoutError:
        channel.kill()
        raise CommandTimeout(f"The command did not end within {timeout_s:g} s and was ended.") from None
    except BaseException:
        channel.kill()
        raise
    if reason is not None:
        raise reason
    if channel.exit_status is None and not collector.truncated:
        raise Unreachable("The connection ended before the command did.")
    status = None if collector.truncated else channel.exit_status
    return ExecResult(bytes(collector.stdout), bytes(collector.stderr), status, collector.truncated)
