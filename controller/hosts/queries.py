"""The hosts slice's reading of its tables. Nothing here looks at rights but `visible_ids`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, delete, func, insert, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from controller.hosts.models import GroupMember, Host, HostFacts, HostKey, HostTag
from controller.users.rights import Principal


@dataclass(frozen=True, slots=True)
class HostRow:
    """A host with what hangs on it."""

    id: int
    name: str
    address: str
    port: int
    username: str
    credential_id: int | None
    jump_host_id: int | None
    note: str
    enabled: bool
    counted_interfaces: tuple[str, ...] | None
    revision: int
    created_at: datetime
    monitoring_only: bool = False
    group_ids: tuple[int, ...] = ()
    tags: tuple[str, ...] = ()


COLUMNS = (
    Host.id,
    Host.name,
    Host.address,
    Host.port,
    Host.username,
    Host.credential_id,
    Host.jump_host_id,
    Host.note,
    Host.enabled,
    Host.counted_interfaces,
    Host.revision,
    Host.created_at,
    Host.monitoring_only,
)


def seen_by(principal: Principal) -> Select[int]:
    """The ids of the hosts that the principal sees. No groups: none, never all."""
    if principal.all_hosts:
        return select(Host.id)
    return select(GroupMember.host_id).where(GroupMember.group_id.in_(principal.group_ids)).distinct()


async def visible_ids(session: AsyncSession, principal: Principal, ids: Collection[int] | None = None) -> set[int]:
    """Those of `ids` (None: of all hosts) that exist and that the principal sees. No ids: none."""
    query = seen_by(principal)
    if ids is not None:
        query = query.where(query.selected_columns[0].in_(_in_range(ids)))
    return set(await session.scalars(query))


async def load(session: AsyncSession, ids: Iterable[int] | Select[int] | None = None) -> list[HostRow]:
    """Hosts with their groups and tags (None: all), in the order of their ids."""
    query = select(*COLUMNS).order_by(Host.id)
    groups = select(GroupMember.host_id, GroupMember.group_id).order_by(GroupMember.group_id)
    tags = select(HostTag.host_id, HostTag.tag).order_by(HostTag.tag)
    if ids is not None:
        chosen = ids if isinstance(ids, Select) else _in_range(ids)
        query = query.where(Host.id.in_(chosen))
        groups = groups.where(GroupMember.host_id.in_(chosen))
        tags = tags.where(HostTag.host_id.in_(chosen))
    group_ids: dict[int, list[int]] = defaultdict(list)
    for host_id, group_id in await session.execute(groups):
        group_ids[host_id].append(group_id)
    words: dict[int, list[str]] = defaultdict(list)
    for host_id, tag in await session.execute(tags):
        words[host_id].append(tag)
    return [
        _row(row, tuple(group_ids.get(row.id, ())), tuple(words.get(row.id, ())))
        for row in await session.execute(query)
    ]


def _row(row: Any, group_ids: tuple[int, ...], tags: tuple[str, ...]) -> HostRow:
    counted = None if row.counted_interfaces is None else tuple(row.counted_interfaces)
    plain = {column.key: getattr(row, column.key) for column in COLUMNS}
    return HostRow(**plain | {"counted_interfaces": counted}, group_ids=group_ids, tags=tags)


async def find(session: AsyncSession, host_id: int) -> HostRow | None:
    """One host; None when there is none."""
    rows = await load(session, [host_id])
    return rows[0] if rows else None


async def lock(session: AsyncSession, host_id: int) -> Host | None:
    """The row to change, locked until the transaction ends."""
    if not _in_range([host_id]):
        return None
    return await session.get(Host, host_id, with_for_update=True, populate_existing=True)


async def lock_present(session: AsyncSession, ids: Iterable[int]) -> set[int]:
    """Those that exist, kept from being deleted until the transaction ends."""
    query = select(Host.id).where(Host.id.in_(_in_range(ids))).order_by(Host.id)
    return set(await session.scalars(query.with_for_update(read=True, key_share=True)))


async def lock_roll(session: AsyncSession) -> None:
    """One at a time for what must hold among hosts (names, jumps, use of credentials), until the transaction ends."""
    await session.execute(text("select pg_advisory_xact_lock(:key)"), {"key": 0x484F5354})


async def id_by_name(session: AsyncSession, name: str) -> int | None:
    """The host of that name, small and capital letters alike."""
    return await session.scalar(select(Host.id).where(func.lower(Host.name) == func.lower(name)))


async def pinned(session: AsyncSession, ids: Collection[int]) -> dict[int, list[HostKey]]:
    """Approved keys by host id, oldest first."""
    found: dict[int, list[HostKey]] = defaultdict(list)
    for key in await session.scalars(select(HostKey).where(HostKey.host_id.in_(ids)).order_by(HostKey.id)):
        found[key.host_id].append(key)
    return found


async def facts(session: AsyncSession) -> dict[int, dict[str, object]]:
    """The facts last read, by host id."""
    rows = await session.execute(select(HostFacts.host_id, HostFacts.facts))
    return dict(rows.all())


async def by_credential(session: AsyncSession, credential_id: int) -> list[int]:
    """The hosts that log in with that credential."""
    return list(await session.scalars(select(Host.id).where(Host.credential_id == credential_id).order_by(Host.id)))


async def jumps(session: AsyncSession) -> dict[int, int]:
    """Host id → id of the host it is reached through, for all that have one."""
    rows = await session.execute(select(Host.id, Host.jump_host_id).where(Host.jump_host_id.is_not(None)))
    return {host_id: jump for host_id, jump in rows if jump is not None}


async def revisions(session: AsyncSession) -> dict[int, int]:
    """Each host's revision."""
    rows = await session.execute(select(Host.id, Host.revision))
    return dict(rows.all())


async def tag_counts(session: AsyncSession, principal: Principal) -> list[tuple[str, int]]:
    """Tags of the hosts that the principal sees, with their number, by name."""
    query = (
        select(HostTag.tag, func.count())
        .where(HostTag.host_id.in_(seen_by(principal)))
        .group_by(HostTag.tag)
        .order_by(HostTag.tag)
    )
    return [(tag, number) for tag, number in await session.execute(query)]


async def set_tags(session: AsyncSession, host_id: int, tags: Collection[str]) -> None:
    """Exactly these tags."""
    await session.execute(delete(HostTag).where(HostTag.host_id == host_id))
    if tags:
        await session.execute(insert(HostTag), [{"host_id": host_id, "tag": tag} for tag in tags])


async def set_groups(session: AsyncSession, host_id: int, group_ids: Collection[int]) -> None:
    """Exactly these groups."""
    await session.execute(delete(GroupMember).where(GroupMember.host_id == host_id))
    if group_ids:
        rows = [{"host_id": host_id, "group_id": group_id} for group_id in group_ids]
        await session.execute(insert(GroupMember), rows)


def _in_range(ids: Iterable[int]) -> list[int]:
    """Without the numbers that no bigint holds: they name nothing."""
    return [number for number in ids if 0 < number < 1 << 63]
