"""A page's side of a terminal's WebSocket: shows, acknowledges, types."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

PATIENCE_S = 20.0
PROGRAM = {"user_agent_header": None, "proxy": None, "max_size": None}


class Page:
    """One attachment. `offset` is how much of the session has been shown; `shown` what was, `said` every message."""

    def __init__(self, socket: ClientConnection, *, acknowledges: bool = True) -> None:
        self.socket = socket
        self.acknowledges = acknowledges
        self.offset = 0
        self.shown = bytearray()
        self.restored = b""
        self.said: list[dict[str, Any]] = []
        self.unacknowledged = 0
        self.closed: int | None = None
        self._news = asyncio.Event()
        self._reader = asyncio.create_task(self._read(), name="page")

    async def _read(self) -> None:
        try:
            async for message in self.socket:
                if isinstance(message, bytes):
                    await self._take(message)
                else:
                    self._hear(json.loads(message))
                self._news.set()
        except ConnectionClosed:
            pass
        finally:
            self.closed = self.socket.close_code
            self._news.set()

    async def _take(self, frame: bytes) -> None:
        data = frame[1:]
        if frame[0] == 1:
            self.restored = data
            return
        self.shown += data
        self.offset += len(data)
        self.unacknowledged += len(data)
        if self.acknowledges:
            await self.acknowledge()

    def _hear(self, said: dict[str, Any]) -> None:
        if said["type"] in {"attached", "reset"}:
            self.offset = said["offset"]
            if said.get("reset", True):
                self.shown.clear()
        self.said.append(said)

    async def acknowledge(self) -> None:
        """Everything is shown."""
        count, self.unacknowledged = self.unacknowledged, 0
        try:
            await self.send(type="ack", bytes=count)
        except ConnectionClosed:
            return

    async def send(self, **message: Any) -> None:
        """A message."""
        await self.socket.send(json.dumps(message))

    async def type(self, text: str | bytes) -> None:
        """Keys."""
        await self.socket.send(b"\x00" + (text.encode() if isinstance(text, str) else text))

    async def until(self, condition: Callable[[], Any], within_s: float = PATIENCE_S) -> Any:
        """Wait until it holds; what it gave. Raises TimeoutError that says what is shown instead."""
        try:
            async with asyncio.timeout(within_s):
                while not (found := condition()):
                    self._news.clear()
                    await self._news.wait()
        except TimeoutError:
            raise TimeoutError(f"shown: {bytes(self.shown[-500:])!r}; said: {self.said[-5:]}") from None
        return found

    async def shows(self, text: str | bytes, within_s: float = PATIENCE_S) -> None:
        """Wait until this is shown."""
        wanted = text.encode() if isinstance(text, str) else text
        await self.until(lambda: wanted in self.shown, within_s)

    async def hears(self, name: str, /, within_s: float = PATIENCE_S, **fields: Any) -> dict[str, Any]:
        """Wait for a message of this type with such fields."""

        def find() -> dict[str, Any] | None:
            wanted = {"type": name, **fields}
            return next((one for one in reversed(self.said) if wanted.items() <= one.items()), None)

        found: dict[str, Any] = await self.until(find, within_s)
        return found

    async def ends(self, within_s: float = PATIENCE_S) -> int:
        """Wait until the socket is closed; its code."""
        await self.until(lambda: self.closed is not None, within_s)
        assert self.closed is not None
        return self.closed

    async def close(self) -> None:
        """Leave."""
        await self.socket.close()
        await asyncio.gather(self._reader, return_exceptions=True)


@asynccontextmanager
async def attached(
    address: str, headers: Mapping[str, str], *, acknowledges: bool = True, **hello: Any
) -> AsyncIterator[Page]:
    """Attach to the terminal's socket at this address."""
    async with connect(address, additional_headers=headers, **PROGRAM) as socket:  # type: ignore[arg-type]
        page = Page(socket, acknowledges=acknowledges)
        await page.send(type="attach", columns=100, rows=30, **hello)
        try:
            yield page
        finally:
            await page.close()
