"""Layouts in the database: written before the first frame that uses one, read by queries and kept in memory."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date

import psycopg
from psycopg.types.json import Jsonb
from sqlalchemy import delete, select
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


class Layouts:
    """The layouts that queries have met. A layout never changes, so what is known stays true."""

    def __init__(self) -> None:
        self._known: dict[int, tuple[Series, ...]] = {}

    async def series(self, session: AsyncSession, ids: Collection[int]) -> dict[int, tuple[Series, ...]]:
        """The series of each id; ids that are unknown to the database are left out."""
        missing = [each for each in ids if each not in self._known]
        if missing:
            rows = await session.execute(select(LayoutRow.id, LayoutRow.series).where(LayoutRow.id.in_(missing)))
            if len(self._known) > REMEMBERED:
                self._known.clear()
            for key, series in rows:
                self._known[key] = tuple((metric, instance) for metric, instance in series)
        return {each: self._known[each] for each in ids if each in self._known}
