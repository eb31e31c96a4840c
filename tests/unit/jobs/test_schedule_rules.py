"""When schedules fire: cron, intervals, calendars, and the hours in which clocks jump."""

from __future__ import annotations

import contextlib
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controller.jobs.schedules.cron import CronError, parse
from controller.jobs.schedules.rules import (
    CalendarRule,
    CronRule,
    IntervalRule,
    OnceRule,
    Rule,
    RuleError,
    Window,
    check,
    following,
    jitter,
    preview,
    shut,
)

BERLIN, NEW_YORK, SAMOA = ZoneInfo("Europe/Berlin"), ZoneInfo("America/New_York"), ZoneInfo("Pacific/Apia")
CAIRO, LORD_HOWE = ZoneInfo("Africa/Cairo"), ZoneInfo("Australia/Lord_Howe")  # at midnight; by half an hour


def local(rule: Rule, zone: ZoneInfo, after: str, number: int) -> list[str]:
    """The next times by the wall clock, with their offsets."""
    start = datetime.fromisoformat(after).replace(tzinfo=zone)
    return [f"{at.astimezone(zone):%m-%d %H:%M%z}" for at in preview(rule, zone, start, number)]


def test_a_time_that_the_clock_skips_is_met_as_much_later() -> None:
    rule = CronRule("30 2 * * *")
    assert local(rule, BERLIN, "2026-03-27T12:00", 3) == ["03-28 02:30+0100", "03-29 03:30+0200", "03-30 02:30+0200"]
    daily = CalendarRule("day", ["02:30"])
    assert local(daily, BERLIN, "2026-03-28T12:00", 2) == ["03-29 03:30+0200", "03-30 02:30+0200"]
    assert local(OnceRule("2026-03-29T02:30"), BERLIN, "2026-03-01T00:00", 2) == ["03-29 03:30+0200"]
    both = CronRule("30 2,3 * * *")  # two that fall together are one
    assert local(both, BERLIN, "2026-03-29T00:00", 2) == ["03-29 03:30+0200", "03-30 02:30+0200"]


def test_a_time_that_the_clock_shows_twice_is_met_once() -> None:
    rule = CronRule("30 2 * * *")
    assert local(rule, BERLIN, "2026-10-24T12:00", 2) == ["10-25 02:30+0200", "10-26 02:30+0100"]
    daily = CalendarRule("day", ["02:30"])
    assert local(daily, BERLIN, "2026-10-24T12:00", 2) == ["10-25 02:30+0200", "10-26 02:30+0100"]
    # also when the controller asks between the two
    between = datetime(2026, 10, 25, 1, 0, tzinfo=UTC)
    assert following(rule, BERLIN, between) == datetime(2026, 10, 26, 1, 30, tzinfo=UTC)


def test_a_star_in_the_hour_follows_real_hours() -> None:
    rule = CronRule("30 * * * *")
    spring = local(rule, BERLIN, "2026-03-29T00:45", 3)
    assert spring == ["03-29 01:30+0100", "03-29 03:30+0200", "03-29 04:30+0200"]
    autumn = local(rule, BERLIN, "2026-10-25T01:45", 3)
    assert autumn == ["10-25 02:30+0200", "10-25 02:30+0100", "10-25 03:30+0100"]


def test_an_interval_knows_of_no_clock() -> None:
    anchor = datetime(2026, 3, 28, 12, tzinfo=UTC)
    rule = IntervalRule(6 * 3600, anchor)
    found = preview(rule, BERLIN, anchor, 8)
    assert {later - earlier for earlier, later in pairwise(found)} == {timedelta(hours=6)}
    assert following(rule, BERLIN, anchor - timedelta(days=900)) == anchor


@pytest.mark.parametrize(
    ("zone", "day"),
    [(BERLIN, "2026-03-29"), (BERLIN, "2026-10-25"), (NEW_YORK, "2026-03-08"), (NEW_YORK, "2026-11-01"),
     (CAIRO, "2026-04-24"), (CAIRO, "2026-10-30"), (LORD_HOWE, "2026-04-05"), (LORD_HOWE, "2026-10-04"),
     (SAMOA, "2011-12-30")],
)  # fmt: skip
@given(
    st.one_of(
        st.builds(lambda m, h: CronRule(f"{m} {h} * * *"), st.integers(0, 59), st.integers(0, 23)),
        st.builds(lambda n: CronRule(f"*/{n} * * * *"), st.integers(1, 59)),
        st.builds(lambda n: CronRule(f"0 */{n} * * *"), st.integers(1, 23)),
        st.builds(IntervalRule, st.integers(60, 100_000)),
        st.builds(
            lambda hours: CalendarRule("day", [f"{hour:02}:30" for hour in hours]),
            st.lists(st.integers(0, 23), min_size=1),
        ),
    ),
    st.integers(0, 48 * 60),
)
def test_times_only_grow_and_none_comes_twice_wherever_one_begins(
    zone: ZoneInfo, day: str, rule: Rule, minutes: int
) -> None:
    start = datetime.fromisoformat(day).replace(tzinfo=zone).astimezone(UTC) - timedelta(hours=24)
    whole = preview(rule, zone, start, 40)
    assert all(earlier < later for earlier, later in pairwise([start, *whole]))
    begin = start + timedelta(minutes=minutes)
    rest = [at for at in whole if at > begin]
    assert preview(rule, zone, begin, len(rest)) == rest


