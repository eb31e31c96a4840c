"""Workflows: kept, changed, shown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from msgspec import UNSET
from sqlalchemy.ext.asyncio import AsyncSession

from controller.audit import service as audit
from controller.core.clock import utc_now
from controller.core.errors import Conflict, FieldError, Forbidden, Invalid, NotFound
from controller.core.secrets import VaultError
from controller.hosts import queries as host_queries
from controller.jobs import expression, survey
from controller.jobs import queries as jobs
from controller.jobs import views as job_views
from controller.jobs.launching import Launcher, Office
from controller.jobs.models import JobTemplate
from controller.jobs.workflows import answers, graph, queries
from controller.jobs.workflows.models import Workflow
from controller.jobs.workflows.schemas import NewWorkflow, Node, WorkflowChanges
from controller.users import sessions
from controller.users.rights import Action, Principal, Role, allows, require

FIELDS = NewWorkflow.__struct_fields__
NO_SUCH = "There is no such workflow, or you may not see it."


async def get(session: AsyncSession, principal: Principal, workflow_id: int, *, lock: bool = False) -> Workflow:
    """One that the principal sees. Raises NotFound, Forbidden."""
    require(principal, Action.JOBS_VIEW)
    row = await queries.workflow(session, workflow_id, lock=lock)
    if row is None or not may_see(row, principal):
        raise NotFound(NO_SUCH)
    return row


async def everything(session: AsyncSession) -> list[Workflow]:
    """All, by name, whoever may see them."""
    return await queries.workflows(session)


async def add(session: AsyncSession, office: Office, who: Launcher, new: NewWorkflow) -> Workflow:
    """Keep one. Raises Forbidden, Invalid."""
    require(who.principal, Action.JOBS_MANAGE)
    now = utc_now(office.clock)
    row = Workflow(owner_id=who.principal.user_id, version=1, sealed_params=None, created_at=now, updated_at=now)
    await _keep(session, office, who, row, new)
    await _record(session, who, "workflow.create", row, nodes=len(new.nodes))
    return row


async def change(
    session: AsyncSession, office: Office, who: Launcher, workflow_id: int, changes: WorkflowChanges
) -> Workflow:
    """What is sent. Raises NotFound, Forbidden, Invalid, Conflict when somebody else has saved meanwhile."""
    row = await _mine(session, who, workflow_id)
    if row.version != changes.base:
        raise Conflict(
            f"Somebody has saved version {row.version} meanwhile. Look at it, then save yours again.",
            code="changed_meanwhile",
        )
    given = {name: getattr(changes, name) for name in FIELDS if getattr(changes, name) is not UNSET}
    if not given:
        return row
    kept = {name: getattr(row, name) for name in FIELDS}
    new = msgspec.convert(kept | msgspec.to_builtins(given), NewWorkflow)
    row.version += 1
    row.updated_at = utc_now(office.clock)
    await _keep(session, office, who, row, new)
    await _record(session, who, "workflow.update", row, what=sorted(given), version=row.version)
    return row


async def remove(session: AsyncSession, who: Launcher, workflow_id: int) -> None:
    """Delete it; its runs stay, and those that go on do so. Raises NotFound, Forbidden."""
    row = await _mine(session, who, workflow_id)
    await _record(session, who, "workflow.delete", row)
    await session.delete(row)


def may_see(row: Workflow, principal: Principal) -> bool:
    """Its owner, its launchers and administrators; everybody, when everybody may launch it."""
    return allows(principal, Action.JOBS_VIEW) and (row.launcher_ids is None or _close(row, principal))


def may_launch(row: Workflow, principal: Principal) -> bool:
    """May the principal launch it, with templates and on hosts that are the principal's to use?"""
    return allows(principal, Action.JOBS_RUN) and (row.launcher_ids is None or _close(row, principal))


def may_change(row: Workflow, principal: Principal) -> bool:
    """Its owner and administrators."""
    return allows(principal, Action.JOBS_MANAGE) and (row.owner_id == principal.user_id or administers(principal))


def administers(principal: Principal) -> bool:
    """An administrator of all hosts."""
    return principal.role is Role.ADMIN and principal.all_hosts


def _close(row: Workflow, principal: Principal) -> bool:
    return principal.user_id in {row.owner_id, *(row.launcher_ids or ())} or administers(principal)


