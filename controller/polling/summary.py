"""The few figures of a host that lists show, picked from its last frame."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from functools import lru_cache

from collectors import network
from controller.metrics.series import Layout

# figure in a list → metric of a table with one row
PLAIN = {
    "cpu_percent": "cpu_percent",
    "memory_percent": "memory_used_percent",
    "memory_used_bytes": "memory_used_bytes",
    "memory_total_bytes": "memory_total_bytes",
    "swap_percent": "swap_used_percent",
    "load1": "load1",
    "load5": "load5",
    "load15": "load15",
    "uptime_s": "uptime_seconds",
    "processes": "process_count",
}
RATES = ("net_receive_bytes_per_second", "net_transmit_bytes_per_second")
FULLEST = "filesystem_used_percent"
SPACE = {"disk_used_bytes": "filesystem_used_bytes", "disk_total_bytes": "filesystem_total_bytes"}

Places = dict[str, dict[str, int]]  # metric → instance → position


@lru_cache(maxsize=4096)
def _places(layout: Layout) -> Places:
    places: Places = {}
    wanted = {*PLAIN.values(), *RATES, *SPACE.values(), FULLEST}
    for position, (metric, instance) in enumerate(layout.series):
        if metric in wanted:
            places.setdefault(metric, {})[instance] = position
    return places


def value_of(metric: str, layout: Layout, values: Sequence[float | None]) -> float | None:
    """The value of a listed metric that has one row; None where the frame has none."""
    position = _places(layout).get(metric, {}).get("")
    return None if position is None else values[position]


class Summary:
    """Picks the figures of one host's frames of one cadence. Where they stand is worked out when that changes."""

    __slots__ = ("_chosen", "_facts", "_full", "_layout", "_plain", "_sums")

    def __init__(self) -> None:
        self._layout: Layout | None = None
        self._facts: Mapping[str, object] = {}
        self._chosen: Collection[str] | None = None
        self._plain: list[tuple[str, int]] = []
        self._sums: list[tuple[str, list[int]]] = []
        self._full: list[int] = []

    def pick(
        self,
        layout: Layout,
        values: Sequence[float | None],
        facts: Mapping[str, object],
        chosen: Collection[str] | None,
    ) -> dict[str, float | None]:
        """The figures that this frame has something to say about, by their names in the API.

        Traffic is the sum over the interfaces that count. The disk figure is the fullest file system's percentage
        beside the sum of all sizes, since an average hides the one that is full. `facts` are replaced, never edited.
        """
        if layout is not self._layout or facts is not self._facts or chosen is not self._chosen:
            self._arrange(layout, facts, chosen)
        found = {figure: values[position] for figure, position in self._plain}
        for figure, positions in self._sums:
            found[figure] = _sum([values[position] for position in positions])
        if self._full:
            full = [value for value in (values[position] for position in self._full) if value is not None]
            found["disk_percent"] = max(full) if full else None
        return found

    def _arrange(self, layout: Layout, facts: Mapping[str, object], chosen: Collection[str] | None) -> None:
        self._layout, self._facts, self._chosen = layout, facts, chosen
        places = _places(layout)
        self._plain = [(figure, places[metric][""]) for figure, metric in PLAIN.items() if "" in places.get(metric, {})]
        self._sums = []
        for metric in RATES:
            if rows := places.get(metric):
                which = network.counted(rows, facts, chosen)
                self._sums.append((metric, [rows[interface] for interface in which]))
        self._full = list(places.get(FULLEST, {}).values())
        if self._full:
            self._sums += [(figure, list(places.get(metric, {}).values())) for figure, metric in SPACE.items()]


def _sum(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) if known else None
