"""What becomes of an answer: parsed, turned into values, stored, shown.

Storing, the live feed and the board stand side by side; none waits for another. A stored frame and a frame for a viewer
have a baseline each, so that looking at a host changes nothing of what is stored.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from functools import partial
from time import perf_counter
from typing import Protocol

import structlog

from collectors.reader import Answer
from collectors.spec import Cadence, Collector, NotApplicable, ParseError, Reading, Rows
from controller.core.clock import Clock
from controller.hosts.board import Board, Latest
from controller.metrics.live import LiveHub
from controller.metrics.rates import Baseline, Values
from controller.metrics.series import Layout
from controller.polling.health import Health, Pulse
from controller.polling.summary import Summary, value_of

log = structlog.get_logger()
READER_CODE = "reader"
TIMED_EACH = 10  # turns: how long each collector takes, and which do not apply, is news now and then only


class Writer(Protocol):
    """Where stored frames go; it never waits."""

    def put(self, host_id: int, entity_id: int, at: float, layout: Layout, values: Values) -> None:
        """Take one frame; `at` in epoch seconds."""
        ...


@dataclass(slots=True)
class Intake:
    """What is remembered of one host between two answers."""

    core: Baseline
    health: dict[str, Health]
    counted: Collection[str] | None = None  # interfaces the user chose; None: the host's default ones
    live: Baseline | None = None
    slow: Baseline | None = None
    boot_id: str | None = None
    uptime_s: float | None = None
    stored_at: float = 0.0
    reader_failing: bool = False
    pulse: Pulse = field(default_factory=Pulse)
    turn: int = -1
    unwell: bool = False  # a core collector failed at the last turn: each is looked at until all are well
    summaries: dict[Cadence, Summary] = field(default_factory=lambda: {c: Summary() for c in Cadence})


class Ingest:
    """Takes the answers of all hosts."""

    def __init__(
        self, collectors: Mapping[str, Collector], board: Board, writer: Writer, hub: LiveHub, clock: Clock
    ) -> None:
        self._by_cadence = {c: tuple(x for x in collectors.values() if x.cadence is c) for c in Cadence}
        self._core = self._by_cadence[Cadence.CORE]
        self._tables = {c: tuple(t for x in found for t in x.tables) for c, found in self._by_cadence.items()}
        self._board = board
        self._writer = writer
        self._hub = hub
        self._clock = clock
        self._hosts: dict[int, Intake] = {}

    def add(self, host_id: int, counted: Collection[str] | None) -> None:
        """Expect answers of this host. `counted`: the interfaces its user chose."""
        self._hosts[host_id] = Intake(Baseline(self._tables[Cadence.CORE], Cadence.CORE), {}, counted)

    def remove(self, host_id: int) -> None:
        """Forget the host."""
        self._hosts.pop(host_id, None)

    def count(self, host_id: int, counted: Collection[str] | None) -> None:
        """The user chose other interfaces."""
        if host_id in self._hosts:
            self._hosts[host_id].counted = counted

    def answered(self, host_id: int, answer: Answer, *, tick: float, stored: bool) -> None:
        """One core reading. `tick` is its time on the grid, in epoch seconds."""
        intake = self._hosts.get(host_id)
        if intake is None:
            return
        tables, boot_id, uptime_s = self._parse(host_id, intake, answer.contents)
        if not tables:
            return
        if boot_id is not None and boot_id != intake.boot_id:
            intake.boot_id = boot_id
            self._board.booted(host_id, boot_id, tick)
        intake.reader_failing = False
        reading = Reading(tables)
        if stored and tick > intake.stored_at:
            intake.stored_at = tick
            values = intake.core.advance(reading, intake.boot_id, uptime_s, tick)
            layout = intake.core.layout
            self._writer.put(host_id, 0, tick, layout, values)
            self._show(host_id, intake, Cadence.CORE, layout, Latest(tick, layout.series, values))
        if self._hub.watched(host_id):
            if intake.live is None:
                intake.live = Baseline(self._tables[Cadence.CORE], Cadence.CORE, live=True)
            values = intake.live.advance(reading, intake.boot_id, uptime_s, tick)
            self._hub.frame(host_id, intake.live.layout.series, tick, values)
        else:
            intake.live = None

    def reader_failed(self, host_id: int, reason: str) -> None:
        """The reader did not start, hangs or lies."""
        intake = self._hosts.get(host_id)
        if intake is None:
            return
        self._board.session_failed(host_id, READER_CODE, reason, self._clock.now())
        if not intake.reader_failing:
            intake.reader_failing = True
            log.warning("reader.failed", host_id=host_id, reason=reason)

    def command_answered(self, host_id: int, collector: Collector, output: bytes, duration_s: float) -> Reading | None:
        """What a collector's own command said; None when it cannot be used, which its health then says."""
        intake = self._hosts.get(host_id)
        if intake is None:
            return None
        health = intake.health.get(collector.name) or self._health(host_id, intake, collector)
        try:
            reading = collector.parse({"": output})
        except NotApplicable:
            health.absent(duration_s)
            return None
        except ParseError as error:
            self._unreadable(host_id, collector, health, error, duration_s)
            return None
        health.succeeded(self._clock.now(), duration_s)
        return reading

    def command_failed(self, host_id: int, collector: Collector, error: str, duration_s: float) -> None:
        """A collector's own command did not come to an end."""
        intake = self._hosts.get(host_id)
        if intake is not None:
            self._health(host_id, intake, collector).failed(self._clock.now(), duration_s, error)

    def slow_frame(self, host_id: int, reading: Reading, tick: float) -> None:
        """All that the slow collectors found, as one frame."""
        intake = self._hosts.get(host_id)
        if intake is None or not reading.tables:
            return
        if intake.slow is None:
            intake.slow = Baseline(self._tables[Cadence.SLOW], Cadence.SLOW)
        values = intake.slow.advance(reading, intake.boot_id, None, tick)
        layout = intake.slow.layout
        self._writer.put(host_id, 0, tick, layout, values)
        self._show(host_id, intake, Cadence.SLOW, layout, Latest(tick, layout.series, values))

    def _parse(
        self, host_id: int, intake: Intake, contents: dict[str, bytes | None]
    ) -> tuple[dict[str, Rows], str | None, float | None]:
        """Tables of all core collectors, the boot id and the uptime in seconds."""
        intake.turn += 1
        timed = intake.unwell or intake.turn % TIMED_EACH == 0
        readings = None if timed else self._readings(contents)
        if readings is None:
            readings = self._timed_readings(host_id, intake, contents)
        intake.pulse.at = self._clock.now()
        tables: dict[str, Rows] = {}
        boot_id: str | None = None
        for reading in readings:
            tables.update(reading.tables)
            if reading.facts:
                found = reading.facts.get("boot_id")
                boot_id = found if isinstance(found, str) else boot_id
        row = tables["uptime"].get("") if "uptime" in tables else None
        return tables, boot_id, row[0] if row else None

    def _readings(self, contents: dict[str, bytes | None]) -> list[Reading] | None:
        """What the core collectors that apply read; None when one of them cannot."""
        readings = []
        for collector in self._core:
            try:
                readings.append(collector.parse(contents))
            except NotApplicable:
                continue
            except ParseError:
                return None
        return readings

    def _timed_readings(self, host_id: int, intake: Intake, contents: dict[str, bytes | None]) -> list[Reading]:
        """What the core collectors read, with a note of how each fares and how long it takes."""
        readings = []
        now = self._clock.now()
        intake.unwell = False
        for collector in self._core:
            health = intake.health.get(collector.name) or self._health(host_id, intake, collector)
            began = perf_counter()
            try:
                readings.append(collector.parse(contents))
            except NotApplicable:
                health.absent(perf_counter() - began)
            except ParseError as error:
                self._unreadable(host_id, collector, health, error, perf_counter() - began)
                intake.unwell = True
            else:
                health.succeeded(now, perf_counter() - began)
        return readings

    def _unreadable(
        self, host_id: int, collector: Collector, health: Health, error: ParseError, duration_s: float
    ) -> None:
        if health.ok or not health.last_error:
            log.warning("collector.failed", host_id=host_id, collector=collector.name, error=str(error))
        health.failed(self._clock.now(), duration_s, str(error))

    def _health(self, host_id: int, intake: Intake, collector: Collector) -> Health:
        if collector.name not in intake.health:
            intake.health[collector.name] = Health(intake.pulse if collector in self._core else None)
        self._board.health(host_id, collector.name, intake.health[collector.name])
        return intake.health[collector.name]

    def _show(self, host_id: int, intake: Intake, cadence: Cadence, layout: Layout, frame: Latest) -> None:
        status = self._board.get(host_id)
        facts = status.facts if status is not None else {}
        figures = partial(intake.summaries[cadence].pick, layout, frame.values, facts, intake.counted)
        self._board.frame_arrived(host_id, cadence.value, frame, figures, value_of("cpu_percent", layout, frame.values))
