"""What each container uses, from the files of its control group (v1 and v2) and of its network namespace.

Memory is usage minus the page cache that is not in use, as `docker stats` counts it: `inactive_file` on v2,
`total_inactive_file` on v1 (docker/cli `calculateMemUsageUnixNoCache`). A group without a limit has the host's memory
for one. Processor time is in nanoseconds; 100 % is one core. Files under "/container/" stand for those of one
container; `groups` and `files` say where they are on its host.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from collectors.figures import COUNTER_LIMIT, count
from collectors.spec import Cadence, Collector, File, Kind, Metric, NotApplicable, ParseError, Reading, Table, Unit

ROOT = "/container/"
MEMINFO = "/proc/meminfo"
UNIFIED = ""  # the key of the v2 hierarchy among a process's groups
V2 = ("memory.current", "memory.stat", "memory.max", "cpu.stat", "io.stat", "pids.current")
V1 = {
    "memory": ("memory.usage_in_bytes", "memory.stat", "memory.limit_in_bytes"),
    "cpuacct": ("cpuacct.usage",),
    "blkio": ("blkio.throttle.io_service_bytes",),
    "pids": ("pids.current",),
}
KEEP = {
    "memory.stat": "^(total_)?inactive_file$",
    "cpu.stat": "^usage_usec$",
}
COLUMNS = ("cpu_ns", "memory", "limit", "memory_percent", "received", "sent", "read", "written", "processes")
BYTES_A_SECOND = Unit.BYTES_PER_SECOND


def _metric(name: str, unit: Unit, kind: Kind, column: str, text: str, *, scale: float = 1.0) -> Metric:
    return Metric(f"container_{name}", unit, kind, text, column, scale=scale)


TABLE = Table(
    "container",
    None,
    COLUMNS,
    (
        _metric(
            "cpu_percent", Unit.PERCENT, Kind.RATE, "cpu_ns", "Processor time in use; 100 is one core.", scale=1e-7
        ),
        _metric("memory_bytes", Unit.BYTES, Kind.GAUGE, "memory", "Memory in use, without idle page cache."),
        _metric("memory_limit_bytes", Unit.BYTES, Kind.GAUGE, "limit", "Its limit of memory, or all of the host's."),
        _metric("memory_percent", Unit.PERCENT, Kind.GAUGE, "memory_percent", "Memory in use of its limit."),
        _metric("net_receive_bytes_per_second", BYTES_A_SECOND, Kind.RATE, "received", "Bytes received."),
        _metric("net_transmit_bytes_per_second", BYTES_A_SECOND, Kind.RATE, "sent", "Bytes sent."),
        _metric("disk_read_bytes_per_second", BYTES_A_SECOND, Kind.RATE, "read", "Bytes read from disks."),
        _metric("disk_write_bytes_per_second", BYTES_A_SECOND, Kind.RATE, "written", "Bytes written to disks."),
        _metric("processes", Unit.COUNT, Kind.GAUGE, "processes", "Processes and threads."),
    ),
    entity="container",
)


@dataclass(frozen=True, slots=True)
class Mounts:
    """Where a host's control groups are: the folder of each v1 controller, and under UNIFIED that of v2."""

    places: Mapping[str, tuple[str, str]]  # controller → (mount point, the group that is mounted there)


def mounts(mountinfo: bytes) -> Mounts:
    """From /proc/self/mountinfo (proc(5)): fields 4 and 5 are the mounted group and the place, then options, type."""
    places: dict[str, tuple[str, str]] = {}
    for line in mountinfo.decode("utf-8", "replace").splitlines():
        before, _, after = line.partition(" - ")
        words, kind = before.split(), after.split()
        if len(words) < 5 or not kind:
            continue
        if kind[0] == "cgroup2":
            places.setdefault(UNIFIED, (words[4], words[3]))
        elif kind[0] == "cgroup" and len(kind) > 2:
            for controller in kind[2].split(","):
                places.setdefault(controller, (words[4], words[3]))
    return Mounts(places)


