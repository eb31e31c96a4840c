"""Charts show what was stored: every value in its place, gaps as gaps, and now at the end."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from controller.core.db import Database
from controller.metrics.partitions import Retention
from controller.metrics.queries import Answer, Charts, Line, Question
from tests.integration.metrics.stored import CATALOGUE, MIDNIGHT, core, slow
from tests.integration.metrics.test_rollups import CPU, Frame, begin, roll_up, store

WIDE = core("cpu", "net/eth0", "net/eth1")


async def retention(_: AsyncSession) -> Retention:
    """The usual one."""
    return Retention()


async def ask(database: Database, now: float, back_s: float, points: int = 600, **question: Any) -> Answer:
    """Ask for what there was until now."""
    wanted = {"host_ids": [1], "metrics": ["cpu"], **question}
    charts = Charts(CATALOGUE, retention)
    async with database.session() as session:
        return await charts.ask(session, Question(start=now - back_s, end=now, points=points, **wanted), now)


def steady(
    start: float, end: float, values: Sequence[float | None], *, host: int = 1, layout: Any = CPU
) -> list[Frame]:
    """The same frame every ten seconds."""
    return [(host, float(at), layout, list(values)) for at in range(int(start), int(end), 10)]


def shown(line: Line) -> dict[float, float]:
    """Values by their place on the grid."""
    return {place: value for place, value in enumerate(line.average) if value is not None}


async def test_raw_frames_stand_where_they_were_and_a_gap_is_a_gap(database: Database) -> None:
    frames = steady(MIDNIGHT, MIDNIGHT + 100, [10, 1]) + steady(MIDNIGHT + 200, MIDNIGHT + 300, [20, 1])
    await store(database, frames)
    answer = await ask(database, MIDNIGHT + 300, 300)
    assert (answer.plan.step_s, answer.plan.source.name, len(answer.plan.timestamps)) == (10, "raw", 30)
    (line,) = answer.lines
    assert line.average == [10.0] * 10 + [None] * 10 + [20.0] * 10


async def test_long_ranges_read_rollups_and_end_with_what_is_not_rolled_up_yet(database: Database) -> None:
    await begin(database)
    now = MIDNIGHT + 6 * 3600
    rising: list[Frame] = [
        (1, float(at), CPU, [(at - MIDNIGHT) / 3600, 0.0]) for at in range(int(MIDNIGHT), int(now), 10)
    ]
    await store(database, rising)
    await roll_up(database, now - 1800)
    answer = await ask(database, now, 6 * 3600, points=360)
    assert (answer.plan.step_s, answer.plan.source.name) == (60, "1m")
    (line,) = answer.lines
    values = shown(line)
    assert len(values) == 360
    for place, value in values.items():
        middle = (place * 60 + 25) / 3600
        assert abs(value - middle) < 0.01
        highest = line.most[int(place)]
        assert highest is not None
        assert abs(highest - (place * 60 + 50) / 3600) < 0.001


async def test_two_layouts_in_one_cell_count_by_their_frames(database: Database) -> None:
    await begin(database)
    frames = steady(MIDNIGHT, MIDNIGHT + 40, [30, 1]) + steady(MIDNIGHT + 40, MIDNIGHT + 60, [60, 1, 2], layout=WIDE)
    await store(database, frames)
    for rolled in (False, True):
        if rolled:
            await roll_up(database, MIDNIGHT + 200)
        answer = await ask(database, MIDNIGHT + 60, 60, points=1)
        (line,) = answer.lines
        assert (answer.plan.step_s, line.average, line.most) == (60, [40.0], [60.0])


async def test_instances_hosts_and_metrics_are_told_apart(database: Database) -> None:
    frames = steady(MIDNIGHT, MIDNIGHT + 60, [1, 2, 3], layout=WIDE)
    frames += steady(MIDNIGHT, MIDNIGHT + 60, [4, 5], host=2) + steady(MIDNIGHT, MIDNIGHT + 60, [6, 7], host=3)
    await store(database, frames)

    async def found(**question: Any) -> dict[tuple[int, str, str], float | None]:
        answer = await ask(database, MIDNIGHT + 60, 60, **question)
        return {(line.host_id, line.metric, line.instance): line.average[0] for line in answer.lines}

    assert await found(host_ids=[1, 2], metrics=["net", "cpu"]) == {
        (1, "cpu", ""): 1.0,
        (1, "net", "eth0"): 2.0,
        (1, "net", "eth1"): 3.0,
        (2, "cpu", ""): 4.0,
        (2, "net", "eth0"): 5.0,
    }
    assert await found(host_ids=[1, 2], metrics=["net"], instance="eth1") == {(1, "net", "eth1"): 3.0}
    assert await found(host_ids=[], metrics=["cpu"]) == {}
    assert await found(host_ids=[99], metrics=["cpu"]) == {}
    assert await found(metrics=["memory"]) == {}


async def test_a_value_that_is_missing_is_none_and_weighs_nothing(database: Database) -> None:
    await begin(database)
    frames = steady(MIDNIGHT, MIDNIGHT + 30, [50, 1]) + steady(MIDNIGHT + 30, MIDNIGHT + 60, [None, 1])
    await store(database, frames)
    (line,) = (await ask(database, MIDNIGHT + 60, 60)).lines
    assert line.average == [50.0] * 3 + [None] * 3
    (line,) = (await ask(database, MIDNIGHT + 60, 60, points=1)).lines
    assert line.average == [50.0]
    await roll_up(database, MIDNIGHT + 200)
    (line,) = (await ask(database, MIDNIGHT + 60, 60, points=1)).lines
    assert line.average == [50.0]


async def test_a_slower_group_is_a_line_among_the_faster_ones(database: Database) -> None:
    disk = slow("disk/vda")
    await store(database, [(1, MIDNIGHT + 60 * n, disk, [float(n)]) for n in range(3)])
    (line,) = (await ask(database, MIDNIGHT + 240, 240, metrics=["disk"])).lines
    assert line.average == [0.0] * 6 + [1.0] * 6 + [2.0] * 6 + [None] * 6


async def test_a_late_frame_is_on_the_chart_before_and_after_it_is_rolled_up(database: Database) -> None:
    await begin(database)
    now = MIDNIGHT + 7200
    await store(database, steady(MIDNIGHT + 3600, now, [10, 1]))
    await roll_up(database, now)
    await store(database, steady(MIDNIGHT, MIDNIGHT + 3600, [30, 1]))
    for again in (False, True):
        if again:
            await roll_up(database, now)
        (line,) = (await ask(database, now, 7200, points=120)).lines
        assert [line.average[0], line.average[59], line.average[60], line.average[119]] == [30.0, 30.0, 10.0, 10.0]
