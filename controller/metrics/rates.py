"""From raw counters to values: what happened between two readings of the same things.

One `Baseline` stands for one consumer of one cadence group of one entity. Two consumers that read at different rates
hold one each: a shared "previous" reading would give both of them nonsense.

This is the hot path, run for each frame of each host. A table's metrics are made ready once, as runs of one kind, and
a row is worked off in tight loops that trust it: no figure missing, no counter gone back. Where the trust was wrong
the row is done again the careful way.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import groupby

from collectors.spec import Cadence, Kind, Metric, Reading, Rows, Table
from controller.metrics.runs import BACK, Row, Value, Values, careful, run
from controller.metrics.series import Layout, layout

FORGET_S = 3600.0  # a device away for an hour loses its place in the layout
CHANGES_PER_HOUR = 30  # new layouts a host may cause in an hour; after that its new devices have to wait
MAX_SERIES = 1900  # so many values of a frame fit a page of the database, whatever they are

SHORTEST_S = 0.01  # the resolution of /proc/uptime: over less than that a rate says nothing

NO_ROWS: Rows = {}


@dataclass(slots=True)
class Block:
    """One row's place among the values: a device, or the one row of a table without a label."""

    instance: str
    seen_at: float
    previous: Row | None = None
    suspect: Row | None = None  # the row before a counter went back: a driver may return to it


class Shape:
    """A table's metrics made ready for the loops, and the blocks of its rows in their order."""

    def __init__(self, table: Table, *, live: bool) -> None:
        self.name = table.name
        self.labelled = table.label is not None
        self.metrics = tuple(m for m in table.metrics if live or m.stored)
        self.gauge = tuple(m.kind is Kind.GAUGE for m in self.metrics)
        self.careful = tuple(careful(m, table.columns) for m in self.metrics)
        self.counters = tuple(table.columns.index(m.column) for m in self.metrics if m.kind is not Kind.GAUGE)
        self.runs = tuple(run(list(group), table.columns) for _, group in groupby(self.metrics, key=_alike))
        self.blank: tuple[None, ...] = (None,) * len(self.metrics)
        self.known: dict[str, Block | None] = {}  # None: seen, and not stored
        self.blocks: list[Block] = []
        self._skips: Callable[[str], bool] | None = None if live else table.live_only

    def newcomers(self, rows: Rows) -> list[str]:
        """Instances that have no place yet and are to have one, in their order."""
        fresh = [instance for instance in rows if instance not in self.known]
        if self._skips is None:
            return fresh
        self.known.update((instance, None) for instance in fresh if self._skips(instance))
        return [instance for instance in fresh if instance not in self.known]

    def place(self, instance: str, at: float) -> None:
        """Give the instance the next place."""
        self.known[instance] = block = Block(instance, at)
        self.blocks.append(block)

    def forget(self, before: float) -> bool:
        """Let go of what was not seen since; did a place go?"""
        count = len(self.blocks)
        self.blocks = [block for block in self.blocks if block.seen_at >= before]
        self.known = {block.instance: block for block in self.blocks}
        return len(self.blocks) != count

    def restart(self) -> None:
        """No row has a predecessor any more."""
        for block in self.blocks:
            block.previous = block.suspect = None

    def fill(self, rows: Rows, elapsed_s: float, at: float, values: Values) -> None:
        """Append the values of every block."""
        get = rows.get
        runs = self.runs
        for block in self.blocks:
            row = get(block.instance)
            previous = block.previous
            block.previous = row
            if row is None:
                block.suspect = None
                values.extend(self.blank)
                continue
            block.seen_at = at
            if previous is None or block.suspect is not None:
                self._fill_carefully(block, row, previous, elapsed_s, values)
                continue
            start = len(values)
            try:
                for each in runs:
                    if each(row, previous, elapsed_s, values):
                        break
                else:
                    continue
            except TypeError:  # a figure is missing
                pass
            del values[start:]
            self._fill_carefully(block, row, previous, elapsed_s, values)

    def _fill_carefully(self, block: Block, row: Row, previous: Row | None, elapsed_s: float, values: Values) -> None:
        """One row whose figures may be missing, new, or behind those of the row before.

        A labelled row is a device: when one of its counters goes back, the device was made anew (or wrapped), and what
        the others grew by means nothing either. In a table without a label each counter stands for itself.
        """
        if previous is None:
            previous = self.blank_row(row)
        found = [each(row, previous, elapsed_s) for each in self.careful]
        returned = block.suspect is not None and self._returned(row, previous, block.suspect)
        back = BACK in found
        block.suspect = previous if back else None
        anew = returned or (back and self.labelled)
        values.extend(
            None if value is BACK or (anew and not gauge) else value
            for value, gauge in zip(found, self.gauge, strict=True)
        )

    @staticmethod
    def blank_row(row: Row) -> Row:
        """A predecessor that says nothing."""
        return (None,) * len(row)

    def _returned(self, row: Row, previous: Row, suspect: Row) -> bool:
        """Did a counter that went back jump to where it had been? Drivers answer 0 now and then."""
        return any(
            before is not None and low is not None and now is not None and low < before <= now
            for before, low, now in ((suspect[c], previous[c], row[c]) for c in self.counters)
        )


