"""Transfers over HTTP: what moves to a host, from it, and between two; and how answers are streamed."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from contextlib import aclosing
from typing import Annotated, Any, Literal

import msgspec
from litestar import Request, delete, get, post, put
from litestar.di import NamedDependency as Given
from litestar.params import FromPath, JSONBody, Parameter, QueryParameter
from litestar.response import Stream

from controller.audit.service import Actor
from controller.core.errors import AppError, Conflict, NotFound
from controller.core.web import Download, Page
from controller.files import archive, content, names, problems, schemas
from controller.files.service import Files
from controller.files.transfer import State, Transfer
from controller.files.views import page as paged
from controller.files.views import show
from controller.users.rights import Action, Principal, require

Caller = Given[Principal]
Which = Annotated[Literal["active", "all"], QueryParameter(name="state", description="Which of them.")]
NDJSON = "application/x-ndjson"
encode = msgspec.json.Encoder().encode


async def ndjson(lines: AsyncGenerator[Mapping[str, Any], None]) -> Stream:
    """Lines as they come. The first is waited for, so that what fails before it is an ordinary problem."""
    first = await anext(lines)

    async def written() -> AsyncIterator[bytes]:
        async with aclosing(lines):
            yield encode(first) + b"\n"
            try:
                async for line in lines:
                    yield encode(line) + b"\n"
            except AppError as error:  # the status has been sent
                yield encode(problems.row(error)) + b"\n"

    return Stream(written(), media_type=NDJSON, headers={"x-accel-buffering": "no"})


async def streamed(pieces: AsyncGenerator[bytes, None], headers: Mapping[str, str], status: int = 200) -> Stream:
    """Bytes as they come; the first are waited for, as above."""
    first = await anext(pieces, b"")

    async def written() -> AsyncIterator[bytes]:
        async with aclosing(pieces):
            yield first
            async for piece in pieces:
                yield piece

    kind = headers.get("content-type", content.BINARY)
    rest = {name: value for name, value in headers.items() if name != "content-type"}
    return Download(written(), media_type=kind, headers=rest, status_code=status)


async def mine(file_desk: Files, principal: Principal, transfer_id: int) -> Transfer:
    """One of the caller's own, of hosts that the caller sees now. Raises NotFound, Forbidden."""
    require(principal, Action.FILES_READ)
    one = file_desk.transfers.get(principal, transfer_id)
    if not await file_desk.seen(principal, [one]):
        raise NotFound("There is no such transfer.")
    return one


def archive_headers(selection: Sequence[bytes], form: str) -> dict[str, str]:
    """As an archive is sent."""
    name = (names.split(selection[0])[1] or b"root") if len(selection) == 1 else b"files"
    return {
        "content-type": archive.TYPES[form],
        "content-disposition": content.disposition(name + b"." + form.encode()),
        "content-security-policy": content.SANDBOX,
    }


@post("/hosts/{host_id:int}/files/uploads", summary="Begin an upload that can be resumed")
async def begin_upload(
    host_id: FromPath[int],
    data: JSONBody[schemas.NewUpload],
    principal: Caller,
    author: Given[Actor],
    file_desk: Given[Files],
) -> schemas.TransferView:
    """To a temporary name; the bytes follow by PUT, in as many pieces as you like."""
    permit, _ = await file_desk.writing(principal, host_id, as_root=data.as_root)
    return show(await file_desk.uploads.begin(permit, author, data))


@get("/transfers", summary="List your transfers")
async def list_transfers(
    principal: Caller, file_desk: Given[Files], page: Given[Page], which: Which = "all"
) -> schemas.TransferPage:
    """Newest first; kept for a week."""
    require(principal, Action.FILES_READ)
    found = await file_desk.seen(principal, file_desk.transfers.of(principal, active=which == "active"))
    return paged(found, page.limit, page.offset)


@post("/transfers", summary="Begin a transfer")
async def begin_transfer(
    data: JSONBody[schemas.NewTransfer], principal: Caller, author: Given[Actor], file_desk: Given[Files]
) -> schemas.TransferView:
    """A download to fetch by its content, a copy to another host, or one row for many small uploads."""
    return show(await file_desk.begin(principal, author, data))


@post("/transfers/clear", status_code=204, summary="Clear the list of what has ended")
async def clear_transfers(principal: Caller, file_desk: Given[Files]) -> None:
    """Nothing on any host changes."""
    require(principal, Action.FILES_READ)
    ended = [one for one in file_desk.transfers.of(principal) if one.ended]
    await file_desk.transfers.remove(await file_desk.seen(principal, ended))


