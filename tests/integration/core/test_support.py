"""What the other tests stand on: a fresh, migrated database each, and leaks that are found."""

from __future__ import annotations

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from controller.core import migrate
from controller.core.db import Database


@pytest.mark.parametrize("turn", [1, 2])
async def test_each_test_has_a_database_of_its_own(database: Database, turn: int) -> None:
    async with database.session() as session:
        await session.execute(text("create table mine (turn int)"))
        await session.execute(text("insert into mine values (:turn)"), {"turn": turn})
    async with database.session() as session:
        assert (await session.execute(text("select turn from mine"))).scalars().all() == [turn]


async def test_a_failed_statement_does_not_spoil_the_end_of_a_test(session: AsyncSession) -> None:
    with pytest.raises(Exception, match="does not exist"):
        await session.execute(text("select * from nowhere"))


def test_models_and_migrations_agree(database: Database) -> None:
    migrate.check(database.url)
