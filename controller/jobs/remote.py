"""Work on one host over its line: begun, heard, and ended as a whole."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from shlex import quote

from controller.core.cancellation import outlast
from controller.core.errors import Conflict
from controller.core.secrets import Secret
from controller.files import sudo
from controller.jobs import wrapper
from controller.jobs.kind import Become, Report, Services
from controller.jobs.ready import Waiting
from controller.jobs.wrapper import Payload
from controller.ssh.endings import LEFT_MAX
from controller.ssh.errors import LineError, Unreachable
from controller.ssh.fleet import POSIX_SHELL, Stream

BEGIN_S = 60.0  # slow login shells are no fault
END_S = 10.0  # the host gets so long to end everything and to say so
NOISE = 4096
HEAD = 400  # of a line of the program's own


@dataclass(frozen=True, slots=True)
class Ended:
    """How it ended. `left`: processes that could not be ended; None: it was not asked to end."""

    status: int
    left: int | None


@dataclass(frozen=True, slots=True)
class Fetched:
    """A file from the host. `size`: on the host; more than `data` when it was cut."""

    name: str
    data: bytes
    size: int


class Broken(Exception):
    """The connection went while the work was under way, or, if not `begun`, before the host said that it is."""

    def __init__(self, reason: LineError, *, begun: bool = True) -> None:
        super().__init__(reason.sentence)
        self.reason = reason
        self.begun = begun


class Talk:
    """Hears one run of the program; a Receiver. `out` gets what the work says: (bytes, is standard error)."""

    def __init__(self, marker: bytes, out: Callable[[bytes, bool], None], report: Report | None = None) -> None:
        self.error_text = bytearray()  # these three are for whoever opens sudo
        self.on_error: Callable[[], None] = lambda: None
        self.on_closed: Callable[[Exception | None], None] = lambda _: None
        self.stream: Stream | None = None
        self.handed = False  # the program, to a shell: from then on it may begin
        self.begun = False
        self.files: list[Fetched] = []
        self.news = asyncio.Event()
        self.gone = False
        self.reason: Exception | None = None
        self._marker = marker
        self._out = out
        self._report = report
        self._noise = b""
        self._rest = b""
        self._error_begun = False
        self._error_rest = b""
        self._error_done = False
        self._ended: Ended | None = None
        self._held: asyncio.Task[None] | None = None

    @property
    def ended(self) -> Ended | None:
        """Once both outputs are whole."""
        return self._ended if self._error_done else None

    def data(self, data: bytes) -> None:
        """Standard output."""
        if self._ended is not None:
            return
        data = self._rest + data
        self._rest = b""
        if not self.begun:
            before, found, data = data.partition(self._marker + b" begin\n")
            if not found:
                self._noise = self._rest = before[-NOISE:]
                return
            self.begun = True
            self.news.set()
        self._said(data)
        self._hold()

    def _said(self, data: bytes) -> None:
        while data:
            at = data.find(wrapper.SIGN)
            if at < 0:
                self._out(data, False)
                return
            if at:
                self._out(data[:at], False)
                data = data[at:]
            if not self._marker.startswith(data[: len(self._marker)]):
                self._out(data[:1], False)
                data = data[1:]
                continue
            rest = self._own(data)
            if rest is None:
                self._rest = data
                return
            data = rest

    def _own(self, data: bytes) -> bytes | None:
        """What the program itself says, and what follows it; None while it is not whole."""
        line, found, rest = data.partition(b"\n")
        if not found:
            return None if len(data) < HEAD else b""
        words = line[len(self._marker) :].split()
        if words[:1] == [b"end"]:
            left = int(words[2])
            self._ended = Ended(int(words[1]), None if left > LEFT_MAX else left)
            self.news.set()
            return b""
        if words[:1] != [b"file"]:
            return rest
        size, real = int(words[1]), int(words[2])
        name, zero, body = rest.partition(b"\0")
        if not zero or len(body) < size:
            return None
        self.files.append(Fetched(name.decode("utf-8", "replace"), body[:size], real))
        return body[size:]

    def error(self, data: bytes) -> None:
        """Standard error."""
        if self._error_done:
            return
        self.error_text += data
        if not self._error_begun:
            self.on_error()
            _, found, rest = bytes(self.error_text).partition(self._marker + b" begin\n")
            if not found:
                del self.error_text[:-NOISE]
                return
            self._error_begun = True
            data = rest
        self.error_text.clear()
        data = self._error_rest + data
        before, found, _ = data.partition(self._marker + b" end\n")
        if found:
            self._error_rest, self._error_done = b"", True
            self.news.set()
        else:
            at = before.rfind(wrapper.SIGN, -len(self._marker) - 5)
            before, self._error_rest = (before, b"") if at < 0 else (before[:at], before[at:])
        if before:
            self._out(before, True)
        self._hold()

    def closed(self, reason: Exception | None) -> None:
        """It has ended, or its line has."""
        self.on_closed(reason)
        self.gone, self.reason = True, reason
        self.news.set()

    def _hold(self) -> None:
        """Let the host wait while what it said is not written."""
        if self._report is None or not self._report.full or self._held is not None or self.stream is None:
            return
        self.stream.pause()
        self._held = asyncio.create_task(self._go_on(self._report, self.stream), name="output waits")

    async def _go_on(self, report: Report, stream: Stream) -> None:
        await report.room()
        self._held = None
        stream.resume()

    async def until(self, condition: Callable[[], object]) -> None:
        """Wait. Raises what ended the channel before."""
        while not condition():
            if self.gone:
                raise self.reason or self._no_program()
            self.news.clear()
            await self.news.wait()

    def _no_program(self) -> Conflict | Unreachable:
        if self.begun:
            return Unreachable("The shell on the host was ended from outside.")
        said = (bytes(self.error_text) or self._noise).decode("utf-8", "replace").strip()
        told = f" It said: {said[-300:]}" if said else ""
        return Conflict(f"The host's account runs no commands. Log in as one with a shell.{told}", code="no_shell")

    def leave(self) -> None:
        """Nobody listens any more."""
        if self._held is not None:
            self._held.cancel()
        if self.stream is not None:
            self.stream.close()


class _Passwords:
    """What sudo may be told: what was typed at the launch, else what the host's credential holds."""

    def __init__(self, services: Services, typed: Secret | None) -> None:
        self._services = services
        self._typed = typed

    async def of(self, host_id: int, user_id: int) -> list[Secret]:  # noqa: ARG002 — as sudo asks
        """See `files.sudo.Known`."""
        known = self._typed or await self._services.stored_password(host_id)
        return [] if known is None else [known]

    def forget(self, host_id: int, user_id: int) -> None:
        """It is asked for anew each time."""


