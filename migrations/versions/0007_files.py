"""Transfers of files."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

OWNERS = (("user_id", "user_account"), ("host_id", "host"), ("to_host_id", "host"))


def upgrade() -> None:
    op.create_table(
        "file_transfer",
        sa.Column("id", sa.BigInteger, sa.Identity(), nullable=False),
        sa.Column("user_id", sa.BigInteger, nullable=False),
        sa.Column("host_id", sa.BigInteger, nullable=False),
        sa.Column("to_host_id", sa.BigInteger),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("path", sa.LargeBinary, nullable=False),
        sa.Column("paths", postgresql.ARRAY(sa.LargeBinary), nullable=False),
        sa.Column("to_path", sa.LargeBinary),
        sa.Column("temporary", sa.LargeBinary),
        sa.Column("as_root", sa.Boolean, nullable=False),
        sa.Column("to_as_root", sa.Boolean, nullable=False),
        sa.Column("options", postgresql.JSONB, nullable=False),
        sa.Column("total_bytes", sa.BigInteger),
        sa.Column("done_bytes", sa.BigInteger, nullable=False),
        sa.Column("total_files", sa.BigInteger),
        sa.Column("done_files", sa.BigInteger, nullable=False),
        sa.Column("sha256", sa.Text),
        sa.Column("code", sa.Text),
        sa.Column("error", sa.Text),
        sa.Column("warnings", postgresql.ARRAY(sa.Text), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_file_transfer"),
        *(
            sa.ForeignKeyConstraint([column], [f"{table}.id"], f"fk_file_transfer_{column}_{table}", ondelete="CASCADE")
            for column, table in OWNERS
        ),
    )
    for column in (*(column for column, _ in OWNERS), "updated_at"):
        op.create_index(f"ix_file_transfer_{column}", "file_transfer", [column])


def downgrade() -> None:
    op.drop_table("file_transfer")
