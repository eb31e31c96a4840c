"""Time since boot, from /proc/uptime, and the boot's identity.

boot_id alone says that a host was rebooted: the boot time in /proc/stat moves when a clock is set. A container's
uptime is its own where lxcfs serves it, while its boot_id is the machine's.
"""

from __future__ import annotations

from functools import lru_cache

from collectors.figures import number
from collectors.spec import Cadence, Collector, File, Kind, Metric, ParseError, Reading, Table, Unit

PATH = "/proc/uptime"
BOOT_PATH = "/proc/sys/kernel/random/boot_id"
LONGEST_S = 1e10
TABLE = Table(
    "uptime",
    None,
    ("uptime",),
    (Metric("uptime_seconds", Unit.SECONDS, Kind.GAUGE, "Time since the host was started.", "uptime"),),
)


def parse(contents: dict[str, bytes | None]) -> Reading:
    """One row of seconds (steps of 0.01), and the fact `boot_id` where it can be read. Raises ParseError."""
    text = contents.get(PATH)
    if text is None:
        raise ParseError(f"{PATH} cannot be read")
    words = text.split()
    if not words:
        raise ParseError(f"{PATH} is empty")
    uptime = number(words[0], LONGEST_S)
    boot = contents.get(BOOT_PATH)
    boot_id = _boot_id(boot) if boot else None
    return Reading({"uptime": {"": (uptime,)}}, {"boot_id": boot_id} if boot_id else {})


@lru_cache(maxsize=4096)
def _boot_id(raw: bytes) -> str | None:
    """The id, if it looks like one: none is better than what would be taken for a reboot."""
    text = raw.strip().decode("ascii", "replace").lower()
    return text if len(text) == 36 and set(text) <= set("0123456789abcdef-") else None


COLLECTOR = Collector(
    name="uptime",
    help="Time since boot.",
    cadence=Cadence.CORE,
    files=(File(PATH), File(BOOT_PATH)),
    tables=(TABLE,),
    parse=parse,
)
