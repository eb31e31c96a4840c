"""One client's connection: how it comes in, what it may open, and its end when its rights have gone."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

import asyncssh
import structlog
from sqlalchemy.exc import SQLAlchemyError

from controller.core.errors import AppError, TooMany, Unavailable
from controller.core.secrets import Secret
from controller.gateway.access import LONGEST_COMMAND, Access, Entry
from controller.gateway.calls import Call, Jump
from controller.gateway.client import LOST, Client
from controller.gateway.passage import Passage
from controller.gateway.screen import Pty, Screen
from controller.hosts.queries import HostRow
from controller.ssh.errors import LineError
from controller.ssh.fleet import Fleet
from controller.terminal.manager import Request, Terminals
from controller.terminal.recorders import Meta, Recorders
from controller.users.act import actor_of
from controller.users.rights import Principal

log = structlog.get_logger()
C = TypeVar("C", bound=Client)
KEYS = 20  # that one connection may offer: agents offer all they have
PASSWORDS = 3
CHANNELS = 64
BULK_WINDOW = 2 << 20
AWAY = "The database of Moorline does not answer. Try again shortly."


class House(Protocol):
    """What a visitor needs of the gateway."""

    access: Access
    fleet: Fleet
    terminals: Terminals
    recorders: Recorders

    def joined(self, visitor: Visitor) -> None:
        """A connection is there; nobody has logged in."""
        ...

    def left(self, visitor: Visitor) -> None:
        """It has gone."""
        ...

    def spawn(self, work: Coroutine[Any, Any, None], name: str) -> None:
        """Run until the gateway closes."""
        ...

    def now(self) -> float:
        """Epoch seconds."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class Running:
    """What a channel does that the terminal slice does not judge."""

    host: HostRow
    passage: Passage
    client: Client
    jump: bool
    task: asyncio.Task[Any] | None

    def end(self) -> None:
        """Its right is gone."""
        if self.task is not None:
            self.task.cancel()


