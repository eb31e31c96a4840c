"""Load averages, from /proc/loadavg. Its fourth field counts threads, not processes."""

from __future__ import annotations

from collectors.figures import count, number
from collectors.spec import Cadence, Collector, File, Kind, Metric, ParseError, Reading, Table, Unit

PATH = "/proc/loadavg"
HIGHEST = 1e9
TABLE = Table(
    "load",
    None,
    ("load1", "load5", "load15", "threads"),
    (
        Metric(
            "load1", Unit.LOAD, Kind.GAUGE, "Threads that run or wait for a disk, on average over 1 minute.", "load1"
        ),
        Metric("load5", Unit.LOAD, Kind.GAUGE, "The same over 5 minutes.", "load5"),
        Metric("load15", Unit.LOAD, Kind.GAUGE, "The same over 15 minutes.", "load15"),
        Metric("thread_count", Unit.COUNT, Kind.GAUGE, "Threads that exist.", "threads"),
    ),
)


def parse(contents: dict[str, bytes | None]) -> Reading:
    """One row. Raises ParseError unless the file begins with three numbers."""
    text = contents.get(PATH)
    if text is None:
        raise ParseError(f"{PATH} cannot be read")
    fields = text.split()
    if len(fields) < 3:
        raise ParseError(f"{PATH} does not begin with three numbers: {text[:60]!r}")
    averages = [number(field, HIGHEST) for field in fields[:3]]
    threads = fields[3].partition(b"/")[2] if len(fields) > 3 else b""
    return Reading({"load": {"": (*averages, count(threads) if threads else None)}})


COLLECTOR = Collector(
    name="load", help="Load averages.", cadence=Cadence.CORE, files=(File(PATH),), tables=(TABLE,), parse=parse
)
