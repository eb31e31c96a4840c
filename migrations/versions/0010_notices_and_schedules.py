"""Notices (channels, routes, the outbox, messages) and schedules."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
TEXTS = postgresql.ARRAY(sa.Text)
NUMBERS = postgresql.ARRAY(sa.BigInteger)


def _identity() -> sa.Column[int]:
    return sa.Column("id", sa.BigInteger, sa.Identity(), nullable=False)


def upgrade() -> None:
    _notices()
    _schedules()


def _schedules() -> None:
    op.create_table(
        "job_schedule",
        _identity(),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("enabled", sa.Boolean, nullable=False),
        sa.Column("template_id", sa.BigInteger, nullable=False),
        sa.Column("owner_id", sa.BigInteger, nullable=False),
        sa.Column("params", postgresql.JSONB, nullable=False),
        sa.Column("sealed_params", sa.LargeBinary),
        sa.Column("rule", postgresql.JSONB, nullable=False),
        *(sa.Column(name, sa.Text, nullable=False) for name in ("zone", "misfire", "overlap")),
        sa.Column("jitter_s", sa.BigInteger, nullable=False),
        sa.Column("windows", postgresql.JSONB, nullable=False),
        sa.Column("next_at", MOMENT),
        sa.Column("ring_at", MOMENT),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_job_schedule"),
        sa.ForeignKeyConstraint(
            ["template_id"], ["job_template.id"], "fk_job_schedule_template_id_job_template", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["owner_id"], ["user_account.id"], "fk_job_schedule_owner_id_user_account", ondelete="CASCADE"
        ),
    )
    op.create_index("ix_job_schedule_template_id", "job_schedule", ["template_id"])
    op.create_index("ix_job_schedule_owner_id", "job_schedule", ["owner_id"])
    op.create_index("ix_job_schedule_ring_at", "job_schedule", ["ring_at"], postgresql_where=sa.text("enabled"))
    op.create_table(
        "job_schedule_fire",
        _identity(),
        sa.Column("schedule_id", sa.BigInteger, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("fired_at", MOMENT, nullable=False),
        sa.Column("outcome", sa.Text, nullable=False),
        sa.Column("job_id", sa.BigInteger),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("by_hand", sa.Boolean, nullable=False),
        sa.CheckConstraint(
            "outcome in ('launched', 'queued', 'skipped', 'missed', 'shut', 'failed')",
            name="ck_job_schedule_fire_outcome",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_job_schedule_fire"),
        sa.UniqueConstraint("schedule_id", "at", name="uq_job_schedule_fire_schedule_id_at"),
        sa.ForeignKeyConstraint(
            ["schedule_id"], ["job_schedule.id"], "fk_job_schedule_fire_schedule_id_job_schedule", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["job_id"], ["job.id"], "fk_job_schedule_fire_job_id_job", ondelete="SET NULL"),
    )
    op.create_index("ix_job_schedule_fire_job_id", "job_schedule_fire", ["job_id"])
    op.create_index(
        "ix_job_schedule_fire_queued",
        "job_schedule_fire",
        ["schedule_id"],
        postgresql_where=sa.text("outcome = 'queued'"),
    )


def _notices() -> None:
    op.create_table(
        "notify_channel",
        _identity(),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("enabled", sa.Boolean, nullable=False),
        sa.Column("settings", postgresql.JSONB, nullable=False),
        sa.Column("sealed", sa.LargeBinary),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_notify_channel"),
    )
    op.create_index("uq_notify_channel_name", "notify_channel", [sa.text("lower(name)")], unique=True)
    op.create_table(
        "notify_route",
        _identity(),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("user_id", sa.BigInteger),
        sa.Column("channel_id", sa.BigInteger, nullable=False),
        sa.Column("addresses", TEXTS, nullable=False),
        sa.Column("news", TEXTS, nullable=False),
        sa.Column("all_hosts", sa.Boolean, nullable=False),
        sa.Column("group_ids", NUMBERS, nullable=False),
        sa.Column("language", sa.Text, nullable=False),
        sa.Column("zone", sa.Text, nullable=False),
        sa.Column("wait_s", sa.BigInteger, nullable=False),
        sa.Column("interval_s", sa.BigInteger, nullable=False),
        sa.Column("enabled", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_notify_route"),
        sa.UniqueConstraint("user_id", name="uq_notify_route_user_id"),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], "fk_notify_route_user_id_user_account", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["channel_id"], ["notify_channel.id"], "fk_notify_route_channel_id_notify_channel", ondelete="CASCADE"
        ),
    )
    op.create_index("ix_notify_route_channel_id", "notify_route", ["channel_id"])
    op.create_table(
        "notify_notice",
        _identity(),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("host_ids", NUMBERS, nullable=False),
        sa.Column("user_ids", NUMBERS, nullable=False),
        sa.Column("detail", postgresql.JSONB, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("spread_at", MOMENT),
        sa.PrimaryKeyConstraint("id", name="pk_notify_notice"),
    )
    op.create_index("ix_notify_notice_at", "notify_notice", ["at"])
    op.create_index(
        "ix_notify_notice_spread_at", "notify_notice", ["id"], postgresql_where=sa.text("spread_at is null")
    )
    op.create_table(
        "notify_delivery",
        _identity(),
        sa.Column("channel_id", sa.BigInteger, nullable=False),
        sa.Column("route_id", sa.BigInteger),
        sa.Column("addresses", TEXTS, nullable=False),
        *(sa.Column(name, sa.Text, nullable=False) for name in ("topic", "language", "zone", "token", "state")),
        sa.Column("attempts", sa.BigInteger, nullable=False),
        sa.Column("due_at", MOMENT, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("ended_at", MOMENT),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("error", sa.Text, nullable=False),
        sa.CheckConstraint("state in ('pending', 'sent', 'dead', 'dropped')", name="ck_notify_delivery_state"),
        sa.PrimaryKeyConstraint("id", name="pk_notify_delivery"),
        sa.ForeignKeyConstraint(
            ["channel_id"], ["notify_channel.id"], "fk_notify_delivery_channel_id_notify_channel", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["route_id"], ["notify_route.id"], "fk_notify_delivery_route_id_notify_route", ondelete="SET NULL"
        ),
    )
    op.create_index("ix_notify_delivery_route_id", "notify_delivery", ["route_id"])
    op.create_index("ix_notify_delivery_channel_id", "notify_delivery", ["channel_id", "id"])
    op.create_index(
        "ix_notify_delivery_due_at", "notify_delivery", ["due_at"], postgresql_where=sa.text("state = 'pending'")
    )
    op.create_table(
        "notify_delivery_notice",
        sa.Column("delivery_id", sa.BigInteger, nullable=False),
        sa.Column("notice_id", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("delivery_id", "notice_id", name="pk_notify_delivery_notice"),
        *(
            sa.ForeignKeyConstraint(
                [f"{name}_id"],
                [f"notify_{name}.id"],
                f"fk_notify_delivery_notice_{name}_id_notify_{name}",
                ondelete="CASCADE",
            )
            for name in ("delivery", "notice")
        ),
    )
    op.create_index("ix_notify_delivery_notice_notice_id", "notify_delivery_notice", ["notice_id"])


def downgrade() -> None:
    op.drop_table("job_schedule_fire")
    op.drop_table("job_schedule")
    for table in ("delivery_notice", "delivery", "notice", "route", "channel"):
        op.drop_table(f"notify_{table}")
