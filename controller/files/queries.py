"""Reading and writing the files slice's table."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from controller.files.models import FileTransfer
from controller.files.transfer import ENDED, State, Transfer

MOST = 10_000  # that are looked at after a restart
KEPT = (
    "user_id", "host_id", "to_host_id", "kind", "path", "paths", "to_path", "temporary", "as_root", "to_as_root",
    "options", "total_bytes", "done_bytes", "total_files", "done_files", "sha256", "code", "error", "warnings",
    "created_at", "updated_at",
)  # fmt: skip


async def add(session: AsyncSession, transfer: Transfer) -> None:
    """Keep a new one; it gets its id."""
    row = FileTransfer(state=transfer.state.value, **{name: getattr(transfer, name) for name in KEPT})
    session.add(row)
    await session.flush()
    transfer.id = row.id


async def save(session: AsyncSession, transfer: Transfer) -> None:
    """Write how it stands."""
    values = {name: getattr(transfer, name) for name in KEPT if name != "created_at"}
    query = update(FileTransfer).where(FileTransfer.id == transfer.id)
    await session.execute(query.values(state=transfer.state.value, **values))


async def load(session: AsyncSession) -> list[Transfer]:
    """All that are kept, oldest first. The names of hosts are not in them."""
    query = select(FileTransfer).order_by(FileTransfer.id.desc()).limit(MOST)
    found = [
        Transfer(id=row.id, state=State(row.state), **{name: getattr(row, name) for name in KEPT})
        for row in await session.scalars(query)
    ]
    return found[::-1]


async def remove(session: AsyncSession, ids: Iterable[int]) -> None:
    """Forget these."""
    await session.execute(delete(FileTransfer).where(FileTransfer.id.in_(list(ids))))


async def old(session: AsyncSession, before: datetime) -> list[int]:
    """Ids of those that ended before then."""
    query = select(FileTransfer.id).where(FileTransfer.updated_at < before)
    return list(await session.scalars(query.where(FileTransfer.state.in_([state.value for state in ENDED]))))
