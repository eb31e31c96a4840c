"""News are told after the commit, in order, to those who asked for that very kind."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from controller.core.db import Database
from controller.core.events import Bus


@dataclass(frozen=True)
class News:
    number: int


class Other(News):
    """Another kind, also where it is derived."""


@pytest.fixture
def heard() -> list[object]:
    """What was told."""
    return []


@pytest.fixture
def bus(heard: list[object]) -> Bus:
    """A bus with one listener."""
    made = Bus()
    made.listen(News, heard.append)
    return made


def test_a_listener_hears_its_own_kind_alone(bus: Bus, heard: list[object]) -> None:
    bus.publish(News(1))
    bus.publish(Other(2))
    bus.publish("three")
    assert heard == [News(1)]


def test_a_listener_that_fails_keeps_nobody_from_hearing() -> None:
    made, heard = Bus(), list[object]()

    def fail(_: News) -> None:
        raise RuntimeError("broken")

    made.listen(News, fail)
    made.listen(News, heard.append)
    made.publish(News(1))
    assert heard == [News(1)]


async def test_news_wait_for_the_commit_and_come_once(database: Database, bus: Bus, heard: list[object]) -> None:
    async with AsyncSession(database.engine) as session:
        for number in range(2):
            async with session.begin():
                await session.execute(text("select 1"))
                bus.publish_after_commit(session, News(2 * number))
                bus.publish_after_commit(session, News(2 * number + 1))
                assert len(heard) == 2 * number
    assert heard == [News(0), News(1), News(2), News(3)]


async def test_news_of_what_was_rolled_back_are_never_told(database: Database, bus: Bus, heard: list[object]) -> None:
    async with AsyncSession(database.engine) as session:
        with pytest.raises(RuntimeError):
            await _failing(session, bus)
        async with session.begin():
            await session.execute(text("select 1"))
            bus.publish_after_commit(session, News(2))
    assert heard == [News(2)]


async def _failing(session: AsyncSession, bus: Bus) -> None:
    async with session.begin():
        await session.execute(text("select 1"))
        bus.publish_after_commit(session, News(1))
        raise RuntimeError("never mind")


async def test_a_savepoint_is_no_commit_and_takes_back_its_own_news_alone(
    database: Database, bus: Bus, heard: list[object]
) -> None:
    async with AsyncSession(database.engine) as session, session.begin():
        bus.publish_after_commit(session, News(1))
        async with session.begin_nested():
            async with session.begin_nested():
                await session.execute(text("select 1"))
                bus.publish_after_commit(session, News(2))
            bus.publish_after_commit(session, News(3))
        with pytest.raises(RuntimeError):
            await _failing_inside(session, bus)
        assert heard == []
    assert heard == [News(1), News(2), News(3)]


async def _failing_inside(session: AsyncSession, bus: Bus) -> None:
    async with session.begin_nested():
        async with session.begin_nested():
            await session.execute(text("select 1"))
            bus.publish_after_commit(session, News(4))
        raise RuntimeError("never mind")
