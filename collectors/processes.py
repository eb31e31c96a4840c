"""How many processes there are. The kernel tells threads cheaply (/proc/loadavg), processes only by listing them."""

from __future__ import annotations

from collectors.figures import count
from collectors.spec import Cadence, Collector, Kind, Metric, ParseError, Reading, Table, Unit

SCRIPT = "set -- /proc/[0-9]*; [ -e /proc/self ] && echo $#\n"  # a glob of the shell: no process of its own
TABLE = Table(
    "process",
    None,
    ("count",),
    (Metric("process_count", Unit.COUNT, Kind.GAUGE, "Processes that the account can see.", "count"),),
)


def parse(contents: dict[str, bytes | None]) -> Reading:
    """One row with the number of processes. Raises ParseError."""
    words = (contents.get("") or b"").split()
    if len(words) != 1:
        raise ParseError("/proc cannot be listed")
    return Reading({"process": {"": (count(words[0]),)}})


COLLECTOR = Collector(
    name="processes",
    help="Number of processes.",
    cadence=Cadence.SLOW,
    tables=(TABLE,),
    parse=parse,
    script=SCRIPT,
)
