"""A run's beginning: who may launch what, with which answers, written down as rows that the conductor goes on with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from controller.audit import service as audit
from controller.core.clock import utc_now
from controller.core.errors import Conflict, FieldError, Forbidden, Invalid, NotFound
from controller.hosts import queries as host_queries
from controller.jobs import queries as jobs
from controller.jobs import survey
from controller.jobs import views as job_views
from controller.jobs.launching import Launcher, Office
from controller.jobs.models import JobTemplate
from controller.jobs.survey import Answer, Question
from controller.jobs.workflows import answers, graph, queries, service
from controller.jobs.workflows.answers import Sealed
from controller.jobs.workflows.models import RunNode, WorkflowRun
from controller.jobs.workflows.news import RunMoved, RunStarted
from controller.jobs.workflows.schemas import Edge, Node, WorkflowLaunch, WorkflowRelaunch
from controller.jobs.workflows.states import RUN_ENDED, NodeState, RunState
from controller.users.rights import Action, Principal, allows, require

NO_SUCH_RUN = "There is no such run of a workflow, or you may not see it."


def nodes_of(rows: Sequence[Mapping[str, Any]]) -> list[Node]:
    """As they are kept."""
    return msgspec.convert(rows, list[Node])


def edges_of(row: WorkflowRun) -> list[Edge]:
    """The edges of a run."""
    return msgspec.convert(row.edges, list[Edge])


def plain_of(row: WorkflowRun) -> dict[str, Answer]:
    """The answers of its launch that are no secrets."""
    return msgspec.convert(row.params, dict[str, Answer])


async def launch(
    session: AsyncSession,
    office: Office,
    who: Launcher,
    workflow_id: int,
    how: WorkflowLaunch,
    *,
    schedule_id: int | None = None,
) -> int:
    """A new run in this transaction; its id. It begins after the commit.

    Raises NotFound, Forbidden (also for one template that the launcher may not launch), Invalid (answers), Conflict (a
    template is gone), VaultError.
    """
    require(who.principal, Action.JOBS_RUN)
    kept = await service.get(session, who.principal, workflow_id)
    if not service.may_launch(kept, who.principal):
        raise Forbidden("This workflow is for others to launch.", code="not_a_launcher")
    nodes = nodes_of(kept.nodes)
    given = await _answered(session, who.principal, msgspec.convert(kept.survey, list[Question]), how.params)
    secrets = Sealed(given.secret, answers.of_workflow(office.vault, kept), how.password)
    plain = given.plain | given.hosts
    names = await _ready(session, who.principal, nodes, plain, secrets)
    row = WorkflowRun(
        workflow_id=kept.id, workflow_version=kept.version, name=kept.name, survey=kept.survey, edges=kept.edges,
        notify=kept.notify, schedule_id=schedule_id, parent_id=None,
    )  # fmt: skip
    await _begin(session, office, who, row, plain=plain, secrets=secrets)
    _add_nodes(session, row, nodes, names)
    await _written(session, office, who, row, "workflow.launch")
    return row.id


async def relaunch(session: AsyncSession, office: Office, who: Launcher, run_id: int, how: WorkflowRelaunch) -> int:
    """The same once more, by the graph of that run; the new run's id.

    Raises NotFound, Forbidden, Invalid, Conflict (it goes on, nothing failed, a template is gone), VaultError.
    """
    old = await get(session, who.principal, run_id)
    require(who.principal, Action.JOBS_RUN)
    if old.state not in RUN_ENDED:
        raise Conflict("This run has not ended yet. Cancel it first, or wait.", code="not_ended")
    workflow = await queries.workflow(session, old.workflow_id or 0)
    if workflow is not None and not service.may_launch(workflow, who.principal):
        raise Forbidden("This workflow is for others to launch.", code="not_a_launcher")
    if workflow is None and old.launched_by_id != who.principal.user_id and not service.administers(who.principal):
        raise Forbidden("Its workflow is gone. Whoever launched it runs it again.", code="not_a_launcher")
    before = await queries.nodes(session, [old.id])
    nodes = nodes_of([one.definition for one in before])
    carried = _carried(who.principal, old, before, how) if how.nodes == "failed" else {}
    secrets = _own(who.principal, answers.of_run(office.vault, old), old, how)
    questions = msgspec.convert(old.survey, list[Question])
    given = await _answered(session, who.principal, questions, plain_of(old) | secrets.launch | how.params)
    secrets = Sealed(given.secret, secrets.nodes, secrets.password)
    plain = given.plain | given.hosts
    names = await _ready(session, who.principal, [one for one in nodes if one.key not in carried], plain, secrets)
    row = WorkflowRun(
        workflow_id=old.workflow_id, workflow_version=old.workflow_version, name=old.name, survey=old.survey,
        edges=old.edges, notify=old.notify, schedule_id=None, parent_id=old.id,
    )  # fmt: skip
    await _begin(session, office, who, row, plain=plain, secrets=secrets)
    _add_nodes(session, row, nodes, names, carried)
    await _written(session, office, who, row, "workflow.relaunch", parent_id=old.id, nodes=how.nodes)
    return row.id


async def get(session: AsyncSession, principal: Principal, run_id: int, *, lock: bool = False) -> WorkflowRun:
    """One that the principal sees. Raises NotFound."""
    row = await queries.run(session, principal, run_id, lock=lock)
    if row is None or not allows(principal, Action.JOBS_VIEW):
        raise NotFound(NO_SUCH_RUN)
    return row


async def _answered(
    session: AsyncSession, principal: Principal, questions: Sequence[Question], given: Mapping[str, Answer]
) -> survey.Answers:
    found = survey.answer(questions, given)
    seen = await host_queries.visible_ids(session, principal, set(found.hosts.values()))
    for name, host_id in found.hosts.items():
        if host_id not in seen:
            raise Invalid(f"params.{name}: there is no such host.", errors=(FieldError(f"params.{name}", "no host"),))
    return found


async def _ready(
    session: AsyncSession, principal: Principal, nodes: Sequence[Node], plain: Mapping[str, Answer], secrets: Sealed
) -> dict[str, str]:
    """Look at every template before anything begins: names of them by node."""
    known = {one.id: one for one in await jobs.templates(session)}
    names, wrong = dict[str, str](), list[FieldError]()
    for node in nodes:
        if node.template_id is None:
            continue
        template = known.get(node.template_id)
        if template is None:
            raise Conflict(f"The template of {node.title or node.key} is gone. Choose another.", code="template_gone")
        if not job_views.may_launch(template, principal):
            words = f"The template of {node.title or node.key} is for others to launch."
            raise Forbidden(words, code="not_a_launcher")
        names[node.key] = template.name
        wrong += _unanswered(node, template, plain, secrets)
    if wrong:
        raise Invalid(f"{wrong[0].field}: {wrong[0].message}", errors=tuple(wrong))
    return names


def _unanswered(node: Node, template: JobTemplate, plain: Mapping[str, Answer], secrets: Sealed) -> list[FieldError]:
    asked = answers.questions(template)
    whole = answers.filled(node) | secrets.nodes.get(node.key, {})
    try:
        survey.answer(asked, answers.of_node(asked, whole, plain, secrets.launch))
    except Invalid as error:
        return [FieldError(f"nodes.{node.key}.{one.field}", one.message) for one in error.errors]
    return []


def _own(principal: Principal, kept: Sealed, old: WorkflowRun, how: WorkflowRelaunch) -> Sealed:
    """The secrets for another run: what somebody else typed at the launch is not the caller's. Raises Forbidden."""
    if old.launched_by_id != principal.user_id:
        if kept.password is not None and how.password is None:
            raise Forbidden("Its launcher typed a password for sudo. Type your own.", code="password_needed")
        if missing := sorted(set(kept.launch) - set(how.params)):
            raise Forbidden(f"Its launcher's secrets are not yours. Answer {', '.join(missing)}.", code="secrets")
    return Sealed(kept.launch, kept.nodes, how.password if how.password is not None else kept.password)


