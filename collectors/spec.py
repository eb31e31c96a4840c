"""What a collector declares: which files or commands to ask a host for, how to read the answer, what the numbers mean.

A collector hands over raw figures, counters as the host counts them. What becomes of a counter is declared by its
metric's `Kind` and done by whoever holds two readings.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum


class Unit(StrEnum):
    """What a metric's value is counted in."""

    PERCENT = "percent"
    BYTES = "bytes"
    BYTES_PER_SECOND = "bytes_per_second"
    PER_SECOND = "per_second"
    SECONDS = "seconds"
    MILLISECONDS = "milliseconds"
    COUNT = "count"
    LOAD = "load"
    CELSIUS = "celsius"


class Kind(StrEnum):
    """How a value is made of a column. Δ: now minus the reading before."""

    GAUGE = "gauge"  # the column as read, times scale
    RATE = "rate"  # Δcolumn / elapsed seconds * scale; a counter that went back says nothing and is the new baseline
    SHARE = "share"  # 100 * Δcolumn / Δover, clamped to 0..100; Δover <= 0 says nothing; a small step back counts as 0
    MEAN = "mean"  # Δcolumn / Δover * scale; 0 when Δover is 0
    DUTY = "duty"  # 100 * Δcolumn * scale / elapsed seconds, clamped to 0..100


class Cadence(StrEnum):
    """When a collector is read."""

    CORE = "core"  # at every tick, through the reader: files only
    SLOW = "slow"  # once a minute, by a short-lived command of its own
    FACTS = "facts"  # when the line comes up, and hourly
    DEMAND = "demand"  # when somebody looks


@dataclass(frozen=True, slots=True)
class Metric:
    """One number over time. `over` names the second column of a SHARE or MEAN; not `stored`: for live viewers only."""

    name: str
    unit: Unit
    kind: Kind
    help: str
    column: str
    over: str | None = None
    scale: float = 1.0
    stored: bool = True


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of one shape. Without a label there is exactly one row, whose instance is "".

    With a label, a word for what a row is of ("cpu", "interface"), rows are keyed by instance ("cpu0", "eth0").
    `live_only` says which instances are too fleeting to be stored.
    """

    name: str
    label: str | None
    columns: tuple[str, ...]
    metrics: tuple[Metric, ...]
    live_only: Callable[[str], bool] | None = None


@dataclass(frozen=True, slots=True)
class File:
    """A file to read at every tick.

    Only lines travel whose word number `word` matches `keep`, a POSIX extended regular expression without intervals.
    A file with `after` is read only where the file of that path, named before it, could be read.
    """

    path: str
    keep: str = ""
    word: int = 1
    after: str = ""


Rows = dict[str, tuple[float | int | None, ...]]  # instance → values in the order of Table.columns


@dataclass(slots=True)  # not frozen: that would cost three times as much to make, and some are made for each frame
class Reading:
    """What one collector read: rows by table name, and facts that JSON can hold."""

    tables: dict[str, Rows] = field(default_factory=dict)
    facts: dict[str, object] = field(default_factory=dict)


class ParseError(Exception):
    """The host's answer is not what this collector knows how to read."""


class NotApplicable(Exception):
    """What this collector reads does not exist on that host. Not an error."""


@dataclass(frozen=True, slots=True)
class Collector:
    """One thing to ask of a host.

    CORE collectors name `files`; `parse` gets their contents by path, None for one that cannot be read. The others
    have a `script` for sh, which writes nothing and is given `timeout_s`; `parse` gets its output under "". `parse`
    raises ParseError or NotApplicable and nothing else.
    """

    name: str
    help: str
    cadence: Cadence
    tables: tuple[Table, ...]
    parse: Callable[[dict[str, bytes | None]], Reading]
    files: tuple[File, ...] = ()
    script: str = ""
    timeout_s: float = 10.0
