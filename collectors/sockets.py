"""Open connections, from /proc/net/sockstat and sockstat6.

The kernel keeps these sums. Counting the lines of /proc/net/tcp instead costs seconds of processor time on a busy host.
"""

from __future__ import annotations

from collectors.figures import bounded
from collectors.spec import Cadence, Collector, File, Kind, Metric, NotApplicable, ParseError, Reading, Table, Unit

PATH = "/proc/net/sockstat"
PATH_6 = "/proc/net/sockstat6"
TABLE = Table(
    "sockets",
    None,
    ("tcp", "time_wait", "orphan", "udp"),
    (
        Metric("tcp_socket_count", Unit.COUNT, Kind.GAUGE, "TCP sockets in use, IPv4 and IPv6.", "tcp"),
        Metric("tcp_time_wait_count", Unit.COUNT, Kind.GAUGE, "TCP connections that wait out their end.", "time_wait"),
        Metric("tcp_orphan_count", Unit.COUNT, Kind.GAUGE, "TCP connections that no program holds.", "orphan"),
        Metric("udp_socket_count", Unit.COUNT, Kind.GAUGE, "UDP sockets in use, IPv4 and IPv6.", "udp"),
    ),
)


def parse(contents: dict[str, bytes | None]) -> Reading:
    """One row of counts. Raises ParseError without a TCP line, NotApplicable without the file.

    A host without IPv6 has no second file.
    """
    text = contents.get(PATH)
    if text is None:
        raise NotApplicable(f"{PATH} does not exist here")
    found = _lines(text)
    found.update(_lines(contents.get(PATH_6) or b""))
    try:
        words = found[b"TCP:"]
        tcp, orphan, time_wait = int(words[2]), int(words[4]), int(words[6])
        udp = sum(int(found[line][2]) for line in (b"UDP:", b"UDP6:") if line in found)
        if b"TCP6:" in found:
            tcp += int(found[b"TCP6:"][2])
    except (ValueError, KeyError, IndexError):
        raise ParseError(f"{PATH} has no count of TCP sockets: {text[:60]!r}") from None
    return Reading({"sockets": {"": bounded((tcp, time_wait, orphan, udp))}})


def _lines(text: bytes) -> dict[bytes, list[bytes]]:
    """Lines such as "TCP: inuse 5 orphan 0 tw 2 alloc 8 mem 1", as words by their first one."""
    return {words[0]: words for words in map(bytes.split, text.splitlines()) if words}


COLLECTOR = Collector(
    name="sockets",
    help="Open TCP and UDP sockets.",
    cadence=Cadence.CORE,
    files=(File(PATH), File(PATH_6)),
    tables=(TABLE,),
    parse=parse,
)
