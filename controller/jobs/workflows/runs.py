"""What is done with a run of a workflow: cancelled, approved, deleted."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from controller.audit import service as audit
from controller.core.clock import utc_now
from controller.core.errors import AppError, Conflict, Forbidden, NotFound
from controller.hosts import queries as host_queries
from controller.jobs import queries as job_queries
from controller.jobs import service as jobs
from controller.jobs import targets
from controller.jobs.launching import Launcher, Office
from controller.jobs.schemas import Targets
from controller.jobs.workflows import launching, queries
from controller.jobs.workflows.models import RunNode, WorkflowRun
from controller.jobs.workflows.news import RunMoved
from controller.jobs.workflows.states import RUN_ENDED, NodeState, RunState
from controller.users import sessions
from controller.users.rights import Action, Principal, Role, allows, require

HIDDEN = "Tasks of this run are on hosts that you may not see. Whoever launched it, or sees them, has to do it."
NO_APPROVAL = "There is no such approval, or you may not see it."


async def launcher(session: AsyncSession, office: Office, row: WorkflowRun) -> Principal | None:
    """Whoever launched it, with the rights of this moment; None when they have ended."""
    asked = Principal(row.launched_by_id or 0, row.launched_by, Role.NONE, False, frozenset(), token_id=row.token_id)
    principal = await sessions.renewed(session, asked, utc_now(office.clock), detached=True)
    return principal if principal is not None and allows(principal, Action.JOBS_RUN) else None


def may_cancel(row: WorkflowRun, principal: Principal, *, hidden: bool) -> bool:
    """Whoever launched it, and who may run jobs on all hosts that its jobs are on (`hidden`: not seen are some)."""
    mine = row.launched_by_id == principal.user_id
    return row.state not in RUN_ENDED and allows(principal, Action.JOBS_RUN) and (mine or not hidden)


def may_delete(row: WorkflowRun, principal: Principal, *, hidden: bool) -> bool:
    """Who launched it, and who manages jobs on all hosts that its jobs were on, once it has ended."""
    mine = row.launched_by_id == principal.user_id
    return row.state in RUN_ENDED and allows(principal, Action.JOBS_MANAGE) and (mine or not hidden)


async def cancel(session: AsyncSession, office: Office, who: Launcher, run_id: int, note: str = "") -> None:
    """End what runs of it and begin nothing more; it is canceled once all its jobs have ended.

    Harmless for one that has ended. Raises NotFound, Forbidden.
    """
    row = await launching.get(session, who.principal, run_id, lock=True)
    require(who.principal, Action.JOBS_RUN)
    if row.state in RUN_ENDED or row.state == RunState.CANCELING:
        return
    hidden = bool(await queries.hidden(session, who.principal, [row.id]))
    if not may_cancel(row, who.principal, hidden=hidden):
        raise Forbidden(HIDDEN, code="hosts_hidden")
    await _record(session, who, "workflow_run.cancel", row, note=note)
    await stop(session, office, row, f"{who.principal.username} cancelled it." + (f" {note}" if note else ""))


async def stop(session: AsyncSession, office: Office, row: WorkflowRun, words: str) -> None:
    """End a run that the session has locked, whoever may."""
    row.state, row.code, row.note = RunState.CANCELING.value, "canceled", words[:1000]
    for node in await queries.nodes(session, [row.id]):
        if node.state == NodeState.RUNNING and node.job_id is not None:
            job = await job_queries.lock(session, node.job_id)
            if job is not None:
                await jobs.stop(session, office, job, words)
    office.bus.publish_after_commit(session, RunMoved(row.id))


async def decide(
    session: AsyncSession, office: Office, who: Launcher, node_id: int, *, approve: bool, note: str = ""
) -> WorkflowRun:
    """Approve or deny: a second person, who may run jobs on all the hosts that come after it.

    Raises NotFound, Forbidden, Conflict when nobody waits for it.
    """
    node = await queries.node(session, node_id) if allows(who.principal, Action.JOBS_VIEW) else None
    row = await queries.run(session, who.principal, node.run_id, lock=True) if node is not None else None
    if node is None or row is None or node.kind != "approval":
        raise NotFound(NO_APPROVAL)
    await session.refresh(node)
    require(who.principal, Action.JOBS_APPROVE)
    now = utc_now(office.clock)
    late = node.due_at is not None and node.due_at <= now
    if node.state != NodeState.WAITING_APPROVAL or row.state != RunState.RUNNING or late:
        raise Conflict("Nobody waits for this approval.", code="not_waiting")
    if row.launched_by_id == who.principal.user_id and approve:
        raise Forbidden("Somebody else has to approve what you launched.", code="own_run")
    if not await covers(session, office, who.principal, row, await queries.nodes(session, [row.id])):
        words = "What comes after it runs on hosts that you may not see. Somebody who sees them has to decide."
        raise Forbidden(words, code="hosts_hidden")
    node.state = (NodeState.SUCCEEDED if approve else NodeState.FAILED).value
    node.decided_by_id, node.decided_by = who.principal.user_id, who.principal.username
    node.note, node.ended_at = note, now
    action = "workflow_run.approve" if approve else "workflow_run.deny"
    await _record(session, who, action, row, note=note, node=node.definition.get("title"))
    office.bus.publish_after_commit(session, RunMoved(row.id))
    return row


async def covers(
    session: AsyncSession, office: Office, principal: Principal, row: WorkflowRun, nodes: Sequence[RunNode]
) -> bool:
    """Does the principal see every host on which a node that waits would run now?"""
    if principal.all_hosts:
        return True
    ids = await coming_hosts(session, office, row, nodes)
    return ids is not None and ids <= await host_queries.visible_ids(session, principal, ids)


async def coming_hosts(
    session: AsyncSession, office: Office, row: WorkflowRun, nodes: Iterable[RunNode]
) -> set[int] | None:
    """The hosts on which nodes that wait would run now; None when the launcher may not run anything any more."""
    by = await launcher(session, office, row)
    if by is None:
        return None
    ids = set[int]()
    for one in nodes:
        if one.state != NodeState.WAITING or one.kind != "template":
            continue
        template = await job_queries.template(session, _template_id(one))
        if template is None:
            continue
        wanted = one.definition.get("targets") or template.targets
        try:
            chosen = await targets.choose(session, by, msgspec.convert(wanted, Targets))
        except AppError:  # it could not be launched either
            continue
        ids |= {host.id for host in chosen.rows}
    return ids


def _template_id(node: RunNode) -> int:
    found = node.definition.get("template_id")
    return found if isinstance(found, int) else 0


async def remove(session: AsyncSession, who: Launcher, run_id: int) -> None:
    """Out of the history; its jobs stay. Raises NotFound, Forbidden, Conflict while it goes on."""
    row = await launching.get(session, who.principal, run_id, lock=True)
    require(who.principal, Action.JOBS_MANAGE)
    if row.state not in RUN_ENDED:
        raise Conflict("This run has not ended yet. Cancel it first.", code="not_ended")
    hidden = bool(await queries.hidden(session, who.principal, [row.id]))
    if not may_delete(row, who.principal, hidden=hidden):
        raise Forbidden(HIDDEN, code="hosts_hidden")
    await _record(session, who, "workflow_run.delete", row)
    await session.delete(row)


async def _record(session: AsyncSession, who: Launcher, action: str, row: WorkflowRun, **detail: object) -> None:
    kept = {name: value for name, value in detail.items() if value}
    await audit.record(session, who.actor, action, kind="workflow run", object_id=row.id, name=row.name, detail=kept)
