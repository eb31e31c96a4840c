"""What the metrics routes answer."""

from __future__ import annotations

import msgspec

from collectors.spec import Cadence, Kind, Unit
from controller.metrics.catalogue import Entry
from controller.metrics.queries import RAW, Answer


class Spec(msgspec.Struct, frozen=True):
    """A metric as its collector declares it. `label`: what its instances are, null where there is one value.

    `entity`: what it is measured of, "host" or a thing on one, whose `entity_id` a question has to name.
    """

    name: str
    unit: Unit
    kind: Kind
    help: str
    label: str | None
    collector: str
    cadence: Cadence
    table: str
    stored: bool
    entity: str


class SpecList(msgspec.Struct, frozen=True):
    """All metrics."""

    items: list[Spec]
    total: int


class SeriesPoints(msgspec.Struct, frozen=True):
    """One series on the answer's grid; null where there was no frame. `max` is null where it would repeat `avg`."""

    host_id: int
    entity_id: int
    metric: str
    instance: str
    avg: list[float | None]
    max: list[float | None] | None


class QueryAnswer(msgspec.Struct, frozen=True, rename={"start": "from", "end": "to"}):
    """Series on one grid of timestamps, in epoch seconds, `step_s` apart; each stands for the time up to the next."""

    start: float
    end: float
    step_s: int
    source: str
    timestamps: list[int]
    series: list[SeriesPoints]


def spec(entry: Entry) -> Spec:
    """A catalogue entry for the outside."""
    metric = entry.metric
    return Spec(
        name=metric.name,
        unit=metric.unit,
        kind=metric.kind,
        help=metric.help,
        label=entry.table.label,
        collector=entry.collector,
        cadence=entry.cadence,
        table=entry.table.name,
        stored=metric.stored,
        entity=entry.table.entity,
    )


def answer(found: Answer) -> QueryAnswer:
    """An answer for the outside."""
    single = found.plan.source.name == RAW and found.plan.step_s == found.plan.source.width_s
    series = [
        SeriesPoints(
            line.host_id, line.entity_id, line.metric, line.instance, line.average, None if single else line.most
        )
        for line in found.lines
    ]
    return QueryAnswer(
        start=found.plan.start,
        end=found.plan.end,
        step_s=found.plan.step_s,
        source=found.plan.source.name,
        timestamps=found.plan.timestamps,
        series=series,
    )
