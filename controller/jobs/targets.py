"""Which hosts a job would run on: what a selection names, of what the launcher may run on."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from controller.hosts import groups, queries
from controller.hosts.queries import HostRow
from controller.jobs import expression
from controller.jobs.expression import Known
from controller.jobs.schemas import Targets
from controller.users.rights import Action, Principal, require

UNKNOWN = "There is no such host, or you may not see it."
DISABLED = "It is disabled."


@dataclass(frozen=True, slots=True)
class Chosen:
    """`rows` by name. `left_out`: named hosts that are not among them, and why; `unknown`: ids that name none."""

    rows: list[HostRow]
    left_out: list[tuple[HostRow, str]]
    unknown: list[int]
    group_names: dict[int, str]


async def choose(session: AsyncSession, principal: Principal, targets: Targets) -> Chosen:
    """The hosts of a selection. Raises Forbidden, BadExpression; nothing named means no host."""
    require(principal, Action.JOBS_RUN)
    names = {group.id: group.name for group in await groups.listing(session, principal)}
    test = expression.parse(targets.expression) if targets.expression.strip() else None
    asked = bool(targets.host_ids or targets.group_ids or targets.tags or test)
    rows = await queries.load(session, queries.seen_by(principal)) if asked else []
    ids, group_ids, tags = set(targets.host_ids), set(targets.group_ids) & names.keys(), set(targets.tags)
    found = [
        row
        for row in rows
        if row.id in ids
        or not group_ids.isdisjoint(row.group_ids)
        or not tags.isdisjoint(row.tags)
        or (test is not None and test(known(row, names)))
    ]
    found = sorted((row for row in found if row.id not in set(targets.but_host_ids)), key=lambda row: row.name.lower())
    return Chosen(
        rows=[row for row in found if row.enabled],
        left_out=[(row, DISABLED) for row in found if not row.enabled],
        unknown=sorted(ids - {row.id for row in rows} - set(targets.but_host_ids)),
        group_names=names,
    )


def known(row: HostRow, group_names: dict[int, str]) -> Known:
    """What an expression is held against. Groups that the asker does not see do not count."""
    of = [group_names[number] for number in row.group_ids if number in group_names]
    return Known(row.id, row.name, row.address, of, row.tags)
