"""Layouts in the database: written before the first frame that uses one, read by queries and kept in memory."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date

import psycopg
from psycopg.types.json import Jsonb
from sqlalchemy import ARRAY, BigInteger, all_, cast, delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from controller.metrics.models import LayoutRow
from controller.metrics.series import Layout, Series

REMEMBERED = 4096


async def register(connection: psycopg.AsyncConnection, layouts: Iterable[Layout], day: date) -> None:
    """Write layouts, or note that they are still in use. Part of the caller's transaction."""
    async with connection.cursor() as cursor:
        await cursor.executemany(
            "insert into layout (id, series, used_on) values (%s, %s, %s)"
            " on conflict (id) do update set used_on = greatest(layout.used_on, excluded.used_on)",
            [(each.id, Jsonb(each.series), day) for each in sorted(layouts, key=lambda each: each.id)],
        )


async def forget_before(session: AsyncSession, day: date) -> None:
    """Let go of the layouts whose last frame is older than anything that is kept."""
    await session.execute(delete(LayoutRow).where(LayoutRow.used_on < day))


Place = tuple[Series, int]  # a series and its position, from 1 as PostgreSQL counts


class Layouts:
    """All layouts, for queries. A layout never changes, so only new ones are read from the database."""

    def __init__(self) -> None:
        self._known: dict[int, dict[str, list[Place]]] = {}  # id → metric → places

    async def places(
        self, session: AsyncSession, metrics: Collection[str], instance: str | None = None
    ) -> dict[int, list[Place]]:
        """Where each layout holds the metrics (of one instance); layouts that hold none of them are left out."""
        await self._learn(session)
        found: dict[int, list[Place]] = {}
        for key, by_metric in self._known.items():
            places = [place for metric in metrics for place in by_metric.get(metric, ())]
            if instance is not None:
                places = [place for place in places if place[0][1] == instance]
            if places:
                found[key] = places
        return found

    async def _learn(self, session: AsyncSession) -> None:
        rows = await session.execute(
            select(LayoutRow.id, LayoutRow.series).where(
                LayoutRow.id != all_(cast(list(self._known), ARRAY(BigInteger)))
            )
        )
        for key, series in rows:
            by_metric: dict[str, list[Place]] = {}
            for position, (metric, instance) in enumerate(series, 1):
                by_metric.setdefault(metric, []).append(((metric, instance), position))
            self._known[key] = by_metric
