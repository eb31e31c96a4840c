"""Reading the jobs slice's tables. What a principal sees is decided here: jobs of one's own and of hosts one sees."""

from __future__ import annotations

import re
import zlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, delete, exists, func, or_, select, true
from sqlalchemy import Text as Text_
from sqlalchemy.ext.asyncio import AsyncSession

from controller.hosts.queries import seen_by
from controller.jobs.models import Job, JobChunk, JobEvent, JobFile, JobHost, JobTemplate
from controller.jobs.states import JOB_ENDED, JobState
from controller.users.rights import Principal

BATCH = 64  # pieces of output that are read at a time


@dataclass(frozen=True, slots=True)
class Filter:
    """Which jobs are wanted."""

    states: Sequence[str] = ()
    kinds: Sequence[str] = ()
    template_id: int | None = None
    schedule_id: int | None = None
    workflow_run_id: int | None = None
    host_id: int | None = None
    launched_by: str = ""
    search: str = ""
    since: datetime | None = None
    until: datetime | None = None
    limit: int = 100
    offset: int = 0


def visible_hosts(principal: Principal) -> ColumnElement[bool]:
    """Results of hosts that the principal sees; of hosts that are gone for those who see all."""
    return true() if principal.all_hosts else JobHost.host_id.in_(seen_by(principal))


def visible(principal: Principal) -> ColumnElement[bool]:
    """Jobs that the principal launched, or that ran on a host the principal sees."""
    if principal.all_hosts:
        return true()
    on_mine = exists().where(JobHost.job_id == Job.id, JobHost.host_id.in_(seen_by(principal)))
    mine = and_(Job.launched_by_id == principal.user_id, Job.token_id.is_not_distinct_from(principal.token_id))
    return or_(mine, on_mine) if principal.scopes is None else on_mine


def _filtered(principal: Principal, wanted: Filter) -> Select[Any]:
    query = select(Job).where(visible(principal))
    for column, value in (
        (Job.template_id, wanted.template_id),
        (Job.schedule_id, wanted.schedule_id),
        (Job.workflow_run_id, wanted.workflow_run_id),
    ):
        if value is not None:
            query = query.where(column == value)
    if wanted.states:
        query = query.where(Job.state.in_(list(wanted.states)))
    if wanted.kinds:
        query = query.where(Job.kind.in_(list(wanted.kinds)))
    if wanted.host_id is not None:
        here = select(JobHost.job_id).where(JobHost.host_id == wanted.host_id, visible_hosts(principal))
        query = query.where(Job.id.in_(here))
    if wanted.launched_by:
        query = query.where(func.lower(Job.launched_by) == wanted.launched_by.lower())
    if wanted.since is not None:
        query = query.where(Job.created_at >= wanted.since)
    if wanted.until is not None:
        query = query.where(Job.created_at < wanted.until)
    for word in wanted.search.split()[:10]:
        like = "%" + re.sub(r"([\\%_])", r"\\\1", word.replace("\0", "")) + "%"
        query = query.where(or_(Job.name.ilike(like), Job.spec.cast(Text_).ilike(like), Job.launched_by.ilike(like)))
    return query


async def find(session: AsyncSession, principal: Principal, wanted: Filter) -> tuple[list[Job], int]:
    """Jobs that the principal sees, newest first, and how many there are in all."""
    query = _filtered(principal, wanted)
    total = await session.scalar(select(func.count()).select_from(query.subquery())) or 0
    page = query.order_by(Job.id.desc()).limit(wanted.limit).offset(wanted.offset)
    return list(await session.scalars(page)), total


async def get(session: AsyncSession, principal: Principal, job_id: int, *, lock: bool = False) -> Job | None:
    """One that the principal sees; `lock`: until the transaction ends."""
    if not 0 < job_id < 1 << 63:
        return None
    query = select(Job).where(Job.id == job_id, visible(principal))
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    return (await session.scalars(query)).first()


