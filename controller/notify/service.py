"""Channels and routes: made, changed, tested, removed; messages that died are sent again."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec
from msgspec import UNSET, structs
from sqlalchemy import case, func, select, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncSession

from controller.audit import service as audit
from controller.audit.service import Actor
from controller.core.errors import Conflict, FieldError, Invalid, NotFound
from controller.core.secrets import VaultError
from controller.notify import letters
from controller.notify.courier import Courier
from controller.notify.models import Channel, Delivery
from controller.notify.plug import ChannelError, Kind, Message, SettingsWrong
from controller.notify.schemas import ChannelChanges, ChannelTrial, ChannelTrialResult, ChannelView, NewChannel


def kind_of(courier: Courier, name: str) -> Kind:
    """The kind of that name. Raises Invalid."""
    found = courier.kinds.get(name)
    if found is None:
        raise _invalid("kind", f"There is no such kind of channel; known are {', '.join(courier.kinds)}.")
    return found


async def find(session: AsyncSession, channel_id: int, *, lock: bool = False) -> Channel:
    """One channel. Raises NotFound."""
    row = await session.get(Channel, channel_id, with_for_update=lock) if 0 < channel_id < 1 << 63 else None
    if row is None:
        raise NotFound("There is no such channel.")
    return row


async def add(session: AsyncSession, courier: Courier, author: Actor, at: datetime, new: NewChannel) -> Channel:
    """Make a channel. Raises Invalid, Conflict."""
    kind = kind_of(courier, new.kind)
    settings = checked(kind, new.options)
    name = await _free(session, new.name, None)
    row = Channel(name=name, kind=new.kind, enabled=new.enabled, settings={}, sealed=None, created_at=at, updated_at=at)
    session.add(row)
    await session.flush()
    courier.sealer.keep(row, kind, settings)
    await session.flush()
    await _record(session, author, "channel.create", row)
    return row


async def change(
    session: AsyncSession, courier: Courier, author: Actor, *, at: datetime, row: Channel, changes: ChannelChanges
) -> None:
    """Change it; a secret that is not sent stays. Raises Invalid, Conflict."""
    kind = kind_of(courier, row.kind)
    what = [name for name, value in structs.asdict(changes).items() if value is not UNSET]
    if changes.name is not UNSET:
        row.name = await _free(session, changes.name, row.id)
    if changes.enabled is not UNSET:
        row.enabled = changes.enabled
    if changes.options is not UNSET:
        kept = {} if _moved(row, changes.options) else _hidden(courier, row)
        courier.sealer.keep(row, kind, checked(kind, {**kept, **changes.options}))
    row.updated_at = at
    await session.flush()
    await _record(session, author, "channel.update", row, changed=what)


async def remove(session: AsyncSession, author: Actor, row: Channel) -> None:
    """Delete it, with its routes and all that waits for it. Raises Conflict while a message is being sent."""
    try:
        await session.execute(text("set local lock_timeout = '3s'"))
        await session.delete(row)
        await session.flush()
    except OperationalError:
        raise Conflict("A message is being sent by this channel; try again in a minute.", code="busy") from None
    await _record(session, author, "channel.delete", row)


def checked(kind: Kind, given: Mapping[str, Any]) -> msgspec.Struct:
    """The settings as the kind's Struct. Raises Invalid that names the field."""
    try:
        settings = msgspec.convert(dict(given), kind.settings)
    except msgspec.ValidationError as error:
        words = str(error)
        name = words.rpartition("`$.")[2].rstrip("`") if "`$." in words else ""
        raise _invalid(f"options.{name}" if name else "options", f"{words}.") from None
    try:
        kind.check(settings)
    except SettingsWrong as error:
        raise _invalid(f"options.{error.field}", error.message) from None
    return settings


def checked_address(kind: Kind, given: str, field: str) -> str:
    """The address in its usual form. Raises Invalid."""
    try:
        return kind.address(given)
    except ValueError as error:
        raise _invalid(field, str(error)) from None


