"""A host's files over HTTP: what changes something there. Looking at them: `routes`."""

from __future__ import annotations

from typing import Annotated, Any

from litestar import Request, post, put
from litestar.di import NamedDependency as Given
from litestar.params import FromPath, FromQuery, JSONBody, Parameter

from controller.audit.service import Actor
from controller.files import change, names, schemas, texts, trash, tree
from controller.files.entries import Entry
from controller.files.moving import routes as moving
from controller.files.service import Files, chosen
from controller.files.transfer import State
from controller.files.views import show
from controller.users.rights import Principal

Caller = Given[Principal]
PathText = Annotated[str, Parameter(max_length=3 * 4096, description="Absolute path in text form, or ~/….")]
AsRoot = Annotated[bool, Parameter(description="Through sudo.")]


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


@post("/restore", status_code=200, summary="Put back from the trash")
async def restore(
    host_id: FromPath[int],
    data: JSONBody[schemas.Restore],
    principal: Caller,
    author: Given[Actor],
    file_desk: Given[Files],
) -> schemas.TransferView:
    """Where it was; folders that are missing on the way are made. Nothing is replaced."""
    permit, access = await file_desk.writing(principal, host_id, as_root=data.as_root, detached=True)
    wanted = trash.chosen(data.names)
    made = await file_desk.transfers.add(
        permit, "restore", wanted[0], author, paths=wanted, as_root=data.as_root, options={}
    )
    file_desk.work(made, access, {"names": wanted})
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


handlers = [
    save_text, make_folder, make_file, make_link, move, copy, remove, restore, change_mode, change_owner, upload_tree,
]  # fmt: skip
