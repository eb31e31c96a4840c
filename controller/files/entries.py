"""What is shown of one file, as a short row: a folder may have a hundred thousand of them."""

from __future__ import annotations

import asyncio
import stat
from collections.abc import Iterable, Sequence

from controller.files import names
from controller.ssh.sftp import Sftp
from controller.ssh.sftp_wire import Attributes, Code, Name, SftpError

# name, kind, size, mtime, mode, owner, group, target, target_kind
Entry = tuple[str, str, int, int, int, str, str, str | None, str | None]
KINDS = {
    stat.S_IFREG: "f",
    stat.S_IFDIR: "d",
    stat.S_IFLNK: "l",
    stat.S_IFIFO: "p",
    stat.S_IFSOCK: "s",
    stat.S_IFBLK: "b",
    stat.S_IFCHR: "c",
}
LINKS_AT_ONCE = 32


def kind(attributes: Attributes) -> str:
    """One letter."""
    return KINDS.get(stat.S_IFMT(attributes.mode or 0), "?")


def row(name: Name) -> Entry:
    """Of a folder's row; the owners' names stand in the long form alone."""
    found = name.attributes
    parts = name.long.split(None, 4)
    owner, group = (parts[2], parts[3]) if len(parts) == 5 else (b"", b"")
    return (
        names.text(name.name),
        kind(found),
        found.size or 0,
        found.mtime or 0,
        (found.mode or 0) & 0o7777,
        names.text(owner) or str(found.uid if found.uid is not None else ""),
        names.text(group) or str(found.gid if found.gid is not None else ""),
        None,
        None,
    )


async def single(sftp: Sftp, path: bytes) -> Entry:
    """Of what is at that path. Raises SftpError, LineError."""
    return (await several(sftp, [path]))[0]


async def several(sftp: Sftp, paths: Sequence[bytes]) -> list[Entry]:
    """Of what is at those paths, with the owners' names and where links lead."""
    found = await asyncio.gather(*(sftp.lstat(path) for path in paths))
    uids, gids = sorted({a.uid or 0 for a in found}), sorted({a.gid or 0 for a in found})
    users, groups = await sftp.owners(uids, gids)
    user_of, group_of = dict(zip(uids, users, strict=True)), dict(zip(gids, groups, strict=True))
    targets = dict(await links(sftp, (p for p, a in zip(paths, found, strict=True) if kind(a) == "l")))
    rows = []
    for path, a in zip(paths, found, strict=True):
        target, target_kind = targets.get(path, (None, None))
        owner, group = user_of[a.uid or 0], group_of[a.gid or 0]
        shown = (names.text(owner) or str(a.uid or 0), names.text(group) or str(a.gid or 0))
        name = names.text(names.split(path)[1]) or "/"
        rows.append((name, kind(a), a.size or 0, a.mtime or 0, (a.mode or 0) & 0o7777, *shown, target, target_kind))
    return rows


async def links(sftp: Sftp, paths: Iterable[bytes]) -> list[tuple[bytes, tuple[str, str | None]]]:
    """Where links lead and to what; those that went away meanwhile are left out."""
    gate = asyncio.Semaphore(LINKS_AT_ONCE)

    async def one(path: bytes) -> tuple[bytes, tuple[str, str | None]] | None:
        async with gate:
            try:
                target = await sftp.readlink(path)
            except SftpError:
                return None
            try:
                return path, (names.text(target), kind(await sftp.stat(path)))
            except SftpError:
                return path, (names.text(target), None)

    return [found for found in await asyncio.gather(*map(one, paths)) if found is not None]


async def is_there(sftp: Sftp, path: bytes) -> bool:
    """Is there anything at that path, be it a link that leads nowhere?"""
    try:
        await sftp.lstat(path)
    except SftpError as error:
        if error.code == Code.NO_SUCH_FILE:
            return False
        raise
    return True
