"""Keeps the board's list of hosts as the database has it: at start, after each change, after others' changes."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncSession

from controller.core.clock import Clock
from controller.core.events import Bus
from controller.hosts import events, queries
from controller.hosts.board import Board
from controller.hosts.news import HostAdded, HostChanged, HostRemoved
from controller.hosts.queries import HostRow
from controller.hosts.schemas import HostChanges

FIELDS = frozenset(HostChanges.__struct_fields__) - {"credential"}


class Roll:
    """Writes into the board which hosts there are. Make it before whoever else listens for hosts' news."""

    def __init__(self, board: Board, bus: Bus, clock: Clock) -> None:
        self._board = board
        self._bus = bus
        self._clock = clock
        self._revisions: dict[int, int] = {}
        bus.listen(HostAdded, self._added)
        bus.listen(HostChanged, self._changed)
        bus.listen(HostRemoved, self._removed)

    async def fill(self, session: AsyncSession) -> None:
        """Take in every host with its last facts and state, at start."""
        facts = await queries.facts(session)
        states = await events.last_states(session)
        now = self._clock.now()
        for row in await queries.load(session):
            self._revisions[row.id] = row.revision
            self._board.put(
                row.id,
                enabled=row.enabled,
                group_ids=row.group_ids,
                at=now,
                counted_interfaces=row.counted_interfaces,
                facts=facts.get(row.id),
                recorded=states.get(row.id),
            )

    async def compare(self, session: AsyncSession) -> None:
        """Tell everybody what another process (the command line) changed; what this one changed is told already."""
        known = {status.host_id for status in self._board}
        present = await queries.revisions(session)
        for host_id in known - present.keys():
            if host_id in self._board:
                self._bus.publish(HostRemoved(host_id))
        moved = [host_id for host_id, revision in present.items() if revision > self._revisions.get(host_id, 0)]
        for row in await queries.load(session, moved) if moved else ():
            if row.revision > self._revisions.get(row.id, 0):
                self._announce(row)

    def _announce(self, row: HostRow) -> None:
        now = (row.enabled, frozenset(row.group_ids), row.counted_interfaces)
        if row.id in self._board:
            self._bus.publish(HostChanged(row.id, row.revision, FIELDS, *now))
        else:
            self._bus.publish(HostAdded(row.id, row.revision, *now))

    def _added(self, news: HostAdded) -> None:
        self._revisions[news.host_id] = news.revision
        self._board.put(
            news.host_id,
            enabled=news.enabled,
            group_ids=news.group_ids,
            at=self._clock.now(),
            counted_interfaces=news.counted_interfaces,
        )

    def _changed(self, news: HostChanged) -> None:
        self._revisions[news.host_id] = news.revision
        self._board.edited(
            news.host_id,
            news.what,
            enabled=news.enabled,
            group_ids=news.group_ids,
            at=self._clock.now(),
            counted_interfaces=news.counted_interfaces,
        )

    def _removed(self, news: HostRemoved) -> None:
        self._revisions.pop(news.host_id, None)
        self._board.remove(news.host_id)
