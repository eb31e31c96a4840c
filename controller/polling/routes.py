"""The live feed over one WebSocket a browser tab."""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec
from litestar import WebSocket, websocket
from litestar.di import NamedDependency as Given
from litestar.exceptions import WebSocketDisconnect

from controller.core.errors import Forbidden
from controller.polling.feed import Feed, Sources
from controller.users.door import Door
from controller.users.rights import Action, Principal, allows
from controller.users.routes import knock_of

ENDED = 4401
WISH_BYTES = 4096
encode = msgspec.json.Encoder().encode


@websocket("/live", opt={"action": Action.HOSTS_READ})
async def live(
    socket: WebSocket[Any, Any, Any], principal: Given[Principal], sources: Given[Sources], door: Given[Door]
) -> None:
    """Subscriptions in, snapshots and changes out, until either side ends it or the session does."""
    if not allows(principal, Action.HOSTS_READ):
        raise Forbidden("Your role does not include the live feed; ask an administrator for it.")
    knock = knock_of(socket)
    await socket.accept()
    feed = Feed(sources, principal, lambda: door.renew(knock))
    try:
        async with asyncio.TaskGroup() as group:
            receiver = group.create_task(_receive(socket, feed))
            await _send(socket, feed)
            receiver.cancel()  # the session has ended, whether the tab agrees or not
    except* (WebSocketDisconnect, OSError, RuntimeError):
        pass  # the tab is gone; a send that was under way finds the socket closed
    finally:
        feed.close()


async def _receive(socket: WebSocket[Any, Any, Any], feed: Feed) -> None:
    while True:
        text = await socket.receive_text()
        answer = feed.take_wish(text) if len(text) <= WISH_BYTES else feed.refuse_length()
        if answer is not None:
            await socket.send_text(encode(answer).decode())


async def _send(socket: WebSocket[Any, Any, Any], feed: Feed) -> None:
    while True:
        messages = await feed.next()
        if messages is None:
            await socket.send_text(encode({"type": "session.ended"}).decode())
            await socket.close(code=ENDED)
            return
        for message in messages:
            await socket.send_text(encode(message).decode())
