"""How Alembic reaches the database: always online, one transaction a migration, under an advisory lock."""

from __future__ import annotations

import importlib
import pkgutil

from alembic import context
from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool

import controller
from controller.core.db import CONNECT_S, Base

LOCK = 0x4D4F4F52  # "MOOR": one migration at a time on a server

for module in pkgutil.walk_packages(controller.__path__, "controller."):
    if module.name.endswith(".models"):
        importlib.import_module(module.name)

engine = create_engine(
    context.config.attributes["url"], poolclass=NullPool, connect_args={"connect_timeout": CONNECT_S}
)


def ours(name: str | None, kind: str, _parents: object) -> bool:
    """Partitions come and go by themselves: only the tables they hang on are compared."""
    return kind != "table" or name in Base.metadata.tables


with engine.connect() as connection:
    connection.execute(text("select pg_advisory_lock(:key)"), {"key": LOCK})
    connection.execute(text("set lock_timeout = '10s'"))
    connection.commit()
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        transaction_per_migration=True,
        compare_type=True,
        include_name=ours,
    )
    with context.begin_transaction():
        context.run_migrations()
    connection.execute(text("select pg_advisory_unlock(:key)"), {"key": LOCK})
    connection.commit()
