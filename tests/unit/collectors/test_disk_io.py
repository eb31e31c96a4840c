"""What disks do: which lines of /proc/diskstats are devices of their own, and what their counters become."""

from __future__ import annotations

import pytest

from collectors.disk_io import COLLECTOR, COLUMNS, PATH
from collectors.spec import NotApplicable, ParseError, Rows
from tests.support.machines import Machine, kept, read, values


def disks(machine: str) -> Rows:
    """A machine's devices."""
    return Machine(machine).read("disk_io").tables["disk_io"]


def line(device: str, *figures: int) -> str:
    """A line of 11 figures for a device."""
    return f" 8 0 {device} {' '.join(map(str, figures or (1, 0, 8, 1, 1, 0, 8, 1, 0, 2, 2)))}\n"


def test_counters_of_a_disk() -> None:
    assert dict(zip(COLUMNS, disks("debian-12")["vda"], strict=True)) == {
        "reads": 40213,
        "read_sectors": 2511402,
        "writes": 91002,
        "write_sectors": 4110228,
        "operations": 40213 + 91002,
        "operation_ms": 30101 + 210330,
        "busy_ms": 88104,
        "queue_ms": 240731,
    }


@pytest.mark.parametrize(
    ("machine", "devices"),
    [
        ("debian-12", {"vda"}),  # not its partitions vda1, vda14 and vda15, nor the CD drive
        ("ubuntu-24.04", {"nvme0n1"}),  # not nvme0n1p1, nor snaps' loops
        ("alma-9", {"sda", "dm-0", "dm-1"}),  # dm-0 is no partition of anything
        ("alpine", {"vda"}),
        ("debian-lxc", set()),
        ("centos-5-xen", {"xvda1", "xvda2"}),  # there is no xvda
        ("kernel-2.6.18", {"hda"}),
        ("raspberry-pi", {"mmcblk0", "mmcblk0boot0"}),  # a boot area is a device of its own
        ("proxmox", {"nvme0n1", "md127", "zd0", "sda"}),  # not partitions, zram, RAM, a floppy, the unused sdb
    ],
)
def test_which_lines_are_devices(machine: str, devices: set[str]) -> None:
    assert set(disks(machine)) == devices


@pytest.mark.parametrize(
    ("whole", "part"),
    [
        ("sda", "sda15"), ("sdaa", "sdaa1"), ("vdb", "vdb2"), ("xvda", "xvda1"), ("hda", "hda1"), ("dasda", "dasda1"),
        ("nvme0n1", "nvme0n1p1"), ("nvme10n2", "nvme10n2p12"), ("mmcblk0", "mmcblk0p2"), ("md0", "md0p1"),
        ("cciss/c0d0", "cciss/c0d0p1"), ("nbd1", "nbd1p1"), ("rbd0", "rbd0p3"), ("zd16", "zd16p1"),
    ],
)  # fmt: skip
def test_a_partition_counts_only_where_its_whole_device_is_missing(whole: str, part: str) -> None:
    assert set(read("disk_io", line(whole) + line(part)).tables["disk_io"]) == {whole}
    assert set(read("disk_io", line(part)).tables["disk_io"]) == {part}


@pytest.mark.parametrize(
    ("one", "other"), [("dm-1", "dm-11"), ("md1", "md11"), ("sda", "sdaa"), ("nvme0n1", "nvme0n11")]
)
def test_devices_that_are_called_alike_are_two(one: str, other: str) -> None:
    assert set(read("disk_io", line(one) + line(other)).tables["disk_io"]) == {one, other}


@pytest.mark.parametrize("name", ["fioa", "rssda", "lvm0", "zd0", "sd", "fx"])
def test_what_only_begins_like_a_loop_or_ram_disk_is_a_disk(name: str) -> None:
    assert set(read("disk_io", line(name)).tables["disk_io"]) == {name}


@pytest.mark.parametrize("name", ["loop0", "loop12", "ram0", "zram0", "fd0", "sr0"])
def test_what_is_no_disk_does_not_even_travel(name: str) -> None:
    (file,) = COLLECTOR.files
    assert kept(file, line(name).encode()) == b""
    assert COLLECTOR.parse({PATH: line(name).encode()}).tables == {"disk_io": {}}


def test_what_a_disk_did_between_two_readings() -> None:
    before = read("disk_io", line("vda", 100, 0, 800, 50, 200, 0, 1600, 100, 0, 1000, 2000))
    after = read("disk_io", line("vda", 150, 0, 1600, 150, 350, 0, 3600, 500, 0, 4000, 22000))
    assert {metric: value for (metric, _), value in values("disk_io", before, after).items()} == {
        "disk_read_bytes_per_second": 800 * 512 / 10,
        "disk_write_bytes_per_second": 2000 * 512 / 10,
        "disk_reads_per_second": 5.0,
        "disk_writes_per_second": 15.0,
        "disk_utilisation_percent": 30.0,
        "disk_await_milliseconds": 500 / 200,
        "disk_queue_length": 2.0,
    }


def test_sectors_are_512_bytes_on_disks_of_4096_as_well() -> None:
    before, after = (read("disk_io", line("sda", 1, 0, n * 8, 0, 0, 0, 0, 0, 0, 0, 0)) for n in (0, 10))
    assert values("disk_io", before, after)["disk_read_bytes_per_second", "sda"] == 10 * 4096 / 10


def test_milliseconds_of_32_bits_that_wrap_make_no_spike() -> None:
    before = read("disk_io", line("sda", 100, 0, 800, 50, 0, 0, 0, 0, 0, 2**32 - 1000, 2**32 - 5))
    after = read("disk_io", line("sda", 200, 0, 1600, 90, 0, 0, 0, 0, 0, 1000, 4000))
    assert set(values("disk_io", before, after).values()) == {None}
    later = read("disk_io", line("sda", 300, 0, 2400, 190, 0, 0, 0, 0, 0, 6000, 9000))
    found = values("disk_io", before, after, later)
    assert (found["disk_utilisation_percent", "sda"], found["disk_await_milliseconds", "sda"]) == (50.0, 1.0)


def test_busy_for_longer_than_the_clock_ran_is_100_percent() -> None:
    before, after = (read("disk_io", line("sda", n, 0, n, 0, 0, 0, 0, 0, 0, n * 20000, 0)) for n in (1, 2))
    assert values("disk_io", before, after)["disk_utilisation_percent", "sda"] == 100.0


def test_an_idle_disk_has_no_time_per_request() -> None:
    reading = Machine("debian-12").read("disk_io")
    assert values("disk_io", reading, reading)["disk_await_milliseconds", "vda"] == 0.0


def test_a_disk_pulled_and_put_back_starts_anew() -> None:
    one, none = read("disk_io", line("sda", *[10**9] * 11)), read("disk_io", "")
    again = read("disk_io", line("sda", *[10**10] * 11))
    assert set(values("disk_io", one, none).values()) == {None}
    assert set(values("disk_io", one, none, again).values()) == {None}


def test_a_container_without_the_file_has_no_disks() -> None:
    with pytest.raises(NotApplicable):
        Machine("openvz-6").read("disk_io")


@pytest.mark.parametrize(
    "text", [line("sda").replace(" 8 ", " x ", 2), line("sda", *[2**64] * 11), line("sda", *[-1] * 11)]
)
def test_what_is_no_disk_is_said_so(text: str) -> None:
    with pytest.raises(ParseError):
        read("disk_io", text)


def test_thousands_of_made_up_disks_are_refused() -> None:
    with pytest.raises(ParseError, match="devices"):
        read("disk_io", "".join(line(f"x{n}x") for n in range(5000)))
