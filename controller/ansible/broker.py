"""The socket through which a run's Ansible reaches hosts: over the lines, and no others than the run was given.

The socket is for our own user alone (mode, folder, and the peer's credentials are looked at), and each run has a token
of its own that opens its hosts for as long as the run lasts. No key or password of a host passes here.
"""

from __future__ import annotations

import asyncio
import os
import secrets
import shutil
import socket
import struct
import tempfile
from collections.abc import Awaitable, Callable, Collection
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import structlog

from controller.ansible import remote
from controller.ansible.calls import Call, Ending, Way, tell
from controller.ansible.wire import Misspoken, Word, parse, read, table
from controller.ssh.errors import LineError
from controller.ssh.fleet import Fleet

log = structlog.get_logger()

AT_ONCE = 4  # sessions on one host that all runs together may have: sshd admits 10, and terminals want theirs
PATH_BYTES = 107  # that a Unix socket's name may have (unix(7))
END_S = 12.0
LOGIN_S = 20.0
CANNOT_TELL = {"interactive"}  # a login that needs a person proves nothing either way
PEER = struct.Struct("3i")  # struct ucred: pid, uid, gid (unix(7))


@dataclass(eq=False, slots=True)
class Grant:
    """What one run may do. `mark` is in the environment of all that it starts, here and on hosts."""

    hosts: frozenset[int]
    mark: str
    token: str
    calls: set[Call] = field(default_factory=set)
    endings: dict[int, Ending] = field(default_factory=dict)  # of every host that was spoken to
    unproven: set[int] = field(default_factory=set)  # hosts that let nobody in when Ansible wanted a fresh start
    ended: bool = False


