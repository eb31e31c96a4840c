"""What is done with jobs: shown, cancelled, approved, launched again, deleted."""

from __future__ import annotations

import zlib
from collections.abc import Collection, Sequence
from typing import Any

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from controller.audit import service as audit
from controller.core.clock import utc_now
from controller.core.errors import Conflict, Forbidden, NotFound
from controller.hosts import queries as host_queries
from controller.hosts.board import Board
from controller.jobs import launching, queries, targets, views
from controller.jobs.launching import Launcher, Office, Origin
from controller.jobs.models import Job, JobFile
from controller.jobs.news import JobEnded, JobQueued, StopAsked
from controller.jobs.queries import Filter
from controller.jobs.schemas import JobPage, JobView, NewJob, PreviewHost, PreviewPage, Relaunch, Targets
from controller.jobs.states import BAD, HOST_OPEN, JOB_ENDED, HostState, JobState, count
from controller.users.rights import Action, Principal, allows, require

NO_SUCH = "There is no such task, or you may not see it."


async def get(session: AsyncSession, principal: Principal, job_id: int, *, lock: bool = False) -> Job:
    """One that the principal sees. Raises NotFound."""
    row = await queries.get(session, principal, job_id, lock=lock)
    if row is None or not allows(principal, Action.JOBS_VIEW):
        raise NotFound(NO_SUCH)
    return row


async def page(session: AsyncSession, office: Office, principal: Principal, wanted: Filter) -> JobPage:
    """Some of what the principal sees, newest first."""
    require(principal, Action.JOBS_VIEW)
    rows, total = await queries.find(session, principal, wanted)
    return JobPage(await views.show(session, office.kinds, principal, rows), total)


async def view(session: AsyncSession, office: Office, principal: Principal, job_id: int) -> JobView:
    """One. Raises NotFound, Forbidden."""
    return (await views.show(session, office.kinds, principal, [await get(session, principal, job_id)]))[0]


async def preview(session: AsyncSession, principal: Principal, board: Board, asked: Targets) -> PreviewPage:
    """The hosts that a selection means now. Raises Forbidden, BadExpression."""
    chosen = await targets.choose(session, principal, asked)

    def shown(row: host_queries.HostRow, why: str = "") -> PreviewHost:
        status = board.get(row.id)
        return PreviewHost(row.id, row.name, row.address, status.state.value if status is not None else "", why)

    left_out = [shown(row, why) for row, why in chosen.left_out]
    left_out += [PreviewHost(host_id, "", "", "", targets.UNKNOWN) for host_id in chosen.unknown]
    return PreviewPage([shown(row) for row in chosen.rows], len(chosen.rows), left_out)


async def _on_all(session: AsyncSession, principal: Principal, row: Job, action: Action) -> None:
    hosts = await queries.hosts(session, None, [row.id])
    visible = await host_queries.visible_ids(session, principal, {host.host_id for host in hosts})
    gone = await _gone(session, {host.host_id for host in hosts})
    launching.require_all(principal, action, hosts, visible | gone)


async def _gone(session: AsyncSession, ids: Collection[int]) -> set[int]:
    """Hosts that are no more: nobody needs a right to them."""
    there = {row.id for row in await host_queries.load(session, ids)}
    return set(ids) - there


async def cancel(session: AsyncSession, office: Office, who: Launcher, job_id: int, note: str = "") -> None:
    """End it everywhere. Harmless for one that has ended. Whoever launched it may, and who may run on all its hosts.

    Raises NotFound, Forbidden.
    """
    row = await get(session, who.principal, job_id, lock=True)
    require(who.principal, Action.JOBS_RUN)
    if row.launched_by_id != who.principal.user_id:
        await _on_all(session, who.principal, row, Action.JOBS_RUN)
    if row.state in JOB_ENDED:
        return
    await _record(session, who, "job.cancel", row, note=note)
    await stop(session, office, row, f"{who.principal.username} cancelled it." + (f" {note}" if note else ""))


async def stop(session: AsyncSession, office: Office, row: Job, words: str) -> None:
    """End a job that the session has locked, whoever may; it is canceled once everything of it has ended."""
    if row.state == JobState.RUNNING:
        office.bus.publish_after_commit(session, StopAsked(row.id, words))
    elif row.state not in JOB_ENDED:
        await end_unbegun(session, office, row, JobState.CANCELED, code="canceled", note=words)


async def end_unbegun(
    session: AsyncSession, office: Office, row: Job, state: JobState, *, code: str, note: str
) -> None:
    """A job that never began ends here."""
    row.state, row.code, row.note, row.ended_at = state.value, code, note[:1000], utc_now(office.clock)
    hosts = await queries.hosts(session, None, [row.id])
    for host in hosts:
        if host.state in HOST_OPEN:
            host.state = HostState.CANCELED.value
    row.counts = count(HostState(host.state) for host in hosts)
    await session.flush()
    tell_end(session, office, row)


def tell_end(session: AsyncSession, office: Office, row: Job) -> None:
    """The news of a job's end, after the commit."""
    news = JobEnded(row.id, row.state, dict(row.counts), row.template_id, row.schedule_id, row.workflow_run_id)
    office.bus.publish_after_commit(session, news)


