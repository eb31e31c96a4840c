"""The list of hosts: searched, filtered, sorted and cut into pages, by what the database and the board know."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from controller.core.errors import FieldError, Invalid
from controller.hosts import queries, views
from controller.hosts.board import Board, HostStatus
from controller.hosts.models import Group
from controller.hosts.queries import HostRow
from controller.hosts.schemas import HostPage
from controller.hosts.states import HostState
from controller.users.rights import Action, Principal, require

Pair = tuple[HostRow, HostStatus | None]
Key = Callable[[Pair], object]
URGENCY = (
    HostState.KEY_CHANGED,
    HostState.DOWN,
    HostState.LOGIN_REFUSED,
    HostState.KEY_PENDING,
    HostState.CONNECTING,
    HostState.UP,
    HostState.DISABLED,
)


@dataclass(frozen=True, slots=True)
class HostFilter:
    """What to list. Every word of `search` has to occur; of groups and states one fits, of tags all have to."""

    search: str = ""
    group_ids: Sequence[int] = ()
    tags: Sequence[str] = ()
    states: Sequence[HostState] = ()
    sort: str = "name"
    limit: int = 100
    offset: int = 0


async def page(session: AsyncSession, principal: Principal, board: Board, wanted: HostFilter) -> HostPage:
    """One page. Raises Invalid for an unknown sort."""
    require(principal, Action.HOSTS_READ)
    key, backwards = _order(wanted.sort)
    rows = await queries.load(session, None if principal.all_hosts else queries.seen_by(principal))
    names = await _group_names(session, principal) if wanted.search else {}
    pairs = [(row, board.get(row.id)) for row in rows if _fits(row, board.get(row.id), wanted, names)]
    counts = dict.fromkeys((state.value for state in HostState), 0)
    counts.update(Counter(_state(pair).value for pair in pairs))
    if wanted.states:
        pairs = [pair for pair in pairs if _state(pair) in wanted.states]
    pairs.sort(key=lambda pair: (_natural(pair[0].name), pair[0].id))
    known = [pair for pair in pairs if key(pair) is not None]
    known.sort(key=key, reverse=backwards)  # type: ignore[arg-type]  # one sort, one type of key
    ordered = known + [pair for pair in pairs if key(pair) is None]
    shown = [row for row, _ in ordered[wanted.offset : wanted.offset + wanted.limit]]
    return HostPage(await views.show(session, principal, board, shown), len(ordered), counts)


def _fits(row: HostRow, status: HostStatus | None, wanted: HostFilter, names: dict[int, str]) -> bool:
    if wanted.group_ids and not set(wanted.group_ids) & set(row.group_ids):
        return False
    if wanted.tags and not set(wanted.tags) <= set(row.tags):
        return False
    words = wanted.search.lower().split()
    if not words:
        return True
    facts = status.facts if status is not None else {}
    addresses = facts.get("addresses")
    parts = [
        row.name,
        row.address,
        row.username,
        *row.tags,
        str(facts.get("os_name", "")),
        str(facts.get("hostname", "")),
    ]
    parts += [str(address) for address in addresses] if isinstance(addresses, list) else []
    parts += [names[group_id] for group_id in row.group_ids if group_id in names]
    text = "\n".join(parts).lower()
    return all(word in text for word in words)


async def _group_names(session: AsyncSession, principal: Principal) -> dict[int, str]:
    query = select(Group.id, Group.name)
    if not principal.all_hosts:
        query = query.where(Group.id.in_(principal.group_ids))
    return dict((await session.execute(query)).all())


def _order(sort: str) -> tuple[Key, bool]:
    name = sort.removeprefix("-")
    key = KEYS.get(name)
    if key is None:
        message = f"Hosts cannot be sorted by {name[:50]!r}; take one of {', '.join(sorted(KEYS))}."
        raise Invalid(message, code="unknown_sort", errors=(FieldError("sort", message),))
    return key, sort.startswith("-")


def _state(pair: Pair) -> HostState:
    row, status = pair
    if status is not None:
        return status.state
    return HostState.CONNECTING if row.enabled else HostState.DISABLED


def _natural(text: str) -> list[tuple[int, str]]:
    """web-9 before web-10; small and capital letters alike."""
    return [(int(part), "") if part.isdecimal() else (0, part) for part in re.split(r"(\d+)", text.lower()) if part]


def _figure(name: str) -> Key:
    def key(pair: Pair) -> object:
        return pair[1].summary.get(name) if pair[1] is not None else None

    return key


def _fact(name: str) -> Key:
    def key(pair: Pair) -> object:
        value = pair[1].facts.get(name) if pair[1] is not None else None
        return None if value is None else str(value).lower()

    return key


KEYS: dict[str, Key] = {
    "name": lambda pair: _natural(pair[0].name),
    "address": lambda pair: _natural(pair[0].address),
    "created_at": lambda pair: pair[0].created_at,
    "state": lambda pair: URGENCY.index(_state(pair)),
    "state_since": lambda pair: pair[1].since if pair[1] is not None else None,
    "last_frame_at": lambda pair: pair[1].last_frame_at if pair[1] is not None else None,
    "os_name": _fact("os_name"),
    **{name: _figure(name) for name in views.FIGURES},
}
