"""Groups of hosts: rights are given by them."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from controller.core.errors import Conflict, FieldError, Forbidden, Invalid, NotFound
from controller.hosts import queries, rules
from controller.hosts.act import Act
from controller.hosts.models import Group, GroupMember, Host
from controller.hosts.news import GroupRemoved, HostChanged
from controller.hosts.schemas import GroupView
from controller.users.rights import Action, Principal, require


async def listing(session: AsyncSession, principal: Principal) -> list[GroupView]:
    """The groups that the principal sees, by name."""
    require(principal, Action.HOSTS_READ)
    members = select(GroupMember.group_id, func.count().label("number")).group_by(GroupMember.group_id).subquery()
    query = (
        select(Group.id, Group.name, func.coalesce(members.c.number, 0))
        .outerjoin(members, members.c.group_id == Group.id)
        .order_by(func.lower(Group.name))
    )
    if not principal.all_hosts:
        query = query.where(Group.id.in_(principal.group_ids))
    return [GroupView(*row) for row in await session.execute(query)]


async def view(session: AsyncSession, principal: Principal, group_id: int) -> GroupView:
    """One group. Raises NotFound."""
    found = [group for group in await listing(session, principal) if group.id == group_id]
    if not found:
        raise NotFound("There is no such group.")
    return found[0]


async def add(session: AsyncSession, act: Act, name: str) -> int:
    """Make a group; its id. Raises Invalid, Conflict."""
    require(act.principal, Action.GROUPS_WRITE)
    tidy = _name(name)
    await queries.lock_roll(session)
    await _free(session, tidy, None)
    row = Group(name=tidy, created_at=act.at)
    session.add(row)
    await session.flush()
    await act.record(session, "group.create", "group", row.id, tidy)
    return row.id


async def rename(session: AsyncSession, act: Act, group_id: int, name: str) -> None:
    """Give it another name. Raises NotFound, Invalid, Conflict."""
    require(act.principal, Action.GROUPS_WRITE)
    row = await _seen(session, act.principal, group_id)
    tidy, before = _name(name), row.name
    await queries.lock_roll(session)
    await _free(session, tidy, group_id)
    row.name = tidy
    await session.flush()
    await act.record(session, "group.update", "group", group_id, tidy, before=before)


async def remove(session: AsyncSession, act: Act, group_id: int) -> None:
    """Delete it; its hosts stay. Raises NotFound."""
    require(act.principal, Action.GROUPS_WRITE)
    row = await _seen(session, act.principal, group_id)
    await queries.lock_roll(session)
    members = list(await session.scalars(select(GroupMember.host_id).where(GroupMember.group_id == group_id)))
    await session.delete(row)
    await session.flush()
    await act.record(session, "group.delete", "group", group_id, row.name, hosts=len(members))
    await session.execute(update(Host).where(Host.id.in_(members)).values(revision=Host.revision + 1))
    for host in await queries.load(session, members):
        now = (host.enabled, frozenset(host.group_ids), host.counted_interfaces)
        act.tell(session, HostChanged(host.id, host.revision, frozenset({"group_ids"}), *now))
    act.tell(session, GroupRemoved(group_id))


async def known(session: AsyncSession) -> frozenset[int]:
    """The ids of all groups."""
    return frozenset(await session.scalars(select(Group.id)))


def merge(
    principal: Principal, known: frozenset[int], wanted: Collection[int], present: Collection[int] = ()
) -> tuple[int, ...]:
    """The groups a host will be in, when the principal wants it in `wanted` and it is in `present`.

    Groups that the principal does not see stay as they are. Raises Invalid for a group that is not there for the
    principal, Forbidden when the host would end where the principal cannot see it.
    """
    own = known if principal.all_hosts else known & principal.group_ids
    if len(wanted) > rules.GROUPS:
        raise _bad(f"A host is in up to {rules.GROUPS} groups.")
    if not own.issuperset(wanted):
        raise _bad("There is no such group among yours.")
    if not principal.all_hosts and not wanted:
        message = "Leave the host in one of your groups; outside of them you could not see it."
        raise Forbidden(message, code="group_needed")
    return tuple(sorted(set(wanted) | (set(present) - own)))


def _name(name: str) -> str:
    found = rules.Findings()
    tidy = found.take("name", rules.name, name)
    found.settle()
    return tidy


async def _seen(session: AsyncSession, principal: Principal, group_id: int) -> Group:
    seen = 0 < group_id < 1 << 63 and (principal.all_hosts or group_id in principal.group_ids)
    row = await session.get(Group, group_id, with_for_update=True) if seen else None
    if row is None:
        raise NotFound("There is no such group.")
    return row


async def _free(session: AsyncSession, name: str, but: int | None) -> None:
    other = await session.scalar(select(Group.id).where(func.lower(Group.name) == func.lower(name)))
    if other is not None and other != but:
        message = "Another group has this name; choose a different one."
        raise Conflict(message, code="name_taken", errors=(FieldError("name", message),))


def _bad(message: str) -> Invalid:
    return Invalid(message, errors=(FieldError("group_ids", message),))
