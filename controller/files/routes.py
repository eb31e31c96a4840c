"""A host's files over HTTP: looking and reading. Changing them: `changing`; moving them to and fro: `moving`."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from typing import Annotated, Any

from litestar import MediaType, Request, Response, Router, delete, get, head, post
from litestar.di import NamedDependency as Given
from litestar.params import FromPath, FromQuery, JSONBody, Parameter, QueryParameter
from litestar.response import Stream

from controller.audit.service import Actor
from controller.files import (
    archive,
    change,
    content,
    listing,
    names,
    problems,
    removal,
    schemas,
    search,
    tail,
    texts,
    trash,
)
from controller.files import entries as rows
from controller.files.changing import routes as changing
from controller.files.moving import routes as moving
from controller.files.moving.routes import archive_headers, ndjson, streamed
from controller.files.permits import Permit
from controller.files.service import Files, chosen
from controller.users.rights import Principal

Caller = Given[Principal]
PathText = Annotated[str, Parameter(max_length=3 * 4096, description="Absolute path in text form, or ~/….")]
Paths = Annotated[Sequence[str], QueryParameter(name="path", min_items=1, max_items=1000, description="What to take.")]
AsRoot = Annotated[bool, Parameter(description="Through sudo.")]
Words = Annotated[str, Parameter(max_length=500)]


# looking


@get("/about", summary="Tell what there is of files on a host")
async def about(host_id: FromPath[int], principal: Caller, file_desk: Given[Files]) -> schemas.About:
    """The account, its home, whether it has a shell and root's files are open. Opens the session that is used then."""
    permit, _ = await file_desk.reading(principal, host_id)
    return await file_desk.about(permit)


@post("/root", status_code=200, summary="Open root's files")
async def unlock(
    host_id: FromPath[int],
    data: JSONBody[schemas.Unlock],
    principal: Caller,
    author: Given[Actor],
    file_desk: Given[Files],
) -> schemas.Unlocked:
    """Through sudo, for you alone and for a while. The password stays in memory."""
    permit, _ = await file_desk.writing(principal, host_id)
    return await file_desk.unlock(author, permit, data.password)


@delete("/root", summary="Close root's files")
async def lock(host_id: FromPath[int], principal: Caller, author: Given[Actor], file_desk: Given[Files]) -> None:
    """The password that was typed is forgotten."""
    permit, _ = await file_desk.writing(principal, host_id)
    await file_desk.lock(author, permit)


@get("/list", summary="List a folder")
async def list_folder(
    host_id: FromPath[int], principal: Caller, file_desk: Given[Files], path: PathText, as_root: AsRoot = False
) -> Stream:
    """Lines of JSON as the host gives them: the folder, its entries, where links lead, the end."""
    permit, access = await file_desk.reading(principal, host_id, as_root=as_root)
    return await ndjson(_watched(listing.rows(file_desk.places, access, names.path(path)), permit))


async def _watched(lines: AsyncGenerator[dict[str, Any], None], permit: Permit) -> AsyncGenerator[dict[str, Any], None]:
    async with aclosing(lines):
        async for line in lines:
            await permit.still()
            yield line


@get("/stat", summary="Show one file or folder")
async def show_one(
    host_id: FromPath[int], principal: Caller, file_desk: Given[Files], path: PathText, as_root: AsRoot = False
) -> schemas.StatView:
    """With its real path and its file system's space."""
    _, access = await file_desk.reading(principal, host_id, as_root=as_root)
    wanted = names.path(path)
    with problems.told(wanted):
        async with file_desk.places.kept(access) as kept:
            where = listing.expand(wanted, kept.home)
            entry = await rows.single(kept.sftp, where)
            real = where if entry[1] == "l" and entry[8] is None else await kept.sftp.realpath(where)
            space = await listing.space(kept.sftp, real)
    view = None if space is None else schemas.SpaceView(**space)
    return schemas.StatView(names.text(where), names.text(real), entry, view)


@get("/search", summary="Search a folder by name and content")
async def search_folder(
    *,
    host_id: FromPath[int],
    principal: Caller,
    file_desk: Given[Files],
    path: PathText,
    name: Words = "",
    content: Words = "",
    ignore_case: FromQuery[bool] = True,
    hidden: FromQuery[bool] = True,
    limit: Annotated[int, Parameter(ge=1, le=10_000)] = 1000,
    as_root: AsRoot = False,
) -> Stream:
    """Lines of JSON as the host finds them. Close the connection to end the search."""
    permit, access = await file_desk.reading(principal, host_id, as_root=as_root)
    if not (name or content):
        raise names.refused("name", "Say a name, or what is in the file.")
    names.path("/" + name, "name")  # a name that is none is said so here
    wanted = search.Wanted(names.path(path), name, content, ignore_case, hidden, limit)
    return await ndjson(search.rows(file_desk.places, access, wanted, permit))


