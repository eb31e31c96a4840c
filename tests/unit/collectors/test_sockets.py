"""Open connections, from the kernel's own sums."""

from __future__ import annotations

import pytest

from collectors.sockets import COLLECTOR, PATH, PATH_6
from collectors.spec import NotApplicable, ParseError
from tests.support.machines import COLLECTORS, Machine, read


@pytest.mark.parametrize(
    ("machine", "row"),
    [
        ("debian-12", (10, 12, 1, 5)),  # TCP of IPv4 and IPv6, waiting, orphans, UDP of both
        ("ubuntu-24.04", (50, 230, 0, 10)),
        ("alpine", (2, 0, 0, 0)),  # without IPv6
        ("openvz-6", (7, 4, 0, 1)),
    ],
)
def test_sums_of_a_machine(machine: str, row: tuple[int, ...]) -> None:
    assert Machine(machine).read("sockets").tables == {"sockets": {"": row}}


def test_nothing_ever_lists_connections() -> None:
    assert {file.path for file in COLLECTOR.files} == {PATH, PATH_6}
    for collector in COLLECTORS.values():
        assert not any(file.path.startswith(("/proc/net/tcp", "/proc/net/udp")) for file in collector.files)
        assert "/proc/net/tcp" not in collector.script


def test_a_machine_without_the_file() -> None:
    with pytest.raises(NotApplicable):
        COLLECTOR.parse({PATH: None, PATH_6: None})


@pytest.mark.parametrize(
    "text", ["", "sockets: used 5\n", "TCP: inuse 5\n", "TCP: inuse x orphan 0 tw 0\n", "TCP: inuse -1 orphan 0 tw 0\n"]
)
def test_what_is_no_count_is_said_so(text: str) -> None:
    with pytest.raises(ParseError):
        read("sockets", text, PATH)