def _carried(
    principal: Principal, old: WorkflowRun, before: Sequence[RunNode], how: WorkflowRelaunch
) -> dict[str, RunNode]:
    """The nodes that are not done again: all but those that failed without a way for that, or were canceled, and what
    comes behind them."""
    if how.params:
        words = "What succeeded was done with other answers. Run all of it with these."
        raise Invalid(words, errors=(FieldError("params", words),))
    edges = edges_of(old)
    states = {one.key: NodeState(one.state) for one in before}
    bad = {key for key, state in states.items() if state is NodeState.CANCELED or graph.uncaught(key, state, edges)}
    if not bad:
        raise Conflict("Nothing of this run failed.", code="nothing_failed")
    again = graph.behind(bad, edges)
    kept = {one.key: one for one in before if one.key not in again}
    approved = any(one.kind == "approval" and one.state == NodeState.SUCCEEDED for one in kept.values())
    if approved and old.launched_by_id != principal.user_id:
        words = "It was approved for somebody else. Run all of it, to have it approved for you."
        raise Forbidden(words, code="approved_for_another")
    return kept


async def _begin(
    session: AsyncSession,
    office: Office,
    who: Launcher,
    row: WorkflowRun,
    *,
    plain: Mapping[str, Answer],
    secrets: Sealed,
) -> None:
    row.params, row.state, row.code, row.note = dict(plain), RunState.RUNNING.value, "", ""
    row.launched_by_id, row.launched_by = who.principal.user_id, who.principal.username
    row.token_id, row.created_at = who.principal.token_id, utc_now(office.clock)
    session.add(row)
    await session.flush()
    answers.seal_run(office.vault, row, secrets)


def _add_nodes(
    session: AsyncSession,
    row: WorkflowRun,
    nodes: Sequence[Node],
    names: Mapping[str, str],
    carried: Mapping[str, RunNode] | None = None,
) -> None:
    for at, node in enumerate(nodes):
        made = RunNode(
            run_id=row.id, key=node.key, position=at, kind=node.kind, definition=msgspec.to_builtins(node),
            template_name=names.get(node.key, ""), state=NodeState.WAITING.value, job_id=None, carried=False, note="",
        )  # fmt: skip
        old = (carried or {}).get(node.key)
        if old is not None:
            made.carried = True
            for name in (
                "template_name", "state", "job_id", "note", "decided_by_id", "decided_by", "started_at", "ended_at"
            ):  # fmt: skip
                setattr(made, name, getattr(old, name))
        session.add(made)


async def _written(
    session: AsyncSession, office: Office, who: Launcher, row: WorkflowRun, action: str, **detail: object
) -> None:
    await session.flush()
    detail = {"workflow_id": row.workflow_id, "version": row.workflow_version, **detail}
    if row.schedule_id is not None:
        detail["schedule_id"] = row.schedule_id
    await audit.record(session, who.actor, action, kind="workflow run", object_id=row.id, name=row.name, detail=detail)
    office.bus.publish_after_commit(session, RunStarted(row.id))
    office.bus.publish_after_commit(session, RunMoved(row.id))
