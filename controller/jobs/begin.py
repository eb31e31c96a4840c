"""From a stored job to what an executor gets: rights looked at once more, secrets opened, hosts as they are now."""

from __future__ import annotations

from typing import Any

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from controller.core.clock import utc_now
from controller.core.errors import AppError, Forbidden, Invalid
from controller.core.secrets import Secret
from controller.hosts import groups
from controller.hosts import queries as host_queries
from controller.hosts.board import Board
from controller.hosts.queries import HostRow
from controller.jobs import launching, masks, queries, registry
from controller.jobs.kind import Become, Limits, RunningJob, Target
from controller.jobs.launching import Office
from controller.jobs.models import Job
from controller.jobs.running import Run
from controller.jobs.states import HostState
from controller.users import sessions
from controller.users.rights import Action, Principal, Role, allows

GONE = "It was deleted, or disabled, before the task began."


async def prepare(session: AsyncSession, office: Office, board: Board, row: Job) -> tuple[RunningJob, Run]:
    """What runs. Raises AppError when its launcher may not any more, VaultError when its secrets do not open."""
    principal = await launcher(session, office, row)
    hosts = await queries.hosts(session, None, [row.id])
    pending = [host for host in hosts if host.state == HostState.PENDING]
    visible = await host_queries.visible_ids(session, principal, {host.host_id for host in pending})
    rows = {one.id: one for one in await host_queries.load(session, visible) if one.enabled}
    for host in pending:
        if host.host_id not in rows:
            host.state, host.note = HostState.SKIPPED.value, GONE
    if not rows:
        raise Invalid("None of its hosts is there any more.", code="no_hosts")
    spec = registry.read(office.kinds, row.kind, row.spec)
    secret, password = launching.opened(office.vault, row)
    names = {group.id: group.name for group in await groups.listing(session, principal)}
    targets = tuple(_target(rows[host.host_id], names, board) for host in pending if host.host_id in rows)
    limits = msgspec.convert(row.limits, Limits)
    job = RunningJob(
        id=row.id,
        kind=row.kind,
        name=row.name,
        spec=spec,
        targets=targets,
        params=_params(row.params, secret),
        become=_become(row, password),
        limits=limits,
        check=row.check,
        diff=row.diff,
        mark=row.mark,
        launched_by=row.launched_by,
        user_id=row.launched_by_id,
        by_hand=row.schedule_id is None and row.workflow_run_id is None,
    )
    hidden = [*secret.values(), *([password] if password else [])]
    return job, Run(row.id, [(one.host_id, one.name) for one in targets], masks.needles(hidden), limits, office.clock)


async def launcher(session: AsyncSession, office: Office, row: Job) -> Principal:
    """Whoever launched it, with the rights of this moment. Raises Forbidden when they have ended."""
    asked = Principal(row.launched_by_id or 0, row.launched_by, Role.NONE, False, frozenset(), token_id=row.token_id)
    principal = await sessions.renewed(session, asked, utc_now(office.clock), detached=True)
    if principal is None or not allows(principal, Action.JOBS_RUN):
        raise Forbidden("Whoever launched it may no longer run tasks.", code="rights_gone")
    return principal


async def lost_rights(session: AsyncSession, office: Office, row: Job) -> bool:
    """May its launcher no longer run jobs on all the hosts that it runs on? Hosts that are gone do not count."""
    try:
        principal = await launcher(session, office, row)
    except AppError:
        return True
    ids = {host.host_id for host in await queries.hosts(session, None, [row.id]) if host.state != HostState.SKIPPED}
    there = {one.id for one in await host_queries.load(session, ids)}
    return bool(there - await host_queries.visible_ids(session, principal, ids))


def _target(row: HostRow, names: dict[int, str], board: Board) -> Target:
    status = board.get(row.id)
    return Target(
        host_id=row.id,
        name=row.name,
        address=row.address,
        port=row.port,
        username=row.username,
        group_names=tuple(names[number] for number in row.group_ids if number in names),
        tags=row.tags,
        facts=dict(status.facts) if status is not None else {},
    )


def _params(plain: dict[str, Any], secret: dict[str, str]) -> dict[str, Any]:
    found: dict[str, Any] = {name: Secret(value) for name, value in secret.items()}
    for name, value in plain.items():
        if isinstance(value, dict):
            found[name] = Target(value["id"], value["name"], value["address"], value["port"], value["username"])
        else:
            found[name] = value
    return found


def _become(row: Job, password: str | None) -> Become | None:
    if row.become is None:
        return None
    return Become(str(row.become["user"]), None if password is None else Secret(password))
