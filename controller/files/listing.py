"""A folder as lines that come as the host gives them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing
from time import monotonic
from typing import Any

from controller.files import entries, names, problems
from controller.files.places import Access, Places
from controller.ssh.errors import LineError
from controller.ssh.sftp import Sftp
from controller.ssh.sftp_wire import Name, SftpError, Space

PACE_S = 0.1
LINKS_BATCH = 500


async def space(sftp: Sftp, path: bytes) -> dict[str, int] | None:
    """The file system's space as the API says it; None where it is not told."""
    try:
        found: Space | None = await sftp.statvfs(path)
    except SftpError:
        return None
    if found is None:
        return None
    return {
        "total": found.total,
        "free": found.free,
        "available": found.available,
        "files": found.files,
        "files_free": found.files_free,
    }


async def rows(places: Places, access: Access, path: bytes) -> AsyncGenerator[dict[str, Any], None]:
    """The lines of `GET …/files/list`. Raises AppError before the first line only."""
    with problems.told(path):
        async with places.kept(access) as kept:
            sftp, path = kept.sftp, expand(path, kept.home)
            real, found = await asyncio.gather(sftp.realpath(path), sftp.stat(path))
            if entries.kind(found) != "d":
                raise problems.not_a_folder(path)
            async with aclosing(sftp.listing(path)) as pages:
                nothing: list[Name] = []
                first = await anext(pages, nothing)
                head = {"type": "folder", "path": names.text(path), "real": names.text(real)}
                yield head | {"space": await space(sftp, path)}
                try:
                    async for line in _lines(sftp, path, first, pages):
                        yield line
                except SftpError as error:
                    yield problems.row(problems.of_sftp(error, path))
                except LineError as error:
                    yield problems.row(problems.of_line(error))


async def _lines(
    sftp: Sftp, path: bytes, first: Sequence[Any], pages: AsyncIterator[Any]
) -> AsyncGenerator[dict[str, Any], None]:
    count = 0
    links: list[bytes] = []
    waiting: list[entries.Entry] = []
    due = 0.0  # the first rows go at once
    page: Sequence[Name] | None = first
    while page is not None:
        waiting += map(entries.row, page)
        links += [name.name for name in page if entries.kind(name.attributes) == "l"]
        count += len(page)
        if waiting and monotonic() >= due:
            yield {"type": "entries", "entries": waiting}
            waiting, due = [], monotonic() + PACE_S
            await asyncio.sleep(0)
        page = await anext(pages, None)
    if waiting:
        yield {"type": "entries", "entries": waiting}
    for start in range(0, len(links), LINKS_BATCH):
        batch = {names.join(path, name): name for name in links[start : start + LINKS_BATCH]}
        found = await entries.links(sftp, batch)
        yield {"type": "links", "links": [[names.text(batch[full]), *where] for full, where in found]}
    yield {"type": "done", "count": count}


def expand(path: bytes, home: bytes) -> bytes:
    """The path with the account's home in place of "~"."""
    return names.tidy(home + path[1:]) if path[:1] == b"~" else path


async def folder_of(sftp: Sftp, path: bytes) -> None:
    """Go on only with a folder. Raises AppError, SftpError."""
    if entries.kind(await sftp.stat(path)) != "d":
        raise problems.not_a_folder(path)
