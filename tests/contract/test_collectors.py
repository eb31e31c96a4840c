"""Every collector, the next one too: what it declares, and what it makes of each machine and of anything else."""

from __future__ import annotations

import json
import math
import random
import re
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collectors import registry
from collectors.figures import MOST_ROWS, NAME_LENGTH
from collectors.spec import Cadence, Collector, File, Kind, Metric, NotApplicable, ParseError, Reading, Rows, Table
from controller.metrics.rates import Baseline
from tests.support.machines import COLLECTORS, FIXTURES, MACHINES, Machine

EVERY = pytest.mark.parametrize("collector", COLLECTORS.values(), ids=COLLECTORS.keys())
TABLES = [table for collector in COLLECTORS.values() for table in collector.tables]
METRICS = [metric for table in TABLES for metric in table.metrics]
WORDS = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
QUOTED = re.compile(r'"(\\.|[^"\\])*"')
HIGHEST = float(1 << 80)
Contents = dict[str, bytes | None]


def parse(collector: Collector, contents: Contents) -> Reading | None:
    """What it makes of these contents; None when it says that they are of no use, which is all it may say."""
    try:
        reading = collector.parse(contents)
    except (ParseError, NotApplicable) as error:
        sentence = str(error)
    else:
        holds(collector, reading)
        return reading
    assert len(sentence) < 400
    return None


def holds(collector: Collector, reading: Reading) -> None:
    """Assert that a reading is of the form that the collector declares, and no larger than anybody can bear."""
    tables = {table.name: table for table in collector.tables}
    assert reading.tables.keys() <= tables.keys()
    for name, rows in reading.tables.items():
        holds_rows(tables[name], rows)
    said = json.dumps(reading.facts)
    assert len(said) < 1 << 18
    assert all(len(digits) < 20 for digits in re.findall(r"\d+", QUOTED.sub("", said))), "too large for readers of JSON"


def holds_rows(table: Table, rows: Rows) -> None:
    """Assert the same of one table."""
    assert len(rows) <= MOST_ROWS
    if table.label is None:
        assert rows.keys() == {""}
    for instance, row in rows.items():
        assert len(row) == len(table.columns)
        assert len(instance) <= NAME_LENGTH
        assert instance.isprintable()
        assert all(value is None or (math.isfinite(value) and abs(value) < HIGHEST) for value in row)


# what it declares


@pytest.mark.parametrize("metric", METRICS, ids=[metric.name for metric in METRICS])
def test_a_metric_says_what_it_is(metric: Metric) -> None:
    assert WORDS.fullmatch(metric.name)
    assert metric.help[0].isupper()
    assert metric.help.endswith(".")
    assert metric.scale > 0
    assert (metric.over is not None) == (metric.kind in {Kind.SHARE, Kind.MEAN})


def test_no_two_metrics_or_tables_have_one_name() -> None:
    for names in ([metric.name for metric in METRICS], [table.name for table in TABLES]):
        assert len(set(names)) == len(names)


@EVERY
def test_a_collector_says_what_it_is(collector: Collector) -> None:
    assert WORDS.fullmatch(collector.name)
    assert collector.help.endswith(".")
    assert 0 < collector.timeout_s <= 30
    metrics = [metric for table in collector.tables for metric in table.metrics]
    used = {metric.column for metric in metrics} | {metric.over for metric in metrics}
    assert {column for table in collector.tables for column in table.columns} <= used, "columns that nobody needs"


@EVERY
def test_what_it_keeps_of_a_file_is_what_every_awk_understands(collector: Collector) -> None:
    for file in collector.files:
        assert file.path.startswith("/")
        assert not set(file.path + file.keep) & set("\t\n'\\{}")
        re.compile(file.keep)


def test_the_registry_refuses_what_contradicts_itself() -> None:
    load, cpu = COLLECTORS["load"], COLLECTORS["cpu"]

    def made(cadence: Cadence, *files: File, name: str = "x") -> tuple[str, Collector]:
        return name, Collector(name, "X.", cadence, (), load.parse, files)

    for wrong, why in (
        ([("other", load)], "calls itself load"),
        ([("load", load), ("load", load)], "declared already"),
        ([made(Cadence.CORE)], "core collectors name files"),
        ([made(Cadence.SLOW)], "others bring a script"),
        ([made(Cadence.CORE, File("/a"), name="X-1")], "no legal name"),
        ([("cpu", cpu), made(Cadence.CORE, File("/proc/stat"))], "other lines"),
        ([made(Cadence.CORE, File("/a", after="/b"))], "not read before"),
    ):
        with pytest.raises(registry.RegistryError, match=why):
            registry.gather(wrong)


# what it makes of machines


@EVERY
@pytest.mark.parametrize("machine", MACHINES)
def test_every_machine_is_read_or_said_to_have_nothing_of_the_kind(machine: str, collector: Collector) -> None:
    there = Machine(machine)
    if collector.script:
        assert there.file(f"said/{collector.name}") is not None, "a fixture of what the script says there"
    try:
        reading = collector.parse(there.contents(collector))
    except NotApplicable:
        return
    holds(collector, reading)
    assert reading.tables.keys() == {table.name for table in collector.tables}


