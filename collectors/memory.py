"""Memory and swap, from /proc/meminfo.

Used is total minus available, as free(1) says. Where the kernel does not say what is available (before 3.14, OpenVZ
6), or says the machine's figure inside a container (more than the total), it is free + buffers + cache instead. ZFS
keeps its cache (ARC) outside the kernel's own: what it would give back, size − c_min, counts as cache and as
available, except in a container under lxcfs, where arcstats are the machine's. SReclaimable and Shmem may be the
machine's there as well. The list of mounts is long on some hosts, so it is read only where there is an ARC.
"""

from __future__ import annotations

from collectors.figures import COUNTER_LIMIT
from collectors.spec import Cadence, Collector, File, Kind, Metric, ParseError, Reading, Table, Unit

PATH = "/proc/meminfo"
ARC_PATH = "/proc/spl/kstat/zfs/arcstats"
MOUNTS_PATH = "/proc/self/mountinfo"
KIB = 1024
HIGHEST_KIB = 1 << 50
DIGITS = 20  # of a 64-bit number, and one
COLUMNS = (
    "total",
    "used",
    "available",
    "free",
    "cached",
    "buffers",
    "used_percent",
    "swap_total",
    "swap_used",
    "swap_percent",
)


def _bytes(name: str, column: str, text: str) -> Metric:
    return Metric(name, Unit.BYTES, Kind.GAUGE, text, column)


TABLE = Table(
    "memory",
    None,
    COLUMNS,
    (
        _bytes("memory_total_bytes", "total", "Memory that the host has."),
        _bytes("memory_used_bytes", "used", "Memory that is not available to new programs."),
        _bytes("memory_available_bytes", "available", "Memory that new programs can have without swapping."),
        _bytes("memory_free_bytes", "free", "Memory that nothing uses, not even a cache."),
        _bytes("memory_cached_bytes", "cached", "Files kept in memory, given back when programs need it."),
        _bytes("memory_buffers_bytes", "buffers", "Disk blocks kept in memory."),
        Metric("memory_used_percent", Unit.PERCENT, Kind.GAUGE, "Used memory as a part of the total.", "used_percent"),
        _bytes("swap_total_bytes", "swap_total", "Swap space that the host has."),
        _bytes("swap_used_bytes", "swap_used", "Swap space in use."),
        Metric("swap_used_percent", Unit.PERCENT, Kind.GAUGE, "Used swap as a part of the total.", "swap_percent"),
    ),
)


def parse(contents: dict[str, bytes | None]) -> Reading:
    """One row of bytes and percentages. Raises ParseError without MemTotal and MemFree."""
    text = contents.get(PATH)
    if text is None:
        raise ParseError(f"{PATH} cannot be read")
    words = text.split()  # "MemTotal:", "2014312", "kB", …: the lines that we keep are all alike
    try:
        found = dict(zip(words[::3], map(int, words[1::3]), strict=False))
        total, free = found[b"MemTotal:"], found[b"MemFree:"]
    except (ValueError, KeyError):
        raise ParseError(f"{PATH} lacks MemTotal or MemFree, or holds something that is no number") from None
    if not 0 < total < HIGHEST_KIB or max(found.values()) >= COUNTER_LIMIT or min(found.values()) < 0:
        raise ParseError(f"{PATH} holds figures that cannot be")
    free = min(free, total)
    buffers = min(found.get(b"Buffers:", 0), total - free)
    cached = _cached(found, total - free - buffers)
    available = found.get(b"MemAvailable:", -1)
    if not 0 <= available <= total:
        available = free + buffers + cached
    if (arc := contents.get(ARC_PATH)) and b"fuse.lxcfs" not in (contents.get(MOUNTS_PATH) or b""):
        given_back = min(_shrinkable_arc(arc), total - available)
        cached = min(cached + given_back, total)
        available += given_back
    used = total - available
    swap_total = found.get(b"SwapTotal:", 0)
    swap_used = max(swap_total - found.get(b"SwapFree:", 0), 0)
    row = (
        total * KIB,
        used * KIB,
        available * KIB,
        free * KIB,
        cached * KIB,
        buffers * KIB,
        100 * used / total,
        swap_total * KIB,
        swap_used * KIB,
        100 * swap_used / swap_total if swap_total else 0.0,
    )
    return Reading({"memory": {"": row}})


def _cached(found: dict[bytes, int], room: int) -> int:
    """KiB of files in memory that can be given back.

    lxcfs knows no buffers and says 0; then slab and shared memory may be the machine's, as they are when they do not
    fit in. Shared memory is counted among the cached files, and stays.
    """
    cached = found.get(b"Cached:", 0)
    if found.get(b"Buffers:", 0):
        slab = found.get(b"SReclaimable:", 0)
        if cached + slab <= room:
            cached += slab
        shared = found.get(b"Shmem:", 0)
        if shared <= cached:
            cached -= shared
    return min(cached, room)


def _shrinkable_arc(text: bytes) -> int:
    """KiB that the ARC would give back; arcstats' rows are name, type, value."""
    words = text.split()
    values = dict(zip(words[::3], words[2::3], strict=False))
    size, least = values.get(b"size", b""), values.get(b"c_min", b"")
    if not (size.isdigit() and least.isdigit() and len(size) < DIGITS and len(least) < DIGITS):
        raise ParseError(f"{ARC_PATH} lacks size or c_min")
    return max(int(size) - int(least), 0) // KIB


COLLECTOR = Collector(
    name="memory",
    help="Memory and swap.",
    cadence=Cadence.CORE,
    files=(
        File(PATH, keep="^(MemTotal|MemFree|MemAvailable|Buffers|Cached|SReclaimable|Shmem|SwapTotal|SwapFree):"),
        File(ARC_PATH, keep="^(size|c_min)$"),
        File(MOUNTS_PATH, keep="^/proc/meminfo$", word=5, after=ARC_PATH),
    ),
    tables=(TABLE,),
    parse=parse,
)
