"""The users slice's tables. Tokens of every sort are kept as their SHA-256 only."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Identity, Index, LargeBinary, Text, func, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from controller.core.db import Base

ROLE_IS_ONE = "role in ('admin', 'operator', 'viewer', 'none')"


class User(Base):
    """Somebody who may log in. Groups are those of hosts, by id: the hosts slice stands above this one."""

    __tablename__ = "user_account"
    __table_args__ = (CheckConstraint(ROLE_IS_ONE, name="role"),)

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    username: Mapped[str] = mapped_column(Text)
    password_hash: Mapped[str] = mapped_column(Text)
    role: Mapped[str] = mapped_column(Text)
    all_hosts: Mapped[bool]
    group_ids: Mapped[list[int]] = mapped_column(ARRAY(BigInteger))
    grants: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list, server_default=text("'{}'"))
    enabled: Mapped[bool]
    preferences: Mapped[dict[str, object]] = mapped_column(JSONB)
    created_at: Mapped[datetime]
    last_login_at: Mapped[datetime | None]


Index("uq_user_account_username", func.lower(User.username), unique=True)


class LoginSession(Base):
    """One browser that is logged in."""

    __tablename__ = "login_session"

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="CASCADE"), index=True)
    secret_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    csrf_token: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]
    address: Mapped[str] = mapped_column(Text)
    user_agent: Mapped[str] = mapped_column(Text)


class ApiToken(Base):
    """A program's way in, never beyond what its owner may do at that moment."""

    __tablename__ = "api_token"

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="CASCADE"), index=True)
    name: Mapped[str] = mapped_column(Text)
    secret_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    scopes: Mapped[list[str]] = mapped_column(ARRAY(Text))
    all_hosts: Mapped[bool]
    group_ids: Mapped[list[int]] = mapped_column(ARRAY(BigInteger))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]
    last_used_at: Mapped[datetime | None]


class SshKey(Base):
    """A user's own public key, by which the user comes in through the SSH gateway."""

    __tablename__ = "ssh_key"

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="CASCADE"), index=True)
    name: Mapped[str] = mapped_column(Text)
    type: Mapped[str] = mapped_column(Text)
    fingerprint: Mapped[str] = mapped_column(Text, unique=True)
    line: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime]
    last_used_at: Mapped[datetime | None]
    last_used_address: Mapped[str | None] = mapped_column(Text)


class Invitation(Base):
    """A one-time link that makes one user with these rights."""

    __tablename__ = "invitation"
    __table_args__ = (CheckConstraint(ROLE_IS_ONE, name="role"),)

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    secret_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    role: Mapped[str] = mapped_column(Text)
    all_hosts: Mapped[bool]
    group_ids: Mapped[list[int]] = mapped_column(ARRAY(BigInteger))
    created_by: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]


class LoginFailure(Base):
    """How often a login has failed lately, by name and by address."""

    __tablename__ = "login_failure"

    key: Mapped[str] = mapped_column(Text, primary_key=True)
    failures: Mapped[int]
    last_at: Mapped[datetime]


class AppSetting(Base):
    """What administrators set in the page."""

    __tablename__ = "app_setting"

    key: Mapped[str] = mapped_column(Text, primary_key=True)
    value: Mapped[object] = mapped_column(JSONB)
