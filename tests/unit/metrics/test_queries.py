"""How a question is planned: the step for the pixels, the source for the step."""

from __future__ import annotations

import pytest

from controller.metrics import queries
from controller.metrics.partitions import FRAME, HOUR, MINUTE, TEN_MINUTES, Retention
from controller.metrics.queries import Line, Plan, Question

NOW = 1_795_478_400.0
DAY = 86_400.0


def planned(back_s: float, points: int = 600, hosts: int = 1, end: float = NOW, tick_s: int = 10) -> tuple[int, str]:
    question = Question(range(hosts), ["a"], end - back_s, end, points)
    plan = queries.plan(question, tick_s, Retention(), NOW)
    return plan.step_s, plan.source.name


@pytest.mark.parametrize(
    ("back_s", "points", "expected"),
    [
        (3600, 600, (10, "raw")),
        (6 * 3600, 600, (60, "1m")),
        (DAY, 600, (180, "1m")),
        (7 * DAY, 600, (1200, "10m")),
        (30 * DAY, 600, (7200, "1h")),
        (700 * DAY, 600, (172_800, "1h")),
        (900, 2000, (10, "raw")),
        (3 * 3600, 600, (20, "raw")),
        (700 * DAY, 1, (604_800, "1h")),
    ],
)
def test_the_step_follows_from_range_and_pixels(back_s: float, points: int, expected: tuple[int, str]) -> None:
    assert planned(back_s, points) == expected


def test_where_finer_rows_have_been_dropped_coarser_ones_serve() -> None:
    assert planned(3600, end=NOW - 3 * DAY) == (60, "1m")
    assert planned(3600, end=NOW - 20 * DAY) == (600, "10m")
    assert planned(3600, end=NOW - 200 * DAY) == (3600, "1h")


def test_a_whole_fleet_gets_fewer_points_rather_than_a_slow_answer() -> None:
    assert planned(DAY, hosts=300) == (600, "10m")
    assert planned(3600, hosts=300) == (60, "1m")


def test_steps_are_multiples_of_the_tick() -> None:
    assert planned(900, tick_s=15) == (15, "raw")
    assert planned(3600 * 3, tick_s=15) == (30, "raw")
    assert planned(600, tick_s=60) == (60, "1m")


def test_the_grid_stands_on_multiples_of_the_step_and_holds_the_range() -> None:
    plan = queries.plan(Question([1], ["a"], NOW - 3601.5, NOW - 0.5, 600), 10, Retention(), NOW)
    assert plan.timestamps[0] == NOW - 3610
    assert plan.timestamps[-1] == NOW - 10


def test_what_is_not_rolled_up_yet_comes_from_finer_levels() -> None:
    plan = Plan(0, 100_000, 3600, queries.Source("1h", HOUR, 3600))
    marks = {"1h": 90_000.0, "10m": 96_000.0, "1m": 99_000.0}
    assert queries._segments(plan, marks) == [
        (HOUR, 0.0, 90_000.0),
        (TEN_MINUTES, 90_000.0, 96_000.0),
        (MINUTE, 96_000.0, 99_000.0),
        (FRAME, 99_000.0, 100_000.0),
    ]
    assert queries._segments(plan, {}) == [(FRAME, 0.0, 100_000.0)]
    assert queries._segments(plan, dict.fromkeys(marks, 200_000.0)) == [(HOUR, 0.0, 100_000.0)]


def test_a_value_of_a_slower_group_stands_until_its_next_reading_is_due() -> None:
    line = Line(
        1, 0, "disk", "/", [None, 5.0, None, None, None, 7.0, None], [None, 6.0, None, None, None, 7.0, None], []
    )
    queries._hold(line, 3)
    assert line.average == [None, 5.0, 5.0, 5.0, None, 7.0, 7.0]
    assert line.most == [None, 6.0, 6.0, 6.0, None, 7.0, 7.0]
