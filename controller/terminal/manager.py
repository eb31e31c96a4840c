"""All sessions of this run of the controller: opened, found, judged by their users' rights, ended when it is time.

A session is bound to its owner's rights. They are looked at when it opens, on every attach, at once when somebody says
that they changed, and once in a while; what is in doubt shows and takes nothing.
"""

from __future__ import annotations

import asyncio
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

from controller.audit import service as audit
from controller.audit.service import Actor
from controller.core.clock import Clock, as_datetime
from controller.core.db import Database
from controller.core.errors import AppError, Conflict, Forbidden, NotFound
from controller.core.events import Bus
from controller.hosts import service as hosts
from controller.hosts.board import Board
from controller.ssh.errors import AuthFailed, LineError
from controller.ssh.fleet import Fleet, Shell
from controller.terminal import ways
from controller.terminal.attachments import Attachment, Renew
from controller.terminal.news import End, Gone
from controller.terminal.recorders import Meta, Recorders
from controller.terminal.sessions import Facts, Session
from controller.terminal.watch import Limits, Watch
from controller.users.rights import Action, Principal, allows, require, sees

log = structlog.get_logger()
ATTACHED = 50  # pages at one session
LINGERING = 20  # sessions of one user that have ended and can still be looked at
IDENTITY = re.compile(r"([0-9a-f]{8})-[\w-]{8,40}")
NEEDS_A_PERSON = frozenset({"interactive", "method"})


class Restarted(AppError):
    """The session was of an earlier run of the controller, and ended with it."""

    status = 410
    code = "restarted"


@dataclass(frozen=True, slots=True)
class Request:
    """What is to be opened. `command` for the kind of that name only; of `env` the host takes what its sshd admits."""

    host_id: int
    columns: int = 80
    rows: int = 24
    kind: str = "shell"
    container: str = ""
    engine: str = "docker"
    user: str = ""
    command: str | None = None
    term: str = "xterm-256color"
    env: Mapping[str, str] = field(default_factory=dict)
    via: str = "page"


@dataclass(frozen=True, slots=True)
class _Approved:
    """A request is committed: it may begin."""

    session_id: str
    request: Request
    command: str | None


