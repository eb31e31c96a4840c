"""HTTP/1.1 to an engine over a channel of a host's line. h11 does the parsing; nothing here knows what is asked."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from typing import Any
from urllib.parse import urlencode

import h11

from controller.containers.errors import EngineAway, EngineSilent, plain, refused
from controller.containers.pipe import Pipe, Reach
from controller.ssh.errors import LineError

AT_ONCE = 6  # requests of one engine that wait for an answer
IDLE_S = 15.0  # a connection that is kept for the next request is closed after this long
LIMIT_BYTES = 16 << 20  # of an answer that is taken whole
REFUSED_S = 10.0  # to say why it refuses
HEAD_BYTES = 64 << 10
Query = Mapping[str, str | int | None]


class Response:
    """An answer whose body is read as it comes."""

    def __init__(self, connection: Connection, status: int, headers: dict[str, str]) -> None:
        self._connection = connection
        self.status = status
        self.headers = headers

    async def chunks(self) -> AsyncIterator[bytes]:
        """The body. Raises EngineAway when it breaks off."""
        while True:
            event = await self._connection.next_event()
            if isinstance(event, h11.Data):
                yield bytes(event.data)
            elif isinstance(event, h11.EndOfMessage):
                return

    async def whole(self, limit_bytes: int = LIMIT_BYTES) -> bytes:
        """All of the body. Raises EngineAway when it is longer than anybody can bear."""
        body = bytearray()
        async for chunk in self.chunks():
            body += chunk
            if len(body) > limit_bytes:
                raise EngineAway(f"The engine's answer is longer than {limit_bytes >> 20} MiB.")
        return bytes(body)


class Connection:
    """One connection; one request at a time."""

    def __init__(self, pipe: Pipe) -> None:
        self._pipe = pipe
        self._state = h11.Connection(h11.CLIENT, max_incomplete_event_size=HEAD_BYTES)
        self.timer: asyncio.TimerHandle | None = None

    @property
    def reusable(self) -> bool:
        """May it be asked again?"""
        return not self._pipe.ended and self._state.our_state is h11.DONE and self._state.their_state is h11.DONE

    async def ask(self, method: str, target: str, body: bytes | None) -> Response:
        """Send a request and wait for the head of its answer. Raises EngineAway."""
        if self._state.our_state is h11.DONE:
            self._state.start_next_cycle()
        headers = [("Host", "engine"), ("User-Agent", "moorline"), ("Content-Length", str(len(body or b"")))]
        if body is not None:
            headers.append(("Content-Type", "application/json"))
        self._send(h11.Request(method=method, target=target, headers=headers))
        if body:
            self._send(h11.Data(data=body))
        self._send(h11.EndOfMessage())
        while True:
            event = await self.next_event()
            if isinstance(event, h11.Response):
                found = {name.decode("latin-1"): value.decode("latin-1") for name, value in event.headers}
                return Response(self, event.status_code, found)

    async def next_event(self) -> Any:
        """The next of h11's events. Raises EngineAway."""
        try:
            while (event := self._state.next_event()) is h11.NEED_DATA:
                data = await self._pipe.read()
                self._state.receive_data(data)
        except h11.RemoteProtocolError as error:
            raise EngineAway(self._broken(str(error))) from None
        except LineError as error:
            raise EngineAway(error.sentence) from None
        if isinstance(event, h11.ConnectionClosed) or event is h11.PAUSED:
            raise EngineAway(self._broken("it closed the connection"))
        return event

    def close(self) -> None:
        """Close it; harmless on a closed one."""
        if self.timer is not None:
            self.timer.cancel()
        self._pipe.close()

    def _send(self, event: Any) -> None:
        data = self._state.send(event)
        try:
            if data:
                self._pipe.write(data)
        except LineError as error:
            raise EngineAway(self._broken(error.sentence)) from None

    def _broken(self, why: str) -> str:
        return plain(self._pipe.words) or f"The engine broke off: {plain(why)}."


