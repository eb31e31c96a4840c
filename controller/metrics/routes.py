"""Metrics over HTTP: which there are, and what charts ask."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from litestar import Controller, get
from litestar.di import NamedDependency as Given
from litestar.params import QueryParameter
from sqlalchemy.ext.asyncio import AsyncSession

from controller.core.clock import Clock
from controller.core.errors import FieldError, Invalid
from controller.hosts import queries as hosts
from controller.metrics import schemas
from controller.metrics.queries import Charts, Question
from controller.metrics.schemas import QueryAnswer, Spec, SpecList
from controller.users.rights import Action, Principal, require

HOUR_S = 3600.0
LONGEST_S = 10 * 366 * 86_400.0  # beyond every retention; keeps the arithmetic of dates within its range

HostIds = Annotated[
    Sequence[int], QueryParameter(name="host_id", max_items=200, description="Hosts; several by repeating.")
]
Metrics = Annotated[
    Sequence[str], QueryParameter(name="metric", max_items=20, description="Metrics; several by repeating.")
]
From = Annotated[float | None, QueryParameter(name="from", description="Epoch seconds; by default an hour before.")]
To = Annotated[float | None, QueryParameter(name="to", description="Epoch seconds; now by default.")]
Points = Annotated[int, QueryParameter(name="points", ge=1, le=2000, description="About so many points are wanted.")]
Entities = Annotated[
    Sequence[int],
    QueryParameter(name="entity_id", max_items=50, description="Containers on these hosts, for their metrics."),
]
Instance = Annotated[str | None, QueryParameter(name="instance", description="Only this device, such as eth0.")]


class MetricsController(Controller):
    """Metrics: what is measured, and its history."""

    path = "/metrics"
    tags = ("Metrics",)

    @get("/specs", summary="List the metrics that collectors declare")
    async def specs(self, principal: Given[Principal], charts: Given[Charts]) -> SpecList:
        """Every metric with its unit, its kind and what its instances are."""
        require(principal, Action.HOSTS_READ)
        found: list[Spec] = [schemas.spec(entry) for entry in charts.catalogue]
        return SpecList(found, len(found))

    @get("/query", summary="Read metrics of hosts over a range")
    async def query(
        self,
        *,
        session: Given[AsyncSession],
        principal: Given[Principal],
        charts: Given[Charts],
        clock: Given[Clock],
        host_ids: HostIds = (),
        metrics: Metrics = (),
        start: From = None,
        end: To = None,
        points: Points = 600,
        instance: Instance = None,
        entity_ids: Entities = (),
    ) -> QueryAnswer:
        """Averages and maxima on one grid of timestamps. Hosts that the caller may not see are simply absent."""
        require(principal, Action.HOSTS_READ)
        now = clock.now()
        end = now if end is None else end
        start = end - HOUR_S if start is None else start
        _check(charts, metrics, start, end, now)
        entities = _entities(charts, metrics, entity_ids)
        visible = await hosts.visible_ids(session, principal, host_ids)
        names = list(dict.fromkeys(metrics))
        question = Question(sorted(visible), names, start, min(end, now), points, instance, entities)
        return schemas.answer(await charts.ask(session, question, now))


def _check(charts: Charts, metrics: Sequence[str], start: float, end: float, now: float) -> None:
    unknown = [name for name in metrics if name not in charts.catalogue]
    if unknown:
        error = FieldError("metric", f"{unknown[0]} is no metric")
        raise Invalid(f"There is no metric {unknown[0]}; /api/v1/metrics/specs lists them.", errors=(error,))
    if not (now - LONGEST_S <= start < end <= now + LONGEST_S and start < now):
        error = FieldError("from", "has to be before `to`, in the past")
        raise Invalid("The range is empty: `from` has to be before `to` and in the past.", errors=(error,))


def _entities(charts: Charts, metrics: Sequence[str], entity_ids: Sequence[int]) -> Sequence[int]:
    """Whose frames are asked for: the hosts' own, or those of entities on them; not both at once."""
    kinds = {charts.catalogue.entity(name) for name in metrics}
    known = [number for number in dict.fromkeys(entity_ids) if 0 < number < 1 << 31]
    if kinds <= {"host"} and not entity_ids:
        return (0,)
    if "host" in kinds or len(kinds) != 1:
        error = FieldError("metric", "has to be of the same kind as the others, and as entity_id")
        raise Invalid("Ask for metrics of hosts and of what is on them separately.", errors=(error,))
    if not entity_ids:
        error = FieldError("entity_id", "is needed for these metrics")
        raise Invalid(f"Say of which {kinds.pop()}: entity_id is needed for these metrics.", errors=(error,))
    return known