async def _mine(session: AsyncSession, who: Launcher, workflow_id: int) -> Workflow:
    require(who.principal, Action.JOBS_MANAGE)
    row = await get(session, who.principal, workflow_id, lock=True)
    if not may_change(row, who.principal):
        raise Forbidden("This workflow is somebody else's; its owner or an administrator changes it.", code="not_yours")
    return row


async def _keep(session: AsyncSession, office: Office, who: Launcher, row: Workflow, new: NewWorkflow) -> None:
    """Check everything and put it into the row."""
    name = " ".join(new.name.split())
    if not name or not name.isprintable():
        raise _invalid([FieldError("name", "Give it a name of printable characters.")])
    survey.check(new.survey)
    if wrong := graph.problems(new.nodes, new.edges):
        raise _invalid(wrong)
    known = {one.id: one for one in await jobs.templates(session)}
    wrong = [
        error
        for at, node in enumerate(new.nodes)
        for error in await _of_node(session, who.principal, f"nodes[{at}]", node, known=known, new=new)
    ]
    if wrong:
        raise _invalid(wrong)
    await _check_launchers(session, new)
    before = _secrets(office, row)
    plain, hidden = _parted(new.nodes, known, before)
    with session.no_autoflush:
        row.name, row.description, row.launcher_ids = name, new.description, new.launcher_ids
        row.survey, row.edges = msgspec.to_builtins(new.survey), msgspec.to_builtins(new.edges)
        row.nodes, row.notify = plain, msgspec.to_builtins(new.notify)
    session.add(row)
    await session.flush()
    answers.seal_workflow(office.vault, row, hidden)
    await session.flush()


def _parted(
    nodes: Sequence[Node], known: Mapping[int, JobTemplate], before: answers.OfNodes
) -> tuple[list[dict[str, Any]], answers.OfNodes]:
    """The nodes as they are kept, and their secret answers; one that is not sent again stays while it is asked for."""
    plain: list[dict[str, Any]] = []
    hidden: answers.OfNodes = {}
    for node in nodes:
        kept: dict[str, Any] = msgspec.to_builtins(node)
        if node.template_id is not None:
            template = known[node.template_id]
            kept["params"], secret = answers.split(node, template)
            asked = {question.name for question in answers.questions(template) if question.type == "secret"}
            old = {name: value for name, value in before.get(node.key, {}).items() if name in asked}
            hidden[node.key] = old | secret
        plain.append(kept)
    return plain, hidden


async def _of_node(
    session: AsyncSession,
    principal: Principal,
    where: str,
    node: Node,
    *,
    known: Mapping[int, JobTemplate],
    new: NewWorkflow,
) -> list[FieldError]:
    if node.template_id is None:
        return []
    template = known.get(node.template_id)
    if template is None or not job_views.may_see(template, principal):
        return [FieldError(f"{where}.template_id", "There is no such template, or you may not see it.")]
    found = answers.check_filled(where, node, template, new.survey)
    if node.targets is not None:
        asked = node.targets.host_ids
        if set(asked) - await host_queries.visible_ids(session, principal, asked):
            words = "A host of it does not exist, or you may not see it."
            found.append(FieldError(f"{where}.targets.host_ids", words))
        if node.targets.expression.strip():
            expression.parse(node.targets.expression)
    return found


async def _check_launchers(session: AsyncSession, new: NewWorkflow) -> None:
    if new.launcher_ids is not None:
        known = {one.user_id for one in await sessions.everybody(session)}
        if not known.issuperset(new.launcher_ids):
            raise _invalid([FieldError("launcher_ids", "A user of it does not exist.")])


def _secrets(office: Office, row: Workflow) -> answers.OfNodes:
    try:
        return answers.of_workflow(office.vault, row)
    except VaultError:
        return {}


def secret_names(office: Office, row: Workflow) -> dict[str, list[str]]:
    """Names of the secret answers that are kept, by node."""
    return {key: sorted(values) for key, values in _secrets(office, row).items()}


async def _record(session: AsyncSession, who: Launcher, action: str, row: Workflow, **detail: object) -> None:
    await audit.record(session, who.actor, action, kind="workflow", object_id=row.id, name=row.name, detail=detail)


def _invalid(errors: Sequence[FieldError]) -> Invalid:
    return Invalid(f"{errors[0].field}: {errors[0].message}", errors=tuple(errors))
