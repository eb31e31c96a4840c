"""Workflows and their runs over HTTP."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from litestar import Router, delete, get, patch, post
from litestar.di import NamedDependency as Given
from litestar.di import Provide
from litestar.params import FromPath, JSONBody, Parameter, QueryParameter
from sqlalchemy.ext.asyncio import AsyncSession

from controller.audit.service import Actor
from controller.core.web import Page
from controller.jobs.engine import Engine
from controller.jobs.launching import Launcher
from controller.jobs.schemas import Verdict
from controller.jobs.workflows import launching, queries, runs, service, views
from controller.jobs.workflows import schemas as s
from controller.jobs.workflows.states import RunState
from controller.users.rights import Action, Principal, require

Session = Given[AsyncSession]
Caller = Given[Principal]
Who = Given[Launcher]
Jobs = Given[Engine]
Id = Annotated[int | None, Parameter(ge=1, le=2**63 - 1)]
Search = Annotated[str, Parameter(max_length=200)]


def provide_who(principal: Caller, author: Given[Actor]) -> Launcher:
    """Who acts."""
    return Launcher(principal, author)


@get("/workflows", summary="List workflows")
async def list_workflows(
    session: Session, principal: Caller, job_engine: Jobs, page: Given[Page], search: Search = ""
) -> s.WorkflowPage:
    """Those that you see, by name."""
    require(principal, Action.JOBS_VIEW)
    words = search.casefold().split()
    rows = [
        row
        for row in await queries.workflows(session)
        if service.may_see(row, principal) and all(word in f"{row.name} {row.description}".casefold() for word in words)
    ]
    some = rows[page.offset : page.offset + page.limit]
    return s.WorkflowPage(await views.workflows(session, job_engine.office, principal, some), len(rows))


@post("/workflows", summary="Keep a workflow")
async def add_workflow(data: JSONBody[s.NewWorkflow], session: Session, who: Who, job_engine: Jobs) -> s.WorkflowView:
    """Which templates are launched in which order, and where somebody has to approve."""
    row = await service.add(session, job_engine.office, who, data)
    return (await views.workflows(session, job_engine.office, who.principal, [row]))[0]


@get("/workflows/{workflow_id:int}", summary="Show a workflow")
async def show_workflow(
    workflow_id: FromPath[int], session: Session, principal: Caller, job_engine: Jobs
) -> s.WorkflowView:
    """With its nodes and edges."""
    row = await service.get(session, principal, workflow_id)
    return (await views.workflows(session, job_engine.office, principal, [row]))[0]


@patch("/workflows/{workflow_id:int}", summary="Change a workflow")
async def change_workflow(
    workflow_id: FromPath[int], data: JSONBody[s.WorkflowChanges], session: Session, who: Who, job_engine: Jobs
) -> s.WorkflowView:
    """What is sent. Runs that go on keep the graph with which they began."""
    row = await service.change(session, job_engine.office, who, workflow_id, data)
    return (await views.workflows(session, job_engine.office, who.principal, [row]))[0]


@delete("/workflows/{workflow_id:int}", summary="Delete a workflow")
async def remove_workflow(workflow_id: FromPath[int], session: Session, who: Who) -> None:
    """Its runs stay, and its schedules go with it."""
    await service.remove(session, who, workflow_id)


@post("/workflows/{workflow_id:int}/launch", summary="Run a workflow")
async def launch_workflow(
    workflow_id: FromPath[int], data: JSONBody[s.WorkflowLaunch], session: Session, who: Who, job_engine: Jobs
) -> s.RunDetail:
    """With your rights: each of its templates has to be yours to launch."""
    made = await launching.launch(session, job_engine.office, who, workflow_id, data)
    row = await launching.get(session, who.principal, made)
    return await views.detail(session, job_engine.office, who.principal, row)


@get("/workflow-runs", summary="List runs of workflows")
async def list_runs(
    *,
    session: Session,
    principal: Caller,
    page: Given[Page],
    states: Annotated[Sequence[RunState], QueryParameter(name="state", max_items=10)] = (),
    workflow_id: Id = None,
    schedule_id: Id = None,
    search: Search = "",
) -> s.RunPage:
    """Those you launched and those with jobs on hosts that you see, newest first."""
    require(principal, Action.JOBS_VIEW)
    wanted = queries.RunFilter(
        [state.value for state in states], workflow_id, schedule_id, search, page.limit, page.offset
    )
    rows, total = await queries.find(session, principal, wanted)
    return s.RunPage(await views.runs_of(session, principal, rows), total)


@get("/workflow-runs/{run_id:int}", summary="Show a run of a workflow")
async def show_run(run_id: FromPath[int], session: Session, principal: Caller, job_engine: Jobs) -> s.RunDetail:
    """How each of its nodes stands."""
    row = await launching.get(session, principal, run_id)
    return await views.detail(session, job_engine.office, principal, row)


@delete("/workflow-runs/{run_id:int}", summary="Delete a run of a workflow from the history")
async def remove_run(run_id: FromPath[int], session: Session, who: Who) -> None:
    """Its jobs stay. One that goes on has to be cancelled first."""
    await runs.remove(session, who, run_id)


@post("/workflow-runs/{run_id:int}/cancel", status_code=202, summary="Cancel a run of a workflow")
async def cancel_run(
    run_id: FromPath[int], data: JSONBody[Verdict], session: Session, who: Who, job_engine: Jobs
) -> s.RunDetail:
    """Its jobs end everywhere, nothing new begins; it is canceled once they have ended."""
    await runs.cancel(session, job_engine.office, who, run_id, data.note)
    return await views.detail(
        session, job_engine.office, who.principal, await launching.get(session, who.principal, run_id)
    )


@post("/workflow-runs/{run_id:int}/relaunch", summary="Run a workflow again")
async def relaunch_run(
    run_id: FromPath[int], data: JSONBody[s.WorkflowRelaunch], session: Session, who: Who, job_engine: Jobs
) -> s.RunDetail:
    """All of that run, or what failed in it and what comes behind."""
    made = await launching.relaunch(session, job_engine.office, who, run_id, data)
    row = await launching.get(session, who.principal, made)
    return await views.detail(session, job_engine.office, who.principal, row)


@get("/workflow-approvals", summary="List approvals that runs of workflows wait for")
async def list_approvals(session: Session, principal: Caller, job_engine: Jobs) -> s.ApprovalPage:
    """Of runs that you see, the oldest first."""
    require(principal, Action.JOBS_VIEW)
    found = await views.approvals(session, job_engine.office, principal)
    return s.ApprovalPage(found, len(found))


@post("/workflow-approvals/{approval_id:int}/approve", status_code=200, summary="Approve the next step of a run")
async def approve(
    approval_id: FromPath[int], data: JSONBody[Verdict], session: Session, who: Who, job_engine: Jobs
) -> s.RunDetail:
    """Of somebody else's run, when you see all the hosts that come after it."""
    row = await runs.decide(session, job_engine.office, who, approval_id, approve=True, note=data.note)
    return await views.detail(session, job_engine.office, who.principal, row)


@post("/workflow-approvals/{approval_id:int}/deny", status_code=200, summary="Deny the next step of a run")
async def deny(
    approval_id: FromPath[int], data: JSONBody[Verdict], session: Session, who: Who, job_engine: Jobs
) -> s.RunDetail:
    """The run goes on as after a failure."""
    row = await runs.decide(session, job_engine.office, who, approval_id, approve=False, note=data.note)
    return await views.detail(session, job_engine.office, who.principal, row)


router = Router(
    "/",
    route_handlers=[
        list_workflows, add_workflow, show_workflow, change_workflow, remove_workflow, launch_workflow, list_runs,
        show_run, remove_run, cancel_run, relaunch_run, list_approvals, approve, deny,
    ],
    dependencies={"who": Provide(provide_who, sync_to_thread=False)},
    tags=["Workflows"],
)  # fmt: skip
