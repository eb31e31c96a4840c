"""One step of a run: what its jobs came to is taken over, and what comes next begins, in one transaction.

A controller that is killed in between leaves no trace of it; one that is killed after the commit leaves jobs that are
pending, which go on. Nobody else is at the run meanwhile, so that no node is begun twice.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from controller.audit.service import Actor
from controller.core.clock import utc_now
from controller.core.errors import AppError, Forbidden
from controller.core.secrets import VaultError
from controller.jobs import templates
from controller.jobs.launching import Launcher, Office, Origin
from controller.jobs.models import Job
from controller.jobs.schemas import Launch
from controller.jobs.states import JOB_ENDED
from controller.jobs.workflows import answers, graph, launching, queries, runs
from controller.jobs.workflows.models import RunNode, WorkflowRun
from controller.jobs.workflows.news import ApprovalAsked, RunEnded
from controller.jobs.workflows.schemas import Edge, Node
from controller.jobs.workflows.states import NODE_OPEN, OF_JOB, NodeState, RunState

RIGHTS_GONE = "Whoever launched this run may no longer run tasks."
UNDECIDED = "Nobody decided in time, which counts as rejected."
JOB_GONE = "Its task was deleted before its end was taken over."


async def step(session: AsyncSession, office: Office, run_id: int) -> None:
    """Bring the run as far as it goes now. Harmless for one that has ended, or that somebody else is at."""
    run = await queries.take(session, run_id)
    if run is None:
        return
    nodes = {one.key: one for one in await queries.nodes(session, [run_id])}
    now = utc_now(office.clock)
    for node in nodes.values():
        if node.state == NodeState.RUNNING:
            await _take_over(session, node, now)
        elif node.state == NodeState.WAITING_APPROVAL and node.due_at is not None and node.due_at <= now:
            _end(node, NodeState.FAILED, now, UNDECIDED)
    if run.state == RunState.CANCELING:
        for node in nodes.values():
            if node.state in {NodeState.WAITING, NodeState.WAITING_APPROVAL}:
                _end(node, NodeState.CANCELED, now)
    else:
        await _go_on(session, office, run, nodes)
    if not any(node.state in NODE_OPEN for node in nodes.values()):
        _end_run(session, office, run, nodes, now)


async def _take_over(session: AsyncSession, node: RunNode, now: datetime) -> None:
    job = await session.get(Job, node.job_id, populate_existing=True) if node.job_id is not None else None
    if job is None:
        _end(node, NodeState.INTERRUPTED, now, JOB_GONE)
    elif job.state in JOB_ENDED:
        _end(node, OF_JOB[job.state], job.ended_at or now, job.note)


def _end(node: RunNode, state: NodeState, at: datetime, note: str = "") -> None:
    node.state, node.note, node.ended_at, node.due_at = state.value, note[:1000], at, None


async def _go_on(session: AsyncSession, office: Office, run: WorkflowRun, nodes: Mapping[str, RunNode]) -> None:
    """Begin what comes next; one that cannot be begun has failed, which decides about more."""
    edges = launching.edges_of(run)
    defined = {key: msgspec.convert(node.definition, Node) for key, node in nodes.items()}
    converge = {key: node.converge for key, node in defined.items()}
    while comes := graph.following(converge, edges, _states(nodes.values())):
        for key, state in comes.items():
            if state is NodeState.SKIPPED:
                nodes[key].state = state.value
            elif defined[key].kind == "approval":
                await _ask(session, office, run, nodes, defined[key])
            else:
                await _launch(session, office, run, nodes[key], defined[key])
        await session.flush()


async def _ask(
    session: AsyncSession, office: Office, run: WorkflowRun, nodes: Mapping[str, RunNode], node: Node
) -> None:
    row, now = nodes[node.key], utc_now(office.clock)
    row.state, row.started_at = NodeState.WAITING_APPROVAL.value, now
    row.due_at = now + timedelta(seconds=node.timeout_s) if node.timeout_s else None
    hosts = await runs.coming_hosts(session, office, run, nodes.values())
    office.bus.publish_after_commit(session, ApprovalAsked(run.id, row.id, tuple(sorted(hosts or ()))))


async def _launch(session: AsyncSession, office: Office, run: WorkflowRun, row: RunNode, node: Node) -> None:
    """Launch the node's template with the launcher's rights of now; a refusal is the node's failure."""
    row.started_at = utc_now(office.clock)
    try:
        async with session.begin_nested():
            principal = await runs.launcher(session, office, run)
            if principal is None:
                raise Forbidden(RIGHTS_GONE)
            who = Launcher(principal, Actor("system", None, f"workflow {run.name}"))
            how = await _how(session, office, who, run, node)
            origin = Origin(workflow_run_id=run.id)
            job_id = await templates.launch(session, office, who, node.template_id or 0, how, origin=origin)
            row.job_id, row.state = job_id, NodeState.RUNNING.value
    except (AppError, VaultError) as error:
        words = error.detail if isinstance(error, AppError) else f"Its secrets do not open: {error}."
        await session.refresh(row)
        row.job_id, row.started_at = None, utc_now(office.clock)
        _end(row, NodeState.FAILED, utc_now(office.clock), words)


async def _how(session: AsyncSession, office: Office, who: Launcher, run: WorkflowRun, node: Node) -> Launch:
    """The answers of a node's job, and on which hosts."""
    template = await templates.get(session, who.principal, node.template_id or 0)
    secrets = answers.of_run(office.vault, run)
    given = answers.filled(node) | secrets.nodes.get(node.key, {})
    params = answers.of_node(answers.questions(template), given, launching.plain_of(run), secrets.launch)
    password = secrets.password if template.become is not None else None
    return Launch(params=params, targets=node.targets, password=password)


def _states(nodes: Iterable[RunNode]) -> dict[str, NodeState]:
    return {node.key: NodeState(node.state) for node in nodes}


def _end_run(
    session: AsyncSession, office: Office, run: WorkflowRun, nodes: Mapping[str, RunNode], now: datetime
) -> None:
    if run.state == RunState.CANCELING:
        run.state = RunState.CANCELED.value
    else:
        run.state = graph.outcome(launching.edges_of(run), _states(nodes.values())).value
        run.note = _why(run, nodes, launching.edges_of(run))
    run.ended_at = now
    office.bus.publish_after_commit(session, RunEnded(run.id, run.state, run.schedule_id))


def _why(run: WorkflowRun, nodes: Mapping[str, RunNode], edges: Sequence[Edge]) -> str:
    """Which nodes made it fail."""
    if run.state != RunState.FAILED:
        return ""
    found = [
        f"{node.definition.get('title') or node.template_name or key}: {node.state}"
        for key, node in nodes.items()
        if graph.uncaught(key, NodeState(node.state), edges)
    ]
    return "; ".join(found)[:1000]
