"""A log as it grows, like `tail -F`, over SFTP.

Asked for rather than streamed by the host's own `tail -F`: accounts for SFTP alone can follow too, root's files need no
second sudo, none of the host's few sessions is taken, nothing runs there that could be left behind, and every host
means the same by it. It costs two small requests a look; a log that grows is read on without a pause.
"""

from __future__ import annotations

import asyncio
import codecs
from collections.abc import AsyncGenerator
from time import monotonic
from typing import Any

from controller.files import content, problems
from controller.files.listing import expand
from controller.files.permits import Permit
from controller.files.places import Access, Places
from controller.ssh.errors import LineError
from controller.ssh.sftp import Sftp
from controller.ssh.sftp_wire import Attributes, Code, Flag, SftpError

EVERY_S = 0.25
PING_S = 15.0
STEP = 256 * 1024  # at most so much at a time: a log that grows faster is followed as fast as its reader takes it


class _Log:
    """One followed file: its handle and how far it was read."""

    def __init__(self, sftp: Sftp, path: bytes) -> None:
        self.sftp = sftp
        self.path = path
        self.handle = b""
        self.at = 0
        self.gone = False
        self.decoder = codecs.getincrementaldecoder("utf-8")("replace")

    async def open(self, last: int | None) -> None:
        """From the last bytes on (None: from the beginning)."""
        await content.regular(self.sftp, self.path)
        handle = await self.sftp.open(self.path, Flag.READ)
        size = (await self.sftp.fstat(handle)).size or 0
        self.close()
        self.handle, self.gone = handle, False
        self.at = 0 if last is None else max(0, size - last)
        self.decoder.reset()

    def close(self) -> None:
        """Give the handle back."""
        if self.handle:
            self.sftp.forget_handle(self.handle)
            self.handle = b""

    async def step(self) -> list[dict[str, Any]]:
        """What has happened since the last look."""
        lines: list[dict[str, Any]] = []
        size = (await self.sftp.fstat(self.handle)).size or 0
        if size < self.at:
            self.at = 0
            self.decoder.reset()
            lines.append({"type": "truncated"})
        if size > self.at:
            async for piece in self.sftp.read(self.handle, self.at, min(STEP, size - self.at)):
                self.at += len(piece)
                lines.append({"type": "data", "text": self.decoder.decode(bytes(piece))})
        if size == self.at:
            lines += await self._replaced()
        return lines

    async def _replaced(self) -> list[dict[str, Any]]:
        """A log that was rotated: another file has its name. SFTP tells no file numbers, so both are compared."""
        try:
            named, held = await self.sftp.stat(self.path), await self.sftp.fstat(self.handle)
        except SftpError as error:
            if error.code != Code.NO_SUCH_FILE or self.gone:
                return []
            self.gone = True
            return [{"type": "gone"}]
        if not self.gone and _same(named, held):
            return []
        await self.open(None)
        return [{"type": "replaced"}]


def _same(one: Attributes, other: Attributes) -> bool:
    return (one.size, one.mtime, one.uid, one.mode) == (other.size, other.mtime, other.uid, other.mode)


async def rows(
    places: Places, access: Access, path: bytes, last: int, permit: Permit
) -> AsyncGenerator[dict[str, Any], None]:
    """The lines of `GET …/files/tail`, until nobody reads them. Raises AppError before the first line only."""
    with problems.told(path):
        async with places.kept(access) as kept:
            log = _Log(kept.sftp, expand(path, kept.home))
            await log.open(last)
            try:
                async for line in _follow(log, permit):
                    yield line
            except SftpError as error:
                yield problems.row(problems.of_sftp(error, log.path))
            except LineError as error:
                yield problems.row(problems.of_line(error))
            finally:
                log.close()


async def _follow(log: _Log, permit: Permit) -> AsyncGenerator[dict[str, Any], None]:
    said = monotonic()
    yield {"type": "ping"}
    while True:
        await permit.still()
        lines = await log.step()
        for line in lines:
            said = monotonic()
            yield line
        if not lines:
            if monotonic() - said > PING_S:
                said = monotonic()
                yield {"type": "ping"}
            await asyncio.sleep(EVERY_S)