class Client:
    """Requests to one engine. Up to two connections are kept for a moment; streams have one of their own."""

    def __init__(self, reach: Reach, connect_s: float = 10.0) -> None:
        self._reach = reach
        self._connect_s = connect_s
        self._gate = asyncio.Semaphore(AT_ONCE)
        self._idle: list[Connection] = []
        self._closed = False

    def close(self) -> None:
        """Close what is kept."""
        self._closed = True
        for connection in self._idle:
            connection.close()
        self._idle.clear()

    async def call(
        self, method: str, path: str, query: Query | None = None, *, body: object = None, timeout_s: float = 20.0
    ) -> bytes:
        """One request, answered whole. Raises EngineAway, EngineRefused, NoSuchContainer."""
        async with self._gate:
            try:
                async with asyncio.timeout(timeout_s):
                    return await self._called(method, path, query, body)
            except TimeoutError:
                raise EngineSilent(f"The engine did not answer within {timeout_s:g} s.") from None

    async def json(self, method: str, path: str, query: Query | None = None, **more: Any) -> Any:
        """The same, as JSON; None for an empty answer. Raises EngineAway for what is no JSON."""
        return parsed(await self.call(method, path, query, **more))

    @asynccontextmanager
    async def stream(
        self, method: str, path: str, query: Query | None = None, *, head_s: float | None = 20.0
    ) -> AsyncIterator[Response]:
        """A request whose answer is read as it comes, on a connection of its own. Raises as `call`.

        `head_s`: how long the engine may take to begin; None where it begins with the first thing that happens.
        """
        connection = await self._open()
        try:
            try:
                async with asyncio.timeout(head_s):
                    response = await connection.ask(method, target(path, query), None)
                if response.status >= 400:
                    async with asyncio.timeout(REFUSED_S):
                        raise refused(response.status, message(await response.whole()))
            except TimeoutError:
                raise EngineSilent(f"The engine did not answer within {head_s or REFUSED_S:g} s.") from None
            yield response
        finally:
            connection.close()

    async def _called(self, method: str, path: str, query: Query | None, body: object) -> bytes:
        sent = None if body is None else json.dumps(body).encode()
        while True:
            fresh = not self._idle or method != "GET"  # only what may be repeated goes to one that may be closed
            connection = await self._open() if fresh else self._idle.pop()
            if connection.timer is not None:
                connection.timer.cancel()
            try:
                response = await connection.ask(method, target(path, query), sent)
                content = await response.whole()
            except EngineAway:
                connection.close()
                if fresh:
                    raise
                continue  # the engine had closed it meanwhile
            except BaseException:
                connection.close()
                raise
            self._keep(connection)
            if response.status >= 400:
                raise refused(response.status, message(content))
            return content

    async def _open(self) -> Connection:
        try:
            async with asyncio.timeout(self._connect_s):
                return Connection(await Pipe.open(self._reach))
        except TimeoutError:
            raise EngineAway("The engine's socket did not open in time.") from None
        except LineError as error:
            raise EngineAway(error.sentence, code="engine_away") from error

    def _keep(self, connection: Connection) -> None:
        if self._closed or len(self._idle) >= 2 or not connection.reusable:
            connection.close()
            return
        self._idle.append(connection)
        connection.timer = asyncio.get_running_loop().call_later(IDLE_S, self._let_go, connection)

    def _let_go(self, connection: Connection) -> None:
        with suppress(ValueError):
            self._idle.remove(connection)
        connection.close()


def target(path: str, query: Query | None) -> str:
    """Path and query as they travel; parameters that are None are left out, truths are "1" and "0"."""
    given = {
        name: str(int(value)) if isinstance(value, bool) else str(value)
        for name, value in (query or {}).items()
        if value is not None
    }
    return f"{path}?{urlencode(given)}" if given else path


def message(content: bytes) -> str:
    """The words of an engine's error: {"message": …} of Docker, {"cause": …} of Podman, or plain text."""
    try:
        found = json.loads(content)
    except (ValueError, RecursionError):
        return content.decode("utf-8", "replace")
    if isinstance(found, dict):
        return str(found.get("message") or found.get("cause") or "")
    return str(found)


def parsed(content: bytes) -> Any:
    """JSON, None where there is none. Raises EngineAway."""
    if not content.strip():
        return None
    try:
        return json.loads(content)
    except (ValueError, RecursionError):
        raise EngineAway("The engine's answer is no JSON. Is something else listening at its socket?") from None
