"""Jobs and templates over HTTP, and a job's WebSocket."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any

import msgspec
from litestar import Router, WebSocket, delete, get, patch, post, websocket
from litestar.di import NamedDependency as Given
from litestar.di import Provide
from litestar.exceptions import WebSocketDisconnect
from litestar.params import FromPath, JSONBody, Parameter, QueryParameter
from sqlalchemy.ext.asyncio import AsyncSession

from controller.audit.service import Actor
from controller.core.errors import AppError
from controller.core.web import Page
from controller.hosts import service as hosts
from controller.hosts.board import Board
from controller.jobs import live, queries, schemas, service, steps, templates, views
from controller.jobs.engine import Engine
from controller.jobs.launching import Launcher, launch
from controller.jobs.live import Looker, Lookers
from controller.jobs.queries import Filter
from controller.jobs.results import routes as results
from controller.jobs.states import JobState
from controller.users.door import Door
from controller.users.rights import Action, Principal, require
from controller.users.routes import knock_of

Session = Given[AsyncSession]
Caller = Given[Principal]
Who = Given[Launcher]
Jobs = Given[Engine]
Socket = WebSocket[Any, Any, Any]
Id = Annotated[int | None, Parameter(ge=1, le=2**63 - 1)]
SAID_BYTES = 64 << 10
GONE, NO_SUCH, PROTOCOL = 4401, 4404, 4400
encode = msgspec.json.Encoder().encode


def provide_who(principal: Caller, author: Given[Actor]) -> Launcher:
    """Who launches, cancels, approves."""
    return Launcher(principal, author)


# before a launch


@get("/jobs/kinds", summary="List the kinds of jobs")
async def list_kinds(principal: Caller, job_engine: Jobs) -> schemas.KindPage:
    """What can be run, with the JSON schema of each kind's form."""
    require(principal, Action.JOBS_VIEW)
    found = [views.kind(kind) for kind in job_engine.office.kinds.values()]
    return schemas.KindPage(found, len(found))


@get("/jobs/commands", summary="List the commands that you typed")
async def list_commands(session: Session, principal: Caller) -> schemas.TypedPage:
    """The last fifty, each once."""
    require(principal, Action.JOBS_RUN)
    found = [schemas.Typed(*one) for one in await queries.own_commands(session, principal, 50)]
    return schemas.TypedPage(found, len(found))


@post("/jobs/preview", status_code=200, summary="Tell which hosts a selection means")
async def preview_hosts(
    data: JSONBody[schemas.Preview], session: Session, principal: Caller, board: Given[Board]
) -> schemas.PreviewPage:
    """Those it would run on now, and those that are named and left out, with the reason."""
    return await service.preview(session, principal, board, data.targets)


# jobs


@get("/jobs", summary="List jobs")
async def list_jobs(
    *,
    session: Session,
    principal: Caller,
    job_engine: Jobs,
    page: Given[Page],
    states: Annotated[Sequence[JobState], QueryParameter(name="state", max_items=10)] = (),
    kinds: Annotated[Sequence[str], QueryParameter(name="kind", max_items=20)] = (),
    template_id: Id = None,
    schedule_id: Id = None,
    workflow_run_id: Id = None,
    host_id: Id = None,
    launched_by: Annotated[str, Parameter(max_length=200)] = "",
    search: Annotated[str, Parameter(max_length=200)] = "",
    since: Annotated[datetime | None, QueryParameter(name="from")] = None,
    until: Annotated[datetime | None, QueryParameter(name="to")] = None,
) -> schemas.JobPage:
    """Those you launched and those on hosts that you see, newest first."""
    wanted = Filter(
        [state.value for state in states], kinds, template_id, schedule_id, workflow_run_id, host_id, launched_by,
        search, since, until, page.limit, page.offset,
    )  # fmt: skip
    return await service.page(session, job_engine.office, principal, wanted)


