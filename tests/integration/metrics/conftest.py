"""A PostgreSQL that a test may stop."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from controller.core import migrate
from controller.core.db import Database
from controller.core.postgres import EmbeddedPostgres


@dataclass(slots=True)
class Own:
    """A PostgreSQL of the test's own."""

    server: EmbeddedPostgres
    database: Database


@pytest.fixture(scope="module")
def own_folder() -> Iterator[Path]:
    """A folder that PostgreSQL's account can reach."""
    folder = Path(tempfile.mkdtemp(prefix="moorline-own-"))
    folder.chmod(0o711)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
async def own(own_folder: Path) -> AsyncIterator[Own]:
    """A PostgreSQL of the test's own, with all tables empty."""
    server = EmbeddedPostgres(own_folder, durable=False)
    url = await server.start()
    try:
        await asyncio.to_thread(migrate.upgrade, url)
        database = Database(url)
        async with await database.raw() as connection:
            await connection.execute("truncate frame, layout, rollup_mark, rollup_1m, rollup_10m, rollup_1h")
        yield Own(server, database)
        await database.close()
    finally:
        await server.stop()
