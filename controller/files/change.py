"""What is done to files on one host: made, renamed, copied, given other rights. Removed: `removal`."""

from __future__ import annotations

import asyncio
import stat
from collections.abc import Sequence

from controller.files import entries, names, problems, shell, uploads
from controller.files.entries import Entry
from controller.files.listing import expand
from controller.files.places import Access, Kept, Places
from controller.files.schemas import ModeChange, OwnerChange
from controller.files.transfer import Transfer
from controller.ssh.sftp import Sftp
from controller.ssh.sftp_wire import Attributes, Code, Flag, SftpError

COPY_DATA = b"copy-data"
SUMS = {"md5": b"md5sum", "sha1": b"sha1sum", "sha256": b"sha256sum", "sha512": b"sha512sum"}


async def folder(places: Places, access: Access, form: str, *, above: bool) -> Entry:
    """Make a folder. Raises AppError."""
    wanted = names.path(form)
    with problems.told(wanted):
        async with places.kept(access) as kept:
            path = expand(wanted, kept.home)
            await free(kept.sftp, path)
            if above:
                await uploads.parents(kept.sftp, names.split(path)[0])
            await kept.sftp.mkdir(path)
            return await entries.single(kept.sftp, path)


async def file(places: Places, access: Access, form: str) -> Entry:
    """Make an empty file. Raises AppError."""
    wanted = names.path(form)
    with problems.told(wanted):
        async with places.kept(access) as kept:
            path = expand(wanted, kept.home)
            await free(kept.sftp, path)
            await kept.sftp.close_handle(await kept.sftp.open(path, Flag.WRITE | Flag.CREATE | Flag.EXCLUSIVE))
            return await entries.single(kept.sftp, path)


async def link(places: Places, access: Access, form: str, target: str) -> Entry:
    """Make a symbolic link; where it leads is written as given. Raises AppError."""
    wanted = names.path(form)
    try:
        leads_to = names.raw(target)
    except ValueError:
        raise names.refused("target", "This is no path in text form: a % is written %25.") from None
    if not leads_to or b"\0" in leads_to or len(leads_to) > names.LONGEST:
        raise names.refused("target", "Say where the link leads.")
    with problems.told(wanted):
        async with places.kept(access) as kept:
            path = expand(wanted, kept.home)
            await free(kept.sftp, path)
            await kept.sftp.symlink(leads_to, path)
            return await entries.single(kept.sftp, path)


async def free(sftp: Sftp, path: bytes) -> None:
    """Go on only where nothing is. Raises Conflict (exists)."""
    if await entries.is_there(sftp, path):
        raise problems.exists(path)


# moving


async def move(
    places: Places, access: Access, transfer: Transfer, items: Sequence[tuple[bytes, bytes]], *, overwrite: bool
) -> None:
    """Rename each; between file systems the host copies and removes. Raises AppError at the first that fails."""
    async with places.kept(access) as kept:
        pairs = [(expand(a, kept.home), expand(b, kept.home)) for a, b in items]
        if not overwrite:
            for _, target in pairs:
                await free(kept.sftp, target)
        transfer.total_files = len(pairs)
        for source, target in pairs:
            transfer.current = source
            with problems.told(source):
                await moved(places, access, kept, source, target, overwrite=overwrite)
            transfer.done_files += 1


async def moved(places: Places, access: Access, kept: Kept, source: bytes, target: bytes, *, overwrite: bool) -> None:
    """Rename one; between file systems the host copies and removes. Raises AppError, SftpError."""
    sftp = kept.sftp
    if target == source or target.startswith(source.rstrip(b"/") + b"/"):
        raise names.refused("to", "A folder cannot be moved into itself.")
    await sftp.lstat(source)
    there = await entries.is_there(sftp, target)
    if there and overwrite and entries.kind(await sftp.lstat(target)) == "d":
        raise problems.exists(target)  # a folder is not replaced by a click
    try:
        await (sftp.replace if overwrite else sftp.rename)(source, target)
    except SftpError as error:
        if error.code != Code.FAILURE:
            raise
        if not overwrite and await entries.is_there(sftp, target):
            raise problems.exists(target) from None
        force = b"-f" if overwrite else b"-n"
        command = b"exec mv -T %s -- %s %s" if await _gnu(places, access) else b"exec mv %s -- %s %s"
        await shell.do(places, access, command % (force, names.quoted(source), names.quoted(target)))


async def _gnu(places: Places, access: Access) -> bool:
    return (await shell.run(places, access, b"exec mv -T --help >/dev/null 2>&1")).status == 0


# copying


async def copy(
    places: Places, access: Access, transfer: Transfer, paths: Sequence[bytes], to: bytes, *, overwrite: bool
) -> None:
    """Copy into a folder, on the host. Raises AppError at the first that fails."""
    async with places.kept(access) as kept:
        folder_path = expand(to, kept.home)
        with problems.told(folder_path):
            if entries.kind(await kept.sftp.stat(folder_path)) != "d":
                raise problems.not_a_folder(folder_path)
        pairs = []
        for wanted in paths:
            source = expand(wanted, kept.home)
            pairs.append((source, await _copy_target(kept.sftp, source, folder_path, overwrite=overwrite)))
        transfer.total_files = len(pairs)
        for source, target in pairs:
            transfer.current = source
            with problems.told(source):
                await _copied(places, access, kept.sftp, source, target)
            transfer.done_files += 1


