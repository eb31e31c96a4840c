"""Time since boot, from /proc/uptime, and the boot's identity.

boot_id alone says that a host was rebooted: the boot time in /proc/stat moves when a clock is set. A container's
uptime is its own where lxcfs serves it, while its boot_id is the machine's.
"""

from __future__ import annotations

from collectors.spec import Cadence, Collector, File, Kind, Metric, ParseError, Reading, Table, Unit

PATH = "/proc/uptime"
BOOT_PATH = "/proc/sys/kernel/random/boot_id"
TABLE = Table(
    "uptime",
    None,
    ("uptime",),
    (Metric("uptime_seconds", Unit.SECONDS, Kind.GAUGE, "Time since the host was started.", "uptime"),),
)


def parse(contents: dict[str, bytes | None]) -> Reading:
    """One row of seconds, and the fact `boot_id` where it can be read. Raises ParseError when it is no number."""
    text = contents.get(PATH)
    if text is None:
        raise ParseError(f"{PATH} cannot be read")
    try:
        uptime = float(text.split(None, 1)[0])
    except (ValueError, IndexError):
        raise ParseError(f"{PATH} does not begin with a number: {text[:60]!r}") from None
    boot = contents.get(BOOT_PATH)
    facts: dict[str, object] = {"boot_id": boot.strip()[:64].decode("ascii", "replace")} if boot else {}
    return Reading({"uptime": {"": (uptime,)}}, facts)


COLLECTOR = Collector(
    name="uptime",
    help="Time since boot.",
    cadence=Cadence.CORE,
    files=(File(PATH), File(BOOT_PATH)),
    tables=(TABLE,),
    parse=parse,
)
