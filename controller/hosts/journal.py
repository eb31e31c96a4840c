"""Keeps time for the board and writes what it sees into the database: events, facts, changes made elsewhere."""

from __future__ import annotations

import asyncio

import structlog
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

from controller.core.clock import Clock, utc_now
from controller.core.db import Database
from controller.core.events import Bus
from controller.hosts import events, queries
from controller.hosts.board import Board
from controller.hosts.models import HostFacts
from controller.hosts.roll import Roll

log = structlog.get_logger()

STEP_S = 1.0
COMPARE_STEPS = 5  # how soon a change by the command line is noticed
BATCH = 1000


class Journal:
    """One a controller: run it as a task until it is cancelled."""

    def __init__(self, board: Board, roll: Roll, database: Database, bus: Bus, clock: Clock) -> None:
        self._board = board
        self._roll = roll
        self._database = database
        self._bus = bus
        self._clock = clock
        self._failing = False

    async def run(self) -> None:
        """Step every second. A database that is away is waited for; nothing is lost meanwhile."""
        number = 0
        while True:
            await asyncio.sleep(STEP_S)
            number += 1
            try:
                await self.step(compare=number % COMPARE_STEPS == 0)
            except (SQLAlchemyError, OSError) as error:
                if not self._failing:
                    log.warning("journal.database_away", error=str(error)[:200])
                self._failing = True
            else:
                self._failing = False

    async def step(self, *, compare: bool = False) -> None:
        """Judge every host, write what is new, look for changes made elsewhere."""
        self._board.judge(self._clock.now())
        await self._write()
        if compare:
            async with self._database.session() as session:
                await self._roll.compare(session)

    async def _write(self) -> None:
        transitions, facts = self._board.take_transitions(), self._board.take_facts()
        if not transitions and not facts:
            return
        try:
            async with self._database.session() as session:
                for start in range(0, len(transitions), BATCH):
                    for event in await events.write_seen(session, transitions[start : start + BATCH]):
                        self._bus.publish_after_commit(session, event)
                await self._keep_facts(session, facts)
        except BaseException:
            self._board.put_back(transitions, facts)
            raise

    async def _keep_facts(self, session: AsyncSession, facts: dict[int, dict[str, object]]) -> None:
        there = await queries.lock_present(session, facts)
        rows = [
            {"host_id": host_id, "facts": found, "read_at": utc_now(self._clock)}
            for host_id, found in facts.items()
            if host_id in there
        ]
        if not rows:
            return
        statement = insert(HostFacts)
        statement = statement.on_conflict_do_update(
            index_elements=[HostFacts.host_id],
            set_={"facts": statement.excluded.facts, "read_at": statement.excluded.read_at},
        )
        await session.execute(statement, rows)
