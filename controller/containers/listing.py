"""Lists of containers: over the fleet, searched, filtered, sorted and cut into pages, and of one host."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from controller.containers import views
from controller.containers.board import ContainerBoard, Entry, HostShelf
from controller.containers.reading import STATES
from controller.containers.schemas import ContainerPage, HostContainers, HostCount, ProjectView
from controller.core.clock import as_datetime
from controller.core.errors import FieldError, Invalid
from controller.hosts import queries as hosts
from controller.users.rights import Action, Principal, require

URGENCY = ("dead", "restarting", "removing", "exited", "paused", "created", "running")
CHOICES = 500  # images to choose from


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to list. Every word of `search` has to occur; of the others one fits."""

    search: str = ""
    states: Sequence[str] = ()
    images: Sequence[str] = ()
    host_ids: Sequence[int] = ()
    projects: Sequence[str] = ()
    engine_kind: str = ""
    sort: str = "name"
    limit: int = 100
    offset: int = 0


@dataclass(frozen=True, slots=True)
class Row:
    """A container with where it is."""

    host_name: str
    shelf: HostShelf
    entry: Entry


async def seen(session: AsyncSession, principal: Principal) -> dict[int, str]:
    """The hosts that the principal sees: names by id."""
    require(principal, Action.HOSTS_READ)
    chosen = None if principal.all_hosts else hosts.seen_by(principal)
    return {row.id: row.name for row in await hosts.load(session, chosen)}


async def page(session: AsyncSession, principal: Principal, board: ContainerBoard, wanted: Wanted) -> ContainerPage:
    """One page of the fleet's. Raises Invalid for an unknown sort."""
    key, backwards = _order(wanted.sort)
    names = await seen(session, principal)
    everything = [
        Row(names[host_id], shelf, entry)
        for host_id, shelf in board
        if host_id in names
        for entry in shelf.entries.values()
    ]
    fitting = [row for row in everything if _fits(row, wanted)]
    counts = dict.fromkeys(STATES, 0)
    counts.update(Counter(row.entry.container.state for row in fitting))
    if wanted.states:
        fitting = [row for row in fitting if row.entry.container.state in wanted.states]
    shown = _sorted(fitting, key, backwards=backwards)[wanted.offset : wanted.offset + wanted.limit]
    return ContainerPage(
        items=[views.container(row.host_name, row.shelf, row.entry) for row in shown],
        total=len(fitting),
        counts=counts,
        projects=_projects(everything),
        images=sorted({row.entry.container.image for row in everything})[:CHOICES],
        hosts=_hosts(everything),
        engines=[
            views.engine(host_id, names[host_id], status)
            for host_id, shelf in board
            if host_id in names
            for status in shelf.engines.values()
            if status.state != "up"
        ],
    )


def of_host(board: ContainerBoard, host_id: int, host_name: str) -> HostContainers:
    """Everything of a host that the caller was found to see."""
    shelf = board.host(host_id)
    rows = _sorted([Row(host_name, shelf, entry) for entry in shelf.entries.values()], KEYS["name"], backwards=False)
    return HostContainers(
        engines=[views.engine(host_id, host_name, status) for _, status in sorted(shelf.engines.items())],
        items=[views.container(host_name, shelf, row.entry) for row in rows],
        total=len(rows),
        probed_at=None if shelf.probed_at is None else as_datetime(shelf.probed_at),
    )


def _fits(row: Row, wanted: Wanted) -> bool:
    container = row.entry.container
    if wanted.host_ids and row.entry.host_id not in wanted.host_ids:
        return False
    if wanted.engine_kind and row.entry.engine.partition("-")[0] != wanted.engine_kind:
        return False
    if wanted.projects and container.project not in wanted.projects:
        return False
    if wanted.images and not any(part.lower() in container.image.lower() for part in wanted.images):
        return False
    parts = (container.name, container.image, container.project or "", container.service or "", row.host_name)
    text = "\n".join((*parts, container.id, container.command)).lower()
    return all(word in text for word in wanted.search.lower().split())


def _projects(rows: Sequence[Row]) -> list[ProjectView]:
    total: Counter[tuple[int, str, str]] = Counter()
    running: Counter[tuple[int, str, str]] = Counter()
    for row in rows:
        if (project := row.entry.container.project) is not None:
            key = (row.entry.host_id, row.host_name, project)
            total[key] += 1
            running[key] += row.entry.container.state == "running"
    return [ProjectView(*key, total[key], running[key]) for key in sorted(total, key=lambda key: (key[2], key[1]))]


def _hosts(rows: Sequence[Row]) -> list[HostCount]:
    total = Counter((row.entry.host_id, row.host_name) for row in rows)
    return [HostCount(*key, count) for key, count in sorted(total.items(), key=lambda item: _natural(item[0][1]))]


Key = Callable[[Row], object]


def _sorted(rows: list[Row], key: Key, *, backwards: bool) -> list[Row]:
    """By the key, then by name; what has none comes last."""
    rows.sort(key=lambda row: (_natural(row.entry.container.name), row.host_name, row.entry.container.id))
    known = [row for row in rows if key(row) is not None]
    known.sort(key=key, reverse=backwards)  # type: ignore[arg-type]  # one sort, one type of key
    return known + [row for row in rows if key(row) is None]


def _order(sort: str) -> tuple[Key, bool]:
    name = sort.removeprefix("-")
    key = KEYS.get(name)
    if key is None:
        message = f"Containers cannot be sorted by {name[:50]!r}; take one of {', '.join(sorted(KEYS))}."
        raise Invalid(message, code="unknown_sort", errors=(FieldError("sort", message),))
    return key, sort.startswith("-")


def _natural(text: str) -> list[tuple[int, str]]:
    """web-9 before web-10; small and capital letters alike."""
    return [(int(part), "") if part.isdecimal() else (0, part) for part in re.split(r"(\d+)", text.lower()) if part]


def _figure(*names: str) -> Key:
    """The sum of figures; None where none is known."""

    def key(row: Row) -> object:
        view = views.figures(row.entry.figures)
        values = [getattr(view, name) for name in names] if view is not None else []
        known = [value for value in values if value is not None]
        return sum(known) if known else None

    return key


KEYS: dict[str, Key] = {
    "name": lambda row: _natural(row.entry.container.name),
    "host": lambda row: _natural(row.host_name),
    "image": lambda row: row.entry.container.image.lower(),
    "project": lambda row: row.entry.container.project,
    "state": lambda row: URGENCY.index(row.entry.container.state),
    "created_at": lambda row: row.entry.container.created_at,
    "started_at": lambda row: row.entry.container.started_at,
    "restarts": lambda row: row.entry.container.restarts,
    "cpu": _figure("cpu_percent"),
    "memory": _figure("memory_bytes"),
    "network": _figure("net_receive_bytes_per_second", "net_transmit_bytes_per_second"),
    "disk": _figure("disk_read_bytes_per_second", "disk_write_bytes_per_second"),
    "processes": _figure("processes"),
}
