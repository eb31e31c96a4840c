"""Adding, changing and removing hosts, by the rules of who may combine what."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any

from msgspec import UNSET
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from controller.core.errors import Conflict, FieldError, Forbidden, Invalid, NotFound
from controller.hosts import credentials, events, groups, keys, queries, rules
from controller.hosts.act import Act
from controller.hosts.models import Credential, Host
from controller.hosts.news import HostAdded, HostChanged, HostRemoved, RetryAsked
from controller.hosts.queries import HostRow
from controller.hosts.schemas import HostChanges, NewHost
from controller.users.rights import Action, Principal, require

ROUTE = {"address", "port", "username", "jump_host_id"}  # where a stored secret is sent, and as whom
RULES: dict[str, Callable[[Any], Any]] = {
    "name": rules.name,
    "address": rules.address,
    "port": rules.port,
    "username": rules.username,
    "note": rules.note,
    "counted_interfaces": rules.interfaces,
}


async def get(session: AsyncSession, principal: Principal, host_id: int, action: Action = Action.HOSTS_READ) -> HostRow:
    """The host, if the principal may do this to it. Raises NotFound when it may not be seen, Forbidden."""
    row = await queries.find(session, host_id)
    if row is None:
        require(principal, action)
        raise NotFound("There is no such host.")
    require(principal, action, row.group_ids)
    return row


async def add(session: AsyncSession, act: Act, new: NewHost) -> int:
    """Add a host; its id. Raises Forbidden, Invalid, Conflict."""
    require(act.principal, Action.HOSTS_WRITE)
    row = _drafted(act, new)
    await queries.lock_roll(session)
    group_ids = groups.merge(act.principal, await groups.known(session), new.group_ids)
    await _free(session, row.name, None)
    if new.jump_host_id is not None:
        await _check_jump(session, act.principal, new.jump_host_id, None)
        row.jump_host_id = new.jump_host_id
    row.credential_id = await _credential(session, act, new)
    session.add(row)
    await session.flush()
    await queries.set_groups(session, row.id, group_ids)
    tags = rules.tags(new.tags)
    await queries.set_tags(session, row.id, tags)
    await act.record(
        session, "host.create", "host", row.id, row.name, **_described(row), tags=tags, group_ids=group_ids
    )
    if new.host_key is not None:
        await keys.pin(session, act, row.id, row.name, new.host_key)
    counted = None if row.counted_interfaces is None else tuple(row.counted_interfaces)
    act.tell(session, HostAdded(row.id, row.revision, row.enabled, frozenset(group_ids), counted))
    return row.id


async def change(session: AsyncSession, act: Act, host_id: int, changes: HostChanges) -> None:
    """Change what is given. Raises NotFound, Forbidden, Invalid, Conflict."""
    given = {name for name in changes.__struct_fields__ if getattr(changes, name) is not UNSET}
    action = Action.HOSTS_OPERATE if given <= {"enabled"} else Action.HOSTS_WRITE
    await queries.lock_roll(session)
    before = await get(session, act.principal, host_id, action)
    row = await queries.lock(session, host_id)
    if row is None:
        raise NotFound("There is no such host.")
    after = await _applied(session, act, before, row, changes)
    if not after.what:
        return
    if after.what & (ROUTE | {"credential_id"}):
        await _guard_route(session, act.principal, row, after.what)
    row.revision += 1
    row.updated_at = act.at
    await session.flush()
    await queries.set_groups(session, host_id, after.group_ids)
    await queries.set_tags(session, host_id, after.tags)
    await _tell_change(session, act, before, row, after)


async def remove(session: AsyncSession, act: Act, host_id: int) -> None:
    """Delete a host with all that is known of it. Raises NotFound, Forbidden, Conflict while others jump through it."""
    await queries.lock_roll(session)
    row = await get(session, act.principal, host_id, Action.HOSTS_WRITE)
    through = await session.execute(select(Host.id, Host.name).where(Host.jump_host_id == host_id))
    behind = [(i, name) for i, name in through]
    if behind:
        who = await credentials.name_some(session, act.principal, behind)
        raise Conflict(f"This host is the way to {who}. Give them another jump host first.", code="in_use")
    found = await queries.lock(session, host_id)
    if found is not None:
        await session.delete(found)
        await session.flush()
    await act.record(session, "host.delete", "host", host_id, row.name, address=row.address, port=row.port)
    act.tell(session, HostRemoved(host_id))


async def retry(session: AsyncSession, act: Act, host_id: int) -> None:
    """Connect now, also after a refused login. Raises NotFound, Forbidden, Conflict when it is disabled."""
    row = await get(session, act.principal, host_id, Action.HOSTS_OPERATE)
    if not row.enabled:
        raise Conflict("This host is disabled; enable it first.", code="disabled")
    await act.record(session, "host.retry", "host", host_id, row.name)
    act.tell(session, RetryAsked(host_id))


@dataclass(frozen=True, slots=True)
class _After:
    what: frozenset[str]
    group_ids: tuple[int, ...]
    tags: tuple[str, ...]


def _drafted(act: Act, new: NewHost) -> Host:
    found = rules.Findings()
    address = found.take("address", rules.address, new.address)
    row = Host(
        name=found.take("name", rules.name, new.name or address),
        address=address,
        port=found.take("port", rules.port, new.port),
        username=found.take("username", rules.username, new.username),
        note=found.take("note", rules.note, new.note),
        counted_interfaces=found.take("counted_interfaces", rules.interfaces, new.counted_interfaces),
        enabled=new.enabled,
        monitoring_only=new.monitoring_only,
        revision=1,
        created_at=act.at,
        updated_at=act.at,
    )
    found.take("tags", rules.tags, new.tags)
    if new.credential is not None and new.credential_id is not None:
        found.add("credential_id", "Choose a credential or enter a new one, not both.")
    found.settle()
    return row


async def _credential(session: AsyncSession, act: Act, source: NewHost | HostChanges) -> int | None:
    if source.credential is not None and source.credential is not UNSET:
        return await credentials.add(session, act, source.credential, field="credential.")
    if source.credential_id is None or source.credential_id is UNSET:
        return None
    return (await credentials.usable(session, act.principal, source.credential_id)).id


async def _applied(session: AsyncSession, act: Act, before: HostRow, row: Host, changes: HostChanges) -> _After:
    """Put the changes into the row; what changed, and the new groups and tags."""
    found = rules.Findings()
    for field, rule in RULES.items():
        value = getattr(changes, field)
        if value is not UNSET:
            setattr(row, field, found.take(field, rule, value))
    tags = before.tags if changes.tags is UNSET else tuple(found.take("tags", rules.tags, changes.tags))
    if changes.credential is not UNSET and changes.credential_id is not UNSET:
        found.add("credential_id", "Choose a credential or enter a new one, not both.")
    found.settle()
    if row.name.lower() != before.name.lower():
        with session.no_autoflush:
            await _free(session, row.name, row.id)
    if changes.enabled is not UNSET:
        row.enabled = changes.enabled
    if changes.monitoring_only is not UNSET:
        row.monitoring_only = changes.monitoring_only
    with session.no_autoflush:
        await _apply_references(session, act, before, row, changes)
        group_ids = before.group_ids
        if changes.group_ids is not UNSET:
            known = await groups.known(session)
            group_ids = groups.merge(act.principal, known, changes.group_ids, before.group_ids)
    return _After(_differences(before, row, group_ids, tags), group_ids, tags)


async def _apply_references(session: AsyncSession, act: Act, before: HostRow, row: Host, changes: HostChanges) -> None:
    principal = act.principal
    if changes.credential is not UNSET or changes.credential_id not in {UNSET, before.credential_id}:
        row.credential_id = await _credential(session, act, changes)
    if changes.jump_host_id is UNSET or changes.jump_host_id == before.jump_host_id:
        return
    if changes.jump_host_id is not None:
        await _check_jump(session, principal, changes.jump_host_id, row.id)
    elif before.jump_host_id is not None and not await queries.visible_ids(session, principal, [before.jump_host_id]):
        return  # a jump host that the principal does not see reads as none, and stays
    row.jump_host_id = changes.jump_host_id


def _differences(before: HostRow, row: Host, group_ids: Collection[int], tags: Collection[str]) -> frozenset[str]:
    counted = None if row.counted_interfaces is None else tuple(row.counted_interfaces)
    pairs = {
        "name": (before.name, row.name),
        "address": (before.address, row.address),
        "port": (before.port, row.port),
        "username": (before.username, row.username),
        "credential_id": (before.credential_id, row.credential_id),
        "jump_host_id": (before.jump_host_id, row.jump_host_id),
        "note": (before.note, row.note),
        "enabled": (before.enabled, row.enabled),
        "monitoring_only": (before.monitoring_only, row.monitoring_only),
        "counted_interfaces": (before.counted_interfaces, counted),
        "group_ids": (set(before.group_ids), set(group_ids)),
        "tags": (set(before.tags), set(tags)),
    }
    return frozenset(name for name, (old, new) in pairs.items() if old != new)


async def _guard_route(session: AsyncSession, principal: Principal, row: Host, what: Collection[str]) -> None:
    """A secret goes only where its owner sends it: neither to this host nor to one behind it by another's doing."""
    affected = {row.id} if set(what) & ROUTE else set()
    if set(what) & {"address", "port", "jump_host_id"}:
        affected |= await _behind(session, row.id)
    with session.no_autoflush:
        query = (
            select(Host.id, Credential.owner_id)
            .join(Credential, Credential.id == Host.credential_id)
            .where(Host.id.in_(affected - {row.id}))
        )
        owners = [owner for _, owner in await session.execute(query)]
        if row.id in affected and row.credential_id is not None:
            owners.append(await session.scalar(select(Credential.owner_id).where(Credential.id == row.credential_id)))
    if not all(credentials.owns(principal, owner) for owner in owners):
        raise Forbidden(
            "This host, or one reached through it, logs in with a credential that is not yours, so you cannot change "
            "where that is sent. Choose a credential of your own in the same step, or ask an administrator.",
            code="foreign_credential",
        )


