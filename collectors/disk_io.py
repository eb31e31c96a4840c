"""What disks do, from /proc/diskstats.

Sectors are 512 bytes whatever the device's own are (Documentation/admin-guide/iostats.rst). A partition is left out
when its whole device is listed; a Xen guest that has xvda1 and no xvda keeps it. RAM disks, loops, floppies and CD
drives are left out, and what was never used.
"""

from __future__ import annotations

from functools import lru_cache

from collectors.figures import bounded_rows, name
from collectors.spec import (
    Cadence,
    Collector,
    File,
    Kind,
    Metric,
    NotApplicable,
    ParseError,
    Reading,
    Table,
    Unit,
)

PATH = "/proc/diskstats"
SECTOR_BYTES = 512
FEWEST = 14  # words of a device's line; newer kernels have more, those before 2.6.25 fewer for a partition
BORING = (b"loop", b"ram", b"zram", b"fd", b"sr")
KEPT = "^([^flrsz]|f[^d]|l[^o]|r[^a]|s[^r]|z[^r])"  # the same, so that they need not travel
COLUMNS = ("reads", "read_sectors", "writes", "write_sectors", "operations", "operation_ms", "busy_ms", "queue_ms")
TABLE = Table(
    "disk_io",
    "device",
    COLUMNS,
    (
        Metric(
            "disk_read_bytes_per_second",
            Unit.BYTES_PER_SECOND,
            Kind.RATE,
            "Bytes read from the device.",
            "read_sectors",
            scale=SECTOR_BYTES,
        ),
        Metric(
            "disk_write_bytes_per_second",
            Unit.BYTES_PER_SECOND,
            Kind.RATE,
            "Bytes written to the device.",
            "write_sectors",
            scale=SECTOR_BYTES,
        ),
        Metric("disk_reads_per_second", Unit.PER_SECOND, Kind.RATE, "Reads finished.", "reads"),
        Metric("disk_writes_per_second", Unit.PER_SECOND, Kind.RATE, "Writes finished.", "writes"),
        Metric(
            "disk_utilisation_percent",
            Unit.PERCENT,
            Kind.DUTY,
            "Time with at least one request under way.",
            "busy_ms",
            scale=0.001,
        ),
        Metric(
            "disk_await_milliseconds",
            Unit.MILLISECONDS,
            Kind.MEAN,
            "Time that a request took, waiting included.",
            "operation_ms",
            over="operations",
        ),
        Metric("disk_queue_length", Unit.COUNT, Kind.RATE, "Requests under way, on average.", "queue_ms", scale=0.001),
    ),
)


def parse(contents: dict[str, bytes | None]) -> Reading:
    """A row of counters for each device. Raises NotApplicable without the file, ParseError on a wrong line."""
    text = contents.get(PATH)
    if text is None:
        raise NotApplicable(f"{PATH} does not exist here")
    found = {words[2]: words for words in map(bytes.split, text.splitlines()) if len(words) >= FEWEST}
    rows: dict[str, tuple[int, ...]] = {}
    try:
        for device, words in found.items():
            if device.startswith(BORING) or _whole(device) in found:
                continue
            reads, _, read, read_ms, writes, _, written, write_ms, _, busy_ms, queue_ms = map(int, words[3:FEWEST])
            if reads or writes:
                sums = reads + writes, read_ms + write_ms
                rows[name(device)] = reads, read, writes, written, *sums, busy_ms, queue_ms
    except ValueError:
        raise ParseError(f"{PATH} has a line that is not numbers") from None
    return Reading({"disk_io": bounded_rows(rows, text, "devices")})


@lru_cache(maxsize=4096)
def _whole(device: bytes) -> bytes | None:
    """The device that a partition of this name is on, if the name can be a partition's."""
    stem = device.rstrip(b"0123456789")
    if stem == device:
        return None
    if stem[-1:] == b"p" and stem[-2:-1].isdigit():  # nvme0n1p1, mmcblk0p2, md0p1
        return stem[:-1]
    return stem if stem.isalpha() else None  # sda1, vdb2, xvda1, dasda1; dm-1 and md1 have a stem that is no device


COLLECTOR = Collector(
    name="disk_io",
    help="Transfer, requests and utilisation of each disk.",
    cadence=Cadence.CORE,
    files=(File(PATH, keep=KEPT, word=3),),
    tables=(TABLE,),
    parse=parse,
)
