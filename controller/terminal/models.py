"""The terminal's tables. Sessions have none: they live as long as the process."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Identity, Text
from sqlalchemy.orm import Mapped, mapped_column

from controller.core.db import Base


class Snippet(Base):
    """A piece of text to type, with variables, of one user or shared with all who may open terminals."""

    __tablename__ = "snippet"

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    owner_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="CASCADE"), index=True)
    owner_name: Mapped[str] = mapped_column(Text)
    name: Mapped[str] = mapped_column(Text)
    text: Mapped[str] = mapped_column(Text)
    shared: Mapped[bool]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
