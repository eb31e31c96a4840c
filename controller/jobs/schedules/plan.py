"""The calendar: what ran and what will run, day by day, folded where a schedule runs often."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from controller.core.clock import Clock, utc_now
from controller.core.errors import FieldError, Invalid
from controller.jobs.schedules import firing, queries, rules, service
from controller.jobs.schedules.days import Day, closed, jump, stretch, times
from controller.jobs.schedules.models import Schedule
from controller.jobs.schedules.schemas import Closed, Jump, Plan, PlanDay, PlannedRun, PlannedRuns, PlanSchedule
from controller.users.rights import Principal

MOST_DAYS = 62
YEARS = range(1990, 2200)  # that calendars are asked for
SHOWN = 12  # times that a day lists of one schedule; the others are counted
MOST_A_DAY, LEAST_A_DAY = 300, 24  # counted times: every five minutes is 288
MOST_IN_ALL = 60_000  # a few hundred milliseconds of a thread
COMING, SHUT = "coming", "shut"


@dataclass(slots=True)
class Folded:
    """What a day has of one schedule so far."""

    outcomes: dict[str, int] = field(default_factory=dict)
    runs: list[PlannedRun] = field(default_factory=list)
    edges: list[datetime] = field(default_factory=list)
    more: bool = False


Cells = defaultdict[tuple[date, int], Folded]


async def plan(
    session: AsyncSession, clock: Clock, principal: Principal, *, first: date, last: date, zone: str
) -> Plan:
    """From `first` up to but without `last`, days of `zone`, of all schedules that the principal sees.

    Raises Invalid, Forbidden.
    """
    if not (first.year in YEARS and last.year in YEARS and timedelta(0) < last - first <= timedelta(days=MOST_DAYS)):
        message = f"Takes days, the end up to {MOST_DAYS} days after the start."
        raise Invalid(message, errors=(FieldError("to", message),))
    days = stretch(first, last, service.zone_of(zone))
    rows = await service.visible(session, principal)
    cells: Cells = defaultdict(Folded)
    await _what_ran(session, rows, days, cells)
    # a rule that runs every minute has tens of thousands of times in two months
    await asyncio.to_thread(_what_comes, rows, days, utc_now(clock), cells)
    return Plan(
        zone=zone,
        days=[_day(day, zone, rows, cells) for day in days],
        schedules=[PlanSchedule(row.id, row.name, row.zone, row.enabled) for row in rows],
        more=any(cell.more for cell in cells.values()),
    )


async def _what_ran(session: AsyncSession, rows: Sequence[Schedule], days: Sequence[Day], cells: Cells) -> None:
    ids, edges = [row.id for row in rows], [day.start for day in days]
    for fires in await queries.fires_by_day(session, ids, edges, days[-1].end):
        cell = cells[days[fires.place].day, fires.schedule_id]
        cell.outcomes[fires.outcome] = cell.outcomes.get(fires.outcome, 0) + fires.count
        cell.edges += [fires.first, fires.last]
    zones = {row.id: ZoneInfo(row.zone) for row in rows}
    for place, fire in await queries.first_fires_by_day(session, ids, edges, days[-1].end, SHOWN):
        run = PlannedRun(
            fire.at, _local(fire.at, zones[fire.schedule_id]), fire.outcome, fire.job_id, fire.workflow_run_id
        )
        cells[days[place].day, fire.schedule_id].runs.append(run)


def _what_comes(rows: Sequence[Schedule], days: Sequence[Day], now: datetime, cells: Cells) -> None:
    wanted = [row for row in rows if row.enabled and row.next_at is not None]
    most = min(MOST_A_DAY, max(LEAST_A_DAY, MOST_IN_ALL // max(1, len(wanted) * len(days))))
    for row in wanted:
        zone, windows = ZoneInfo(row.zone), firing.windows_of(row)
        since = row.next_at or now  # what is before was fired, and is listed as such
        for day, found, more in times(firing.rule_of(row), zone, days, since, most):
            cell = cells[day.day, row.id]
            cell.more = cell.more or more
            cell.edges += [found[0], found[-1]]
            for at in found:
                outcome = SHUT if rules.shut(windows, zone, at) else COMING
                cell.outcomes[outcome] = cell.outcomes.get(outcome, 0) + 1
                if len(cell.runs) < SHOWN:
                    cell.runs.append(PlannedRun(at, _local(at, zone), outcome, None, None))


def _day(day: Day, zone: str, rows: Sequence[Schedule], cells: Cells) -> PlanDay:
    runs = [
        PlannedRuns(
            schedule_id=row.id,
            count=sum(cell.outcomes.values()),
            more=cell.more,
            outcomes=cell.outcomes,
            first=min(cell.edges),
            last=max(cell.edges),
            runs=cell.runs,
        )
        for row in rows
        if (cell := cells.get((day.day, row.id))) is not None
    ]
    zones = dict.fromkeys([zone, *(row.zone for row in rows if row.enabled)])
    return PlanDay(
        day=day.day,
        start=day.start,
        end=day.end,
        runs=sorted(runs, key=lambda one: one.first),
        closed=[
            Closed(row.id, start, end)
            for row in rows
            if row.enabled and row.windows
            for start, end in closed(firing.windows_of(row), ZoneInfo(row.zone), day)
        ],
        jumps=[found for name in zones if (found := _jump(name, day)) is not None],
    )


def _jump(zone: str, day: Day) -> Jump | None:
    at = jump(ZoneInfo(zone), day.start, day.end)
    if at is None:
        return None
    before, after = (moment.astimezone(ZoneInfo(zone)) for moment in (at - timedelta(seconds=1), at))
    shift = (after.utcoffset() or timedelta(0)) - (before.utcoffset() or timedelta(0))
    return Jump(zone, at, int(shift.total_seconds()))


def _local(at: datetime, zone: ZoneInfo) -> str:
    return at.astimezone(zone).isoformat(timespec="seconds")
