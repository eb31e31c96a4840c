"""Slows down the guessing of passwords, by address and by name, in the database so that a restart forgets nothing.

Nobody is locked out for good: a wait grows with the failures in a row, to five minutes at most, and an address has a
wider allowance than a name, since many people may share one.
"""

from __future__ import annotations

import ipaddress
from datetime import datetime, timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from controller.core.errors import TooMany
from controller.users.models import LoginFailure

FREE = {"name": 5, "address": 15}  # failures that cost nothing
LONGEST_WAIT_S = 300.0
FORGET = timedelta(hours=1)


def _keys(username: str, address: str) -> dict[str, str]:
    return {f"address:{_network(address)}": "address", f"name:{username.lower()[:200]}": "name"}


def _network(address: str) -> str:
    """What one client can choose from counts as one address: in IPv6 that is its /64."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    return address if parsed.version == 4 else str(ipaddress.ip_network(f"{parsed}/64", strict=False))


async def enter(session: AsyncSession, username: str, address: str, now: datetime) -> None:
    """Count one attempt as failed until `succeeded` says otherwise. Raises TooMany while one of the two has to wait.

    It is counted before the password is looked at, so that many at once get no more guesses than one after another.
    Failures older than an hour are forgotten.
    """
    keys = _keys(username, address)
    await session.execute(delete(LoginFailure).where(LoginFailure.last_at < now - FORGET))
    rows = [{"key": key, "failures": 0, "last_at": now} for key in keys]
    await session.execute(insert(LoginFailure).values(rows).on_conflict_do_nothing())
    counted = select(LoginFailure).where(LoginFailure.key.in_(keys)).order_by(LoginFailure.key).with_for_update()
    for row in await session.scalars(counted):
        _check(row.failures - FREE[keys[row.key]], row.last_at, now)
        row.failures, row.last_at = row.failures + 1, now


def _check(over: int, last_at: datetime, now: datetime) -> None:
    if over < 0:
        return
    wait = timedelta(seconds=min(LONGEST_WAIT_S, 2.0 ** min(over, 10)))
    left = (last_at + wait - now).total_seconds()
    if left > 0:
        raise TooMany(f"Too many failed logins. Try again in {max(1, round(left))} seconds.", retry_after_s=left)


async def succeeded(session: AsyncSession, username: str, address: str) -> None:
    """A good login clears its name; the address keeps its count, or guessing could go on between two good logins."""
    for key, kind in _keys(username, address).items():
        mine = LoginFailure.key == key
        if kind == "name":
            await session.execute(delete(LoginFailure).where(mine))
        else:
            less = (
                update(LoginFailure).where(mine, LoginFailure.failures > 0).values(failures=LoginFailure.failures - 1)
            )
            await session.execute(less)
