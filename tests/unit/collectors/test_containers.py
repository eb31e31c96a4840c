"""Figures of containers, from control groups of both versions and from engines that tell them themselves."""

from __future__ import annotations

from typing import Any

import pytest

from collectors import containers
from collectors.containers import ROOT, UNIFIED
from collectors.spec import NotApplicable, ParseError
from tests.support.machines import COLLECTORS, Machine, values

MIB = 1 << 20
ID = "4f" * 32
V2_MOUNT = b"25 1 0:22 / /sys/fs/cgroup rw,nosuid shared:9 - cgroup2 cgroup2 rw,nsdelegate\n"
V1_MOUNTS = b"""30 25 0:26 / /sys/fs/cgroup/unified rw shared:10 - cgroup2 cgroup2 rw
31 25 0:27 / /sys/fs/cgroup/systemd rw shared:11 - cgroup cgroup rw,xattr,name=systemd
32 25 0:28 / /sys/fs/cgroup/cpu,cpuacct rw shared:12 - cgroup cgroup rw,cpu,cpuacct
33 25 0:29 / /sys/fs/cgroup/memory rw shared:13 - cgroup cgroup rw,memory
34 25 0:30 / /sys/fs/cgroup/blkio rw shared:14 - cgroup cgroup rw,blkio
35 25 0:31 / /sys/fs/cgroup/pids rw shared:15 - cgroup cgroup rw,pids
"""


def row(machine: str) -> dict[str, float | int | None]:
    """The columns of that machine's container."""
    found = Machine(machine).read("containers").tables["container"][""]
    return dict(zip(containers.COLUMNS, found, strict=True))


def test_version_two_is_read_as_docker_stats_counts() -> None:
    found = row("ubuntu-24.04")
    assert found["memory"] == 48234496 - 16 * MIB
    assert found["limit"] == 128 * MIB
    assert found["memory_percent"] == pytest.approx(100 * (48234496 - 16 * MIB) / (128 * MIB))
    assert found["cpu_ns"] == 8_123_456_000
    assert (found["read"], found["written"]) == (12_289_000, 4096)
    assert (found["received"], found["sent"]) == (1_235_567, 767_432)
    assert found["processes"] == 7


def test_version_one_takes_the_totals_of_the_group_and_what_is_below_it() -> None:
    found = row("debian-lxc")
    assert found["memory"] == 20 * MIB  # 30 MiB less total_inactive_file, not less inactive_file
    assert found["limit"] == 64 * MIB
    assert found["cpu_ns"] == 123_456_789_012
    assert (found["read"], found["written"]) == (MIB, 2 * MIB)


@pytest.mark.parametrize("machine", ["debian-12", "alpine"])
def test_no_limit_is_the_hosts_memory(machine: str) -> None:
    total = Machine(machine).file("/proc/meminfo") or b""
    assert row(machine)["limit"] == int(total.split()[1]) * 1024


def test_a_group_that_is_gone_is_no_container() -> None:
    with pytest.raises(NotApplicable):
        containers.parse({containers.MEMINFO: b"MemTotal: 5 kB\n"})


def test_what_cannot_be_read_leaves_the_rest() -> None:
    found = containers.parse({f"{ROOT}memory.current": b"4096\n"}).tables["container"][""]
    assert found == (None, 4096, None, None, None, None, None, None, None)


def test_one_core_in_use_is_a_hundred_percent() -> None:
    first = containers.parse({f"{ROOT}cpu.stat": b"usage_usec 1000000\n"})
    then = containers.parse({f"{ROOT}cpu.stat": b"usage_usec 16000000\n"})
    assert values("containers", first, then)["container_cpu_percent", ""] == pytest.approx(150.0)


def test_a_counter_that_goes_back_says_nothing_and_is_the_new_baseline() -> None:
    counts = (5_000_000, 1_000_000, 2_000_000)
    readings = [containers.parse({f"{ROOT}cpu.stat": b"usage_usec %d\n" % count}) for count in counts]
    assert values("containers", *readings[:2])["container_cpu_percent", ""] is None
    assert values("containers", *readings)["container_cpu_percent", ""] == pytest.approx(10.0)


@pytest.mark.parametrize(
    "path",
    [
        f"/docker/{ID}",
        f"/system.slice/docker-{ID}.scope",
        f"/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-{ID}.scope/container",
    ],
)
def test_files_of_version_two_are_found(path: str) -> None:
    group = containers.groups(f"0::{path}\n".encode())
    found = containers.files(77, containers.mounts(V2_MOUNT), group, own_network=True)
    assert found[f"{ROOT}memory.current"].path == f"/sys/fs/cgroup{path}/memory.current"
    assert found[f"{ROOT}net/dev"].path == "/proc/77/net/dev"
    assert found.keys() <= {file.path for file in COLLECTORS["containers"].files}


def test_files_of_version_one_are_found_by_controller_beside_an_empty_version_two() -> None:
    text = f"9:memory:/docker/{ID}\n5:cpu,cpuacct:/docker/{ID}\n4:blkio:/docker/{ID}\n2:pids:/docker/{ID}\n0::/\n"
    group = containers.groups(text.encode())
    found = containers.files(77, containers.mounts(V1_MOUNTS), group, own_network=False)
    assert found[f"{ROOT}memory.usage_in_bytes"].path == f"/sys/fs/cgroup/memory/docker/{ID}/memory.usage_in_bytes"
    assert found[f"{ROOT}cpuacct.usage"].path == f"/sys/fs/cgroup/cpu,cpuacct/docker/{ID}/cpuacct.usage"
    assert f"{ROOT}memory.current" not in found
    assert f"{ROOT}net/dev" not in found


def test_a_mounted_part_of_a_hierarchy_is_where_its_groups_are() -> None:
    mounted = containers.mounts(b"25 1 0:22 /lxc/one /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n")
    found = containers.files(1, mounted, {UNIFIED: f"/lxc/one/docker/{ID}"}, own_network=False)
    assert found[f"{ROOT}cpu.stat"].path == f"/sys/fs/cgroup/docker/{ID}/cpu.stat"


def test_an_engines_own_figures_make_the_same_row() -> None:
    stats: dict[str, Any] = {
        "cpu_stats": {"cpu_usage": {"total_usage": 5_000_000_000}, "system_cpu_usage": 5_100_000_000},  # Podman's trap
        "memory_stats": {"usage": 30 * MIB, "limit": 60 * MIB, "stats": {"inactive_file": 10 * MIB}},
        "networks": {"eth0": {"rx_bytes": 5, "tx_bytes": 6}, "eth1": {"rx_bytes": 1, "tx_bytes": 1}},
        "blkio_stats": {"io_service_bytes_recursive": [{"op": "Read", "value": 7}, {"op": "write", "value": 8}]},
        "pids_stats": {"current": 4},
    }
    found = containers.of_engine(stats).tables["container"][""]
    assert found[:3] == (5_000_000_000, 20 * MIB, 60 * MIB)
    assert found[3] == pytest.approx(100 / 3)
    assert found[4:] == (6, 7, 7, 8, 4)


@pytest.mark.parametrize("stats", [{}, {"cpu_stats": []}, {"memory_stats": {"usage": "much"}}, {"networks": 5}])
def test_an_engine_that_tells_nothing_is_said_to(stats: dict[str, Any]) -> None:
    with pytest.raises(ParseError):
        containers.of_engine(stats)
