"""The audit log's table."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Identity, Index, Text, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from controller.core.db import Base


class AuditEntry(Base):
    """Somebody did something. Rows are only ever added: a trigger refuses everything else."""

    __tablename__ = "audit_entry"

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    at: Mapped[datetime] = mapped_column(server_default=text("clock_timestamp()"))
    actor_kind: Mapped[str] = mapped_column(Text)
    actor_id: Mapped[int | None]
    actor_name: Mapped[str] = mapped_column(Text)
    address: Mapped[str] = mapped_column(Text)
    action: Mapped[str] = mapped_column(Text)
    object_kind: Mapped[str] = mapped_column(Text)
    object_id: Mapped[int | None]
    object_name: Mapped[str] = mapped_column(Text)
    detail: Mapped[dict[str, object]] = mapped_column(JSONB)


Index("ix_audit_entry_action", AuditEntry.action, AuditEntry.id.desc())
Index("ix_audit_entry_object", AuditEntry.object_kind, AuditEntry.object_id, AuditEntry.id.desc())
