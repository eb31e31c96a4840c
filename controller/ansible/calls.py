"""One connection of Ansible's to the broker: its requests, one after the other."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from controller.ansible import remote
from controller.ansible.wire import Misspoken, Word, frame, parse, read, table
from controller.core.secrets import Secret
from controller.ssh.errors import CommandTimeout, LineError, Unreachable
from controller.ssh.fleet import Fleet, Shell

WINDOW_BYTES = 1 << 20
HIGH_BYTES = 4 << 20  # that wait for Ansible to read, before the host is held up
RESET_S = 5.0
OTHERS = 8  # accounts on one host that a run's tasks are remembered to have become
HEARD_BYTES = 4096
SIGNALS = 128  # a shell's way to say that a signal ended a command


@dataclass(frozen=True, slots=True)
class Way:
    """What opens the way to another account: `secret` is told on standard input, on a terminal once it asks."""

    secret: Secret | None
    terminal: bool = False


@dataclass(slots=True)
class Ending:
    """The lines that end what a run started on a host as others than the login account, by line.

    `beyond`: there were more accounts than are remembered.
    """

    others: dict[str, Way] = field(default_factory=dict)
    beyond: bool = False

    def remember(self, given: Any) -> None:
        """From a request: {command, secret, tty}, or nothing."""
        if not isinstance(given, dict) or not isinstance(given.get("command"), str):
            return
        secret = given.get("secret")
        way = Way(Secret(secret) if isinstance(secret, str) else None, given.get("tty") is True)
        if given["command"] in self.others or len(self.others) < OTHERS:
            self.others[given["command"]] = way
        else:
            self.beyond = True


class _Asked:
    """Hears a line on a terminal that may ask for a password, and tells it once; see `tell`."""

    def __init__(self, secret: Secret | None) -> None:
        self._secret = secret
        self.shell: Shell | None = None
        self.said = bytearray()
        self.ended = asyncio.Event()
        self.reason: Exception | None = None

    def data(self, data: bytes) -> None:
        """What the terminal shows."""
        self.said = (self.said + data)[-HEARD_BYTES:]
        self.answer()

    def error(self, data: bytes) -> None:
        """A terminal has no other output."""
        self.data(data)

    def answer(self) -> None:
        """Tell the password once the question stands there: in most languages it ends in a colon."""
        asks = self.said.rstrip().endswith((b":", "\uff1a".encode()))
        if asks and self.shell is not None and self._secret is not None:
            secret, self._secret = self._secret, None
            with suppress(Unreachable):
                self.shell.write(secret.reveal().encode() + b"\n")

    def closed(self, reason: Exception | None) -> None:
        """It has ended, or its line."""
        self.reason = reason
        self.ended.set()


async def tell(fleet: Fleet, host_id: int, line: str, way: Way, timeout_s: float) -> int | None:
    """Run a line by that way; its exit status, None when it has none. Raises LineError."""
    if not way.terminal:
        stdin = b"" if way.secret is None else way.secret.reveal().encode() + b"\n"
        return (await fleet.exec(host_id, line, stdin=stdin, timeout_s=timeout_s)).exit_status
    ear = _Asked(way.secret)
    shell = await fleet.shell(host_id, ear, command=line, terminal=True, term="dumb")
    try:
        ear.shell = shell
        ear.answer()
        async with asyncio.timeout(timeout_s):
            await ear.ended.wait()
    except TimeoutError:
        raise CommandTimeout("The host did not end it in time.") from None
    finally:
        shell.close()
    if isinstance(ear.reason, LineError):
        raise ear.reason
    return shell.exit_status


class _Ear:
    """Hears a command and passes on what it says, holding up the host when Ansible reads slowly."""

    def __init__(self, writer: asyncio.StreamWriter) -> None:
        self._writer = writer
        self._waiting: asyncio.Task[None] | None = None
        self.shell: Shell | None = None
        self.closed_with: asyncio.Future[Exception | None] = asyncio.get_running_loop().create_future()

    def data(self, data: bytes) -> None:
        """Standard output."""
        self._pass(Word.OUT, data)

    def error(self, data: bytes) -> None:
        """Standard error."""
        self._pass(Word.ERR, data)

    def closed(self, reason: Exception | None) -> None:
        """The command has ended, or its line."""
        if not self.closed_with.done():
            self.closed_with.set_result(reason)

    async def stop(self) -> None:
        """Wait for nothing more."""
        if self._waiting is not None:
            self._waiting.cancel()
            await asyncio.gather(self._waiting, return_exceptions=True)

    def _pass(self, word: Word, data: bytes) -> None:
        if self._writer.is_closing():
            return
        self._writer.write(frame(word, data))
        full = self._writer.transport.get_write_buffer_size() > HIGH_BYTES
        if full and self.shell is not None and (self._waiting is None or self._waiting.done()):
            self.shell.pause()
            self._waiting = asyncio.create_task(self._wait(self.shell), name="ansible reads slowly")

    async def _wait(self, shell: Shell) -> None:
        try:
            await self._writer.drain()
        except ConnectionError:
            shell.close()
        else:
            shell.resume()


class Call:
    """See the module. `close` may be called at any time."""

    def __init__(self, fleet: Fleet, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, mark: str) -> None:
        self._fleet = fleet
        self._writer = writer
        self._mark = mark
        self._frames: asyncio.Queue[tuple[Word, bytes] | None] = asyncio.Queue(4)
        self._shell: Shell | None = None
        self._closing = False
        self._reading = asyncio.create_task(self._read(reader), name="ansible frames")

    async def requests(self) -> AsyncIterator[tuple[Word, bytes]]:
        """Each request, until the other side goes or `close`."""
        while not self._closing and (found := await self._frames.get()) is not None:
            yield found

    def close(self) -> None:
        """End what runs, and the connection."""
        self._closing = True
        if self._shell is not None:
            self._shell.close()
        self._writer.close()

    async def finish(self) -> None:
        """Wait for what was started here."""
        self._reading.cancel()
        await asyncio.gather(self._reading, return_exceptions=True)

    def refuse(self, sentence: str, *, unreachable: bool = True) -> None:
        """Answer a request by this."""
        self._say(table(Word.FAILED, error=sentence, unreachable=unreachable))

    def _say(self, data: bytes) -> None:
        if not self._writer.is_closing():
            self._writer.write(data)

    async def reset(self, host_id: int) -> None:
        """Ansible wants a fresh start. The line is everybody's: it is asked for a sign of life, which finds it dead."""
        try:
            await self._fleet.exec(host_id, "exec true", timeout_s=RESET_S)
        except LineError as error:
            self.refuse(error.sentence)
        else:
            self._say(table(Word.RESULT, rc=0))

    async def exec(self, host_id: int, command: str, *, tty: bool) -> None:
        """Run a command; its output as it comes, then how it ended."""
        ear = _Ear(self._writer)
        line = remote.on_a_terminal(self._mark, command) if tty else remote.watched(self._mark, command)
        try:
            shell = await self._fleet.shell(
                host_id, ear, command=line, terminal=tty, term="dumb", window_bytes=WINDOW_BYTES
            )
        except LineError as error:
            self.refuse(error.sentence)
            await self.skip_input()
            return
        self._shell = ear.shell = shell
        feeding = asyncio.create_task(self._feed(shell, plain=tty), name="ansible input")
        try:
            if self._closing:
                shell.close()
            either: set[asyncio.Future[Any]] = {ear.closed_with, feeding}
            await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
            if feeding.done():
                feeding.result()
            self._tell(shell, await ear.closed_with)
            await feeding
        finally:
            self._shell = None
            shell.close()  # what still runs there sees its input end, and is ended
            feeding.cancel()
            await asyncio.gather(feeding, return_exceptions=True)
            await ear.stop()

    def _tell(self, shell: Shell, reason: Exception | None) -> None:
        status = shell.exit_status
        if reason is None and status is not None:
            self._say(table(Word.RESULT, rc=status if status >= 0 else SIGNALS - status))
        elif isinstance(reason, LineError):
            self.refuse(reason.sentence)
        else:
            self.refuse("The command's channel was closed before it ended.")

    async def _feed(self, shell: Shell, *, plain: bool) -> None:
        """What Ansible sends for the command, until all of its input is there."""
        left: int | None = None
        while left is None or left > 0:
            found = await self._frames.get()
            if found is None:
                shell.close()
                self._closing = True
                return
            word, body = found
            if word is Word.ANSWER:
                await _put(shell, body if plain else remote.block(len(body), last=False) + body)
            elif word is Word.SIZE and left is None:
                left = int(parse(body, bytes=int)["bytes"])
                if not plain:
                    await _put(shell, remote.block(left, last=True))
            elif word is Word.INPUT and left is not None and len(body) <= left:
                left -= len(body)
                await _put(shell, body)
            else:
                raise Misspoken("input out of turn")

    async def skip_input(self) -> None:
        """The command was never started, but Ansible sends what belongs to it."""
        left: int | None = None
        while left is None or left > 0:
            found = await self._frames.get()
            if found is None:
                self._closing = True
                return
            if found[0] is Word.SIZE:
                left = int(parse(found[1], bytes=int)["bytes"])
            elif found[0] is Word.INPUT:
                left = (left or 0) - len(found[1])

    async def _read(self, reader: asyncio.StreamReader) -> None:
        """Everything that comes, so that the other side's end is heard while a command runs."""
        try:
            while (found := await read(reader)) is not None:
                await self._frames.put(found)
        except Misspoken:
            self._closing = True
        if self._shell is not None:
            self._shell.close()
        await self._frames.put(None)


async def _put(shell: Shell, data: bytes) -> None:
    try:
        shell.write(data)
        await shell.drain()
    except Unreachable:
        return  # it has ended without reading all: how is told apart from this
