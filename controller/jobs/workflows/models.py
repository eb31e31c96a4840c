"""The tables of workflows. They are the truth: whatever goes on after a restart goes on from them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import (
    BigInteger,
    Boolean,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from controller.core.db import Base

Json = dict[str, object]


class Workflow(Base):
    """Nodes and the edges between them, kept. `sealed_params`: secret answers by node, bound to "workflow/{id}/params".
    `version` grows by one with each change."""

    __tablename__ = "workflow"

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    description: Mapped[str] = mapped_column(Text)
    survey: Mapped[list[Json]] = mapped_column(JSONB)
    nodes: Mapped[list[Json]] = mapped_column(JSONB)
    edges: Mapped[list[Json]] = mapped_column(JSONB)
    sealed_params: Mapped[bytes | None] = mapped_column(LargeBinary)
    notify: Mapped[Json] = mapped_column(JSONB)
    launcher_ids: Mapped[list[int] | None] = mapped_column(ARRAY(BigInteger))
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="SET NULL"), index=True)
    version: Mapped[int] = mapped_column(Integer)
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class WorkflowRun(Base):
    """One run, with the edges as they were when it began. `sealed_params`: the secrets among the answers, those of
    nodes, and the password for sudo, bound to "workflow-run/{id}/params"."""

    __tablename__ = "workflow_run"

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    workflow_id: Mapped[int | None] = mapped_column(ForeignKey("workflow.id", ondelete="SET NULL"), index=True)
    workflow_version: Mapped[int] = mapped_column(Integer)
    name: Mapped[str] = mapped_column(Text)
    survey: Mapped[list[Json]] = mapped_column(JSONB)
    params: Mapped[Json] = mapped_column(JSONB)
    sealed_params: Mapped[bytes | None] = mapped_column(LargeBinary)
    edges: Mapped[list[Json]] = mapped_column(JSONB)
    notify: Mapped[Json] = mapped_column(JSONB)
    state: Mapped[str] = mapped_column(Text)
    code: Mapped[str] = mapped_column(Text)
    note: Mapped[str] = mapped_column(Text)
    launched_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="SET NULL"), index=True)
    launched_by: Mapped[str] = mapped_column(Text)
    token_id: Mapped[int | None]
    schedule_id: Mapped[int | None] = mapped_column(index=True)
    parent_id: Mapped[int | None]
    created_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


Index("ix_workflow_run_open", WorkflowRun.id, postgresql_where=text("ended_at is null"))
Index("ix_workflow_run_created_at", WorkflowRun.created_at)


class RunNode(Base):
    """A node of one run. It has one job at most: the launch and this row's change are one transaction. `carried`: it
    succeeded in the run that this one repeats. `due_at`: when an approval that nobody gave is a denial."""

    __tablename__ = "workflow_run_node"
    __table_args__ = (UniqueConstraint("run_id", "key"), UniqueConstraint("run_id", "job_id"))

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    run_id: Mapped[int] = mapped_column(ForeignKey("workflow_run.id", ondelete="CASCADE"))
    key: Mapped[str] = mapped_column(Text)
    position: Mapped[int] = mapped_column(Integer)
    kind: Mapped[str] = mapped_column(Text)
    definition: Mapped[Json] = mapped_column(JSONB)
    template_name: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(Text)
    job_id: Mapped[int | None] = mapped_column(ForeignKey("job.id", ondelete="SET NULL"), index=True)
    carried: Mapped[bool] = mapped_column(Boolean)
    note: Mapped[str] = mapped_column(Text)
    decided_by_id: Mapped[int | None]
    decided_by: Mapped[str | None] = mapped_column(Text)
    due_at: Mapped[datetime | None]
    started_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]


Index("ix_workflow_run_node_approval", RunNode.due_at, postgresql_where=text("state = 'waiting_approval'"))
