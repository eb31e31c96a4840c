"""The hosts slice's tables."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Identity, Index, LargeBinary, Text, UniqueConstraint, func, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from controller.core.db import Base


class Credential(Base):
    """How we log in somewhere. Secrets are sealed and bound to their place, "credential/{id}/{field}"."""

    __tablename__ = "credential"
    __table_args__ = (CheckConstraint("kind in ('password', 'key')", name="kind"),)

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(Text)
    owner_id: Mapped[int | None]
    sealed_password: Mapped[bytes | None] = mapped_column(LargeBinary)
    sealed_private_key: Mapped[bytes | None] = mapped_column(LargeBinary)
    sealed_passphrase: Mapped[bytes | None] = mapped_column(LargeBinary)
    public_key: Mapped[str | None] = mapped_column(Text)
    fingerprint: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


Index(
    "uq_credential_owner_name",
    Credential.owner_id,
    func.lower(Credential.name),
    unique=True,
    postgresql_nulls_not_distinct=True,
)


class Host(Base):
    """One VPS. `revision` grows with each change, so that a controller notices what another process changed."""

    __tablename__ = "host"
    __table_args__ = (CheckConstraint("port between 1 and 65535", name="port"),)

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    address: Mapped[str] = mapped_column(Text)
    port: Mapped[int]
    username: Mapped[str] = mapped_column(Text)
    credential_id: Mapped[int | None] = mapped_column(ForeignKey("credential.id"), index=True)
    jump_host_id: Mapped[int | None] = mapped_column(ForeignKey("host.id"), index=True)
    note: Mapped[str] = mapped_column(Text)
    enabled: Mapped[bool]
    monitoring_only: Mapped[bool] = mapped_column(server_default=text("false"))
    counted_interfaces: Mapped[list[str] | None] = mapped_column(ARRAY(Text))
    revision: Mapped[int] = mapped_column(server_default=text("1"))
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


Index("uq_host_name", func.lower(Host.name), unique=True)


class HostFacts(Base):
    """The facts last read from a host, so that a restart shows them at once."""

    __tablename__ = "host_facts"

    host_id: Mapped[int] = mapped_column(ForeignKey("host.id", ondelete="CASCADE"), primary_key=True)
    facts: Mapped[dict[str, object]] = mapped_column(JSONB)
    read_at: Mapped[datetime]


class Group(Base):
    """A named set of hosts; rights are given by it."""

    __tablename__ = "host_group"

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime]


Index("uq_host_group_name", func.lower(Group.name), unique=True)


class GroupMember(Base):
    """A host's membership in a group."""

    __tablename__ = "host_group_member"

    host_id: Mapped[int] = mapped_column(ForeignKey("host.id", ondelete="CASCADE"), primary_key=True)
    group_id: Mapped[int] = mapped_column(ForeignKey("host_group.id", ondelete="CASCADE"), primary_key=True, index=True)


class HostTag(Base):
    """A word that somebody put on a host."""

    __tablename__ = "host_tag"

    host_id: Mapped[int] = mapped_column(ForeignKey("host.id", ondelete="CASCADE"), primary_key=True)
    tag: Mapped[str] = mapped_column(Text, primary_key=True, index=True)


class HostKey(Base):
    """A host's public key that a human approved."""

    __tablename__ = "host_key"
    __table_args__ = (UniqueConstraint("host_id", "fingerprint"),)

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    host_id: Mapped[int] = mapped_column(ForeignKey("host.id", ondelete="CASCADE"))
    type: Mapped[str] = mapped_column(Text)
    fingerprint: Mapped[str] = mapped_column(Text)
    line: Mapped[str] = mapped_column(Text)
    approved_by: Mapped[str] = mapped_column(Text)
    approved_at: Mapped[datetime]


class HostEvent(Base):
    """Something that happened to a host."""

    __tablename__ = "host_event"

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    host_id: Mapped[int] = mapped_column(ForeignKey("host.id", ondelete="CASCADE"))
    at: Mapped[datetime]
    kind: Mapped[str] = mapped_column(Text)
    detail: Mapped[dict[str, object]] = mapped_column(JSONB)


Index("ix_host_event_host_id_at", HostEvent.host_id, HostEvent.at.desc(), HostEvent.id.desc())
