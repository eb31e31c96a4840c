"""Snippets, and what callers see of sessions and of those to share them with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from msgspec import UNSET, structs
from sqlalchemy import func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from controller.audit import service as audit
from controller.audit.service import Actor
from controller.core.clock import as_datetime
from controller.core.errors import FieldError, Forbidden, Invalid, NotFound
from controller.hosts import service as hosts
from controller.terminal import variables
from controller.terminal.manager import Terminals
from controller.terminal.models import Snippet
from controller.terminal.schemas import (
    AttachedView,
    ExitView,
    Filling,
    NewSnippet,
    OwnerView,
    PersonView,
    Share,
    SnippetChanges,
    SnippetView,
    TerminalView,
    VariableView,
)
from controller.terminal.sessions import Session
from controller.users import sessions as logins
from controller.users.rights import Action, Principal, allows, require, sees

# sessions


def view(terminals: Terminals, session: Session, principal: Principal) -> TerminalView:
    """A session as the principal sees it; without what it shows for one who may only end it."""
    access = terminals.access(session, principal) or "none"
    facts, end, ends_at = session.facts, session.end, terminals.watch.ends_at(session)
    shown = access != "none"
    return TerminalView(
        id=facts.id,
        host_id=facts.host_id,
        host_name=facts.host_name,
        owner=OwnerView(facts.owner_id, facts.owner_name),
        kind=facts.kind,
        container=facts.container,
        title=session.title if shown else "",
        state=session.state,
        created_at=as_datetime(facts.started_at),
        idle_s=round(terminals.clock.monotonic() - session.timing.typed, 1),
        ends_at=as_datetime(ends_at) if ends_at is not None else None,
        columns=session.size[0],
        rows=session.size[1],
        attached=attached(session),
        shares=[Share(name, "write" if what == "write" else "read") for name, what in session.shares.values()],
        access=access,
        recorded=session.recorder is not None,
        last_line=session.scrollback.last_line() if shown else "",
        exit=ExitView(end.reason, end.exit_status, end.detail) if end is not None else None,
    )


def attached(session: Session) -> list[AttachedView]:
    """Who looks at it now."""
    return [
        AttachedView(
            one.principal.username,
            "write" if one.writes else "read",
            session.leader is one,
            as_datetime(one.since),
        )
        for one in session.attached
    ]


async def people(session: AsyncSession, principal: Principal, host_id: int) -> list[PersonView]:
    """With whom a terminal on this host can be shared: whoever sees the host. Raises NotFound, Forbidden."""
    row = await hosts.get(session, principal, host_id, Action.TERMINALS_OPEN)
    return [
        PersonView(one.username, allows(one, Action.TERMINALS_OPEN))
        for one in await logins.everybody(session)
        if one.user_id != principal.user_id and allows(one, Action.HOSTS_READ) and sees(one, row.group_ids)
    ]


async def share(
    session: AsyncSession, actor: Actor, terminals: Terminals, terminal: Session, wanted: Sequence[Share]
) -> None:
    """Share a session with exactly these. Raises Invalid for a name that stands for nobody."""
    known = {one.username.lower(): one for one in await logins.everybody(session)}
    shares: dict[int, tuple[str, str]] = {}
    for number, one in enumerate(wanted):
        found = known.get(one.username.lower())
        if found is None or found.user_id == terminal.facts.owner_id:
            message = f"There is nobody called {one.username} to share with."
            raise Invalid(message, code="unknown_user", errors=(FieldError(f"shares.{number}.username", message),))
        shares[found.user_id] = (found.username, one.access)
    detail = {"session": terminal.facts.id, "shares": dict(shares.values())}
    await _note(session, actor, "terminal.share", terminal, detail)
    terminals.share(terminal, shares)


async def joined(session: AsyncSession, actor: Actor, terminal: Session, access: str) -> None:
    """Somebody else than the owner attaches."""
    detail = {"session": terminal.facts.id, "owner": terminal.facts.owner_name, "access": access}
    await _note(session, actor, "terminal.join", terminal, detail)


async def closed(session: AsyncSession, actor: Actor, terminal: Session) -> None:
    """Somebody ends it."""
    detail = {"session": terminal.facts.id, "owner": terminal.facts.owner_name}
    await _note(session, actor, "terminal.close", terminal, detail)


async def _note(
    session: AsyncSession, actor: Actor, action: str, terminal: Session, detail: Mapping[str, object]
) -> None:
    facts = terminal.facts
    await audit.record(
        session, actor, action, kind="host", object_id=facts.host_id, name=facts.host_name, detail=detail
    )


# snippets


async def snippets(session: AsyncSession, principal: Principal) -> list[SnippetView]:
    """The principal's own and those that are shared, by name."""
    require(principal, Action.TERMINALS_OPEN)
    query = select(Snippet).where(or_(Snippet.owner_id == principal.user_id, Snippet.shared))
    rows = await session.scalars(query.order_by(func.lower(Snippet.name), Snippet.id))
    return [_shown(row, principal) for row in rows]


