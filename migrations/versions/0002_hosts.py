"""Hosts, groups, tags, credentials, host keys, facts and events."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def _id() -> sa.Column[int]:
    return sa.Column("id", sa.BigInteger(), sa.Identity(), primary_key=True)


def _host() -> sa.Column[int]:
    return sa.Column("host_id", sa.BigInteger(), sa.ForeignKey("host.id", ondelete="CASCADE"), nullable=False)


def _of_host() -> sa.Column[int]:
    return sa.Column("host_id", sa.BigInteger(), sa.ForeignKey("host.id", ondelete="CASCADE"), primary_key=True)


def upgrade() -> None:
    _create_credential()
    _create_host()
    _create_groups_and_tags()
    _create_key_and_event()


def downgrade() -> None:
    for table in ("host_event", "host_key", "host_tag", "host_group_member", "host_group", "host_facts", "host"):
        op.drop_table(table)
    op.drop_table("credential")


def _create_credential() -> None:
    op.create_table(
        "credential",
        _id(),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("owner_id", sa.BigInteger()),
        sa.Column("sealed_password", sa.LargeBinary()),
        sa.Column("sealed_private_key", sa.LargeBinary()),
        sa.Column("sealed_passphrase", sa.LargeBinary()),
        sa.Column("public_key", sa.Text()),
        sa.Column("fingerprint", sa.Text()),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.CheckConstraint("kind in ('password', 'key')", name=op.f("ck_credential_kind")),
    )
    op.create_index(
        "uq_credential_owner_name",
        "credential",
        ["owner_id", sa.text("lower(name)")],
        unique=True,
        postgresql_nulls_not_distinct=True,
    )


def _create_host() -> None:
    op.create_table(
        "host",
        _id(),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("port", sa.BigInteger(), nullable=False),
        sa.Column("username", sa.Text(), nullable=False),
        sa.Column("credential_id", sa.BigInteger(), sa.ForeignKey("credential.id")),
        sa.Column("jump_host_id", sa.BigInteger(), sa.ForeignKey("host.id")),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("counted_interfaces", postgresql.ARRAY(sa.Text())),
        sa.Column("revision", sa.BigInteger(), nullable=False, server_default=sa.text("1")),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.CheckConstraint("port between 1 and 65535", name=op.f("ck_host_port")),
    )
    op.create_index("uq_host_name", "host", [sa.text("lower(name)")], unique=True)
    op.create_index("ix_host_credential_id", "host", ["credential_id"])
    op.create_index("ix_host_jump_host_id", "host", ["jump_host_id"])
    op.create_table(
        "host_facts",
        _of_host(),
        sa.Column("facts", postgresql.JSONB(), nullable=False),
        sa.Column("read_at", MOMENT, nullable=False),
    )


def _create_groups_and_tags() -> None:
    op.create_table(
        "host_group",
        _id(),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
    )
    op.create_index("uq_host_group_name", "host_group", [sa.text("lower(name)")], unique=True)
    op.create_table(
        "host_group_member",
        _of_host(),
        sa.Column("group_id", sa.BigInteger(), sa.ForeignKey("host_group.id", ondelete="CASCADE"), primary_key=True),
    )
    op.create_index("ix_host_group_member_group_id", "host_group_member", ["group_id"])
    op.create_table("host_tag", _of_host(), sa.Column("tag", sa.Text(), primary_key=True))
    op.create_index("ix_host_tag_tag", "host_tag", ["tag"])


def _create_key_and_event() -> None:
    op.create_table(
        "host_key",
        _id(),
        _host(),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("line", sa.Text(), nullable=False),
        sa.Column("approved_by", sa.Text(), nullable=False),
        sa.Column("approved_at", MOMENT, nullable=False),
        sa.UniqueConstraint("host_id", "fingerprint"),
    )
    op.create_table(
        "host_event",
        _id(),
        _host(),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("detail", postgresql.JSONB(), nullable=False),
    )
    op.create_index("ix_host_event_host_id_at", "host_event", ["host_id", sa.text("at DESC"), sa.text("id DESC")])
