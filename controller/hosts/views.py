"""Hosts as the API and the live feed show them: what the database keeps, joined with what the board knows."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from collectors.spec import Collector
from controller.core.clock import as_datetime
from controller.hosts import keys, queries
from controller.hosts.board import Board, HostStatus
from controller.hosts.models import HostKey
from controller.hosts.queries import HostRow
from controller.hosts.schemas import CollectorView, FrameView, HostView, LatestView, SeriesView, Summary
from controller.hosts.states import HostState
from controller.users.rights import Principal

FIGURES = frozenset(Summary.__struct_fields__) - {"cpu_history"}


async def show(session: AsyncSession, principal: Principal, board: Board, rows: Collection[HostRow]) -> list[HostView]:
    """Host rows that the principal may see, complete. References to what the principal does not see are left out."""
    pins = await queries.pinned(session, [row.id for row in rows])
    jumps = {row.jump_host_id for row in rows if row.jump_host_id is not None}
    if jumps and not principal.all_hosts:
        jumps = await queries.visible_ids(session, principal, jumps)
    return [_view(row, board.get(row.id), pins.get(row.id, ()), principal, jumps) for row in rows]


async def show_ids(session: AsyncSession, principal: Principal, board: Board, ids: Collection[int]) -> list[HostView]:
    """Those of the hosts that the principal sees, complete, in the order of their ids."""
    seen = await queries.visible_ids(session, principal, ids)
    return await show(session, principal, board, await queries.load(session, seen)) if seen else []


async def show_all(session: AsyncSession, principal: Principal, board: Board) -> list[HostView]:
    """Every host that the principal sees, complete."""
    rows = await queries.load(session, None if principal.all_hosts else queries.seen_by(principal))
    return await show(session, principal, board, rows)


def summary(status: HostStatus) -> Summary:
    """The figures of the last frames."""
    found = {name: value for name, value in status.summary.items() if name in FIGURES}
    return Summary(**found, cpu_history=list(status.cpu_history))


BOARD_FIELDS: dict[str, Callable[[HostStatus], object]] = {
    "state": lambda status: status.state,
    "state_code": lambda status: status.code or None,
    "state_reason": lambda status: status.reason,
    "state_since": lambda status: as_datetime(status.since),
    "retry_at": lambda status: _moment(status.retry_at),
    "last_frame_at": lambda status: _moment(status.last_frame_at),
    "clock_offset_s": lambda status: status.clock_offset_s,
    "presented_key": lambda status: keys.presented(status.presented_key),
    "facts": lambda status: status.facts,
    "summary": summary,
}


def delta(status: HostStatus, fields: Iterable[str]) -> dict[str, Any]:
    """The host's id and those of the fields that the board knows, as the API shows them."""
    changed = {name: BOARD_FIELDS[name](status) for name in fields if name in BOARD_FIELDS}
    return {"id": status.host_id, **changed}


def latest(status: HostStatus | None) -> LatestView:
    """The last frame of each cadence group."""
    frames = status.latest if status is not None else {}
    return LatestView(
        [
            FrameView(cadence, frame.at, [SeriesView(*one) for one in frame.series], list(frame.values))
            for cadence, frame in sorted(frames.items())
        ]
    )


def collectors(status: HostStatus | None, registry: Iterable[Collector]) -> list[CollectorView]:
    """How each collector fares; `ok` is null where none has been heard of yet."""
    known = status.health if status is not None else {}
    found = []
    for collector in sorted(registry, key=lambda one: (one.cadence.value, one.name)):
        health = known.get(collector.name)
        view = CollectorView(
            name=collector.name,
            cadence=collector.cadence.value,
            help=collector.help,
            ok=None if health is None else health.ok,
            applicable=health is None or health.applicable,
            last_success_at=None if health is None else _moment(health.last_success_at),
            last_error="" if health is None else health.last_error,
            last_error_at=None if health is None else _moment(health.last_error_at),
            duration_ms=None if health is None else round(health.duration_s * 1000, 3),
        )
        found.append(view)
    return found


def _view(
    row: HostRow, status: HostStatus | None, pins: Iterable[HostKey], principal: Principal, jumps: Collection[int]
) -> HostView:
    groups = row.group_ids if principal.all_hosts else (g for g in row.group_ids if g in principal.group_ids)
    return HostView(
        id=row.id,
        name=row.name,
        address=row.address,
        port=row.port,
        username=row.username,
        credential_id=row.credential_id,
        jump_host_id=row.jump_host_id if row.jump_host_id in jumps else None,
        group_ids=list(groups),
        tags=list(row.tags),
        note=row.note,
        enabled=row.enabled,
        monitoring_only=row.monitoring_only,
        pinned_keys=[keys.pinned(pin) for pin in pins],
        counted_interfaces=None if row.counted_interfaces is None else list(row.counted_interfaces),
        created_at=row.created_at,
        **_live(row, status),
    )


def _live(row: HostRow, status: HostStatus | None) -> dict[str, Any]:
    if status is not None:
        return {name: read(status) for name, read in BOARD_FIELDS.items()}
    return {  # just added: the board hears of it after the commit
        "state": HostState.CONNECTING if row.enabled else HostState.DISABLED,
        "state_code": None,
        "state_reason": "",
        "state_since": row.created_at,
        "retry_at": None,
        "last_frame_at": None,
        "clock_offset_s": None,
        "presented_key": None,
        "facts": {},
        "summary": Summary(),
    }


def _moment(seconds: float | None) -> datetime | None:
    return None if seconds is None else as_datetime(seconds)
