"""Frames, layouts and rollups."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

ROLLUPS = ("rollup_1m", "rollup_10m", "rollup_1h")
LOOKED_UP_BY_TIME = ("frame", "rollup_1m", "rollup_10m")


def _partitioned(name: str, key: tuple[str, ...], *columns: sa.Column[Any]) -> None:
    op.create_table(
        name,
        sa.Column("host_id", sa.Integer, nullable=False),
        sa.Column("entity_id", sa.Integer, nullable=False),
        sa.Column("ts", sa.DateTime(timezone=True), nullable=False),
        sa.Column("layout_id", sa.BigInteger, nullable=False),
        *columns,
        sa.PrimaryKeyConstraint(*key, name=f"pk_{name}"),
        postgresql_partition_by="RANGE (ts)",
    )


def upgrade() -> None:
    op.create_table(
        "layout",
        sa.Column("id", sa.BigInteger, nullable=False, autoincrement=False),
        sa.Column("series", postgresql.JSONB, nullable=False),
        sa.Column("used_on", sa.Date, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_layout"),
    )
    _partitioned(
        "frame", ("host_id", "entity_id", "ts"), sa.Column("values", postgresql.ARRAY(sa.REAL), nullable=False)
    )
    for name in ROLLUPS:
        _partitioned(
            name,
            ("host_id", "entity_id", "ts", "layout_id"),
            sa.Column("count", sa.SmallInteger, nullable=False),
            sa.Column("avg", postgresql.ARRAY(sa.REAL), nullable=False),
            sa.Column("max", postgresql.ARRAY(sa.REAL), nullable=False),
        )
    for name in LOOKED_UP_BY_TIME:
        op.create_index(f"ix_{name}_ts", name, ["ts"], postgresql_using="brin")
    # inline wherever a page can hold the row: a value is then read without a second lookup
    op.execute('alter table frame alter column "values" set storage main')
    for name in ROLLUPS:
        op.execute(f"alter table {name} alter column avg set storage main, alter column max set storage main")
    op.create_table(
        "rollup_mark",
        sa.Column("level", sa.String(8), nullable=False),
        sa.Column("done_to", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("level", name="pk_rollup_mark"),
    )


def downgrade() -> None:
    for name in ("rollup_mark", *ROLLUPS, "frame", "layout"):
        op.drop_table(name)
