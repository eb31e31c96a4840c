"""Slows down the guessing of passwords, by address and by name, in the database so that a restart forgets nothing.

Nobody is locked out for good: a wait grows with the failures in a row, to five minutes at most, and an address has a
wider allowance than a name, since many people may share one.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from controller.core.errors import TooMany
from controller.users.models import LoginFailure

FREE = {"name": 5, "address": 15}  # failures that cost nothing
LONGEST_WAIT_S = 300.0
FORGET = timedelta(hours=1)


def _keys(username: str, address: str) -> dict[str, str]:
    return {f"name:{username.lower()[:200]}": "name", f"address:{address}": "address"}


async def check(session: AsyncSession, username: str, address: str, now: datetime) -> None:
    """Raise TooMany while one of the two has to wait."""
    keys = _keys(username, address)
    for row in await session.scalars(select(LoginFailure).where(LoginFailure.key.in_(keys))):
        over = row.failures - FREE[keys[row.key]]
        if over < 0:
            continue
        wait = timedelta(seconds=min(LONGEST_WAIT_S, 2.0 ** min(over, 10)))
        left = (row.last_at + wait - now).total_seconds()
        if left > 0:
            raise TooMany(f"Too many failed logins. Try again in {max(1, round(left))} seconds.", retry_after_s=left)


async def failed(session: AsyncSession, username: str, address: str, now: datetime) -> None:
    """Count one failure; those older than an hour are forgotten."""
    await session.execute(delete(LoginFailure).where(LoginFailure.last_at < now - FORGET))
    rows = [{"key": key, "failures": 1, "last_at": now} for key in _keys(username, address)]
    statement = insert(LoginFailure).values(rows)
    await session.execute(
        statement.on_conflict_do_update(
            index_elements=[LoginFailure.key],
            set_={"failures": LoginFailure.failures + 1, "last_at": statement.excluded.last_at},
        )
    )


async def succeeded(session: AsyncSession, username: str, address: str) -> None:
    """A good login clears its name; the address keeps its count, or guessing could go on between two good logins."""
    keys = [key for key, kind in _keys(username, address).items() if kind == "name"]
    await session.execute(delete(LoginFailure).where(LoginFailure.key.in_(keys)))