@get("/transfers/{transfer_id:int}", summary="Show a transfer")
async def show_transfer(transfer_id: FromPath[int], principal: Caller, file_desk: Given[Files]) -> schemas.TransferView:
    """How far it is, how fast, how it ended."""
    return show(await mine(file_desk, principal, transfer_id))


@delete("/transfers/{transfer_id:int}", summary="Take a transfer out of the list")
async def delete_transfer(transfer_id: FromPath[int], principal: Caller, file_desk: Given[Files]) -> None:
    """One that is under way is cancelled."""
    await file_desk.transfers.remove([await mine(file_desk, principal, transfer_id)])


@get("/transfers/{transfer_id:int}/content", summary="Fetch a download")
async def fetch_transfer(
    transfer_id: FromPath[int], request: Request[Any, Any, Any], principal: Caller, file_desk: Given[Files]
) -> Stream:
    """Its bytes. One file can be fetched in ranges."""
    one = await mine(file_desk, principal, transfer_id)
    if one.kind != "download":
        raise Conflict("This transfer is no download.", code="not_a_download")
    if one.state == State.CANCELLED:
        one.check()
    permit, access = await file_desk.reading(principal, one.host_id, as_root=one.as_root)
    form = one.options.get("format")
    if form is not None:
        return await streamed(file_desk.fetched(one, permit, None), archive_headers(one.paths, form))
    wanted = request.headers.get("range")
    part = await content.look(file_desk.places, access, one.path, wanted, request.headers.get("if-range"))
    found = content.headers(part, inline=False)
    return await streamed(file_desk.fetched(one, permit, part), found, 206 if part.partial else 200)


@put("/transfers/{transfer_id:int}/data", request_max_body_size=None, summary="Send a piece of an upload")
async def send_data(
    *,
    transfer_id: FromPath[int],
    request: Request[Any, Any, Any],
    principal: Caller,
    file_desk: Given[Files],
    offset: Annotated[int, Parameter(ge=0, le=2**62, description="Where the piece begins.")],
) -> schemas.Received:
    """The body as it is. It has to begin where the host has everything before; a piece that is cut off is kept."""
    one = await mine(file_desk, principal, transfer_id)
    if one.kind != "upload":
        raise Conflict("This transfer is no upload.", code="not_an_upload")
    permit, _ = await file_desk.writing(principal, one.host_id, as_root=one.as_root)
    return schemas.Received(await file_desk.uploads.take(one, permit, offset, request.stream()))


@post("/transfers/{transfer_id:int}/finish", status_code=200, summary="End an upload")
async def finish_transfer(
    transfer_id: FromPath[int], data: JSONBody[schemas.Finish], principal: Caller, file_desk: Given[Files]
) -> schemas.TransferView:
    """Checks what arrived and gives the file its name."""
    one = await mine(file_desk, principal, transfer_id)
    permit, _ = await file_desk.writing(principal, one.host_id, as_root=one.as_root)
    if one.kind == "tree":
        if not one.ended:
            await file_desk.transfers.turn(one, State.DONE)
        return show(one)
    if one.kind != "upload":
        raise Conflict("This transfer is no upload.", code="not_an_upload")
    await file_desk.uploads.finish(one, permit, data.sha256, verify=data.verify)
    return show(one)


@post("/transfers/{transfer_id:int}/pause", status_code=200, summary="Pause a transfer")
async def pause_transfer(
    transfer_id: FromPath[int], principal: Caller, file_desk: Given[Files]
) -> schemas.TransferView:
    """What has arrived stays."""
    one = await mine(file_desk, principal, transfer_id)
    await file_desk.transfers.pause(one)
    return show(one)


@post("/transfers/{transfer_id:int}/resume", status_code=200, summary="Resume a transfer")
async def resume_transfer(
    transfer_id: FromPath[int], principal: Caller, file_desk: Given[Files]
) -> schemas.TransferView:
    """An upload goes on with the next piece that is sent."""
    one = await mine(file_desk, principal, transfer_id)
    await file_desk.transfers.resume(one)
    return show(one)


@post("/transfers/{transfer_id:int}/cancel", status_code=200, summary="Cancel a transfer")
async def cancel_transfer(
    transfer_id: FromPath[int], principal: Caller, file_desk: Given[Files]
) -> schemas.TransferView:
    """What is half done is removed from the host."""
    one = await mine(file_desk, principal, transfer_id)
    await file_desk.transfers.cancel(one)
    return show(one)


handlers = [
    begin_upload, list_transfers, begin_transfer, clear_transfers, show_transfer, delete_transfer, fetch_transfer,
    send_data, finish_transfer, pause_transfer, resume_transfer, cancel_transfer,
]  # fmt: skip
