"""A host's files over HTTP: looking, reading, changing. Moving them to and fro: `transfer_routes`."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from typing import Annotated, Any

from litestar import MediaType, Request, Response, Router, delete, get, head, post, put
from litestar.di import NamedDependency as Given
from litestar.params import FromPath, FromQuery, JSONBody, Parameter, QueryParameter
from litestar.response import Stream

from controller.audit.service import Actor
from controller.files import archive, change, content, listing, names, problems, schemas, search, tail, texts, tree
from controller.files import entries as rows
from controller.files.entries import Entry
from controller.files.moving import routes as moving
from controller.files.moving.routes import archive_headers, ndjson, streamed
from controller.files.permits import Permit
from controller.files.service import Files, chosen
from controller.files.transfer import State
from controller.files.views import show
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


@put("/text", request_max_body_size=32 << 20, summary="Save a text file")
async def save_text(
    host_id: FromPath[int],
    data: JSONBody[schemas.TextInput],
    principal: Caller,
    author: Given[Actor],
    file_desk: Given[Files],
) -> schemas.Saved:
    """Unless somebody changed it since you read it: then what is there now is in the answer."""
    permit, access = await file_desk.writing(principal, host_id, as_root=data.as_root)
    path, saved = await texts.save(file_desk.places, access, data)
    await file_desk.note(author, permit, "file.edit", path=path, size=saved.size, as_root=data.as_root)
    return saved


# changing


@post("/folder", summary="Make a folder")
async def make_folder(
    host_id: FromPath[int],
    data: JSONBody[schemas.NewFolder],
    principal: Caller,
    author: Given[Actor],
    file_desk: Given[Files],
) -> Entry:
    """Above it too, if wanted."""
    permit, access = await file_desk.writing(principal, host_id, as_root=data.as_root)
    made = await change.folder(file_desk.places, access, data.path, above=data.parents)
    await file_desk.note(author, permit, "file.folder", path=names.raw(data.path), as_root=data.as_root)
    return made


@post("/file", summary="Make an empty file")
async def make_file(
    host_id: FromPath[int],
    data: JSONBody[schemas.NewFile],
    principal: Caller,
    author: Given[Actor],
    file_desk: Given[Files],
) -> Entry:
    """Where nothing is yet."""
    permit, access = await file_desk.writing(principal, host_id, as_root=data.as_root)
    made = await change.file(file_desk.places, access, data.path)
    await file_desk.note(author, permit, "file.create", path=names.raw(data.path), as_root=data.as_root)
    return made


@post("/link", summary="Make a symbolic link")
async def make_link(
    host_id: FromPath[int],
    data: JSONBody[schemas.NewLink],
    principal: Caller,
    author: Given[Actor],
    file_desk: Given[Files],
) -> Entry:
    """It leads where you say, be there something or not."""
    permit, access = await file_desk.writing(principal, host_id, as_root=data.as_root)
    made = await change.link(file_desk.places, access, data.path, data.target)
    await file_desk.note(author, permit, "file.link", path=names.raw(data.path), target=names.raw(data.target))
    return made


@post("/move", status_code=200, summary="Rename or move")
async def move(
    host_id: FromPath[int],
    data: JSONBody[schemas.Move],
    principal: Caller,
    author: Given[Actor],
    file_desk: Given[Files],
) -> schemas.TransferView:
    """On the host. What takes longer goes on in the list of transfers."""
    permit, access = await file_desk.writing(principal, host_id, as_root=data.as_root, detached=True)
    items = [(names.path(item.source, "from"), names.path(item.target, "to")) for item in data.items]
    made = await file_desk.transfers.add(
        permit, "move", items[0][0], author,
        paths=[source for source, _ in items], to_path=items[0][1], as_root=data.as_root,
        options={"overwrite": data.overwrite},
    )  # fmt: skip
    file_desk.work(made, access, {"items": items, "overwrite": data.overwrite})
    return show(await file_desk.transfers.settled(made))


@post("/copy", status_code=200, summary="Copy into a folder of the same host")
async def copy(
    host_id: FromPath[int],
    data: JSONBody[schemas.Copy],
    principal: Caller,
    author: Given[Actor],
    file_desk: Given[Files],
) -> schemas.TransferView:
    """On the host. What takes longer goes on in the list of transfers."""
    permit, access = await file_desk.writing(principal, host_id, as_root=data.as_root, detached=True)
    paths = chosen(data.paths)
    made = await file_desk.transfers.add(
        permit, "copy", paths[0], author,
        paths=paths, to_path=names.path(data.to, "to"), as_root=data.as_root, options={"overwrite": data.overwrite},
    )  # fmt: skip
    file_desk.work(made, access, {"overwrite": data.overwrite})
    return show(await file_desk.transfers.settled(made))


@post("/measure", status_code=200, summary="Count what is below")
async def measure(
    host_id: FromPath[int], data: JSONBody[schemas.Selection], principal: Caller, file_desk: Given[Files]
) -> schemas.Measured:
    """Files, folders and bytes, before something is removed or sent."""
    _, access = await file_desk.reading(principal, host_id, as_root=data.as_root)
    return await change.measure(file_desk.places, access, data.paths)


@post("/delete", status_code=200, summary="Remove, or move into the trash")
async def remove(
    host_id: FromPath[int],
    data: JSONBody[schemas.Delete],
    principal: Caller,
    author: Given[Actor],
    file_desk: Given[Files],
) -> schemas.TransferView:
    """With everything below; of links only the links."""
    permit, access = await file_desk.writing(principal, host_id, as_root=data.as_root, detached=True)
    paths = chosen(data.paths)
    made = await file_desk.transfers.add(
        permit, "delete", paths[0], author, paths=paths, as_root=data.as_root, options={"trash": data.trash}
    )
    file_desk.work(made, access, {"trash": data.trash})
    return show(await file_desk.transfers.settled(made))


@post("/mode", status_code=204, summary="Change permission bits")
async def change_mode(
    host_id: FromPath[int],
    data: JSONBody[schemas.ModeChange],
    principal: Caller,
    author: Given[Actor],
    file_desk: Given[Files],
) -> None:
    """Everything below too, if wanted; links are not followed there."""
    permit, access = await file_desk.writing(principal, host_id, as_root=data.as_root)
    await change.mode(file_desk.places, access, data)
    detail = {"count": len(data.paths), "mode": f"{data.mode:04o}", "recursive": data.recursive}
    await file_desk.note(author, permit, "file.mode", path=names.raw(data.paths[0]), as_root=data.as_root, **detail)


@post("/owner", status_code=204, summary="Change owner and group")
async def change_owner(
    host_id: FromPath[int],
    data: JSONBody[schemas.OwnerChange],
    principal: Caller,
    author: Given[Actor],
    file_desk: Given[Files],
) -> None:
    """By name or number."""
    permit, access = await file_desk.writing(principal, host_id, as_root=data.as_root)
    await change.owner(file_desk.places, access, data)
    detail = {"count": len(data.paths), "owner": data.owner, "group": data.group, "recursive": data.recursive}
    await file_desk.note(author, permit, "file.owner", path=names.raw(data.paths[0]), as_root=data.as_root, **detail)


@post("/checksum", status_code=200, summary="Make a file's checksum")
async def checksum(
    host_id: FromPath[int], data: JSONBody[schemas.ChecksumInput], principal: Caller, file_desk: Given[Files]
) -> schemas.Checksum:
    """On the host."""
    _, access = await file_desk.reading(principal, host_id, as_root=data.as_root)
    return schemas.Checksum(data.algorithm, await change.checksum(file_desk.places, access, data.path, data.algorithm))


@post("/tree", status_code=200, request_max_body_size=None, summary="Upload many small files")
async def upload_tree(
    *,
    request: Request[Any, Any, Any],
    host_id: FromPath[int],
    principal: Caller,
    author: Given[Actor],
    file_desk: Given[Files],
    path: PathText,
    overwrite: FromQuery[bool] = False,
    as_root: AsRoot = False,
    transfer_id: FromQuery[int | None] = None,
) -> schemas.TreeResult:
    """The body: for each file a line of JSON with path, size and mtime, then its bytes."""
    permit, access = await file_desk.writing(principal, host_id, as_root=as_root)
    transfer = None
    if transfer_id is not None:
        transfer = await moving.mine(file_desk, principal, transfer_id)
        transfer.check()
        transfer.state = State.RUNNING
    try:
        stream = request.stream()
        done = await tree.take(
            file_desk.places, access, path, stream, permit=permit, transfer=transfer, overwrite=overwrite
        )
    finally:
        if transfer is not None:
            transfer.state = State.WAITING if not transfer.ended else transfer.state
            file_desk.transfers.changed(transfer)
    if transfer is None:
        await file_desk.note(author, permit, "file.tree", path=names.raw(path), files=done.files, bytes=done.bytes)
    return done


files_router = Router(
    "/hosts/{host_id:int}/files",
    route_handlers=[
        about, unlock, lock, list_folder, show_one, search_folder, follow,
        download, probe, download_archive, read_text, save_text,
        make_folder, make_file, make_link, move, copy, measure, remove, change_mode, change_owner, checksum,
        upload_tree,
    ],
    tags=["Files"],
)  # fmt: skip
router = Router("/", route_handlers=[files_router, *moving.handlers], tags=["Files"])
