"""A user's own address is told nothing before its owner has followed a link in a mail to it.

Else anybody who has an account could have Moorline write to anybody. The link is sealed by the vault, so that nobody
can make one, good for a day, and used for nothing else; how many are sent is limited by user and by address.
"""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import func, or_, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from controller.audit import service as audit
from controller.audit.service import Actor
from controller.core.db import Database
from controller.core.errors import Invalid, NotFound, TooMany
from controller.core.secrets import Secret, VaultError
from controller.notify import letters, queries
from controller.notify.courier import Courier
from controller.notify.models import Address, Channel
from controller.notify.plug import ChannelError, Message
from controller.notify.schemas import ChannelTrialResult
from controller.notify.service import kind_of
from controller.users import accounts
from controller.users.rights import Principal

GOOD_FOR = timedelta(hours=24)
APART = timedelta(minutes=1)
WITHIN, MOST = timedelta(hours=1), 5  # links that a user, or an address, is sent within that time
PLACE = "notify_address/confirm"
LOCK = 0x41444452  # "ADDR": links are counted by one request at a time


@dataclass(frozen=True, slots=True)
class Ask:
    """A link that is to be sent."""

    channel: Channel
    address: str
    language: str
    zone: str
    token: str
    number: int


async def ask(
    database: Database, courier: Courier, principal: Principal, author: Actor, at: datetime
) -> ChannelTrialResult:
    """Send the link to the address that the user has chosen. Raises NotFound without one, TooMany.

    What the other side says is the result. The row is committed before: what is tried is counted.
    """
    async with database.session() as session:
        wanted = await _note(session, courier, principal, author, at)
    kind = kind_of(courier, wanted.channel.kind)
    letter = letters.confirm_letter(
        language=wanted.language,
        username=principal.username,
        link=f"{courier.base_url}/confirm?token={wanted.token}",
        until=at + GOOD_FOR,
        zone=wanted.zone,
        base_url=courier.base_url,
    )
    message = Message(letter.subject, letter.text, letter.html, f"confirm-{wanted.number}", at)
    try:
        outcome = await kind.send(courier.sealer.open(wanted.channel, kind), message, [wanted.address])
    except ChannelError as error:
        return ChannelTrialResult(False, error.words)
    except (VaultError, msgspec.ValidationError) as error:
        return ChannelTrialResult(False, f"{error}. An administrator has to save the channel anew.")
    words = "; ".join(refusal.words for refusal in outcome.refused.values())
    return ChannelTrialResult(not words, words)


async def confirm(session: AsyncSession, courier: Courier, at: datetime, token: str) -> str:
    """Take the link as followed; the address. Raises Invalid for one that is none, is too old or of nobody."""
    known = _opened(courier, token)
    row = await session.get(Address, known.get("id", 0), with_for_update=True)
    if row is None or row.address != known.get("address"):
        raise _void()
    people = await accounts.principals(session, {row.user_id})
    if row.user_id not in people or (row.confirmed_at is None and at >= row.asked_at + GOOD_FOR):
        raise _void()
    if row.confirmed_at is None:
        row.confirmed_at = at
        actor = Actor("user", row.user_id, people[row.user_id].username)
        await _record(session, actor, "notify.address.confirm", row)
    return row.address


async def _note(session: AsyncSession, courier: Courier, principal: Principal, author: Actor, at: datetime) -> Ask:
    route = await queries.route_of(session, principal.user_id)
    channel = await session.get(Channel, route.channel_id) if route is not None else None
    if route is None or channel is None or not route.addresses or not kind_of(courier, channel.kind).addressed:
        raise NotFound("Choose first where you want to be told.", code="no_address")
    address = route.addresses[0]
    await session.execute(text("select pg_advisory_xact_lock(:key)"), {"key": LOCK})
    await _limit(session, principal.user_id, address, at)
    row = Address(user_id=principal.user_id, kind=channel.kind, address=address, asked_at=at, confirmed_at=None)
    session.add(row)
    await session.flush()
    await _record(session, author, "notify.address.ask", row)
    sealed = courier.sealer.vault.seal(Secret(json.dumps({"id": row.id, "address": address})), PLACE)
    token = base64.urlsafe_b64encode(sealed).rstrip(b"=").decode()
    session.expunge(channel)
    return Ask(channel, address, route.language, route.zone, token, row.id)


async def _limit(session: AsyncSession, user_id: int, address: str, at: datetime) -> None:
    mine = or_(Address.user_id == user_id, func.lower(Address.address) == address.lower())
    query = select(Address.asked_at).where(mine, Address.asked_at > at - WITHIN).order_by(Address.asked_at)
    times = list(await session.scalars(query))
    until = max(
        times[-1] + APART if times else at,
        times[-MOST] + WITHIN if len(times) >= MOST else at,
    )
    if until > at:
        left = (until - at).total_seconds()
        raise TooMany(f"A link was sent a moment ago. The next one can be sent in {round(left)} s.", retry_after_s=left)


def _opened(courier: Courier, token: str) -> dict[str, Any]:
    try:
        sealed = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
        found: dict[str, Any] = json.loads(courier.sealer.vault.open(sealed, PLACE).reveal())
    except (VaultError, ValueError, binascii.Error):
        raise _void() from None
    return found


def _void() -> Invalid:
    return Invalid("This link is not valid any more. Have a new one sent from your profile.", code="void_link")


async def _record(session: AsyncSession, author: Actor, action: str, row: Address) -> None:
    await audit.record(session, author, action, kind="notify address", object_id=row.id, name=row.address)
