"""Days as a calendar shows them: pure functions of zones and moments."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from controller.jobs.schedules.rules import Rule, Window, following, instant

TICK = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Day:
    """A day of a zone, from its midnight to the next, in UTC; 23 or 25 hours where the clock jumps."""

    day: date
    start: datetime
    end: datetime


def stretch(first: date, last: date, zone: ZoneInfo) -> list[Day]:
    """The days from `first` up to but without `last`. One that the zone left out is not among them."""
    number = (last - first).days
    edges = [instant(datetime.combine(first + timedelta(days=one), time()), zone) for one in range(number + 1)]
    days = [Day(first + timedelta(days=one), edges[one], edges[one + 1]) for one in range(number)]
    return [day for day in days if day.start < day.end]


def jump(zone: ZoneInfo, start: datetime, end: datetime) -> datetime | None:
    """The first moment within a day at which the zone's clock jumps, to the second; None when it does not."""
    before = start.astimezone(zone).utcoffset()
    if end.astimezone(zone).utcoffset() == before:
        return None
    low, high = int(start.timestamp()), int(end.timestamp())
    while high - low > 1:
        middle = (low + high) // 2
        same = datetime.fromtimestamp(middle, zone).utcoffset() == before
        low, high = (middle, high) if same else (low, middle)
    return datetime.fromtimestamp(high, UTC)


def times(
    rule: Rule, zone: ZoneInfo, days: Sequence[Day], after: datetime, most: int
) -> Iterator[tuple[Day, list[datetime], bool]]:
    """The times of a rule from `after` on (itself included), by day: up to `most` a day, and whether there are more."""
    at = following(rule, zone, max(after, days[0].start) - TICK) if days else None
    for day in days:
        found: list[datetime] = []
        while at is not None and at < day.end and len(found) < most:
            found.append(at)
            at = following(rule, zone, at)
        more = at is not None and at < day.end
        if more:
            at = following(rule, zone, day.end - TICK)
        if found:
            yield day, found, more


def closed(windows: Iterable[Window], zone: ZoneInfo, day: Day) -> list[tuple[datetime, datetime]]:
    """When on that day nothing is begun; windows that meet are one."""
    spans = sorted(span for window in windows for span in _spans(window, zone, day))
    joined: list[tuple[datetime, datetime]] = []
    for start, end in spans:
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], end))
        else:
            joined.append((start, end))
    return joined


def _spans(window: Window, zone: ZoneInfo, day: Day) -> Iterator[tuple[datetime, datetime]]:
    opening, closing = time.fromisoformat(window.start), time.fromisoformat(window.end)
    first, last = (edge.astimezone(zone).date() for edge in (day.start, day.end))
    local = first - timedelta(days=1)  # one that began the day before may reach into this one
    while local <= last:
        wanted = not window.weekdays or local.isoweekday() in window.weekdays
        wanted = wanted and (window.first is None or local >= window.first)
        if wanted and (window.last is None or local <= window.last):
            until = local if opening < closing else local + timedelta(days=1)
            start = max(day.start, instant(datetime.combine(local, opening), zone))
            end = min(day.end, instant(datetime.combine(until, closing), zone))
            if start < end:
                yield start, end
        local += timedelta(days=1)
