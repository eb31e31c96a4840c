"""Facts that Ansible gathered, kept by host: shown, and given to the next run as data."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from controller.ansible.models import AnsibleFacts
from controller.hosts import queries as hosts

DEPTH = 40


async def keep(session: AsyncSession, host_id: int, facts: Mapping[str, Any], job_id: int | None, at: datetime) -> None:
    """Take the place of what was known of the host; nothing for a host that is gone."""
    if not await hosts.load(session, [host_id]):
        return
    values = {"facts": cleaned(dict(facts)), "job_id": job_id, "gathered_at": at}
    query = insert(AnsibleFacts).values(host_id=host_id, **values)
    await session.execute(query.on_conflict_do_update(index_elements=["host_id"], set_=values))


async def of(session: AsyncSession, ids: Collection[int]) -> dict[int, tuple[dict[str, Any], datetime, int | None]]:
    """Facts, when they were gathered and by which job, of those hosts that have any."""
    query = select(AnsibleFacts).where(AnsibleFacts.host_id.in_(list(ids)))
    return {row.host_id: (row.facts, row.gathered_at, row.job_id) for row in await session.scalars(query)}


def cleaned(value: Any, depth: int = 0) -> Any:
    """What PostgreSQL's jsonb takes: no NUL, no half characters, no endless nesting, no number beyond its range."""
    if isinstance(value, str):
        return value.replace("\0", "").encode("utf-8", "replace").decode()
    if depth > DEPTH:
        return None
    if isinstance(value, Mapping):
        return {cleaned(str(name)): cleaned(inner, depth + 1) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [cleaned(inner, depth + 1) for inner in value]
    if isinstance(value, float) and math.isfinite(value):
        return value
    return value if isinstance(value, bool | int) else None
