"""The numbers that the history of containers is kept under: one for each name on each engine of each host."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta

import structlog
from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import SQLAlchemyError

from controller.containers.models import ContainerName
from controller.core.clock import Clock, utc_now
from controller.core.db import Database

log = structlog.get_logger()

FORGET = timedelta(days=731)  # longer than any history is kept unless somebody wants it so
SEEN_S = 3600.0


class NameBook:
    """Remembers what the database gave; asks it for what is new, and once an hour tells it who was seen."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._known: dict[tuple[int, str], dict[str, int]] = {}
        self._told_at: dict[tuple[int, str], float] = {}

    async def ensure(self, host_id: int, engine: str, names: Collection[str]) -> dict[str, int]:
        """Numbers by name; without the new ones while the database is away."""
        known = self._known.setdefault((host_id, engine), {})
        missing = sorted({name for name in names if name not in known})
        now = self._clock.monotonic()
        due = now - self._told_at.get((host_id, engine), float("-inf")) >= SEEN_S
        if missing or (due and names):
            try:
                known.update(await self._write(host_id, engine, missing, sorted(set(names)) if due else ()))
                self._told_at[host_id, engine] = now
            except (SQLAlchemyError, OSError) as error:  # asked again at the next look
                log.warning("containers.names_unknown", host_id=host_id, error=str(error)[:200])
        return {name: known[name] for name in names if name in known}

    def forget(self, host_id: int) -> None:
        """The host is gone."""
        for key in [key for key in self._known if key[0] == host_id]:
            del self._known[key]
            self._told_at.pop(key, None)

    async def _write(
        self, host_id: int, engine: str, missing: Collection[str], seen: Collection[str]
    ) -> dict[str, int]:
        at = utc_now(self._clock)
        mine = (ContainerName.host_id == host_id) & (ContainerName.engine == engine)
        async with self._database.session() as session:
            if seen:
                await session.execute(
                    update(ContainerName).where(mine, ContainerName.name.in_(seen)).values(seen_at=at)
                )
                await session.execute(delete(ContainerName).where(mine, ContainerName.seen_at < at - FORGET))
            if missing:
                rows = [{"host_id": host_id, "engine": engine, "name": name, "seen_at": at} for name in missing]
                await session.execute(insert(ContainerName).values(rows).on_conflict_do_nothing())
            query = select(ContainerName.name, ContainerName.entity_id).where(mine, ContainerName.name.in_(missing))
            return dict((await session.execute(query)).all())
