"""The interface through which the rest of the program reaches hosts, by host id."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any, Protocol

POSIX_SHELL = "exec /bin/sh -s"  # for scripts on standard input: no login shell gets to read them


class Receiver(Protocol):
    """Takes what a channel brings, straight from the event loop: none of these may wait."""

    def data(self, data: bytes) -> None:
        """Bytes of standard output (or of the forwarded connection). An exception closes this channel only."""
        ...

    def error(self, data: bytes) -> None:
        """Bytes of standard error."""
        ...

    def closed(self, reason: Exception | None) -> None:
        """The channel is gone; called once. None: it ended by itself or we closed it."""
        ...


@dataclass(frozen=True, slots=True)
class ExecResult:
    """How a command ended. `exit_status`: None when it was cut off at the output limit, -N when signal N ended it."""

    stdout: bytes
    stderr: bytes
    exit_status: int | None
    truncated: bool = False


@dataclass(frozen=True, slots=True)
class Challenge:
    """What a host asks a person during the login. The words are the host's own: they may hold anything.

    `prompts`: each question with whether the answer may be shown while it is typed.
    """

    name: str
    instructions: str
    prompts: tuple[tuple[str, bool], ...]


class Person(Protocol):
    """Somebody who is there to answer what a host asks."""

    async def answer(self, challenge: Challenge) -> Sequence[str] | None:
        """One answer for each prompt; None: gives up, which ends the login."""
        ...


class Stream(Protocol):
    """A two-way channel: the answers arrive at the receiver it was opened with."""

    @property
    def pending_bytes(self) -> int:
        """Written but not yet taken by the host."""
        ...

    def write(self, data: bytes) -> None:
        """Send, without waiting. Raises Unreachable when the channel is closed."""
        ...

    async def drain(self) -> None:
        """Wait until the host has taken most of what was written, or the channel is closed."""
        ...

    def write_eof(self) -> None:
        """Nothing more comes from us; the other direction stays open."""
        ...

    def pause(self) -> None:
        """Deliver nothing until resume(); the host is held up once the window is full."""
        ...

    def resume(self) -> None:
        """Deliver again."""
        ...

    def close(self) -> None:
        """Close the channel; the receiver hears closed(None). Harmless on a closed one."""
        ...

    def kill(self) -> None:
        """End the command on the host, too: closing alone leaves one without a terminal running until it writes."""
        ...


class Shell(Stream, Protocol):
    """A login shell, or a command, on a terminal."""

    @property
    def exit_status(self) -> int | None:
        """How it ended, once closed: -N for signal N, None when the host did not say."""
        ...

    def resize(self, columns: int, rows: int) -> None:
        """Tell the host the terminal's new size in characters."""
        ...


class Fleet(Protocol):
    """All hosts. Every method raises Unreachable, AuthFailed, HostKeyUnknown, HostKeyChanged or ChannelRefused."""

    def monitoring_only(self, host_id: int) -> bool:
        """Is our key there bound to the restricted reader, as far as its line has come up? Raises nothing."""
        ...

    def spare(self, host_id: int) -> bool:
        """Does its line stand, with sessions to spare for what is merely convenient? Raises nothing."""
        ...

    async def exec(
        self,
        host_id: int,
        command: str,
        *,
        stdin: bytes = b"",
        timeout_s: float = 30.0,
        limit_bytes: int = 1 << 20,
        heard: Callable[[bytes], None] | None = None,
    ) -> ExecResult:
        """Run a command and collect at most `limit_bytes` of each output. Raises CommandTimeout after `timeout_s`.

        `heard` gets standard output as it comes, as far as it is collected.
        """
        ...

    async def stream(self, host_id: int, command: str, receiver: Receiver) -> Stream:
        """Start a command whose output goes to the receiver as it comes."""
        ...

    async def shell(
        self,
        host_id: int,
        receiver: Receiver,
        *,
        term: str = "xterm-256color",
        columns: int = 80,
        rows: int = 24,
        window_bytes: int = 65536,
        command: str | None = None,
        env: Mapping[str, str] | None = None,
        terminal: bool = True,
        subsystem: str | None = None,
    ) -> Shell:
        """Open a login shell, or start `command` on a terminal (or without one: `terminal` false), or a subsystem.

        At most about twice `window_bytes` wait unread while it is paused. Of `env` the host takes what its sshd admits.
        """
        ...

    async def introduce(self, host_id: int, person: Person) -> None:
        """Bring the line up with somebody there to answer what the host asks (a one-time code): one login, for all.

        Does nothing on a line that is up. The line is not logged in again by itself once it breaks.
        """
        ...

    async def sftp(self, host_id: int) -> AbstractAsyncContextManager[Any]:
        """An SFTP client (asyncssh's) for the time of the context."""
        ...

    async def files(
        self, host_id: int, receiver: Receiver, *, command: str | None = None, bulk: bool = False
    ) -> Stream:
        """A channel to the host's SFTP server, or to `command` in its place: see ssh.sftp for who speaks on it.

        `bulk`: megabytes will pass, so that it stands on a connection of its own where the host admits one.
        """
        ...

    async def connect_tcp(self, host_id: int, address: str, port: int, receiver: Receiver) -> Stream:
        """Connect from the host to an address as seen there; takes no session of the host."""
        ...

    async def connect_host(self, host_id: int, receiver: Receiver) -> Stream:
        """A bare connection to the host's SSH port, the way its line goes: a client logs in there by itself."""
        ...

    async def connect_unix(self, host_id: int, path: str, receiver: Receiver) -> Stream:
        """Connect to a Unix socket on the host; takes no session of the host."""
        ...
