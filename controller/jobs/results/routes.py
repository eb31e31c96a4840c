"""What came of jobs, over HTTP."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal

import msgspec
from litestar import Response, get
from litestar.di import NamedDependency as Given
from litestar.params import FromPath, Parameter, QueryParameter
from litestar.response import Stream
from litestar.types import ControllerRouterHandler
from sqlalchemy.ext.asyncio import AsyncSession

from controller.files.content import disposition
from controller.jobs import output, queries, service, views
from controller.jobs.engine import Engine
from controller.jobs.results import schemas
from controller.users.rights import Principal

Session = Given[AsyncSession]
Caller = Given[Principal]
Jobs = Given[Engine]
HostIds = Annotated[Sequence[int], QueryParameter(name="host_id", max_items=5000, description="Of these hosts.")]
Seq = Annotated[int, Parameter(ge=0, le=2**62)]
Before = Annotated[int | None, Parameter(ge=0, le=2**62)]
Some = Annotated[int, Parameter(ge=1, le=200, description="At most so many pieces of up to 64 KiB.")]
BYTES = {"content-security-policy": "sandbox; default-src 'none'", "x-content-type-options": "nosniff"}
encode = msgspec.json.Encoder().encode


@get("/jobs/{job_id:int}/hosts", summary="List a job's hosts")
async def list_job_hosts(job_id: FromPath[int], session: Session, principal: Caller) -> schemas.HostResultPage:
    """How it went on each that you see, by name."""
    found = await _results(session, principal, job_id)
    return schemas.HostResultPage(found, len(found))


async def _results(session: AsyncSession, principal: Principal, job_id: int) -> list[schemas.HostResult]:
    row = await service.get(session, principal, job_id)
    return [views.host(host) for host in await queries.hosts(session, principal, [row.id])]


@get("/jobs/{job_id:int}/groups", summary="Group a job's hosts by what they said")
async def group_job_hosts(job_id: FromPath[int], session: Session, principal: Caller) -> schemas.OutputGroups:
    """Hosts with the same state, exit status and output together, the largest group first."""
    return await output.groups(session, principal, await service.get(session, principal, job_id))


@get("/jobs/{job_id:int}/output", summary="Read a job's output")
async def read_output(
    *,
    job_id: FromPath[int],
    session: Session,
    principal: Caller,
    host_ids: HostIds = (),
    after: Seq = 0,
    before: Before = None,
    limit: Some = 20,
) -> schemas.Output:
    """Pieces in the order of their arrival, of all hosts or some (0: the job as a whole); `before` reads backwards."""
    row = await service.get(session, principal, job_id)
    ids = await output.whose(session, principal, row, host_ids or None)
    return await output.page(session, row, ids, after=after, before=before, limit=limit)


@get("/jobs/{job_id:int}/search", summary="Search a job's output")
async def search_output(
    job_id: FromPath[int],
    session: Session,
    principal: Caller,
    words: Annotated[str, QueryParameter(name="text", max_length=500)],
    host_ids: HostIds = (),
) -> schemas.MatchPage:
    """Lines that hold the text, at most 500."""
    row = await service.get(session, principal, job_id)
    ids = await output.whose(session, principal, row, host_ids or None)
    return await output.search(session, principal, row, words, ids)


@get("/jobs/{job_id:int}/download", summary="Download a job's output", media_type="text/plain")
async def download_output(
    job_id: FromPath[int], session: Session, principal: Caller, job_engine: Jobs, host_ids: HostIds = ()
) -> Stream:
    """All of it that is kept, host after host, as the hosts sent it."""
    row = await service.get(session, principal, job_id)
    ids = await output.whose(session, principal, row, host_ids or None)
    found = await queries.hosts(session, principal, [row.id], None if ids is None else ids - {0})
    name = f"job-{job_id}" + (f"-{found[0].name}" if len(found) == 1 else "")
    pieces = output.text(
        job_engine.database,
        job_id,
        [views.host(host) for host in found],
        headings=not host_ids or len(found) > 1,
        whole=ids is None or 0 in ids,
    )
    headers = BYTES | {"content-disposition": disposition(f"{name}.txt".encode())}
    return Stream(pieces, media_type="text/plain; charset=utf-8", headers=headers)


@get("/jobs/{job_id:int}/export", summary="Export a job's results")
async def export_results(
    job_id: FromPath[int],
    session: Session,
    principal: Caller,
    form: Annotated[Literal["json", "csv"], QueryParameter(name="format")] = "json",
) -> Response[bytes]:
    """Of each host: state, exit status, times, sizes."""
    found = await _results(session, principal, job_id)
    body = output.as_csv(found) if form == "csv" else encode(found)
    headers = {"content-disposition": disposition(f"job-{job_id}.{form}".encode())}
    return Response(body, media_type="text/csv" if form == "csv" else "application/json", headers=headers)


@get("/jobs/{job_id:int}/events", summary="List a job's steps")
async def list_events(
    *,
    job_id: FromPath[int],
    session: Session,
    principal: Caller,
    host_ids: HostIds = (),
    step: Annotated[str, Parameter(max_length=200)] = "",
    after: Seq = 0,
    limit: Annotated[int, Parameter(ge=1, le=5000)] = 1000,
    whole: Annotated[bool, QueryParameter(name="full", description="With results and diffs.")] = False,
) -> schemas.StepPage:
    """Of playbooks and first set-ups: each step on each host, in the order in which they changed last."""
    row = await service.get(session, principal, job_id)
    ids = await output.whose(session, principal, row, host_ids or None)
    rows = await queries.events(session, row.id, ids, after=after, limit=limit, step=step)
    return schemas.StepPage([views.event(one, whole=whole) for one in rows], len(rows))


@get("/jobs/{job_id:int}/files", summary="List the files that a job fetched")
async def list_job_files(job_id: FromPath[int], session: Session, principal: Caller) -> schemas.FilePage:
    """Of hosts that you see."""
    row = await service.get(session, principal, job_id)
    names = {host.host_id: host.name for host in await queries.hosts(session, principal, [row.id])}
    found = [
        schemas.FileView(one.id, one.host_id, names[one.host_id], one.name, one.size, one.sha256, one.note)
        for one in await queries.files(session, row.id)
        if one.host_id in names
    ]
    return schemas.FilePage(found, len(found))


@get("/jobs/{job_id:int}/files/{file_id:int}", summary="Download a file that a job fetched")
async def download_file(
    job_id: FromPath[int], file_id: FromPath[int], session: Session, principal: Caller
) -> Response[bytes]:
    """Its bytes."""
    found, data = await service.file(session, principal, job_id, file_id)
    name = found.name.rpartition("/")[2] or "file"
    headers = BYTES | {"content-disposition": disposition(name.encode())}
    return Response(data, media_type="application/octet-stream", headers=headers)


HANDLERS: list[ControllerRouterHandler] = [
    list_job_hosts,
    group_job_hosts,
    read_output,
    search_output,
    download_output,
    export_results,
    list_events,
    list_job_files,
    download_file,
]
