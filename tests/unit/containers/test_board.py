"""The board of containers: what changed since somebody looked, and what is only what was last known."""

from __future__ import annotations

from dataclasses import replace

import pytest

from controller.containers.board import ContainerBoard, EngineStatus, stale
from controller.containers.errors import NoSuchContainer
from controller.containers.reading import Container, container
from tests.unit.containers.test_reading import DOCKER

UP = EngineStatus("docker", "docker", 0, "Docker", "up", 1000.0)
WEB: Container = container(DOCKER)


def made(told: list[int] | None = None) -> ContainerBoard:
    """A board with one engine and one container on host 7."""
    board = ContainerBoard(told.append if told is not None else lambda _: None)
    board.engine(7, UP)
    board.put(7, "docker", WEB, 1)
    return board


def test_only_what_changed_is_told() -> None:
    told: list[int] = []
    board = made(told)
    before = board.version
    board.put(7, "docker", WEB, 1)
    board.engine(7, replace(UP, since=2000.0))
    assert (board.version, told) == (before, [7, 7])
    assert board.changes(7, before) == ([], [])
    board.measured(7, WEB.id, (1000.0, (1.0,)))
    assert told == [7, 7]  # figures go out by themselves, once a second
    assert [entry.container.name for entry in board.changes(7, before)[1]] == ["web"]


def test_an_engine_that_goes_makes_its_containers_stale_and_they_are_told_again() -> None:
    board = made()
    before = board.version
    board.engine(7, replace(UP, state="frozen", since=2000.0))
    engines, entries = board.changes(7, before)
    assert ([e.state for e in engines], [stale(board.host(7), e) for e in entries]) == (["frozen"], [True])
    assert board.host(7).engines["docker"].since == 2000.0


def test_a_container_is_found_by_id_and_by_a_name_that_is_the_only_one() -> None:
    board = made()
    assert board.find(7, "web") is board.find(7, WEB.id)
    board.put(7, "podman", replace(WEB, id="5e" * 32), 2)
    for name in ("web", "none"):
        with pytest.raises(NoSuchContainer):
            board.find(7, name)
    with pytest.raises(NoSuchContainer):
        board.find(8, WEB.id)


def test_figures_end_with_the_life_that_they_are_of() -> None:
    board = made()
    board.measured(7, WEB.id, (1000.0, (1.0,)))
    board.put(7, "docker", replace(WEB, pid=9), 1)
    assert board.find(7, "web").figures is None


def test_a_host_that_goes_takes_everything_along() -> None:
    board = made()
    board.drop(7)
    assert not list(board)
    board.forget_engine(7, "docker")
    assert board.host(7).entries == {}
