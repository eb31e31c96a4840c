"""The onboarding slice's reading and writing of its tables."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from controller.onboarding.models import KeyRotation, KeyRotationHost, Onboarding

LISTED = 500


async def add(session: AsyncSession, **fields: Any) -> Onboarding:
    """A new onboarding, with its id."""
    row = Onboarding(**fields)
    session.add(row)
    await session.flush()
    return row


async def save(session: AsyncSession, onboarding_id: int, **fields: Any) -> None:
    """Write these fields."""
    await session.execute(update(Onboarding).where(Onboarding.id == onboarding_id).values(**fields))


async def find(session: AsyncSession, onboarding_id: int) -> Onboarding | None:
    """One onboarding."""
    return await session.get(Onboarding, onboarding_id) if 0 < onboarding_id < 1 << 63 else None


async def listing(session: AsyncSession, user_id: int | None, batch: str | None = None) -> list[Onboarding]:
    """Newest first; of one user, or (None) of all."""
    query = select(Onboarding).order_by(Onboarding.id.desc()).limit(LISTED)
    if user_id is not None:
        query = query.where(Onboarding.user_id == user_id)
    if batch is not None:
        query = query.where(Onboarding.batch == batch)
    return list(await session.scalars(query))


async def unfinished(session: AsyncSession) -> list[Onboarding]:
    """Those that an earlier run of the controller has left in the middle."""
    query = select(Onboarding).where(Onboarding.state.in_(("running", "waiting", "key_pending")))
    return list(await session.scalars(query))


async def remove(session: AsyncSession, onboarding_id: int) -> None:
    """Forget how it went."""
    await session.execute(delete(Onboarding).where(Onboarding.id == onboarding_id))


async def forget_old(session: AsyncSession, before: datetime) -> None:
    """Forget what ended long ago."""
    await session.execute(
        delete(Onboarding).where(Onboarding.updated_at < before, Onboarding.state.in_(("done", "canceled")))
    )


# changes of keys


async def rotation(session: AsyncSession, rotation_id: int) -> KeyRotation | None:
    """One change of keys."""
    return await session.get(KeyRotation, rotation_id) if 0 < rotation_id < 1 << 63 else None


async def rotations(session: AsyncSession, user_id: int | None, *, open_only: bool = False) -> list[KeyRotation]:
    """Newest first; of one user, or (None) of all."""
    query = select(KeyRotation).order_by(KeyRotation.id.desc()).limit(LISTED)
    if user_id is not None:
        query = query.where(KeyRotation.user_id == user_id)
    if open_only:
        query = query.where(KeyRotation.state.in_(("running", "waiting")))
    return list(await session.scalars(query))


async def open_rotation_of(session: AsyncSession, credential_id: int) -> int | None:
    """The change of this credential's keys that is under way."""
    query = select(KeyRotation.id).where(
        (KeyRotation.old_credential_id == credential_id) | (KeyRotation.new_credential_id == credential_id),
        KeyRotation.state.in_(("running", "waiting")),
    )
    return await session.scalar(query.limit(1))


async def rotation_hosts(session: AsyncSession, rotation_id: int) -> list[KeyRotationHost]:
    """Where its hosts stand, by name."""
    query = select(KeyRotationHost).where(KeyRotationHost.rotation_id == rotation_id)
    return list(await session.scalars(query.order_by(func.lower(KeyRotationHost.name), KeyRotationHost.host_id)))


async def rotation_counts(session: AsyncSession, ids: Collection[int]) -> dict[int, dict[str, int]]:
    """How many hosts of each stand where."""
    query = (
        select(KeyRotationHost.rotation_id, KeyRotationHost.state, func.count())
        .where(KeyRotationHost.rotation_id.in_(ids))
        .group_by(KeyRotationHost.rotation_id, KeyRotationHost.state)
    )
    found: dict[int, dict[str, int]] = {rotation_id: {} for rotation_id in ids}
    for rotation_id, state, number in await session.execute(query):
        found[rotation_id][state] = number
    return found


async def mark_host(session: AsyncSession, rotation_id: int, host_id: int, **fields: Any) -> None:
    """Write where a host stands."""
    await session.execute(
        update(KeyRotationHost)
        .where(KeyRotationHost.rotation_id == rotation_id, KeyRotationHost.host_id == host_id)
        .values(**fields)
    )


async def mark_rotation(session: AsyncSession, rotation_id: int, **fields: Any) -> None:
    """Write where the whole stands."""
    await session.execute(update(KeyRotation).where(KeyRotation.id == rotation_id).values(**fields))
