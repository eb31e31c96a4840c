"""Removing: counted first, for good or into the trash, of links only the links."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from controller.core.errors import Conflict
from controller.files import entries, names, problems, shell, trash
from controller.files.listing import expand
from controller.files.places import Access, Places
from controller.files.schemas import Measured
from controller.files.transfer import Transfer
from controller.ssh.sftp import Sftp
from controller.ssh.sftp_wire import Code, SftpError

MEASURE_S = 20.0
# find's own count: each line is a type and a size; `-ls` would need names, -printf is GNU's
COUNT = b"""if find / -maxdepth 0 -printf '' 2>/dev/null
then find %(paths)s -printf '%%y %%s\\n' 2>/dev/null
else find %(paths)s -exec stat -c '%%F %%s' {} + 2>/dev/null |
  sed 's/^directory/d/;s/^regular[a-z ]*/f/;s/^[^df][a-z ]*/o/'
fi | awk '
{ if ($1 == "d") d++; else { n++; b += $2 } }
NR %% 2000 == 0 { printf "%%d %%d %%.0f\\n", n, d, b }
END { printf "%%d %%d %%.0f\\nend\\n", n, d, b }'"""


async def measure(places: Places, access: Access, forms: Sequence[str]) -> Measured:
    """Count files, folders and bytes, for at most so long. Raises AppError."""
    async with places.kept(access) as kept:
        paths = [expand(names.path(form, "paths"), kept.home) for form in forms]
        with problems.told(paths[0]):
            await asyncio.gather(*(kept.sftp.lstat(path) for path in paths))
    lines: list[bytes] = []
    rest = b""
    with problems.told(paths[0]):
        pipe = await shell.start(places, access, COUNT % {b"paths": b" ".join(map(names.quoted, paths))})
        try:
            async with asyncio.timeout(MEASURE_S):
                async for piece in pipe.pieces():
                    *lines, rest = (rest + piece).split(b"\n")
                    lines = lines[-2:]
        except TimeoutError:
            pass  # what was counted by then is said, and that it is not all
        finally:
            pipe.end()
    complete = b"end" in lines
    figures = next((line for line in reversed(lines) if line.count(b" ") == 2), b"0 0 0").split()
    files, folders, size = (int(figure) for figure in figures)
    return Measured(files, folders, size, complete)


async def delete(places: Places, access: Access, transfer: Transfer, forms: Sequence[bytes], *, to_trash: bool) -> None:
    """Remove, or move into the trash. Links are removed, never what they lead to. Raises AppError."""
    async with places.kept(access) as kept:
        paths = [expand(path, kept.home) for path in forms]
        spared = {b"/", kept.home}
        for path in paths:
            if path in spared or names.split(path)[1] == b".." or await real(kept.sftp, path) in spared:
                raise names.refused("paths", "Neither the root nor the account's home is removed from here.")
        transfer.total_files = len(paths)
        for path in paths:
            transfer.current = path
            with problems.told(path):
                if to_trash:
                    transfer.options.setdefault("trashed", []).append(await trash.put(places, access, kept, path))
                else:
                    await _deleted(places, access, kept.sftp, path)
                    await trash.forget(kept, path)
            transfer.done_files += 1


async def real(sftp: Sftp, path: bytes) -> bytes:
    """The path without links and ".." on the way to it; what is last stays, be it a link. Raises SftpError."""
    folder, name = names.split(path)
    with problems.told(path):
        return names.join(await sftp.realpath(folder), name)


async def _deleted(places: Places, access: Access, sftp: Sftp, path: bytes) -> None:
    if entries.kind(await sftp.lstat(path)) != "d":
        await sftp.remove(path)
        return
    try:
        await sftp.rmdir(path)  # an empty one needs no command
    except SftpError as error:
        if error.code == Code.PERMISSION_DENIED:
            raise
    else:
        return
    try:
        await shell.do(places, access, b"exec rm -rf -- " + names.quoted(path))
    except problems.HostFailed as failure:
        if "permission denied" in failure.detail.lower() or "not permitted" in failure.detail.lower():
            raise problems.denied(path) from None
        raise
    except Conflict as refusal:
        if refusal.code != "no_shell":
            raise
        await _deleted_by_sftp(sftp, path)


async def _deleted_by_sftp(sftp: Sftp, path: bytes) -> None:
    async for page in sftp.listing(path):
        for row in page:
            below = names.join(path, row.name)
            if entries.kind(row.attributes) == "d":
                await _deleted_by_sftp(sftp, below)
            else:
                await sftp.remove(below)
    await sftp.rmdir(path)
