"""The jobs slice's tables. Hosts are named by id without a reference: what ran on one stays when it is deleted."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, Boolean, ForeignKey, Identity, Index, Integer, LargeBinary, Text, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from controller.core.db import Base

Json = dict[str, object]


class JobTemplate(Base):
    """What to run, kept."""

    __tablename__ = "job_template"

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    description: Mapped[str] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(Text)
    spec: Mapped[Json] = mapped_column(JSONB)
    targets: Mapped[Json] = mapped_column(JSONB)
    become: Mapped[Json | None] = mapped_column(JSONB(none_as_null=True))
    survey: Mapped[list[Json]] = mapped_column(JSONB)
    limits: Mapped[Json] = mapped_column(JSONB)
    notify: Mapped[Json] = mapped_column(JSONB)
    check: Mapped[bool] = mapped_column(Boolean)
    diff: Mapped[bool] = mapped_column(Boolean)
    needs_approval: Mapped[bool] = mapped_column(Boolean)
    lock: Mapped[str] = mapped_column(Text)
    on_lock: Mapped[str] = mapped_column(Text)
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="SET NULL"), index=True)
    launcher_ids: Mapped[list[int] | None] = mapped_column(ARRAY(BigInteger))
    seed: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class JobSeed(Base):
    """A template that came with Moorline was made once; deleted, it does not come back."""

    __tablename__ = "job_seed"

    name: Mapped[str] = mapped_column(Text, primary_key=True)
    made_at: Mapped[datetime]


class Job(Base):
    """One run. `sealed_params` holds the secrets among the parameters, bound to "job/{id}/params"."""

    __tablename__ = "job"

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    template_id: Mapped[int | None] = mapped_column(ForeignKey("job_template.id", ondelete="SET NULL"), index=True)
    kind: Mapped[str] = mapped_column(Text)
    name: Mapped[str] = mapped_column(Text)
    spec: Mapped[Json] = mapped_column(JSONB)
    targets: Mapped[Json] = mapped_column(JSONB)
    become: Mapped[Json | None] = mapped_column(JSONB(none_as_null=True))
    survey: Mapped[list[Json]] = mapped_column(JSONB)
    params: Mapped[Json] = mapped_column(JSONB)
    sealed_params: Mapped[bytes | None] = mapped_column(LargeBinary)
    limits: Mapped[Json] = mapped_column(JSONB)
    notify: Mapped[Json] = mapped_column(JSONB)
    check: Mapped[bool] = mapped_column(Boolean)
    diff: Mapped[bool] = mapped_column(Boolean)
    lock: Mapped[str] = mapped_column(Text)
    on_lock: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(Text)
    code: Mapped[str] = mapped_column(Text)
    note: Mapped[str] = mapped_column(Text)
    launched_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="SET NULL"), index=True)
    launched_by: Mapped[str] = mapped_column(Text)
    token_id: Mapped[int | None]
    approved_by: Mapped[str | None] = mapped_column(Text)
    approved_at: Mapped[datetime | None]
    schedule_id: Mapped[int | None] = mapped_column(index=True)
    workflow_run_id: Mapped[int | None] = mapped_column(index=True)
    parent_id: Mapped[int | None] = mapped_column(index=True)
    mark: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime]
    started_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    counts: Mapped[dict[str, int]] = mapped_column(JSONB)
    stats: Mapped[Json] = mapped_column(JSONB)
    output_bytes: Mapped[int] = mapped_column(server_default=text("0"))
    kept_bytes: Mapped[int] = mapped_column(server_default=text("0"))
    capped: Mapped[bool] = mapped_column(Boolean, server_default=text("false"))


Index("ix_job_state", Job.state)
Index("ix_job_created_at", Job.created_at)


class JobHost(Base):
    """How one run went on one host."""

    __tablename__ = "job_host"

    job_id: Mapped[int] = mapped_column(ForeignKey("job.id", ondelete="CASCADE"), primary_key=True)
    host_id: Mapped[int] = mapped_column(primary_key=True, index=True)
    name: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(Text)
    exit_status: Mapped[int | None] = mapped_column(Integer)
    may_still_run: Mapped[bool] = mapped_column(Boolean)
    note: Mapped[str] = mapped_column(Text)
    attempts: Mapped[int] = mapped_column(Integer)
    started_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    digest: Mapped[str | None] = mapped_column(Text)
    bytes: Mapped[int]
    kept_bytes: Mapped[int]
    capped: Mapped[bool] = mapped_column(Boolean)


Index("ix_job_host_may_still_run", JobHost.host_id, postgresql_where=JobHost.may_still_run)


class JobChunk(Base):
    """A piece of output. `host_id` 0: of the job as a whole. `data` is compressed (zlib); `parts` are the lengths of
    stretches of standard output and standard error by turns, standard output first. No piece cuts a character."""

    __tablename__ = "job_chunk"

    job_id: Mapped[int] = mapped_column(ForeignKey("job.id", ondelete="CASCADE"), primary_key=True)
    seq: Mapped[int] = mapped_column(primary_key=True)
    host_id: Mapped[int]
    at: Mapped[datetime]
    size: Mapped[int] = mapped_column(Integer)
    parts: Mapped[list[int]] = mapped_column(ARRAY(Integer))
    data: Mapped[bytes] = mapped_column(LargeBinary)


Index("ix_job_chunk_host", JobChunk.job_id, JobChunk.host_id, JobChunk.seq)


class JobEvent(Base):
    """A step on a host (0: on none in particular)."""

    __tablename__ = "job_event"

    job_id: Mapped[int] = mapped_column(ForeignKey("job.id", ondelete="CASCADE"), primary_key=True)
    step: Mapped[str] = mapped_column(Text, primary_key=True)
    host_id: Mapped[int] = mapped_column(primary_key=True)
    position: Mapped[int] = mapped_column(Integer)
    seq: Mapped[int]
    play: Mapped[str] = mapped_column(Text)
    title: Mapped[str] = mapped_column(Text)
    action: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(Text)
    started_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    result: Mapped[Json] = mapped_column(JSONB)
    diff: Mapped[str] = mapped_column(Text)


Index("ix_job_event_seq", JobEvent.job_id, JobEvent.seq)


class JobFile(Base):
    """A file that a job fetched from a host; compressed (zlib)."""

    __tablename__ = "job_file"

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    job_id: Mapped[int] = mapped_column(ForeignKey("job.id", ondelete="CASCADE"), index=True)
    host_id: Mapped[int]
    name: Mapped[str] = mapped_column(Text)
    size: Mapped[int]
    sha256: Mapped[str] = mapped_column(Text)
    note: Mapped[str] = mapped_column(Text)
    data: Mapped[bytes] = mapped_column(LargeBinary)
