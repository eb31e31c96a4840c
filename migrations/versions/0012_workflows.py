"""Workflows, their runs, and schedules that launch them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
ONE = "(template_id is null) <> (workflow_id is null)"


def upgrade() -> None:
    _workflow()
    _run()
    _node()
    op.alter_column("job_schedule", "template_id", nullable=True)
    op.add_column("job_schedule", sa.Column("workflow_id", sa.BigInteger))
    op.create_foreign_key(
        "fk_job_schedule_workflow_id_workflow", "job_schedule", "workflow", ["workflow_id"], ["id"], ondelete="CASCADE"
    )
    op.create_index("ix_job_schedule_workflow_id", "job_schedule", ["workflow_id"])
    op.create_check_constraint("ck_job_schedule_what", "job_schedule", ONE)
    op.add_column("job_schedule_fire", sa.Column("workflow_run_id", sa.BigInteger))
    op.create_foreign_key(
        "fk_job_schedule_fire_workflow_run_id_workflow_run",
        "job_schedule_fire",
        "workflow_run",
        ["workflow_run_id"],
        ["id"],
        ondelete="SET NULL",
    )
    op.create_index("ix_job_schedule_fire_workflow_run_id", "job_schedule_fire", ["workflow_run_id"])


def _identity() -> sa.Column[int]:
    return sa.Column("id", sa.BigInteger, sa.Identity(), nullable=False)


def _workflow() -> None:
    op.create_table(
        "workflow",
        _identity(),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("description", sa.Text, nullable=False),
        *(sa.Column(name, postgresql.JSONB, nullable=False) for name in ("survey", "nodes", "edges", "notify")),
        sa.Column("sealed_params", sa.LargeBinary),
        sa.Column("launcher_ids", postgresql.ARRAY(sa.BigInteger)),
        sa.Column("owner_id", sa.BigInteger),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_workflow"),
        sa.ForeignKeyConstraint(
            ["owner_id"], ["user_account.id"], "fk_workflow_owner_id_user_account", ondelete="SET NULL"
        ),
    )
    op.create_index("ix_workflow_owner_id", "workflow", ["owner_id"])


def _run() -> None:
    op.create_table(
        "workflow_run",
        _identity(),
        sa.Column("workflow_id", sa.BigInteger),
        sa.Column("workflow_version", sa.Integer, nullable=False),
        *(sa.Column(name, sa.Text, nullable=False) for name in ("name", "state", "code", "note", "launched_by")),
        *(sa.Column(name, postgresql.JSONB, nullable=False) for name in ("survey", "params", "edges", "notify")),
        sa.Column("sealed_params", sa.LargeBinary),
        *(sa.Column(name, sa.BigInteger) for name in ("launched_by_id", "token_id", "schedule_id", "parent_id")),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("ended_at", MOMENT),
        sa.PrimaryKeyConstraint("id", name="pk_workflow_run"),
        sa.ForeignKeyConstraint(
            ["workflow_id"], ["workflow.id"], "fk_workflow_run_workflow_id_workflow", ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["launched_by_id"], ["user_account.id"], "fk_workflow_run_launched_by_id_user_account", ondelete="SET NULL"
        ),
    )
    for column in ("workflow_id", "launched_by_id", "schedule_id", "created_at"):
        op.create_index(f"ix_workflow_run_{column}", "workflow_run", [column])
    op.create_index("ix_workflow_run_open", "workflow_run", ["id"], postgresql_where=sa.text("ended_at is null"))


def _node() -> None:
    op.create_table(
        "workflow_run_node",
        _identity(),
        sa.Column("run_id", sa.BigInteger, nullable=False),
        *(sa.Column(name, sa.Text, nullable=False) for name in ("key", "kind", "template_name", "state", "note")),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("definition", postgresql.JSONB, nullable=False),
        sa.Column("job_id", sa.BigInteger),
        sa.Column("carried", sa.Boolean, nullable=False),
        sa.Column("decided_by_id", sa.BigInteger),
        sa.Column("decided_by", sa.Text),
        *(sa.Column(name, MOMENT) for name in ("due_at", "started_at", "ended_at")),
        sa.PrimaryKeyConstraint("id", name="pk_workflow_run_node"),
        sa.UniqueConstraint("run_id", "key", name="uq_workflow_run_node_run_id_key"),
        sa.UniqueConstraint("run_id", "job_id", name="uq_workflow_run_node_run_id_job_id"),
        sa.ForeignKeyConstraint(
            ["run_id"], ["workflow_run.id"], "fk_workflow_run_node_run_id_workflow_run", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["job_id"], ["job.id"], "fk_workflow_run_node_job_id_job", ondelete="SET NULL"),
    )
    op.create_index("ix_workflow_run_node_job_id", "workflow_run_node", ["job_id"])
    op.create_index(
        "ix_workflow_run_node_approval",
        "workflow_run_node",
        ["due_at"],
        postgresql_where=sa.text("state = 'waiting_approval'"),
    )


def downgrade() -> None:
    op.execute("delete from job_schedule where workflow_id is not null")
    op.drop_column("job_schedule_fire", "workflow_run_id")
    op.drop_constraint("ck_job_schedule_what", "job_schedule")
    op.drop_column("job_schedule", "workflow_id")
    op.alter_column("job_schedule", "template_id", nullable=False)
    for table in ("workflow_run_node", "workflow_run", "workflow"):
        op.drop_table(table)
