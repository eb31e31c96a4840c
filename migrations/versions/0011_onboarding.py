"""Onboarding, changes of keys, and hosts that are watched by a key for nothing else."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("host", sa.Column("monitoring_only", sa.Boolean, nullable=False, server_default=sa.text("false")))
    op.create_table(
        "onboarding",
        sa.Column("id", sa.BigInteger, sa.Identity(), nullable=False),
        sa.Column("batch", sa.Text),
        sa.Column("user_id", sa.BigInteger, nullable=False),
        sa.Column("username", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("address", sa.Text, nullable=False),
        sa.Column("port", sa.BigInteger, nullable=False),
        sa.Column("account", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("host_key", sa.Text),
        sa.Column("plan", postgresql.JSONB, nullable=False),
        sa.Column("steps", postgresql.JSONB, nullable=False),
        sa.Column("found", postgresql.JSONB, nullable=False),
        sa.Column("credential_id", sa.BigInteger),
        sa.Column("host_id", sa.BigInteger),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_onboarding"),
        _reference("onboarding", "user_id", "user_account", "CASCADE"),
        _reference("onboarding", "credential_id", "credential", "SET NULL"),
        _reference("onboarding", "host_id", "host", "SET NULL"),
    )
    for column in ("batch", "user_id", "credential_id", "host_id", "updated_at"):
        op.create_index(f"ix_onboarding_{column}", "onboarding", [column])
    op.create_table(
        "key_rotation",
        sa.Column("id", sa.BigInteger, sa.Identity(), nullable=False),
        sa.Column("user_id", sa.BigInteger, nullable=False),
        sa.Column("username", sa.Text, nullable=False),
        sa.Column("old_credential_id", sa.BigInteger),
        sa.Column("new_credential_id", sa.BigInteger),
        sa.Column("old_name", sa.Text, nullable=False),
        sa.Column("new_name", sa.Text, nullable=False),
        sa.Column("old_public_key", sa.Text, nullable=False),
        sa.Column("new_public_key", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_key_rotation"),
        _reference("key_rotation", "user_id", "user_account", "CASCADE"),
        _reference("key_rotation", "old_credential_id", "credential", "SET NULL"),
        _reference("key_rotation", "new_credential_id", "credential", "SET NULL"),
    )
    for column in ("user_id", "old_credential_id", "new_credential_id"):
        op.create_index(f"ix_key_rotation_{column}", "key_rotation", [column])
    op.create_table(
        "key_rotation_host",
        sa.Column("rotation_id", sa.BigInteger, nullable=False),
        sa.Column("host_id", sa.BigInteger, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("code", sa.Text, nullable=False),
        sa.Column("detail", sa.Text, nullable=False),
        sa.Column("attempts", sa.BigInteger, nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("rotation_id", "host_id", name="pk_key_rotation_host"),
        _reference("key_rotation_host", "rotation_id", "key_rotation", "CASCADE"),
        _reference("key_rotation_host", "host_id", "host", "CASCADE"),
    )
    op.create_index("ix_key_rotation_host_host_id", "key_rotation_host", ["host_id"])


def _reference(table: str, column: str, to: str, gone: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{to}.id"], f"fk_{table}_{column}_{to}", ondelete=gone)


def downgrade() -> None:
    for table in ("key_rotation_host", "key_rotation", "onboarding"):
        op.drop_table(table)
    op.drop_column("host", "monitoring_only")