@get("/hosts/{host_id:int}/jobs", summary="List the jobs of a host")
async def list_host_jobs(
    host_id: FromPath[int], session: Session, principal: Caller, job_engine: Jobs, page: Given[Page]
) -> schemas.JobPage:
    """What ran there, newest first."""
    await hosts.get(session, principal, host_id)
    wanted = Filter(host_id=host_id, limit=page.limit, offset=page.offset)
    return await service.page(session, job_engine.office, principal, wanted)


@post("/jobs", summary="Run something")
async def launch_job(
    data: JSONBody[schemas.NewJob], session: Session, launcher: Who, job_engine: Jobs
) -> schemas.JobView:
    """On the hosts that are named; it begins at once, or when somebody has approved it."""
    made = await launch(session, job_engine.office, launcher, data)
    return await service.view(session, job_engine.office, launcher.principal, made)


@get("/jobs/{job_id:int}", summary="Show a job")
async def show_job(job_id: FromPath[int], session: Session, principal: Caller, job_engine: Jobs) -> schemas.JobView:
    """How it stands."""
    return await service.view(session, job_engine.office, principal, job_id)


@delete("/jobs/{job_id:int}", summary="Delete a job from the history")
async def delete_job(job_id: FromPath[int], session: Session, launcher: Who) -> None:
    """With its output. One that goes on has to be cancelled first."""
    await service.remove(session, launcher, job_id)


@post("/jobs/{job_id:int}/cancel", status_code=202, summary="Cancel a job")
async def cancel_job(
    job_id: FromPath[int], data: JSONBody[schemas.Verdict], session: Session, launcher: Who, job_engine: Jobs
) -> schemas.JobView:
    """It ends everywhere, on the hosts too; it is canceled once they have said so."""
    await service.cancel(session, job_engine.office, launcher, job_id, data.note)
    return await service.view(session, job_engine.office, launcher.principal, job_id)


@post("/jobs/{job_id:int}/approve", status_code=200, summary="Approve a job")
async def approve_job(
    job_id: FromPath[int], data: JSONBody[schemas.Verdict], session: Session, launcher: Who, job_engine: Jobs
) -> schemas.JobView:
    """Somebody else's, on hosts where you may run jobs yourself; it begins at once."""
    await service.decide(session, job_engine.office, launcher, job_id, approve=True, note=data.note)
    return await service.view(session, job_engine.office, launcher.principal, job_id)


@post("/jobs/{job_id:int}/reject", status_code=200, summary="Reject a job")
async def reject_job(
    job_id: FromPath[int], data: JSONBody[schemas.Verdict], session: Session, launcher: Who, job_engine: Jobs
) -> schemas.JobView:
    """It is canceled without having begun."""
    await service.decide(session, job_engine.office, launcher, job_id, approve=False, note=data.note)
    return await service.view(session, job_engine.office, launcher.principal, job_id)


@post("/jobs/{job_id:int}/relaunch", summary="Run a job again")
async def relaunch_job(
    job_id: FromPath[int], data: JSONBody[schemas.Relaunch], session: Session, launcher: Who, job_engine: Jobs
) -> schemas.JobView:
    """On all its hosts or on those where it failed, with other answers if you like."""
    made = await service.relaunch(session, job_engine.office, launcher, job_id, data)
    return await service.view(session, job_engine.office, launcher.principal, made)


# templates


@get("/job-templates", summary="List job templates")
async def list_templates(
    session: Session,
    principal: Caller,
    job_engine: Jobs,
    page: Given[Page],
    search: Annotated[str, Parameter(max_length=200)] = "",
) -> schemas.TemplatePage:
    """Those that you see, by name."""
    return await templates.page(
        session, job_engine.office, principal, search=search, limit=page.limit, offset=page.offset
    )


@post("/job-templates", summary="Keep a job template")
async def add_template(
    data: JSONBody[schemas.NewTemplate], session: Session, launcher: Who, job_engine: Jobs
) -> schemas.TemplateView:
    """What to run, on which hosts, with which questions."""
    made = await templates.add(session, job_engine.office, launcher, data)
    return await templates.view(session, job_engine.office, launcher.principal, made)