def test_calendars_know_last_days_and_workdays() -> None:
    last_friday = CalendarRule("nth_weekday", ["18:00"], weekdays=[5], number=-1)
    assert local(last_friday, BERLIN, "2026-11-01T00:00", 3) == [
        "11-27 18:00+0100", "12-25 18:00+0100", "01-29 18:00+0100",
    ]  # fmt: skip
    last_workday = CalendarRule("last_workday", ["06:00"], months=[1, 2, 5])
    assert [at.date() for at in preview(last_workday, BERLIN, datetime(2026, 1, 1, tzinfo=UTC), 3)] == [
        date(2026, 1, 30), date(2026, 2, 27), date(2026, 5, 29),
    ]  # fmt: skip
    first = CalendarRule("first_workday", ["06:00"])
    assert [at.date() for at in preview(first, BERLIN, datetime(2026, 7, 30, tzinfo=UTC), 3)] == [
        date(2026, 8, 3), date(2026, 9, 1), date(2026, 10, 1),
    ]  # fmt: skip
    thirty_first = CalendarRule("day_of_month", ["00:00"], number=31)
    assert local(thirty_first, NEW_YORK, "2026-01-31T01:00", 2) == ["03-31 00:00-0400", "05-31 00:00-0400"]
    assert local(CalendarRule("last_day", ["23:59", "12:00"]), NEW_YORK, "2028-02-29T12:30", 2) == [
        "02-29 23:59-0500", "03-31 12:00-0400",
    ]  # fmt: skip


def test_cron_knows_lists_ranges_steps_names_and_ordinals() -> None:
    assert local(CronRule("0 9-17/4 * * mon-fri"), BERLIN, "2026-11-27T10:00", 3) == [
        "11-27 13:00+0100", "11-27 17:00+0100", "11-30 09:00+0100",
    ]  # fmt: skip
    assert local(CronRule("0 0 13 * fri"), BERLIN, "2026-11-08T00:00", 2) == ["11-13 00:00+0100", "11-20 00:00+0100"]
    assert local(CronRule("0 0 l * *"), BERLIN, "2026-02-01T00:00", 1) == ["02-28 00:00+0100"]
    assert local(CronRule("0 0 * * 5L"), BERLIN, "2026-11-01T00:00", 1) == ["11-27 00:00+0100"]
    assert local(CronRule("0 0 * * mon#2"), BERLIN, "2026-11-01T00:00", 1) == ["11-09 00:00+0100"]
    assert local(CronRule("0 0 29 2 *"), BERLIN, "2096-03-01T00:00", 1) == ["02-29 00:00+0100"]  # in 2104
    assert parse("@weekly") == parse("0 0 * * sun") == parse("0 0 * * 7")
    assert following(CronRule("0 0 31 2 *"), BERLIN, datetime(2026, 1, 1, tzinfo=UTC)) is None


@pytest.mark.parametrize(
    "wrong",
    ["", "* * * *", "* * * * * *", "60 * * * *", "* 24 * * *", "* * 0 * *", "* * * 13 *", "* * * * 8", "a * * * *",
     "5-1 * * * *", "*/0 * * * *", "1,,2 * * * *", "*/9999 * * * *", "1-2-3 * * * *", "@never", "٣ * * * *",
     "-1 * * * *"],
)  # fmt: skip
def test_what_is_no_cron_expression_is_refused_by_field(wrong: str) -> None:
    with pytest.raises(CronError):
        parse(wrong)
    with pytest.raises(RuleError):
        check(CronRule(wrong))


@given(st.text(max_size=40))
def test_any_text_is_understood_or_refused(text: str) -> None:
    with contextlib.suppress(CronError):
        assert parse(text).minutes


def test_windows_reach_over_midnight_and_know_days_and_dates() -> None:
    nights = [Window(weekdays=[5], start="22:00", end="06:00")]  # of Friday

    def at(text: str) -> datetime:
        return datetime.fromisoformat(text).replace(tzinfo=BERLIN)

    inside = ("2026-11-27T22:00", "2026-11-28T05:59")
    outside = ("2026-11-27T21:59", "2026-11-28T06:00", "2026-11-28T23:00", "2026-11-27T03:00")
    assert all(shut(nights, BERLIN, at(text)) for text in inside)
    assert not any(shut(nights, BERLIN, at(text)) for text in outside)
    holidays = [Window(first=date(2026, 12, 24), last=date(2026, 12, 26))]
    assert shut(holidays, BERLIN, at("2026-12-26T23:59"))
    assert not shut(holidays, BERLIN, at("2026-12-27T00:00"))


def test_jitter_is_the_same_for_the_same_run_and_within_its_bounds() -> None:
    at = datetime(2026, 11, 27, tzinfo=UTC)
    found = [jitter(number, at, 60) for number in range(200)]
    assert found == [jitter(number, at, 60) for number in range(200)]
    assert timedelta(0) <= min(found) < timedelta(seconds=10)
    assert timedelta(seconds=50) < max(found) < timedelta(seconds=60)
    assert jitter(1, at, 0) == timedelta(0)


@pytest.mark.parametrize(
    ("field", "rule"),
    [
        ("rule.weekdays", CalendarRule("weekdays", ["00:00"])),
        ("rule.number", CalendarRule("nth_weekday", ["00:00"], weekdays=[1], number=9)),
        ("rule.number", CalendarRule("day_of_month", ["00:00"], number=-1)),
        ("rule.at", OnceRule("2026-02-30T00:00")),
    ],
)
def test_what_no_calendar_can_do_is_named(field: str, rule: Rule) -> None:
    with pytest.raises(RuleError) as wrong:
        check(rule)
    assert wrong.value.field == field
