"""News of runs, put into the outbox in the transactions that make them true, where the workflow asks for it."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import BigInteger, ScalarSelect, cast, func, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncSession

from controller.core.clock import Clock, utc_now
from controller.core.events import Bus
from controller.jobs.models import Job, JobHost
from controller.jobs.workflows.models import RunNode, WorkflowRun
from controller.jobs.workflows.news import ApprovalAsked, RunEnded, RunStarted
from controller.jobs.workflows.states import RunState
from controller.notify.news import News, put

SWITCH = {
    News.JOB_STARTED: "on_start",
    News.JOB_SUCCEEDED: "on_success",
    News.JOB_FAILED: "on_failure",
    News.JOB_WAITS: "on_wait",
}
OF_END = {RunState.SUCCEEDED.value: News.JOB_SUCCEEDED, RunState.FAILED.value: News.JOB_FAILED}


def listen(bus: Bus, clock: Clock) -> None:
    """Hear of runs inside the transactions that change them."""
    bus.listen_within(RunStarted, lambda session, news: _told(session, clock, news.run_id, News.JOB_STARTED))
    bus.listen_within(RunEnded, lambda session, news: _told(session, clock, news.run_id, OF_END.get(news.state)))
    bus.listen_within(ApprovalAsked, lambda session, news: _asked(session, clock, news))


def _told(session: AsyncSession, clock: Clock, run_id: int, kind: News | None) -> None:
    run = _mine(session, run_id)
    if run is None or kind is None:
        return
    none = cast([], ARRAY(BigInteger))
    here = select(Job.id).where(Job.workflow_run_id == run.id)
    hosts = select(func.coalesce(func.array_agg(JobHost.host_id.distinct()), none)).where(JobHost.job_id.in_(here))
    _write(session, clock, run, kind, hosts=hosts.scalar_subquery(), reason=run.note)


def _asked(session: AsyncSession, clock: Clock, news: ApprovalAsked) -> None:
    """To those who see each host on which it would go on."""
    run = _mine(session, news.run_id)
    nodes = (one for one in session.identity_map.values() if isinstance(one, RunNode) and one.id == news.node_id)
    title = next((str(one.definition.get("title", "")) for one in nodes), "")
    if run is not None:
        _write(session, clock, run, News.JOB_WAITS, hosts=news.host_ids, reason=title)


def _mine(session: AsyncSession, run_id: int) -> WorkflowRun | None:
    """The row that the transaction is changing: whoever publishes has it."""
    rows = (one for one in session.identity_map.values() if isinstance(one, WorkflowRun) and one.id == run_id)
    return next(rows, None)


def _write(
    session: AsyncSession,
    clock: Clock,
    run: WorkflowRun,
    kind: News,
    *,
    hosts: Collection[int] | ScalarSelect[list[int]],
    reason: str,
) -> None:
    if not run.notify.get(SWITCH[kind]):
        return
    detail: dict[str, object] = {
        "name": run.name,
        "path": f"/workflow-runs/{run.id}",
        "by": run.launched_by,
        "duration_s": (run.ended_at - run.created_at).total_seconds() if run.ended_at else 0,
        "reason": reason,
    }
    people = [run.launched_by_id] if run.launched_by_id is not None else []
    put(session, kind, utc_now(clock), host_ids=hosts, user_ids=people, detail=detail)
