"""What charts ask: any metrics of any hosts over any range, in as many points as there are pixels.

A step is chosen for the pixels, and the coarsest rollup that is at least as fine serves it. What is not rolled up yet
comes from the finer levels and, at the end, from the frames themselves, so that "now" is always on the chart. All
points stand on a grid of multiples of the step; where there was no frame there is no value.

Whoever calls has decided which hosts may be seen.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from sqlalchemy import ARRAY, BigInteger, Integer, TextClause, bindparam, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from controller.core.clock import as_datetime
from controller.metrics import rollups
from controller.metrics.catalogue import Catalogue
from controller.metrics.layouts import Layouts
from controller.metrics.models import RollupMark
from controller.metrics.partitions import FRAME, Partitioned, Retention, RetentionSource
from controller.metrics.runs import Value
from controller.metrics.series import Series

RAW = "raw"
BELOW_A_MINUTE_S = (1, 2, 5, 10, 15, 20, 30)
STEPS_S = (60, 120, 180, 300, 600, 1200, 1800, 3600, 7200, 10_800, 14_400, 21_600, 43_200, 86_400, 172_800, 604_800)
AVERAGE = "(sum(a{n}::float8 * count) / nullif(sum(count) filter (where a{n} is not null), 0))::real as a{n}"
# "offset 0" keeps the planner from carrying whole arrays through its sort: half the time (measured)
STATEMENT = """
select host_id, entity_id, layout_id, array_agg((extract(epoch from cell - :start) / :step_s)::int),
       array_agg(frames), {gathered}
from (
    select host_id, entity_id, layout_id, cell, sum(count)::int as frames, {cells}
    from (
        select host_id, entity_id, layout_id, count, date_bin(:step, ts, 'epoch') as cell, {picked}
        from ({reads}) as point
        join unnest(:layouts, {parameters}) as place(layout_id, {names}) using (layout_id)
        offset 0
    ) as picked
    group by host_id, entity_id, layout_id, cell
) as cells
group by host_id, entity_id, layout_id
"""
ROWS = 60_000  # rows one query may read before it has to do with a coarser source: about 50 ms
CELLS = 300_000  # values one answer may hold before its points have to be fewer


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked. Times in epoch seconds; `instance` None: all of them. `entity_ids` (0,): the hosts themselves."""

    host_ids: Collection[int]
    metrics: Sequence[str]
    start: float
    end: float
    points: int
    instance: str | None = None
    entity_ids: Collection[int] = (0,)

    @property
    def subjects(self) -> int:
        """How many hosts, or entities on them, it is about: each has its own rows."""
        return len(self.host_ids) if 0 in self.entity_ids else len(self.entity_ids)


@dataclass(frozen=True, slots=True)
class Source:
    """A table to read, and how far apart its rows are at least, in seconds."""

    name: str
    table: Partitioned
    width_s: float


@dataclass(frozen=True, slots=True)
class Plan:
    """How a question is answered: the grid, and which source serves it."""

    start: int
    end: int
    step_s: int
    source: Source

    @property
    def timestamps(self) -> list[int]:
        """The beginnings of the grid's cells, in epoch seconds."""
        return list(range(self.start, self.end, self.step_s))


@dataclass(slots=True)
class Line:
    """One series of one entity on the grid; None where there is no value. `most` is the largest single value."""

    host_id: int
    entity_id: int
    metric: str
    instance: str
    average: list[Value]
    most: list[Value]
    weights: list[int] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Answer:
    """The grid and the series on it."""

    plan: Plan
    lines: list[Line]


def plan(question: Question, tick_s: int, retention: Retention, now: float) -> Plan:
    """Choose the step for the pixels; a coarser one where finer rows are gone or would be too many."""
    plans = [_plan(question, step_s, source) for step_s, source in _steps(tick_s)]
    wanted_s = (question.end - question.start) / max(question.points, 1)
    for each in plans:
        kept = each.start >= now - retention.of(each.source.table).total_seconds()
        if each.step_s >= wanted_s and kept and _bounded(question, each):
            return each
    return plans[-1]