async def try_out(courier: Courier, row: Channel, at: datetime, trial: ChannelTrial) -> ChannelTrialResult:
    """Send a test at once. What the other side says is the result, not an error. Raises Invalid for an address."""
    kind = kind_of(courier, row.kind)
    addresses = [checked_address(kind, trial.address, "address")] if kind.addressed else []
    letter = letters.test_letter(
        language=trial.language, channel=row.name, at=at, zone="UTC", base_url=courier.base_url
    )
    message = Message(letter.subject, letter.text, letter.html, f"test-{row.id}-{int(at.timestamp() * 1000)}", at)
    try:
        outcome = await kind.send(courier.sealer.open(row, kind), message, addresses)
    except ChannelError as error:
        return ChannelTrialResult(False, error.words)
    except VaultError as error:
        return ChannelTrialResult(False, str(error))
    except msgspec.ValidationError as error:
        return ChannelTrialResult(False, f"The settings are not valid any more: {error}. Save the channel anew.")
    words = "; ".join(refusal.words for refusal in outcome.refused.values())
    return ChannelTrialResult(not words, words)


async def views(session: AsyncSession, courier: Courier, rows: list[Channel]) -> list[ChannelView]:
    """Channels as the API shows them."""
    counts = await _counts(session)
    return [_view(courier, row, counts.get(row.id, {})) for row in rows]


async def resend(session: AsyncSession, author: Actor, at: datetime, delivery_id: int) -> Delivery:
    """Try a message again that is dead or waits for its next attempt. Raises NotFound, Conflict."""
    row = await session.get(Delivery, delivery_id, with_for_update=True) if 0 < delivery_id < 1 << 63 else None
    if row is None:
        raise NotFound("There is no such message.")
    if row.state not in {"dead", "pending"}:
        raise Conflict("This message was delivered or is not wanted any more.", code="not_dead")
    row.state, row.attempts, row.due_at, row.ended_at = "pending", 0 if row.state == "dead" else row.attempts, at, None
    await audit.record(session, author, "notice.resend", kind="notice", object_id=row.id, name=row.subject or row.topic)
    return row


async def _counts(session: AsyncSession) -> dict[int, dict[str, Any]]:
    query = select(
        Delivery.channel_id,
        func.count(case((Delivery.state == "sent", 1))),
        func.count(case((Delivery.state == "pending", 1))),
        func.count(case((Delivery.state == "dead", 1))),
        func.max(case((Delivery.state == "sent", Delivery.ended_at))),
    ).group_by(Delivery.channel_id)
    names = ("sent", "waiting", "dead", "last_sent_at")
    found = {row[0]: dict(zip(names, row[1:], strict=True)) for row in await session.execute(query)}
    failing = (
        select(Delivery.channel_id, Delivery.error)
        .where(Delivery.error != "", Delivery.state.in_(("pending", "dead")))
        .order_by(Delivery.id)
    )
    for channel_id, error in await session.execute(failing):
        found[channel_id]["last_error"] = error
    return found


def _view(courier: Courier, row: Channel, counts: Mapping[str, Any]) -> ChannelView:
    names = ("id", "name", "kind", "enabled", "created_at", "updated_at")
    return ChannelView(
        **{name: getattr(row, name) for name in names},
        options=row.settings,
        secrets_set=sorted(_hidden(courier, row)),
        sent=counts.get("sent", 0),
        waiting=counts.get("waiting", 0),
        dead=counts.get("dead", 0),
        last_sent_at=counts.get("last_sent_at"),
        last_error=counts.get("last_error", ""),
    )


def _hidden(courier: Courier, row: Channel) -> dict[str, Any]:
    try:
        return courier.sealer.hidden(row)
    except VaultError:
        return {}


def _moved(row: Channel, given: Mapping[str, Any]) -> bool:
    """Is it another server? A kept password is not sent to one that somebody names later."""
    return any(name in given and given[name] != row.settings.get(name) for name in ("host", "url"))


async def _free(session: AsyncSession, name: str, but: int | None) -> str:
    tidy = " ".join(name.split())
    if not tidy or not tidy.isprintable():
        raise _invalid("name", "Give it a name of printable characters.")
    other = await session.scalar(select(Channel.id).where(func.lower(Channel.name) == tidy.lower()))
    if other is not None and other != but:
        message = "Another channel has this name; choose a different one."
        raise Conflict(message, code="name_taken", errors=(FieldError("name", message),))
    return tidy


async def _record(session: AsyncSession, author: Actor, action: str, row: Channel, **detail: object) -> None:
    await audit.record(session, author, action, kind="channel", object_id=row.id, name=row.name, detail=detail)


def _invalid(field: str, message: str) -> Invalid:
    return Invalid(message, errors=(FieldError(field, message),))