@dataclass(frozen=True, slots=True)
class Where:
    """On which host, and as whom. `login`: the account that the line logs in with."""

    host_id: int
    login: str = ""
    become: Become | None = None

    @property
    def plain(self) -> bool:
        """As whom the line logs in."""
        return self.become is None or self.become.user == self.login


async def run(
    services: Services, where: Where, mark: str, payload: Payload, report: Report, *, timeout_s: float | None
) -> tuple[Ended, list[Fetched]]:
    """Do it, and hear it out. Raises LineError or AppError when it did not begin, Broken when the line went meanwhile,
    TimeoutError when it was ended for taking too long. Cancelled, it is ended on the host first: `Ended` is lost then,
    so that what is left there is said by raising StillThere."""
    marker = wrapper.SIGN + secrets.token_hex(16).encode()
    talk = Talk(marker, lambda data, error: report.output(where.host_id, data, error=error), report)
    try:
        await _begun(services, where, talk, wrapper.program(marker, mark, payload))
        await _heard_out(talk, timeout_s)
    except (TimeoutError, asyncio.CancelledError):
        ending = asyncio.create_task(_end(talk), name="ending work")
        cancelled = await outlast(ending)  # a time limit and a person may both want its end
        if not ending.result():
            raise StillThere from None
        if cancelled is not None:
            raise cancelled from None
        raise
    finally:
        talk.leave()
    assert talk.ended is not None  # noqa: S101 — `until` waited for it
    return talk.ended, talk.files


