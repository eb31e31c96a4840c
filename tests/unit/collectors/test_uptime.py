"""Uptime and the boot's identity, on machines and in containers."""

from __future__ import annotations

import pytest

from collectors.spec import ParseError, Reading
from collectors.uptime import BOOT_PATH, COLLECTOR, PATH
from tests.support.machines import Machine, read

BOOT = b"3f2a8c1e-5b7d-4e21-9a64-0c8d7e6f1b22\n"


@pytest.mark.parametrize(
    ("machine", "uptime", "boot_id"),
    [
        ("debian-12", 90061.42, "3f2a8c1e-5b7d-4e21-9a64-0c8d7e6f1b22"),
        ("debian-lxc", 5061.0, "9d4f2b7a-1c3e-4a58-b6d0-2e7f8a9c0b14"),  # its own uptime, its machine's boot
        ("openvz-6", 4003661.12, None),
        ("centos-5-xen", 8000000.5, None),
    ],
)
def test_uptime_of_a_machine(machine: str, uptime: float, boot_id: str | None) -> None:
    reading = Machine(machine).read("uptime")
    assert reading == Reading({"uptime": {"": (uptime,)}}, {"boot_id": boot_id} if boot_id else {})


@pytest.mark.parametrize("boot", [b"", b"\n", b"hello\n", BOOT[:-3], BOOT.strip() + b"0", BOOT.replace(b"3", b"\xff")])
def test_what_is_no_boot_id_is_none_rather_than_a_reboot(boot: bytes) -> None:
    assert COLLECTOR.parse({PATH: b"1.00 2.00\n", BOOT_PATH: boot}).facts == {}


def test_boot_id_is_the_same_in_capitals() -> None:
    readings = [COLLECTOR.parse({PATH: b"1.00 2.00\n", BOOT_PATH: boot}) for boot in (BOOT, BOOT.upper())]
    assert readings[0] == readings[1]


@pytest.mark.parametrize("text", ["", "\n", "x y\n", "-1 2\n", "nan 1\n", "inf 1\n", "1e11 1\n"])
def test_what_is_no_uptime_is_said_so(text: str) -> None:
    with pytest.raises(ParseError):
        read("uptime", text, PATH)
