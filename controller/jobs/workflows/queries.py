"""Reading the tables of workflows. What a principal sees of runs is decided here."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Select, and_, any_, delete, exists, func, literal, or_, select, true
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncSession

from controller.jobs import queries as jobs
from controller.jobs.models import Job, JobHost
from controller.jobs.workflows.models import RunNode, Workflow, WorkflowRun
from controller.jobs.workflows.states import RUN_ENDED, NodeState
from controller.users.rights import Principal


@dataclass(frozen=True, slots=True)
class RunFilter:
    """Which runs are wanted."""

    states: Sequence[str] = ()
    workflow_id: int | None = None
    schedule_id: int | None = None
    search: str = ""
    limit: int = 100
    offset: int = 0


async def workflow(session: AsyncSession, workflow_id: int, *, lock: bool = False) -> Workflow | None:
    """One workflow."""
    if not 0 < workflow_id < 1 << 63:
        return None
    return await session.get(Workflow, workflow_id, with_for_update=lock, populate_existing=lock)


async def workflows(session: AsyncSession) -> list[Workflow]:
    """All of them, by name."""
    return list(await session.scalars(select(Workflow).order_by(func.lower(Workflow.name), Workflow.id)))


def visible(principal: Principal) -> ColumnElement[bool]:
    """Runs that the principal launched, that ran a job which the principal sees, and of workflows that are the
    principal's own or name the principal as a launcher."""
    if principal.all_hosts:
        return true()
    job = exists().where(Job.workflow_run_id == WorkflowRun.id, jobs.visible(principal))
    mine = and_(
        WorkflowRun.launched_by_id == principal.user_id, WorkflowRun.token_id.is_not_distinct_from(principal.token_id)
    )
    if principal.scopes is not None:  # a token is not named anywhere
        return or_(mine, job)
    named = literal(principal.user_id) == any_(Workflow.launcher_ids)
    close = exists().where(Workflow.id == WorkflowRun.workflow_id, or_(Workflow.owner_id == principal.user_id, named))
    return or_(mine, job, close)


async def find(session: AsyncSession, principal: Principal, wanted: RunFilter) -> tuple[list[WorkflowRun], int]:
    """Runs that the principal sees, newest first, and how many there are in all."""
    query = select(WorkflowRun).where(visible(principal))
    if wanted.states:
        query = query.where(WorkflowRun.state.in_(list(wanted.states)))
    if wanted.workflow_id is not None:
        query = query.where(WorkflowRun.workflow_id == wanted.workflow_id)
    if wanted.schedule_id is not None:
        query = query.where(WorkflowRun.schedule_id == wanted.schedule_id)
    for word in wanted.search.split()[:10]:
        like = "%" + re.sub(r"([\\%_])", r"\\\1", word.replace("\0", "")) + "%"
        query = query.where(or_(WorkflowRun.name.ilike(like), WorkflowRun.launched_by.ilike(like)))
    total = await session.scalar(select(func.count()).select_from(query.subquery())) or 0
    page = query.order_by(WorkflowRun.id.desc()).limit(wanted.limit).offset(wanted.offset)
    return list(await session.scalars(page)), total


async def run(session: AsyncSession, principal: Principal, run_id: int, *, lock: bool = False) -> WorkflowRun | None:
    """One that the principal sees; `lock`: until the transaction ends."""
    if not 0 < run_id < 1 << 63:
        return None
    query = select(WorkflowRun).where(WorkflowRun.id == run_id, visible(principal))
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    return (await session.scalars(query)).first()


async def newest(session: AsyncSession, principal: Principal, ids: Collection[int]) -> dict[int, WorkflowRun]:
    """The newest run of each workflow that the principal sees."""
    query = (
        select(WorkflowRun)
        .ext(distinct_on(WorkflowRun.workflow_id))
        .where(WorkflowRun.workflow_id.in_(list(ids)), visible(principal))
        .order_by(WorkflowRun.workflow_id, WorkflowRun.id.desc())
    )
    return {row.workflow_id or 0: row for row in await session.scalars(query)}


async def nodes(session: AsyncSession, run_ids: Collection[int]) -> list[RunNode]:
    """The nodes of these runs, in the order in which they are kept."""
    query = select(RunNode).where(RunNode.run_id.in_(list(run_ids))).order_by(RunNode.run_id, RunNode.position)
    return list(await session.scalars(query))


