"""Memory and swap: what is used, what can be had, on metal and where the figures are another machine's."""

from __future__ import annotations

import pytest

from collectors.memory import ARC_PATH, COLLECTOR, COLUMNS, MOUNTS_PATH, PATH
from collectors.spec import ParseError
from tests.support.machines import Machine, read

KIB = 1024
Row = dict[str, float | int | None]


def of(machine: str) -> Row:
    """A machine's columns by name, bytes as KiB."""
    return in_kib(Machine(machine).read("memory").tables["memory"][""])


def told(text: str) -> Row:
    """The columns of a /proc/meminfo with these figures: "MemTotal 100 MemFree 50"."""
    words = text.split()
    lines = [f"{key}:{value:>16} kB\n" for key, value in zip(words[::2], words[1::2], strict=True)]
    return in_kib(read("memory", "".join(lines), PATH).tables["memory"][""])


def in_kib(row: tuple[float | int | None, ...]) -> Row:
    named = dict(zip(COLUMNS, row, strict=True))
    return {key: value if value is None or key.endswith("percent") else value / KIB for key, value in named.items()}


def test_used_is_total_minus_available_as_free_says() -> None:
    found = of("debian-12")
    assert found == {
        "total": 2014312,
        "used": 2014312 - 1502340,
        "available": 1502340,
        "free": 301204,
        "cached": 1187448 + 98000 - 14000,  # with slab that is given back, without shared memory, which is not
        "buffers": 92136,
        "used_percent": pytest.approx(25.4167, abs=1e-4),
        "swap_total": 999420,
        "swap_used": 249855,
        "swap_percent": 25.0,
    }


def test_a_host_without_swap_uses_none_of_it() -> None:
    found = of("alpine")
    assert (found["swap_total"], found["swap_used"], found["swap_percent"]) == (0, 0, 0.0)


def test_openvz_6_without_memavailable_has_free_plus_cache() -> None:
    found = of("openvz-6")
    assert found["available"] == 201456 + 195012
    assert found["used"] == 524288 - 396468
    assert found["swap_percent"] == 25.0


def test_kernel_before_3_14_without_memavailable_has_free_buffers_and_cache() -> None:
    found = of("centos-5-xen")
    assert (found["available"], found["used"]) == (10240 + 40960 + 204800, 268288)


def test_memavailable_of_the_machine_in_lxc_is_not_believed() -> None:
    found = told("MemTotal 62500 MemFree 20000 MemAvailable 79273 Buffers 0 Cached 12500 SwapTotal 0 SwapFree 0")
    assert (found["available"], found["used"]) == (32500, 30000)
    assert found["used_percent"] == 48.0


def test_slab_and_shared_memory_of_the_machine_in_lxc_change_nothing() -> None:
    found = of("debian-lxc")  # SReclaimable 2012331 and Shmem 901220 in a container of 1048576
    assert (found["used"], found["available"], found["cached"]) == (1048576 - 901120, 901120, 487424)


def test_slab_and_shared_memory_that_do_not_fit_are_the_machines() -> None:
    text = "MemTotal 1000 MemFree 400 Buffers 100 Cached 300 SReclaimable 5000 Shmem 9000"
    assert (told(text)["cached"], told(text)["used"]) == (300, 200)


def test_arc_on_metal_counts_as_cache_as_far_as_it_is_given_back() -> None:
    given_back = 33554432 - 2097152  # size - c_min
    found = of("proxmox")
    assert found["available"] == 9000000 + given_back
    assert found["used"] == 65761408 - 9000000 - given_back
    assert found["cached"] == 4000000 + 600000 - 200000 + given_back


def test_arc_of_the_machine_in_lxc_is_left_alone() -> None:
    machine = Machine("debian-lxc")
    contents = machine.contents(COLLECTOR)
    assert (
        contents[ARC_PATH]
        == b"c_min                           4    1073741824\nsize                            4    8589934592\n"
    )
    assert b"fuse.lxcfs" in (contents[MOUNTS_PATH] or b"")
    assert of("debian-lxc")["available"] == 901120


def test_a_machine_that_serves_lxcfs_to_others_has_an_arc_of_its_own() -> None:
    assert Machine("proxmox").contents(COLLECTOR)[MOUNTS_PATH] == b""  # lxcfs is at /var/lib/lxcfs there


def test_an_arc_larger_than_what_is_used_leaves_none_used_and_no_less() -> None:
    arc = b"size 4 900000000000\nc_min 4 0\n"
    meminfo = b"MemTotal: 1000 kB\nMemFree: 100 kB\nMemAvailable: 300 kB\nBuffers: 1 kB\nCached: 200 kB\n"
    found = in_kib(COLLECTOR.parse({PATH: meminfo, ARC_PATH: arc, MOUNTS_PATH: None}).tables["memory"][""])
    assert (found["used"], found["available"], found["cached"]) == (0, 1000, 900)


def test_the_list_of_mounts_is_read_only_where_there_is_an_arc() -> None:
    assert Machine("debian-12").contents(COLLECTOR)[MOUNTS_PATH] is None


@pytest.mark.parametrize("total", [0, 1000])
def test_free_swap_of_the_machine_in_lxc_makes_no_exabytes(total: int) -> None:
    found = told(f"MemTotal 1000 MemFree 500 SwapTotal {total} SwapFree 8000000")
    assert (found["swap_used"], found["swap_percent"]) == (0, 0.0)


def test_nothing_is_more_than_the_total() -> None:
    found = told("MemTotal 1000 MemFree 5000 MemAvailable 9000 Buffers 700 Cached 800")
    assert (found["free"], found["available"], found["used"], found["cached"]) == (1000, 1000, 0, 0)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "MemTotal: 1000 kB\n",
        "MemFree: 1000 kB\n",
        "MemTotal: 0 kB\nMemFree: 0 kB\n",
        "MemTotal: x kB\nMemFree: 1 kB\n",
        "MemTotal: 1000 kB\nMemFree: -1 kB\n",
        f"MemTotal: {1 << 60} kB\nMemFree: 1 kB\n",
        f"MemTotal: 1000 kB\nMemFree: 1 kB\nCached: {1 << 64} kB\n",
    ],
)
def test_what_is_no_memory_is_said_so(text: str) -> None:
    with pytest.raises(ParseError):
        read("memory", text, PATH)


@pytest.mark.parametrize(
    "arc", [b"size 4 x\n", b"size 4 5\n", b"c_min 4 5\n", b"size 4 " + b"9" * 30 + b"\nc_min 4 1\n"]
)
def test_an_arc_that_cannot_be_read_is_said_so(arc: bytes) -> None:
    with pytest.raises(ParseError, match="arcstats"):
        COLLECTOR.parse({PATH: b"MemTotal: 9 kB\nMemFree: 1 kB\n", ARC_PATH: arc, MOUNTS_PATH: None})