def groups(cgroup: bytes) -> dict[str, str]:
    """From /proc/PID/cgroup (cgroups(7)): the path of the process's group by controller, UNIFIED for v2."""
    found: dict[str, str] = {}
    for line in cgroup.decode("utf-8", "replace").splitlines():
        _, _, rest = line.partition(":")
        controllers, colon, path = rest.partition(":")
        if colon and path.startswith("/") and not set(path) & set("\t\n"):
            found.update(dict.fromkeys(controllers.split(","), path))
    return found


def files(pid: int, mounted: Mounts, group: Mapping[str, str], *, own_network: bool) -> dict[str, File]:
    """What to read for one container, by the path that stands for it. `pid`: its first process, as the host counts.

    On a hybrid host (v1 with an empty v2 beside it) v1 is read. Without `own_network` its traffic is the host's.
    """
    found: dict[str, File] = {}
    if any(controller in mounted.places and controller in group for controller in V1):
        for controller, names in V1.items():
            folder = _folder(controller, mounted, group)
            found |= {name: _file(folder, name) for name in names if folder}
    elif folder := _folder(UNIFIED, mounted, group):
        found = {name: _file(folder, name) for name in V2}
    if own_network:
        found["net/dev"] = File(f"/proc/{pid}/net/dev")
    return {ROOT + name: file for name, file in found.items()}


def _file(folder: str, name: str) -> File:
    return File(f"{folder}/{name}", KEEP.get(name, ""))


def _folder(controller: str, mounted: Mounts, group: Mapping[str, str]) -> str:
    """The folder of a process's group, "" where it is not to be seen."""
    place, path = mounted.places.get(controller), group.get(controller)
    if place is None or path is None:
        return ""
    point, root = place
    inside = path.removeprefix(root) if root != "/" and (path + "/").startswith(root + "/") else path
    return point + (inside if inside != "/" else "")


Contents = dict[str, bytes | None]


def parse(contents: Contents) -> Reading:
    """One row of counters; what cannot be read is None. Raises NotApplicable when the group is gone, ParseError."""
    memory = _memory(contents)
    limit = _limit(contents)
    cpu_ns = _cpu_ns(contents)
    if memory is None and cpu_ns is None:
        raise NotApplicable("there is no such container")
    percent = None if memory is None or not limit else 100.0 * memory / limit
    received, sent = _traffic(contents.get(ROOT + "net/dev"))
    read, written = _transfers(contents)
    processes = _single(contents.get(ROOT + "pids.current"))
    return Reading({"container": {"": (cpu_ns, memory, limit, percent, received, sent, read, written, processes)}})


def of_engine(stats: Mapping[str, object]) -> Reading:
    """The same row from an engine's own statistics (`GET /containers/ID/stats`, one shot). Raises ParseError.

    Processor time is taken as it stands and measured against the clock: what Podman calls `system_cpu_usage` is that of
    the container's group alone, so that a share of it says nothing.
    """
    memory = _object(stats, "memory_stats")
    detail = _object(memory, "stats")
    usage, limit = _counter(memory.get("usage")), _counter(memory.get("limit"))
    idle = _counter(detail.get("total_inactive_file", detail.get("inactive_file"))) or 0
    used = usage if usage is None or idle >= usage else usage - idle
    cpu_ns = _counter(_object(_object(stats, "cpu_stats"), "cpu_usage").get("total_usage"))
    if used is None and cpu_ns is None:
        raise ParseError("the engine told no figures")
    percent = None if used is None or not limit else 100.0 * used / limit
    networks = [value for value in _object(stats, "networks").values() if isinstance(value, dict)]
    received = sum(_counter(one.get("rx_bytes")) or 0 for one in networks) if networks else None
    sent = sum(_counter(one.get("tx_bytes")) or 0 for one in networks) if networks else None
    moved = {"read": 0, "write": 0}
    entries = _object(stats, "blkio_stats").get("io_service_bytes_recursive")
    for one in entries if isinstance(entries, list) else ():
        if isinstance(one, dict) and str(one.get("op")).lower() in moved:
            moved[str(one["op"]).lower()] += _counter(one.get("value")) or 0
    processes = _counter(_object(stats, "pids_stats").get("current"))
    row = (cpu_ns, used, limit, percent, received, sent, moved["read"], moved["write"], processes)
    return Reading({"container": {"": row}})


