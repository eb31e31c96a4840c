"""All lines of the controller: the Fleet as one process has it."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from time import monotonic
from typing import Any

import asyncssh

from controller.ssh import wire
from controller.ssh.channel import Channel
from controller.ssh.command import Collector, finish
from controller.ssh.errors import ChannelRefused, Unreachable
from controller.ssh.fleet import ExecResult, Person, Receiver
from controller.ssh.keychain import Keychain
from controller.ssh.limiter import Limiter
from controller.ssh.line import Line, enter
from controller.ssh.options import Options
from controller.ssh.sessions import Sessions
from controller.ssh.target import Directory, LineStatus, Target
from controller.ssh.wire import Wire

MODES = {asyncssh.constants.PTY_IUTF8: 1}  # RFC 8160: the erase key takes a whole character
RESTRICTED = "moorline "  # how requests to the restricted reader begin
Listener = Callable[[int, LineStatus], None]


class Pool:
    """Keeps a line to every watched host, and makes one for a while to any other that is asked for."""

    def __init__(self, directory: Directory, options: Options, listener: Listener) -> None:
        self.directory = directory
        self.options = options
        self.keychain = Keychain()
        self.limiter = Limiter(options.handshakes, options.handshakes_per_jump)
        self.rng = random.Random()  # noqa: S311 — jitter
        self._listener = listener
        self._sessions: dict[int, Sessions] = {}
        self._tasks: set[asyncio.Task[Any]] = set()
        self._closed = False

    # the lines

    def watch(self, host_id: int) -> None:
        """Keep the host's line up, with retries, until forget(). The listener hears every change of state."""
        self.line(host_id).watch()

    def forget(self, host_id: int) -> None:
        """Close the host's connections and forget its state. Hosts behind it lose their jump host."""
        sessions = self._sessions.pop(host_id, None)
        if sessions is not None:
            sessions.close()

    def retry(self, host_id: int) -> None:
        """A human changed something (credential, key, address): try now. A line that is up stays if nothing differs."""
        if host_id in self._sessions:
            self._sessions[host_id].line.retry()

    def status(self, host_id: int) -> LineStatus | None:
        """The line's state; None for a host that is not watched and not in use."""
        return self._sessions[host_id].line.status if host_id in self._sessions else None

    def silence(self, host_id: int) -> float | None:
        """Seconds since the host last sent anything, be it the answer to a keepalive; None while the line is not up."""
        held = self._sessions[host_id].line.held if host_id in self._sessions else None
        return monotonic() - held.ssh.heard if held is not None else None

    def monitoring_only(self, host_id: int) -> bool:
        """See Fleet.monitoring_only."""
        held = self._sessions[host_id].line.held if host_id in self._sessions else None
        return held is not None and held.target.monitoring_only

    def spare(self, host_id: int) -> bool:
        """See Fleet.spare."""
        return host_id in self._sessions and self._sessions[host_id].spare

    def _admit(self, host_id: int, command: str | None = None) -> None:
        """Spare the host what it would refuse anyway, and say why. Raises ChannelRefused (code "monitoring_only")."""
        if self.monitoring_only(host_id) and not (command or "").startswith(RESTRICTED):
            raise ChannelRefused(
                "Moorline holds a key to this host that is for reading its figures alone: it opens no terminal, "
                "runs no "
                "command and moves no file. To allow more, onboard the host again with a full key.",
                code="monitoring_only",
            )

    async def close(self) -> None:
        """Close every line and wait until nothing of them is left."""
        self._closed = True
        closing = [held.ssh for sessions in self._sessions.values() for held in sessions.all()]
        for host_id in list(self._sessions):
            self.forget(host_id)
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.gather(*(ssh.wait_closed() for ssh in closing), return_exceptions=True)

    # Fleet

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
        """See Fleet.exec."""
        self._admit(host_id, command)
        collector = Collector(limit_bytes, heard)
        channel = await self._of(host_id).command(command, collector)
        return await finish(channel, collector, stdin=stdin, timeout_s=timeout_s)

    async def stream(self, host_id: int, command: str, receiver: Receiver) -> Channel:
        """See Fleet.stream. The first stream of a host has a session reserved for it on the main connection."""
        self._admit(host_id, command)
        return await self._of(host_id).command(command, receiver, reader=True)

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
    ) -> Channel:
        """See Fleet.shell."""
        self._admit(host_id)
        request: dict[str, Any] = {"command": command, "env": dict(env or {}), "request_pty": False}
        if subsystem is not None:
            request["subsystem"] = subsystem
        elif terminal:
            request |= {"request_pty": "force", "term_type": term, "term_size": (columns, rows), "term_modes": MODES}
        return await self._of(host_id).shell(receiver, window_bytes, **request)

    async def introduce(self, host_id: int, person: Person) -> None:
        """See Fleet.introduce."""
        await self.line(host_id).introduce(person)

    async def sftp(self, host_id: int) -> AbstractAsyncContextManager[asyncssh.SFTPClient]:
        """See Fleet.sftp."""
        self._admit(host_id)
        return self._of(host_id).sftp()

    async def files(
        self, host_id: int, receiver: Receiver, *, command: str | None = None, bulk: bool = False
    ) -> Channel:
        """See Fleet.files."""
        self._admit(host_id)
        return await self._of(host_id).files(receiver, command, bulk=bulk)

    async def connect_tcp(self, host_id: int, address: str, port: int, receiver: Receiver) -> Channel:
        """See Fleet.connect_tcp."""
        self._admit(host_id)
        return await self._of(host_id).connect_tcp(address, port, receiver)

    async def connect_host(self, host_id: int, receiver: Receiver) -> Channel | Wire:
        """See Fleet.connect_host."""
        try:
            target = await self.directory.target(host_id)
        except LookupError:
            raise Unreachable("There is no such host any more.", code="forgotten") from None
        if target.jump is not None:
            return await self.connect_tcp(target.jump, target.address, target.port, receiver)
        return await wire.dial(target, self.options, receiver)

    async def connect_unix(self, host_id: int, path: str, receiver: Receiver) -> Channel:
        """See Fleet.connect_unix."""
        self._admit(host_id)
        return await self._of(host_id).connect_unix(path, receiver)

    @asynccontextmanager
    async def way(self, target: Target) -> AsyncIterator[tuple[asyncssh.SSHClientConnection | None, str]]:
        """The jump host's connection and name for the time of the context, or (None, "") without one."""
        jump = await enter(self, target)
        if jump is None:
            yield None, ""
            return
        try:
            yield await jump.tunnel(), jump.label
        finally:
            jump.leave()

    # House: what lines ask of the pool

    def line(self, host_id: int) -> Line:
        """The host's line, not yet connected when it is new."""
        return self._of(host_id).line

    def spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Run in the background; ended by close()."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    def tell(self, host_id: int, status: LineStatus) -> None:
        """Pass a change on."""
        self._listener(host_id, status)

    def idle(self, line: Line) -> None:
        """Close a line that nobody needs: not watched, no channel, nobody behind it."""
        sessions = self._sessions.get(line.host_id)
        if sessions is not None:
            sessions.rest()

    def _of(self, host_id: int) -> Sessions:
        if self._closed:
            raise Unreachable("Moorline is shutting down.", code="forgotten")
        sessions = self._sessions.get(host_id)
        if sessions is None:
            sessions = self._sessions[host_id] = Sessions(Line(host_id, self), self)
        return sessions
