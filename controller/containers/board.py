"""The engines and containers of every host, in memory: watchers write, lists and the live feed read.

As with the board of hosts, nothing here waits, and a reader keeps the version of its last look.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

from controller.containers.errors import NoSuchContainer
from controller.containers.reading import Container

GONE = 10_000  # removals that are remembered for those who have not looked since


@dataclass(frozen=True, slots=True)
class EngineStatus:
    """One engine of one host. `since` in epoch seconds; `state`: up connecting denied stopped frozen failed.

    `waits`: it is asked again only with the next look at the host, at `again_at` (epoch seconds); others are asked
    every few seconds by themselves.
    """

    key: str
    kind: str
    uid: int
    name: str
    state: str
    since: float
    reason: str = ""
    hint: str = ""
    transport: str | None = None
    version: str | None = None
    socket: str | None = None
    waits: bool = False
    again_at: float | None = None


Figures = tuple[float, tuple[float | None, ...]]  # at, values in the order of the collector's metrics


@dataclass(slots=True)
class Entry:
    """One container of one host. Read it; write through the board."""

    host_id: int
    engine: str
    container: Container
    entity_id: int | None = None
    figures: Figures | None = None
    version: int = 0


@dataclass(slots=True)
class HostShelf:
    """What is known of one host."""

    engines: dict[str, EngineStatus] = field(default_factory=dict)
    entries: dict[str, Entry] = field(default_factory=dict)
    probed_at: float | None = None
    again_at: float | None = None
    engine_versions: dict[str, int] = field(default_factory=dict)


class ContainerBoard:
    """All of them. `changed` is called with a host's id after each change but those of figures."""

    def __init__(self, changed: Callable[[int], None] = lambda _: None) -> None:
        self._hosts: dict[int, HostShelf] = {}
        self._gone: dict[tuple[int, str], int] = {}
        self._changed = changed
        self.version = 0

    def on_change(self, changed: Callable[[int], None]) -> None:
        """Whom to tell from now on."""
        self._changed = changed

    def __iter__(self) -> Iterator[tuple[int, HostShelf]]:
        return iter(self._hosts.items())

    def host(self, host_id: int) -> HostShelf:
        """What is known of a host; nothing, for one that was never looked at."""
        return self._hosts.get(host_id) or HostShelf()

    def find(self, host_id: int, name: str) -> Entry:
        """A container by its id, or by a name that is the only one. Raises NoSuchContainer."""
        entries = self.host(host_id).entries
        if name in entries:
            return entries[name]
        named = [entry for entry in entries.values() if entry.container.name == name]
        if len(named) != 1:
            raise NoSuchContainer("There is no such container on this host; it may have been removed meanwhile.")
        return named[0]

    # what watchers tell

    def probed(self, host_id: int, at: float) -> None:
        """The host was looked at for engines."""
        self._shelf(host_id).probed_at = at

    def again(self, host_id: int, at: float) -> None:
        """The host is looked at for engines again by then."""
        shelf = self._shelf(host_id)
        shelf.again_at = at
        for status in [one for one in shelf.engines.values() if one.waits]:
            self.engine(host_id, status)

    def engine(self, host_id: int, status: EngineStatus) -> None:
        """How an engine is now; `since` stays while its state does."""
        shelf = self._shelf(host_id)
        before = shelf.engines.get(status.key)
        status = replace(status, again_at=shelf.again_at if status.waits else None)
        if before is not None and before.state == status.state:
            status = replace(status, since=before.since)
        if before == status:
            return
        shelf.engines[status.key] = status
        shelf.engine_versions[status.key] = self._next()
        if before is None or (before.state == "up") != (status.state == "up"):
            for entry in shelf.entries.values():  # they become stale, or are so no more
                if entry.engine == status.key:
                    entry.version = self.version
        self._changed(host_id)

    def forget_engine(self, host_id: int, key: str) -> None:
        """The host has no such engine any more."""
        shelf = self.host(host_id)
        if shelf.engines.pop(key, None) is not None:
            shelf.engine_versions[key] = self._next()
            for identity in [i for i, entry in shelf.entries.items() if entry.engine == key]:
                self.remove(host_id, identity)
            self._changed(host_id)

    def put(self, host_id: int, engine: str, found: Container, entity_id: int | None) -> None:
        """A container as it is now."""
        entries = self._shelf(host_id).entries
        entry = entries.get(found.id)
        if entry is None:
            entry = entries[found.id] = Entry(host_id, engine, found, entity_id)
            self._gone.pop((host_id, found.id), None)
        elif entry.container == found and entry.entity_id == entity_id:
            return
        if not found.running or found.pid != entry.container.pid:
            entry.figures = None
        entry.container, entry.entity_id = found, entity_id
        entry.version = self._next()
        self._changed(host_id)

    def remove(self, host_id: int, identity: str) -> None:
        """A container is gone."""
        if self.host(host_id).entries.pop(identity, None) is None:
            return
        self._gone[host_id, identity] = self._next()
        while len(self._gone) > GONE:
            del self._gone[next(iter(self._gone))]
        self._changed(host_id)

    def measured(self, host_id: int, identity: str, figures: Figures | None) -> None:
        """A container's last figures."""
        entry = self.host(host_id).entries.get(identity)
        if entry is not None:
            entry.figures = figures
            entry.version = self._next()

    def drop(self, host_id: int) -> None:
        """The host is gone, or nobody watches it any more."""
        shelf = self._hosts.get(host_id)
        for identity in list(shelf.entries) if shelf is not None else ():
            self.remove(host_id, identity)
        if self._hosts.pop(host_id, None) is not None:
            self._changed(host_id)

    # what readers take

    def changes(self, host_id: int, since: int) -> tuple[list[EngineStatus], list[Entry]]:
        """A host's engines and containers that changed after that version."""
        shelf = self.host(host_id)
        engines = [e for key, e in shelf.engines.items() if shelf.engine_versions.get(key, 0) > since]
        return engines, [entry for entry in shelf.entries.values() if entry.version > since]

    def _shelf(self, host_id: int) -> HostShelf:
        return self._hosts.setdefault(host_id, HostShelf())

    def _next(self) -> int:
        self.version += 1
        return self.version


def stale(shelf: HostShelf, entry: Entry) -> bool:
    """Is what is known of it only what was last known?"""
    engine = shelf.engines.get(entry.engine)
    return engine is None or engine.state != "up"
