"""What disks do, from /proc/diskstats.

Sectors are 512 bytes whatever the device's own are (Documentation/admin-guide/iostats.rst). A partition is left out
when its whole device is listed; a Xen guest that has xvda1 and no xvda keeps it. RAM disks, loops, floppies and CD
drives are not sent.
"""

from __future__ import annotations

from collectors.spec import (
    Cadence,
    Collector,
    File,
    Kind,
    Metric,
    NotApplicable,
    ParseError,
    Reading,
    Rows,
    Table,
    Unit,
)

PATH = "/proc/diskstats"
SECTOR_BYTES = 512
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
    rows: Rows = {}
    for line in text.split(b"\n"):
        fields = line.split()
        if len(fields) < 14:  # kernels before 2.6.25 give four numbers for a partition
            continue
        try:
            reads, read_sectors, read_ms = int(fields[3]), int(fields[5]), int(fields[6])
            writes, write_sectors, write_ms = int(fields[7]), int(fields[9]), int(fields[10])
            busy_ms, queue_ms = int(fields[12]), int(fields[13])
        except ValueError:
            raise ParseError(f"{PATH} has a line that is not numbers: {line[:60]!r}") from None
        rows[fields[2].decode("utf-8", "backslashreplace")] = (
            reads,
            read_sectors,
            writes,
            write_sectors,
            reads + writes,
            read_ms + write_ms,
            busy_ms,
            queue_ms,
        )
    for name in [name for name in rows if _whole(name) in rows]:
        del rows[name]
    return Reading({"disk_io": rows})


def _whole(name: str) -> str | None:
    """The device that a partition of this name is on, if the name is a partition's."""
    stem = name.rstrip("0123456789")
    if stem == name:
        return None
    if stem[-1:] == "p" and stem[-2:-1].isdigit():  # nvme0n1p1, mmcblk0p2, md0p1
        return stem[:-1]
    return stem if stem.isalpha() and stem[-2:-1] == "d" else None  # sda1, vdb2, xvda1, hda3


COLLECTOR = Collector(
    name="disk_io",
    help="Transfer, requests and utilisation of each disk.",
    cadence=Cadence.CORE,
    files=(File(PATH, keep="^ *[0-9]+ +[0-9]+ ([^rlfs]|r[^a]|l[^o]|f[^d]|s[^r])"),),
    tables=(TABLE,),
    parse=parse,
)
