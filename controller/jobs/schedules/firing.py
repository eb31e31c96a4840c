"""What happens when a schedule's time has come: claimed and launched in one transaction, once, whoever else claims.

A controller that is killed in between leaves no trace of it, and the next one fires; one that is killed after the
commit leaves a job that is pending, which goes on.
"""

from __future__ import annotations

import json
import re
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from controller.audit.service import Actor
from controller.core.clock import utc_now
from controller.core.errors import AppError
from controller.core.secrets import VaultError
from controller.jobs import service as jobs
from controller.jobs import templates
from controller.jobs.launching import Launcher, Office, Origin
from controller.jobs.models import Job
from controller.jobs.schedules import queries
from controller.jobs.schedules.models import Fire, Schedule
from controller.jobs.schedules.rules import Rule, Window, following, jitter, shut
from controller.jobs.schedules.schemas import Because
from controller.jobs.schemas import Launch
from controller.jobs.workflows import launching
from controller.jobs.workflows import queries as workflow_queries
from controller.jobs.workflows import runs as workflow_runs
from controller.jobs.workflows.schemas import WorkflowLaunch
from controller.notify.news import News, put
from controller.users import sessions
from controller.users.rights import Principal, Role

LATE = timedelta(seconds=60)  # later than that, Moorline was not there: the misfire policy decides
AWAY = "Moorline was not there at that time."
STILL_RAN = re.compile(r"(Task|Job|Run) (\d+) of this schedule still ran\.")  # "Job" is what older ones say
MOST_AT_ONCE = 100  # times that are looked at one by one; what was missed beyond them is counted by the next round


class NotLaunched(Exception):
    """A run could not be begun; the sentence says why."""


def rule_of(row: Schedule) -> Rule:
    """Its rule, as it was checked when it was kept."""
    found: Rule = msgspec.convert(row.rule, Rule)
    return found


def windows_of(row: Schedule) -> list[Window]:
    """The times in which nothing is begun."""
    return msgspec.convert(row.windows, list[Window])


def arm(row: Schedule, after: datetime) -> None:
    """Set when it fires next after that moment. The row has its id."""
    row.next_at = following(rule_of(row), ZoneInfo(row.zone), after)
    row.ring_at = None if row.next_at is None else row.next_at + jitter(row.id, row.next_at, row.jitter_s)


async def fire_due(session: AsyncSession, office: Office) -> bool:
    """Fire one schedule that is due, if there is one, in this transaction."""
    now = utc_now(office.clock)
    row = await queries.lock_due(session, now)
    if row is None or row.next_at is None:
        return False
    times = _times(row, row.next_at, now)
    late = [at for at in times if now - at > LATE + timedelta(seconds=row.jitter_s)]
    kept = times if row.misfire == "all" else [at for at in times if at not in late]
    if row.misfire == "once" and late and not kept:
        kept = late[-1:]
    for at in times:
        await _fire(session, office, row, at, missed=at not in kept)
    arm(row, times[-1])
    return True


async def fire_freed(session: AsyncSession, office: Office) -> bool:
    """Begin one run that waited for the one before it."""
    row = await queries.lock_freed(session)
    fire = await queries.queued(session, row.id) if row is not None else None
    if row is None or fire is None:
        return False
    await _launch(session, office, row, fire)
    return True


async def fire_now(session: AsyncSession, office: Office, row: Schedule) -> Fire:
    """By hand, whatever the rule and the windows say; the overlap policy holds."""
    now = utc_now(office.clock)
    fire = Fire(schedule_id=row.id, at=now, fired_at=now, outcome="skipped", job_id=None, note="", by_hand=True)
    session.add(fire)
    await session.flush()
    await _overlap(session, office, row, fire)
    return fire


def opened(office: Office, row: Schedule) -> dict[str, Any]:
    """The secret answers. Raises VaultError."""
    if row.sealed_params is None:
        return {}
    found: dict[str, Any] = json.loads(office.vault.open(row.sealed_params, place(row.id)).reveal())
    return found


def place(schedule_id: int) -> str:
    """Where secret answers are bound to."""
    return f"schedule/{schedule_id}/params"