async def _behind(session: AsyncSession, host_id: int) -> set[int]:
    """Hosts that are reached through this one, however many jumps away."""
    jumps = await queries.jumps(session)
    found: set[int] = set()
    edge = {host_id}
    while edge:
        edge = {host for host, jump in jumps.items() if jump in edge} - found
        found |= edge
    return found - {host_id}


async def _check_jump(session: AsyncSession, principal: Principal, jump_id: int, host_id: int | None) -> None:
    if not await queries.visible_ids(session, principal, [jump_id]):
        raise _bad_jump("There is no such host to jump through.")
    jumps = await queries.jumps(session)
    step: int | None = jump_id
    seen: set[int] = set()
    while step is not None and step not in seen:
        if step == host_id:
            raise _bad_jump("The way would lead back to this host; choose another jump host.")
        seen.add(step)
        step = jumps.get(step)


async def _free(session: AsyncSession, name: str, but: int | None) -> None:
    other = await queries.id_by_name(session, name)
    if other is not None and other != but:
        message = "Another host has this name; choose a different one."
        raise Conflict(message, code="name_taken", errors=(FieldError("name", message),))


async def _tell_change(session: AsyncSession, act: Act, before: HostRow, row: Host, after: _After) -> None:
    detail: dict[str, object] = {
        field: [getattr(before, field), getattr(row, field)]
        for field in ("name", "address", "port", "username", "credential_id", "jump_host_id", "enabled")
        if field in after.what
    }
    if "group_ids" in after.what:
        detail["group_ids"] = [before.group_ids, after.group_ids]
    if "tags" in after.what:
        detail["tags"] = [before.tags, after.tags]
    await act.record(session, "host.update", "host", row.id, row.name, changed=sorted(after.what), **detail)
    if "enabled" in after.what:
        await events.write(session, act, [row.id], "enabled" if row.enabled else "disabled", {"by": act.actor.name})
    counted = None if row.counted_interfaces is None else tuple(row.counted_interfaces)
    groups_now = frozenset(after.group_ids)
    act.tell(session, HostChanged(row.id, row.revision, after.what, row.enabled, groups_now, counted))


def _described(row: Host) -> dict[str, object]:
    fields = ("address", "port", "username", "credential_id", "jump_host_id", "enabled")
    return {field: getattr(row, field) for field in fields}


def _bad_jump(message: str) -> Invalid:
    return Invalid(message, errors=(FieldError("jump_host_id", message),))