async def counts(session: AsyncSession, run_ids: Collection[int]) -> dict[int, dict[str, int]]:
    """Nodes by state, of each run."""
    query = select(RunNode.run_id, RunNode.state, func.count()).where(RunNode.run_id.in_(list(run_ids)))
    found: dict[int, dict[str, int]] = {run_id: {} for run_id in run_ids}
    for run_id, state, number in await session.execute(query.group_by(RunNode.run_id, RunNode.state)):
        found[run_id][state] = number
    return found


async def node(session: AsyncSession, node_id: int) -> RunNode | None:
    """One node of a run."""
    return await session.get(RunNode, node_id) if 0 < node_id < 1 << 63 else None


async def hidden(session: AsyncSession, principal: Principal, run_ids: Collection[int]) -> set[int]:
    """Those of these runs that have a job on a host which the principal does not see."""
    if principal.all_hosts:
        return set()
    elsewhere = exists().where(JobHost.job_id == Job.id, ~jobs.visible_hosts(principal))
    query = select(Job.workflow_run_id).where(Job.workflow_run_id.in_(list(run_ids)), elsewhere)
    return {found for found in await session.scalars(query) if found is not None}


async def asked(session: AsyncSession, principal: Principal) -> list[tuple[RunNode, WorkflowRun]]:
    """Approvals that are waited for, of runs that the principal sees, the oldest first."""
    query = (
        select(RunNode, WorkflowRun)
        .join(WorkflowRun, WorkflowRun.id == RunNode.run_id)
        .where(RunNode.state == NodeState.WAITING_APPROVAL, visible(principal))
        .order_by(RunNode.started_at, RunNode.id)
    )
    return [(one, run) for one, run in await session.execute(query)]


# the conductor's


async def open_runs(session: AsyncSession) -> list[int]:
    """Runs that have not ended, the oldest first."""
    return list(
        await session.scalars(select(WorkflowRun.id).where(WorkflowRun.ended_at.is_(None)).order_by(WorkflowRun.id))
    )


async def take(session: AsyncSession, run_id: int) -> WorkflowRun | None:
    """One that has not ended and that nobody else is at; nobody can be until the transaction ends."""
    query = select(WorkflowRun).where(WorkflowRun.id == run_id, WorkflowRun.ended_at.is_(None))
    query = query.with_for_update(skip_locked=True).execution_options(populate_existing=True)
    found: WorkflowRun | None = await session.scalar(query)
    return found


async def next_due(session: AsyncSession) -> datetime | None:
    """When the next approval becomes a denial."""
    query = select(func.min(RunNode.due_at)).where(RunNode.state == NodeState.WAITING_APPROVAL)
    found: datetime | None = await session.scalar(query)
    return found


async def due_runs(session: AsyncSession, now: datetime) -> set[int]:
    """Runs with an approval whose time is over."""
    query = select(RunNode.run_id).where(RunNode.state == NodeState.WAITING_APPROVAL, RunNode.due_at <= now)
    return set(await session.scalars(query))


async def running_of(session: AsyncSession, schedule_id: int) -> WorkflowRun | None:
    """A run of the schedule that has not ended."""
    query = select(WorkflowRun).where(WorkflowRun.schedule_id == schedule_id, WorkflowRun.ended_at.is_(None))
    found: WorkflowRun | None = await session.scalar(query.order_by(WorkflowRun.id).limit(1))
    return found


def open_schedules() -> Select[int | None]:
    """The schedules of runs that have not ended."""
    return select(WorkflowRun.schedule_id).where(WorkflowRun.schedule_id.is_not(None), WorkflowRun.ended_at.is_(None))


async def lock(session: AsyncSession, run_id: int) -> WorkflowRun | None:
    """The row to change, locked until the transaction ends."""
    return await session.get(WorkflowRun, run_id, with_for_update=True, populate_existing=True)


async def drop_old(session: AsyncSession, before: datetime, keep: int) -> int:
    """Delete runs that ended before then, and those beyond the newest `keep`; how many went."""
    newest_ids = select(WorkflowRun.id).order_by(WorkflowRun.id.desc()).limit(keep).subquery()
    old = or_(WorkflowRun.ended_at < before, WorkflowRun.id.not_in(select(newest_ids.c.id)))
    ended = WorkflowRun.state.in_([state.value for state in RUN_ENDED])
    query = delete(WorkflowRun).where(ended, old).returning(WorkflowRun.id)
    return len((await session.scalars(query)).all())
