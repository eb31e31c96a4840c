"""SFTP sessions on the hosts, kept open for a while: one for what is looked at, others for what is moved in bulk.

A session as root belongs to the user who may have it, never to another: what a password has opened, its owner uses.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from controller.files import problems, sudo
from controller.files.sudo import Passwords
from controller.ssh.fleet import Fleet
from controller.ssh.sftp import Sftp
from controller.ssh.sftp_packets import Wires

IDLE_S = 30.0
BULK_MAX = 3  # sessions for bulk on one host and for one user; beyond that they are shared


@dataclass(frozen=True, slots=True)
class Access:
    """Whose files: those that the host's account sees, or root's for the user who opened them."""

    host_id: int
    root_for: int | None = None  # the user's id


@dataclass(slots=True)
class Kept:
    """One session, and how many use it now."""

    sftp: Sftp
    users: int = 0
    timer: asyncio.TimerHandle | None = None
    home: bytes = b""


@dataclass(slots=True)
class _Room:
    sessions: list[Kept] = field(default_factory=list)
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)


class Places:
    """All SFTP sessions of the controller."""

    def __init__(self, fleet: Fleet, passwords: Passwords) -> None:
        self.fleet = fleet
        self.passwords = passwords
        self._rooms: dict[tuple[Access, bool], _Room] = {}

    @asynccontextmanager
    async def use(self, access: Access, *, bulk: bool = False) -> AsyncIterator[Sftp]:
        """A session for the time of the context; others may use it too. Raises AppError."""
        async with self.kept(access, bulk=bulk) as kept:
            yield kept.sftp

    @asynccontextmanager
    async def kept(self, access: Access, *, bulk: bool = False) -> AsyncIterator[Kept]:
        """The same, with the account's home."""
        with problems.told():
            kept = await self._take(access, bulk)
        try:
            yield kept
        finally:
            kept.users -= 1
            if not kept.users:
                kept.timer = asyncio.get_running_loop().call_later(IDLE_S, self._idle, access, bulk, kept)

    def is_open(self, access: Access) -> bool:
        """Is there a session that can be used at once?"""
        rooms = [self._rooms.get((access, bulk)) for bulk in (False, True)]
        return any(not kept.sftp.closed for room in rooms if room is not None for kept in room.sessions)

    def forget(self, host_id: int, user_id: int | None = None) -> None:
        """Close the sessions of a host, or those as root that are the user's."""
        for (access, _), room in list(self._rooms.items()):
            if access.host_id == host_id and (user_id is None or access.root_for == user_id):
                for kept in room.sessions:
                    kept.sftp.close()

    def close(self) -> None:
        """Close everything."""
        for room in self._rooms.values():
            for kept in room.sessions:
                _stop(kept)
                kept.sftp.close()
        self._rooms.clear()

    async def _take(self, access: Access, bulk: bool) -> Kept:
        room = self._rooms.setdefault((access, bulk), _Room())
        async with room.lock:
            room.sessions = [kept for kept in room.sessions if not kept.sftp.closed]
            if access.root_for is not None:
                self.passwords.touch(access.host_id, access.root_for)
            most = BULK_MAX if bulk else 1
            free = min(room.sessions, key=lambda kept: kept.users, default=None)
            if free is None or (free.users and len(room.sessions) < most):
                free = Kept(await self._open(access, bulk))
                room.sessions.append(free)
                free.home = await free.sftp.realpath(b".")
            free.users += 1
            _stop(free)
            return free

    async def _open(self, access: Access, bulk: bool) -> Sftp:
        if access.root_for is not None:
            who = sudo.Who(self.fleet, self.passwords, access.host_id, access.root_for)
            stream, wires = await sudo.become(who, Wires, sudo.SERVER, bulk=bulk)
        else:
            wires = Wires()
            stream = await self.fleet.files(access.host_id, wires, bulk=bulk)
        made = Sftp(stream, wires)
        await made.begin()
        return made

    def _idle(self, access: Access, bulk: bool, kept: Kept) -> None:
        room = self._rooms.get((access, bulk))
        if room is not None and kept in room.sessions and not kept.users:
            room.sessions.remove(kept)
            if not room.sessions and not room.lock.locked():
                del self._rooms[access, bulk]
        if not kept.users:
            kept.sftp.close()


def _stop(kept: Kept) -> None:
    if kept.timer is not None:
        kept.timer.cancel()
        kept.timer = None
