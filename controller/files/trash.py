"""The account's trash, where file managers of desktops look too: freedesktop.org's trash specification 1.0.

`files/NAME` is what was removed, `info/NAME.trashinfo` where it was and when that was.
"""

from __future__ import annotations

import asyncio
import re
import secrets
from collections.abc import Sequence
from contextlib import aclosing
from datetime import UTC, datetime
from urllib.parse import quote, unquote_to_bytes

from controller.core.errors import AppError, NotFound
from controller.files import change, entries, names, problems, uploads
from controller.files.places import Access, Kept, Places
from controller.files.schemas import Trashed, TrashPage
from controller.files.transfer import Transfer
from controller.ssh.sftp import Sftp
from controller.ssh.sftp_wire import Code, Flag, SftpError

TRASH = b"/.local/share/Trash"
ENDING = b".trashinfo"
LISTED = 2000  # notes that are read for a list
NOTE_MAX = 16 * 1024  # a path of 4 KiB, each byte of it as %XX, and the rest
AT_ONCE = 32
WHEN = re.compile(rb"^DeletionDate=(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)", re.MULTILINE)
WHERE = re.compile(rb"^Path=(/[^\r\n]*)", re.MULTILINE)


def trash_of(home: bytes) -> bytes:
    """The account's trash folder."""
    return home.rstrip(b"/") + TRASH


async def put(places: Places, access: Access, kept: Kept, path: bytes) -> str:
    """Move something there: its name in the trash, in text form. Raises AppError, SftpError."""
    sftp, trash = kept.sftp, trash_of(kept.home)
    if path == trash or trash.startswith(path + b"/") or path.startswith(trash + b"/"):
        raise names.refused("paths", "What is in the trash is removed for good: do it without the trash.")
    await sftp.lstat(path)
    for part in (b"/files", b"/info"):
        await uploads.parents(sftp, trash + part)
    name, info = await _noted(sftp, trash, path)
    try:
        await change.moved(places, access, kept, path, names.join(trash + b"/files", name), overwrite=False)
    except (SftpError, AppError):
        await change.removed(sftp, info)
        raise
    return names.text(name)


async def _noted(sftp: Sftp, trash: bytes, path: bytes) -> tuple[bytes, bytes]:
    """A free name in the trash, with its note, which is what reserves it: the name and the note's path."""
    name = names.split(path)[1]
    longest = names.NAME_LONGEST - len(ENDING)
    if len(name) > longest or await entries.is_there(sftp, names.join(trash + b"/files", name)):
        name = name[: longest - 9] + b"." + secrets.token_hex(4).encode()
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S")
    note = f"[Trash Info]\nPath={quote(path)}\nDeletionDate={now}\n".encode()
    info = names.join(trash + b"/info", name + ENDING)
    try:
        handle = await sftp.open(info, Flag.WRITE | Flag.CREATE | Flag.EXCLUSIVE, 0o600)
    except SftpError as error:
        if error.code != Code.FAILURE or not await entries.is_there(sftp, info):
            raise
        name = name[: longest - 9] + b"." + secrets.token_hex(4).encode()  # a note without its thing is in the way
        info = names.join(trash + b"/info", name + ENDING)
        handle = await sftp.open(info, Flag.WRITE | Flag.CREATE | Flag.EXCLUSIVE, 0o600)
    writer = sftp.writer(handle)
    await writer.write(note)
    await writer.finish()
    await sftp.close_handle(handle)
    return name, info


async def forget(kept: Kept, path: bytes) -> None:
    """The note goes with what was removed for good."""
    folder, name = names.split(path)
    trash = trash_of(kept.home)
    if folder == trash + b"/files":
        await change.removed(kept.sftp, names.join(trash + b"/info", name + ENDING))


async def listing(places: Places, access: Access) -> TrashPage:
    """What is in the trash, newest first, as far as it can be put back. Raises AppError."""
    gate = asyncio.Semaphore(AT_ONCE)
    async with places.kept(access) as kept:
        trash = trash_of(kept.home)

        async def one(name: bytes) -> Trashed | None:
            async with gate:
                return await _read(kept.sftp, trash, name)

        with problems.told(trash):
            found = await _names(kept.sftp, trash + b"/info")
            read = await asyncio.gather(*(one(name) for name in found[:LISTED]))
    items = sorted((item for item in read if item is not None), key=lambda item: item.deleted_at, reverse=True)
    return TrashPage(items, len(items), len(found) > LISTED, names.text(trash))


async def _names(sftp: Sftp, folder: bytes) -> list[bytes]:
    found: list[bytes] = []
    try:
        async with aclosing(sftp.listing(folder)) as pages:
            async for page in pages:
                found += [row.name.removesuffix(ENDING) for row in page if row.name.endswith(ENDING)]
    except SftpError as error:
        if error.code != Code.NO_SUCH_FILE:  # nothing was ever removed into it
            raise
    return found


async def _read(sftp: Sftp, trash: bytes, name: bytes) -> Trashed | None:
    """One of the trash; None where the note says nothing that could be followed, or what it is of is gone."""
    try:
        path, when = await _note(sftp, trash, name)
        what = await sftp.lstat(names.join(trash + b"/files", name))
    except (SftpError, ValueError):
        return None
    kind = entries.kind(what)
    return Trashed(names.text(name), names.text(path), when, kind, (what.size or 0) if kind == "f" else None)


async def _note(sftp: Sftp, trash: bytes, name: bytes) -> tuple[bytes, str]:
    """Where it was, and when it was removed (the host's own words). Raises ValueError for a note that says neither."""
    handle = await sftp.open(names.join(trash + b"/info", name + ENDING), Flag.READ)
    try:
        text = b"".join([bytes(piece) async for piece in sftp.read(handle, 0, NOTE_MAX)])
    finally:
        sftp.forget_handle(handle)
    where, when = WHERE.search(text), WHEN.search(text)
    if where is None or when is None:
        raise ValueError("no note of the trash")
    path = unquote_to_bytes(where[1])
    parts = path.split(b"/")[1:]
    if b"\0" in path or len(path) > names.LONGEST or any(part in {b"", b".", b".."} for part in parts):
        raise ValueError("a note that leads nowhere")
    return path, when[1].decode()


async def restore(places: Places, access: Access, transfer: Transfer, wanted: Sequence[bytes]) -> None:
    """Put back where it was what has these names in the trash. Raises AppError at the first that fails."""
    async with places.kept(access) as kept:
        trash = trash_of(kept.home)
        transfer.total_files = len(wanted)
        for name in wanted:
            transfer.current = names.join(trash + b"/files", name)
            try:
                path, _ = await _note(kept.sftp, trash, name)
            except (SftpError, ValueError):
                sentence = f"There is no {names.shown(name)} in the trash, or no word of where it was."
                raise NotFound(sentence, code="not_in_trash") from None
            with problems.told(path):
                await change.free(kept.sftp, path)
                await uploads.parents(kept.sftp, names.split(path)[0])
                await change.moved(places, access, kept, transfer.current, path, overwrite=False)
            await forget(kept, transfer.current)
            transfer.to_path = path
            transfer.done_files += 1


def chosen(forms: Sequence[str]) -> list[bytes]:
    """Names in the trash. Raises Invalid for what is no single name."""
    found = []
    for form in forms:
        parts = names.relative(form)
        if len(parts) != 1 or len(parts[0]) > names.NAME_LONGEST:
            raise names.refused("names", "Give the names as the list of the trash has them.")
        found.append(parts[0])
    return found
