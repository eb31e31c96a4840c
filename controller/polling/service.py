"""Polling as a whole: which hosts are asked, from when on, and what the line's state means for that."""

from __future__ import annotations

from collections.abc import Mapping

from collectors.registry import core_files
from collectors.spec import Collector
from controller.core.clock import Clock
from controller.core.events import Bus
from controller.core.settings import Settings
from controller.hosts.board import Board
from controller.hosts.news import (
    CredentialChanged,
    HostAdded,
    HostChanged,
    HostKeyApproved,
    HostRemoved,
    RetryAsked,
)
from controller.metrics.live import LiveHub
from controller.polling.bunch import Bunch
from controller.polling.grid import Grid
from controller.polling.ingest import Ingest
from controller.polling.rounds import Rounds
from controller.polling.session import HostSession
from controller.ssh.pool import Pool
from controller.ssh.target import LineState, LineStatus


class Beat:
    """A host's place on a grid of rounds: once a minute, or once an hour with its facts."""

    watched = False

    def __init__(self, rounds: Rounds, host_id: int, *, facts: bool) -> None:
        self._rounds = rounds
        self._host_id = host_id
        self._facts = facts

    def tick(self, at: float, *, stored: bool) -> None:  # noqa: ARG002 — every round is stored
        """Begin a round."""
        self._rounds.start(self._host_id, at, facts=self._facts)


class Poller:
    """Asks every enabled host, on the grid, from the moment its line is up."""

    def __init__(
        self,
        settings: Settings,
        *,
        pool: Pool,
        board: Board,
        ingest: Ingest,
        hub: LiveHub,
        collectors: Mapping[str, Collector],
        clock: Clock,
    ) -> None:
        self._pool = pool
        self._board = board
        self._ingest = ingest
        self._bunch = Bunch(ingest)
        self._hub = hub
        self._clock = clock
        self._files = core_files(collectors)
        self._rounds = Rounds(pool, ingest, board, clock, collectors)
        self._core = Grid(clock, settings.tick_s)
        self._slow = Grid(clock, settings.slow_tick_s)
        self._facts = Grid(clock, settings.facts_tick_s)
        self._sessions: dict[int, HostSession] = {}

    def listen(self, bus: Bus) -> None:
        """Follow the news of hosts. Call it after the board's roll has begun to listen: the board is read here."""
        bus.listen(HostAdded, lambda news: self._settle(news.host_id, enabled=news.enabled))
        bus.listen(HostChanged, self._changed)
        bus.listen(HostRemoved, lambda news: self._drop(news.host_id))
        bus.listen(HostKeyApproved, lambda news: self._pool.retry(news.host_id))
        bus.listen(RetryAsked, lambda news: self._pool.retry(news.host_id))
        bus.listen(CredentialChanged, self._credential_changed)

    def start(self) -> None:
        """Begin with every host on the board."""
        for status in list(self._board):
            self._settle(status.host_id, enabled=status.signs.enabled)
        for grid in (self._core, self._slow, self._facts):
            grid.start()

    async def close(self) -> None:
        """Ask nobody any more. The pool is closed by its owner, after this."""
        for grid in (self._core, self._slow, self._facts):
            grid.stop()
        await self._rounds.close()
        for session in self._sessions.values():
            session.close()
        self._bunch.flush()

    def line_changed(self, host_id: int, line: LineStatus) -> None:
        """The pool's word on a line."""
        self._board.line_changed(host_id, line, self._clock.now())
        session = self._sessions.get(host_id)
        if session is None:
            return
        if line.state is LineState.UP:
            session.line_up()
            self._rounds.start(host_id, self._clock.now(), facts=True)
            self._slow.add(host_id, Beat(self._rounds, host_id, facts=False))
            self._facts.add(host_id, Beat(self._rounds, host_id, facts=True))
        else:
            session.line_lost()
            self._slow.remove(host_id)
            self._facts.remove(host_id)
            self._rounds.stop(host_id)

    def watch(self, host_id: int, on: bool) -> None:
        """Somebody looks at the host, or nobody any more."""
        session = self._sessions.get(host_id)
        if session is not None:
            session.watched = on

    def _settle(self, host_id: int, *, enabled: bool) -> None:
        """Bring what runs in line with what is wanted."""
        if enabled and host_id not in self._sessions:
            status = self._board.get(host_id)
            self._ingest.add(host_id, status.counted_interfaces if status is not None else None)
            session = HostSession(host_id, self._pool, self._files, self._bunch)
            session.watched = self._hub.watched(host_id)
            self._sessions[host_id] = session
            self._core.add(host_id, session)
            self._pool.watch(host_id)
        elif not enabled:
            self._stop(host_id)

    def _changed(self, news: HostChanged) -> None:
        self._settle(news.host_id, enabled=news.enabled)
        self._ingest.count(news.host_id, news.counted_interfaces)
        if news.moves_line:
            self._pool.retry(news.host_id)

    def _credential_changed(self, news: CredentialChanged) -> None:
        for host_id in news.host_ids:
            self._pool.retry(host_id)

    def _drop(self, host_id: int) -> None:
        self._stop(host_id)
        self._hub.forget(host_id)

    def _stop(self, host_id: int) -> None:
        session = self._sessions.pop(host_id, None)
        if session is None:
            return
        self._core.remove(host_id)
        self._slow.remove(host_id)
        self._facts.remove(host_id)
        self._rounds.stop(host_id)
        session.close()
        self._ingest.remove(host_id)
        self._pool.forget(host_id)
