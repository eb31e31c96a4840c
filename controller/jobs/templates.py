"""Templates: kept, changed, launched; and those that come with Moorline."""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import UNSET
from sqlalchemy.ext.asyncio import AsyncSession

from controller.audit import service as audit
from controller.core.clock import utc_now
from controller.core.errors import FieldError, Forbidden, Invalid, NotFound
from controller.hosts import queries as host_queries
from controller.jobs import expression, launching, queries, views
from controller.jobs.launching import Launcher, Office, Origin
from controller.jobs.models import JobTemplate
from controller.jobs.schemas import AsWhom, Launch, NewJob, NewTemplate, TemplateChanges, TemplatePage, TemplateView
from controller.users import sessions
from controller.users.rights import Action, Principal, require

FIELDS = NewTemplate.__struct_fields__
NO_SUCH = "There is no such template, or you may not see it."


async def get(session: AsyncSession, principal: Principal, template_id: int, *, lock: bool = False) -> JobTemplate:
    """One that the principal sees. Raises NotFound, Forbidden."""
    require(principal, Action.JOBS_VIEW)
    row = await queries.template(session, template_id, lock=lock)
    if row is None or not views.may_see(row, principal):
        raise NotFound(NO_SUCH)
    return row


async def page(
    session: AsyncSession, office: Office, principal: Principal, *, search: str = "", limit: int = 100, offset: int = 0
) -> TemplatePage:
    """Those that the principal sees, by name."""
    require(principal, Action.JOBS_VIEW)
    words = search.casefold().split()
    rows = [
        row
        for row in await queries.templates(session)
        if views.may_see(row, principal)
        and all(word in f"{row.name} {row.description} {row.kind}".casefold() for word in words)
    ]
    shown = await views.templates(session, office.kinds, principal, rows[offset : offset + limit])
    return TemplatePage(shown, len(rows))


async def view(session: AsyncSession, office: Office, principal: Principal, template_id: int) -> TemplateView:
    """One. Raises NotFound, Forbidden."""
    row = await get(session, principal, template_id)
    return (await views.templates(session, office.kinds, principal, [row]))[0]


async def add(session: AsyncSession, office: Office, who: Launcher, new: NewTemplate) -> int:
    """Keep one; its id. Raises Forbidden, Invalid."""
    require(who.principal, Action.JOBS_MANAGE)
    await _check(session, office, who.principal, new)
    now = utc_now(office.clock)
    row = JobTemplate(**_stored(new), owner_id=who.principal.user_id, seed=None, created_at=now, updated_at=now)
    session.add(row)
    await session.flush()
    await _record(session, who, "job_template.create", row)
    return row.id


async def change(
    session: AsyncSession, office: Office, who: Launcher, template_id: int, changes: TemplateChanges
) -> None:
    """What is sent. Raises NotFound, Forbidden, Invalid."""
    row = await _mine(session, who, template_id)
    given = {name: getattr(changes, name) for name in FIELDS if getattr(changes, name) is not UNSET}
    if not given:
        return
    new = msgspec.convert({name: getattr(row, name) for name in FIELDS} | msgspec.to_builtins(given), NewTemplate)
    await _check(session, office, who.principal, new)
    for name, value in _stored(new).items():
        setattr(row, name, value)
    row.updated_at = utc_now(office.clock)
    await session.flush()
    await _record(session, who, "job_template.update", row, what=sorted(given))


async def remove(session: AsyncSession, who: Launcher, template_id: int) -> None:
    """Delete it; its runs stay. Raises NotFound, Forbidden."""
    row = await _mine(session, who, template_id)
    await _record(session, who, "job_template.delete", row)
    await session.delete(row)


async def launch(
    session: AsyncSession,
    office: Office,
    who: Launcher,
    template_id: int,
    how: Launch,
    *,
    origin: Origin | None = None,
    become: AsWhom | None = None,
) -> int:
    """Run it; the job's id. `origin`: of a schedule or workflow; `become`: as whom, where the template does not say.

    Raises as `launching.launch` does, and NotFound.
    """
    require(who.principal, Action.JOBS_RUN)
    row = await get(session, who.principal, template_id)
    if not views.may_launch(row, who.principal):
        raise Forbidden("This template is for others to launch.", code="not_a_launcher")
    asked: dict[str, Any] = {name: getattr(row, name) for name in FIELDS if name in NewJob.__struct_fields__}
    new = msgspec.convert(asked, NewJob)
    new.params, new.password = how.params, how.password
    new.become = new.become or become
    for name in ("targets", "limits", "check", "diff"):
        if (value := getattr(how, name)) is not None:
            setattr(new, name, value)
    from_it = origin or Origin()
    whole = Origin(row.id, from_it.schedule_id, from_it.workflow_run_id, from_it.parent_id, from_it.host_ids)
    return await launching.launch(session, office, who, new, whole)


async def _mine(session: AsyncSession, who: Launcher, template_id: int) -> JobTemplate:
    require(who.principal, Action.JOBS_MANAGE)
    row = await get(session, who.principal, template_id, lock=True)
    if not views.may_change(row, who.principal):
        raise Forbidden("This template is somebody else's; its owner or an administrator changes it.", code="not_yours")
    return row


async def _check(session: AsyncSession, office: Office, principal: Principal, new: NewTemplate) -> None:
    if not new.name.strip():
        raise Invalid("Give it a name.", errors=(FieldError("name", "Give it a name."),))
    whole = {name: getattr(new, name) for name in FIELDS if name in NewJob.__struct_fields__}
    launching.checked(office, NewJob(**whole))
    asked = new.targets
    ids = set(asked.host_ids) - await host_queries.visible_ids(session, principal, asked.host_ids)
    if ids:
        message = "A host of it does not exist, or you may not see it."
        raise Invalid(message, errors=(FieldError("targets.host_ids", message),))
    if asked.expression.strip():
        expression.parse(asked.expression)
    if new.launcher_ids is not None:
        known = {one.user_id for one in await sessions.everybody(session)}
        if not known.issuperset(new.launcher_ids):
            message = "A user of it does not exist."
            raise Invalid(message, errors=(FieldError("launcher_ids", message),))


def _stored(new: NewTemplate) -> dict[str, Any]:
    plain: dict[str, Any] = msgspec.to_builtins(new)
    return plain | {"name": new.name.strip()}


async def _record(session: AsyncSession, who: Launcher, action: str, row: JobTemplate, **detail: object) -> None:
    detail = {"kind": row.kind, **detail}
    await audit.record(session, who.actor, action, kind="job_template", object_id=row.id, name=row.name, detail=detail)
