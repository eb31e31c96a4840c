"""The table of containers: the numbers that their history is kept under."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Identity, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from controller.core.db import Base


class ContainerName(Base):
    """A container of one engine of a host, by its name: one that is made anew under it goes on with its history."""

    __tablename__ = "container_name"
    __table_args__ = (UniqueConstraint("host_id", "engine", "name"),)

    entity_id: Mapped[int] = mapped_column(Integer, Identity(), primary_key=True)
    host_id: Mapped[int] = mapped_column(ForeignKey("host.id", ondelete="CASCADE"))
    engine: Mapped[str] = mapped_column(String(40))
    name: Mapped[str] = mapped_column(String(255))
    seen_at: Mapped[datetime]
