"""The tables of notices: where they go, who gets which, what waits, what was delivered."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Identity, Index, LargeBinary, Text, func, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from controller.core.db import Base


class Channel(Base):
    """A way to people. `settings` holds what may be read, `sealed` what may not, as one sealed JSON object."""

    __tablename__ = "notify_channel"

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(Text)
    enabled: Mapped[bool]
    settings: Mapped[dict[str, object]] = mapped_column(JSONB)
    sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


Index("uq_notify_channel_name", func.lower(Channel.name), unique=True)


class Route(Base):
    """Which news goes by which channel to whom: a user's own, or (no user) one that administrators made."""

    __tablename__ = "notify_route"

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="CASCADE"), unique=True)
    channel_id: Mapped[int] = mapped_column(ForeignKey("notify_channel.id", ondelete="CASCADE"), index=True)
    addresses: Mapped[list[str]] = mapped_column(ARRAY(Text))
    news: Mapped[list[str]] = mapped_column(ARRAY(Text))
    all_hosts: Mapped[bool]
    group_ids: Mapped[list[int]] = mapped_column(ARRAY(BigInteger))
    language: Mapped[str] = mapped_column(Text)
    zone: Mapped[str] = mapped_column(Text)
    wait_s: Mapped[int]
    interval_s: Mapped[int]
    enabled: Mapped[bool]


class Address(Base):
    """A link that was sent to a user's own address. Nothing else is sent there before one of them was followed."""

    __tablename__ = "notify_address"

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="CASCADE"), index=True)
    kind: Mapped[str] = mapped_column(Text)
    address: Mapped[str] = mapped_column(Text)
    asked_at: Mapped[datetime] = mapped_column(index=True)
    confirmed_at: Mapped[datetime | None]


class Notice(Base):
    """One piece of news, written in the transaction that made it true. `spread_at`: when it was given to the routes."""

    __tablename__ = "notify_notice"

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    kind: Mapped[str] = mapped_column(Text)
    host_ids: Mapped[list[int]] = mapped_column(ARRAY(BigInteger))
    user_ids: Mapped[list[int]] = mapped_column(ARRAY(BigInteger))
    detail: Mapped[dict[str, object]] = mapped_column(JSONB)
    at: Mapped[datetime]
    spread_at: Mapped[datetime | None]


Index("ix_notify_notice_spread_at", Notice.id, postgresql_where=text("spread_at is null"))
Index("ix_notify_notice_at", Notice.at)


class Delivery(Base):
    """One message to somebody: what it tells is in `DeliveryNotice`. Due at `due_at`, gathered until then."""

    __tablename__ = "notify_delivery"
    __table_args__ = (CheckConstraint("state in ('pending', 'sent', 'dead', 'dropped')", name="state"),)

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    channel_id: Mapped[int] = mapped_column(ForeignKey("notify_channel.id", ondelete="CASCADE"))
    route_id: Mapped[int | None] = mapped_column(ForeignKey("notify_route.id", ondelete="SET NULL"), index=True)
    addresses: Mapped[list[str]] = mapped_column(ARRAY(Text))
    topic: Mapped[str] = mapped_column(Text)
    language: Mapped[str] = mapped_column(Text)
    zone: Mapped[str] = mapped_column(Text)
    token: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(Text)
    attempts: Mapped[int]
    due_at: Mapped[datetime]
    created_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    subject: Mapped[str] = mapped_column(Text)
    error: Mapped[str] = mapped_column(Text)


Index("ix_notify_delivery_due_at", Delivery.due_at, postgresql_where=text("state = 'pending'"))
Index("ix_notify_delivery_channel_id", Delivery.channel_id, Delivery.id)


class DeliveryNotice(Base):
    """Which news a message tells."""

    __tablename__ = "notify_delivery_notice"

    delivery_id: Mapped[int] = mapped_column(ForeignKey("notify_delivery.id", ondelete="CASCADE"), primary_key=True)
    notice_id: Mapped[int] = mapped_column(
        ForeignKey("notify_notice.id", ondelete="CASCADE"), primary_key=True, index=True
    )
