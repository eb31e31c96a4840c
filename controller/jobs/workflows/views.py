"""Workflows and their runs as the API shows them, to whoever asks."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

import msgspec
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from controller.jobs import queries as jobs
from controller.jobs import views as job_views
from controller.jobs.launching import Office
from controller.jobs.models import Job
from controller.jobs.schemas import Notify
from controller.jobs.states import JobState
from controller.jobs.survey import Question
from controller.jobs.workflows import launching, queries, runs, service
from controller.jobs.workflows.models import RunNode, Workflow, WorkflowRun
from controller.jobs.workflows.schemas import (
    ApprovalView,
    Edge,
    LastRun,
    NodeView,
    RunDetail,
    RunView,
    WorkflowNode,
    WorkflowView,
)
from controller.jobs.workflows.states import RUN_ENDED, NodeState, RunState
from controller.users import sessions
from controller.users.rights import Action, Principal, allows

SAME = ("id", "name", "description", "launcher_ids", "owner_id", "version", "created_at", "updated_at")
OF_RUN = (
    "id", "workflow_id", "workflow_version", "name", "code", "note", "params", "launched_by", "launched_by_id",
    "schedule_id", "parent_id", "created_at", "ended_at",
)  # fmt: skip
OF_NODE = (
    "id", "key", "kind", "template_name", "carried", "note", "decided_by", "due_at", "started_at", "ended_at",
)  # fmt: skip
DEFINED = ("title", "text", "template_id", "converge", "x", "y")


async def workflows(
    session: AsyncSession, office: Office, principal: Principal, rows: Sequence[Workflow]
) -> list[WorkflowView]:
    """In the order given."""
    names = {one.id: one.name for one in await jobs.templates(session) if job_views.may_see(one, principal)}
    people = {one.user_id: one.username for one in await sessions.everybody(session)}
    last = await queries.newest(session, principal, [row.id for row in rows])
    return [
        WorkflowView(
            **{name: getattr(row, name) for name in SAME},
            survey=msgspec.convert(row.survey, list[Question]),
            nodes=_nodes(office, row, names),
            edges=msgspec.convert(row.edges, list[Edge]),
            notify=msgspec.convert(row.notify, Notify),
            owner=people.get(row.owner_id or 0),
            last_run=_last(last.get(row.id)),
            may_launch=service.may_launch(row, principal),
            may_change=service.may_change(row, principal),
        )
        for row in rows
    ]


def _nodes(office: Office, row: Workflow, names: dict[int, str]) -> list[WorkflowNode]:
    secret = service.secret_names(office, row)
    return [
        WorkflowNode(
            key=node.key, kind=node.kind, title=node.title, text=node.text, template_id=node.template_id,
            template_name=names.get(node.template_id or 0, ""), params=dict(node.params),
            secrets_set=secret.get(node.key, []), targets=node.targets, converge=node.converge,
            timeout_s=node.timeout_s, x=node.x, y=node.y,
        )
        for node in launching.nodes_of(row.nodes)
    ]  # fmt: skip


def _last(row: WorkflowRun | None) -> LastRun | None:
    return None if row is None else LastRun(row.id, RunState(row.state), row.created_at)


async def runs_of(session: AsyncSession, principal: Principal, rows: Sequence[WorkflowRun]) -> list[RunView]:
    """In the order given."""
    counts = await queries.counts(session, [row.id for row in rows])
    hidden = await queries.hidden(session, principal, [row.id for row in rows])
    return [_run(row, principal, counts[row.id], hidden=row.id in hidden) for row in rows]


def _run(row: WorkflowRun, principal: Principal, counts: dict[str, int], *, hidden: bool) -> RunView:
    return RunView(
        **{name: getattr(row, name) for name in OF_RUN},
        state=RunState(row.state),
        survey=msgspec.convert(row.survey, list[Question]),
        secret_params=[str(one["name"]) for one in row.survey if one.get("type") == "secret"],
        counts={state.value: counts.get(state, 0) for state in NodeState},
        may_cancel=runs.may_cancel(row, principal, hidden=hidden),
        may_relaunch=row.state in RUN_ENDED and allows(principal, Action.JOBS_RUN),
        may_delete=runs.may_delete(row, principal, hidden=hidden),
    )


async def detail(session: AsyncSession, office: Office, principal: Principal, row: WorkflowRun) -> RunDetail:
    """One run with its nodes. Jobs that the principal does not see are not named."""
    nodes = await queries.nodes(session, [row.id])
    seen = await _jobs_seen(session, principal, [one.job_id for one in nodes if one.job_id is not None])
    asked = any(one.state == NodeState.WAITING_APPROVAL for one in nodes)
    decides = asked and await _decides(session, office, principal, row, nodes)
    shown = [_node(one, seen, decides=decides) for one in nodes]
    return RunDetail(run=(await runs_of(session, principal, [row]))[0], nodes=shown, edges=launching.edges_of(row))


def _node(row: RunNode, seen: dict[int, str], *, decides: bool) -> NodeView:
    job_state = seen.get(row.job_id or 0)
    state = NodeState(row.state)
    waits = state is NodeState.WAITING_APPROVAL
    if state is NodeState.RUNNING and job_state == JobState.WAITING_APPROVAL:
        state = NodeState.WAITING_APPROVAL  # of the job: its template asks for one
    same: dict[str, Any] = {name: getattr(row, name) for name in OF_NODE}
    same |= {name: row.definition[name] for name in DEFINED}
    return NodeView(
        **same,
        state=state,
        job_id=row.job_id if job_state is not None else None,
        job_state=job_state,
        may_decide=waits and decides,
    )


async def _jobs_seen(session: AsyncSession, principal: Principal, ids: Collection[int]) -> dict[int, str]:
    query = select(Job.id, Job.state).where(Job.id.in_(list(ids)), jobs.visible(principal))
    rows = await session.execute(query)
    return dict(rows.all())


async def _decides(
    session: AsyncSession, office: Office, principal: Principal, row: WorkflowRun, nodes: Sequence[RunNode]
) -> bool:
    if not allows(principal, Action.JOBS_APPROVE) or row.launched_by_id == principal.user_id:
        return False
    return row.state == RunState.RUNNING and await runs.covers(session, office, principal, row, nodes)


async def approvals(session: AsyncSession, office: Office, principal: Principal) -> list[ApprovalView]:
    """Those that are waited for and that the principal sees, the oldest first."""
    found = []
    for node, row in await queries.asked(session, principal):
        nodes = await queries.nodes(session, [row.id])
        found.append(
            ApprovalView(
                id=node.id,
                run_id=row.id,
                workflow_id=row.workflow_id,
                name=row.name,
                title=str(node.definition["title"]),
                text=str(node.definition["text"]),
                launched_by=row.launched_by,
                started_at=node.started_at,
                due_at=node.due_at,
                may_decide=await _decides(session, office, principal, row, nodes),
            )
        )
    return found