async def decide(
    session: AsyncSession, office: Office, who: Launcher, job_id: int, *, approve: bool, note: str = ""
) -> None:
    """Approve or reject a job that waits for it: a second person who may run on all its hosts.

    Raises NotFound, Forbidden, Conflict when it does not wait.
    """
    row = await get(session, who.principal, job_id, lock=True)
    require(who.principal, Action.JOBS_APPROVE)
    if row.state != JobState.WAITING_APPROVAL:
        raise Conflict("This task does not wait for an approval.", code="not_waiting")
    if row.launched_by_id == who.principal.user_id and approve:
        raise Forbidden("Somebody else has to approve what you launched.", code="own_job")
    await _on_all(session, who.principal, row, Action.JOBS_RUN)
    await _record(session, who, "job.approve" if approve else "job.reject", row, note=note)
    row.approved_by, row.approved_at = who.principal.username, utc_now(office.clock)
    if not approve:
        words = f"{who.principal.username} rejected it." + (f" {note}" if note else "")
        await end_unbegun(session, office, row, JobState.CANCELED, code="rejected", note=words)
        return
    row.state, row.note = JobState.PENDING.value, note
    office.bus.publish_after_commit(session, JobQueued(job_id))


async def relaunch(session: AsyncSession, office: Office, who: Launcher, job_id: int, how: Relaunch) -> int:
    """The same once more; the new job's id. Raises NotFound, Forbidden, Invalid, Conflict while it still goes on."""
    row = await get(session, who.principal, job_id)
    require(who.principal, Action.JOBS_RUN)
    if row.state not in JOB_ENDED:
        raise Conflict("This task has not ended yet. Cancel it first, or wait.", code="not_ended")
    secret, password = launching.opened(office.vault, row)
    if (secret or password is not None) and row.launched_by_id != who.principal.user_id:
        if password is not None and how.password is None:
            raise Forbidden("Its launcher typed a password for sudo. Type your own.", code="password_needed")
        if missing := sorted(set(secret) - set(how.params)):
            raise Forbidden(f"Its launcher's secrets are not yours. Answer {', '.join(missing)}.", code="secrets")
    if row.template_id is not None:
        await may_launch_again(session, who.principal, row)
    host_ids = await _failed(session, row) if how.hosts == "failed" else None
    new = again(row, secret | how.params, how)
    new.password = how.password if how.password is not None else password
    origin = Origin(template_id=row.template_id, parent_id=row.id, host_ids=host_ids)
    return await launching.launch(session, office, who, new, origin)


async def may_launch_again(session: AsyncSession, principal: Principal, row: Job) -> None:
    """A template that not everybody may launch is not launched by the back door. Raises Forbidden."""
    template = await queries.template(session, row.template_id or 0)
    if template is not None and not views.may_launch(template, principal):
        raise Forbidden("This template is for others to launch.", code="not_a_launcher")


async def _failed(session: AsyncSession, row: Job) -> Sequence[int]:
    hosts = await queries.hosts(session, None, [row.id])
    failed = [host.host_id for host in hosts if host.state in BAD]
    if not failed:
        raise Conflict("It failed on no host.", code="nothing_failed")
    return failed


def again(row: Job, given: dict[str, Any], how: Relaunch) -> NewJob:
    """What a job was launched with, with other answers."""
    plain = {name: value["id"] if isinstance(value, dict) else value for name, value in row.params.items()}
    whole = {
        "kind": row.kind, "name": row.name, "spec": row.spec, "targets": row.targets, "become": row.become,
        "survey": row.survey, "params": plain | given, "limits": row.limits, "notify": row.notify,
        "check": row.check if how.check is None else how.check, "diff": row.diff if how.diff is None else how.diff,
        "needs_approval": row.approved_by is not None, "lock": row.lock, "on_lock": row.on_lock,
    }  # fmt: skip
    return msgspec.convert(whole, NewJob)


async def remove(session: AsyncSession, who: Launcher, job_id: int) -> None:
    """Out of the history, with its output. Raises NotFound, Forbidden, Conflict while it goes on."""
    row = await get(session, who.principal, job_id, lock=True)
    require(who.principal, Action.JOBS_MANAGE)
    await _on_all(session, who.principal, row, Action.JOBS_MANAGE)
    if row.state not in JOB_ENDED:
        raise Conflict("This task has not ended yet. Cancel it first.", code="not_ended")
    await _record(session, who, "job.delete", row)
    await session.delete(row)


async def file(session: AsyncSession, principal: Principal, job_id: int, file_id: int) -> tuple[JobFile, bytes]:
    """A file that was fetched, with its bytes. Raises NotFound, Forbidden."""
    await get(session, principal, job_id)
    found = await queries.file(session, job_id, file_id)
    if found is None or not await host_queries.visible_ids(session, principal, [found.host_id]):
        raise NotFound("There is no such file.", code="no_such_job_file")
    return found, zlib.decompress(found.data)


async def _record(session: AsyncSession, who: Launcher, action: str, row: Job, **detail: object) -> None:
    detail = {name: value for name, value in detail.items() if value}
    await audit.record(session, who.actor, action, kind="job", object_id=row.id, name=row.name, detail=detail)
