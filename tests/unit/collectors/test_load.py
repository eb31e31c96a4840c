"""Load averages, and threads, which are no processes."""

from __future__ import annotations

import pytest

from collectors.load import COLLECTOR
from collectors.spec import ParseError
from tests.support.machines import Machine, read


@pytest.mark.parametrize(
    ("machine", "row"),
    [
        ("debian-12", (0.42, 0.31, 0.18, 143)),
        ("ubuntu-24.04", (1.02, 0.98, 0.77, 612)),
        ("alpine", (0.0, 0.0, 0.0, 88)),
        ("debian-lxc", (0.15, 0.1, 0.05, 38)),
        ("openvz-6", (0.08, 0.03, 0.01, 42)),
    ],
)
def test_averages_of_a_machine(machine: str, row: tuple[float, ...]) -> None:
    assert Machine(machine).read("load").tables == {"load": {"": row}}


def test_the_fourth_field_is_threads_and_processes_are_counted_otherwise() -> None:
    machine = Machine("debian-12")
    assert machine.read("load").tables["load"][""][3] == 143
    assert machine.read("processes").tables["process"][""] == (6,)
    names = {metric.name for table in COLLECTOR.tables for metric in table.metrics}
    assert "thread_count" in names
    assert "process_count" not in names


def test_a_file_without_threads_still_has_averages() -> None:
    assert read("load", "0.10 0.20 0.30\n").tables["load"][""] == (0.1, 0.2, 0.3, None)


@pytest.mark.parametrize("text", ["", "0.1 0.2", "a b c 1/2 3", "nan 0 0 1/2 3", "0.1 0.2 1e999 1/2 3", "0 0 0 1/x 3"])
def test_what_is_no_load_is_said_so(text: str) -> None:
    with pytest.raises(ParseError):
        read("load", text)
