"""Users, sessions, tokens, invitations, settings and the audit log."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
GROUPS = postgresql.ARRAY(sa.BigInteger())
ROLE = "role in ('admin', 'operator', 'viewer', 'none')"


def _id() -> sa.Column[int]:
    return sa.Column("id", sa.BigInteger(), sa.Identity(), primary_key=True)


def _owner() -> sa.Column[int]:
    key = sa.ForeignKey("user_account.id", ondelete="CASCADE")
    return sa.Column("user_id", sa.BigInteger(), key, nullable=False, index=True)


def _hash() -> sa.Column[bytes]:
    return sa.Column("secret_hash", sa.LargeBinary(), nullable=False, unique=True)


def _rights() -> tuple[sa.Column[bool], sa.Column[list[int]]]:
    return sa.Column("all_hosts", sa.Boolean(), nullable=False), sa.Column("group_ids", GROUPS, nullable=False)


def upgrade() -> None:
    op.create_table(
        "user_account",
        _id(),
        sa.Column("username", sa.Text(), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        *_rights(),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("preferences", postgresql.JSONB(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("last_login_at", MOMENT),
        sa.CheckConstraint(ROLE, name=op.f("ck_user_account_role")),
    )
    op.create_index("uq_user_account_username", "user_account", [sa.text("lower(username)")], unique=True)
    op.create_table(
        "login_session",
        _id(),
        _owner(),
        _hash(),
        sa.Column("csrf_token", sa.Text(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("last_seen_at", MOMENT, nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("user_agent", sa.Text(), nullable=False),
    )
    op.create_table(
        "api_token",
        _id(),
        _owner(),
        sa.Column("name", sa.Text(), nullable=False),
        _hash(),
        sa.Column("scopes", postgresql.ARRAY(sa.Text()), nullable=False),
        *_rights(),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("expires_at", MOMENT),
        sa.Column("last_used_at", MOMENT),
    )
    op.create_table(
        "invitation",
        _id(),
        _hash(),
        sa.Column("role", sa.Text(), nullable=False),
        *_rights(),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.CheckConstraint(ROLE, name=op.f("ck_invitation_role")),
    )
    op.create_table(
        "login_failure",
        sa.Column("key", sa.Text(), primary_key=True),
        sa.Column("failures", sa.BigInteger(), nullable=False),
        sa.Column("last_at", MOMENT, nullable=False),
    )
    op.create_table(
        "app_setting",
        sa.Column("key", sa.Text(), primary_key=True),
        sa.Column("value", postgresql.JSONB(), nullable=False),
    )
    _create_audit()


def _create_audit() -> None:
    op.create_table(
        "audit_entry",
        _id(),
        sa.Column("at", MOMENT, server_default=sa.text("clock_timestamp()"), nullable=False),
        sa.Column("actor_kind", sa.Text(), nullable=False),
        sa.Column("actor_id", sa.BigInteger()),
        sa.Column("actor_name", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("object_kind", sa.Text(), nullable=False),
        sa.Column("object_id", sa.BigInteger()),
        sa.Column("object_name", sa.Text(), nullable=False),
        sa.Column("detail", postgresql.JSONB(), nullable=False),
    )
    op.create_index("ix_audit_entry_action", "audit_entry", ["action", sa.text("id DESC")])
    op.create_index("ix_audit_entry_object", "audit_entry", ["object_kind", "object_id", sa.text("id DESC")])
    op.execute(
        """
        create function audit_entry_is_final() returns trigger language plpgsql as $$
        begin
            raise exception 'the audit log is append-only';
        end $$
        """
    )
    op.execute(
        "create trigger audit_entry_is_final before update or delete or truncate on audit_entry"
        " for each statement execute function audit_entry_is_final()"
    )


def downgrade() -> None:
    op.drop_table("audit_entry")
    op.execute("drop function audit_entry_is_final()")
    for table in ("app_setting", "login_failure", "invitation", "api_token", "login_session", "user_account"):
        op.drop_table(table)
