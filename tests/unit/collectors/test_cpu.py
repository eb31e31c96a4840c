"""Processor time: what of /proc/stat counts as what, and what successive readings make of it."""

from __future__ import annotations

import pytest

from collectors.cpu import COLUMNS
from collectors.spec import ParseError
from tests.support.machines import Machine, read, values


def columns(machine: str) -> dict[str, float | int | None]:
    """The total's columns by name."""
    return dict(zip(COLUMNS, Machine(machine).read("cpu").tables["cpu"][""], strict=True))


def test_total_and_each_core_of_debian_12() -> None:
    tables = Machine("debian-12").read("cpu").tables
    #                      busy   user   nice system irq iowait steal guest idle total
    assert tables["cpu"] == {"": (15700, 10000, 200, 5000, 100, 3000, 400, 0, 800000, 818700)}
    assert tables["cpu_core"] == {
        "cpu0": (9380, 6000, 100, 3000, 80, 2000, 200, 0, 399000, 410380),
        "cpu1": (6320, 4000, 100, 2000, 20, 1000, 200, 0, 401000, 408320),
    }


def test_steal_is_busy_and_part_of_the_total() -> None:
    found = columns("ubuntu-24.04")
    assert found["steal"] == 77000
    assert found["busy"] == 482211 + 3021 + 120334 + 9021 + 77000
    assert found["total"] == 691587 + 18321100 + 40211


def test_hard_and_soft_interrupts_are_one_figure() -> None:
    assert columns("alma-9")["irq"] == 2012 + 1203


def test_guest_time_is_counted_once() -> None:
    found = columns("proxmox")  # user 5000000 of which guests 4200000, nice 1000 of which guests 500
    assert (found["user"], found["nice"], found["guest"]) == (800000, 500, 4200500)
    assert found["busy"] == 5000000 + 1000 + 800000 + 40000
    assert found["total"] == 5841000 + 60000000 + 200000


def test_guest_time_read_ahead_of_user_time_makes_no_negative_share() -> None:
    row = read("cpu", "cpu  100 5 0 900 0 0 0 0 101 6\n").tables["cpu"][""]
    assert row == (105, 0, 0, 0, 0, 0, 0, 107, 900, 1005)


@pytest.mark.parametrize(
    ("machine", "total"),
    [
        ("kernel-2.6.18", (1320, 1000, 20, 300, 0, 0, 0, 0, 50000, 51320)),  # user nice system idle
        ("centos-5-xen", (2235, 1000, 20, 300, 15, 600, 900, 0, 50000, 52835)),  # as far as steal
        ("openvz-6", (391357, 301223, 12, 90122, 0, 0, 0, 0, 20122331, 20513688)),  # as far as steal, all of it 0
    ],
)
def test_missing_columns_are_none_of_that_time(machine: str, total: tuple[int, ...]) -> None:
    assert Machine(machine).read("cpu").tables["cpu"][""] == total


def test_columns_that_later_kernels_add_are_not_counted() -> None:
    assert read("cpu", "cpu  1 2 3 4 5 6 7 8 0 0 99 99\n").tables["cpu"][""][-1] == 36


def test_an_offline_core_has_no_row_and_the_numbers_of_the_others_stay() -> None:
    cores = read("cpu", "cpu 3 0 0 3 0 0 0 0 0 0\ncpu0 1 0 0 1 0 0 0 0 0 0\ncpu2 2 0 0 2 0 0 0 0 0 0\n")
    assert list(cores.tables["cpu_core"]) == ["cpu0", "cpu2"]


def test_cores_that_go_offline_and_come_back_say_nothing_for_a_tick() -> None:
    both = read("cpu", "cpu 200 0 0 1800\ncpu0 100 0 0 900\ncpu1 100 0 0 900\n")
    alone = read("cpu", "cpu 250 0 0 2750\ncpu0 150 0 0 1850\n")
    again = read("cpu", "cpu 300 0 0 3700\ncpu0 200 0 0 2800\ncpu1 110 0 0 905\n")
    assert values("cpu", both, alone)["cpu_core_percent", "cpu1"] is None
    back = values("cpu", both, alone, again)
    assert (back["cpu_core_percent", "cpu0"], back["cpu_core_percent", "cpu1"]) == (5.0, None)
    assert back["cpu_percent", ""] == 5.0


def test_iowait_that_steps_back_counts_as_none_and_nothing_exceeds_the_whole() -> None:
    before = read("cpu", "cpu  1000 0 500 8000 500 0 0 0 0 0\n")
    after = read("cpu", "cpu  1250 0 500 8760 490 0 0 0 0 0\n")  # 1000 ticks, of which -10 iowait
    found = values("cpu", before, after)
    assert found["cpu_iowait_percent", ""] == 0.0
    assert found["cpu_percent", ""] == 25.0
    assert found["cpu_idle_percent", ""] == 76.0


def test_idle_that_jumps_back_as_after_hotplug_makes_no_spike() -> None:
    before = read("cpu", "cpu  1000 0 0 90000 0 0 0 0 0 0\n")
    after = read("cpu", "cpu  1500 0 0 60000 0 0 0 0 0 0\n")
    assert set(values("cpu", before, after).values()) == {None}


def test_boot_time_is_not_looked_at_since_it_moves_with_the_clock() -> None:
    machine = Machine("debian-12")
    text = machine.file("/proc/stat")
    assert text is not None
    assert read("cpu", text.replace(b"btime 1763913600", b"btime 1763910000")) == machine.read("cpu")


def test_shares_of_the_time_between_two_readings() -> None:
    before = read("cpu", "cpu  100 10 50 800 20 5 5 10 0 0\n")
    after = read("cpu", "cpu  300 20 150 1300 60 15 15 140 0 0\n")  # 1000 ticks
    found = values("cpu", before, after)
    assert {name.removesuffix("_percent"): value for (name, _), value in found.items() if value is not None} == {
        "cpu": 46.0,
        "cpu_user": 20.0,
        "cpu_nice": 1.0,
        "cpu_system": 10.0,
        "cpu_irq": 2.0,
        "cpu_iowait": 4.0,
        "cpu_steal": 13.0,
        "cpu_guest": 0.0,
        "cpu_idle": 50.0,
    }


@pytest.mark.parametrize(
    "text", ["", "cpu0 1 1 1 1\n", "cpu\n", "cpu 1 2 3\n", "cpu 1 2 x 4\n", f"cpu 1 2 3 {2**64}\n", "cpu -1 2 3 4\n"]
)
def test_what_is_no_processor_time_is_said_so(text: str) -> None:
    with pytest.raises(ParseError):
        read("cpu", text)


def test_thousands_of_made_up_cores_are_refused() -> None:
    with pytest.raises(ParseError, match="cores"):
        read("cpu", "cpu 1 1 1 1\n" + "".join(f"cpu{n} 1 1 1 1\n" for n in range(5000)))
