"""Answers are worked off in bunches: all of them, in order, and none at another's cost."""

from __future__ import annotations

import asyncio

from collectors.reader import Answer
from controller.polling.bunch import MOST, Bunch


class Kept:
    """A Sink that keeps what it is told, and fails for host 13."""

    def __init__(self) -> None:
        self.told: list[tuple[int, float, bool] | str] = []

    def answered(self, host_id: int, answer: Answer, *, tick: float, stored: bool) -> None:
        if host_id == 13:
            raise ZeroDivisionError
        self.told.append((host_id, tick, stored))

    def reader_failed(self, host_id: int, reason: str) -> None:
        self.told.append(reason)


def answer(bunch: Bunch, host_id: int) -> None:
    bunch.answered(host_id, Answer(1, {}), tick=float(host_id), stored=host_id % 2 == 0)


async def test_more_than_one_bunch_is_worked_off_in_order_though_one_answer_fails() -> None:
    kept = Kept()
    bunch = Bunch(kept)
    count = 2 * MOST + 7
    for host_id in range(count):
        answer(bunch, host_id)
    assert kept.told == []
    async with asyncio.timeout(5):
        while len(kept.told) < count - 1:
            await asyncio.sleep(0.01)
    assert kept.told == [(n, float(n), n % 2 == 0) for n in range(count) if n != 13]


async def test_what_waits_comes_before_a_failure_and_is_not_lost_at_the_end() -> None:
    kept = Kept()
    bunch = Bunch(kept)
    answer(bunch, 2)
    bunch.reader_failed(2, "it hangs")
    answer(bunch, 4)
    bunch.flush()
    assert kept.told == [(2, 2.0, True), "it hangs", (4, 4.0, True)]
