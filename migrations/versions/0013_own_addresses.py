"""Users' own addresses, each used once a link in a mail to it was followed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "notify_address",
        sa.Column("id", sa.BigInteger, sa.Identity(), nullable=False),
        sa.Column("user_id", sa.BigInteger, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("address", sa.Text, nullable=False),
        sa.Column("asked_at", MOMENT, nullable=False),
        sa.Column("confirmed_at", MOMENT),
        sa.PrimaryKeyConstraint("id", name="pk_notify_address"),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], "fk_notify_address_user_id_user_account", ondelete="CASCADE"
        ),
    )
    op.create_index("ix_notify_address_user_id", "notify_address", ["user_id"])
    op.create_index("ix_notify_address_asked_at", "notify_address", ["asked_at"])


def downgrade() -> None:
    op.drop_table("notify_address")
