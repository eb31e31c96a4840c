"""What follows once a host is in, when no password is needed any more: its first set-up as a job, and its figures."""

from __future__ import annotations

import asyncio
from time import monotonic

from sqlalchemy.ext.asyncio import AsyncSession

from controller.core.errors import AppError, FieldError, Forbidden, Invalid, NotFound
from controller.hosts.states import NEEDS_A_HUMAN, HostState
from controller.jobs import queries as job_queries
from controller.jobs import service as jobs
from controller.jobs import survey, templates
from controller.jobs.launching import Launcher, Office
from controller.jobs.schemas import AsWhom, JobView, Launch, Targets, TemplateView
from controller.jobs.states import JOB_ENDED, JobState
from controller.onboarding import queries
from controller.onboarding.bench import DONE, SKIPPED, Bench, Outcome
from controller.onboarding.run import Run, StepError
from controller.onboarding.schemas import NewOnboarding
from controller.ssh.errors import LineError
from controller.users.rights import Principal

LOOK_S = 0.5
WATCH_S = 90.0  # a frame comes every tick; a login that has to wait for its turn comes before it
JOB = "init_job_id"  # in what is kept of a run: the job that was launched for it
KIND = "init_kind"


async def admitted(session: AsyncSession, office: Office, principal: Principal, new: NewOnboarding) -> TemplateView:
    """The template of the wish `init`, which the caller may launch with these answers.

    Raises Invalid that names the field, Forbidden.
    """
    wish = new.init
    if wish is None:
        raise ValueError("no set-up is wanted")
    try:
        template = await templates.view(session, office, principal, wish.template_id)
    except NotFound as error:
        raise _bad("init.template_id", error.detail) from None
    if not template.may_launch:
        raise Forbidden("This template is for others to launch.", code="not_a_launcher")
    if new.access == "monitor":
        raise _bad("init", "A key that only watches runs nothing: choose a full one, or no set-up.")
    if template.kind == "init" and new.account is not None and new.account.sudo != "all":
        raise _bad("init", "A first set-up works as root: give the account all rights of sudo, or keep your own.")
    asked = {question.name for question in template.survey if question.type == "secret"}
    if asked & set(wish.params) or any(one.required for one in template.survey if one.type == "secret"):
        raise _bad("init", "This template asks for a secret, which is not kept here: launch it once the host is in.")
    try:
        survey.answer(template.survey, wish.params)
    except Invalid as error:
        errors = tuple(FieldError(f"init.{one.field}", one.message) for one in error.errors)
        raise Invalid(error.detail, errors=errors) from None
    return template


def rootless(run: Run, *, sudo_asks: bool) -> str:
    """Why its set-up could not become root by the key alone; empty if it can."""
    if run.plan.init is None or run.found.get(KIND) != "init" or run.plan.account is not None:
        return ""
    if run.found.get("root") and not sudo_asks:
        return ""
    return (
        f"The set-up works as root, and {run.username} is let through sudo by its password alone or not at all; the "
        "password is forgotten by then. Begin again with an account of its own that may do all through sudo, or "
        "without the set-up."
    )


async def set_up(bench: Bench, run: Run) -> Outcome:
    """Launch the template for this host and wait for its end. One that still runs is waited for, never doubled."""
    if run.plan.init is None or run.host_id is None:
        return SKIPPED, ""
    number = await _under_way(bench, run) or await _launch(bench, run)
    while (job := await _look(bench, run, number)).state not in JOB_ENDED:
        words = f"Task {number} waits until somebody else approves it." if _waits(job) else f"Task {number} runs."
        run.steps["init"].detail = words
        await asyncio.sleep(LOOK_S)
    if job.state is JobState.SUCCEEDED:
        return DONE, f"{job.name}: job {number}."
    raise StepError("init_failed", await _what_went_wrong(bench, run, job))


def _waits(job: JobView) -> bool:
    return job.state is JobState.WAITING_APPROVAL


async def _under_way(bench: Bench, run: Run) -> int:
    """The job of an earlier attempt, unless it came to a bad end or is gone; 0 for none."""
    number = int(run.found.get(JOB) or 0)
    try:
        job = await _look(bench, run, number)
    except NotFound:
        return 0
    return number if job.state not in JOB_ENDED or job.state is JobState.SUCCEEDED else 0


async def _launch(bench: Bench, run: Run) -> int:
    wish = run.plan.init
    assert wish is not None  # noqa: S101 — seen to by the caller
    assert run.host_id is not None  # noqa: S101
    by_sudo = run.plan.account is not None or run.found.get("by_sudo")
    become = AsWhom() if run.found.get(KIND) == "init" and by_sudo else None
    how = Launch(params=wish.params, targets=Targets(host_ids=[run.host_id]))
    async with bench.acting(run) as (session, act):
        who = Launcher(act.principal, run.actor)
        number = await templates.launch(session, bench.jobs, who, wish.template_id, how, become=become)
        run.found[JOB] = number
        await queries.save(session, run.id, found=run.found)  # with the job or not at all
    return number


async def _look(bench: Bench, run: Run, number: int) -> JobView:
    async with bench.acting(run) as (session, act):
        return await jobs.view(session, bench.jobs, act.principal, number)


async def _what_went_wrong(bench: Bench, run: Run, job: JobView) -> str:
    async with bench.acting(run) as (session, act):
        hosts = await job_queries.hosts(session, act.principal, [job.id])
    why = next((host.note for host in hosts if host.note), "") or job.note or f"It is {job.state.value}."
    return (
        f"{why.rstrip('.')}. The host is in all the same. Look at job {job.id}, mend the cause and go on: the set-up "
        "is run again, and does nothing twice."
    )


async def end_job(bench: Bench, run: Run) -> None:
    """Cancel the job of a set-up that is broken off; harmless without one."""
    if not run.found.get(JOB):
        return
    try:
        async with bench.acting(run) as (session, act):
            who = Launcher(act.principal, run.actor)
            await jobs.cancel(session, bench.jobs, who, int(run.found[JOB]), "The onboarding was broken off.")
    except (AppError, LineError):
        return  # it is gone, or not ours any more


async def watch(bench: Bench, run: Run) -> Outcome:
    """The first figures of the host, which say that it is watched."""
    since, deadline = bench.clock.now(), monotonic() + WATCH_S
    while True:
        status = bench.board.get(run.host_id or 0)
        if status is not None and not status.signs.enabled:
            return SKIPPED, "The host is switched off in Moorline: switch it on to watch it."
        if status is not None and status.last_frame_at is not None and status.last_frame_at >= since:
            return DONE, "Its figures come in."
        if status is not None and status.state in {*NEEDS_A_HUMAN.values(), HostState.DOWN}:
            raise StepError(status.code or "down", f"The host is in, but not watched yet. {status.reason}")
        if monotonic() > deadline:
            raise StepError("silent", "The host is in, but no figures of it have come. Its page says how it fares.")
        await asyncio.sleep(LOOK_S)


def _bad(field: str, message: str) -> Invalid:
    return Invalid(message, errors=(FieldError(field, message),))