async def add_snippet(
    session: AsyncSession, principal: Principal, actor: Actor, new: NewSnippet, at: datetime
) -> SnippetView:
    """Keep a new one."""
    require(principal, Action.TERMINALS_OPEN)
    row = Snippet(
        owner_id=principal.user_id,
        owner_name=principal.username,
        name=new.name.strip() or new.name,
        text=_clean(new.text),
        shared=new.shared,
        created_at=at,
        updated_at=at,
    )
    session.add(row)
    await session.flush()
    await _note_snippet(session, actor, "snippet.create", row)
    return _shown(row, principal)


async def change_snippet(
    session: AsyncSession, principal: Principal, actor: Actor, snippet_id: int, *, changes: SnippetChanges, at: datetime
) -> SnippetView:
    """Change what is given. Raises NotFound, Forbidden for another's."""
    row = await _own(session, principal, snippet_id)
    for name, value in structs.asdict(changes).items():
        if value is not UNSET:
            setattr(row, name, _clean(value) if name == "text" else value)
    row.updated_at = at
    await _note_snippet(session, actor, "snippet.update", row)
    return _shown(row, principal)


async def remove_snippet(session: AsyncSession, principal: Principal, actor: Actor, snippet_id: int) -> None:
    """Forget it. Raises NotFound, Forbidden for another's."""
    row = await _own(session, principal, snippet_id)
    await _note_snippet(session, actor, "snippet.delete", row)
    await session.delete(row)


async def fill(session: AsyncSession, principal: Principal, snippet_id: int, filling: Filling) -> list[tuple[int, str]]:
    """What to type on each host. Raises NotFound, Forbidden, Invalid for variables without a value."""
    row = await _visible(session, principal, snippet_id)
    missing = [
        one.name for one in variables.names(row.text) if one.default is None and not filling.values.get(one.name)
    ]
    if missing:
        errors = tuple(FieldError(f"values.{name}", "needs a value") for name in missing)
        raise Invalid(f"Give a value for {', '.join(missing)}.", code="missing_values", errors=errors)
    found = []
    for host_id in dict.fromkeys(filling.host_ids):
        host = await hosts.get(session, principal, host_id, Action.TERMINALS_OPEN)
        known = {"host.name": host.name, "host.address": host.address, "host.username": host.username}
        found.append((host_id, variables.fill(row.text, filling.values, known)))
    return found


async def _visible(session: AsyncSession, principal: Principal, snippet_id: int) -> Snippet:
    require(principal, Action.TERMINALS_OPEN)
    row = await session.get(Snippet, snippet_id) if 0 < snippet_id < 2**63 else None
    if row is None or not (row.shared or row.owner_id == principal.user_id):
        raise NotFound("There is no such snippet.")
    return row


async def _own(session: AsyncSession, principal: Principal, snippet_id: int) -> Snippet:
    row = await _visible(session, principal, snippet_id)
    if row.owner_id != principal.user_id and not allows(principal, Action.USERS_MANAGE):
        raise Forbidden(f"This snippet is {row.owner_name}'s; only its owner or an administrator changes it.")
    return row


def _clean(text: str) -> str:
    """Lines as they are, without what a terminal would take for anything but text."""
    return "".join(one for one in text.replace("\r\n", "\n") if one in "\n\t" or one.isprintable())


def _shown(row: Snippet, principal: Principal) -> SnippetView:
    return SnippetView(
        row.id,
        row.name,
        row.text,
        row.shared,
        row.owner_id == principal.user_id,
        row.owner_name,
        [VariableView(one.name, one.default) for one in variables.names(row.text)],
        row.updated_at,
    )


async def _note_snippet(session: AsyncSession, actor: Actor, action: str, row: Snippet) -> None:
    detail = {"shared": row.shared, "text": row.text[:1000]}
    await audit.record(session, actor, action, kind="snippet", object_id=row.id, name=row.name, detail=detail)