class Broker:
    """One for the controller."""

    def __init__(self, fleet: Fleet, folder: Path, log_in: Callable[[int], Awaitable[None]]) -> None:
        """`log_in(host_id)`: one more login beside the line, for its proof alone; raises LineError."""
        self._fleet = fleet
        self._log_in = log_in
        self._folder = folder
        self._grants: dict[str, Grant] = {}
        self._places: dict[int, asyncio.Semaphore] = {}
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[Any]] = set()
        self._short: Path | None = None
        self.path = folder / "socket"

    async def open(self) -> None:
        """Listen."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._folder.chmod(0o700)
        if len(os.fsencode(self.path.resolve())) > PATH_BYTES:
            self._short = Path(tempfile.mkdtemp(prefix="moorline-"))  # 0700, by mkdtemp
            self.path = self._short / "socket"
        self.path = self.path.resolve()
        self.path.unlink(missing_ok=True)
        before = os.umask(0o177)
        try:
            self._server = await asyncio.start_unix_server(self._accept, self.path)
        finally:
            os.umask(before)

    async def close(self) -> None:
        """Listen no more and let go of everybody."""
        for grant in list(self._grants.values()):
            self._drop(grant)
        if self._server is not None:
            self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self.path.unlink(missing_ok=True)
        if self._short is not None:
            shutil.rmtree(self._short, ignore_errors=True)

    # runs

    def admit(self, hosts: Collection[int], mark: str = "") -> Grant:
        """Let a new run speak to these hosts. `mark`: a word of letters and digits; empty: one of our own."""
        grant = Grant(frozenset(hosts), mark or secrets.token_hex(16), secrets.token_urlsafe(32))
        self._grants[grant.token] = grant
        return grant

    def leave(self, grant: Grant) -> None:
        """The run has ended by itself: its token opens nothing more. What it left running on purpose goes on."""
        self._drop(grant)

    async def end(self, grant: Grant) -> frozenset[int]:
        """Cut the run off and end on hosts what it started there; the hosts where something may go on."""
        self._drop(grant)
        spoken = list(grant.endings.items())
        ended = await asyncio.gather(*(self._end_on(host_id, grant, ending) for host_id, ending in spoken))
        return frozenset(host_id for (host_id, _), done in zip(spoken, ended, strict=True) if not done)

    def _drop(self, grant: Grant) -> None:
        grant.ended = True
        self._grants.pop(grant.token, None)
        for call in list(grant.calls):
            call.close()

    async def _end_on(self, host_id: int, grant: Grant, ending: Ending) -> bool:
        lines = {**ending.others, remote.ending_line(grant.mark): Way(None)}
        done = not ending.beyond
        for line, way in lines.items():
            try:
                status = await tell(self._fleet, host_id, line, way, END_S)
            except LineError as error:
                log.warning("ansible.not_ended", host_id=host_id, reason=error.sentence)
                return False
            if status != 0:
                log.warning("ansible.not_ended", host_id=host_id, exit_status=status)
                done = False
        return done

    # connections

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is not None:
            self._tasks.add(task)
        try:
            await self._serve(reader, writer)
        except Misspoken as error:
            log.warning("ansible.misspoken", error=str(error))
            if not writer.is_closing():
                sentence = f"Moorline's plugin and Moorline differ: {error}."
                writer.write(table(Word.FAILED, error=sentence, unreachable=True))
        except Exception:  # the edge of one connection
            log.exception("ansible.broker_failed")
        finally:
            self._tasks.discard(task)
            with suppress(OSError):
                writer.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if not _is_ours(writer):
            log.warning("ansible.stranger")
            return
        first = await read(reader)
        if first is None:
            return
        if first[0] is not Word.HELLO:
            raise Misspoken("no token")
        grant = self._grants.get(str(parse(first[1], token=str)["token"]))
        if grant is None:
            refusal = "This run has ended, or its token is not known: nothing more is done for it."
            writer.write(table(Word.FAILED, error=refusal, unreachable=True))
            return
        call = Call(self._fleet, reader, writer, grant.mark)
        grant.calls.add(call)
        try:
            await self._answer(grant, call)
        finally:
            grant.calls.discard(call)
            await call.finish()

    async def _answer(self, grant: Grant, call: Call) -> None:
        async for word, body in call.requests():
            host_id = int(parse(body, host=int)["host"])
            if host_id not in grant.hosts:
                call.refuse("This run may not reach that host: it is neither a target nor yours to use.")
                if word is Word.EXEC:
                    await call.skip_input()
            elif word is Word.RESET:
                if await self._prove(grant, call, host_id):
                    await call.reset(host_id)
            elif word is Word.EXEC:
                await self._exec(grant, call, host_id, body)
            else:
                raise Misspoken("a word out of turn")

    async def _prove(self, grant: Grant, call: Call, host_id: int) -> bool:
        """Ansible wants a fresh start, as after a change of how the host lets in. The line is everybody's and stays;
        that a login still works is shown by one more, before which the run does nothing further there."""
        try:
            async with asyncio.timeout(LOGIN_S):
                await self._log_in(host_id)
        except (LineError, TimeoutError) as error:
            if not isinstance(error, LineError) or error.code not in CANNOT_TELL:
                grant.unproven.add(host_id)
                why = error.sentence if isinstance(error, LineError) else f"took over {LOGIN_S:.0f} s."
                call.refuse(f"A further login: {why}")
                return False
        grant.unproven.discard(host_id)
        return True

    async def _exec(self, grant: Grant, call: Call, host_id: int, body: bytes) -> None:
        wanted = parse(body, command=str, tty=bool)
        if host_id in grant.unproven and not await self._prove(grant, call, host_id):
            await call.skip_input()
            return
        ending = grant.endings.setdefault(host_id, Ending())
        ending.remember(wanted.get("end"))
        async with self._places.setdefault(host_id, asyncio.Semaphore(AT_ONCE)):
            await call.exec(host_id, wanted["command"], tty=wanted["tty"])


def _is_ours(writer: asyncio.StreamWriter) -> bool:
    sock = writer.get_extra_info("socket")
    credentials = sock.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, PEER.size)
    _, uid, _ = PEER.unpack(credentials)
    return bool(uid == os.geteuid())
