"""How a collector declares itself: what is asked, what the columns of the answer are, which metrics follow.

Raw counters travel; the controller turns successive readings into values by each metric's declared kind.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum

Rows = dict[str, tuple[float | int | None, ...]]
"""instance → values in the order of the table's columns."""


class Unit(StrEnum):
    """What a value counts."""

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
    """How a value follows from two successive readings of a column."""

    GAUGE = "gauge"  # the column as it was read
    RATE = "rate"  # Δcolumn / elapsed seconds · scale; a counter that went back starts anew
    SHARE = "share"  # 100 · Δcolumn / Δover, 0 to 100; a step back counts as 0 (iowait may), Δover ≤ 0 gives none
    MEAN = "mean"  # Δcolumn / Δover · scale; 0 while Δover is 0
    DUTY = "duty"  # 100 · Δcolumn · scale / elapsed seconds, 0 to 100


@dataclass(frozen=True, slots=True)
class Metric:
    """One number over time. `stored` false: only for who looks, never in the database."""

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
    """Rows of equal columns: one row, instance "", where `label` is None; else one a device, keyed by its name.

    `live_only` says of an instance that it is shown to who looks but not stored.
    """

    name: str
    label: str | None
    columns: tuple[str, ...]
    metrics: tuple[Metric, ...]
    live_only: Callable[[str], bool] | None = None


@dataclass(frozen=True, slots=True)
class File:
    """A file that the reader sends; with `keep`, a POSIX extended expression, only its matching lines."""

    path: str
    keep: str = ""


class Cadence(StrEnum):
    """How often a collector is asked."""

    CORE = "core"  # each tick, through the long-lived reader
    SLOW = "slow"  # once a minute, by a short-lived command of its own
    FACTS = "facts"  # at connect and hourly
    DEMAND = "demand"  # when somebody looks


@dataclass(frozen=True, slots=True)
class Reading:
    """What a parser found: raw rows by table, and facts, which are JSON-able."""

    tables: dict[str, Rows]
    facts: dict[str, object] = field(default_factory=dict)


class ParseError(Exception):
    """The answer cannot be read; the message says what was seen."""


class NotApplicable(Exception):  # noqa: N818 — it is no error
    """What this collector reads does not exist on this host."""


@dataclass(frozen=True, slots=True)
class Collector:
    """One file's worth of questions. CORE ones name `files`; the others bring a POSIX sh `script`.

    `parse` takes path → content (None: unreadable) for CORE, and {"": standard output} for scripts; it raises ParseError
    or NotApplicable, and nothing else.
    """

    name: str
    help: str
    cadence: Cadence
    parse: Callable[[dict[str, bytes | None]], Reading]
    tables: tuple[Table, ...] = ()
    files: tuple[File, ...] = ()
    script: str = ""
    timeout_s: float = 10.0
