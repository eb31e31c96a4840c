"""Open connections, from /proc/net/sockstat and sockstat6.

The kernel keeps these sums. Counting the lines of /proc/net/tcp instead costs seconds of processor time on a busy host.
"""

from __future__ import annotations

from collectors.spec import Cadence, Collector, File, Kind, Metric, ParseError, Reading, Table, Unit

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
    """One row of counts. Raises ParseError without a TCP line; a host without IPv6 has no second file."""
    text = contents.get(PATH)
    if text is None:
        raise ParseError(f"{PATH} cannot be read")
    try:
        found = {**_words(text), **_words(contents.get(PATH_6) or b"")}
        tcp = found[b"TCP:inuse"] + found.get(b"TCP6:inuse", 0)
    except (ValueError, KeyError):
        raise ParseError(f"{PATH} has no count of TCP sockets: {text[:60]!r}") from None
    udp = found.get(b"UDP:inuse", 0) + found.get(b"UDP6:inuse", 0)
    return Reading({"sockets": {"": (tcp, found.get(b"TCP:tw"), found.get(b"TCP:orphan"), udp)}})


def _words(text: bytes) -> dict[bytes, int]:
    """ "TCP: inuse 5 orphan 0" as {TCP:inuse: 5, TCP:orphan: 0}."""
    found: dict[bytes, int] = {}
    for line in text.split(b"\n"):
        head, *rest = line.split() or (b"",)
        for name, value in zip(rest[::2], rest[1::2], strict=False):
            found[head + name] = int(value)
    return found


COLLECTOR = Collector(
    name="sockets",
    help="Open TCP and UDP sockets.",
    cadence=Cadence.CORE,
    files=(File(PATH, keep="^(TCP|UDP):"), File(PATH_6, keep="^(TCP|UDP)6:")),
    tables=(TABLE,),
    parse=parse,
)
