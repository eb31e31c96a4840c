"""Logs that are followed by a browser: bound to its user's rights for as long as they last."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

from sqlalchemy.exc import SQLAlchemyError

from controller.containers.board import Entry
from controller.containers.engine import Engine, LogWish
from controller.containers.loglines import Lines
from controller.core.events import Bus
from controller.hosts.board import Board
from controller.hosts.news import GroupRemoved, HostChanged, HostRemoved
from controller.users.news import RightsChanged
from controller.users.rights import Action, Principal, allows, sees

RENEW_S = 15.0
BATCH = 500  # lines of one message


class Watch:
    """Tells those who look at something whenever rights may have changed."""

    def __init__(self, bus: Bus) -> None:
        self._waiting: set[asyncio.Event] = set()
        for kind in (RightsChanged, HostChanged, HostRemoved, GroupRemoved):
            bus.listen(kind, self._changed)

    async def lost(
        self, renew: Callable[[], Awaitable[Principal | None]], board: Board, host_id: int, action: Action
    ) -> None:
        """Returns once the caller may no longer do this to the host; looks at every change, and once in a while."""
        changed = asyncio.Event()
        self._waiting.add(changed)
        try:
            while True:
                try:
                    async with asyncio.timeout(RENEW_S):
                        await changed.wait()
                except TimeoutError:
                    pass
                changed.clear()
                try:
                    principal = await renew()
                except (SQLAlchemyError, OSError):  # the database is away: asked again
                    continue
                status = board.get(host_id)
                if principal is None or status is None:
                    return
                if not (allows(principal, action) and sees(principal, status.group_ids)):
                    return
        finally:
            self._waiting.discard(changed)

    def _changed(self, _: object) -> None:
        for changed in self._waiting:
            changed.set()


async def messages(engine: Engine, entry: Entry, wish: LogWish) -> AsyncIterator[dict[str, Any]]:
    """The log as messages, until it ends. Whoever takes them slowly holds the log up. Raises EngineAway."""
    lines = Lines()
    async with engine.logs(entry.container.id, wish) as pieces:
        async for stream, data in pieces:
            found = lines.feed(stream, data)
            for start in range(0, len(found), BATCH):
                yield {"type": "lines", "lines": found[start : start + BATCH]}
    if rest := lines.end():
        yield {"type": "lines", "lines": rest}
    yield {"type": "end", "reason": "The log has ended: the container does not run any more, or was removed."}
