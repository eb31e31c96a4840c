"""Containers, images and volumes over HTTP, and logs over WebSockets."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack
from typing import Annotated, Any

import msgspec
from litestar import Router, WebSocket, delete, get, post, websocket
from litestar.di import NamedDependency as Given
from litestar.di import Provide
from litestar.exceptions import WebSocketDisconnect
from litestar.params import FromPath, FromQuery, JSONBody, PathParameter, QueryParameter
from litestar.response import Stream
from sqlalchemy.ext.asyncio import AsyncSession

from controller.containers import deeds, details, listing, loglines, schemas, stock, views
from controller.containers.board import ContainerBoard
from controller.containers.deeds import Desk
from controller.containers.engine import LogWish
from controller.containers.errors import NoSuchContainer
from controller.containers.follow import Watch, messages
from controller.containers.listing import Wanted
from controller.containers.pulls import Pulls
from controller.core.errors import AppError
from controller.core.web import Download, Page
from controller.hosts.act import Act
from controller.hosts.board import Board
from controller.hosts.routes import provide_act
from controller.users.door import Door
from controller.users.rights import Action, Principal
from controller.users.routes import knock_of

Session = Given[AsyncSession]
Caller = Given[Principal]
LATEST = 4e9  # epoch seconds that a question may name
Search = Annotated[str, QueryParameter(max_length=200, description="Words in name, image, project, host, command.")]
States = Annotated[Sequence[str], QueryParameter(name="state", max_items=10, description="In any of these.")]
Images = Annotated[Sequence[str], QueryParameter(name="image", max_items=20, description="Part of the image's name.")]
HostIds = Annotated[Sequence[int], QueryParameter(name="host_id", max_items=200, description="On any of these hosts.")]
Projects = Annotated[Sequence[str], QueryParameter(name="project", max_items=50, description="Of these projects.")]
Sort = Annotated[str, QueryParameter(max_length=100, description="A field, with - before it for descending.")]
Name = Annotated[str, PathParameter(max_length=255, description="Its id, or a name that is the only one.")]
Key = Annotated[str | None, QueryParameter(name="engine", max_length=40, description="Where there are several.")]
Since = Annotated[float | None, QueryParameter(name="since", ge=0, le=LATEST, description="Epoch seconds.")]
Until = Annotated[float | None, QueryParameter(name="until", ge=0, le=LATEST, description="Epoch seconds.")]
Tail = Annotated[int, QueryParameter(ge=1, le=5000, description="At most so many lines, the last ones.")]
Kinds = Annotated[Sequence[schemas.Kind], QueryParameter(name="kind", max_items=5, description="All by default.")]
encode = msgspec.json.Encoder().encode
PROBLEM, ENDED = 4400, 4401
ONE = "/hosts/{host_id:int}/containers/{name:str}"


# lists


@get("/containers", summary="List containers of all hosts")
async def list_containers(
    *,
    session: Session,
    principal: Caller,
    container_board: Given[ContainerBoard],
    page: Given[Page],
    search: Search = "",
    states: States = (),
    images: Images = (),
    host_ids: HostIds = (),
    projects: Projects = (),
    engine_kind: Annotated[str, QueryParameter(max_length=20, description="docker or podman.")] = "",
    sort: Sort = "name",
) -> schemas.ContainerPage:
    """Those on the hosts that you see, with their last figures, and what there is to choose from."""
    wanted = Wanted(search, states, images, host_ids, projects, engine_kind, sort, page.limit, page.offset)
    return await listing.page(session, principal, container_board, wanted)


@get("/hosts/{host_id:int}/containers", summary="List a host's engines and containers")
async def list_of_host(host_id: FromPath[int], principal: Caller, desk: Given[Desk]) -> schemas.HostContainers:
    """As last seen; engines that cannot be asked say why, and how that is mended."""
    row = await deeds.host(desk, principal, host_id)
    return listing.of_host(desk.board, host_id, row.name)


@post("/hosts/{host_id:int}/containers/refresh", status_code=200, summary="Look for engines and containers now")
async def refresh(host_id: FromPath[int], act: Given[Act], desk: Given[Desk]) -> schemas.HostContainers:
    """Waits until it is known how they are, ten seconds at the most."""
    row = await deeds.host(desk, act.principal, host_id, Action.HOSTS_OPERATE)
    await deeds.recorded(desk, act, row, "container.refresh", desk.keeper.refresh(host_id))
    return listing.of_host(desk.board, host_id, row.name)


@post("/containers/bulk", status_code=200, summary="Do one thing to many containers")
async def change_containers(
    data: JSONBody[schemas.BulkDeed], act: Given[Act], desk: Given[Desk]
) -> schemas.BulkResults:
    """Each has a result of its own; one that refuses does not stop the others."""
    return schemas.BulkResults(await deeds.bulk(desk, act, data))


# one container


@get(ONE, summary="Show a container")
async def show_container(
    *,
    host_id: FromPath[int],
    name: Name,
    principal: Caller,
    act: Given[Act],
    desk: Given[Desk],
    secrets: Annotated[bool, QueryParameter(description="Hide nothing; takes a right of its own.")] = False,
) -> schemas.ContainerDetail:
    """Everything its engine says of it. What looks like a secret is hidden unless asked for."""
    action = Action.CONTAINERS_SECRETS if secrets else Action.HOSTS_READ
    row, entry = await deeds.found(desk, principal, host_id, name, action)
    work = details.inspect(desk, row.name, entry, secrets=secrets)
    if secrets:
        return await deeds.recorded(desk, act, row, "container.show_secrets", work, **deeds.named(entry))
    return await work


@post(f"{ONE}/actions", status_code=200, summary="Start, stop, restart, pause, unpause or kill a container")
async def act_on_container(
    host_id: FromPath[int], name: Name, data: JSONBody[schemas.Deed], act: Given[Act], desk: Given[Desk]
) -> schemas.ContainerView:
    """Answers when the engine has done it, with the container as it is then."""
    row, entry = await deeds.apply(desk, act, host_id, name, data)
    return views.container(row.name, desk.board.host(host_id), entry)


@get(f"{ONE}/removal", summary="Tell what goes with a container")
async def preview_removal(host_id: FromPath[int], name: Name, principal: Caller, desk: Given[Desk]) -> schemas.Removal:
    """Its writable layer, its volumes, and what else leans on it."""
    _, entry = await deeds.found(desk, principal, host_id, name, Action.HOSTS_READ)
    return await details.removal(desk, entry)


@delete(ONE, summary="Remove a container")
async def remove_container(
    *,
    host_id: FromPath[int],
    name: Name,
    act: Given[Act],
    desk: Given[Desk],
    force: FromQuery[bool] = False,
    volumes: FromQuery[bool] = False,
) -> None:
    """One that runs only with `force`; its anonymous volumes only with `volumes`."""
    await deeds.remove(desk, act, host_id, name, force=force, volumes=volumes)


@get(f"{ONE}/top", summary="Read a container's processes")
async def show_top(host_id: FromPath[int], name: Name, principal: Caller, desk: Given[Desk]) -> schemas.TopView:
    """Asks the engine."""
    _, entry = await deeds.found(desk, principal, host_id, name)
    return await details.top(desk, entry)


# logs


@get(f"{ONE}/logs", summary="Read a container's log")
async def read_log(
    *,
    host_id: FromPath[int],
    name: Name,
    principal: Caller,
    desk: Given[Desk],
    tail: Tail = 500,
    since: Since = None,
    until: Until = None,
    search: Annotated[str, QueryParameter(max_length=200, description="Only lines that hold this.")] = "",
    stdout: FromQuery[bool] = True,
    stderr: FromQuery[bool] = True,
) -> schemas.LogPage:
    """The last lines that fit, oldest first."""
    _, entry = await deeds.found(desk, principal, host_id, name)
    wish = LogWish(False, tail, since, until, stdout, stderr, entry.container.tty)
    engine = desk.keeper.engine(host_id, entry.engine)
    return await loglines.read(engine, entry.container.id, wish, search)


@get(f"{ONE}/logs/download", media_type="text/plain", summary="Download a container's log")
async def download_log(
    *,
    host_id: FromPath[int],
    name: Name,
    principal: Caller,
    desk: Given[Desk],
    since: Since = None,
    until: Until = None,
    timestamps: FromQuery[bool] = True,
) -> Stream:
    """All of it, or a stretch, as it comes."""
    _, entry = await deeds.found(desk, principal, host_id, name)
    wish = LogWish(since=since, until=until, tty=entry.container.tty)
    stack = AsyncExitStack()
    pieces = await stack.enter_async_context(desk.keeper.engine(host_id, entry.engine).logs(entry.container.id, wish))

    async def content() -> AsyncIterator[bytes]:
        async with stack:
            async for piece in loglines.text(pieces, timestamps=timestamps):
                yield piece

    headers = {"content-disposition": f'attachment; filename="{entry.container.name}.log"'}
    return Download(content(), media_type="text/plain; charset=utf-8", headers=headers)


@websocket(f"{ONE}/logs/follow", opt={"action": Action.HOSTS_OPERATE})
async def follow_log(
    *,
    socket: WebSocket[Any, Any, Any],
    host_id: FromPath[int],
    name: Name,
    principal: Caller,
    desk: Given[Desk],
    door: Given[Door],
    board: Given[Board],
    rights_watch: Given[Watch],
    tail: Annotated[int, QueryParameter(ge=0, le=5000)] = 200,
    since: Since = None,
) -> None:
    """Lines as they come, until either side ends it, the log does, or the right to see it."""
    await deeds.host(desk, principal, host_id, Action.HOSTS_OPERATE)
    knock = knock_of(socket)
    await socket.accept()

    async def send() -> tuple[int, dict[str, Any]]:
        try:
            entry = desk.board.find(host_id, name)
            wish = LogWish(True, tail, since, tty=entry.container.tty)
            async for message in messages(desk.keeper.engine(host_id, entry.engine), entry, wish):
                if message["type"] == "end":
                    return 1000, message
                await socket.send_text(encode(message).decode())
        except AppError as error:
            return PROBLEM, {"type": "problem", "code": error.code, "detail": error.detail}
        return 1000, {"type": "end", "reason": "The log has ended."}

    async def guard() -> tuple[int, dict[str, Any]]:
        await rights_watch.lost(lambda: door.renew(knock), board, host_id, Action.HOSTS_OPERATE)
        return ENDED, {"type": "session.ended"}

    await _converse(socket, send, guard)


async def _converse(socket: WebSocket[Any, Any, Any], *sides: Any) -> None:
    """Whichever side ends first says how; the tab may leave at any time, and ping meanwhile."""

    async def hear() -> None:
        while True:
            if len(text := await socket.receive_text()) < 100 and '"ping"' in text:
                await socket.send_text('{"type":"pong"}')

    tasks = [asyncio.create_task(side()) for side in (*sides, hear)]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        code, message = (done & set(tasks[:-1])).pop().result()  # of two at once, any
        await socket.send_text(encode(message).decode())
        await socket.close(code=code)
    except (WebSocketDisconnect, OSError, RuntimeError, KeyError):
        pass  # the tab is gone
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


# images, volumes, prune


@get("/hosts/{host_id:int}/images", summary="List a host's images")
async def list_images(
    host_id: FromPath[int], principal: Caller, desk: Given[Desk], engine: Key = None
) -> schemas.ImagePage:
    """With their sizes and who uses them."""
    await deeds.host(desk, principal, host_id)
    return await stock.images(desk, host_id, engine)


@delete("/hosts/{host_id:int}/images/{image:path}", summary="Remove an image")
async def remove_image(
    *,
    host_id: FromPath[int],
    image: FromPath[str],
    act: Given[Act],
    desk: Given[Desk],
    engine: Key = None,
    force: FromQuery[bool] = False,
) -> None:
    """By its id, or one of its tags."""
    if not image.strip("/") or len(image) > 400 or not image.isprintable():
        raise NoSuchContainer("There is no such image.")
    await stock.remove_image(desk, act, host_id, image.strip("/"), engine, force=force)


@post("/hosts/{host_id:int}/images/pull", status_code=202, summary="Pull an image")
async def pull_image(
    host_id: FromPath[int],
    data: JSONBody[schemas.PullWish],
    act: Given[Act],
    desk: Given[Desk],
    pulls: Given[Pulls],
) -> schemas.PullView:
    """It goes on by itself; the list of pulls says how far it is."""
    return await pulls.start(desk, act, host_id, data.reference, data.engine)


@get("/hosts/{host_id:int}/pulls", summary="List a host's pulls")
async def list_pulls(
    host_id: FromPath[int], principal: Caller, desk: Given[Desk], pulls: Given[Pulls]
) -> schemas.PullPage:
    """Those that run and the last that have ended, newest first."""
    await deeds.host(desk, principal, host_id)
    found = pulls.listing(host_id)
    return schemas.PullPage(found, len(found))


@delete("/hosts/{host_id:int}/pulls/{pull_id:str}", summary="Cancel a pull")
async def cancel_pull(
    host_id: FromPath[int], pull_id: FromPath[str], act: Given[Act], desk: Given[Desk], pulls: Given[Pulls]
) -> None:
    """What has arrived stays with the engine."""
    await pulls.cancel(desk, act, host_id, pull_id)


@get("/hosts/{host_id:int}/volumes", summary="List a host's volumes")
async def list_volumes(
    host_id: FromPath[int], principal: Caller, desk: Given[Desk], engine: Key = None
) -> schemas.VolumePage:
    """With their sizes, where the engine knows them, and who mounts them."""
    await deeds.host(desk, principal, host_id)
    return await stock.volumes(desk, host_id, engine)


@delete("/hosts/{host_id:int}/volumes/{volume:str}", summary="Remove a volume")
async def remove_volume(
    host_id: FromPath[int], volume: FromPath[str], act: Given[Act], desk: Given[Desk], engine: Key = None
) -> None:
    """With everything in it."""
    if not volume.isprintable():
        raise NoSuchContainer("There is no such volume.")
    await stock.remove_volume(desk, act, host_id, volume, engine)


@get("/hosts/{host_id:int}/prune", summary="Tell what a prune would take away")
async def preview_prune(
    *,
    host_id: FromPath[int],
    principal: Caller,
    desk: Given[Desk],
    engine: Key = None,
    kinds: Kinds = ("containers", "images", "volumes", "networks", "build_cache"),
    all_images: Annotated[bool, QueryParameter(description="Tagged images that nothing uses, too.")] = False,
) -> schemas.PrunePreview:
    """Stopped containers, images and anonymous volumes that nothing uses, empty networks, build caches."""
    await deeds.host(desk, principal, host_id)
    return await stock.preview(desk, host_id, engine, kinds, all_images=all_images)


@post("/hosts/{host_id:int}/prune", status_code=200, summary="Take away what is not in use")
async def prune(
    host_id: FromPath[int], data: JSONBody[schemas.PruneWish], act: Given[Act], desk: Given[Desk]
) -> schemas.PruneResult:
    """What the preview of the same kinds told, unless it changed meanwhile."""
    return await stock.prune(desk, act, host_id, data)


router = Router(
    "/",
    route_handlers=[
        list_containers, list_of_host, refresh, change_containers,
        show_container, act_on_container, preview_removal, remove_container, show_top,
        read_log, download_log, follow_log,
        list_images, remove_image, pull_image, list_pulls, cancel_pull, list_volumes, remove_volume,
        preview_prune, prune,
    ],
    dependencies={"act": Provide(provide_act, sync_to_thread=False)},
    tags=["Containers"],
)  # fmt: skip
