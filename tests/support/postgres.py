"""PostgreSQL for tests: one throw-away cluster a test process, the real migrations once, a fresh copy for each test."""

from __future__ import annotations

import asyncio
import os
import shutil
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import psycopg
import pytest
from psycopg import sql
from sqlalchemy.engine import URL
from sqlalchemy.ext.asyncio import AsyncSession

from controller.core import migrate
from controller.core.db import Database
from controller.core.postgres import ROLE, SUPERUSER, EmbeddedPostgres

TEMPLATE = "template_moorline"
PATIENCE_S = 10.0


@dataclass(slots=True)
class Cluster:
    """A running PostgreSQL with one migrated database to copy from."""

    url: URL
    pid: int
    numbers: Iterator[int] = field(default_factory=count)

    def copy(self, template: str = TEMPLATE) -> URL:
        """A fresh database with the tables of `template` ("template0": none) and nothing in them."""
        name = f"test_{next(self.numbers)}"
        with self._admin() as connection:
            # nothing here outlives a crash, so files are copied and not logged page by page: a third of the time
            statement = sql.SQL("create database {} template {} strategy file_copy")
            connection.execute(statement.format(sql.Identifier(name), sql.Identifier(template)))
        return self.url.set(database=name)

    def drop(self, url: URL) -> None:
        """Remove a copy, whoever is still connected."""
        with self._admin(SUPERUSER) as connection:  # whom the server itself runs for is connected as that
            connection.execute(sql.SQL("drop database {} with (force)").format(sql.Identifier(str(url.database))))

    def sessions(self, url: URL) -> list[str]:
        """What the connections to a copy did last: none are left when everything was closed."""
        with self._admin() as connection:
            query = "select query from pg_stat_activity where datname = %s and backend_type = 'client backend'"
            rows = connection.execute(query, (url.database,))
            return [str(row[0]) for row in rows]

    def _admin(self, role: str = ROLE) -> psycopg.Connection[tuple[object, ...]]:
        address = self.url.set(drivername="postgresql", username=role).render_as_string(hide_password=False)
        return psycopg.connect(address, autocommit=True)


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """The test process's own PostgreSQL, with the migrations applied to a template."""
    _sweep()
    folder = Path(tempfile.mkdtemp(prefix=f"moorline-test-{os.getpid()}-"))
    folder.chmod(0o711)
    (folder / "postgres").mkdir()
    (folder / "postgres/custom.conf").write_text("autovacuum = off\n")  # none of it lives long enough to need it
    loop = asyncio.new_event_loop()  # kept for the server alone; each test has a loop of its own
    server = EmbeddedPostgres(folder, durable=False)
    try:
        url = loop.run_until_complete(server.start())
        assert server.pid is not None
        cluster = Cluster(url, server.pid)
        with cluster._admin() as connection:
            connection.execute(sql.SQL("create database {}").format(sql.Identifier(TEMPLATE)))
        migrate.upgrade(url.set(database=TEMPLATE))
        yield cluster
    finally:
        loop.run_until_complete(server.stop())
        loop.run_until_complete(loop.shutdown_default_executor())
        loop.close()
        shutil.rmtree(folder)


@pytest.fixture
def database_url(cluster: Cluster) -> Iterator[URL]:
    """The address of a fresh database with all tables; fails the test that leaves a connection open."""
    url = cluster.copy()
    yield url
    deadline = time.monotonic() + PATIENCE_S
    while (left := cluster.sessions(url)) and time.monotonic() < deadline:
        time.sleep(0.02)  # the server takes a moment to see that a client has gone
    cluster.drop(url)
    assert not left, f"the test left connections open; they last ran: {left}"


@pytest.fixture
def database_address(database_url: URL) -> str:
    """The fresh database as MOORLINE_DATABASE_URL has it.

    For a controller in a process of its own where the embedded PostgreSQL is not what the test is about: making one and
    its tables costs a second of the processor at every start.
    """
    return database_url.set(drivername="postgresql").render_as_string(hide_password=False)


@pytest.fixture
async def database(database_url: URL) -> AsyncIterator[Database]:
    """A fresh database with all tables."""
    database = Database(database_url, pool_size=4)
    yield database
    await database.close()


@pytest.fixture
async def session(database: Database) -> AsyncIterator[AsyncSession]:
    """A session on the fresh database; what the test does not commit is rolled back."""
    async with AsyncSession(database.engine, expire_on_commit=False) as session:
        yield session
        await session.rollback()


def _sweep() -> None:
    """Remove clusters of test processes that were killed (the kernel has asked their servers to end)."""
    for folder in Path(tempfile.gettempdir()).glob("moorline-test-*-*"):
        owner = int(folder.name.split("-")[2])
        try:
            os.kill(owner, 0)
        except ProcessLookupError:
            shutil.rmtree(folder, ignore_errors=True)
        except PermissionError:
            continue