def _object(found: Mapping[str, object], name: str) -> Mapping[str, object]:
    value = found.get(name)
    return value if isinstance(value, dict) else {}


def _counter(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < COUNTER_LIMIT else None


def _memory(contents: Contents) -> int | None:
    usage = _single(contents.get(ROOT + "memory.current"))
    if usage is None:
        usage = _single(contents.get(ROOT + "memory.usage_in_bytes"))
    if usage is None:
        return None
    stat = _pairs(contents.get(ROOT + "memory.stat"))
    idle = stat.get(b"total_inactive_file", stat.get(b"inactive_file", 0))
    return usage - idle if idle < usage else usage


def _limit(contents: Contents) -> int | None:
    """The group's limit, or the host's memory when that is less (v1 says an enormous number for none, v2 "max")."""
    found = []
    for name in ("memory.max", "memory.limit_in_bytes"):
        text = (contents.get(ROOT + name) or b"max").strip()
        if text and text != b"max":
            found.append(count(text))
    total = contents.get(MEMINFO)
    words = total.split() if total else []
    if len(words) > 1 and words[0] == b"MemTotal:":
        found.append(count(words[1]) * 1024)
    return min(found) if found else None


def _cpu_ns(contents: Contents) -> int | None:
    usage_us = _pairs(contents.get(ROOT + "cpu.stat")).get(b"usage_usec")
    if usage_us is not None:
        return usage_us * 1000
    return _single(contents.get(ROOT + "cpuacct.usage"))


def _traffic(table: bytes | None) -> tuple[int | None, int | None]:
    """Bytes received and sent by all interfaces but the loopback."""
    if table is None:
        return None, None
    received = sent = 0
    for line in table.splitlines():
        interface, colon, rest = line.partition(b":")
        words = rest.split()
        if colon and len(words) == 16 and interface.strip() != b"lo":
            received += count(words[0])
            sent += count(words[8])
    return _held(received), _held(sent)


def _transfers(contents: Contents) -> tuple[int | None, int | None]:
    """Bytes read and written, of all devices: "8:0 rbytes=1 wbytes=2 …" on v2, "8:0 Read 1" on v1."""
    v2, v1 = contents.get(ROOT + "io.stat"), contents.get(ROOT + "blkio.throttle.io_service_bytes")
    if v2 is None and v1 is None:
        return None, None
    read = written = 0
    for word in (v2 or b"").split():
        name, _, digits = word.partition(b"=")
        if name == b"rbytes":
            read += count(digits)
        elif name == b"wbytes":
            written += count(digits)
    for line in (v1 or b"").splitlines():
        words = line.split()
        if len(words) == 3 and words[1] == b"Read":
            read += count(words[2])
        elif len(words) == 3 and words[1] == b"Write":
            written += count(words[2])
    return _held(read), _held(written)


def _single(text: bytes | None) -> int | None:
    return count(text.strip()) if text else None


def _pairs(text: bytes | None) -> dict[bytes, int]:
    found = {}
    for line in (text or b"").splitlines():
        words = line.split()
        if len(words) == 2:
            found[words[0]] = count(words[1])
    return found


def _held(total: int) -> int:
    if total >= COUNTER_LIMIT:
        raise ParseError("a counter is out of range")
    return total


COLLECTOR = Collector(
    name="containers",
    help="Processor, memory, traffic, disk and processes of each container of Docker and Podman.",
    cadence=Cadence.ENTITY,
    files=(
        *(File(ROOT + name, KEEP.get(name, "")) for name in (*V2, "net/dev")),
        *(File(ROOT + name) for names in V1.values() for name in names if name not in V2),
        File(MEMINFO, "^MemTotal:"),
    ),
    tables=(TABLE,),
    parse=parse,
)
