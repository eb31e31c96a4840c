"""When a line is tried again."""

from __future__ import annotations

import random

from controller.ssh.backoff import delay_s
from controller.ssh.options import Options

OPTIONS = Options()


def spread(failures: int, *, was_up: bool) -> tuple[float, float]:
    """The shortest and the longest of many delays."""
    rng = random.Random(1)
    delays = [delay_s(OPTIONS, failures, was_up=was_up, rng=rng) for _ in range(2000)]
    return min(delays), max(delays)


def test_a_line_that_broke_is_tried_again_within_seconds() -> None:
    low, high = spread(0, was_up=True)
    assert low >= 1
    assert high <= 4


def test_never_under_the_floor_nor_over_the_cap_after_that() -> None:
    for failures in range(1, 40):
        low, high = spread(failures, was_up=True)
        assert low >= 15
        assert high <= 60


def test_a_first_failure_waits_the_floor() -> None:
    assert spread(0, was_up=False)[0] >= 15


def test_jitter_spreads_over_the_whole_span() -> None:
    low, high = spread(9, was_up=False)
    assert high - low > 40
