"""The library slice's tables: own playbooks with all their versions, Git projects, vault passwords."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Identity, LargeBinary, Text, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from controller.core.db import Base


class OwnPlaybook(Base):
    """A playbook that was written in the page. `version`: the number of the newest."""

    __tablename__ = "own_playbook"
    __table_args__ = (UniqueConstraint("name", name="uq_own_playbook_name"),)

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    version: Mapped[int]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class PlaybookVersion(Base):
    """One state of its text; none is ever changed."""

    __tablename__ = "playbook_version"

    playbook_id: Mapped[int] = mapped_column(ForeignKey("own_playbook.id", ondelete="CASCADE"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    text: Mapped[str] = mapped_column(Text)
    author: Mapped[str] = mapped_column(Text)
    note: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime]


class GitProject(Base):
    """Playbooks of others. `commit`: what runs, until somebody syncs. `files`: paths of playbooks in that commit.

    `sealed`: a private key for ssh, a password or token for https; None: none is needed.
    """

    __tablename__ = "git_project"
    __table_args__ = (UniqueConstraint("name", name="uq_git_project_name"),)

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    url: Mapped[str] = mapped_column(Text)
    branch: Mapped[str] = mapped_column(Text)
    username: Mapped[str] = mapped_column(Text)
    known_hosts: Mapped[str] = mapped_column(Text)
    sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    commit: Mapped[str | None] = mapped_column(Text)
    subject: Mapped[str] = mapped_column(Text)
    files: Mapped[list[Any]] = mapped_column(JSONB)
    state: Mapped[str] = mapped_column(Text)
    error: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime]
    synced_at: Mapped[datetime | None]


class VaultPassword(Base):
    """Opens what ansible-vault has encrypted; `name` is the vault id."""

    __tablename__ = "vault_password"
    __table_args__ = (UniqueConstraint("name", name="uq_vault_password_name"),)

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[datetime]
