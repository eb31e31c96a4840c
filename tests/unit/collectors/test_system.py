"""What kind of machine it is: facts from whatever a host has to tell them."""

from __future__ import annotations

import pytest

from collectors.spec import ParseError
from tests.support.machines import Machine, read


def facts(text: str) -> dict[str, object]:
    """The facts from lines said beside a kernel's version."""
    return read("system", f"kernel=6.1.0\n{text}").facts


def test_every_fact_of_debian_12() -> None:
    assert Machine("debian-12").read("system").facts == {
        "hostname": "web-1",
        "kernel": "6.1.0-28-amd64",
        "arch": "x86_64",
        "os_name": "Debian GNU/Linux 12 (bookworm)",
        "os_id": "debian",
        "os_version": "12",
        "cpu_model": "AMD EPYC 7702 64-Core Processor",
        "cores": 2,
        "timezone": "Etc/UTC",
        "virtualization": "kvm",
        "boot_id": "3f2a8c1e-5b7d-4e21-9a64-0c8d7e6f1b22",
        "clock_epoch": 1764003661.5,
        "addresses": ["192.168.1.20", "2001:db8:0:1::20"],
        "default_interfaces": ["ens3"],
        "pending_reboot": True,
    }


@pytest.mark.parametrize(
    ("machine", "shown"),
    [
        ("ubuntu-24.04", {"os_name": "Ubuntu 24.04.1 LTS", "virtualization": "amazon", "timezone": "Asia/Shanghai"}),
        ("alma-9", {"os_id": "almalinux", "os_version": "9.4", "timezone": "Europe/Berlin", "pending_reboot": False}),
        ("alpine", {"os_name": "Alpine Linux v3.20", "virtualization": "kvm", "timezone": "UTC"}),
        ("debian-lxc", {"virtualization": "lxc", "cpu_model": "AMD Ryzen 9 5950X 16-Core Processor", "cores": 2}),
        ("openvz-6", {"os_name": "CentOS release 6.10 (Final)", "virtualization": "openvz", "timezone": "MSK"}),
        ("raspberry-pi", {"arch": "aarch64", "cpu_model": "Raspberry Pi 4 Model B Rev 1.5", "cores": 2}),
    ],
)  # fmt: skip
def test_facts_of_a_machine(machine: str, shown: dict[str, object]) -> None:
    found = Machine(machine).read("system").facts
    assert {name: found.get(name) for name in shown} == shown


@pytest.mark.parametrize("machine", ["proxmox", "raspberry-pi"])
def test_metal_is_not_called_virtual(machine: str) -> None:
    assert "virtualization" not in Machine(machine).read("system").facts


def test_ifconfig_serves_where_there_is_no_ip() -> None:
    assert Machine("alpine").read("system").facts["addresses"] == ["10.0.0.9", "2001:db8::9"]


def test_a_date_without_fractions_means_the_middle_of_its_second() -> None:
    assert Machine("alpine").read("system").facts["clock_epoch"] == 1764003664.5


def test_a_vlan_on_another_default_interface_is_not_counted_beside_it() -> None:
    assert Machine("proxmox").read("system").facts["default_interfaces"] == ["vmbr0"]
    chain = "route=a\nroute=c\nroute=x\nupper=c b\nupper=b a\n"
    assert facts(chain)["default_interfaces"] == ["a", "x"]


def test_interfaces_that_claim_to_stand_on_each_other_end_somewhere() -> None:
    assert facts("route=a\nupper=a b\nupper=b a\n")["default_interfaces"] == ["a"]


def test_without_a_default_route_those_with_a_device_are_the_hosts_own() -> None:
    assert Machine("raspberry-pi").read("system").facts["default_interfaces"] == ["eth0", "wlan0"]


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ("container=podman\ndetected=kvm", "podman"),
        ("detected=none", None),
        ("detected=none\nvendor=QEMU", "kvm"),
        ("vendor=DigitalOcean\nproduct=Droplet", "kvm"),
        ("vendor=VMware, Inc.", "vmware"),
        ("hypervisor=xen", "xen"),
        ("guest=1", "vm"),
        ("vendor=Dell Inc.", None),
    ],
)
def test_virtualization_by_the_best_that_is_known(said: str, kind: str | None) -> None:
    assert facts(said).get("virtualization") == kind


@pytest.mark.parametrize("cores", ["0", "", "x", "-1", "9" * 200, "٣"])
def test_a_number_of_cores_that_cannot_be_is_none(cores: str) -> None:
    assert "cores" not in facts(f"cores={cores}\n")


@pytest.mark.parametrize("clock", ["", "x", "-5", "9" * 40, "nan", "1e9"])
def test_a_clock_that_cannot_be_is_none(clock: str) -> None:
    assert "clock_epoch" not in facts(f"clock={clock}\n")


@pytest.mark.parametrize(
    ("raw", "name"), [("'Arch Linux'", "Arch Linux"), ("Void", "Void"), ('"Half', "Half"), ('""', None)]
)
def test_names_with_quotes_and_without(raw: str, name: str | None) -> None:
    assert facts(f"os_PRETTY_NAME={raw}\n").get("os_name") == name


def test_what_a_host_tells_is_cut_and_cleaned() -> None:
    found = read("system", b"kernel=" + b"k" * 5000 + b"\nhostname=a\x1b[31m\xffb\n").facts
    assert found["kernel"] == "k" * 255
    assert found["hostname"] == "a [31m\ufffdb"


def test_lists_are_short_however_long_a_host_makes_them() -> None:
    text = "".join(f"address=10.0.{n // 256}.{n % 256}\nroute=x{n}\nupper=x{n} y\n" for n in range(1000))
    assert [len(facts(text)[key]) for key in ("addresses", "default_interfaces")] == [64, 64]  # type: ignore[arg-type]


@pytest.mark.parametrize("text", ["", "hostname=x\n", "\x00\n"])
def test_a_host_that_does_not_tell_its_kernel_tells_nothing(text: str) -> None:
    with pytest.raises(ParseError):
        read("system", text)
