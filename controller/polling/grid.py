"""The fixed grid of ticks: when each host is asked.

Time is cut into slots. Every host has a phase, so that a thousand hosts are asked one after another rather than all at
once; the phase follows from the host's id alone, so a restart continues on the same grid. A tick that could not run in
time (the machine slept) is skipped, never made up for.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from typing import Protocol

from controller.core.clock import Clock

SLOTS_PER_SECOND = 2
SPREAD = 0.6180339887498949  # the golden ratio's fraction spreads successive ids evenly (Weyl sequence)


class Ticked(Protocol):
    """What stands on the grid."""

    def tick(self, at: float, *, stored: bool) -> None:
        """Called at `at`, epoch seconds on the grid; `stored` marks the ticks whose frame is kept."""
        ...

    @property
    def watched(self) -> bool:
        """Does somebody look, so that it wants every second?"""
        ...


class Grid:
    """Calls `tick` of everything on it: every `tick_s` for storage, every second as well while watched."""

    def __init__(self, clock: Clock, tick_s: int) -> None:
        self._clock = clock
        self._cycle = tick_s * SLOTS_PER_SECOND
        self._slots: dict[int, dict[int, tuple[int, Ticked]]] = defaultdict(dict)
        self._places: dict[int, int] = {}
        self._last = 0
        self._timer: asyncio.TimerHandle | None = None

    def add(self, host_id: int, ticked: Ticked) -> None:
        """Put it on the grid, at the phase of its id."""
        phase = int(host_id * SPREAD % 1 * self._cycle)
        self._places[host_id] = phase % SLOTS_PER_SECOND
        self._slots[phase % SLOTS_PER_SECOND][host_id] = (phase, ticked)

    def remove(self, host_id: int) -> None:
        """Take it off the grid; unknown ids are fine."""
        place = self._places.pop(host_id, None)
        if place is not None:
            del self._slots[place][host_id]

    def start(self) -> None:
        """Begin with the next slot. Needs a running event loop."""
        self._last = int(self._clock.now() * SLOTS_PER_SECOND)
        self._arm()

    def stop(self) -> None:
        """No tick after this."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _arm(self) -> None:
        wait_s = (self._last + 1) / SLOTS_PER_SECOND - self._clock.now()
        self._timer = asyncio.get_running_loop().call_later(min(max(wait_s, 0.0), 1.0), self._run)

    def _run(self) -> None:
        now = int(self._clock.now() * SLOTS_PER_SECOND)
        if now < self._last - SLOTS_PER_SECOND:  # the clock was set back: follow it
            self._last = now
        first = max(self._last + 1, now - SLOTS_PER_SECOND + 1)  # late by more than a second: skip, do not pile up
        for slot in range(first, now + 1):
            self._fire(slot)
        self._last = max(self._last, now)
        self._arm()

    def _fire(self, slot: int) -> None:
        place = self._slots.get(slot % SLOTS_PER_SECOND)
        if not place:
            return
        turn = slot % self._cycle
        at = slot / SLOTS_PER_SECOND
        for phase, ticked in list(place.values()):
            if turn == phase:
                ticked.tick(at, stored=True)
            elif ticked.watched:
                ticked.tick(at, stored=False)
