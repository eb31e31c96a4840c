"""One action on many hosts at once; each host has its own result, and one that refuses does not stop the others."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, replace

from sqlalchemy import delete, insert, update
from sqlalchemy.ext.asyncio import AsyncSession

from controller.core.errors import AppError, Conflict, Invalid, NotFound
from controller.hosts import events, groups, queries, rules
from controller.hosts.act import Act
from controller.hosts.models import GroupMember, Host, HostTag
from controller.hosts.news import HostChanged, HostRemoved
from controller.hosts.queries import HostRow
from controller.hosts.schemas import Bulk, BulkResult
from controller.users.rights import Action, require

MOST = 5000
NEEDS = {"enable": Action.HOSTS_OPERATE, "disable": Action.HOSTS_OPERATE}
Change = Callable[[HostRow], HostRow]  # how a host will be


@dataclass(frozen=True, slots=True)
class _Pair:
    before: HostRow
    after: HostRow

    @property
    def what(self) -> frozenset[str]:
        fields = ("enabled", "tags", "group_ids")
        return frozenset(name for name in fields if getattr(self.before, name) != getattr(self.after, name))


async def apply(session: AsyncSession, act: Act, bulk: Bulk) -> list[BulkResult]:
    """Do it; one result for each id, in the order given. Raises Forbidden, and Invalid for wrong tags or groups."""
    action = NEEDS.get(bulk.action, Action.HOSTS_WRITE)
    require(act.principal, action)
    ids = list(dict.fromkeys(bulk.ids))
    if len(ids) > MOST:
        raise Invalid(f"Choose up to {MOST} hosts at once.")
    await queries.lock_roll(session)
    change = await _change(session, act, bulk)
    rows = {row.id: row for row in await queries.load(session, ids)}
    jumps = await queries.jumps(session) if bulk.action == "delete" else {}
    results: dict[int, BulkResult] = {}
    pairs: list[_Pair] = []
    for host_id in ids:
        try:
            row = _permitted(act, action, rows.get(host_id))
            pairs.append(_Pair(row, change(row)))
            results[host_id] = BulkResult(host_id, ok=True)
        except AppError as error:
            results[host_id] = BulkResult(host_id, ok=False, code=error.code, detail=error.detail)
    if bulk.action == "delete":
        pairs = _deletable(pairs, jumps, results)
        await _delete(session, act, pairs)
    else:
        await _write(session, act, [pair for pair in pairs if pair.what])
    return [results[host_id] for host_id in ids]


async def _change(session: AsyncSession, act: Act, bulk: Bulk) -> Change:
    found = rules.Findings()
    tags = set(found.take("tags", rules.tags, bulk.tags))
    found.settle()
    known = await groups.known(session)
    own = known if act.principal.all_hosts else known & act.principal.group_ids
    wanted = set(bulk.group_ids)
    if not wanted <= own:
        raise Invalid("There is no such group among yours.")

    def tagged(row: HostRow, new: set[str]) -> HostRow:
        return replace(row, tags=tuple(_checked_tags(new)))

    def grouped(row: HostRow, new: Collection[int]) -> HostRow:
        return replace(row, group_ids=groups.merge(act.principal, known, new, row.group_ids))

    changes: dict[str, Change] = {
        "enable": lambda row: replace(row, enabled=True),
        "disable": lambda row: replace(row, enabled=False),
        "delete": lambda row: row,
        "add_tags": lambda row: tagged(row, set(row.tags) | tags),
        "remove_tags": lambda row: tagged(row, set(row.tags) - tags),
        "add_groups": lambda row: grouped(row, (set(row.group_ids) & own) | wanted),
        "remove_groups": lambda row: grouped(row, (set(row.group_ids) & own) - wanted),
    }
    return changes[bulk.action]


def _checked_tags(tags: Iterable[str]) -> list[str]:
    try:
        return rules.tags(tags)
    except ValueError as error:
        raise Invalid(str(error)) from None


def _permitted(act: Act, action: Action, row: HostRow | None) -> HostRow:
    if row is None:
        raise NotFound("There is no such host.")
    require(act.principal, action, row.group_ids)
    return row


def _deletable(pairs: list[_Pair], jumps: dict[int, int], results: dict[int, BulkResult]) -> list[_Pair]:
    """Without those that a host which stays is reached through; what stays may hold further ones."""
    going = {pair.before.id for pair in pairs}
    while needed := {jump for host, jump in jumps.items() if host not in going} & going:
        going -= needed
        for host_id in needed:
            refused = Conflict("Other hosts are reached through this one. Give them another jump host first.")
            results[host_id] = BulkResult(host_id, ok=False, code="in_use", detail=refused.detail)
    return [pair for pair in pairs if pair.before.id in going]


async def _delete(session: AsyncSession, act: Act, pairs: list[_Pair]) -> None:
    await session.execute(delete(Host).where(Host.id.in_([pair.before.id for pair in pairs])))
    for pair in pairs:
        row = pair.before
        await act.record(session, "host.delete", "host", row.id, row.name, address=row.address, port=row.port)
        act.tell(session, HostRemoved(row.id))


async def _write(session: AsyncSession, act: Act, pairs: list[_Pair]) -> None:
    if not pairs:
        return
    ids = [pair.after.id for pair in pairs]
    statement = update(Host).where(Host.id.in_(ids))
    await session.execute(
        statement.values(revision=Host.revision + 1, updated_at=act.at),
        execution_options={"synchronize_session": False},
    )
    await _write_enabled(session, act, [pair for pair in pairs if "enabled" in pair.what])
    tagged = [pair.after for pair in pairs if "tags" in pair.what]
    await session.execute(delete(HostTag).where(HostTag.host_id.in_([row.id for row in tagged])))
    if rows := [{"host_id": row.id, "tag": tag} for row in tagged for tag in row.tags]:
        await session.execute(insert(HostTag), rows)
    moved = [pair.after for pair in pairs if "group_ids" in pair.what]
    await session.execute(delete(GroupMember).where(GroupMember.host_id.in_([row.id for row in moved])))
    if members := [{"host_id": row.id, "group_id": group} for row in moved for group in row.group_ids]:
        await session.execute(insert(GroupMember), members)
    for pair in pairs:
        await _tell(session, act, pair)


async def _write_enabled(session: AsyncSession, act: Act, pairs: list[_Pair]) -> None:
    if not pairs:
        return
    enabled = pairs[0].after.enabled
    statement = update(Host).where(Host.id.in_([pair.after.id for pair in pairs])).values(enabled=enabled)
    await session.execute(statement, execution_options={"synchronize_session": False})
    kind = "enabled" if enabled else "disabled"
    await events.write(session, act, [pair.after.id for pair in pairs], kind, {"by": act.actor.name})


async def _tell(session: AsyncSession, act: Act, pair: _Pair) -> None:
    row, what = pair.after, pair.what
    detail = {name: [getattr(pair.before, name), getattr(row, name)] for name in what}
    await act.record(session, "host.update", "host", row.id, row.name, changed=sorted(what), **detail)
    now = (row.enabled, frozenset(row.group_ids), row.counted_interfaces)
    act.tell(session, HostChanged(row.id, row.revision + 1, what, *now))