class Terminals:
    """The sessions by their ids. `limits` reads what administrators set."""

    def __init__(
        self,
        fleet: Fleet,
        *,
        board: Board,
        database: Database,
        bus: Bus,
        clock: Clock,
        recorders: Recorders,
        limits: Limits,
    ) -> None:
        self.clock = clock
        self.started_at = clock.now()
        self._fleet = fleet
        self._board = board
        self._database = database
        self._bus = bus
        self._recorders = recorders
        self._run = secrets.token_hex(4)
        self._sessions: dict[str, Session] = {}
        self.watch = Watch(self._sessions, self.access, database=database, bus=bus, clock=clock, read_limits=limits)
        self._tasks: set[asyncio.Task[None]] = set()
        bus.listen(_Approved, self._approved)

    def start(self) -> None:
        """Judge and sweep from now on."""
        self._spawn(self.watch.judge(), "terminal rights")
        self._spawn(self.watch.keep_sweeping(), "terminal times")

    async def close(self) -> None:
        """End every session and wait for what still runs."""
        for session in list(self._sessions.values()):
            session.finish(End.SHUTDOWN, "Moorline was stopped.")
        await asyncio.sleep(0)
        running = list(self._tasks)
        for task in running:
            if not task.get_name().startswith("audit"):
                task.cancel()
        await asyncio.gather(*running, return_exceptions=True)

    # opening

    async def open(self, session: AsyncSession, principal: Principal, actor: Actor, request: Request) -> Session:
        """A session that begins to open once the transaction is committed; attach to it meanwhile.

        Raises NotFound, Forbidden, Invalid, Conflict (`disabled`, `too_many_sessions`).
        """
        row = await hosts.get(session, principal, request.host_id, Action.TERMINALS_OPEN)
        command = ways.command(
            request.kind,
            container=request.container,
            engine=request.engine,
            user=request.user,
            line=request.command,
        )
        if not row.enabled:
            raise Conflict("This host is disabled; enable it first.", code="disabled")
        limits = await self.watch.read_limits(session)
        mine = [one for one in self._sessions.values() if one.facts.owner_id == principal.user_id and one.end is None]
        if len(mine) >= limits.sessions_per_user:
            raise Conflict(
                f"You have {len(mine)} terminals open, which is as many as are allowed. End one of them first.",
                code="too_many_sessions",
            )
        facts = Facts(
            id=f"{self._run}-{secrets.token_urlsafe(9)}",
            host_id=row.id,
            host_name=row.name,
            owner_id=principal.user_id,
            owner_name=principal.username,
            kind=request.kind,
            container=request.container if request.kind == "container" else "",
            started_at=self.clock.now(),
            via=request.via,
        )
        size = (min(max(request.columns, 2), 1000), min(max(request.rows, 1), 500))
        made = Session(facts, principal, self.clock, size, self._ended)
        detail = {"session": facts.id, "kind": facts.kind, "container": facts.container, "via": facts.via}
        if request.kind == "command":
            detail["command"] = (request.command or "")[:500]
        await audit.record(session, actor, "terminal.open", kind="host", object_id=row.id, name=row.name, detail=detail)
        self._sessions[facts.id] = made
        self._bus.publish_after_commit(session, _Approved(facts.id, request, command))
        return made

    def _approved(self, news: _Approved) -> None:
        session = self._sessions.get(news.session_id)
        if session is not None:
            self._spawn(self._bring_up(session, news.request, news.command), f"terminal {news.session_id}")

    async def _bring_up(self, session: Session, request: Request, command: str | None) -> None:
        facts = session.facts
        columns, rows = session.size
        try:
            recorder = await self._recorders.start(
                Meta(
                    facts.id, facts.owner_id, facts.owner_name, facts.host_id, facts.host_name, facts.via, facts.kind,
                    command or "", request.term, columns, rows, facts.started_at,
                )
            )  # fmt: skip
            session.record(recorder)
            session.opened(await self._shell(session, request, command))
        except AppError as error:
            session.finish(End.FAILED, error.detail)
        except LineError as error:
            session.finish(End.FAILED, error.sentence)
        except asyncio.CancelledError:
            session.finish(End.SHUTDOWN, "Moorline was stopped.")
            raise
        except Exception:  # the edge of the session: whatever it is, who waits for the terminal is told
            log.exception("terminal.open_failed", session=facts.id, host_id=facts.host_id)
            session.finish(End.FAILED, "The terminal did not open for an unexpected reason; Moorline's log says more.")

    async def _shell(self, session: Session, request: Request, command: str | None) -> Shell:
        host_id = session.facts.host_id

        async def begin() -> Shell:
            columns, rows = session.size
            return await self._fleet.shell(
                host_id,
                session,
                term=request.term,
                columns=columns,
                rows=rows,
                command=command,
                env=request.env,
            )

        try:
            return await begin()
        except AuthFailed as error:
            if error.code not in NEEDS_A_PERSON:
                raise
        session.told("opening", "The host wants to ask you something.")
        await self._fleet.introduce(host_id, session)
        return await begin()

    # finding

    def get(self, principal: Principal, session_id: str) -> Session:
        """A session that the principal may see. Raises NotFound, Restarted."""
        session = self._sessions.get(session_id)
        if session is not None and self.access(session, principal) is not None:
            return session
        form = IDENTITY.fullmatch(session_id)
        if session is None and form is not None and form[1] != self._run and allows(principal, Action.TERMINALS_OPEN):
            raise Restarted(
                f"Moorline was restarted at {as_datetime(self.started_at):%Y-%m-%d %H:%M} UTC, and the terminal ended "
                "with it. Open a new one."
            )
        raise NotFound("There is no such terminal, or you may not see it.")

    def find(self, principal: Principal, *, everybody: bool = False, host_id: int | None = None) -> list[Session]:
        """The principal's own sessions and those shared with it, or everybody's for who manages users; oldest first."""
        if everybody:
            require(principal, Action.USERS_MANAGE)
        return [
            one
            for one in self._sessions.values()
            if (everybody or self.access(one, principal) is not None) and host_id in {None, one.facts.host_id}
        ]

    def access(self, session: Session, principal: Principal) -> Literal["owner", "write", "read"] | None:
        """ "owner", "write", "read", or None when the session does not exist for the principal."""
        status = self._board.get(session.facts.host_id)
        if status is None or not allows(principal, Action.HOSTS_READ) or not sees(principal, status.group_ids):
            return None
        may_write = allows(principal, Action.TERMINALS_OPEN)
        if principal.user_id == session.facts.owner_id:
            return "owner" if may_write else None
        share = session.shares.get(principal.user_id)
        if share is None:
            return None
        return "write" if share[1] == "write" and may_write else "read"

    def to_end(self, principal: Principal, session_id: str) -> Session:
        """A session that the principal may end: its own, or any for who manages users. Raises NotFound, Forbidden."""
        if allows(principal, Action.USERS_MANAGE) and (found := self._sessions.get(session_id)) is not None:
            return found
        session = self.get(principal, session_id)
        if session.facts.owner_id != principal.user_id:
            raise Forbidden("This terminal is somebody else's; its owner may end it.")
        return session

    def end(self, session: Session, detail: str) -> None:
        """End a session on somebody's word; one that had ended is forgotten."""
        if session.end is not None:
            self._sessions.pop(session.facts.id, None)
        session.finish(End.CLOSED, detail)

    def attach(
        self,
        principal: Principal,
        session_id: str,
        renew: Renew,
        *,
        size: tuple[int, int],
        access: str = "write",
        offset: int | None = None,
        take: bool = False,
        page: str = "",
    ) -> Attachment:
        """Look at a session, and type if both the rights and `access` say so. Raises NotFound, Restarted, Conflict."""
        session = self.get(principal, session_id)
        if len(session.attached) >= ATTACHED:
            raise Conflict(f"{ATTACHED} pages look at this terminal already. Close one of them.", code="too_many_pages")
        writes = access == "write" and self.access(session, principal) in {"owner", "write"}
        return session.attach(principal, renew, size=size, writes=writes, offset=offset, take=take, page=page)

    # rights

    def share(self, session: Session, shares: Mapping[int, tuple[str, str]]) -> None:
        """Who else may look or type, by user id: name, "read" or "write". Whose share is gone is sent away at once."""
        session.shares = dict(shares)
        for one in tuple(session.attached):
            if one.principal.user_id == session.facts.owner_id:
                continue
            access = self.access(session, one.principal)
            if access is None or (one.writes and access == "read"):
                one.dismiss(Gone.UNSHARED, "The owner of this terminal has changed with whom it is shared.")

    # the end

    def _ended(self, session: Session) -> None:
        self._spawn(self._record_end(session), f"audit {session.facts.id}")
        mine = [
            one
            for one in self._sessions.values()
            if one.facts.owner_id == session.facts.owner_id and one.end is not None
        ]
        for old in sorted(mine, key=lambda one: one.timing.ended or 0)[:-LINGERING]:
            del self._sessions[old.facts.id]

    async def _record_end(self, session: Session) -> None:
        facts, end = session.facts, session.end
        if end is None:
            return
        detail = {
            "session": facts.id,
            "reason": str(end.reason),
            "exit_status": end.exit_status,
            "seconds": round(self.clock.monotonic() - session.timing.started),
            "bytes": session.scrollback.end,
        }
        actor = Actor("user", facts.owner_id, facts.owner_name)
        try:
            async with self._database.session() as transaction:
                await audit.record(
                    transaction,
                    actor,
                    "terminal.end",
                    kind="host",
                    object_id=facts.host_id,
                    name=facts.host_name,
                    detail=detail,
                )
        except (SQLAlchemyError, OSError) as error:
            log.warning("terminal.end_not_recorded", session=facts.id, error=str(error)[:200])

    def _spawn(self, work: Any, name: str) -> None:
        task = asyncio.create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