def _plan(question: Question, step_s: int, source: Source) -> Plan:
    start = int(question.start // step_s) * step_s
    return Plan(start, max(int(question.end), start + 1), step_s, source)


def _steps(tick_s: int) -> Iterable[tuple[int, Source]]:
    """Every step from fine to coarse, each with the coarsest source that is at least as fine."""
    raw = Source(RAW, FRAME, tick_s)
    yield from ((step_s, raw) for step_s in BELOW_A_MINUTE_S if step_s >= tick_s and step_s % tick_s == 0)
    levels = [Source(level.name, level.target, level.width_s) for level in rollups.LEVELS]
    for step_s in STEPS_S:
        yield step_s, [level for level in levels if step_s % level.width_s == 0][-1]


def _bounded(question: Question, plan: Plan) -> bool:
    span_s = plan.end - plan.start
    rows = question.subjects * span_s / plan.source.width_s
    cells = question.subjects * len(question.metrics) * span_s / plan.step_s
    return rows <= ROWS and cells <= CELLS


class Charts:
    """Answers questions about what is stored."""

    def __init__(self, catalogue: Catalogue, retention: RetentionSource) -> None:
        self.catalogue = catalogue
        self._retention = retention
        self._layouts = Layouts()

    async def ask(self, session: AsyncSession, question: Question, now: float) -> Answer:
        """Answer a question whose metrics the catalogue knows. Hosts without frames are left out."""
        tick_s = int(self.catalogue.shortest_tick_s)
        chosen = plan(question, tick_s, await self._retention(session), now)
        places = await self._layouts.places(session, question.metrics, question.instance)
        if not places or not question.host_ids:
            return Answer(chosen, [])
        with_most = chosen.step_s > tick_s
        statement, bounds = await _statement(session, chosen, max(map(len, places.values())), with_most=with_most)
        whose = {"hosts": sorted(question.host_ids), "entities": sorted(question.entity_ids)}
        rows = await session.execute(statement, bounds | _places(places) | whose)
        lines: dict[tuple[int, int, Series], Line] = {}
        count = len(chosen.timestamps)
        for host_id, entity_id, layout_id, cells, weights, *columns in rows:
            for number, (series, _) in enumerate(places[layout_id]):
                key = (host_id, entity_id, series)
                if key not in lines:
                    lines[key] = _line(key, count)
                average, *most = columns[2 * number : 2 * number + 2] if with_most else columns[number : number + 1]
                _put(lines[key], cells, weights, average, most[0] if most else average)
        for line in lines.values():
            _hold(line, int(self.catalogue.tick_s(line.metric)) // chosen.step_s)
        return Answer(chosen, [lines[key] for key in sorted(lines)])


async def _statement(
    session: AsyncSession, plan: Plan, width: int, *, with_most: bool
) -> tuple[TextClause, dict[str, object]]:
    """The statement for so many positions a layout, and the bounds of the tables it reads."""
    segments = _segments(plan, await _marks(session))
    bounds: dict[str, object] = {
        "step": timedelta(seconds=plan.step_s),
        "step_s": plan.step_s,
        "start": as_datetime(plan.start),
    }
    reads = []
    for number, (table, start, end) in enumerate(segments):
        bounds |= {f"start_{number}": as_datetime(start), f"end_{number}": as_datetime(end)}
        columns = '1 as count, "values" as avg, "values" as max' if table is FRAME else "count, avg, max"
        reads.append(
            f"select host_id, entity_id, ts, layout_id, {columns} from {table.table}"  # noqa: S608 — our own names
            " where host_id = any(:hosts) and entity_id = any(:entities)"
            f" and ts >= :start_{number} and ts < :end_{number}"
        )
    numbers = range(1, width + 1)
    picked = [f"avg[p{n}] as a{n}{f', max[p{n}] as m{n}' if with_most else ''}" for n in numbers]
    cells = [AVERAGE.format(n=n) + (f", max(m{n}) as m{n}" if with_most else "") for n in numbers]
    gathered = [f"array_agg(a{n}){f', array_agg(m{n})' if with_most else ''}" for n in numbers]
    statement = text(
        STATEMENT.format(
            gathered=", ".join(gathered),
            cells=", ".join(cells),
            picked=", ".join(picked),
            reads=" union all ".join(reads),
            parameters=", ".join(f":p{n}" for n in numbers),
            names=", ".join(f"p{n}" for n in numbers),
        )
    )
    whose = [bindparam(name, type_=ARRAY(Integer)) for name in ("hosts", "entities")]
    integers = [*whose, *(bindparam(f"p{n}", type_=ARRAY(Integer)) for n in numbers)]
    return statement.bindparams(*integers, bindparam("layouts", type_=ARRAY(BigInteger))), bounds


def _places(places: Mapping[int, Sequence[tuple[Series, int]]]) -> dict[str, object]:
    """The parameters that say which positions to read of each layout."""
    width = max(map(len, places.values()))
    columns = [[found[n][1] if n < len(found) else None for found in places.values()] for n in range(width)]
    return {"layouts": list(places)} | {f"p{n}": column for n, column in enumerate(columns, 1)}


async def _marks(session: AsyncSession) -> dict[str, float]:
    rows = await session.execute(select(RollupMark.level, RollupMark.done_to))
    return {level: done_to.timestamp() for level, done_to in rows}


def _segments(plan: Plan, marks: Mapping[str, float]) -> list[tuple[Partitioned, float, float]]:
    """Which table serves which part of the range: the chosen one as far as it is done, then ever finer ones."""
    segments: list[tuple[Partitioned, float, float]] = []
    start = float(plan.start)
    for level in reversed(rollups.LEVELS):
        if level.width_s > plan.source.width_s or plan.source.table is FRAME:
            continue
        end = min(marks.get(level.name, start), plan.end)
        if end > start:
            segments.append((level.target, start, end))
            start = end
    return [*segments, (FRAME, start, float(plan.end))] if start < plan.end else segments


def _line(key: tuple[int, int, Series], count: int) -> Line:
    host_id, entity_id, (metric, instance) = key
    return Line(host_id, entity_id, metric, instance, [None] * count, [None] * count, [0] * count)


def _put(
    line: Line, cells: Sequence[int], weights: Sequence[int], averages: Sequence[Value], most: Sequence[Value]
) -> None:
    """Put values on the grid. Where another layout has put one already, both count by their frames."""
    for cell, weight, average, high in zip(cells, weights, averages, most, strict=True):
        if average is None or high is None:
            continue
        before, there, highest = line.weights[cell], line.average[cell], line.most[cell]
        if there is None or highest is None:
            line.average[cell], line.most[cell] = average, high
        else:
            line.average[cell] = (there * before + average * weight) / (before + weight)
            line.most[cell] = max(highest, high)
        line.weights[cell] = before + weight


def _hold(line: Line, cells: int) -> None:
    """A value stands until its next reading is due, `cells` cells on."""
    if cells < 2:
        return
    held = 0
    for cell, value in enumerate(line.average):
        if value is not None:
            held = cells - 1
        elif held:
            held -= 1
            line.average[cell], line.most[cell] = line.average[cell - 1], line.most[cell - 1]
