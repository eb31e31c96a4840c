"""Everything below some paths, folder by folder; links are met, never followed: there is no loop and no way out."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass

from controller.files import entries, names
from controller.ssh.sftp import Sftp
from controller.ssh.sftp_wire import Attributes, Flag, SftpError

SMALL = 128 * 1024  # files that are fetched ahead, whole
AHEAD = 24


@dataclass(frozen=True, slots=True)
class Met:
    """One thing on the way: its path on the host, its path inside the whole, and what it is. `error`: not readable."""

    path: bytes
    inner: bytes
    attributes: Attributes
    error: SftpError | None = None

    @property
    def kind(self) -> str:
        """One letter, as in entries."""
        return entries.kind(self.attributes)


async def below(sftp: Sftp, paths: Sequence[bytes]) -> AsyncGenerator[Met, None]:
    """Each path and everything below it; folders before what is in them. Raises SftpError for a path itself."""
    taken: set[bytes] = set()
    for path in paths:
        name = names.split(path)[1] or b"root"
        inner, number = name, 2
        while inner in taken:  # the same name from two folders
            inner, number = names.numbered(name, number), number + 1
        taken.add(inner)
        stack = [Met(path, inner, await sftp.lstat(path))]
        while stack:
            met = stack.pop()
            yield met
            if met.kind != "d":
                continue
            rows = []
            try:
                async with aclosing(sftp.listing(met.path)) as pages:
                    async for page in pages:
                        rows += page
            except SftpError as error:
                yield Met(met.path, met.inner, met.attributes, error)
            # reversed: the stack gives them back in order
            stack += [
                Met(names.join(met.path, row.name), met.inner + b"/" + row.name, row.attributes)
                for row in sorted(rows, key=lambda row: row.name, reverse=True)
            ]


async def with_small(
    sftp: Sftp, found: AsyncIterator[Met]
) -> AsyncGenerator[tuple[Met, bytes | SftpError | None], None]:
    """The same in order, small files and links with their content: fetched ahead, since each takes several turns."""
    waiting: asyncio.Queue[tuple[Met, asyncio.Task[bytes | SftpError] | None] | None] = asyncio.Queue(AHEAD)
    failure: list[BaseException] = []

    async def fill() -> None:
        try:
            async for met in found:
                small = met.error is None and (
                    met.kind == "l" or (met.kind == "f" and (met.attributes.size or 0) <= SMALL)
                )
                await waiting.put((met, asyncio.create_task(content(sftp, met)) if small else None))
        except BaseException as error:
            failure.append(error)
            raise
        finally:
            await waiting.put(None)

    filler = asyncio.create_task(fill())
    try:
        while (item := await waiting.get()) is not None:
            met, task = item
            yield met, None if task is None else await task
        if failure:
            raise failure[0]
    finally:
        filler.cancel()
        tasks = [filler]
        while not waiting.empty():
            left = waiting.get_nowait()
            if left is not None and left[1] is not None:
                left[1].cancel()
                tasks.append(left[1])  # type: ignore[arg-type]  # only awaited
        await asyncio.gather(*tasks, return_exceptions=True)


async def content(sftp: Sftp, met: Met) -> bytes | SftpError:
    """A small file's bytes, or where a link leads; or why not."""
    try:
        if met.kind == "l":
            return await sftp.readlink(met.path)
        handle = await sftp.open(met.path, Flag.READ)
        try:
            return b"".join([bytes(piece) async for piece in sftp.read(handle, 0, met.attributes.size or 0)])
        finally:
            sftp.forget_handle(handle)
    except SftpError as error:
        return error
