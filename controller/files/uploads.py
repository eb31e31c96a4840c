"""One file to a host: in pieces, to a temporary name beside its place, and to its name once all of it is there."""

from __future__ import annotations

import asyncio
import hashlib
import secrets
from collections.abc import AsyncIterator
from typing import Any

from controller.audit.service import Actor
from controller.core.errors import AppError, Conflict
from controller.files import entries, names, problems, shell
from controller.files.listing import expand
from controller.files.permits import Permit
from controller.files.places import Access, Places
from controller.files.schemas import NewUpload
from controller.files.transfer import State, Transfer
from controller.files.transfers import Transfers
from controller.ssh.errors import LineError
from controller.ssh.sftp import Sftp
from controller.ssh.sftp_wire import Attributes, Code, Flag, SftpError
from controller.ssh.sftp_writer import Writer

DRAINED = 32 << 20  # of a body that is refused, so that its sender reads why
DRAIN_S = 5.0
TRIES = 1000
SMALL = 1 << 20


class Uploads:
    """Begins, feeds and ends uploads."""

    def __init__(self, places: Places, transfers: Transfers) -> None:
        self._places = places
        self._transfers = transfers

    async def begin(self, permit: Permit, actor: Actor, new: NewUpload) -> Transfer:
        """A place for the bytes. Raises AppError: also when the file exists, or cannot fit."""
        access = access_of(permit, as_root=new.as_root)
        wanted = names.path(new.path)
        with problems.told(wanted):
            async with self._places.kept(access) as kept:
                path = expand(wanted, kept.home)
                if new.parents:
                    await parents(kept.sftp, names.split(path)[0])
                path, mode = await place(kept.sftp, path, new.overwrite)
                await room(kept.sftp, path, new.size)
                temporary = temporary_of(path)
                handle = await kept.sftp.open(temporary, Flag.WRITE | Flag.CREATE | Flag.EXCLUSIVE, mode)
                kept.sftp.forget_handle(handle)
        options = {"overwrite": new.overwrite, "mtime": new.mtime, "hash": new.hash}
        return await self._transfers.add(
            permit, "upload", path, actor,
            state=State.WAITING, temporary=temporary, as_root=new.as_root, total_bytes=new.size, options=options,
        )  # fmt: skip

    async def take(self, transfer: Transfer, permit: Permit, offset: int, body: AsyncIterator[bytes]) -> int:
        """Write what comes from `offset` on; up to where the host has all. Raises AppError.

        One at a time: who comes later ends who was there. What stops in the middle keeps what the host has taken.
        """
        transfer.turn += 1
        turn = transfer.turn
        transfer.tell()
        async with transfer.lock:
            if turn != transfer.turn:
                raise Conflict("Another request goes on with this upload.", code="superseded")
            transfer.check()
            try:
                await self._write(transfer, permit, offset, body, turn)
            except AppError as error:
                if error.code in {"disk_full", "permission_denied", "host_failed", "no_such_file"}:
                    transfer.code, transfer.error = error.code, error.detail
                await drain(body)
                raise
            finally:
                if transfer.state == State.RUNNING:
                    transfer.state = State.WAITING
                self._transfers.changed(transfer)
        return transfer.done_bytes

    async def finish(self, transfer: Transfer, permit: Permit, expected: str | None, *, verify: bool) -> None:
        """Check that everything is there, and give it its name. Raises AppError; the temporary file stays then."""
        async with transfer.lock:
            if transfer.state == State.DONE:
                return
            transfer.check()
            if transfer.done_bytes != transfer.total_bytes:
                raise offset_mismatch(transfer)
            with problems.told(transfer.path):
                await self._verify(transfer, permit, expected, verify=verify)
                await self._name(transfer, permit)
            transfer.code = transfer.error = None
            await self._transfers.turn(transfer, State.DONE)

    async def discard(self, transfer: Transfer) -> None:
        """Remove what a cancelled upload has left on the host, if the host can be reached."""
        if transfer.temporary is None:
            return
        access = Access(transfer.host_id, transfer.user_id if transfer.as_root else None)
        try:
            async with asyncio.timeout(10), self._places.use(access) as sftp:
                await sftp.remove(transfer.temporary)
        except (SftpError, LineError, AppError, TimeoutError):
            return

    async def _write(
        self, transfer: Transfer, permit: Permit, offset: int, body: AsyncIterator[bytes], turn: int
    ) -> None:
        access = access_of(permit, as_root=transfer.as_root)
        left = (transfer.total_bytes or 0) - offset
        with problems.told(transfer.path):
            async with self._places.use(access, bulk=left > SMALL) as sftp:
                handle = await self._opened(sftp, transfer, offset)
                writer = sftp.writer(handle, offset)
                writer.on_taken = transfer.moved
                transfer.state = State.RUNNING
                transfer.code = transfer.error = None
                pump: asyncio.Future[Any] = asyncio.ensure_future(self._pump(transfer, permit, writer, body))
                try:
                    await _until(pump, transfer, turn)
                    await writer.finish()
                    await sftp.close_handle(handle)
                except SftpError as error:
                    sftp.forget_handle(handle)
                    raise await why(sftp, transfer.path, error) from None
                except BaseException:
                    sftp.forget_handle(handle)
                    raise
                finally:
                    pump.cancel()
                    transfer.moved(writer.safe)
                    if transfer.digested != writer.safe:
                        transfer.digest = None  # it is of bytes that may not be there

    async def _opened(self, sftp: Sftp, transfer: Transfer, offset: int) -> bytes:
        """The temporary file's handle. Raises Conflict when the host has not as much as both sides believe."""
        handle = await sftp.open(held(transfer), Flag.WRITE)
        size = (await sftp.fstat(handle)).size or 0
        if size < transfer.done_bytes:
            transfer.moved(size)
        if offset != transfer.done_bytes:
            sftp.forget_handle(handle)
            raise offset_mismatch(transfer)
        if transfer.options.get("hash") and offset == 0:
            transfer.digest, transfer.digested = hashlib.sha256(), 0
        elif transfer.digested != offset:
            transfer.digest = None
        return handle

    async def _pump(self, transfer: Transfer, permit: Permit, writer: Writer, body: AsyncIterator[bytes]) -> None:
        total = transfer.total_bytes or 0
        digest = transfer.digest
        async for chunk in body:
            if not chunk:
                continue
            if writer.offset + len(chunk) > total:
                raise names.refused("size", f"More bytes came than the {total} that were announced.")
            await permit.still()
            await writer.write(chunk)
            if digest is not None:
                digest.update(chunk)
                transfer.digested = writer.offset

    async def _verify(self, transfer: Transfer, permit: Permit, expected: str | None, *, verify: bool) -> None:
        access = access_of(permit, as_root=transfer.as_root)
        seen = None
        if transfer.digest is not None and transfer.digested == transfer.total_bytes:
            seen = transfer.digest.hexdigest()
        if verify or (seen is None and expected is not None):
            there = await sha256_there(self._places, access, held(transfer), permit)
            if seen is not None and there != seen:
                raise mismatch("on the host is not what was sent")
            seen = there
        if expected is not None and seen is not None and seen != expected.lower():
            raise mismatch("on the host is not the one that was to be sent")
        transfer.sha256 = seen

    async def _name(self, transfer: Transfer, permit: Permit) -> None:
        access = access_of(permit, as_root=transfer.as_root)
        async with self._places.use(access) as sftp:
            mtime = transfer.options.get("mtime")
            if mtime is not None:
                await sftp.setstat(held(transfer), Attributes(atime=mtime, mtime=mtime))
            await settle(sftp, held(transfer), transfer.path, replace=transfer.options.get("overwrite") == "replace")