async def hosts(
    session: AsyncSession, principal: Principal | None, job_ids: Collection[int], only: Collection[int] | None = None
) -> list[JobHost]:
    """Results of these jobs on the hosts that the principal sees (None: all), by name."""
    query = select(JobHost).where(JobHost.job_id.in_(list(job_ids)))
    if principal is not None:
        query = query.where(visible_hosts(principal))
    if only is not None:
        query = query.where(JobHost.host_id.in_(list(only)))
    return list(await session.scalars(query.order_by(func.lower(JobHost.name), JobHost.host_id)))


@dataclass(frozen=True, slots=True)
class Tally:
    """Of one job: hosts that are seen by state, how many there are in all, how many may still run something."""

    counts: dict[str, int]
    total: int
    may_still_run: int


async def tallies(session: AsyncSession, principal: Principal, job_ids: Collection[int]) -> dict[int, Tally]:
    """By job id."""
    seen = visible_hosts(principal)
    query = (
        select(
            JobHost.job_id,
            JobHost.state,
            func.count(),
            func.count().filter(seen),
            func.count().filter(and_(seen, JobHost.may_still_run)),
        )
        .where(JobHost.job_id.in_(list(job_ids)))
        .group_by(JobHost.job_id, JobHost.state)
    )
    found: dict[int, Tally] = {job_id: Tally({}, 0, 0) for job_id in job_ids}
    for job_id, state, number, visible_number, still in await session.execute(query):
        one = found[job_id]
        counts = one.counts | ({state: visible_number} if visible_number else {})
        found[job_id] = Tally(counts, one.total + number, one.may_still_run + still)
    return found


async def file_counts(session: AsyncSession, job_ids: Collection[int]) -> dict[int, int]:
    """How many files each job fetched."""
    query = select(JobFile.job_id, func.count()).where(JobFile.job_id.in_(list(job_ids))).group_by(JobFile.job_id)
    rows = await session.execute(query)
    return dict(rows.all())


async def template_names(session: AsyncSession, ids: Collection[int]) -> dict[int, str]:
    """By id."""
    rows = await session.execute(select(JobTemplate.id, JobTemplate.name).where(JobTemplate.id.in_(list(ids))))
    return dict(rows.all())


async def own_commands(session: AsyncSession, principal: Principal, limit: int) -> list[tuple[str, datetime]]:
    """What the principal typed lately and when last, the newest first, each once."""
    command = Job.spec["command"].astext
    query = (
        select(command, func.max(Job.created_at))
        .where(Job.launched_by_id == principal.user_id, Job.kind == "command", Job.template_id.is_(None))
        .group_by(command)
        .order_by(func.max(Job.created_at).desc())
    )
    rows = await session.execute(query.limit(limit))
    return [(text, at) for text, at in rows if text is not None]


# output


@dataclass(frozen=True, slots=True)
class Chunk:
    """A piece of output, unpacked."""

    seq: int
    host_id: int
    at: datetime
    parts: tuple[int, ...]
    data: bytes


async def chunks(
    session: AsyncSession,
    job_id: int,
    host_ids: Collection[int] | None,
    *,
    after: int = 0,
    before: int | None = None,
    limit: int = BATCH,
) -> list[Chunk]:
    """Pieces of these hosts (0: of the job as a whole; None: of all), in order; with `before` the last before it."""
    query = select(JobChunk).where(JobChunk.job_id == job_id, JobChunk.seq > after)
    if host_ids is not None:
        query = query.where(JobChunk.host_id.in_(list(host_ids)))
    if before is not None:
        query = query.where(JobChunk.seq < before).order_by(JobChunk.seq.desc())
    else:
        query = query.order_by(JobChunk.seq)
    rows = list(await session.scalars(query.limit(limit)))
    session.expunge_all()  # a long output is read through once: none of it is kept
    found = [Chunk(row.seq, row.host_id, row.at, tuple(row.parts), zlib.decompress(row.data)) for row in rows]
    return found[::-1] if before is not None else found


