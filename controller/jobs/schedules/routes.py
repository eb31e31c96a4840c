"""Schedules over HTTP."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from litestar import Router, delete, get, patch, post
from litestar.di import NamedDependency as Given
from litestar.di import Provide
from litestar.params import FromPath, JSONBody, QueryParameter
from sqlalchemy.ext.asyncio import AsyncSession

from controller.audit.service import Actor
from controller.core.clock import Clock, utc_now
from controller.core.web import Page
from controller.jobs.engine import Engine
from controller.jobs.launching import Launcher
from controller.jobs.schedules import plan, queries, service
from controller.jobs.schedules import schemas as s
from controller.users.rights import Action, Principal, require

Session = Given[AsyncSession]
Caller = Given[Principal]
Who = Given[Launcher]
Jobs = Given[Engine]


def provide_who(principal: Caller, author: Given[Actor]) -> Launcher:
    """Who acts."""
    return Launcher(principal, author)


@get("/schedules", summary="List schedules")
async def list_schedules(session: Session, principal: Caller, job_engine: Jobs) -> s.SchedulePage:
    """Yours, and those of templates that you see, by name."""
    found = await service.page(session, job_engine.office, principal)
    return s.SchedulePage(found, len(found))


@post("/schedules", summary="Make a schedule")
async def make_schedule(data: JSONBody[s.NewSchedule], session: Session, who: Who, job_engine: Jobs) -> s.ScheduleView:
    """It launches its template with your rights, as they are at that time."""
    row = await service.add(session, job_engine.office, who, data)
    return (await service.show(session, job_engine.office, who.principal, [row]))[0]


@post("/schedules/preview", summary="Tell when a rule fires", status_code=200)
async def preview(data: JSONBody[s.Wish], principal: Caller, clock: Given[Clock]) -> s.ComingPage:
    """The next times, by both clocks."""
    require(principal, Action.JOBS_VIEW)
    found = service.coming(data.rule, data.zone, data.windows, utc_now(clock), data.number)
    return s.ComingPage(found, len(found))


@get("/schedules/plan", summary="Show the calendar")
async def show_plan(
    *,
    session: Session,
    principal: Caller,
    clock: Given[Clock],
    first: Annotated[date, QueryParameter(name="from")],
    last: Annotated[date, QueryParameter(name="to")],
    zone: s.Zone = "UTC",
) -> s.Plan:
    """What ran and what will run of the schedules that you see: days of `zone`, `to` not among them, 62 at the most."""
    return await plan.plan(session, clock, principal, first=first, last=last, zone=zone)


@get("/schedules/{schedule_id:int}", summary="Show a schedule")
async def show(schedule_id: FromPath[int], session: Session, principal: Caller, job_engine: Jobs) -> s.ScheduleView:
    """With its next five times."""
    row = await service.get(session, principal, schedule_id)
    return (await service.show(session, job_engine.office, principal, [row]))[0]


@patch("/schedules/{schedule_id:int}", summary="Change a schedule")
async def change(
    schedule_id: FromPath[int], data: JSONBody[s.ScheduleChanges], session: Session, who: Who, job_engine: Jobs
) -> s.ScheduleView:
    """Whoever changes what is run becomes its owner; pausing and renaming does not."""
    row = await service.change(session, job_engine.office, who, schedule_id, data)
    return (await service.show(session, job_engine.office, who.principal, [row]))[0]


@delete("/schedules/{schedule_id:int}", summary="Delete a schedule")
async def remove(schedule_id: FromPath[int], session: Session, who: Who, job_engine: Jobs) -> None:
    """The jobs that it began stay."""
    await service.remove(session, job_engine.office, who, schedule_id)


@post("/schedules/{schedule_id:int}/run", summary="Run a schedule by hand")
async def run_now(schedule_id: FromPath[int], session: Session, who: Who, job_engine: Jobs) -> s.FireView:
    """Now, with its owner's rights; what happens when it still runs is as its overlap policy says."""
    return service.fire_view(await service.run_now(session, job_engine.office, who, schedule_id))


@get("/schedules/{schedule_id:int}/fires", summary="List a schedule's times")
async def list_fires(schedule_id: FromPath[int], session: Session, principal: Caller, page: Given[Page]) -> s.FirePage:
    """Those that came, the last first, with what became of each."""
    await service.get(session, principal, schedule_id)
    rows, total = await queries.fires(session, schedule_id, limit=page.limit, offset=page.offset)
    return s.FirePage([service.fire_view(row) for row in rows], total)


router = Router(
    "/",
    route_handlers=[list_schedules, make_schedule, preview, show_plan, show, change, remove, run_now, list_fires],
    dependencies={"who": Provide(provide_who, sync_to_thread=False)},
    tags=["Schedules"],
)
