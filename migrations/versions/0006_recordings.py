"""Recordings, users' SSH keys and rights beside the role."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=False)


def _number(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=False)


def _remembered(name: str, target: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), sa.ForeignKey(target, ondelete="SET NULL"), index=True)


def upgrade() -> None:
    grants: sa.Column[list[str]] = sa.Column(
        "grants", postgresql.ARRAY(sa.Text()), nullable=False, server_default=sa.text("'{}'")
    )
    op.add_column("user_account", grants)
    op.create_table(
        "ssh_key",
        sa.Column("id", sa.BigInteger(), sa.Identity(), primary_key=True),
        sa.Column(
            "user_id",
            sa.BigInteger(),
            sa.ForeignKey("user_account.id", ondelete="CASCADE"),
            nullable=False,
            index=True,
        ),
        _text("name"),
        _text("type"),
        sa.Column("fingerprint", sa.Text(), nullable=False, unique=True),
        _text("line"),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("last_used_at", MOMENT),
        sa.Column("last_used_address", sa.Text()),
    )
    op.create_table(
        "recording",
        sa.Column("id", sa.BigInteger(), sa.Identity(), primary_key=True),
        sa.Column("file", sa.Text(), nullable=False, unique=True),
        sa.Column("sealed_key", sa.LargeBinary(), nullable=False),
        _remembered("host_id", "host.id"),
        _text("host_name"),
        _remembered("user_id", "user_account.id"),
        *(_text(name) for name in ("username", "kind", "via", "command", "term")),
        _number("columns"),
        _number("rows"),
        sa.Column("started_at", MOMENT, nullable=False),
        sa.Column("ended_at", MOMENT),
        _text("state"),
        _text("reason"),
        _number("size_bytes"),
        _number("output_bytes"),
        _number("gap_bytes"),
        sa.Column("truncated", sa.Boolean(), nullable=False),
        sa.Column("with_input", sa.Boolean(), nullable=False),
        sa.CheckConstraint("state in ('running', 'ended', 'interrupted')", name=op.f("ck_recording_state")),
    )
    op.create_index("ix_recording_started_at", "recording", ["started_at"])


def downgrade() -> None:
    op.drop_table("recording")
    op.drop_table("ssh_key")
    op.drop_column("user_account", "grants")
