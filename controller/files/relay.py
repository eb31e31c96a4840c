"""From one host to another, through the controller's memory and no disk of it; checked by the sum of what arrived."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Sequence
from contextlib import aclosing

from controller.core.errors import AppError
from controller.files import entries, names, problems, uploads, walk
from controller.files.listing import expand, folder_of
from controller.files.permits import Permit
from controller.files.places import Access, Places
from controller.files.transfer import Transfer
from controller.files.walk import Met
from controller.ssh.errors import LineError
from controller.ssh.sftp import Sftp
from controller.ssh.sftp_wire import Attributes, Flag, SftpError

_Ends = tuple[Sftp, bytes, Sftp, bytes]  # an open file here, and one there


class Relay:
    """One such transfer: read here, written there."""

    def __init__(self, places: Places, transfer: Transfer, here: Permit, there: Permit) -> None:
        self._places = places
        self._transfer = transfer
        self._here = here
        self._there = there
        self._overwrite = bool(transfer.options.get("overwrite"))
        self._verify = bool(transfer.options.get("verify"))

    async def run(self, paths: Sequence[bytes]) -> None:
        """All of it. Raises AppError; what has arrived by then stays, complete files only."""
        transfer = self._transfer
        source = uploads.access_of(self._here, as_root=transfer.as_root)
        target = uploads.access_of(self._there, as_root=transfer.to_as_root)
        async with self._places.kept(source, bulk=True) as a, self._places.kept(target, bulk=True) as b:
            chosen = [expand(path, a.home) for path in paths]
            folder = expand(transfer.to_path or b"~", b.home)
            with problems.told(folder):
                await folder_of(b.sftp, folder)
            with problems.told(chosen[0]):
                await self._count(a.sftp, chosen)
                async with aclosing(walk.below(a.sftp, chosen)) as found:
                    async for met in found:
                        await transfer.gate()
                        await asyncio.gather(self._here.still(), self._there.still())
                        transfer.current = met.path
                        await self._one(a.sftp, b.sftp, target, met, names.join(folder, met.inner))

    async def _count(self, sftp: Sftp, paths: Sequence[bytes]) -> None:
        """How much there is to do."""
        files = size = 0
        async with aclosing(walk.below(sftp, paths)) as found:
            async for met in found:
                await self._transfer.gate()
                if met.kind == "f":
                    files, size = files + 1, size + (met.attributes.size or 0)
                    self._transfer.total_files, self._transfer.total_bytes = files, size
        self._transfer.total_files, self._transfer.total_bytes = files, size

    async def _one(self, a: Sftp, b: Sftp, target: Access, met: Met, path: bytes) -> None:
        transfer = self._transfer
        if met.error is not None:
            transfer.warn(f"{names.shown(met.path)} was left out: {met.error.message}")
        elif met.kind == "d":
            with problems.told(path):
                if not await entries.is_there(b, path):
                    await b.mkdir(path)
        elif met.kind == "l":
            with problems.told(path):
                leads_to = await a.readlink(met.path)
                if await entries.is_there(b, path):
                    if not self._overwrite:
                        raise problems.exists(path)
                    await b.remove(path)
                await b.symlink(leads_to, path)
        elif met.kind == "f":
            await self._file(a, b, target, met, path)
            transfer.done_files += 1
        else:
            transfer.warn(f"{names.shown(met.path)} was left out: it is no file, folder or link.")

    async def _file(self, a: Sftp, b: Sftp, target: Access, met: Met, path: bytes) -> None:
        try:
            reading = await a.open(met.path, Flag.READ)
        except SftpError as error:
            self._transfer.warn(f"{names.shown(met.path)} was left out: {problems.of_sftp(error, met.path).detail}")
            return
        try:
            with problems.told(path):
                path, mode = await uploads.place(b, path, "replace" if self._overwrite else "fail")
                mode = (met.attributes.mode or 0) & 0o777 if mode is None else mode
                temporary = uploads.temporary_of(path)
                writing = await b.open(temporary, Flag.WRITE | Flag.CREATE | Flag.EXCLUSIVE, mode)
                try:
                    await self._bytes((a, reading, b, writing), met, path)
                    await self._check(b, target, temporary, met)
                    await uploads.settle(b, temporary, path, replace=self._overwrite)
                except BaseException:
                    b.forget_handle(writing)
                    await asyncio.shield(_removed(b, temporary))
                    raise
        finally:
            a.forget_handle(reading)

    async def _bytes(self, ends: _Ends, met: Met, path: bytes) -> None:
        a, reading, b, writing = ends
        transfer, size = self._transfer, met.attributes.size or 0
        digest = hashlib.sha256()
        writer = b.writer(writing)
        try:
            async with aclosing(a.read(reading, 0, size)) as blocks:
                async for block in blocks:
                    await transfer.gate()
                    await asyncio.gather(self._here.still(), self._there.still())
                    digest.update(block)
                    await writer.write(block)
                    transfer.moved(transfer.done_bytes + len(block))
            await writer.finish()
            mtime = met.attributes.mtime or 0
            await b.fsetstat(writing, Attributes(atime=mtime, mtime=mtime))
            await b.close_handle(writing)
        except SftpError as error:
            raise await uploads.why(b, path, error) from None
        if writer.offset != size:
            raise problems.HostFailed(
                f"{names.shown(met.path)} changed while it was read. Start again.", code="changed"
            )
        transfer.sha256 = digest.hexdigest()

    async def _check(self, b: Sftp, target: Access, temporary: bytes, met: Met) -> None:
        if not self._verify or b.closed:
            return
        there = await uploads.sha256_there(self._places, target, temporary, self._there)
        if there != self._transfer.sha256:
            raise problems.HostFailed(
                f"{names.shown(met.path)} is not the same on the other host: its SHA-256 differs. Send it again.",
                code="checksum_mismatch",
            )


async def _removed(sftp: Sftp, path: bytes) -> None:
    try:
        await sftp.remove(path)
    except (SftpError, LineError, AppError):
        return