class Baseline:
    """The reading before, and the order of the values. `live`: with the metrics and devices that are not stored."""

    def __init__(
        self,
        tables: Iterable[Table],
        cadence: Cadence,
        *,
        live: bool = False,
        changes_per_hour: int = CHANGES_PER_HOUR,
    ) -> None:
        shapes = (Shape(table, live=live) for table in tables)
        self._shapes = [shape for shape in shapes if shape.metrics]
        self._changes_per_hour = self._budget = float(changes_per_hour)
        self._boot_id: str | None = None
        self._uptime_s: float | None = None
        self._at: float | None = None
        self._swept_at: float | None = None
        self._cadence = cadence
        self.layout: Layout = layout((), cadence)
        self.refused = 0  # rows left out because the host invents devices faster than layouts may change

    def advance(self, reading: Reading, boot_id: str | None, uptime_s: float | None, at: float) -> Values:
        """Values in the order of `layout.series`, which this call may change. None: no figure, or none yet.

        `uptime_s` is the host's own and measures what elapsed (10 ms resolution); without it the controller's `at`, in
        epoch seconds, does. After a reboot every counter starts anew: gauges have a value, rates do not.
        """
        elapsed_s = self._elapse(boot_id, uptime_s, at)
        if self._swept_at is None or not 0 <= at - self._swept_at < FORGET_S:
            self._sweep(at)
        values: Values = []
        changed = False
        tables = reading.tables
        for shape in self._shapes:
            rows = tables.get(shape.name, NO_ROWS)
            if not rows.keys() <= shape.known.keys() and self._admit(shape, rows, at, paid=changed):
                changed = True
            shape.fill(rows, elapsed_s, at, values)
        if changed:
            self._arrange()
        return values

    def _elapse(self, boot_id: str | None, uptime_s: float | None, at: float) -> float:
        """Seconds since the reading before; every row starts anew when there is nothing to measure from.

        Old lxcfs tells a container's uptime in whole seconds. While both agree, the clock knows better.
        """
        elapsed_s = 0.0 if self._at is None else at - self._at
        if uptime_s is not None and self._uptime_s is not None:
            grown_s = uptime_s - self._uptime_s
            if not (_is_whole(uptime_s, self._uptime_s) and grown_s >= 0 and abs(grown_s - elapsed_s) <= 1):
                elapsed_s = grown_s
        rebooted = boot_id is not None and self._boot_id is not None and boot_id != self._boot_id
        self._at = at
        self._uptime_s = uptime_s
        self._boot_id = boot_id or self._boot_id
        if rebooted or elapsed_s < SHORTEST_S:  # an uptime that falls is a container's restart under the same kernel
            for shape in self._shapes:
                shape.restart()
        return elapsed_s

    def _admit(self, shape: Shape, rows: Rows, at: float, *, paid: bool) -> bool:
        """Give new rows a place while the host's budget of changes lasts; did one get a place?"""
        fresh = shape.newcomers(rows)
        if not fresh:
            return False
        room = (MAX_SERIES - sum(len(s.blocks) * len(s.metrics) for s in self._shapes)) // len(shape.metrics)
        if not paid and self._budget < 1:
            room = 0
        for instance in fresh[:room]:
            shape.place(instance, at)
        self.refused += len(fresh[room:])
        if room > 0 and not paid:
            self._budget -= 1
        return room > 0

    def _sweep(self, at: float) -> None:
        """Once an hour: forget what has been away for long, and let the host change its devices again."""
        self._swept_at = at
        self._budget = self._changes_per_hour
        gone = [shape.forget(at - FORGET_S) for shape in self._shapes]
        if any(gone):
            self._arrange()

    def _arrange(self) -> None:
        """The layout that the blocks now make."""
        series = [(m.name, block.instance) for shape in self._shapes for block in shape.blocks for m in shape.metrics]
        self.layout = layout(series, self._cadence)


def _is_whole(*seconds: float) -> bool:
    return all(each % 1 == 0 for each in seconds)


def _alike(metric: Metric) -> tuple[Kind, str | None]:
    return metric.kind, metric.over if metric.kind is Kind.SHARE else None


__all__ = ["Baseline", "Value", "Values"]
