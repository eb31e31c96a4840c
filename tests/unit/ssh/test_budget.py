"""How many sessions a connection is believed to carry."""

from __future__ import annotations

from controller.ssh.budget import FORGET_S, Budget


def test_assumes_then_learns_then_asks_again() -> None:
    budget = Budget(10)
    assert budget.room(9, 0, 0)
    assert not budget.room(10, 0, 0)
    assert not budget.room(9, 1, 0)
    learnt = budget.learnt
    budget.refused(4, 100)
    assert (budget.limit, learnt, budget.learnt) == (4, False, True)
    assert not budget.room(4, 0, 101)
    assert budget.room(4, 0, 100 + FORGET_S)
    assert budget.limit == 5


def test_asks_again_up_to_what_was_assumed() -> None:
    budget = Budget(3)
    budget.refused(1, 0)
    for n in range(1, 9):
        budget.room(0, 0, n * FORGET_S)
    assert budget.limit == 3
    assert not budget.learnt


def test_a_connection_lost_at_the_limit_is_never_risked_again() -> None:
    budget = Budget(10)
    budget.broke(6)
    budget.room(0, 0, 100 * FORGET_S)
    assert budget.limit == 6
    assert budget.learnt


def test_never_under_one() -> None:
    budget = Budget(10)
    budget.refused(0, 0)
    assert budget.limit == 1
