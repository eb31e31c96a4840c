"""A selection as one archive, made while it is sent: neither memory nor a disk of ours holds it.

Names in it are safe for whoever unpacks: relative, without ".." and backslashes. Links stay links.
"""

from __future__ import annotations

import asyncio
import stat
import tarfile
import time
import zipfile
import zlib
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from typing import Any, Protocol

from controller.files import names, problems, walk
from controller.files.listing import expand
from controller.files.permits import Permit
from controller.files.places import Access, Places
from controller.files.transfer import Transfer
from controller.files.walk import Met
from controller.ssh.sftp import Sftp
from controller.ssh.sftp_wire import Flag, SftpError

PIECE = 256 * 1024
LEVEL = 1  # more costs the controller much and saves little
PACKED = frozenset({
    "zip", "gz", "tgz", "bz2", "xz", "zst", "lz4", "7z", "rar", "jar", "apk", "deb", "rpm", "jpg", "jpeg", "png", "gif",
    "webp", "avif", "mp3", "ogg", "opus", "flac", "m4a", "mp4", "m4v", "webm", "mkv", "mov",
})  # fmt: skip
TYPES = {"zip": "application/zip", "tar": "application/x-tar", "tar.gz": "application/gzip"}
EARLIEST = 315532800  # 1980: where the clock of zip begins
BLOCK = 512


class Packer(Protocol):
    """Makes an archive piece by piece. What is due comes from `take`."""

    def folder(self, met: Met) -> None: ...
    def link(self, met: Met, target: bytes) -> None: ...
    def begin(self, met: Met, size: int) -> None: ...
    def write(self, data: bytes) -> None: ...
    def end(self) -> None: ...
    def finish(self) -> None: ...
    def take(self) -> bytes: ...


class Sink:
    """What zipfile writes into; it cannot be read or wound back."""

    def __init__(self) -> None:
        self.pieces: list[bytes] = []
        self.at = 0

    def write(self, data: Any) -> int:
        """Keep it until it is taken."""
        self.pieces.append(bytes(data))
        self.at += len(data)
        return len(data)

    def tell(self) -> int:
        """How much was written."""
        return self.at

    def flush(self) -> None:
        """Nothing to do."""

    def seekable(self) -> bool:
        """No."""
        return False

    def take(self) -> bytes:
        """What is there, which is then gone."""
        taken, self.pieces = b"".join(self.pieces), []
        return taken


class Zip:
    """A zip: 64 bits where need be. Names that are no UTF-8 are in it in text form."""

    def __init__(self) -> None:
        self._sink = Sink()
        self._zip = zipfile.ZipFile(self._sink, "w", allowZip64=True)  # type: ignore[call-overload]  # needs no more of a file
        self._open: Any = None
        self.take = self._sink.take

    def folder(self, met: Met) -> None:
        """A folder of its own: it may be empty."""
        info = self._info(met, b"/", stat.S_IFDIR)
        info.external_attr |= 0x10
        self._zip.writestr(info, b"")

    def link(self, met: Met, target: bytes) -> None:
        """A link, as Info-ZIP keeps it."""
        self._zip.writestr(self._info(met, b"", stat.S_IFLNK), target)

    def begin(self, met: Met, size: int) -> None:
        """A file whose bytes follow."""
        info = self._info(met, b"", stat.S_IFREG)
        ending = met.inner.rpartition(b".")[2].decode("ascii", "replace").lower()
        info.compress_type = zipfile.ZIP_STORED if ending in PACKED or not size else zipfile.ZIP_DEFLATED
        info._compresslevel = LEVEL  # type: ignore[attr-defined]
        self._open = self._zip.open(info, "w", force_zip64=size > 0x7FFFFFFF)

    def write(self, data: bytes) -> None:
        """Some of them."""
        self._open.write(data)

    def end(self) -> None:
        """That was the file."""
        self._open.close()

    def finish(self) -> None:
        """The table at the end."""
        self._zip.close()

    def _info(self, met: Met, tail: bytes, kind: int) -> zipfile.ZipInfo:
        moment = time.gmtime(max(EARLIEST, met.attributes.mtime or 0))[:6]
        info = zipfile.ZipInfo(_zip_name(names.archived(met.inner) + tail), moment)
        info.external_attr = (kind | ((met.attributes.mode or 0) & 0o777)) << 16
        info.create_system = 3
        return info


def _zip_name(name: bytes) -> str:
    """A zip's names are UTF-8: others, and those with control characters, are in it in text form."""
    form = names.text(name)
    return form.replace("%25", "%") if form.count("%") == name.count(b"%") else form


