"""The channels that a client opens: a session that asks for shell, command or subsystem, and a jump's connection."""

from __future__ import annotations

import re
from collections.abc import Callable

import asyncssh

from controller.gateway.client import Client
from controller.gateway.screen import Pty, usable

VARIABLE = re.compile(r"(LANG|LC_[A-Z]+|TZ|NO_COLOR|COLORTERM|GIT_[A-Z_]+)")
VARIABLES = 30
LONGEST_VALUE = 1000
SUBSYSTEMS = frozenset({"sftp"})


class Call(Client, asyncssh.SSHServerSession[bytes]):
    """One session channel. `begin` is told once the client has said what it wants."""

    def __init__(self, begin: Callable[[Call], None]) -> None:
        super().__init__()
        self._begin = begin
        self.pty: Pty | None = None
        self.command: str | None = None
        self.subsystem: str | None = None

    def connection_made(self, chan: asyncssh.SSHServerChannel[bytes]) -> None:
        """The channel is open; what for comes next."""
        self.channel = chan

    def pty_requested(self, term_type: str, term_size: tuple[int, int, int, int], _modes: object) -> bool:
        """The client has a terminal."""
        self.pty = Pty(term_type[:100] or "xterm", usable(*term_size[:2]))
        return True

    def terminal_size_changed(self, width: int, height: int, _pixwidth: int, _pixheight: int) -> None:
        """Its window has another size."""
        if self.pty is not None:
            self.pty = Pty(self.pty.term, usable(width, height))
            self.on_resize()

    def shell_requested(self) -> bool:
        """A login shell."""
        return True

    def exec_requested(self, command: str) -> bool:
        """A command."""
        self.command = command
        return True

    def subsystem_requested(self, subsystem: str) -> bool:
        """A subsystem."""
        self.subsystem = subsystem
        return subsystem in SUBSYSTEMS

    def session_started(self) -> None:
        """All is said: it may begin."""
        self._begin(self)

    @property
    def env(self) -> dict[str, str]:
        """What the client says of its language and the like; the host takes what its sshd admits."""
        found: dict[str, str] = {}
        for name, value in self.channel.get_environment().items():
            if VARIABLE.fullmatch(name) and len(value) <= LONGEST_VALUE and len(found) < VARIABLES:
                found[name] = value
        return found


class Jump(Client, asyncssh.SSHTCPSession[bytes]):
    """A connection to a host's SSH port: what runs in it is between the client and the host."""

    def __init__(self, begin: Callable[[Jump], None]) -> None:
        super().__init__()
        self._begin = begin

    def connection_made(self, chan: asyncssh.SSHTCPChannel[bytes]) -> None:
        """The channel is open."""
        self.channel = chan

    def session_started(self) -> None:
        """It may begin."""
        self._begin(self)

    def write_error(self, data: bytes) -> None:
        """There is no second output, and nobody who could read it."""

    def end(self, _: int | None) -> None:
        """Close."""
        if not self.gone.is_set():
            self.channel.close()
