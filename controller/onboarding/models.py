"""The onboarding slice's tables: how each first contact went, and where each host stands in a change of keys.

No password is in any of them: one that is needed lives in memory, for as long as it is.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Identity, Index, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from controller.core.db import Base


class Onboarding(Base):
    """One host's way in. `plan` is what was asked for, `steps` what became of each step of it."""

    __tablename__ = "onboarding"

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    batch: Mapped[str | None] = mapped_column(Text, index=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="CASCADE"), index=True)
    username: Mapped[str] = mapped_column(Text)  # who asked, by name
    name: Mapped[str] = mapped_column(Text)
    address: Mapped[str] = mapped_column(Text)
    port: Mapped[int]
    account: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(Text)
    host_key: Mapped[str | None] = mapped_column(Text)
    plan: Mapped[dict[str, Any]] = mapped_column(JSONB)
    steps: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    found: Mapped[dict[str, Any]] = mapped_column(JSONB)
    credential_id: Mapped[int | None] = mapped_column(ForeignKey("credential.id", ondelete="SET NULL"), index=True)
    host_id: Mapped[int | None] = mapped_column(ForeignKey("host.id", ondelete="SET NULL"), index=True)
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


Index("ix_onboarding_updated_at", Onboarding.updated_at)


class KeyRotation(Base):
    """One change of keys: hosts that log in with the old credential come to log in with the new one."""

    __tablename__ = "key_rotation"

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="CASCADE"), index=True)
    username: Mapped[str] = mapped_column(Text)
    old_credential_id: Mapped[int | None] = mapped_column(ForeignKey("credential.id", ondelete="SET NULL"), index=True)
    new_credential_id: Mapped[int | None] = mapped_column(ForeignKey("credential.id", ondelete="SET NULL"), index=True)
    old_name: Mapped[str] = mapped_column(Text)
    new_name: Mapped[str] = mapped_column(Text)
    old_public_key: Mapped[str] = mapped_column(Text)
    new_public_key: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class KeyRotationHost(Base):
    """Where one host stands in a change of keys, written down before and after whatever is done on it."""

    __tablename__ = "key_rotation_host"

    rotation_id: Mapped[int] = mapped_column(ForeignKey("key_rotation.id", ondelete="CASCADE"), primary_key=True)
    host_id: Mapped[int] = mapped_column(ForeignKey("host.id", ondelete="CASCADE"), primary_key=True, index=True)
    name: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(Text)
    code: Mapped[str] = mapped_column(Text)
    detail: Mapped[str] = mapped_column(Text)
    attempts: Mapped[int]
    updated_at: Mapped[datetime]