async def _until(pump: asyncio.Future[Any], transfer: Transfer, turn: int) -> None:
    """Wait for the body's end, or until it is paused, cancelled, or somebody else's turn."""
    while not pump.done():
        news: asyncio.Future[Any] = asyncio.ensure_future(transfer.news.wait())
        try:
            await asyncio.wait((pump, news), return_when=asyncio.FIRST_COMPLETED)
        finally:
            news.cancel()
        if pump.done():
            break
        if transfer.turn != turn:
            raise Conflict("Another request goes on with this upload.", code="superseded")
        transfer.check()
    pump.result()


def held(transfer: Transfer) -> bytes:
    """The temporary file of an upload. Raises Conflict when there is none."""
    if transfer.temporary is None:
        raise Conflict("This transfer is no upload.", code="not_an_upload")
    return transfer.temporary


def access_of(permit: Permit, *, as_root: bool) -> Access:
    """Whose files the caller means."""
    return Access(permit.host.id, permit.principal.user_id if as_root and permit.host.username != "root" else None)


def temporary_of(path: bytes) -> bytes:
    """A name beside the path that nobody has."""
    folder, name = names.split(path)
    tail = b".moorline-" + secrets.token_hex(4).encode()
    return names.join(folder, b"." + name[: names.NAME_LONGEST - 1 - len(tail)] + tail)


