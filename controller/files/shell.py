"""Commands on a host for what SFTP cannot do. Names go into scripts quoted, scripts go over standard input."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing, suppress
from dataclasses import dataclass
from typing import Any

from controller.core.errors import Conflict
from controller.files import sudo
from controller.files.places import Access, Places
from controller.files.problems import HostFailed
from controller.ssh.errors import ChannelRefused, Unreachable
from controller.ssh.fleet import POSIX_SHELL, Stream

HIGH = 1 << 20
BEGIN_S = 20.0  # slow login shells are no fault
NOISE = 1 << 16  # kept of what comes before the marker
OUTPUT_MAX = 1 << 20
# The work ends with the channel: a command without a terminal would otherwise live until it writes. Standard input
# stays open as long as somebody is there. In braces, so that the shell has read all of it before `cat` reads the rest.
WRAPPED = b"""{
echo %s
exec 3<&0
( %s
) 3<&- </dev/null & w=$!
( cat <&3 >/dev/null 2>&1; kill $w 2>/dev/null ) >/dev/null 2>&1 & c=$!
exec 3<&-
wait $w; s=$?
kill $c 2>/dev/null
exit $s
}
"""


class Pipe:
    """A command's standard output as pieces, held back when nobody takes them; a Receiver."""

    def __init__(self) -> None:
        self.error_text = bytearray()
        self.on_error: Callable[[], None] = lambda: None
        self.on_closed: Callable[[Exception | None], None] = lambda _: None
        self.stream: Stream | None = None
        self.complaints = 0  # lines of standard error
        self.ended = False
        self.reason: Exception | None = None
        # nothing before it is the script's: a login shell's files may print something, or no shell run at all
        self.marker = b"moorline-" + secrets.token_hex(8).encode()
        self._pieces: list[bytes] = []
        self._size = 0
        self._paused = False
        self._news = asyncio.Event()

    def data(self, data: bytes) -> None:
        """Standard output."""
        self._pieces.append(data)
        self._size += len(data)
        if self._size > HIGH and not self._paused and self.stream is not None:
            self._paused = True
            self.stream.pause()
        self._news.set()

    def error(self, data: bytes) -> None:
        """Standard error; its end is kept."""
        self.error_text += data
        del self.error_text[:-4096]
        self.complaints += data.count(b"\n")
        self.on_error()

    def closed(self, reason: Exception | None) -> None:
        """It has ended."""
        self.on_closed(reason)
        self.ended, self.reason = True, reason
        self._news.set()

    async def begin(self) -> None:
        """Wait until the script runs. Raises Conflict (no_shell) when none does, or the LineError that ended it."""
        before = b""
        while True:
            noise, found, rest = (before + self._taken()).partition(self.marker + b"\n")
            if found:
                if rest:
                    self._pieces.insert(0, rest)
                return
            before = noise[-NOISE:]
            if self.ended:
                raise self.reason or no_shell()
            self._news.clear()
            await self._news.wait()

    async def pieces(self) -> AsyncGenerator[bytes, None]:
        """What comes, until it ends. Raises the LineError that ended it."""
        while True:
            while self._pieces:
                yield self._taken()
            if self.ended:
                if self.reason is not None:
                    raise self.reason
                return
            self._news.clear()
            await self._news.wait()

    def _taken(self) -> bytes:
        taken, self._pieces, self._size = self._pieces, [], 0
        if self._paused and self.stream is not None:
            self._paused = False
            self.stream.resume()
        return b"".join(taken)

    def end(self) -> None:
        """Nobody wants more: the command on the host is ended."""
        stream: Any = self.stream
        if stream is not None and not self.ended:
            stream.kill()
            stream.close()


@dataclass(frozen=True, slots=True)
class Result:
    """How a script ended."""

    stdout: bytes
    stderr: str
    status: int | None


async def start(places: Places, access: Access, script: bytes) -> Pipe:
    """Start a script of a POSIX shell. Raises Conflict (no_shell) where the account has none, LineError, AppError."""
    if access.root_for is not None:
        who = sudo.Who(places.fleet, places.passwords, access.host_id, access.root_for)
        stream, pipe = await sudo.become(who, Pipe, sudo.SHELL)
    else:
        pipe = Pipe()
        try:
            stream = await places.fleet.files(access.host_id, pipe, command=POSIX_SHELL)
        except ChannelRefused as error:
            if error.code == "channel_refused":
                raise no_shell() from None
            raise
    pipe.stream = stream
    try:
        with suppress(Unreachable):  # it has ended already: begin() says why
            stream.write(WRAPPED % (pipe.marker, script))
        async with asyncio.timeout(BEGIN_S):
            await pipe.begin()
    except TimeoutError:
        pipe.end()
        raise no_shell() from None
    except BaseException:
        pipe.end()
        raise
    return pipe


async def run(places: Places, access: Access, script: bytes, *, timeout_s: float | None = 60.0) -> Result:
    """Run a script and collect at most 1 MiB of what it says. Ended on the host when the time is up (TimeoutError)."""
    pipe = await start(places, access, script)
    found = bytearray()
    try:
        async with asyncio.timeout(timeout_s), aclosing(pipe.pieces()) as pieces:
            async for piece in pieces:
                found += piece[: OUTPUT_MAX - len(found)]
    finally:
        pipe.end()
    status: int | None = getattr(pipe.stream, "exit_status", None)
    said = bytes(pipe.error_text).decode("utf-8", "replace").strip()
    return Result(bytes(found), said, status)


async def do(places: Places, access: Access, script: bytes, *, timeout_s: float | None = None) -> bytes:
    """The same, for a script that has to succeed: what it said. Raises HostFailed with the host's words."""
    result = await run(places, access, script, timeout_s=timeout_s)
    if result.status != 0:
        raise HostFailed(f"The host could not do it: {result.stderr[-400:] or f'exit status {result.status}'}")
    return result.stdout


def no_shell() -> Conflict:
    """The account is for SFTP alone."""
    return Conflict(
        "This needs a command on the host, and the account may only use SFTP. Log in as an account with a shell.",
        code="no_shell",
    )