@EVERY
def test_some_machine_has_something_of_the_kind(collector: Collector) -> None:
    assert any(parse(collector, Machine(machine).contents(collector)) for machine in MACHINES)


@pytest.mark.parametrize("cadence", [Cadence.CORE, Cadence.SLOW])
@pytest.mark.parametrize("machine", MACHINES)
def test_a_machine_that_stands_still_does_nothing(machine: str, cadence: Cadence) -> None:
    chosen = [collector for collector in COLLECTORS.values() if collector.cadence is cadence]
    readings = [parse(collector, Machine(machine).contents(collector)) for collector in chosen]
    tables = {name: rows for reading in readings if reading for name, rows in reading.tables.items()}
    baseline = Baseline([table for collector in chosen for table in collector.tables], cadence)
    baseline.advance(Reading(tables), "boot", 500.5, 1000.0)
    values = baseline.advance(Reading(tables), "boot", 510.5, 1010.0)
    kinds = {metric.name: metric.kind for metric in METRICS}
    assert values
    for (name, _), value in zip(baseline.layout.series, values, strict=True):
        assert kinds[name] is Kind.GAUGE or not value


# what it makes of anything else

NUMBERS = (b"0", b"-1", b"1e5", b"nan", b"inf", b"0x10", b"1_0", b"%d" % 2**32, b"%d" % 2**64, b"9" * 400, b"9" * 5000)


def cut(text: bytes, chance: random.Random) -> bytes:
    """Only so much of it."""
    return text[: chance.randrange(len(text) + 1)]


def swap_numbers(text: bytes, chance: random.Random) -> bytes:
    """Some numbers are none, or huge."""
    return re.sub(rb"\d+", lambda found: chance.choice(NUMBERS) if chance.random() < 0.1 else found[0], text)


def repeat_lines(text: bytes, chance: random.Random) -> bytes:
    """The lines in any order, some twice."""
    lines = text.splitlines(keepends=True) or [b"\n"]
    return b"".join(chance.choices(lines, k=len(lines) + chance.randrange(20)))


def drop_words(text: bytes, chance: random.Random) -> bytes:
    """Some words are missing."""
    return b" ".join(word for word in text.split(b" ") if chance.random() > 0.05)


def spoil_bytes(text: bytes, chance: random.Random) -> bytes:
    """Some bytes are others."""
    spoiled = bytearray(text)
    for _ in range(min(len(spoiled), 8)):
        spoiled[chance.randrange(len(spoiled))] = chance.choice(b"\x00\xff\n\t :=\x1b-.\x85")
    return bytes(spoiled)


def join_lines(text: bytes, chance: random.Random) -> bytes:
    """One enormous line."""
    return text.replace(b"\n", b" ") * chance.randrange(1, 50)


Mishap = Callable[[bytes, random.Random], bytes]
MISHAPS: tuple[Mishap, ...] = (cut, swap_numbers, repeat_lines, drop_words, spoil_bytes, join_lines)


@EVERY
@settings(max_examples=60, deadline=None)
@given(machine=st.sampled_from(sorted(path.name for path in FIXTURES.iterdir())), seed=st.integers(0, 2**32))
def test_what_a_machine_answers_wrongly_is_at_worst_not_understood(
    collector: Collector, machine: str, seed: int
) -> None:
    chance = random.Random(seed)
    one, other = chance.choices(MISHAPS, k=2)
    contents = Machine(machine).contents(collector)
    wrong = {path: other(one(text or b"", chance), chance) for path, text in contents.items()}
    parse(collector, {path: text if chance.random() < 0.8 else None for path, text in wrong.items()})


@EVERY
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_garbage_is_not_understood_and_nothing_worse(collector: Collector, data: st.DataObject) -> None:
    texts = st.text(max_size=200).map(lambda text: text.encode("utf-8", "replace"))
    noise = st.one_of(st.none(), st.binary(max_size=200), texts)
    parse(collector, {path: data.draw(noise) for path in paths(collector)})


@EVERY
@pytest.mark.parametrize("flood", [b"1 ", b"a:", b"\n", b"\0", b"(", b"cpu1 1 1 1 1\n", b"x=1\n", b"9", b'"'])
def test_a_flood_is_borne(collector: Collector, flood: bytes) -> None:
    parse(collector, dict.fromkeys(paths(collector), flood * (100_000 // len(flood))))


@EVERY
def test_rows_are_bounded_however_many_a_host_makes(collector: Collector) -> None:
    for machine in ("debian-12", "proxmox"):
        contents = Machine(machine).contents(collector)
        parse(collector, {path: text and many(text) for path, text in contents.items()})


def many(text: bytes) -> bytes:
    """With some lines five thousand times, each time with other names."""
    lines = text.splitlines(keepends=True)[1:4]
    renamed = [re.sub(rb"(?<=\S)(?=[ :=\n])", b"%d" % n, line) for n in range(5000) for line in lines]
    return text + b"".join(renamed)


def paths(collector: Collector) -> list[str]:
    """What its contents are keyed by."""
    return [file.path for file in collector.files] or [""]
