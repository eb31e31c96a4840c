"""Memory and swap, from /proc/meminfo.

Used is total minus available, as free(1) says. Where the kernel does not say what is available (before 3.14, OpenVZ
6), or says the machine's figure inside a container (more than the total), it is free + buffers + cache instead. ZFS
keeps its cache (ARC) outside the kernel's own: what it would give back, size − c_min, counts as cache and as
available, except in a container under lxcfs, where arcstats are the machine's. So are SReclaimable and Shmem there,
which are left out then.
"""

from __future__ import annotations

from collectors.spec import Cadence, Collector, File, Kind, Metric, ParseError, Reading, Table, Unit

PATH = "/proc/meminfo"
ARC_PATH = "/proc/spl/kstat/zfs/arcstats"
MOUNTS_PATH = "/proc/self/mountinfo"
KIB = 1024
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
    found: dict[bytes, int] = {}
    try:
        for line in text.split(b"\n"):
            fields = line.split()
            if len(fields) > 1:
                found[fields[0]] = int(fields[1])
        total, free = found[b"MemTotal:"] * KIB, found[b"MemFree:"] * KIB
    except (ValueError, KeyError):
        raise ParseError(f"{PATH} lacks MemTotal or MemFree, or holds something that is no number") from None
    contained = bool(contents.get(MOUNTS_PATH))
    buffers = found.get(b"Buffers:", 0) * KIB
    cached = found.get(b"Cached:", 0) * KIB
    if not contained:
        shared = found.get(b"Shmem:", 0) * KIB
        cached = max(cached + found.get(b"SReclaimable:", 0) * KIB - shared, 0)
    available = found.get(b"MemAvailable:", -1) * KIB
    if not 0 <= available <= total:
        available = free + buffers + cached
    if not contained and (arc := contents.get(ARC_PATH)):
        given_back = _shrinkable_arc(arc)
        cached += given_back
        available += given_back
    available = min(available, total)
    used = total - available
    swap_total = found.get(b"SwapTotal:", 0) * KIB
    swap_used = min(max(swap_total - found.get(b"SwapFree:", 0) * KIB, 0), swap_total)
    row = (
        total,
        used,
        available,
        min(free, total),
        min(cached, total),
        min(buffers, total),
        100 * used / total if total > 0 else None,
        swap_total,
        swap_used,
        100 * swap_used / swap_total if swap_total > 0 else 0.0,
    )
    return Reading({"memory": {"": row}})


def _shrinkable_arc(text: bytes) -> int:
    """Bytes that the ARC would give back; arcstats' rows are name, type, value."""
    values: dict[bytes, int] = {}
    for line in text.split(b"\n"):
        fields = line.split()
        if len(fields) == 3 and fields[2].isdigit():
            values[fields[0]] = int(fields[2])
    return max(values.get(b"size", 0) - values.get(b"c_min", 0), 0)


COLLECTOR = Collector(
    name="memory",
    help="Memory and swap.",
    cadence=Cadence.CORE,
    files=(
        File(PATH, keep="^(MemTotal|MemFree|MemAvailable|Buffers|Cached|SReclaimable|Shmem|SwapTotal|SwapFree):"),
        File(ARC_PATH, keep="^(size|c_min) "),
        File(MOUNTS_PATH, keep=" /proc/meminfo .* fuse.lxcfs "),
    ),
    tables=(TABLE,),
    parse=parse,
)