async def place(sftp: Sftp, path: bytes, overwrite: str) -> tuple[bytes, int | None]:
    """Where the file is to be, and the mode of what it replaces. Raises Conflict (exists)."""
    folder, name = names.split(path)
    if not name:
        raise problems.not_a_file(path)
    if entries.kind(await sftp.stat(folder)) != "d":
        raise problems.not_a_folder(folder)
    if not await entries.is_there(sftp, path):
        return path, None
    if overwrite == "rename":
        for number in range(2, TRIES):
            other = names.join(folder, names.numbered(name, number))
            if not await entries.is_there(sftp, other):
                return other, None
    if overwrite != "replace":
        raise problems.exists(path)
    if entries.kind(await sftp.lstat(path)) == "l":
        path = await sftp.realpath(path)  # what a link leads to is replaced, not the link
    found = await sftp.stat(path)
    if entries.kind(found) != "f":
        raise problems.exists(path)
    return path, (found.mode or 0) & 0o777


async def parents(sftp: Sftp, folder: bytes) -> None:
    """Make a folder and those above it that are missing. Raises SftpError, AppError."""
    missing = []
    while not await entries.is_there(sftp, folder):
        missing.append(folder)
        folder = names.split(folder)[0]
    for one in reversed(missing):
        try:
            await sftp.mkdir(one)
        except SftpError:
            if not await entries.is_there(sftp, one):  # somebody else was as quick
                raise


async def room(sftp: Sftp, path: bytes, size: int) -> None:
    """Go on only when so many bytes may fit. Raises DiskFull."""
    try:
        space = await sftp.statvfs(names.split(path)[0])
    except SftpError:
        return
    if space is not None and space.total and size > space.available:
        raise problems.disk_full(path)


async def why(sftp: Sftp, path: bytes, error: SftpError) -> AppError:
    """SFTP has no word for a full disk: look."""
    if error.code == Code.FAILURE:
        try:
            space = await sftp.statvfs(names.split(path)[0])
        except (SftpError, LineError):
            space = None
        if space is not None and space.total and (space.available < SMALL or not space.files_free):
            return problems.disk_full(path)
    return problems.of_sftp(error, path)


async def settle(sftp: Sftp, temporary: bytes, path: bytes, *, replace: bool) -> None:
    """Give a finished file its name. Raises Conflict when another has it."""
    if replace:
        await sftp.replace(temporary, path)
        return
    try:
        await sftp.rename(temporary, path)
    except SftpError as error:
        if error.code == Code.FAILURE and await entries.is_there(sftp, path):
            raise problems.exists(path) from None
        raise


async def sha256_there(places: Places, access: Access, path: bytes, permit: Permit) -> str:
    """The host's own sum of a file; read back where the host has no program for it."""
    script = b"exec sha256sum < " + names.quoted(path)
    try:
        result = await shell.run(places, access, script, timeout_s=None)
        word = result.stdout.split(None, 1)[0].decode("ascii", "replace") if result.stdout else ""
        if result.status == 0 and len(word) == 64:
            return word
    except AppError:
        pass  # the account may have SFTP alone
    digest = hashlib.sha256()
    async with places.use(access, bulk=True) as sftp:
        handle = await sftp.open(path, Flag.READ)
        try:
            async for piece in sftp.read(handle, 0, (await sftp.fstat(handle)).size or 0):
                await permit.still()
                digest.update(piece)
        finally:
            sftp.forget_handle(handle)
    return digest.hexdigest()


def offset_mismatch(transfer: Transfer) -> Conflict:
    """The two sides do not mean the same byte."""
    return Conflict(
        f"The host has {transfer.done_bytes} bytes of this file. Go on from there.",
        code="offset_mismatch",
        members={"offset": transfer.done_bytes},
    )


def mismatch(what: str) -> Conflict:
    """The bytes are not the same."""
    return Conflict(
        f"The SHA-256 of the file {what}. Cancel this upload and send the file again.", code="checksum_mismatch"
    )


async def drain(body: AsyncIterator[bytes]) -> None:
    """Take a little of what nobody wants: a sender that is cut off never reads the answer."""
    left = DRAINED
    try:
        async with asyncio.timeout(DRAIN_S):
            async for chunk in body:
                left -= len(chunk)
                if left <= 0:
                    return
    except Exception:  # the sender is gone, or the body is somebody else's already: there is nobody to tell
        return
