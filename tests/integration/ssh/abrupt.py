"""An SSH server that drops a connection which asks for one session too many, as some hosts do, or closes sessions that
it has just opened, as dropbear does when another one ends at that moment.

OpenSSH cannot be told to, so this is another implementation.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncssh

from controller.core.secrets import Secret
from controller.ssh.target import Password, Target

PASSWORD = "correct horse"


class Server(asyncssh.SSHServer):
    """One connection."""

    def __init__(self, limit: int, hasty: int) -> None:
        self._limit = limit
        self.hasty = hasty
        self.sessions = 0

    def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
        """Somebody is here."""
        self._connection = conn

    def begin_auth(self, _: str) -> bool:
        """Nobody is let in without."""
        return True

    def password_auth_supported(self) -> bool:
        """By password only."""
        return True

    def validate_password(self, _: str, password: str) -> bool:
        """Whether it is the right one."""
        return password == PASSWORD

    def session_requested(self) -> Session | bool:
        """One more session: the last straw beyond the limit."""
        self.sessions += 1
        if self.sessions > self._limit:
            self._connection.abort()
            return False
        return Session(self)


class Session(asyncssh.SSHServerSession[bytes]):
    """A command that prints its own text and ends; "cat" stays and says nothing."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._command = ""

    def connection_made(self, chan: asyncssh.SSHServerChannel[bytes]) -> None:
        """The channel is open."""
        self._channel = chan
        if self._server.hasty:
            self._server.hasty -= 1
            chan.close()

    def exec_requested(self, command: str) -> bool:
        """Anything goes."""
        self._command = command
        return True

    def session_started(self) -> None:
        """Run it."""
        if self._command != "cat":
            self._channel.write(self._command.encode())
            self._channel.exit(0)

    def connection_lost(self, _: Exception | None) -> None:
        """The place is free."""
        self._server.sessions -= 1


@asynccontextmanager
async def abrupt(limit: int, hasty: int = 0) -> AsyncIterator[Target]:
    """A server that carries `limit` sessions on each connection, as host 1, and closes its first `hasty` ones."""
    key = asyncssh.generate_private_key("ssh-ed25519")
    server = await asyncssh.listen(
        "127.0.0.1", 0, server_factory=lambda: Server(limit, hasty), server_host_keys=[key], encoding=None
    )
    try:
        pinned = key.export_public_key().decode().strip()
        yield Target(1, "127.0.0.1", server.get_port(), "ops", Password(Secret(PASSWORD)), (pinned,), None, "h1")
    finally:
        server.close()
        await server.wait_closed()