@get("/tail", summary="Follow a file as it grows")
async def follow(
    *,
    host_id: FromPath[int],
    principal: Caller,
    file_desk: Given[Files],
    path: PathText,
    last: Annotated[int, QueryParameter(name="bytes", ge=0, le=1 << 20)] = 65536,
    as_root: AsRoot = False,
) -> Stream:
    """Lines of JSON, until the connection is closed: also over rotation."""
    permit, access = await file_desk.reading(principal, host_id, as_root=as_root)
    return await ndjson(tail.rows(file_desk.places, access, names.path(path), last, permit))


# reading


@get("/content", summary="Download or preview a file")
async def download(
    *,
    request: Request[Any, Any, Any],
    host_id: FromPath[int],
    principal: Caller,
    author: Given[Actor],
    file_desk: Given[Files],
    path: PathText,
    inline: FromQuery[bool] = False,
    as_root: AsRoot = False,
) -> Stream:
    """Its bytes, or the range that is asked for. Nothing of it runs on this origin."""
    permit, access = await file_desk.reading(principal, host_id, as_root=as_root)
    wanted = request.headers.get("range")
    part = await content.look(file_desk.places, access, names.path(path), wanted, request.headers.get("if-range"))
    if not inline and not part.start:
        await file_desk.note(author, permit, "file.download", path=part.path, as_root=as_root)
    found = content.headers(part, inline=inline)
    return await streamed(content.blocks(file_desk.places, access, part, permit), found, 206 if part.partial else 200)


@head("/content", summary="Tell what a download would bring")
async def probe(
    *,
    request: Request[Any, Any, Any],
    host_id: FromPath[int],
    principal: Caller,
    file_desk: Given[Files],
    path: PathText,
    inline: FromQuery[bool] = False,
    as_root: AsRoot = False,
) -> Response[None]:
    """Size, ETag and kind."""
    _, access = await file_desk.reading(principal, host_id, as_root=as_root)
    wanted = request.headers.get("range")
    part = await content.look(file_desk.places, access, names.path(path), wanted, request.headers.get("if-range"))
    found = content.headers(part, inline=inline)
    return Response(None, media_type=MediaType.TEXT, headers=found, status_code=206 if part.partial else 200)


@get("/archive", summary="Download a selection as one archive")
async def download_archive(
    *,
    host_id: FromPath[int],
    principal: Caller,
    author: Given[Actor],
    file_desk: Given[Files],
    paths: Paths,
    form: Annotated[str, QueryParameter(name="format", pattern=r"^(zip|tar|tar\.gz)$")] = "zip",
    as_root: AsRoot = False,
) -> Stream:
    """Made while it is sent. Links stay links."""
    permit, access = await file_desk.reading(principal, host_id, as_root=as_root)
    selection = chosen(paths)
    found = archive_headers(selection, form)
    made = await streamed(archive.pieces(file_desk.places, access, selection, form, permit=permit), found)
    await file_desk.note(author, permit, "file.download", path=selection[0], count=len(selection), format=form)
    return made


@get("/text", summary="Read a text file")
async def read_text(
    *,
    host_id: FromPath[int],
    principal: Caller,
    file_desk: Given[Files],
    path: PathText,
    encoding: Annotated[str | None, Parameter(max_length=32)] = None,
    as_root: AsRoot = False,
) -> schemas.TextView:
    """With its encoding and line ends, as they are found or as you say."""
    _, access = await file_desk.reading(principal, host_id, as_root=as_root)
    return await texts.read(file_desk.places, access, path, texts.known(encoding) if encoding else None)


@post("/measure", status_code=200, summary="Count what is below")
async def measure(
    host_id: FromPath[int], data: JSONBody[schemas.Selection], principal: Caller, file_desk: Given[Files]
) -> schemas.Measured:
    """Files, folders and bytes, before something is removed or sent."""
    _, access = await file_desk.reading(principal, host_id, as_root=data.as_root)
    return await removal.measure(file_desk.places, access, data.paths)


@get("/trash", summary="List the account's trash")
async def list_trash(
    host_id: FromPath[int], principal: Caller, file_desk: Given[Files], as_root: AsRoot = False
) -> schemas.TrashPage:
    """What was removed into it, where it was, and when that was; newest first."""
    _, access = await file_desk.reading(principal, host_id, as_root=as_root)
    return await trash.listing(file_desk.places, access)


@post("/checksum", status_code=200, summary="Make a file's checksum")
async def checksum(
    host_id: FromPath[int], data: JSONBody[schemas.ChecksumInput], principal: Caller, file_desk: Given[Files]
) -> schemas.Checksum:
    """On the host."""
    _, access = await file_desk.reading(principal, host_id, as_root=data.as_root)
    return schemas.Checksum(data.algorithm, await change.checksum(file_desk.places, access, data.path, data.algorithm))


files_router = Router(
    "/hosts/{host_id:int}/files",
    route_handlers=[
        about, unlock, lock, list_folder, show_one, search_folder, follow,
        download, probe, download_archive, read_text, measure, list_trash, checksum,
        *changing.handlers,
    ],
    tags=["Files"],
)  # fmt: skip
router = Router("/", route_handlers=[files_router, *moving.handlers], tags=["Files"])
