"""Which hosts an inventory elsewhere gets, and a version that changes when any of it does."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from dataclasses import dataclass

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from controller.hosts import groups
from controller.hosts import queries as hosts
from controller.hosts.board import Board
from controller.hosts.queries import HostRow
from controller.hosts.states import HostState
from controller.inventory_feed.schemas import Feed, FeedGateway, FeedHost
from controller.users.rights import Action, Principal, require

# what changes by itself from reading to reading would spoil every cache
FACTS = (
    "hostname", "os_name", "os_id", "os_version", "kernel", "arch", "virtualization", "cpu_model", "cores", "timezone",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked for. Empty: no limit. `unreachable`, `disabled`: take those along, too."""

    groups: Collection[str] = ()
    tags: Collection[str] = ()
    states: Collection[HostState] = ()
    search: str = ""
    unreachable: bool = True
    disabled: bool = False


async def feed(
    session: AsyncSession, principal: Principal, board: Board, wanted: Wanted, gateway: FeedGateway | None
) -> Feed:
    """The hosts by name. Raises Forbidden."""
    require(principal, Action.HOSTS_READ)
    rows = await hosts.load(session, None if principal.all_hosts else hosts.seen_by(principal))
    names = {group.id: group.name for group in await groups.listing(session, principal)}
    pins = await hosts.pinned(session, [row.id for row in rows])
    by_id = {row.id: row.name for row in rows}
    found = []
    for row in rows:
        mine = sorted(names[number] for number in row.group_ids if number in names)
        state = _state(board, row)
        if not _fits(row, mine, state, wanted):
            continue
        status = board.get(row.id)
        facts = status.facts if status is not None else {}
        found.append(
            FeedHost(
                id=row.id, name=row.name, address=row.address, port=row.port, user=row.username, groups=mine,
                tags=sorted(row.tags), note=row.note, state=state.value, enabled=row.enabled,
                monitoring_only=row.monitoring_only,
                jump=by_id.get(row.jump_host_id) if row.jump_host_id is not None else None,
                host_keys=[key.line for key in pins.get(row.id, ())],
                facts={name: facts[name] for name in FACTS if facts.get(name) is not None},
            )
        )  # fmt: skip
    found.sort(key=lambda host: (host.name.lower(), host.id))
    return Feed(_version(found, gateway), found, gateway)


def _state(board: Board, row: HostRow) -> HostState:
    status = board.get(row.id)
    if status is not None:
        return status.state
    return HostState.CONNECTING if row.enabled else HostState.DISABLED


def _fits(row: HostRow, groups: Collection[str], state: HostState, wanted: Wanted) -> bool:
    if not row.enabled and not wanted.disabled and state not in wanted.states:
        return False
    if row.enabled and state is not HostState.UP and not wanted.unreachable:
        return False
    if wanted.groups and not {name.lower() for name in wanted.groups} & {name.lower() for name in groups}:
        return False
    if not set(wanted.tags) <= set(row.tags) or (wanted.states and state not in wanted.states):
        return False
    text = " ".join((row.name, row.address, row.username, row.note, *row.tags, *groups)).lower()
    return all(word in text for word in wanted.search.lower().split())


def _version(found: Collection[FeedHost], gateway: FeedGateway | None) -> str:
    return hashlib.sha256(msgspec.json.encode([found, gateway])).hexdigest()[:32]
