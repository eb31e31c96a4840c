"""The metrics there are: every one that a collector declares, by name."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from collectors.spec import Cadence, Collector, Metric, Table


@dataclass(frozen=True, slots=True)
class Entry:
    """A metric and where it comes from."""

    metric: Metric
    table: Table
    collector: str
    cadence: Cadence


class Catalogue:
    """All metrics, and how often each is read."""

    def __init__(self, collectors: Iterable[Collector], ticks_s: Mapping[Cadence, float]) -> None:
        """`ticks_s`: seconds between two stored frames of each cadence group that is stored."""
        self._ticks_s = ticks_s
        self._entries = {
            metric.name: Entry(metric, table, collector.name, collector.cadence)
            for collector in collectors
            for table in collector.tables
            for metric in table.metrics
        }

    def __contains__(self, name: object) -> bool:
        return name in self._entries

    def __iter__(self) -> Iterator[Entry]:
        return iter(self._entries.values())

    @property
    def shortest_tick_s(self) -> float:
        """Seconds between two stored frames of the fastest group: nothing is known in between."""
        return min(self._ticks_s.values())

    def tick_s(self, name: str) -> float:
        """Seconds between two stored values of the metric; raises KeyError for an unknown name."""
        return self._ticks_s.get(self._entries[name].cadence, self.shortest_tick_s)

    def entity(self, name: str) -> str:
        """What frames with this metric are of: "host", or a thing on one. Raises KeyError for an unknown name."""
        return self._entries[name].table.entity
