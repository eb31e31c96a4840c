"""Names of containers."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "container_name",
        sa.Column("entity_id", sa.Integer, sa.Identity(), nullable=False),
        sa.Column("host_id", sa.BigInteger, nullable=False),
        sa.Column("engine", sa.String(40), nullable=False),
        sa.Column("name", sa.String(255), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("entity_id", name="pk_container_name"),
        sa.ForeignKeyConstraint(["host_id"], ["host.id"], name="fk_container_name_host_id_host", ondelete="CASCADE"),
        sa.UniqueConstraint("host_id", "engine", "name", name="uq_container_name_host_id_engine_name"),
    )


def downgrade() -> None:
    op.drop_table("container_name")