@get("/job-templates/{template_id:int}", summary="Show a job template")
async def show_template(
    template_id: FromPath[int], session: Session, principal: Caller, job_engine: Jobs
) -> schemas.TemplateView:
    """What it runs."""
    return await templates.view(session, job_engine.office, principal, template_id)


@patch("/job-templates/{template_id:int}", summary="Change a job template")
async def change_template(
    template_id: FromPath[int],
    data: JSONBody[schemas.TemplateChanges],
    session: Session,
    launcher: Who,
    job_engine: Jobs,
) -> schemas.TemplateView:
    """What is not sent stays."""
    await templates.change(session, job_engine.office, launcher, template_id, data)
    return await templates.view(session, job_engine.office, launcher.principal, template_id)


@delete("/job-templates/{template_id:int}", summary="Delete a job template")
async def delete_template(template_id: FromPath[int], session: Session, launcher: Who) -> None:
    """What it ran stays in the history."""
    await templates.remove(session, launcher, template_id)


@post("/job-templates/{template_id:int}/launch", summary="Launch a job template")
async def launch_template(
    template_id: FromPath[int], data: JSONBody[schemas.Launch], session: Session, launcher: Who, job_engine: Jobs
) -> schemas.JobView:
    """With answers to its questions."""
    made = await templates.launch(session, job_engine.office, launcher, template_id, data)
    return await service.view(session, job_engine.office, launcher.principal, made)


# the socket


@websocket("/jobs/{job_id:int}/live", opt={"action": Action.JOBS_VIEW})
async def job_socket(
    *, job_id: FromPath[int], socket: Socket, principal: Caller, lookers: Given[Lookers], door: Given[Door]
) -> None:
    """States and output of one job as they come, until either side ends it."""
    await socket.accept()
    knock = knock_of(socket)
    looker = Looker(lookers, principal, job_id, lambda: door.renew(knock))
    try:
        async with asyncio.TaskGroup() as group:
            receiver = group.create_task(_listen(socket, looker))
            await _send(socket, looker)
            receiver.cancel()
    except* (WebSocketDisconnect, OSError, RuntimeError):
        pass  # the page is gone; a send that was under way finds the socket closed
    finally:
        looker.close()


async def _send(socket: Socket, looker: Looker) -> None:
    while True:
        messages = await looker.next()
        if messages is None:
            await socket.send_text(encode({"type": "problem", "code": "not_found", "detail": service.NO_SUCH}).decode())
            await socket.close(code=NO_SUCH)
            return
        for message in messages:
            await socket.send_text(encode(message).decode())


async def _listen(socket: Socket, looker: Looker) -> None:
    while True:
        text = await socket.receive_text()
        try:
            answer = looker.take(live.decode(text)) if len(text) <= SAID_BYTES else None
        except (msgspec.MsgspecError, AppError):
            answer = {"type": "problem", "code": "invalid", "detail": "A job's socket knows watch, credit and ping."}
        if answer is not None:
            await socket.send_text(encode(answer).decode())


@get("/jobs/init-steps", summary="List the init steps")
async def list_init_steps(principal: Caller) -> schemas.InitStepPage:
    """The steps that jobs of the kind `init` are made of, in their order, with the values that each takes."""
    require(principal, Action.JOBS_VIEW)
    found = [schemas.InitStep(step.name, step.header) for step in steps.load().values()]
    return schemas.InitStepPage(found, len(found))


router = Router(
    "/",
    route_handlers=[
        list_init_steps,
        list_kinds, list_commands, preview_hosts, list_jobs, list_host_jobs, launch_job, show_job, delete_job,
        cancel_job, approve_job, reject_job, relaunch_job, list_templates, add_template,
        show_template, change_template, delete_template, launch_template, job_socket, *results.HANDLERS,
    ],
    dependencies={"launcher": Provide(provide_who, sync_to_thread=False)},
    tags=["Jobs"],
)  # fmt: skip
