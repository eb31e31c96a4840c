"""Ansible: facts, own playbooks, Git projects, vault passwords."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def _must(kind: Any, *names: str) -> list[sa.Column[Any]]:
    return [sa.Column(name, kind, nullable=False) for name in names]


def _identity() -> sa.Column[int]:
    return sa.Column("id", sa.BigInteger, sa.Identity(), nullable=False)


def upgrade() -> None:
    op.create_table(
        "ansible_facts",
        *_must(sa.BigInteger, "host_id"),
        *_must(postgresql.JSONB, "facts"),
        sa.Column("job_id", sa.BigInteger),
        *_must(MOMENT, "gathered_at"),
        sa.PrimaryKeyConstraint("host_id", name="pk_ansible_facts"),
        sa.ForeignKeyConstraint(["host_id"], ["host.id"], "fk_ansible_facts_host_id_host", ondelete="CASCADE"),
    )
    op.create_table(
        "own_playbook",
        _identity(),
        *_must(sa.Text, "name"),
        *_must(sa.BigInteger, "version"),
        *_must(MOMENT, "created_at", "updated_at"),
        sa.PrimaryKeyConstraint("id", name="pk_own_playbook"),
        sa.UniqueConstraint("name", name="uq_own_playbook_name"),
    )
    op.create_table(
        "playbook_version",
        *_must(sa.BigInteger, "playbook_id", "number"),
        *_must(sa.Text, "text", "author", "note"),
        *_must(MOMENT, "created_at"),
        sa.PrimaryKeyConstraint("playbook_id", "number", name="pk_playbook_version"),
        sa.ForeignKeyConstraint(
            ["playbook_id"], ["own_playbook.id"], "fk_playbook_version_playbook_id_own_playbook", ondelete="CASCADE"
        ),
    )
    op.create_table(
        "git_project",
        _identity(),
        *_must(sa.Text, "name", "url", "branch", "username", "known_hosts"),
        sa.Column("sealed", sa.LargeBinary),
        sa.Column("commit", sa.Text),
        *_must(sa.Text, "subject", "state", "error"),
        *_must(postgresql.JSONB, "files"),
        *_must(MOMENT, "created_at"),
        sa.Column("synced_at", MOMENT),
        sa.PrimaryKeyConstraint("id", name="pk_git_project"),
        sa.UniqueConstraint("name", name="uq_git_project_name"),
    )
    op.create_table(
        "vault_password",
        _identity(),
        *_must(sa.Text, "name"),
        *_must(sa.LargeBinary, "sealed"),
        *_must(MOMENT, "created_at"),
        sa.PrimaryKeyConstraint("id", name="pk_vault_password"),
        sa.UniqueConstraint("name", name="uq_vault_password_name"),
    )


def downgrade() -> None:
    for table in ("vault_password", "git_project", "playbook_version", "own_playbook", "ansible_facts"):
        op.drop_table(table)
