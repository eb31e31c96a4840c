"""Rates from successive readings: what counters, gauges and shares become, and when they say nothing."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.spec import Cadence, Kind, Metric, Reading, Rows, Table, Unit
from controller.metrics import rates
from controller.metrics.rates import Baseline, Values
from controller.metrics.series import layout

BOOT = "0f6e"


def metric(
    name: str, kind: Kind, column: str, over: str | None = None, *, scale: float = 1.0, stored: bool = True
) -> Metric:
    return Metric(name, Unit.COUNT, kind, "A test's.", column, over, scale, stored)


def net(live_only: Callable[[str], bool] | None = None) -> Table:
    return Table(
        "net",
        "interface",
        ("rx", "tx"),
        (
            metric("receive", Kind.RATE, "rx"),
            metric("transmit", Kind.RATE, "tx"),
            metric("raw", Kind.GAUGE, "rx", stored=False),
        ),
        live_only,
    )


CPU = Table(
    "cpu",
    "cpu",
    ("user", "iowait", "idle", "total"),
    tuple(metric(name, Kind.SHARE, name, "total") for name in ("user", "iowait", "idle")),
)
DISK = Table(
    "disk",
    "device",
    ("reads", "read_ms", "io_ms"),
    (
        metric("read_rate", Kind.RATE, "reads"),
        metric("await", Kind.MEAN, "read_ms", "reads"),
        metric("busy", Kind.DUTY, "io_ms", scale=0.001),
    ),
)
MEMORY = Table(
    "memory",
    None,
    ("used", "free", "faults"),
    (
        metric("used", Kind.GAUGE, "used"),
        metric("free", Kind.GAUGE, "free", scale=1024.0),
        metric("faults", Kind.RATE, "faults"),
    ),
)


def steps(table: Table, *rows: Rows, seconds: float = 10.0) -> list[Values]:
    """The values of successive readings, `seconds` apart, of one table on one boot."""
    baseline = Baseline([table], Cadence.CORE)
    return [
        baseline.advance(Reading({table.name: each}), BOOT, 100 + seconds * n, 1000 + seconds * n)
        for n, each in enumerate(rows)
    ]


def test_the_first_reading_gives_gauges_and_no_rates() -> None:
    assert steps(MEMORY, {"": (5, 7, 100)}) == [[5, 7 * 1024.0, None]]


def test_a_rate_is_growth_by_uptime_elapsed_not_by_the_controllers_clock() -> None:
    baseline = Baseline([MEMORY], Cadence.CORE)
    baseline.advance(Reading({"memory": {"": (0, 0, 100)}}), BOOT, 50.00, 1000.0)
    assert baseline.advance(Reading({"memory": {"": (0, 0, 300)}}), BOOT, 60.00, 1013.7)[2] == 20.0


def test_an_uptime_of_whole_seconds_as_of_old_lxcfs_leaves_the_measuring_to_the_clock() -> None:
    baseline = Baseline([MEMORY], Cadence.CORE)
    for second, uptime in enumerate([50.0, 51.0, 51.0, 53.0, 54.0]):
        values = baseline.advance(Reading({"memory": {"": (0, 0, 100 * second)}}), BOOT, uptime, 1000.0 + second)
        assert values[2] == (100.0 if second else None)
    assert baseline.advance(Reading({"memory": {"": (0, 0, 600)}}), BOOT, 3.0, 1005.0)[2] is None
    assert baseline.advance(Reading({"memory": {"": (0, 0, 700)}}), BOOT, 23.0, 1010.0)[2] == 5.0  # the clock was set


def test_without_uptime_the_clock_measures() -> None:
    baseline = Baseline([MEMORY], Cadence.CORE)
    baseline.advance(Reading({"memory": {"": (0, 0, 100)}}), None, None, 1000.0)
    assert baseline.advance(Reading({"memory": {"": (0, 0, 300)}}), None, None, 1005.0)[2] == 40.0


@pytest.mark.parametrize(("boot", "uptime"), [("other", 9.0), ("other", 5000.0), (BOOT, 9.0), (None, 9.0)])
def test_after_a_reboot_counters_start_anew_and_gauges_are_given(boot: str | None, uptime: float) -> None:
    baseline = Baseline([MEMORY], Cadence.CORE)
    baseline.advance(Reading({"memory": {"": (1, 0, 100)}}), BOOT, 1000.0, 1000.0)
    assert baseline.advance(Reading({"memory": {"": (2, 0, 5000)}}), boot, uptime, 1010.0) == [2, 0.0, None]
    assert baseline.advance(Reading({"memory": {"": (2, 0, 5100)}}), boot, uptime + 10, 1020.0) == [2, 0.0, 10.0]


def test_a_clock_set_back_without_uptime_is_a_new_baseline() -> None:
    baseline = Baseline([MEMORY], Cadence.CORE)
    baseline.advance(Reading({"memory": {"": (1, 0, 100)}}), None, None, 1000.0)
    assert baseline.advance(Reading({"memory": {"": (1, 0, 200)}}), None, None, 990.0)[2] is None


def test_a_wrapped_32_bit_counter_is_a_new_baseline_never_a_giant() -> None:
    found = steps(net(), {"eth0": (2**32 - 10, 50)}, {"eth0": (90, 60)}, {"eth0": (1090, 70)})
    assert found[1:] == [[None, None], [100.0, 1.0]]


def test_an_interface_made_anew_says_nothing_for_one_tick_even_where_a_counter_is_higher() -> None:
    found = steps(net(), {"eth0": (1000, 5)}, {"eth0": (20, 9000)}, {"eth0": (520, 9010)})
    assert found[1:] == [[None, None], [50.0, 1.0]]


def test_a_driver_that_answers_zero_once_makes_no_spike_on_the_way_back() -> None:
    found = steps(
        net(),
        {"eth0": (10**12, 10**12)},
        {"eth0": (0, 0)},
        {"eth0": (10**12 + 50, 10**12)},
        {"eth0": (10**12 + 150, 10**12)},
    )
    assert found[1:] == [[None, None], [None, None], [10.0, 0.0]]


def test_without_a_label_each_counter_stands_for_itself() -> None:
    table = Table("vm", None, ("a", "b"), (metric("a", Kind.RATE, "a"), metric("b", Kind.RATE, "b")))
    assert steps(table, {"": (100, 10)}, {"": (5, 20)})[1] == [None, 1.0]


def test_shares_of_a_core_and_iowait_that_steps_back() -> None:
    found = steps(CPU, {"cpu0": (0, 50, 0, 50)}, {"cpu0": (250, 48, 752, 1050)})
    assert found[1] == [25.0, 0.0, 75.2]


def test_idle_that_jumps_back_is_hotplug_for_that_core_alone() -> None:
    found = steps(
        CPU,
        {"cpu0": (0, 0, 90_000, 90_000), "cpu1": (0, 0, 90_000, 90_000)},
        {"cpu0": (500, 0, 90_500, 91_000), "cpu1": (2_000, 0, 89_000, 91_000)},
        {"cpu0": (500, 0, 91_500, 92_000), "cpu1": (2_500, 0, 89_500, 92_000)},
    )
    assert found[1] == [50.0, 0.0, 50.0, None, None, None]
    assert found[2] == [0.0, 0.0, 100.0, 50.0, 0.0, 50.0]


def test_a_share_without_growth_says_nothing() -> None:
    assert steps(CPU, {"cpu0": (1, 1, 1, 3)}, {"cpu0": (1, 1, 1, 3)})[1] == [None, None, None]


def test_mean_per_operation_is_zero_without_operations_and_duty_ends_at_100() -> None:
    found = steps(DISK, {"vda": (10, 100, 0)}, {"vda": (30, 200, 5_000)}, {"vda": (30, 200, 99_000)})
    assert found[1:] == [[2.0, 5.0, 50.0], [0.0, 0.0, 100.0]]


def test_a_missing_figure_is_none_and_leaves_its_neighbours() -> None:
    found = steps(MEMORY, {"": (5, None, 100)}, {"": (6, None, None)}, {"": (7, 2, 300)}, {"": (7, 2, 400)})
    assert found == [[5, None, None], [6, None, None], [7, 2048.0, None], [7, 2048.0, 10.0]]


def test_a_device_that_vanishes_keeps_its_place_and_starts_anew() -> None:
    both: Rows = {"eth0": (0, 0), "eth1": (0, 0)}
    found = steps(
        net(), both, {"eth1": (10, 10)}, {"eth0": (500, 500), "eth1": (20, 20)}, {"eth0": (600, 500), "eth1": (20, 20)}
    )
    assert found[1:] == [[None, None, 1.0, 1.0], [None, None, 1.0, 1.0], [10.0, 0.0, 0.0, 0.0]]


def test_a_table_that_is_missing_keeps_its_places() -> None:
    baseline = Baseline([net(), MEMORY], Cadence.CORE)
    baseline.advance(Reading({"net": {"eth0": (0, 0)}, "memory": {"": (1, 2, 3)}}), BOOT, 10, 10)
    series = baseline.layout.series
    assert baseline.advance(Reading({"memory": {"": (1, 2, 3)}}), BOOT, 20, 20) == [None, None, 1, 2048.0, 0.0]
    assert (
        baseline.layout.series
        == series
        == (("receive", "eth0"), ("transmit", "eth0"), ("used", ""), ("free", ""), ("faults", ""))
    )


def test_two_consumers_at_different_rates_do_not_disturb_each_other() -> None:
    stored, live = Baseline([net()], Cadence.CORE), Baseline([net()], Cadence.CORE, live=True)
    for second in range(21):
        reading = Reading({"net": {"eth0": (100 * second, 0)}})
        seen = live.advance(reading, BOOT, 50.0 + second, 1000.0 + second)
        if second:
            assert seen == [100.0, 0.0, 100 * second]
        if second % 10 == 0:
            kept = stored.advance(reading, BOOT, 50.0 + second, 1000.0 + second)
            assert kept == ([100.0, 0.0] if second else [None, None])


def test_what_is_live_only_is_not_stored() -> None:
    table = net(lambda instance: instance.startswith("veth"))
    reading = Reading({"net": {"eth0": (1, 1), "veth12": (1, 1)}})
    stored, live = Baseline([table], Cadence.CORE), Baseline([table], Cadence.CORE, live=True)
    assert stored.advance(reading, BOOT, 1, 1) == [None, None]
    assert stored.layout.series == (("receive", "eth0"), ("transmit", "eth0"))
    assert live.advance(reading, BOOT, 1, 1) == [None, None, 1, None, None, 1]
    assert stored.refused == 0


def test_equal_hosts_share_a_layout_and_a_new_device_changes_it() -> None:
    one, two = Baseline([net()], Cadence.CORE), Baseline([net()], Cadence.CORE)
    for baseline in (one, two):
        baseline.advance(Reading({"net": {"eth0": (1, 1)}}), BOOT, 1, 1)
    assert one.layout is two.layout
    two.advance(Reading({"net": {"eth0": (1, 1), "eth1": (1, 1)}}), BOOT, 11, 11)
    assert two.layout.id != one.layout.id
    assert layout(two.layout.series, Cadence.CORE) is two.layout


def test_a_device_away_for_an_hour_loses_its_place() -> None:
    baseline = Baseline([net()], Cadence.CORE)
    baseline.advance(Reading({"net": {"eth0": (1, 1), "usb0": (1, 1)}}), BOOT, 1, 0)
    values: Values = []
    for at in range(10, 2 * 3600 + 20, 10):
        values = baseline.advance(Reading({"net": {"eth0": (at, 1)}}), BOOT, 1 + at, at)
    assert values == [1.0, 0.0]
    assert baseline.layout.series == (("receive", "eth0"), ("transmit", "eth0"))


def test_a_host_that_invents_devices_changes_its_layout_a_bounded_number_of_times() -> None:
    baseline = Baseline([net()], Cadence.CORE)
    seen = set()
    for n in range(1000):
        baseline.advance(Reading({"net": {"eth0": (n, n), f"x{n}": (1, 1)}}), BOOT, 1.0 + n, float(n))
        seen.add(baseline.layout.id)
    assert len(seen) == rates.CHANGES_PER_HOUR
    assert baseline.refused == 1000 - rates.CHANGES_PER_HOUR
    assert len(baseline.advance(Reading({"net": {}}), BOOT, 2000.0, 2000.0)) == 2 * (1 + rates.CHANGES_PER_HOUR)


def test_a_host_with_too_many_devices_gets_a_row_that_fits_a_page() -> None:
    baseline = Baseline([net()], Cadence.CORE)
    values = baseline.advance(Reading({"net": {f"x{n}": (1, 1) for n in range(5000)}}), BOOT, 1.0, 1.0)
    assert len(values) == rates.MAX_SERIES
    assert baseline.refused == 5000 - rates.MAX_SERIES // 2


figures = st.one_of(st.none(), st.integers(0, 2**64 - 1), st.floats(0, 1e15))
rows = st.dictionaries(st.sampled_from(["a", "b", "c"]), st.tuples(figures, figures, figures), max_size=3)
reading = st.tuples(rows, st.sampled_from([None, "x", "y"]), st.one_of(st.none(), st.floats(0, 1e6)), st.floats(0, 1e6))


@given(st.lists(reading, max_size=12))
def test_whatever_is_read_rates_are_never_negative_and_shares_never_beyond_100(
    readings: list[tuple[Rows, str | None, float | None, float]],
) -> None:
    baseline = Baseline(
        [
            DISK,
            Table("cpu", "cpu", CPU.columns[:3], tuple(metric(n, Kind.SHARE, n, "idle") for n in ("user", "iowait"))),
        ],
        Cadence.CORE,
    )
    for found, boot, uptime, at in readings:
        values = baseline.advance(Reading({"disk": found, "cpu": found}), boot, uptime, at)
        assert len(values) == len(baseline.layout.series)
        for (name, _), value in zip(baseline.layout.series, values, strict=True):
            assert value is None or (value >= 0 and not math.isnan(value))
            assert value is None or name not in {"busy", "user", "iowait"} or value <= 100


@given(st.lists(st.tuples(st.integers(0, 10**12), st.integers(0, 10**9)), min_size=2, max_size=8), st.floats(0.5, 100))
def test_growing_counters_give_growth_by_second(grown: list[tuple[int, int]], seconds: float) -> None:
    reached: list[tuple[float | int | None, ...]] = [
        (sum(a for a, _ in grown[: n + 1]), sum(b for _, b in grown[: n + 1])) for n in range(len(grown))
    ]
    found = steps(net(), *({"eth0": each} for each in reached), seconds=seconds)
    for (a, b), values in zip(grown[1:], found[1:], strict=True):
        assert values == [pytest.approx(a / seconds, rel=1e-6), pytest.approx(b / seconds, rel=1e-6)]