async def _begun(services: Services, where: Where, talk: Talk, program: bytes) -> None:
    """As `_begin`, but what may have begun is not told as if it had not: nobody may run it once more for that."""
    try:
        await _begin(services, where, talk, program)
    except LineError as error:
        if not talk.handed:
            raise
        raise Broken(error, begun=False) from None


async def _heard_out(talk: Talk, timeout_s: float | None) -> None:
    try:
        async with asyncio.timeout(timeout_s):
            await talk.until(lambda: talk.ended)
    except LineError as error:
        raise Broken(error) from None


class StillThere(Exception):
    """It was to be ended, and the host did not say that it was."""


async def end_marked(services: Services, where: Where, mark: str) -> tuple[int, int]:
    """End what carries the word: how many processes there were, and how many could not be ended.

    Raises LineError, AppError, TimeoutError.
    """
    marker = wrapper.SIGN + secrets.token_hex(16).encode()
    said = bytearray()
    talk = Talk(marker, lambda data, error: said.extend(b"" if error else data))
    try:
        await _begin(services, where, talk, wrapper.ender(marker, mark))
        async with asyncio.timeout(BEGIN_S):
            await talk.until(lambda: talk.ended)
    finally:
        talk.leave()
    return int(said or b"0"), talk.ended.left or 0 if talk.ended else 0


async def _begin(services: Services, where: Where, talk: Talk, program: bytes) -> None:
    """Open a shell, unless one waits, and start the program. Raises LineError, AppError."""
    waiting = services.ready.take(where.host_id) if where.plain else None
    if waiting is not None and await _begun_in(waiting, talk, program):
        return
    talk.stream = await _shell(services, where, talk)
    await _start(talk, talk.stream, program)


async def _start(talk: Talk, stream: Stream, program: bytes) -> None:
    stream.write(program)
    talk.handed = True
    try:
        async with asyncio.timeout(BEGIN_S):
            await talk.until(lambda: talk.begun)
    except TimeoutError:
        raise Unreachable("The shell on the host did not begin in time.", code="timeout") from None


async def _begun_in(waiting: Waiting, talk: Talk, program: bytes) -> bool:
    """Start the program in a shell that was held ready; False: that was gone, and nothing of it has begun."""
    waiting.hand_over(talk)
    talk.stream = waiting.stream
    assert waiting.stream is not None  # noqa: S101 — it waits since it was opened
    try:
        await _start(talk, waiting.stream, program)
    except (Unreachable, Conflict) as error:
        if talk.begun or talk.reason is not None or error.code == "timeout":
            raise
        _fresh(talk).stream = None
        return False
    return True


async def _shell(services: Services, where: Where, talk: Talk) -> Stream:
    become = where.become
    if become is None or where.plain:
        return await services.fleet.stream(where.host_id, POSIX_SHELL, talk)
    if where.login == "root":  # which needs nobody's password, and often has no sudo
        command = f"exec su -s /bin/sh {quote(become.user)} -c {quote(POSIX_SHELL)}"
        return await services.fleet.stream(where.host_id, command, talk)
    passwords = _Passwords(services, become.password)
    who = sudo.Who(services.fleet, passwords, where.host_id, 0, become.user)
    stream, _ = await sudo.become(who, lambda: _fresh(talk), sudo.SHELL)
    return stream


def _fresh(talk: Talk) -> Talk:
    """The same one for the second attempt: nothing of the first was ours."""
    talk.error_text.clear()
    talk.gone, talk.reason, talk.handed = False, None, False
    return talk


async def _end(talk: Talk) -> bool:
    """Order the end; did the host say that everything ended?"""
    stream = talk.stream
    if stream is None or not talk.handed:
        return True  # nothing can have begun
    if talk.gone:
        return False
    stream.resume()  # what it says last is wanted, however full we are
    stream.write_eof()
    try:
        async with asyncio.timeout(END_S):
            await talk.until(lambda: talk.ended)
    except (TimeoutError, LineError, Conflict):
        return False
    return talk.ended is not None and not talk.ended.left