def runs(chunk: Chunk) -> list[str]:
    """Texts by turns from standard output and standard error."""
    found, at = [], 0
    for length in chunk.parts:
        found.append(chunk.data[at : at + length].decode("utf-8", "replace"))
        at += length
    return found


# steps and files


async def events(
    session: AsyncSession, job_id: int, host_ids: Collection[int] | None, *, after: int, limit: int, step: str = ""
) -> list[JobEvent]:
    """Steps that changed after `after`, on these hosts (None: all)."""
    query = select(JobEvent).where(JobEvent.job_id == job_id, JobEvent.seq > after)
    if host_ids is not None:
        query = query.where(JobEvent.host_id.in_(list(host_ids)))
    if step:
        query = query.where(JobEvent.step == step)
    return list(await session.scalars(query.order_by(JobEvent.seq).limit(limit)))


async def files(session: AsyncSession, job_id: int) -> list[Any]:
    """What a job fetched, without the bytes."""
    query = select(JobFile.id, JobFile.host_id, JobFile.name, JobFile.size, JobFile.sha256, JobFile.note)
    rows = await session.execute(query.where(JobFile.job_id == job_id).order_by(JobFile.id))
    return list(rows)


async def file(session: AsyncSession, job_id: int, file_id: int) -> JobFile | None:
    """One of them with its bytes, unpacked by the caller."""
    if not 0 < file_id < 1 << 63:
        return None
    return await session.scalar(select(JobFile).where(JobFile.job_id == job_id, JobFile.id == file_id))


async def last_step(session: AsyncSession, job_id: int) -> int:
    """The greatest `seq` of its steps; 0 for none."""
    return await session.scalar(select(func.max(JobEvent.seq)).where(JobEvent.job_id == job_id)) or 0


# the engine's


async def waiting(session: AsyncSession) -> list[Job]:
    """Jobs that are to be begun, oldest first."""
    return list(await session.scalars(select(Job).where(Job.state == JobState.PENDING).order_by(Job.id)))


async def running(session: AsyncSession) -> list[Job]:
    """Jobs that the database holds for running."""
    return list(await session.scalars(select(Job).where(Job.state == JobState.RUNNING).order_by(Job.id)))


async def lock(session: AsyncSession, job_id: int) -> Job | None:
    """The row to change, locked until the transaction ends."""
    return await session.get(Job, job_id, with_for_update=True, populate_existing=True)


async def may_still_run(session: AsyncSession) -> list[tuple[int, Job]]:
    """Hosts that could not be asked, by id, and the job of which something was left there."""
    query = (
        select(JobHost.host_id, Job)
        .join(Job, Job.id == JobHost.job_id)
        .where(JobHost.may_still_run, Job.state.in_([state.value for state in JOB_ENDED]))
        .order_by(JobHost.host_id, JobHost.job_id)
    )
    return [(host_id, job) for host_id, job in await session.execute(query)]


async def drop_old(session: AsyncSession, before: datetime, keep: int) -> int:
    """Delete runs that ended before then, and those beyond the newest `keep`; how many went."""
    ended = [state.value for state in JOB_ENDED]
    newest = select(Job.id).order_by(Job.id.desc()).limit(keep).subquery()
    old = or_(Job.ended_at < before, Job.id.not_in(select(newest.c.id)))
    still = exists().where(JobHost.job_id == Job.id, JobHost.may_still_run)
    query = delete(Job).where(Job.state.in_(ended), old, ~still).returning(Job.id)
    return len((await session.scalars(query)).all())


async def template(session: AsyncSession, template_id: int, *, lock: bool = False) -> JobTemplate | None:
    """One template."""
    if not 0 < template_id < 1 << 63:
        return None
    return await session.get(JobTemplate, template_id, with_for_update=lock, populate_existing=lock)


async def templates(session: AsyncSession) -> list[JobTemplate]:
    """All of them, by name."""
    return list(await session.scalars(select(JobTemplate).order_by(func.lower(JobTemplate.name), JobTemplate.id)))