class Tar:
    """A tar in GNU's form, which takes names of any bytes and any length; packed by gzip if wanted."""

    def __init__(self, *, packed: bool) -> None:
        self._pieces: list[bytes] = []
        self._left = 0
        self._size = 0
        self._packer: Any = zlib.compressobj(LEVEL, zlib.DEFLATED, 31) if packed else None

    def folder(self, met: Met) -> None:
        """A folder of its own."""
        self._head(met, tarfile.DIRTYPE)

    def link(self, met: Met, target: bytes) -> None:
        """A symbolic link."""
        self._head(met, tarfile.SYMTYPE, target)

    def begin(self, met: Met, size: int) -> None:
        """A file of exactly that size."""
        self._head(met, tarfile.REGTYPE, size=size)
        self._left = self._size = size

    def write(self, data: bytes) -> None:
        """Some of it; what is more than was announced is left out."""
        data = data[: self._left]
        self._left -= len(data)
        self._put(data)

    def end(self) -> None:
        """The end of the file: what is missing is filled up, and so is the block."""
        while self._left:
            self.write(bytes(min(self._left, PIECE)))
        self._put(bytes(-self._size % BLOCK))

    def finish(self) -> None:
        """Two empty blocks."""
        self._put(bytes(2 * BLOCK))
        if self._packer is not None:
            self._pieces.append(self._packer.flush())

    def take(self) -> bytes:
        """What is there, which is then gone."""
        taken, self._pieces = b"".join(self._pieces), []
        return taken

    def _head(self, met: Met, kind: bytes, target: bytes = b"", size: int = 0) -> None:
        info = tarfile.TarInfo(names.archived(met.inner).decode("utf-8", "surrogateescape"))
        info.type, info.size = kind, size
        info.mode, info.mtime = (met.attributes.mode or 0) & 0o7777, met.attributes.mtime or 0
        info.uid, info.gid = met.attributes.uid or 0, met.attributes.gid or 0
        info.linkname = target.decode("utf-8", "surrogateescape")
        self._put(info.tobuf(tarfile.GNU_FORMAT, "utf-8", "surrogateescape"))

    def _put(self, data: bytes) -> None:
        self._pieces.append(data if self._packer is None else self._packer.compress(data))


def packer(form: str) -> Packer:
    """Of that form: zip, tar or tar.gz."""
    return Zip() if form == "zip" else Tar(packed=form == "tar.gz")


async def pieces(
    places: Places,
    access: Access,
    forms: Sequence[bytes],
    form: str,
    *,
    permit: Permit,
    transfer: Transfer | None = None,
) -> AsyncGenerator[bytes, None]:
    """The archive. Raises AppError before the first piece, and in the middle when the host is lost."""
    note = (lambda _: None) if transfer is None else transfer.warn
    with problems.told(forms[0]):
        async with places.kept(access, bulk=True) as kept:
            paths = [expand(path, kept.home) for path in forms]
            await asyncio.gather(*(kept.sftp.lstat(path) for path in paths))
            made = packer(form)
            async with aclosing(walk.with_small(kept.sftp, walk.below(kept.sftp, paths))) as found:
                async for met, body in found:
                    await permit.still()
                    if transfer is not None:
                        await transfer.gate()
                        transfer.current = met.path
                    async with aclosing(_packed(kept.sftp, made, met, body, note)) as packed:
                        async for count in packed:
                            if transfer is not None:
                                transfer.moved(transfer.done_bytes + count)
                                transfer.done_files += not count
                            if data := made.take():
                                yield data
                                await permit.still()
            made.finish()
            yield made.take()


async def _packed(
    sftp: Sftp, made: Packer, met: Met, body: bytes | SftpError | None, note: Callable[[str], None]
) -> AsyncGenerator[int, None]:
    """Put one thing into the archive; how many bytes of it have gone in, and 0 at its end."""
    error = met.error or (body if isinstance(body, SftpError) else None)
    if error is not None:
        note(f"{names.shown(met.path)} was left out: {problems.of_sftp(error, met.path).detail}")
    elif met.kind == "d":
        made.folder(met)
    elif met.kind == "l" and isinstance(body, bytes):
        made.link(met, body)
    elif met.kind == "f" and isinstance(body, bytes):
        made.begin(met, met.attributes.size or 0)
        made.write(body)
        made.end()
        yield len(body)
        yield 0
    elif met.kind == "f":
        async for count in _large(sftp, made, met, note):
            yield count
        yield 0
    else:
        note(f"{names.shown(met.path)} was left out: it is no file, folder or link.")


async def _large(sftp: Sftp, made: Packer, met: Met, note: Callable[[str], None]) -> AsyncGenerator[int, None]:
    try:
        handle = await sftp.open(met.path, Flag.READ)
    except SftpError as error:
        note(f"{names.shown(met.path)} was left out: {problems.of_sftp(error, met.path).detail}")
        return
    size = met.attributes.size or 0
    made.begin(met, size)
    came = 0
    try:
        async with aclosing(sftp.read(handle, 0, size)) as blocks:
            async for block in blocks:
                await asyncio.to_thread(made.write, bytes(block))  # packing takes longer than the loop may be held
                came += len(block)
                yield len(block)
    except SftpError as error:
        note(f"{names.shown(met.path)} was cut short: {problems.of_sftp(error, met.path).detail}")
    else:
        if came < size:
            note(f"{names.shown(met.path)} became shorter while it was read.")
    finally:
        sftp.forget_handle(handle)
    made.end()
