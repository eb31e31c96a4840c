"""Jobs: templates, runs, their hosts, output, steps and files."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
JSON = postgresql.JSONB


def _must(kind: Any, *names: str) -> list[sa.Column[Any]]:
    return [sa.Column(name, kind, nullable=False) for name in names]


def _may(kind: Any, *names: str) -> list[sa.Column[Any]]:
    return [sa.Column(name, kind) for name in names]


def _identity() -> sa.Column[int]:
    return sa.Column("id", sa.BigInteger, sa.Identity(), nullable=False)


def _what() -> list[sa.Column[Any]]:
    """What a template and a run have in common."""
    return [
        *_must(sa.Text, "kind", "name"),
        *_must(JSON, "spec", "targets", "survey", "limits", "notify"),
        *_may(JSON, "become"),
        *_must(sa.Boolean, "check", "diff"),
        *_must(sa.Text, "lock", "on_lock"),
    ]


def _remembered(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{target}.id"], f"fk_{table}_{column}_{target}", ondelete="SET NULL")


def _of_job(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["job_id"], ["job.id"], f"fk_{table}_job_id_job", ondelete="CASCADE")


def upgrade() -> None:
    op.create_table(
        "job_template",
        _identity(),
        *_what(),
        *_must(sa.Text, "description"),
        *_must(sa.Boolean, "needs_approval"),
        *_may(sa.BigInteger, "owner_id"),
        *_may(postgresql.ARRAY(sa.BigInteger), "launcher_ids"),
        *_may(sa.Text, "seed"),
        *_must(MOMENT, "created_at", "updated_at"),
        sa.PrimaryKeyConstraint("id", name="pk_job_template"),
        _remembered("job_template", "owner_id", "user_account"),
    )
    op.create_index("ix_job_template_owner_id", "job_template", ["owner_id"])
    op.create_table(
        "job_seed",
        *_must(sa.Text, "name"),
        *_must(MOMENT, "made_at"),
        sa.PrimaryKeyConstraint("name", name="pk_job_seed"),
    )
    _upgrade_job()
    _upgrade_results()


def _upgrade_job() -> None:
    op.create_table(
        "job",
        _identity(),
        *_what(),
        *_may(sa.BigInteger, "template_id"),
        *_must(JSON, "params", "counts", "stats"),
        *_may(sa.LargeBinary, "sealed_params"),
        *_must(sa.Text, "state", "code", "note", "launched_by", "mark"),
        *_may(sa.BigInteger, "launched_by_id", "token_id", "schedule_id", "workflow_run_id", "parent_id"),
        *_may(sa.Text, "approved_by"),
        *_must(MOMENT, "created_at"),
        *_may(MOMENT, "approved_at", "started_at", "ended_at"),
        sa.Column("output_bytes", sa.BigInteger, nullable=False, server_default=sa.text("0")),
        sa.Column("kept_bytes", sa.BigInteger, nullable=False, server_default=sa.text("0")),
        sa.Column("capped", sa.Boolean, nullable=False, server_default=sa.text("false")),
        sa.PrimaryKeyConstraint("id", name="pk_job"),
        _remembered("job", "template_id", "job_template"),
        _remembered("job", "launched_by_id", "user_account"),
    )
    for column in ("template_id", "launched_by_id", "schedule_id", "workflow_run_id", "parent_id", "state"):
        op.create_index(f"ix_job_{column}", "job", [column])
    op.create_index("ix_job_created_at", "job", ["created_at"])


def _upgrade_results() -> None:
    op.create_table(
        "job_host",
        *_must(sa.BigInteger, "job_id", "host_id", "bytes", "kept_bytes"),
        *_must(sa.Text, "name", "state", "note"),
        *_may(sa.Integer, "exit_status"),
        *_must(sa.Boolean, "may_still_run", "capped"),
        *_must(sa.Integer, "attempts"),
        *_may(MOMENT, "started_at", "ended_at"),
        *_may(sa.Text, "digest"),
        sa.PrimaryKeyConstraint("job_id", "host_id", name="pk_job_host"),
        _of_job("job_host"),
    )
    op.create_index("ix_job_host_host_id", "job_host", ["host_id"])
    op.create_index("ix_job_host_may_still_run", "job_host", ["host_id"], postgresql_where=sa.text("may_still_run"))
    op.create_table(
        "job_chunk",
        *_must(sa.BigInteger, "job_id", "seq", "host_id"),
        *_must(MOMENT, "at"),
        *_must(sa.Integer, "size"),
        *_must(postgresql.ARRAY(sa.Integer), "parts"),
        *_must(sa.LargeBinary, "data"),
        sa.PrimaryKeyConstraint("job_id", "seq", name="pk_job_chunk"),
        _of_job("job_chunk"),
    )
    op.execute("alter table job_chunk alter column data set storage external")  # it is compressed already
    op.create_index("ix_job_chunk_host", "job_chunk", ["job_id", "host_id", "seq"])
    op.create_table(
        "job_event",
        *_must(sa.BigInteger, "job_id", "host_id", "seq"),
        *_must(sa.Text, "step", "play", "title", "action", "state", "diff"),
        *_must(sa.Integer, "position"),
        *_may(MOMENT, "started_at", "ended_at"),
        *_must(JSON, "result"),
        sa.PrimaryKeyConstraint("job_id", "step", "host_id", name="pk_job_event"),
        _of_job("job_event"),
    )
    op.create_index("ix_job_event_seq", "job_event", ["job_id", "seq"])
    op.create_table(
        "job_file",
        _identity(),
        *_must(sa.BigInteger, "job_id", "host_id", "size"),
        *_must(sa.Text, "name", "sha256", "note"),
        *_must(sa.LargeBinary, "data"),
        sa.PrimaryKeyConstraint("id", name="pk_job_file"),
        _of_job("job_file"),
    )
    op.create_index("ix_job_file_job_id", "job_file", ["job_id"])


def downgrade() -> None:
    for table in ("job_file", "job_event", "job_chunk", "job_host", "job", "job_seed", "job_template"):
        op.drop_table(table)
