"""Temperatures, where there are sensors."""

from __future__ import annotations

import pytest

from collectors.spec import NotApplicable, ParseError
from tests.support.machines import Machine, read


def test_sensors_of_a_metal_machine_with_two_disks_of_a_kind() -> None:
    assert Machine("proxmox").read("temperatures").tables["temperature"] == {
        "coretemp Package id 0": (45.0,),
        "coretemp Core 0": (43.0,),
        "nvme Composite": (38.85,),
        "nvme Composite #2": (51.85,),
        "nct6798 2": (29.0,),
    }  # and not the sensor that is not wired, which reads -61 °C


def test_a_machine_that_knows_only_thermal_zones() -> None:
    assert Machine("raspberry-pi").read("temperatures").tables["temperature"] == {"cpu-thermal 0": (48.312,)}


@pytest.mark.parametrize("machine", ["debian-12", "alpine", "debian-lxc", "openvz-6"])
def test_most_machines_have_none(machine: str) -> None:
    with pytest.raises(NotApplicable):
        Machine(machine).read("temperatures")


@pytest.mark.parametrize("value", ["-60000", "200000", "9" * 400, "-" + "9" * 4000])
def test_what_no_sensor_of_a_computer_measures_is_left_out(value: str) -> None:
    assert read("temperatures", f"40000 cpu\n{value} odd\n").tables["temperature"] == {"cpu": (40.0,)}


def test_what_is_no_temperature_is_said_so() -> None:
    with pytest.raises(ParseError):
        read("temperatures", "warm cpu\n")


def test_sensors_are_few_however_many_a_host_tells() -> None:
    assert len(read("temperatures", "40000 cpu\n" * 1000).tables["temperature"]) == 64
