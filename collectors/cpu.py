"""Processor time, in total and per core, from /proc/stat.

Guest time is contained in user time and guest_nice in nice (proc(5)), so both are taken out of them. Busy is everything
but idle and iowait; steal counts as busy, since it is time that somebody wanted and did not get. Columns are clock
ticks since boot; shares need no tick length. iowait may step back (proc(5)), which counts as none.
"""

from __future__ import annotations

from collectors.figures import bounded_rows, name
from collectors.spec import Cadence, Collector, File, Kind, Metric, ParseError, Reading, Table, Unit

PATH = "/proc/stat"
COLUMNS = ("busy", "user", "nice", "system", "irq", "iowait", "steal", "guest", "idle", "total")
FEWEST, MOST = 5, 11  # words of a line: name, user, nice, system, idle; since 2.6.33 six more


def _share(metric: str, column: str, text: str) -> Metric:
    return Metric(metric, Unit.PERCENT, Kind.SHARE, text, column, over="total")


TOTAL = Table(
    "cpu",
    None,
    COLUMNS,
    (
        _share("cpu_percent", "busy", "Processor time in use, of all cores: all but idle and waiting for disks."),
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
    """Rows of `cpu` and `cpu_core` in ticks; a core that is offline has none. Raises ParseError without a total."""
    text = contents.get(PATH)
    if text is None:
        raise ParseError(f"{PATH} cannot be read")
    rows: dict[str, tuple[int, ...]] = {}
    try:
        for line in text.splitlines():
            words = line.split()
            if words and words[0][:3] == b"cpu":
                rows[name(words[0])] = _row(words)
    except ValueError:
        raise ParseError(f"{PATH} has a line that is not numbers: {text[:60]!r}") from None
    cores = bounded_rows(rows, text, "cores")
    total = cores.pop("cpu", None)
    if total is None:
        raise ParseError(f"{PATH} has no line for all processors together")
    return Reading({"cpu": {"": total}, "cpu_core": cores})


def _row(words: list[bytes]) -> tuple[int, ...]:
    """The columns from a line's words; kernels before 2.6.33 and some containers give fewer."""
    if len(words) != MOST:
        if len(words) < FEWEST:
            raise ValueError
        words = (words + [b"0"] * (MOST - FEWEST))[:MOST]
    _, *ticks = words
    user, nice, system, idle, iowait, hard, soft, steal, guest, guest_nice = map(int, ticks)
    if guest or guest_nice:  # a hypervisor's; its kernel reads them one after the other, so that they may be ahead
        own, own_nice = max(user - guest, 0), max(nice - guest_nice, 0)
    else:
        own, own_nice = user, nice
    irq = hard + soft
    busy = user + nice + system + irq + steal
    return busy, own, own_nice, system, irq, iowait, steal, guest + guest_nice, idle, busy + idle + iowait


COLLECTOR = Collector(
    name="cpu",
    help="Processor time in total and per core.",
    cadence=Cadence.CORE,
    files=(File(PATH, keep="^cpu"),),
    tables=(TOTAL, CORES),
    parse=parse,
)
