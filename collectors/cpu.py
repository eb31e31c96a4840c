"""Processor time, in total and per core, from /proc/stat.

Guest time is contained in user time and guest_nice in nice, so both are taken out of them (proc(5): "user ... includes
guest time"). Busy is everything but idle and iowait; steal counts as busy, since it is time that somebody wanted and
did not get. Columns are clock ticks since boot; shares need no tick length. iowait may step back (proc(5)), which
counts as none.
"""

from __future__ import annotations

from collectors.spec import Cadence, Collector, File, Kind, Metric, ParseError, Reading, Rows, Table, Unit

PATH = "/proc/stat"
COLUMNS = ("busy", "user", "nice", "system", "irq", "iowait", "steal", "guest", "idle", "total")


def _share(name: str, column: str, text: str) -> Metric:
    return Metric(name, Unit.PERCENT, Kind.SHARE, text, column, over="total")


TOTAL = Table(
    "cpu",
    None,
    COLUMNS,
    (
        _share(
            "cpu_percent", "busy", "Processor time in use, of all cores together: all but idle and waiting for disks."
        ),
        _share("cpu_user_percent", "user", "Time in programs, without guests and niced ones."),
        _share("cpu_nice_percent", "nice", "Time in programs of low priority."),
        _share("cpu_system_percent", "system", "Time in the kernel."),
        _share("cpu_irq_percent", "irq", "Time in interrupts, hard and soft."),
        _share("cpu_iowait_percent", "iowait", "Idle time with a disk request outstanding."),
        _share("cpu_steal_percent", "steal", "Time that the hypervisor gave to other guests."),
        _share("cpu_guest_percent", "guest", "Time in guests that this host runs itself."),
        _share("cpu_idle_percent", "idle", "Time with nothing to do."),
    ),
)
CORES = Table(
    "cpu_core",
    "cpu",
    COLUMNS,
    (
        _share("cpu_core_percent", "busy", "One core's time in use."),
        _share("cpu_core_user_percent", "user", "One core's time in programs."),
        _share("cpu_core_system_percent", "system", "One core's time in the kernel."),
        _share("cpu_core_iowait_percent", "iowait", "One core's idle time with a disk request outstanding."),
        _share("cpu_core_steal_percent", "steal", "One core's time that the hypervisor gave to other guests."),
        _share("cpu_core_idle_percent", "idle", "One core's time with nothing to do."),
    ),
)


def parse(contents: dict[str, bytes | None]) -> Reading:
    """Rows of `cpu` and `cpu_core` in ticks. Raises ParseError without a total line of at least four numbers."""
    text = contents.get(PATH)
    if text is None:
        raise ParseError(f"{PATH} cannot be read")
    cores: Rows = {}
    total: Rows = {}
    for line in text.split(b"\n"):
        if line[:3] != b"cpu":
            continue
        name, *fields = line.split()
        try:
            row = _row([int(field) for field in fields])
        except ValueError:
            raise ParseError(f"{PATH} has a line that is not numbers: {line[:60]!r}") from None
        if name == b"cpu":
            total[""] = row
        else:
            cores[name.decode("ascii", "replace")] = row
    if not total:
        raise ParseError(f"{PATH} has no line for all processors together")
    return Reading({"cpu": total, "cpu_core": cores})


def _row(ticks: list[int]) -> tuple[int, ...]:
    """The columns from a line's numbers; kernels before 2.6 and some containers give fewer."""
    if len(ticks) < 10:
        if len(ticks) < 4:
            raise ValueError
        ticks += [0] * (10 - len(ticks))
    user, nice, system, idle, iowait, hard, soft, steal, guest, guest_nice = ticks[:10]
    irq = hard + soft
    busy = user + nice + system + irq + steal
    guests = guest + guest_nice
    return busy, user - guest, nice - guest_nice, system, irq, iowait, steal, guests, idle, busy + idle + iowait


COLLECTOR = Collector(
    name="cpu",
    help="Processor time in total and per core.",
    cadence=Cadence.CORE,
    files=(File(PATH, keep="^cpu"),),
    tables=(TOTAL, CORES),
    parse=parse,
)
