"""Many small files in one request: a line of JSON and the file's bytes, again and again."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator

import msgspec

from controller.core.errors import AppError, Invalid
from controller.files import entries, names, problems, uploads
from controller.files.listing import expand, folder_of
from controller.files.permits import Permit
from controller.files.places import Access, Places
from controller.files.schemas import Failed, Time, TreeResult
from controller.files.transfer import Transfer
from controller.ssh.errors import LineError
from controller.ssh.sftp import Sftp
from controller.ssh.sftp_wire import Attributes, Flag, SftpError

HEAD_MAX = 16 * 1024
SMALL = 256 * 1024  # beside each other; what is larger goes alone
AT_ONCE = 16
FILES_MAX = 5000
ERRORS_MAX = 1000


class Head(msgspec.Struct, forbid_unknown_fields=True):
    """What stands before a file's bytes."""

    path: str
    size: int
    mtime: Time | None = None


class Body:
    """The request's body, by lines and by numbers of bytes."""

    def __init__(self, chunks: AsyncIterator[bytes]) -> None:
        self._chunks = chunks
        self._rest = bytearray()

    async def head(self) -> Head | None:
        """The next line; None at the end. Raises Invalid."""
        while (end := self._rest.find(b"\n")) < 0:
            if len(self._rest) > HEAD_MAX:
                raise broken()
            if not await self._more():
                if self._rest:
                    raise broken()
                return None
        if end > HEAD_MAX:
            raise broken()
        line = bytes(self._rest[:end])
        del self._rest[: end + 1]
        try:
            found = msgspec.json.decode(line, type=Head)
        except msgspec.MsgspecError:
            raise broken() from None
        if found.size < 0:
            raise broken()
        return found

    async def pieces(self, size: int) -> AsyncGenerator[bytes, None]:
        """Exactly so many bytes, as they come. Raises Invalid when the body ends before."""
        while size:
            if not self._rest and not await self._more():
                raise broken()
            piece = bytes(self._rest[:size])
            del self._rest[: len(piece)]
            size -= len(piece)
            yield piece

    async def _more(self) -> bool:
        async for chunk in self._chunks:
            if chunk:
                self._rest += chunk
                return True
        return False


