"""The ansible slice's table: what Ansible found out about each host the last time."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from controller.core.db import Base


class AnsibleFacts(Base):
    """A host's facts, as the setup module names them. `job_id`: of the run that gathered them; it may be gone."""

    __tablename__ = "ansible_facts"

    host_id: Mapped[int] = mapped_column(ForeignKey("host.id", ondelete="CASCADE"), primary_key=True)
    facts: Mapped[dict[str, Any]] = mapped_column(JSONB)
    job_id: Mapped[int | None]
    gathered_at: Mapped[datetime]
