"""Rollups say what the frames said, whatever comes late, twice or in between."""

from __future__ import annotations

import asyncio
import contextlib
import math
import random
from collections import defaultdict
from collections.abc import Iterable

import pytest

from controller.core.db import Database
from controller.metrics import rollups
from controller.metrics.frames import FrameWriter
from controller.metrics.partitions import Retention
from controller.metrics.series import Layout
from controller.metrics.upkeep import Upkeep
from tests.integration.metrics.stored import MIDNIGHT, SetClock, core, fetch, until

CPU = core("cpu", "net/eth0")
OTHER = core("cpu")
WIDTHS = {"rollup_1m": 60, "rollup_10m": 600, "rollup_1h": 3600}
Frame = tuple[int, float, Layout, list[float | None]]  # host, time, layout, values
Row = tuple[int, list[float | None], list[float | None]]  # count, averages, maxima


def made(start: float, end: float, hosts: int = 2, seed: int = 1, layout: Layout = CPU) -> list[Frame]:
    """Frames every ten seconds; now and then one is missing, or a value of one is."""
    rng = random.Random(seed)
    found: list[Frame] = []
    for host in range(1, hosts + 1):
        for tick in range(int(start), int(end), 10):
            if rng.random() < 0.95:
                values = [None if rng.random() < 0.1 else round(rng.uniform(0, 100), 3) for _ in layout.series]
                found.append((host, float(tick), layout, values))
    return found


async def store(database: Database, frames: Iterable[Frame]) -> None:
    """Bring frames to the database, as the controller does."""
    writer = FrameWriter(database, SetClock(MIDNIGHT), 1_000_000, interval_s=0.02)
    writer.start()
    count = 0
    for host, at, layout, values in frames:
        writer.put(host, 0, at, layout, values)
        count += 1
    await until(lambda: writer.written == count)
    await writer.close()


async def roll_up(database: Database, now: float) -> int:
    """All levels up to now; how many rows were written."""
    async with await database.raw() as connection:
        return await rollups.catch_up(connection, now)


async def begin(database: Database, at: float = MIDNIGHT) -> None:
    """The first marks, as a controller's start sets them."""
    await roll_up(database, at)