class Visitor(asyncssh.SSHServer):
    """asyncssh asks it everything about one connection."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._connection: asyncssh.SSHServerConnection | None = None
        self._login = ""
        self._candidate: Entry | None = None  # of the key or token that was looked at last
        self.entry: Entry | None = None
        self.address = ""
        self._keys = 0
        self._passwords = 0
        self.running: set[Running] = set()
        self._clients: set[Client] = set()  # all channels, also those that have asked for nothing yet

    # coming in

    def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
        """Somebody has connected."""
        self._connection = conn
        peer = conn.get_extra_info("peername")
        self.address = str(peer[0]) if peer else ""
        self._house.joined(self)

    def connection_lost(self, _exc: Exception | None) -> None:
        """The connection is gone; its channels have heard of it."""
        self._house.left(self)

    def begin_auth(self, username: str) -> bool:
        """Everybody has to log in."""
        self._login = username
        return True

    def public_key_auth_supported(self) -> bool:
        """By a key that a user keeps here."""
        return True

    def password_auth_supported(self) -> bool:
        """By an API token."""
        return True

    def kbdint_auth_supported(self) -> bool:
        """A token is asked for as a password."""
        return False

    async def validate_public_key(self, username: str, key: asyncssh.SSHKey) -> bool:
        """Is it a user's? Asked before the signature is looked at: `auth_completed` makes it count."""
        self._login, self._candidate = username, None
        self._keys += 1
        if self._keys > KEYS:
            raise asyncssh.PermissionDenied("Too many keys were offered. Name one: ssh -i KEY -o IdentitiesOnly=yes")
        try:
            self._candidate = await self._house.access.by_key(key.get_fingerprint("sha256"))
        except (SQLAlchemyError, OSError):
            raise asyncssh.DisconnectError(asyncssh.DISC_SERVICE_NOT_AVAILABLE, AWAY) from None
        return self._candidate is not None

    async def validate_password(self, username: str, password: str) -> bool:
        """Is it a token?"""
        self._login, self._candidate = username, None
        self._passwords += 1
        if self._passwords > PASSWORDS:
            raise asyncssh.PermissionDenied("Too many wrong tokens.")
        try:
            self._candidate = await self._house.access.by_token(Secret(password), self.address)
        except TooMany as error:
            raise asyncssh.PermissionDenied(error.detail) from None
        except (SQLAlchemyError, OSError):
            raise asyncssh.DisconnectError(asyncssh.DISC_SERVICE_NOT_AVAILABLE, AWAY) from None
        return self._candidate is not None

    def auth_completed(self) -> None:
        """Key or token have proved good."""
        self.entry = self._candidate
        if self.entry is not None:
            self._house.spawn(self._entered(self.entry), "gateway login")

    async def _entered(self, entry: Entry) -> None:
        try:
            await self._house.access.entered(entry, self.address)
        except (SQLAlchemyError, OSError):
            self.leave(AWAY)  # what cannot be written down is not done

    # what is asked for

    def session_requested(self) -> Call:
        """A shell, a command or sftp."""
        self._count()
        return self._counted(Call(lambda call: self._start(call, self._session(call))))

    async def connection_requested(self, dest_host: str, dest_port: int, _host: str, _port: int) -> Jump:
        """ProxyJump."""
        self._count()
        principal = self._principal()
        try:
            host = await self._house.access.jump_host(principal, dest_host, dest_port)
            await self._house.access.record(principal, self.address, "gateway.jump", host, port=dest_port)
        except AppError as error:
            raise asyncssh.ChannelOpenError(asyncssh.OPEN_ADMINISTRATIVELY_PROHIBITED, error.detail) from None
        except (SQLAlchemyError, OSError):
            raise asyncssh.ChannelOpenError(asyncssh.OPEN_CONNECT_FAILED, AWAY) from None
        return self._counted(Jump(lambda jump: self._start(jump, self._through(jump, host))))

    def _counted(self, client: C) -> C:
        self._clients.add(client)
        return client

    def _count(self) -> None:
        self._clients = {one for one in self._clients if not one.gone.is_set()}
        if len(self._clients) >= CHANNELS:
            raise asyncssh.ChannelOpenError(
                asyncssh.OPEN_RESOURCE_SHORTAGE, f"One connection carries {CHANNELS} channels at the most."
            )

    def _in(self) -> Entry:
        if self.entry is None:  # asyncssh lets nobody open a channel before
            raise asyncssh.ChannelOpenError(asyncssh.OPEN_ADMINISTRATIVELY_PROHIBITED, "Log in first.")
        return self.entry

    def _principal(self) -> Principal:
        return self._in().principal

    def _start(self, client: Client, work: Coroutine[Any, Any, None]) -> None:
        self._house.spawn(self._served(client, work), f"gateway channel of {self.address}")

    async def _served(self, client: Client, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        except (AppError, LineError) as error:
            client.refuse(error)
        except (SQLAlchemyError, OSError):
            client.refuse(Unavailable(AWAY))
        except asyncio.CancelledError:
            client.say("Moorline is being stopped, or the right to this host was taken away.")
            client.end(LOST)
            raise
        except Exception:  # the edge of a channel: whatever it is, the client is told and the others go on
            log.exception("gateway.channel_failed", address=self.address)
            client.say("Something went wrong in Moorline; its log says more.")
            client.end(LOST)

    async def _session(self, call: Call) -> None:
        host = await self._house.access.host(self._principal(), self._login)
        if call.pty is not None and call.subsystem is None:
            await self._terminal(call, call.pty, host)
        else:
            await self._straight(call, host)

    async def _terminal(self, call: Call, pty: Pty, host: HostRow) -> None:
        entry = self._in()
        terminals, (columns, rows) = self._house.terminals, pty.size
        request = Request(
            host.id, columns, rows, kind="shell" if call.command is None else "command", command=call.command,
            term=pty.term, env=call.env, via="gateway",
        )  # fmt: skip
        async with self._house.access.database.session() as transaction:
            actor = actor_of(entry.principal, self.address)
            session = await terminals.open(transaction, entry.principal, actor, request)
        attachment = terminals.attach(entry.principal, session.facts.id, entry.renew, size=pty.size)
        call.on_resize = lambda: attachment.resize(*(call.pty or pty).size)
        await Screen(call, session, attachment).run()

    async def _straight(self, call: Call, host: HostRow) -> None:
        principal = self._principal()
        access, fleet = self._house.access, self._house.fleet
        if call.subsystem is not None:
            await access.record(principal, self.address, "gateway.sftp", host)
            await self._pass(call, Passage(call), host, lambda passage: fleet.shell(
                host.id, passage, subsystem=call.subsystem, terminal=False, window_bytes=BULK_WINDOW))  # fmt: skip
            return
        command = call.command
        said = (command or "")[:LONGEST_COMMAND]  # none: a login shell that is fed a script
        await access.record(principal, self.address, "gateway.exec", host, command=said)
        meta = Meta(
            f"gateway-{id(call):x}", principal.user_id, principal.username, host.id, host.name, "gateway",
            "shell" if command is None else "command", command or "", "", 80, 24, self._house.now(),
        )  # fmt: skip
        recorder = await self._house.recorders.start(meta)
        passage = Passage(call, recorder)
        if recorder is not None:
            recorder.on_failure = lambda sentence: passage.stop(Unavailable(sentence))
        reason = "The client has gone."
        try:
            status = await self._pass(call, passage, host, lambda passage: fleet.shell(
                host.id, passage, command=command, env=call.env, terminal=False, window_bytes=BULK_WINDOW))  # fmt: skip
            reason = "exited" if status is not None else reason
        except LineError as error:
            reason = error.sentence
            raise
        finally:
            if recorder is not None:
                recorder.close(reason)

    async def _through(self, jump: Jump, host: HostRow) -> None:
        fleet = self._house.fleet
        await self._pass(jump, Passage(jump), host, lambda passage: fleet.connect_host(host.id, passage), jump=True)

    async def _pass(self, client: Client, passage: Passage, host: HostRow, begin: Any, *, jump: bool = False) -> Any:
        running = Running(host, passage, client, jump, asyncio.current_task())
        self.running.add(running)
        try:
            status = await passage.run(begin)
            client.end(status)
            return status
        finally:
            self.running.discard(running)

    # rights

    def doubt(self) -> None:
        """Somebody's rights have changed: nothing passes until they have been looked at."""
        for running in self.running:
            running.passage.doubt()

    async def judge(self) -> None:
        """Look at the rights of all that runs; what has lost them ends. Raises what the database raises."""
        entry = self.entry
        if entry is None:
            return
        principal = await entry.renew()
        if principal is None:
            self.leave("The key or token you came in by is no longer valid.")
            return
        self.entry = Entry(principal, entry.renew, entry.method, entry.fingerprint)
        for running in list(self.running):
            if await self._house.access.still(principal, running.host, jump=running.jump):
                running.passage.trust()
            else:
                running.end()

    def leave(self, sentence: str) -> None:
        """End the connection and everything on it."""
        if self._connection is not None:
            for running in list(self.running):
                running.end()
            self._connection.disconnect(asyncssh.DISC_BY_APPLICATION, sentence)
