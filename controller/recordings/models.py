"""The table of recordings; what was shown is in sealed files beside the database."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Identity, Index, LargeBinary, Text
from sqlalchemy.orm import Mapped, mapped_column

from controller.core.db import Base


class Recording(Base):
    """One recorded session. It outlives its host and its user, whose names it keeps, until retention ends it."""

    __tablename__ = "recording"
    __table_args__ = (CheckConstraint("state in ('running', 'ended', 'interrupted')", name="state"),)

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    file: Mapped[str] = mapped_column(Text, unique=True)
    sealed_key: Mapped[bytes] = mapped_column(LargeBinary)
    host_id: Mapped[int | None] = mapped_column(ForeignKey("host.id", ondelete="SET NULL"), index=True)
    host_name: Mapped[str] = mapped_column(Text)
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="SET NULL"), index=True)
    username: Mapped[str] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(Text)
    via: Mapped[str] = mapped_column(Text)
    command: Mapped[str] = mapped_column(Text)
    term: Mapped[str] = mapped_column(Text)
    columns: Mapped[int]
    rows: Mapped[int]
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    state: Mapped[str] = mapped_column(Text)
    reason: Mapped[str] = mapped_column(Text)
    size_bytes: Mapped[int]
    output_bytes: Mapped[int]
    gap_bytes: Mapped[int]
    truncated: Mapped[bool]
    with_input: Mapped[bool]


Index("ix_recording_started_at", Recording.started_at)