class Tree:
    """Writes the files of one request."""

    def __init__(
        self, sftp: Sftp, folder: bytes, permit: Permit, transfer: Transfer | None, *, overwrite: bool
    ) -> None:
        self.result = TreeResult(0, 0, 0, [])
        self._sftp = sftp
        self._folder = folder
        self._permit = permit
        self._transfer = transfer
        self._overwrite = overwrite
        self._gate = asyncio.Semaphore(AT_ONCE)
        self._made: dict[bytes, asyncio.Task[None]] = {}
        self._count = 0

    async def take(self, body: Body) -> TreeResult:
        """All of it. Raises Invalid for a body that is none, AppError when nothing more can be written."""
        try:
            async with asyncio.TaskGroup() as group:
                await self._all(group, body)
        except BaseExceptionGroup as errors:
            raise first_of(errors) from None
        finally:
            for task in self._made.values():
                task.cancel()
            await asyncio.gather(*self._made.values(), return_exceptions=True)
        return self.result

    async def _all(self, group: asyncio.TaskGroup, body: Body) -> None:
        while (head := await body.head()) is not None:
            await self._permit.still()
            if self._transfer is not None:
                self._transfer.check()
            self._count += 1
            if self._count > FILES_MAX:
                raise Invalid(f"Send at most {FILES_MAX} files in one request.")
            await self._one(group, head, body)

    async def _one(self, group: asyncio.TaskGroup, head: Head, body: Body) -> None:
        try:
            parts = names.relative(head.path)
        except Invalid as error:
            self._failed(head.path, error)
            async for _ in body.pieces(head.size):
                pass
            return
        path = self._folder.rstrip(b"/") + b"/" + b"/".join(parts)
        if head.path.endswith("/"):
            await self._run(head, self._folders(path))
            self.result.folders += 1
            return
        if head.size <= SMALL:
            data = b"".join([piece async for piece in body.pieces(head.size)])
            await self._gate.acquire()
            work = self._run(head, self._written(path, head, _single(data)))
            group.create_task(work).add_done_callback(lambda _: self._gate.release())
            return
        left = body.pieces(head.size)
        await self._run(head, self._written(path, head, left))
        async for _ in left:  # of a file that was refused
            pass

    async def _run(self, head: Head, work: object) -> None:
        try:
            await work  # type: ignore[misc]  # a coroutine
        except SftpError as error:
            self._failed(head.path, problems.of_sftp(error, self._folder))
        except AppError as error:
            if error.code == "disk_full" or isinstance(error, Invalid):
                raise
            self._failed(head.path, error)

    def _failed(self, path: str, error: AppError) -> None:
        if len(self.result.failed) < ERRORS_MAX:
            self.result.failed.append(Failed(path, error.code, error.detail))
        if self._transfer is not None:
            self._transfer.warn(f"{path}: {error.detail}")

    async def _folders(self, folder: bytes) -> None:
        """Have the folder there; each is asked for once."""
        if folder == self._folder:
            return
        if folder not in self._made:
            self._made[folder] = asyncio.create_task(uploads.parents(self._sftp, folder))
        await asyncio.shield(self._made[folder])

    async def _written(self, path: bytes, head: Head, pieces: AsyncIterator[bytes]) -> None:
        sftp = self._sftp
        await self._folders(names.split(path)[0])
        mode = None
        if self._overwrite and await entries.is_there(sftp, path):
            path, mode = await uploads.place(sftp, path, "replace")
        temporary = uploads.temporary_of(path)
        handle = await sftp.open(temporary, Flag.WRITE | Flag.CREATE | Flag.EXCLUSIVE, mode)
        try:
            try:
                await self._filled(handle, head, pieces)
                await sftp.close_handle(handle)
            except SftpError as error:
                raise await uploads.why(sftp, path, error) from None
            await uploads.settle(sftp, temporary, path, replace=self._overwrite)
        except BaseException:
            sftp.forget_handle(handle)
            await asyncio.shield(_removed(sftp, temporary))
            raise
        self.result.files += 1
        if self._transfer is not None:
            self._transfer.done_files += 1

    async def _filled(self, handle: bytes, head: Head, pieces: AsyncIterator[bytes]) -> None:
        writer = self._sftp.writer(handle)
        async for piece in pieces:
            await writer.write(piece)
            self.result.bytes += len(piece)
            if self._transfer is not None:
                self._transfer.moved(self._transfer.done_bytes + len(piece))
        await writer.finish()
        if head.mtime is not None:
            await self._sftp.fsetstat(handle, Attributes(atime=head.mtime, mtime=head.mtime))


async def take(
    places: Places,
    access: Access,
    form: str,
    chunks: AsyncIterator[bytes],
    *,
    permit: Permit,
    transfer: Transfer | None,
    overwrite: bool,
) -> TreeResult:
    """Write what the body holds below the folder. Raises AppError."""
    folder = names.path(form)
    with problems.told(folder):
        async with places.kept(access, bulk=True) as kept:
            folder = expand(folder, kept.home)
            await folder_of(kept.sftp, folder)
            return await Tree(kept.sftp, folder, permit, transfer, overwrite=overwrite).take(Body(chunks))


async def _single(data: bytes) -> AsyncGenerator[bytes, None]:
    if data:
        yield data


async def _removed(sftp: Sftp, path: bytes) -> None:
    try:
        await sftp.remove(path)
    except (SftpError, LineError):
        return


def first_of(errors: BaseException) -> BaseException:
    """Of a group of errors, the one that came first."""
    while isinstance(errors, BaseExceptionGroup):
        errors = errors.exceptions[0]
    return errors


def broken() -> Invalid:
    """The body is not what it has to be."""
    return Invalid('The body is no list of files: each is a line such as {"path":"a/b.txt","size":12} and its bytes.')
