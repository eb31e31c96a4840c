"""A relay before PostgreSQL's socket, to lose an answer at the worst moment."""

from __future__ import annotations

import asyncio
from pathlib import Path


class Relay:
    """Stands between a client and PostgreSQL's socket; loses the answer to the next COMMIT when told to."""

    def __init__(self, folder: Path, target: Path) -> None:
        self.folder = folder
        self._target = target
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self.lose_next_commit = False
        self.lost = 0

    async def start(self) -> None:
        """Listen where PostgreSQL's clients look."""
        self._server = await asyncio.start_unix_server(self._serve, self.folder / ".s.PGSQL.5432")

    async def stop(self) -> None:
        """Listen no more, and let go of who is connected."""
        assert self._server is not None
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        upstream, downstream = await asyncio.open_unix_connection(self._target / ".s.PGSQL.5432")
        try:
            async with asyncio.TaskGroup() as group:
                losing = asyncio.Event()
                group.create_task(self._forward(reader, downstream, losing))
                group.create_task(self._back(upstream, writer, losing))
        except* ConnectionError:
            pass
        finally:
            writer.close()
            downstream.close()

    async def _forward(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter, losing: asyncio.Event) -> None:
        while data := await source.read(65536):
            if self.lose_next_commit and b"COMMIT" in data:
                self.lose_next_commit = False
                losing.set()
            sink.write(data)
            await sink.drain()
        raise ConnectionResetError

    async def _back(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter, losing: asyncio.Event) -> None:
        while data := await source.read(65536):
            if losing.is_set():
                self.lost += 1  # the server has committed and says so; the client never hears it
                raise ConnectionResetError
            sink.write(data)
            await sink.drain()
        raise ConnectionResetError
