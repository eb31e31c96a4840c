"""The tables of schedules. They are the truth: whatever rings the bell only looks at them sooner."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Identity, Index, LargeBinary, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from controller.core.db import Base

Json = dict[str, object]


class Schedule(Base):
    """A template or a workflow that is launched by itself, with its owner's rights. `next_at`: the time that comes next
    by its rule; `ring_at`: when it is begun, with jitter. `sealed_params`: the secret answers, bound to
    "schedule/{id}/params"."""

    __tablename__ = "job_schedule"
    __table_args__ = (CheckConstraint("(template_id is null) <> (workflow_id is null)", name="what"),)

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    enabled: Mapped[bool]
    template_id: Mapped[int | None] = mapped_column(ForeignKey("job_template.id", ondelete="CASCADE"), index=True)
    workflow_id: Mapped[int | None] = mapped_column(ForeignKey("workflow.id", ondelete="CASCADE"), index=True)
    owner_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="CASCADE"), index=True)
    params: Mapped[Json] = mapped_column(JSONB)
    sealed_params: Mapped[bytes | None] = mapped_column(LargeBinary)
    rule: Mapped[Json] = mapped_column(JSONB)
    zone: Mapped[str] = mapped_column(Text)
    misfire: Mapped[str] = mapped_column(Text)
    overlap: Mapped[str] = mapped_column(Text)
    jitter_s: Mapped[int]
    windows: Mapped[list[Json]] = mapped_column(JSONB)
    next_at: Mapped[datetime | None]
    ring_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


Index("ix_job_schedule_ring_at", Schedule.ring_at, postgresql_where=text("enabled"))


class Fire(Base):
    """One time of a schedule and what became of it. A time fires once, whoever claims it."""

    __tablename__ = "job_schedule_fire"
    __table_args__ = (
        UniqueConstraint("schedule_id", "at"),
        CheckConstraint("outcome in ('launched', 'queued', 'skipped', 'missed', 'shut', 'failed')", name="outcome"),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    schedule_id: Mapped[int] = mapped_column(ForeignKey("job_schedule.id", ondelete="CASCADE"))
    at: Mapped[datetime]
    fired_at: Mapped[datetime]
    outcome: Mapped[str] = mapped_column(Text)
    job_id: Mapped[int | None] = mapped_column(ForeignKey("job.id", ondelete="SET NULL"), index=True)
    workflow_run_id: Mapped[int | None] = mapped_column(ForeignKey("workflow_run.id", ondelete="SET NULL"), index=True)
    note: Mapped[str] = mapped_column(Text)
    by_hand: Mapped[bool]


Index("ix_job_schedule_fire_queued", Fire.schedule_id, postgresql_where=text("outcome = 'queued'"))
