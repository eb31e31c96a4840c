"""The files slice's table: what was moved, how far it came and how it ended."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Boolean, ForeignKey, Identity, Index, LargeBinary, Text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from controller.core.db import Base


class FileTransfer(Base):
    """One upload, download, copy, move or removal. Paths are bytes, as the host has them."""

    __tablename__ = "file_transfer"

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="CASCADE"), index=True)
    host_id: Mapped[int] = mapped_column(ForeignKey("host.id", ondelete="CASCADE"), index=True)
    to_host_id: Mapped[int | None] = mapped_column(ForeignKey("host.id", ondelete="CASCADE"), index=True)
    kind: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(Text)
    path: Mapped[bytes] = mapped_column(LargeBinary)
    paths: Mapped[list[bytes]] = mapped_column(ARRAY(LargeBinary))
    to_path: Mapped[bytes | None] = mapped_column(LargeBinary)
    temporary: Mapped[bytes | None] = mapped_column(LargeBinary)  # where an upload waits for its end
    as_root: Mapped[bool] = mapped_column(Boolean)
    to_as_root: Mapped[bool] = mapped_column(Boolean)
    options: Mapped[dict[str, object]] = mapped_column(JSONB)
    total_bytes: Mapped[int | None]
    done_bytes: Mapped[int]
    total_files: Mapped[int | None]
    done_files: Mapped[int]
    sha256: Mapped[str | None] = mapped_column(Text)
    code: Mapped[str | None] = mapped_column(Text)
    error: Mapped[str | None] = mapped_column(Text)
    warnings: Mapped[list[str]] = mapped_column(ARRAY(Text))
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


Index("ix_file_transfer_updated_at", FileTransfer.updated_at)