def expected(frames: Iterable[Frame], width: int) -> dict[tuple[int, float, int], Row]:
    """By host, time and layout: what a level of that width has to hold, worked out from the frames alone."""
    cells: dict[tuple[int, float, int], list[list[float | None]]] = defaultdict(list)
    for host, at, layout, values in frames:
        cells[host, at // width * width, layout.id].append(values)
    return {
        key: (
            len(rows),
            [_mean([row[n] for row in rows]) for n in range(len(rows[0]))],
            [_most([row[n] for row in rows]) for n in range(len(rows[0]))],
        )
        for key, rows in cells.items()
    }


def _mean(values: list[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else None


def _most(values: list[float | None]) -> float | None:
    return max((value for value in values if value is not None), default=None)


async def held(database: Database, table: str) -> dict[tuple[int, float, int], Row]:
    """What a level holds."""
    rows = await fetch(
        database, f"select host_id, extract(epoch from ts)::float8, layout_id, count, avg, max from {table}"
    )
    return {(row[0], row[1], row[2]): (row[3], list(row[4]), list(row[5])) for row in rows}


def agree(one: Row, other: Row, tolerance: float) -> bool:
    """Equal but for single precision; `tolerance` for averages of averages."""

    def near(a: list[float | None], b: list[float | None], within: float) -> bool:
        return all(
            x is y or (x is not None and y is not None and math.isclose(x, y, rel_tol=within, abs_tol=within))
            for x, y in zip(a, b, strict=True)
        )

    return one[0] == other[0] and near(one[1], other[1], tolerance) and near(one[2], other[2], 1e-5)


async def assert_right(database: Database, frames: list[Frame], until_at: float) -> None:
    """Every level holds what follows from the frames, for all of the time that is done."""
    for table, width in WIDTHS.items():
        done = (until_at - rollups.GRACE_S) // width * width
        wanted = {key: row for key, row in expected(frames, width).items() if key[1] < done}
        there = await held(database, table)
        assert there.keys() == wanted.keys(), table
        # a minute's missing values weigh in the hour as if they were there: never more than a few per cent
        tolerance = 1e-5 if width == 60 else 0.05
        wrong = [key for key in wanted if not agree(there[key], wanted[key], tolerance)]
        assert not wrong, (table, wrong[0], there[wrong[0]], wanted[wrong[0]])


async def test_every_level_holds_averages_and_maxima_of_the_frames(database: Database) -> None:
    await begin(database)
    frames = made(MIDNIGHT, MIDNIGHT + 2 * 3600 + 900)
    await store(database, frames)
    now = MIDNIGHT + 2 * 3600 + 900
    assert await roll_up(database, now) > 0
    await assert_right(database, frames, now)
    assert len({key[1] for key in await held(database, "rollup_1h")}) == 2


async def test_nothing_is_done_twice_and_doing_it_again_changes_nothing(database: Database) -> None:
    await begin(database)
    frames = made(MIDNIGHT, MIDNIGHT + 1500)
    await store(database, frames)
    await roll_up(database, MIDNIGHT + 1500)
    assert await roll_up(database, MIDNIGHT + 1500) == 0
    before = await held(database, "rollup_1m")
    async with await database.raw() as connection:
        await rollups.reopen(connection, MIDNIGHT)
    assert await roll_up(database, MIDNIGHT + 1500) > 0
    assert await held(database, "rollup_1m") == before


async def test_frames_that_come_late_are_in_it(database: Database) -> None:
    await begin(database)
    early, late = made(MIDNIGHT + 3600, MIDNIGHT + 7200), made(MIDNIGHT, MIDNIGHT + 3600, seed=2)
    now = MIDNIGHT + 7200 + rollups.GRACE_S
    await store(database, early)
    await roll_up(database, now)
    await assert_right(database, early, now)
    await store(database, late)
    await roll_up(database, now)
    await assert_right(database, early + late, now)


async def test_a_layout_that_changes_within_a_minute_has_a_row_for_each(database: Database) -> None:
    await begin(database)
    frames = made(MIDNIGHT, MIDNIGHT + 630) + made(MIDNIGHT + 630, MIDNIGHT + 1260, layout=OTHER)
    now = MIDNIGHT + 1260 + rollups.GRACE_S
    await store(database, frames)
    await roll_up(database, now)
    await assert_right(database, frames, now)
    minute = [key for key in await held(database, "rollup_1m") if key[1] == MIDNIGHT + 600]
    assert len(minute) == 4


async def test_a_long_silence_is_leapt_over(database: Database) -> None:
    await begin(database, MIDNIGHT - 40 * 86_400)
    frames = made(MIDNIGHT - 39 * 86_400, MIDNIGHT - 39 * 86_400 + 600) + made(MIDNIGHT, MIDNIGHT + 600)
    now = MIDNIGHT + 4000
    await store(database, frames)
    async with asyncio.timeout(20):
        await roll_up(database, now)
    await assert_right(database, frames, now)


@pytest.mark.parametrize("after", [1, 3, 9])
async def test_an_end_at_any_moment_loses_and_doubles_nothing(database: Database, after: int) -> None:
    await begin(database)
    frames = made(MIDNIGHT, MIDNIGHT + 3 * 3600)
    now = MIDNIGHT + 3 * 3600 + rollups.GRACE_S
    await store(database, frames)
    work = asyncio.create_task(roll_up(database, now))
    async with await database.raw() as connection:
        while True:  # the marks move a step at a time
            done = (await rollups.marks(connection))["1m"]
            if done >= MIDNIGHT + after * 120 or work.done():
                break
    assert not work.done()
    work.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await work
    await roll_up(database, now)
    await assert_right(database, frames, now)


async def test_retention_drops_what_is_too_old_and_makes_room_ahead(database: Database) -> None:
    async def kept(_: object) -> Retention:
        return Retention(raw_days=2, minute_days=14, ten_minute_days=90, hour_days=730)

    old = MIDNIGHT - 20 * 86_400
    await begin(database, old)
    await store(database, made(old, old + 7200, layout=OTHER) + made(MIDNIGHT, MIDNIGHT + 120))
    await fetch(database, f"update layout set used_on = '2020-01-01' where id = {OTHER.id} returning id")
    upkeep = Upkeep(database, SetClock(old + 7300), kept)
    await upkeep.turn()
    assert await held(database, "rollup_1m")
    upkeep = Upkeep(database, SetClock(MIDNIGHT), kept)
    await upkeep.turn()
    times = await fetch(database, "select min(ts)::date::text from frame")
    assert times == [("2026-11-24",)]
    assert not [key for key in await held(database, "rollup_1m") if key[1] < MIDNIGHT - 14 * 86_400]
    assert [key for key in await held(database, "rollup_10m") if key[1] < old + 7200]
    assert [row[0] for row in await fetch(database, "select id from layout")] == [CPU.id]
    ahead = await fetch(database, "select to_regclass('frame_20261126')::text")
    assert ahead == [("frame_20261126",)]