def _times(row: Schedule, first: datetime, now: datetime) -> list[datetime]:
    """The times that have come, oldest first."""
    rule, zone, found = rule_of(row), ZoneInfo(row.zone), [first]
    while len(found) < MOST_AT_ONCE:
        at = following(rule, zone, found[-1])
        if at is None or at + jitter(row.id, at, row.jitter_s) > now:
            break
        found.append(at)
    return found


async def _fire(session: AsyncSession, office: Office, row: Schedule, at: datetime, *, missed: bool) -> None:
    outcome = "missed" if missed else "shut" if shut(windows_of(row), ZoneInfo(row.zone), at) else "skipped"
    values = {
        "schedule_id": row.id, "at": at, "fired_at": utc_now(office.clock), "outcome": outcome, "job_id": None,
        "workflow_run_id": None,
        "note": AWAY if missed else "", "by_hand": False,
    }  # fmt: skip
    claim = insert(Fire).values(values).on_conflict_do_nothing().returning(Fire)
    fire = await session.scalar(claim)
    if fire is None:  # somebody fired it already
        return
    if outcome == "skipped":
        await _overlap(session, office, row, fire)
    elif missed:
        _tell(session, row, at, fire.note)


async def _overlap(session: AsyncSession, office: Office, row: Schedule, fire: Fire) -> None:
    """What the run before, if it still goes on, means for this one."""
    running = await queries.running_job(session, row.id) or await workflow_queries.running_of(session, row.id)
    if running is None or row.overlap == "allow":
        await _launch(session, office, row, fire)
        return
    fire.note = f"{'Task' if isinstance(running, Job) else 'Run'} {running.id} of this schedule still ran."
    if row.overlap == "skip":
        return
    if await queries.queued(session, row.id) is not None:  # one waits already: the next one would do the same
        return
    fire.outcome = "queued"
    if row.overlap == "cancel":
        who, words = await _launcher(session, office, row), "The next run of its schedule begins."
        if isinstance(running, Job):
            await jobs.cancel(session, office, who, running.id, words)
        else:
            await workflow_runs.cancel(session, office, who, running.id, words)


def because(note: str) -> Because | None:
    """What a note says, for whoever tells it in another language; None for other words."""
    if note == AWAY:
        return Because("away")
    if found := STILL_RAN.fullmatch(note):
        return Because("run" if found[1] == "Run" else "job", int(found[2]))
    return None


async def _launch(session: AsyncSession, office: Office, row: Schedule, fire: Fire) -> None:
    """Launch the template or the workflow; a refusal is written down and told, and takes nothing else along."""
    try:
        async with session.begin_nested():
            who = await _launcher(session, office, row)
            params = {**row.params, **opened(office, row)}
            if row.workflow_id is not None:
                how = msgspec.convert({"params": params}, WorkflowLaunch)
                fire.workflow_run_id = await launching.launch(
                    session, office, who, row.workflow_id, how, schedule_id=row.id
                )
            else:
                fire.job_id = await templates.launch(
                    session,
                    office,
                    who,
                    row.template_id or 0,
                    msgspec.convert({"params": params}, Launch),
                    origin=Origin(schedule_id=row.id),
                )
            fire.outcome = "launched"
    except (AppError, VaultError, NotLaunched) as error:
        await session.refresh(fire)
        fire.outcome, fire.note = "failed", (error.detail if isinstance(error, AppError) else str(error))[:1000]
        _tell(session, row, fire.at, fire.note)


async def _launcher(session: AsyncSession, office: Office, row: Schedule) -> Launcher:
    """The owner, with the rights of now."""
    asked = Principal(row.owner_id, "", Role.NONE, all_hosts=False, group_ids=frozenset())
    principal = await sessions.renewed(session, asked, utc_now(office.clock), detached=True)
    if principal is None:
        raise NotLaunched("The schedule's owner is gone or disabled. Somebody else has to save it as theirs.")
    return Launcher(principal, Actor("system", None, f"schedule {row.name}"))


def _tell(session: AsyncSession, row: Schedule, at: datetime, why: str) -> None:
    detail: dict[str, object] = {"name": row.name, "path": f"/schedules?history={row.id}", "reason": why}
    put(session, News.SCHEDULE_MISSED, at, user_ids=[row.owner_id], detail=detail)
