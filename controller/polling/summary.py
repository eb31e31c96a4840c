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


def summarise(
    layout: Layout,
    values: Sequence[float | None],
    facts: Mapping[str, object],
    chosen: Collection[str] | None,
) -> dict[str, float | None]:
    """The figures that this frame has something to say about, by their names in the API.

    Traffic is the sum over the interfaces that count. The disk figure is the fullest file system's percentage
    beside the sum of all sizes, since an average hides the one that is full.
    """
    places = _places(layout)
    found: dict[str, float | None] = {}
    for figure, metric in PLAIN.items():
        if metric in places:
            found[figure] = values[places[metric][""]] if "" in places[metric] else None
    for metric in RATES:
        if metric in places:
            rows = places[metric]
            which = network.counted(rows, facts, chosen)
            found[metric] = _sum([values[rows[interface]] for interface in which])
    if FULLEST in places:
        full = [v for v in (values[p] for p in places[FULLEST].values()) if v is not None]
        found["disk_percent"] = max(full) if full else None
        for figure, metric in SPACE.items():
            found[figure] = _sum([values[p] for p in places.get(metric, {}).values()])
    return found


def _sum(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) if known else None
