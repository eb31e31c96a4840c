"""Who comes in through the gateway, and to which host: the same users, tokens and rights as everywhere.

A name that no host has and one of a host that the caller may not see are told apart by nothing.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

from controller.audit import service as audit
from controller.audit.service import Actor
from controller.core.clock import Clock, utc_now
from controller.core.db import Database
from controller.core.errors import AppError, Conflict, Forbidden, NotFound, Unavailable
from controller.core.secrets import Secret
from controller.hosts import queries, service
from controller.hosts.queries import HostRow
from controller.users import limiter, sessions, ssh_keys
from controller.users.act import actor_of
from controller.users.rights import Action, Principal, allows

log = structlog.get_logger()
LONGEST_COMMAND = 500  # in the audit log; a recording has all of it
BY_ID = re.compile(r"id:([0-9]{1,18})")
Renew = Callable[[], Awaitable[Principal | None]]


class NoSuchHost(NotFound):
    """What a name that is none gets."""


@dataclass(frozen=True, slots=True)
class Entry:
    """Somebody may come in. `renew`: the same one's rights at that moment, None once key or token have ended."""

    principal: Principal
    renew: Renew
    method: str
    fingerprint: str = ""


async def _named(session: AsyncSession, login: str) -> int | None:
    """The id that a login name gives: ssh takes no name with blanks, quotes or braces, so that hosts have numbers."""
    number = BY_ID.fullmatch(login)
    return int(number[1]) if number else await queries.id_by_name(session, login)


class Access:
    """Looks up keys, tokens and hosts, and writes down what is done."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self.database = database
        self._clock = clock

    # coming in

    async def by_key(self, fingerprint: str) -> Entry | None:
        """Whose key it is, if it is anybody's."""

        async def renew() -> Principal | None:
            async with self.database.session() as session:
                return await ssh_keys.by_fingerprint(session, fingerprint)

        principal = await renew()
        return None if principal is None else Entry(principal, renew, "key", fingerprint)

    async def by_token(self, word: Secret, address: str) -> Entry | None:
        """Whose token it is. Raises TooMany for an address that has guessed too often."""

        async def renew() -> Principal | None:
            async with self.database.session() as session:
                return await sessions.by_token(session, word.reveal(), utc_now(self._clock))

        guesser = f"ssh {hashlib.sha256(address.encode()).hexdigest()[:16]}"  # no user's name can be this
        async with self.database.session() as session:
            await limiter.enter(session, guesser, address, utc_now(self._clock))
        principal = await renew()
        async with self.database.session() as session:
            if principal is None:
                actor = Actor("system", None, "anonymous", address)
                await audit.record(session, actor, "gateway.login_failed", kind="gateway", object_id=None, name="ssh")
                return None
            await limiter.succeeded(session, guesser, address)
        return Entry(principal, renew, "token")

    async def entered(self, entry: Entry, address: str) -> None:
        """Write down that somebody has come in."""
        principal, detail = entry.principal, {"method": entry.method}
        if entry.fingerprint:
            detail["fingerprint"] = entry.fingerprint
        async with self.database.session() as session:
            if entry.fingerprint:
                await ssh_keys.used(session, entry.fingerprint, address, utc_now(self._clock))
            await audit.record(
                session, actor_of(principal, address), "gateway.login", kind="user", object_id=principal.user_id,
                name=principal.username, detail=detail,
            )  # fmt: skip

    # hosts

    async def host(self, principal: Principal, login: str) -> HostRow:
        """The host that a login name means: HOST, id:NUMBER, or either after USER+ with the caller's own name.

        Raises NotFound, Forbidden, Conflict for a host that is disabled.
        """
        async with self.database.session() as session:
            found = await _named(session, login)
            user, plus, rest = login.partition("+")
            if found is None and plus and user.lower() == principal.username.lower():
                found, login = await _named(session, rest), rest
            try:
                row = await service.get(session, principal, found or 0, Action.TERMINALS_OPEN)
            except NotFound:
                raise _no_such(login) from None
        return _usable(row)

    async def jump_host(self, principal: Principal, address: str, port: int) -> HostRow:
        """The host whose SSH port that is, by its name or its address. Raises as `host` does."""
        if not allows(principal, Action.HOSTS_JUMP):
            raise Forbidden(
                "ProxyJump needs a right of its own (hosts.jump), because it is not recorded. Use ssh HOST@… or ask an "
                "administrator for it."
            )
        async with self.database.session() as session:
            ids = await queries.visible_ids(session, principal)
            rows = [row for row in await queries.load(session, ids) if row.port == port]
        wanted = address.lower().strip("[]")
        named = [row for row in rows if row.name.lower() == wanted]
        at = named or [row for row in rows if row.address.lower() == wanted]
        if not at or not allows(principal, Action.TERMINALS_OPEN):
            raise _no_such(f"{address} port {port}")
        if len(at) > 1:
            names = ", ".join(row.name for row in at)
            raise Conflict(f"{address} port {port} is the address of {names}. Use a name instead.", code="ambiguous")
        return _usable(at[0])

    async def still(self, principal: Principal, host: HostRow, *, jump: bool) -> bool:
        """May the principal go on with what runs on the host?"""
        if jump and not allows(principal, Action.HOSTS_JUMP):
            return False
        async with self.database.session() as session:
            try:
                row = await service.get(session, principal, host.id, Action.TERMINALS_OPEN)
            except (NotFound, Forbidden):
                return False
        return row.enabled

    async def record(self, principal: Principal, address: str, action: str, host: HostRow, **detail: object) -> None:
        """Write down what is done. Raises Unavailable: what cannot be written down is not done."""
        try:
            async with self.database.session() as session:
                await audit.record(
                    session, actor_of(principal, address), action, kind="host", object_id=host.id, name=host.name,
                    detail=detail,
                )  # fmt: skip
        except (SQLAlchemyError, OSError):
            raise Unavailable("The database of Moorline does not answer. Try again shortly.") from None


def _usable(row: HostRow) -> HostRow:
    if not row.enabled:
        raise Conflict(f"{row.name} is disabled. Enable it in Moorline first.", code="disabled")
    return row


def _no_such(name: str) -> AppError:
    shown = "".join(c for c in name if c.isprintable())[:100]
    return NoSuchHost(f"There is no host {shown} that you may open terminals on. Say ssh HOST@…, as Moorline names it.")
