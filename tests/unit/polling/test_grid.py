"""Ticks stand on a fixed grid, spread over the hosts, and are never piled up."""

from __future__ import annotations

from controller.polling.grid import SLOTS_PER_SECOND, Grid


class HandClock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.time = 1_000_000.0

    def now(self) -> float:
        return self.time

    def monotonic(self) -> float:
        return self.time


class Probe:
    """Remembers its ticks."""

    def __init__(self, *, watched: bool = False) -> None:
        self.watched = watched
        self.ticks: list[tuple[float, bool]] = []

    def tick(self, at: float, *, stored: bool) -> None:
        self.ticks.append((at, stored))


async def advance(grid: Grid, clock: HandClock, seconds: float) -> None:
    """Move the clock in steps smaller than a slot, as the loop's timer would see it."""
    for _ in range(round(seconds * SLOTS_PER_SECOND * 2)):
        clock.time += 0.5 / SLOTS_PER_SECOND
        grid._run()


async def test_a_host_is_asked_once_a_period_at_the_same_place() -> None:
    clock, probe = HandClock(), Probe()
    grid = Grid(clock, 10)
    grid.add(7, probe)
    grid.start()
    await advance(grid, clock, 60)
    grid.stop()
    assert len(probe.ticks) == 6
    assert all(stored for _, stored in probe.ticks)
    assert {round(b[0] - a[0], 6) for a, b in zip(probe.ticks, probe.ticks[1:], strict=False)} == {10.0}


async def test_a_watched_host_is_asked_every_second_and_stored_no_more_often() -> None:
    clock, probe = HandClock(), Probe(watched=True)
    grid = Grid(clock, 10)
    grid.add(3, probe)
    grid.start()
    await advance(grid, clock, 30)
    grid.stop()
    assert len(probe.ticks) == 30
    assert sum(stored for _, stored in probe.ticks) == 3


async def test_many_hosts_are_spread_over_the_period() -> None:
    clock, grid = HandClock(), Grid(HandClock(), 10)
    probes = [Probe() for _ in range(1000)]
    grid = Grid(clock, 10)
    for number, probe in enumerate(probes, 1):
        grid.add(number, probe)
    grid.start()
    busiest = 0
    for _ in range(10 * SLOTS_PER_SECOND):
        before = sum(len(p.ticks) for p in probes)
        clock.time += 1 / SLOTS_PER_SECOND
        grid._run()
        busiest = max(busiest, sum(len(p.ticks) for p in probes) - before)
    grid.stop()
    assert sum(len(p.ticks) for p in probes) == 1000
    assert busiest <= 2 * 1000 / (10 * SLOTS_PER_SECOND)


async def test_a_machine_that_slept_skips_what_it_missed() -> None:
    clock, probe = HandClock(), Probe(watched=True)
    grid = Grid(clock, 10)
    grid.add(1, probe)
    grid.start()
    clock.time += 3600
    grid._run()
    grid.stop()
    assert len(probe.ticks) <= 1


async def test_a_clock_set_back_is_followed() -> None:
    clock, probe = HandClock(), Probe()
    grid = Grid(clock, 10)
    grid.add(1, probe)
    grid.start()
    clock.time -= 7200
    await advance(grid, clock, 20)
    grid.stop()
    assert len(probe.ticks) == 2


async def test_a_host_taken_off_is_left_alone() -> None:
    clock, probe = HandClock(), Probe()
    grid = Grid(clock, 10)
    grid.add(1, probe)
    grid.remove(1)
    grid.remove(2)
    grid.start()
    await advance(grid, clock, 20)
    grid.stop()
    assert probe.ticks == []
