"""When a schedule fires: pure functions of a rule, a zone and a moment.

Wall clocks jump. Rules by the wall clock (cron, calendar, once) say what happens then:

- a time that the clock skips (02:30 on the day it jumps from 02:00 to 03:00) is met as much later as the clock jumped
  (03:30), as if it had not; two times that fall together fire once;
- a time that the clock shows twice is met the first time alone;
- but a cron expression whose hour is a star follows real hours: it runs in each of them, in both that bear the same
  name, and not in the one that is skipped.

An interval counts real time from its anchor and knows of no clock.
"""

from __future__ import annotations

import calendar
import hashlib
from bisect import bisect_left
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from itertools import count, islice
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from msgspec import Meta, Struct

from controller.jobs.schedules.cron import Cron, CronError, is_nth, parse

QUARTER = timedelta(minutes=15)  # every zone's offset has been a multiple of it for decades
YEARS = 41  # 29 February on a given weekday comes back within 40 years (28, and 12 more around 2100)
Clock = Annotated[str, Meta(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")]
Number = Annotated[int, Meta(ge=1, le=12)]
Weekday = Annotated[int, Meta(ge=1, le=7)]  # 1 is Monday, as ISO 8601 counts


class CronRule(Struct, frozen=True, forbid_unknown_fields=True, tag="cron", tag_field="kind"):
    """By a cron expression."""

    expression: Annotated[str, Meta(max_length=200)]


class IntervalRule(Struct, frozen=True, forbid_unknown_fields=True, tag="interval", tag_field="kind"):
    """Every so many seconds of real time, counted from `anchor`."""

    every_s: Annotated[int, Meta(ge=10, le=366 * 86400)]
    anchor: datetime | None = None


class OnceRule(Struct, frozen=True, forbid_unknown_fields=True, tag="once", tag_field="kind"):
    """Once, at that time of the wall clock: 2026-11-30T22:15."""

    at: Annotated[str, Meta(pattern=r"^(19|2\d)\d{2}-\d{2}-\d{2}T([01]\d|2[0-3]):[0-5]\d(:[0-5]\d)?$")]


class CalendarRule(Struct, frozen=True, forbid_unknown_fields=True, tag="calendar", tag_field="kind"):
    """On some days, at some times. `weekdays` and `number` are for those of `on` that ask for them."""

    on: Literal[
        "day", "workday", "weekdays", "day_of_month", "last_day", "nth_weekday", "first_workday", "last_workday"
    ]
    times: Annotated[list[Clock], Meta(min_length=1, max_length=48)]
    weekdays: Annotated[list[Weekday], Meta(max_length=7)] = []
    number: Annotated[int, Meta(ge=-1, le=31)] = 1  # of the day, or which of the weekdays: 1 to 5, -1 the last
    months: Annotated[list[Number], Meta(max_length=12)] = []


Rule = CronRule | IntervalRule | OnceRule | CalendarRule


class Window(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A time in which nothing is begun, by the schedule's wall clock; `to` before `from_` reaches into the next day."""

    weekdays: Annotated[list[Weekday], Meta(max_length=7)] = []  # none: every day
    start: Clock = "00:00"
    end: Clock = "00:00"  # the same as the start: the whole day
    first: date | None = None
    last: date | None = None


class RuleError(ValueError):
    """A rule contradicts itself. `field`: which part of it."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


def check(rule: Rule) -> None:
    """Raises RuleError for what no calendar can do."""
    if isinstance(rule, CronRule):
        try:
            parse(rule.expression)
        except CronError as error:
            fields = ("minute", "hour", "day of the month", "month", "day of the week")
            raise RuleError("rule.expression", f"The {fields[error.position]} {error}.") from None
    elif isinstance(rule, OnceRule):
        try:
            datetime.fromisoformat(rule.at)
        except ValueError:
            raise RuleError("rule.at", "There is no such day.") from None
    elif isinstance(rule, CalendarRule):
        _check_calendar(rule)


def _check_calendar(rule: CalendarRule) -> None:
    if rule.on in {"weekdays", "nth_weekday"} and not rule.weekdays:
        raise RuleError("rule.weekdays", "Choose a day of the week.")
    if rule.on == "nth_weekday" and not (rule.number == -1 or 1 <= rule.number <= 5):
        raise RuleError("rule.number", "Takes 1 to 5, or -1 for the last.")
    if rule.on == "day_of_month" and not 1 <= rule.number <= 31:
        raise RuleError("rule.number", "Takes a day from 1 to 31.")


def following(rule: Rule, zone: ZoneInfo, after: datetime) -> datetime | None:
    """The first time after `after` (aware), in UTC; None when there is none."""
    return next(upcoming(rule, zone, after), None)


def upcoming(rule: Rule, zone: ZoneInfo, after: datetime) -> Iterator[datetime]:
    """All times after `after`, in order, in UTC."""
    if isinstance(rule, IntervalRule):
        return _count(rule, after)
    if isinstance(rule, OnceRule):
        at = instant(datetime.fromisoformat(rule.at), zone)
        return iter([at] if at > after else [])
    cron = parse(rule.expression) if isinstance(rule, CronRule) else None
    return _wander(cron, zone, after) if cron is not None and cron.wandering else _by_days(rule, cron, zone, after)


def preview(rule: Rule, zone: ZoneInfo, after: datetime, number: int = 5) -> list[datetime]:
    """The next few times."""
    return list(islice(upcoming(rule, zone, after), number))


def jitter(schedule_id: int, at: datetime, most_s: int) -> timedelta:
    """How much later than its time a run begins: the same for the same run, whoever asks."""
    if most_s <= 0:
        return timedelta(0)
    word = f"{schedule_id}/{at.timestamp():.0f}".encode()
    share = int.from_bytes(hashlib.sha256(word).digest()[:8]) / 2**64
    return timedelta(seconds=share * most_s)


def shut(windows: list[Window], zone: ZoneInfo, at: datetime) -> bool:
    """Is the moment in a time in which nothing is begun?"""
    local = at.astimezone(zone)
    return any(_inside(window, local) for window in windows)


def _inside(window: Window, local: datetime) -> bool:
    start, end, now = time.fromisoformat(window.start), time.fromisoformat(window.end), local.time()
    day = local.date()
    if start < end:
        within = start <= now < end
    elif now >= start:  # over midnight, or the whole day
        within = True
    else:
        within, day = now < end, day - timedelta(days=1)  # the window began the day before
    if not within or (window.weekdays and day.isoweekday() not in window.weekdays):
        return False
    return (window.first is None or day >= window.first) and (window.last is None or day <= window.last)


def _count(rule: IntervalRule, after: datetime) -> Iterator[datetime]:
    anchor = (rule.anchor or datetime(2000, 1, 1, tzinfo=UTC)).astimezone(UTC)
    passed = (after - anchor) // timedelta(seconds=rule.every_s)
    for number in count(max(0, passed + 1)):
        yield anchor + timedelta(seconds=rule.every_s) * number


def _wander(cron: Cron, zone: ZoneInfo, after: datetime) -> Iterator[datetime]:
    """By real time, a quarter of an hour after another: no clock jumps within one."""
    after = after.astimezone(UTC)
    block = after.replace(minute=after.minute // 15 * 15, second=0, microsecond=0)
    last = after.year + YEARS
    while block.year < last:
        local = block.astimezone(zone)
        if not cron.on(local.date()):
            midnight = datetime.combine(local.date() + timedelta(days=1), time(), zone).astimezone(UTC)
            block = max(midnight.replace(minute=midnight.minute // 15 * 15, second=0), block + QUARTER)
            continue
        if local.hour in cron.hours:
            start = local.minute
            for minute in cron.minutes[bisect_left(cron.minutes, start) : bisect_left(cron.minutes, start + 15)]:
                at = block + timedelta(minutes=minute - start)
                if at > after:
                    yield at
                    last = at.year + YEARS
        block += QUARTER


def _by_days(rule: CronRule | CalendarRule, cron: Cron | None, zone: ZoneInfo, after: datetime) -> Iterator[datetime]:
    clocks = [time(h, m) for h in cron.hours for m in cron.minutes] if cron is not None else _times(rule)
    # a day before: where a whole day is skipped, its times are met on the next one
    day, last = after.astimezone(zone).date() - timedelta(days=1), after
    held: list[datetime] = []  # the day after may have an earlier one, where clocks jump by days
    empty = 0
    while empty < YEARS * 366:
        wanted = cron.on(day) if cron is not None else _on(rule, day)
        found = [at for clock in clocks if (at := instant(datetime.combine(day, clock), zone)) > last] if wanted else []
        if held:
            bound = min(found, default=None)
            ready = sorted({at for at in held if bound is None or at <= bound})
            yield from ready
            last = ready[-1] if ready else last
        held = sorted({at for at in [*held, *found] if at > last})
        empty = 0 if held else empty + 1
        try:
            day += timedelta(days=1)
        except OverflowError:  # the last day of all
            break
    yield from held


def _times(rule: CronRule | CalendarRule) -> list[time]:
    return sorted(time.fromisoformat(text) for text in rule.times) if isinstance(rule, CalendarRule) else []


def instant(local: datetime, zone: ZoneInfo) -> datetime:
    """The moment of a wall clock's time. Fold 0 (PEP 495): of two, the first; in a gap as much later as it jumped."""
    try:
        return local.replace(tzinfo=zone, fold=0).astimezone(UTC)
    except OverflowError:  # the last day of all
        return local.replace(tzinfo=UTC)


def _on(rule: CronRule | CalendarRule, day: date) -> bool:
    if not isinstance(rule, CalendarRule) or (rule.months and day.month not in rule.months):
        return False
    weekday, last = day.isoweekday(), calendar.monthrange(day.year, day.month)[1]
    checks = {
        "day": True,
        "workday": weekday <= 5,
        "weekdays": weekday in rule.weekdays,
        "day_of_month": day.day == rule.number,
        "last_day": day.day == last,
        "nth_weekday": weekday in rule.weekdays and is_nth(day, rule.number),
        "first_workday": weekday <= 5 and (day.day == 1 or (weekday == 1 and day.day <= 3)),
        "last_workday": weekday <= 5 and (day.day == last or (weekday == 5 and day.day >= last - 2)),
    }
    return checks[rule.on]
