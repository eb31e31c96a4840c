"""A tab's view of containers in the live feed: what it looks at, and what changed there since its last look."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from controller.containers import views
from controller.containers.board import ContainerBoard
from controller.core.clock import Clock
from controller.core.db import Database
from controller.hosts import queries as hosts
from controller.hosts.board import Board
from controller.users.rights import Principal, sees

HOSTS = 16  # that one tab looks at closely: their containers are read every second
NAMES_S = 15.0  # a host's new name shows after this long at the latest
Known = dict[int, set[str]]  # what the tab has, by host


class ContainerSources:
    """What every tab's view draws from. `watch` is told of each who looks at a host closely, and who leaves."""

    def __init__(
        self,
        board: ContainerBoard,
        hosts_board: Board,
        database: Database,
        clock: Clock,
        watch: Callable[[int, bool], None],
    ) -> None:
        self.board = board
        self.hosts_board = hosts_board
        self.database = database
        self.clock = clock
        self.watch = watch


class ContainerFeed:
    """One tab's."""

    def __init__(self, sources: ContainerSources) -> None:
        self._sources = sources
        self._versions: dict[int | None, int] = {}  # by topic: a host, or None for all; -1 before the snapshot
        self._known: dict[int | None, Known] = {}
        self._names: dict[int, str] = {}
        self._named_at = float("-inf")

    @property
    def active(self) -> bool:
        """Does the tab look at anything?"""
        return bool(self._versions)

    def covers(self, host_id: int) -> bool:
        """Does the tab look at this host?"""
        return None in self._versions or host_id in self._versions

    def subscribe(self, host_id: int | None) -> bool:
        """Look at a host, or at all; False when it looks at as many as it may."""
        if host_id is not None and host_id not in self._versions:
            if sum(topic is not None for topic in self._versions) >= HOSTS:
                return False
            self._sources.watch(host_id, True)
        self._versions[host_id] = -1
        self._known[host_id] = {}
        return True

    def unsubscribe(self, host_id: int | None) -> None:
        """Look away."""
        if self._versions.pop(host_id, None) is not None and host_id is not None:
            self._sources.watch(host_id, False)
        self._known.pop(host_id, None)

    def close(self) -> None:
        """The tab is gone."""
        for topic in list(self._versions):
            self.unsubscribe(topic)

    async def take(self, principal: Principal) -> list[dict[str, Any]]:
        """The messages that are due: a snapshot for what is new, else what changed. Raises what the database does."""
        board = self._sources.board
        due = {topic for topic, version in self._versions.items() if version < board.version}
        if not due:
            return []
        await self._learn_names()
        messages = []
        for topic in due:
            version, self._versions[topic] = self._versions[topic], board.version
            messages += self._topic(principal, topic, version)
        return messages

    def _topic(self, principal: Principal, topic: int | None, since: int) -> list[dict[str, Any]]:
        """One topic's message, if there is anything to say."""
        there = [(i, shelf) for i, shelf in self._sources.board if topic in {None, i} and self._sees(principal, i)]
        engines: list[object] = []
        changed: list[object] = []
        now: Known = {}
        for host_id, shelf in there:
            now[host_id] = set(shelf.entries)
            fresh = since if host_id in self._known[topic] else -1  # a host that has come to be seen is sent whole
            new_engines, entries = self._sources.board.changes(host_id, fresh)
            name = self._names.get(host_id, "")
            engines += [views.engine(host_id, name, status) for status in new_engines]
            changed += [views.container(name, shelf, entry) for entry in entries]
        removed = [
            {"host_id": host_id, "id": identity}
            for host_id, ids in self._known[topic].items()
            for identity in sorted(ids - now.get(host_id, set()))
        ]
        self._known[topic] = now
        if since < 0:
            return [{"type": "containers", "host_id": topic, "engines": engines, "containers": changed}]
        if not (engines or changed or removed):
            return []
        delta = {"type": "containers.delta", "host_id": topic, "engines": engines, "containers": changed}
        return [{**delta, "removed": removed}]

    def _sees(self, principal: Principal, host_id: int) -> bool:
        status = self._sources.hosts_board.get(host_id)
        return status is not None and sees(principal, status.group_ids)

    async def _learn_names(self) -> None:
        now = self._sources.clock.monotonic()
        missing = any(host_id not in self._names for host_id, _ in self._sources.board)
        if not missing and now - self._named_at < NAMES_S:
            return
        async with self._sources.database.session() as session:
            self._names = {row.id: row.name for row in await hosts.load(session)}
        self._named_at = now