async def _copy_target(sftp: Sftp, source: bytes, folder_path: bytes, *, overwrite: bool) -> bytes:
    above, name = names.split(source)
    target = names.join(folder_path, name)
    inside = await sftp.realpath(folder_path)
    outside = names.join(await sftp.realpath(above), name)
    if (inside + b"/").startswith(outside.rstrip(b"/") + b"/"):
        raise names.refused("to", "A folder cannot be copied into itself.")
    if above == folder_path:
        for number in range(2, uploads.TRIES):
            target = names.join(folder_path, names.numbered(name, number))
            if not await entries.is_there(sftp, target):
                return target
    if not overwrite:
        await free(sftp, target)
    return target


async def _copied(places: Places, access: Access, sftp: Sftp, source: bytes, target: bytes) -> None:
    found = await sftp.lstat(source)
    if entries.kind(found) == "f" and COPY_DATA in sftp.extensions:
        await _copied_file(sftp, source, target, found)
        return
    # "dir/." copies into what is there, and into nothing else; -P keeps links as they are
    is_folder = entries.kind(found) == "d"
    tail, begin = (b"/.", b"mkdir -p -- %s && " % names.quoted(target)) if is_folder else (b"", b"")
    script = begin + b"exec cp -pRP%s -- %s %s" % (
        b"" if is_folder else b"f",
        names.quoted(source + tail),
        names.quoted(target),
    )
    try:
        await shell.do(places, access, script)
    except problems.HostFailed as error:
        raise problems.disk_full(target) if "no space" in error.detail.lower() else error from None


async def _copied_file(sftp: Sftp, source: bytes, target: bytes, found: Attributes) -> None:
    temporary = uploads.temporary_of(target)
    mode = (found.mode or 0) & 0o777
    reading = await sftp.open(source, Flag.READ)
    try:
        writing = await sftp.open(temporary, Flag.WRITE | Flag.CREATE | Flag.EXCLUSIVE, mode)
        try:
            await sftp.copy(reading, writing)
            await sftp.fsetstat(writing, Attributes(mode=mode, atime=found.atime, mtime=found.mtime))
            await sftp.close_handle(writing)
            await sftp.replace(temporary, target)
        except BaseException as error:
            sftp.forget_handle(writing)
            meant = await uploads.why(sftp, target, error) if isinstance(error, SftpError) else error
            await asyncio.shield(removed(sftp, temporary))
            raise meant from None
    finally:
        sftp.forget_handle(reading)


async def removed(sftp: Sftp, path: bytes) -> None:
    """Remove a file, if it is there and can be removed."""
    try:
        await sftp.remove(path)
    except SftpError:
        return


# rights


async def mode(places: Places, access: Access, data: ModeChange) -> None:
    """Other permission bits. Links are not followed where it is recursive. Raises AppError."""
    async with places.kept(access) as kept:
        paths = [expand(names.path(form, "paths"), kept.home) for form in data.paths]
        with problems.told(paths[0]):
            if not data.recursive:
                for path in paths:
                    with problems.told(path):
                        await kept.sftp.setstat(path, Attributes(mode=data.mode))
                return
            whole(paths)
            quoted = b" ".join(map(names.quoted, paths))
            folders = data.mode if data.folder_mode is None else data.folder_mode
            of_folders = b"find %s -depth -type d -exec chmod %04o {} \\;" % (quoted, folders)
            of_files = b"find %s ! -type d ! -type l -exec chmod %04o {} +" % (quoted, data.mode)
            # folders from the inside out, after what is in them, where the new bits close them; else before it
            closes = not folders & stat.S_IXUSR
            both = (of_files, of_folders) if closes else (of_folders.replace(b" -depth", b""), of_files)
            await _do(places, access, b" && ".join(both), paths[0])


def whole(paths: Sequence[bytes]) -> None:
    """Go on only where it is not everything that the host has. Raises Invalid."""
    if any(path == b"/" or names.split(path)[1] == b".." for path in paths):
        raise names.refused("paths", "Rights are not changed below the root of the host as a whole. Choose a folder.")


async def owner(places: Places, access: Access, data: OwnerChange) -> None:
    """Another owner or group; of links themselves. Raises AppError."""
    if data.owner is None and data.group is None:
        raise names.refused("owner", "Say the owner, the group, or both.")
    who = (data.owner or "") + (f":{data.group}" if data.group is not None else "")
    async with places.kept(access) as kept:
        paths = [expand(names.path(form, "paths"), kept.home) for form in data.paths]
        with problems.told(paths[0]):
            await asyncio.gather(*(kept.sftp.lstat(path) for path in paths))
    if data.recursive:
        whole(paths)
    options = b"-hR" if data.recursive else b"-h"
    script = b"exec chown %s -- %s %s" % (options, names.quoted(who.encode()), b" ".join(map(names.quoted, paths)))
    await _do(places, access, script, paths[0])


async def _do(places: Places, access: Access, script: bytes, path: bytes) -> None:
    with problems.told(path):
        try:
            await shell.do(places, access, script)
        except problems.HostFailed as error:
            if "not permitted" in error.detail.lower() or "permission denied" in error.detail.lower():
                raise problems.denied(path) from None
            raise


async def checksum(places: Places, access: Access, form: str, algorithm: str) -> str:
    """The sum of a file as the host makes it. Raises AppError."""
    async with places.kept(access) as kept:
        path = expand(names.path(form), kept.home)
        with problems.told(path):
            if entries.kind(await kept.sftp.stat(path)) != "f":
                raise problems.not_a_file(path)
    with problems.told(path):
        said = await shell.do(places, access, b"exec %s < %s" % (SUMS[algorithm], names.quoted(path)))
    return said.split(None, 1)[0].decode("ascii", "replace") if said.strip() else ""
