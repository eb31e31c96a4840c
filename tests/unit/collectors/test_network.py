"""Traffic by interface, and which interfaces are a host's own traffic."""

from __future__ import annotations

import pytest

from collectors.network import counted, is_live_only
from collectors.spec import ParseError
from tests.support.machines import Machine, read, values

HEAD = "Inter-|   Receive |  Transmit\n face |bytes packets errs drop fifo frame compressed multicast|bytes packets\n"
RX, TX = "net_receive_bytes_per_second", "net_transmit_bytes_per_second"


def own(machine: str) -> frozenset[str]:
    """The interfaces that count on a machine, by its facts."""
    there = Machine(machine)
    return counted(there.read("network").tables["network"], there.read("system").facts, None)


def dev(**interfaces: tuple[int, int]) -> str:
    """A /proc/net/dev with so many bytes received and sent by each interface."""
    lines = [f"{name}: {rx} 1 0 0 0 0 0 0 {tx} 1 0 0 0 0 0 0\n" for name, (rx, tx) in interfaces.items()]
    return HEAD + "".join(lines)


def test_counters_of_an_interface() -> None:
    assert Machine("debian-12").read("network").tables["network"] == {
        #        rx bytes    packets  err drop  tx bytes    packets  err drop
        "lo": (812344, 4211, 0, 0, 812344, 4211, 0, 0),
        "ens3": (9876543210, 8123456, 3, 17, 1234567890, 2345678, 1, 2),
    }


def test_old_kernels_leave_no_space_after_the_colon() -> None:
    assert Machine("openvz-6").read("network").tables["network"]["venet0"][0] == 3412331201
    assert Machine("centos-5-xen").read("network").tables["network"]["eth0"][0] == 4294967290


@pytest.mark.parametrize(
    ("machine", "interfaces"),
    [
        ("debian-12", {"ens3"}),  # IPv4 and IPv6 by the same one
        ("ubuntu-24.04", {"enp1s0"}),  # not docker0, its bridges and veths
        ("alma-9", {"eth0"}),
        ("alpine", {"eth0"}),
        ("debian-lxc", {"eth0"}),  # which looks virtual there
        ("openvz-6", {"venet0"}),
        ("proxmox", {"vmbr0"}),  # not its bond, the bond's slaves, the guests' taps, and the VLAN on top of it
    ],
)
def test_the_hosts_own_traffic_is_on_the_default_route(machine: str, interfaces: set[str]) -> None:
    assert own(machine) == interfaces


def test_every_interface_is_read_whatever_counts() -> None:
    bridged = {"tap100i0", "veth101i0", "fwbr101i0", "fwpr101p0", "fwln101i0"}
    own = {"lo", "eno1", "eno2", "bond0", "vmbr0", "vmbr0.7"}
    assert set(Machine("proxmox").read("network").tables["network"]) == own | bridged


def test_without_a_default_route_what_has_a_device_counts() -> None:
    facts = Machine("raspberry-pi").read("system").facts
    assert counted(["lo", "eth0", "wlan0", "docker0", "veth1"], facts, None) == {"eth0", "wlan0"}


def test_without_facts_all_but_the_loopback_and_container_ends_count() -> None:
    assert counted(["lo", "wlo1", "eth0", "veth9", "lol0"], {}, None) == {"wlo1", "eth0", "lol0"}


def test_the_users_word_is_the_last_even_for_bridges_and_container_ends() -> None:
    facts = {"default_interfaces": ["eth0"]}
    assert counted(["eth0", "br0", "veth1", "docker0"], facts, ["br0", "veth1", "gone0"]) == {"br0", "veth1"}
    assert counted(["eth0"], facts, []) == frozenset()


@pytest.mark.parametrize("name", ["wlo1", "br0", "Meta", "eth0.100", "tailscale0", "enx00e04c680001", "lo0", "网卡0"])
def test_no_interface_is_taken_for_another_by_a_part_of_its_name(name: str) -> None:
    tables = read("network", dev(**{name: (7, 9)})).tables["network"]
    assert tables == {name: (7, 1, 0, 0, 9, 1, 0, 0)}
    assert not is_live_only(name)
    assert counted(tables, {}, None) == {name}


def test_container_ends_are_shown_and_not_stored() -> None:
    reading = Machine("ubuntu-24.04").read("network")
    assert {"veth12ab34c", "vethfe98d76"} <= set(reading.tables["network"])
    stored = {interface for _, interface in values("network", reading)}
    assert stored == {"lo", "enp1s0", "docker0", "br-4f1d0c2b9a77"}


@pytest.mark.parametrize(
    ("raw", "shown"), [(b"a\x1b[31m", "a\\x1b[31m"), (b"a\xff", "a\\xff"), ("a\u200b".encode(), "a\\u200b")]
)
def test_an_odd_name_is_escaped_and_costs_no_other_interface_its_figures(raw: bytes, shown: str) -> None:
    text = dev(eth0=(5, 6), X=(1, 2)).encode().replace(b"X", raw)
    assert set(read("network", text).tables["network"]) == {"eth0", shown}


def test_rates_of_bytes_and_packets() -> None:
    found = values("network", read("network", dev(eth0=(1000, 100))), read("network", dev(eth0=(51000, 1100))))
    assert (found[RX, "eth0"], found[TX, "eth0"]) == (5000.0, 100.0)


def test_a_32_bit_counter_that_wraps_makes_no_spike() -> None:
    before, wrapped, later = (dev(eth0=(rx, 10**6)) for rx in (2**32 - 5, 100, 10100))
    readings = [read("network", text) for text in (before, wrapped, later)]
    assert values("network", *readings[:2])[RX, "eth0"] is None
    assert values("network", *readings)[RX, "eth0"] == 1000.0


def test_a_counter_that_goes_back_makes_no_spike_then_or_when_it_returns() -> None:
    texts = [dev(eth0=pair, eth1=(n * 100, 0)) for n, pair in enumerate([(10**12, 5), (0, 5), (10**12 + 9, 5)])]
    readings = [read("network", text) for text in texts]
    for upto in (2, 3):
        found = values("network", *readings[:upto])
        assert (found[RX, "eth0"], found[RX, "eth1"]) == (None, 10.0)


@pytest.mark.parametrize(
    "line", ["eth0: 1 2 3", "eth0: " + "x " * 16, "eth0: " + "-1 " * 16, f"eth0: {2**64} " + "1 " * 15]
)
def test_what_is_no_interface_is_said_so(line: str) -> None:
    with pytest.raises(ParseError):
        read("network", f"{HEAD}{line}\n")


def test_thousands_of_made_up_interfaces_are_refused() -> None:
    with pytest.raises(ParseError, match="interfaces"):
        read("network", dev(**{f"x{n}": (1, 1) for n in range(5000)}))
