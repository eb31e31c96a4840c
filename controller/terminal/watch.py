"""Who may still, and for how long: sessions are judged by their users' rights and by the clock, and ended by either.

Rights are looked at as soon as somebody says that they changed, and once in a while; what is in doubt shows and takes
nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

from controller.core.clock import Clock, utc_now
from controller.core.db import Database
from controller.core.events import Bus
from controller.hosts.news import HostChanged, HostRemoved
from controller.terminal.attachments import Attachment
from controller.terminal.news import End, Gone
from controller.terminal.sessions import Session
from controller.users import sessions as logins
from controller.users.news import RightsChanged
from controller.users.preferences import TerminalLimits
from controller.users.rights import Principal

log = structlog.get_logger()
SWEEP_S = 5.0
RENEW_S = 15.0  # a login that expired, or a group that came or went, is noticed after this long at the latest
RETRY_S = 1.0  # while the database is away
WARN_S = 120.0
LINGER_S = 600.0  # a session that has ended can still be looked at
Limits = Callable[[AsyncSession], Awaitable[TerminalLimits]]


class Watch:
    """Over the sessions of a manager. `access` decides what a principal may; `read_limits` what administrators set."""

    def __init__(
        self,
        sessions: dict[str, Session],
        access: Callable[[Session, Principal], str | None],
        *,
        database: Database,
        bus: Bus,
        clock: Clock,
        read_limits: Limits,
    ) -> None:
        self.limits = TerminalLimits()
        self._sessions = sessions
        self._access = access
        self._database = database
        self._clock = clock
        self._read_limits = read_limits
        self._suspects: set[str] = set()
        self._suspected = asyncio.Event()
        self._judged_at = clock.monotonic()
        bus.listen(RightsChanged, self._rights_changed)
        bus.listen(HostChanged, self._host_changed)
        bus.listen(HostRemoved, self._host_removed)

    # rights

    def _rights_changed(self, news: RightsChanged) -> None:
        for session in self._sessions.values():
            if news.user_id == session.facts.owner_id or any(
                one.principal.user_id == news.user_id for one in session.attached
            ):
                self.suspect(session)

    def _host_changed(self, news: HostChanged) -> None:
        for session in list(self._sessions.values()):
            if session.facts.host_id != news.host_id:
                continue
            if not news.enabled:
                session.finish(End.REMOVED, f"{session.facts.host_name} was disabled.")
            elif "group_ids" in news.what:
                self.suspect(session)

    def _host_removed(self, news: HostRemoved) -> None:
        for session in list(self._sessions.values()):
            if session.facts.host_id == news.host_id:
                session.finish(End.REMOVED, f"{session.facts.host_name} was removed.")

    def suspect(self, session: Session) -> None:
        """Show and take nothing of this session before its rights have been looked at."""
        session.doubtful = True
        for one in session.attached:
            one.doubtful = True
        self._suspects.add(session.facts.id)
        self._suspected.set()

    async def judge(self) -> None:
        """Look at the rights of what is in doubt, for ever."""
        while True:
            await self._suspected.wait()
            self._suspected.clear()
            while self._suspects:
                session = self._sessions.get(self._suspects.pop())
                if session is None:
                    continue
                try:
                    await self._judge_one(session)
                except Exception as error:  # the edge of the loop: what is in doubt stays so, and is looked at again
                    if not isinstance(error, SQLAlchemyError | OSError):  # more than a database that is away
                        log.exception("terminal.not_judged", session=session.facts.id)
                    self._suspects.add(session.facts.id)
                    await asyncio.sleep(RETRY_S)

    async def _judge_one(self, session: Session) -> None:
        async with self._database.session() as transaction:
            owner = await logins.renewed(transaction, session.principal, utc_now(self._clock), detached=True)
        if owner is None or self._access(session, owner) is None:
            self._end_by_rights(session)
            return
        present: list[tuple[Attachment, Principal | None]] = [
            (one, await one.renew()) for one in tuple(session.attached)
        ]
        if session.facts.id in self._suspects:
            return  # something changed meanwhile: all of it once more
        session.principal = owner
        for one, principal in present:
            self._judge_attachment(session, one, principal)
        session.doubtful = False
        session.trusted()

    def _end_by_rights(self, session: Session) -> None:
        session.finish(End.RIGHTS, "Its owner may no longer open terminals on this host.")
        self._sessions.pop(session.facts.id, None)
        for one in tuple(session.attached):  # those who still looked at one that had ended before
            one.dismiss(Gone.RIGHTS, "You may no longer use this terminal.")

    def _judge_attachment(self, session: Session, one: Attachment, principal: Principal | None) -> None:
        if principal is None:
            one.dismiss(Gone.LOGGED_OUT, "The login has ended. Log in again.")
            return
        access = self._access(session, principal)
        if access is None or (one.writes and access == "read"):
            one.dismiss(Gone.RIGHTS, "You may no longer use this terminal.")
            return
        one.principal = principal
        one.doubtful = False

    # times

    async def keep_sweeping(self) -> None:
        """Look at the times, for ever."""
        while True:
            await asyncio.sleep(SWEEP_S)
            try:
                async with self._database.session() as transaction:
                    await self.read_limits(transaction)
            except (SQLAlchemyError, OSError):
                pass  # the last ones hold
            self.sweep()

    def sweep(self) -> None:
        """End what has run or idled for too long, warn before, forget what ended a while ago, look at rights again."""
        now = self._clock.monotonic()
        for session in list(self._sessions.values()):
            if session.timing.ended is not None:
                if now - session.timing.ended > LINGER_S:
                    del self._sessions[session.facts.id]
            else:
                self._check_times(session, now)
        if now - self._judged_at >= RENEW_S:
            self._judged_at = now
            self._suspects.update(session.facts.id for session in self._sessions.values() if session.end is None)
            self._suspected.set()

    def _check_times(self, session: Session, now: float) -> None:
        for kind, since, minutes in (
            (End.ABSOLUTE, session.timing.started, self.limits.absolute_minutes),
            (End.IDLE, session.timing.typed, self.limits.idle_minutes),
        ):
            rest_s = since + minutes * 60 - now
            if minutes == 0 or rest_s > WARN_S:
                continue
            if rest_s <= 0:
                how = "Nothing was typed" if kind is End.IDLE else "It was open"
                session.finish(kind, f"{how} for {timedelta(minutes=minutes)} hours; an administrator sets this limit.")
                return
            session.warn(str(kind), self._clock.now() + rest_s)

    def ends_at(self, session: Session) -> float | None:
        """When it ends at the latest (epoch seconds)."""
        minutes = self.limits.absolute_minutes
        return session.facts.started_at + minutes * 60 if minutes else None

    async def read_limits(self, session: AsyncSession) -> TerminalLimits:
        """What administrators have set by now."""
        self.limits = await self._read_limits(session)
        return self.limits
