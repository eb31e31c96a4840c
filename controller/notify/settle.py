"""What becomes of a message after it was tried: sent, tried again later and ever more rarely, or dead."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from controller.notify.models import Delivery, DeliveryNotice
from controller.notify.plug import Outcome

FIRST_RETRY = timedelta(minutes=1)
LONGEST_RETRY = timedelta(hours=2)
# with these waits a day; RFC 5321 §4.5.4.1 asks for four to five, but a host that was down yesterday is no news
MOST_ATTEMPTS = 18
LONGEST_ERROR = 1000


async def note(session: AsyncSession, row: Delivery, outcome: Outcome, now: datetime) -> None:
    """Write it down. Whoever was refused while others were not gets a message apart, with the same news."""
    refused = list(outcome.refused)
    if not refused:
        end(row, "sent", now, "")
        return
    if len(refused) < len(row.addresses):
        row = await _apart(session, row, refused, now)
    words = "; ".join(dict.fromkeys(outcome.refused[one].words for one in refused))
    if all(refusal.lasting for refusal in outcome.refused.values()) or row.attempts >= MOST_ATTEMPTS:
        end(row, "dead", now, words)
        return
    row.error = words[:LONGEST_ERROR]
    row.due_at = now + min(LONGEST_RETRY, FIRST_RETRY * 2 ** min(row.attempts - 1, 10))


def end(row: Delivery, state: str, now: datetime, error: str) -> None:
    """No more is tried."""
    row.state, row.ended_at, row.error = state, now, error[:LONGEST_ERROR]


async def _apart(session: AsyncSession, row: Delivery, refused: list[str], now: datetime) -> Delivery:
    names = ("channel_id", "route_id", "topic", "language", "zone", "attempts", "created_at", "subject")
    made = Delivery(
        **{name: getattr(row, name) for name in names},
        addresses=refused,
        token=secrets.token_hex(16),
        state="pending",
        due_at=now,
        ended_at=None,
        error="",
    )
    row.addresses = [address for address in row.addresses if address not in refused]
    end(row, "sent", now, "")
    session.add(made)
    await session.flush()
    told = await session.scalars(select(DeliveryNotice.notice_id).where(DeliveryNotice.delivery_id == row.id))
    session.add_all([DeliveryNotice(delivery_id=made.id, notice_id=notice_id) for notice_id in told])
    return made
