"""Terminals and snippets over HTTP, and a terminal's WebSocket."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

import msgspec
from litestar import Router, WebSocket, delete, get, patch, post, put, websocket
from litestar.di import NamedDependency as Given
from litestar.exceptions import WebSocketDisconnect
from litestar.params import FromPath, JSONBody, Parameter, QueryParameter
from sqlalchemy.ext.asyncio import AsyncSession

from controller.audit.service import Actor
from controller.core.clock import Clock, utc_now
from controller.core.db import Database
from controller.core.errors import AppError, Forbidden, NotFound
from controller.terminal import schemas, service, wire
from controller.terminal.attachments import Attachment, Miscounted, Overflow
from controller.terminal.manager import Request, Restarted, Terminals
from controller.terminal.news import Attached, Data, Detached, Event, Exit, People, Restore
from controller.users.door import Door
from controller.users.rights import Action, Principal, require
from controller.users.routes import knock_of

Session = Given[AsyncSession]
Caller = Given[Principal]
Socket = WebSocket[Any, Any, Any]
Identity = Annotated[str, Parameter(max_length=64)]
HostId = Annotated[int | None, Parameter(ge=1, le=2**63 - 1)]
HELLO_S = 10.0


@get("/terminals", summary="List terminals")
async def list_terminals(
    principal: Caller,
    terminals: Given[Terminals],
    everybody: Annotated[bool, QueryParameter(name="all", description="Everybody's, for administrators.")] = False,
    host_id: HostId = None,
) -> schemas.TerminalPage:
    """Your own and those shared with you, oldest first; with those that ended in the last ten minutes."""
    require(principal, Action.HOSTS_READ)
    found = terminals.find(principal, everybody=everybody, host_id=host_id)
    return schemas.TerminalPage([service.view(terminals, one, principal) for one in found], len(found))


@post("/terminals", summary="Open a terminal")
async def open_terminal(
    data: JSONBody[schemas.NewTerminal],
    session: Session,
    principal: Caller,
    author: Given[Actor],
    terminals: Given[Terminals],
) -> schemas.TerminalView:
    """It begins to open at once; attach to its WebSocket to see it, and to answer what the host may ask."""
    request = Request(**msgspec.structs.asdict(data), via="page" if principal.token_id is None else "api")
    return service.view(terminals, await terminals.open(session, principal, author, request), principal)


@get("/terminals/people", summary="List with whom a terminal can be shared")
async def list_people(
    host_id: Annotated[int, Parameter(ge=1, le=2**63 - 1)], session: Session, principal: Caller
) -> schemas.PeoplePage:
    """Everybody else who sees the host."""
    found = await service.people(session, principal, host_id)
    return schemas.PeoplePage(found, len(found))


@get("/terminals/{terminal_id:str}", summary="Show a terminal")
async def show_terminal(
    terminal_id: FromPath[str], principal: Caller, terminals: Given[Terminals]
) -> schemas.TerminalView:
    """410 `restarted` when it was of an earlier run of the controller."""
    return service.view(terminals, terminals.get(principal, terminal_id), principal)


@delete("/terminals/{terminal_id:str}", summary="End a terminal")
async def end_terminal(
    terminal_id: FromPath[str],
    session: Session,
    principal: Caller,
    author: Given[Actor],
    terminals: Given[Terminals],
) -> None:
    """What runs in it gets a hang-up. One that has ended leaves the list."""
    found = terminals.to_end(principal, terminal_id)
    await service.closed(session, author, found)
    terminals.end(found, f"{principal.username} ended it.")


@put("/terminals/{terminal_id:str}/shares", summary="Share a terminal")
async def share_terminal(
    *,
    terminal_id: FromPath[str],
    data: JSONBody[schemas.Shares],
    session: Session,
    principal: Caller,
    author: Given[Actor],
    terminals: Given[Terminals],
) -> schemas.TerminalView:
    """With exactly these people, to look or to type; they have to see the host. Taken away, it ends at once."""
    found = terminals.get(principal, terminal_id)
    if found.facts.owner_id != principal.user_id:
        raise Forbidden("This terminal is somebody else's; its owner shares it.")
    await service.share(session, author, terminals, found, data.shares)
    return service.view(terminals, found, principal)


# snippets


@get("/snippets", summary="List snippets")
async def list_snippets(session: Session, principal: Caller) -> schemas.SnippetPage:
    """Your own and those that are shared."""
    found = await service.snippets(session, principal)
    return schemas.SnippetPage(found, len(found))


@post("/snippets", summary="Keep a snippet")
async def add_snippet(
    data: JSONBody[schemas.NewSnippet], session: Session, principal: Caller, author: Given[Actor], clock: Given[Clock]
) -> schemas.SnippetView:
    """A piece of text to type, with variables."""
    return await service.add_snippet(session, principal, author, data, utc_now(clock))


@patch("/snippets/{snippet_id:int}", summary="Change a snippet")
async def change_snippet(
    *,
    snippet_id: FromPath[int],
    data: JSONBody[schemas.SnippetChanges],
    session: Session,
    principal: Caller,
    author: Given[Actor],
    clock: Given[Clock],
) -> schemas.SnippetView:
    """What is not sent stays."""
    return await service.change_snippet(session, principal, author, snippet_id, changes=data, at=utc_now(clock))


@delete("/snippets/{snippet_id:int}", summary="Delete a snippet")
async def delete_snippet(snippet_id: FromPath[int], session: Session, principal: Caller, author: Given[Actor]) -> None:
    """Your own; administrators also those that are shared."""
    await service.remove_snippet(session, principal, author, snippet_id)


@post("/snippets/{snippet_id:int}/expand", status_code=200, summary="Fill in a snippet")
async def expand_snippet(
    snippet_id: FromPath[int], data: JSONBody[schemas.Filling], session: Session, principal: Caller
) -> schemas.FilledPage:
    """What to type on each of the hosts; nothing is sent to them."""
    found = await service.fill(session, principal, snippet_id, data)
    return schemas.FilledPage([schemas.FilledView(*one) for one in found], len(found))


# the socket


@websocket("/terminals/{terminal_id:str}/socket", opt={"action": Action.TERMINALS_OPEN})
async def terminal_socket(
    *,
    terminal_id: FromPath[str],
    socket: Socket,
    principal: Caller,
    terminals: Given[Terminals],
    door: Given[Door],
    author: Given[Actor],
    database: Given[Database],
) -> None:
    """One attachment to one terminal, until either side ends it."""
    await socket.accept()
    try:
        hello = await _hello(socket)
        if hello is None:
            return
        attachment = await _attach(socket, hello, terminal_id, principal, terminals, door)
        if attachment is None:
            return
        try:
            if principal.user_id != attachment.session.facts.owner_id:
                async with database.session() as session:
                    await service.joined(session, author, attachment.session, "write" if attachment.writes else "read")
            await _run(socket, attachment, terminals)
        finally:
            attachment.close()
    except (WebSocketDisconnect, OSError, RuntimeError):
        pass  # the page is gone; a send that was under way finds the socket closed


async def _hello(socket: Socket) -> wire.Attach | None:
    try:
        async with asyncio.timeout(HELLO_S):
            first = await _receive(socket)
    except TimeoutError:
        first = None
    if isinstance(first, wire.Attach):
        return first
    await _refuse(socket, wire.PROTOCOL, "invalid", "The first message of a terminal's socket is attach.")
    return None


async def _attach(  # noqa: PLR0917 — one call
    socket: Socket, hello: wire.Attach, terminal_id: str, principal: Principal, terminals: Terminals, door: Door
) -> Attachment | None:
    knock = knock_of(socket)
    try:
        return terminals.attach(
            principal,
            terminal_id,
            lambda: door.renew(knock),
            size=(hello.columns, hello.rows),
            access=hello.access,
            offset=hello.offset,
            take=hello.take,
            page=hello.page,
        )
    except Restarted as error:
        await _refuse(socket, wire.RESTARTED, error.code, error.detail)
    except AppError as error:
        close = wire.NO_SUCH if isinstance(error, NotFound) else wire.PROTOCOL
        await _refuse(socket, close, error.code, error.detail)
    return None


async def _run(socket: Socket, attachment: Attachment, terminals: Terminals) -> None:
    """Both directions at once; the end of either is the end of both."""
    sender = asyncio.create_task(_send(socket, attachment, terminals))
    receiver = asyncio.create_task(_listen(socket, attachment))
    try:
        await asyncio.wait({sender, receiver}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        sender.cancel()
        receiver.cancel()
        ended = await asyncio.gather(sender, receiver, return_exceptions=True)
    for one in ended:
        if isinstance(one, Exception) and not isinstance(one, WebSocketDisconnect | OSError | RuntimeError):
            raise one


async def _send(socket: Socket, attachment: Attachment, terminals: Terminals) -> None:
    async for item in attachment:
        if isinstance(item, Data):
            await socket.send_bytes(wire.DATA + item.data)
        elif isinstance(item, Restore):
            await socket.send_bytes(wire.RESTORE + item.data)
        else:
            await _tell(socket, _completed(item, attachment, terminals))
        if isinstance(item, Exit):
            await socket.close(code=1000)
        elif isinstance(item, Detached):
            await socket.close(code=wire.CLOSE[item.reason])


def _completed(event: Event, attachment: Attachment, terminals: Terminals) -> dict[str, Any]:
    said = wire.message(event)
    if isinstance(event, Attached):
        said["session"] = service.view(terminals, attachment.session, attachment.principal)
    elif isinstance(event, People):
        said["attached"] = service.attached(attachment.session)
    return said


async def _listen(socket: Socket, attachment: Attachment) -> None:
    while True:
        said = await _receive(socket)
        if said is None:
            detail = "This is nothing that a terminal's socket knows, or it is too long."
            await _refuse(socket, wire.PROTOCOL, "invalid", detail)
            return
        try:
            if isinstance(said, bytes):
                attachment.type(said)
            elif isinstance(said, wire.Ping):
                await _tell(socket, {"type": "pong", "id": said.id})
            else:
                _do(attachment, said)
        except Forbidden as error:
            await _tell(socket, wire.problem(error.code, error.detail))
        except (Miscounted, Overflow) as error:
            await _refuse(socket, wire.PROTOCOL, error.code, error.detail)
            return


def _do(attachment: Attachment, said: wire.Said) -> None:
    session = attachment.session
    match said:
        case wire.Ack():
            attachment.ack(said.bytes)
        case wire.Resize():
            attachment.resize(said.columns, said.rows)
        case wire.Lead():
            session.lead(attachment)
        case wire.Answer():
            session.reply(attachment, said.id, said.answers)
        case wire.Cancel():
            session.reply(attachment, said.id, None)
        case wire.Stay() if attachment.writes:
            session.stay()
        case _:
            pass  # a second attach changes nothing


async def _receive(socket: Socket) -> wire.Said | bytes | None:
    """What the page says: keys as bytes; None for what is no message of ours. Raises WebSocketDisconnect."""
    event: dict[str, Any] = dict(await socket.receive())
    if event["type"] == "websocket.disconnect":
        raise WebSocketDisconnect(detail="the page is gone", code=event.get("code", 1005))
    data, text = event.get("bytes"), event.get("text")
    if data is not None:
        return bytes(data[1:]) if data[:1] == wire.DATA and len(data) <= wire.KEYS_BYTES + 1 else None
    if text is None or len(text) > wire.TEXT_BYTES:
        return None
    try:
        said: wire.Said = wire.decode(text)
    except msgspec.MsgspecError:
        return None
    return said


async def _tell(socket: Socket, said: dict[str, Any]) -> None:
    await socket.send_text(wire.encode(said).decode())


async def _refuse(socket: Socket, close: int, code: str, detail: str) -> None:
    await _tell(socket, wire.problem(code, detail))
    await socket.close(code=close)


router = Router(
    "/",
    route_handlers=[
        list_terminals, open_terminal, list_people, show_terminal, end_terminal, share_terminal, terminal_socket,
        list_snippets, add_snippet, change_snippet, delete_snippet, expand_snippet,
    ],
    tags=["Terminals"],
)  # fmt: skip
