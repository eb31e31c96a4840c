"""Traffic of each network interface, from /proc/net/dev, and which interfaces count as the host's own.

Every interface is read. Which ones make up "the host's traffic" is another question: a bridge, its ports and the
containers behind it all carry the same bytes, so summing everything counts them two or three times.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from collectors.figures import bounded_rows, name
from collectors.spec import Cadence, Collector, File, Kind, Metric, ParseError, Reading, Table, Unit

PATH = "/proc/net/dev"
COLUMNS = (
    "rx_bytes",
    "rx_packets",
    "rx_errors",
    "rx_drops",
    "tx_bytes",
    "tx_packets",
    "tx_errors",
    "tx_drops",
)


def _rate(metric: str, column: str, unit: Unit, text: str) -> Metric:
    return Metric(metric, unit, Kind.RATE, text, column)


def is_live_only(interface: str) -> bool:
    """Container ends come and go with their containers: shown to who looks, not stored."""
    return interface.startswith("veth")


TABLE = Table(
    "network",
    "interface",
    COLUMNS,
    (
        _rate("net_receive_bytes_per_second", "rx_bytes", Unit.BYTES_PER_SECOND, "Bytes received."),
        _rate("net_transmit_bytes_per_second", "tx_bytes", Unit.BYTES_PER_SECOND, "Bytes sent."),
        _rate("net_receive_packets_per_second", "rx_packets", Unit.PER_SECOND, "Packets received."),
        _rate("net_transmit_packets_per_second", "tx_packets", Unit.PER_SECOND, "Packets sent."),
        _rate("net_receive_errors_per_second", "rx_errors", Unit.PER_SECOND, "Damaged packets received."),
        _rate("net_transmit_errors_per_second", "tx_errors", Unit.PER_SECOND, "Packets that could not be sent."),
        _rate("net_receive_drops_per_second", "rx_drops", Unit.PER_SECOND, "Received packets thrown away."),
        _rate("net_transmit_drops_per_second", "tx_drops", Unit.PER_SECOND, "Packets thrown away before sending."),
    ),
    live_only=is_live_only,
)


def parse(contents: dict[str, bytes | None]) -> Reading:
    """A row of counters for each interface. Raises ParseError when a line does not hold 16 numbers."""
    text = contents.get(PATH)
    if text is None:
        raise ParseError(f"{PATH} cannot be read")
    rows: dict[str, tuple[int, ...]] = {}
    try:
        for line in text.splitlines():
            interface, colon, rest = line.partition(b":")  # old kernels leave no space after the colon
            if colon:
                # bytes packets errs drop fifo frame compressed multicast, and again; on 2.6 and since alike
                rx, rxp, rxe, rxd, _, _, _, _, tx, txp, txe, txd, _, _, _, _ = map(int, rest.split())
                rows[name(interface.strip())] = rx, rxp, rxe, rxd, tx, txp, txe, txd
    except ValueError:
        raise ParseError(f"{PATH} has a line that is not 16 numbers") from None
    return Reading({"network": bounded_rows(rows, text, "interfaces")})


def counted(interfaces: Collection[str], facts: Mapping[str, object], chosen: Collection[str] | None) -> frozenset[str]:
    """Which of `interfaces` make up the host's traffic.

    `chosen` is the user's word, None when there is none. Else those that the host's facts name in `default_interfaces`:
    the ones that carry the default route, or, without one, those that are no virtual device. A host whose facts are
    not known yet has all but the loopback.
    """
    if chosen is not None:
        return frozenset(chosen) & frozenset(interfaces)
    default = facts.get("default_interfaces")
    if isinstance(default, list) and default:
        return frozenset(str(each) for each in default) & frozenset(interfaces)
    return frozenset(each for each in interfaces if each != "lo" and not is_live_only(each))


COLLECTOR = Collector(
    name="network",
    help="Traffic, errors and drops of each interface.",
    cadence=Cadence.CORE,
    files=(File(PATH),),
    tables=(TABLE,),
    parse=parse,
)
