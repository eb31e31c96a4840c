"""Days as the calendar shows them: their length, clocks that jump, times by day, windows."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise, takewhile
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from controller.jobs.schedules.days import closed, jump, stretch, times
from controller.jobs.schedules.rules import CalendarRule, CronRule, IntervalRule, Rule, Window, shut, upcoming

BERLIN, SAMOA, CAIRO = ZoneInfo("Europe/Berlin"), ZoneInfo("Pacific/Apia"), ZoneInfo("Africa/Cairo")


@pytest.mark.parametrize(
    ("zone", "day", "hours", "at"),
    [
        (BERLIN, "2026-03-29", 23, "2026-03-29T01:00+00:00"),
        (BERLIN, "2026-10-25", 25, "2026-10-25T01:00+00:00"),
        (BERLIN, "2026-10-26", 24, None),
        (CAIRO, "2026-04-24", 23, "2026-04-23T22:00+00:00"),  # at its midnight
        (ZoneInfo("Australia/Lord_Howe"), "2026-10-04", 23.5, "2026-10-03T15:30+00:00"),
    ],
)
def test_a_day_is_as_long_as_its_clock_makes_it(zone: ZoneInfo, day: str, hours: float, at: str | None) -> None:
    first = date.fromisoformat(day)
    (found,) = stretch(first, first + timedelta(days=1), zone)
    assert found.end - found.start == timedelta(hours=hours)
    assert jump(zone, found.start - timedelta(seconds=1), found.end) == (datetime.fromisoformat(at) if at else None)


def test_a_day_that_was_left_out_is_not_there_and_the_others_meet() -> None:
    days = stretch(date(2011, 12, 28), date(2012, 1, 2), SAMOA)
    assert [day.day.day for day in days] == [28, 29, 31, 1]
    assert all(earlier.end == later.start for earlier, later in pairwise(days))


RULES: list[Rule] = [
    CronRule("*/7 * * * *"),
    CronRule("*/20 1-23 * * *"),
    CronRule("30 2 * * sun"),
    IntervalRule(5 * 3600, datetime(2026, 1, 1, tzinfo=UTC)),
    CalendarRule("last_workday", ["00:00", "23:59"]),
]


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("theirs", [BERLIN, SAMOA, ZoneInfo("America/New_York")])
def test_days_hold_the_times_that_fire_and_no_others(rule: Rule, theirs: ZoneInfo) -> None:
    days = stretch(date(2026, 10, 1), date(2026, 11, 5), BERLIN)
    after = days[0].start + timedelta(hours=30)
    found = list(times(rule, theirs, days, after, 10_000))
    assert not any(more for _, _, more in found)
    assert all(day.start <= at < day.end for day, those, _ in found for at in those)
    begin = after - timedelta(microseconds=1)
    wanted = list(takewhile(lambda at: at < days[-1].end, upcoming(rule, theirs, begin)))
    assert [at for _, those, _ in found for at in those] == wanted


def test_a_day_with_more_than_is_counted_says_so_and_the_next_is_whole() -> None:
    days = stretch(date(2026, 11, 1), date(2026, 11, 4), ZoneInfo("UTC"))
    found = list(times(CronRule("0 * * * *"), ZoneInfo("UTC"), days, days[0].start, 5))
    assert [([at.hour for at in those], more) for _, those, more in found] == [([0, 1, 2, 3, 4], True)] * 3


CLOCK = st.builds(lambda minutes: f"{minutes // 60:02}:{minutes % 60:02}", st.integers(0, 24 * 60 - 1))


@given(
    st.lists(
        st.builds(
            Window,
            start=CLOCK,
            end=CLOCK,
            weekdays=st.lists(st.integers(1, 7), max_size=3),
            first=st.none() | st.just(date(2026, 11, 11)),
            last=st.none() | st.just(date(2026, 11, 12)),
        ),
        max_size=4,
    ),
    st.integers(0, 4 * 24 * 60),
)
@settings(max_examples=300)
def test_what_is_shown_as_closed_is_what_is_left_out(windows: list[Window], minute: int) -> None:
    zone = ZoneInfo("Asia/Kathmandu")
    days = stretch(date(2026, 11, 10), date(2026, 11, 15), BERLIN)  # seen from elsewhere
    at = days[0].start + timedelta(minutes=minute)
    inside = any(start <= at < end for day in days for start, end in closed(windows, zone, day))
    assert inside == shut(windows, zone, at)
