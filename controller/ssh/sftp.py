"""An SFTP client over any channel that speaks the protocol: the subsystem, or sftp-server under sudo.

Names are bytes everywhere. Requests are pipelined: whoever awaits one leaves the channel free for others. Bulk reading
and writing keep a bounded number of blocks on their way and nothing else in memory. Measured beside asyncssh's client
on the same line (512 MiB, loopback, aes128-gcm): see tests/bench/files.py.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Callable, Sequence
from typing import Any

from controller.ssh import sftp_wire as wire
from controller.ssh.errors import ChannelRefused, LineError, Unreachable
from controller.ssh.fleet import Stream
from controller.ssh.sftp_packets import Wires
from controller.ssh.sftp_wire import Attributes, Code, Flag, Kind, Name, Reader, SftpError, Space
from controller.ssh.sftp_writer import IN_FLIGHT, Writer

BLOCK = 255 * 1024  # OpenSSH takes and gives so much in one request; others give less, which is noticed
OTHER_BLOCK = 32 * 1024  # the size that every server has to take
REQUESTS_MAX = 64
LISTINGS = 4  # readdir requests on their way


class Sftp:
    """One SFTP session. Every method raises SftpError for what the host refuses, a LineError when the line breaks."""

    def __init__(self, stream: Stream, wires: Wires) -> None:
        self.extensions: dict[bytes, bytes] = {}
        self.closed = False
        self.block = OTHER_BLOCK
        self._stream = stream
        self._wires = wires
        self._serial = 0
        self._waiting: dict[int, asyncio.Future[bytes]] = {}
        self._version: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        self._lost: LineError | None = None
        self._replies: dict[int, Callable[[bytes | LineError], None]] = {}
        wires.on_packet = self._packet
        wires.on_closed = self._closed

    async def begin(self, timeout_s: float = 20.0) -> None:
        """Agree on the version. Raises ChannelRefused when nothing that speaks SFTP answers."""
        body = bytes([Kind.INIT]) + wire.number(wire.VERSION)
        try:
            self._stream.write(wire.number(len(body)) + body)
            async with asyncio.timeout(timeout_s):
                packet = await self._version
        except (TimeoutError, Unreachable, ChannelRefused):
            self.close()
            said = bytes(self._wires.error_text).decode("utf-8", "replace").strip()[-300:]
            raise ChannelRefused(
                f"The host's SFTP server did not answer{': ' + said if said else ''}.", code="no_sftp"
            ) from None
        reader = Reader(packet, 1)
        reader.number()
        while reader.left >= 8:
            name = reader.text()
            self.extensions[name] = reader.text()
        if b"limits@openssh.com" in self.extensions:
            answer = Reader(await self._ask(Kind.EXTENDED, wire.text(b"limits@openssh.com")), 5)
            longest, reads, writes = answer.long_number(), answer.long_number(), answer.long_number()
            self.block = max(OTHER_BLOCK, min(BLOCK, *(n for n in (longest - 1024, reads, writes) if n > 0)))

    def close(self) -> None:
        """End the session."""
        self.closed = True
        self._stream.close()

    # one request each

    async def open(self, path: bytes, flags: Flag, mode: int | None = None) -> bytes:
        """A file's handle."""
        body = wire.text(path) + wire.number(flags) + wire.attributes(Attributes(mode=mode))
        return self._handle(await self._ask(Kind.OPEN, body))

    async def close_handle(self, handle: bytes) -> None:
        """Give a handle back. Some hosts tell only here that a write has failed."""
        await self._ask(Kind.CLOSE, wire.text(handle))

    def forget_handle(self, handle: bytes) -> None:
        """Give a handle back without waiting for it: for ways out of an error or a cancellation."""
        if not self.closed:
            self.send(Kind.CLOSE, wire.text(handle), lambda _: None)

    async def lstat(self, path: bytes) -> Attributes:
        """Of what is there, be it a link."""
        return Reader(await self._ask(Kind.LSTAT, wire.text(path)), 5).attributes()

    async def stat(self, path: bytes) -> Attributes:
        """Of where a link leads."""
        return Reader(await self._ask(Kind.STAT, wire.text(path)), 5).attributes()

    async def fstat(self, handle: bytes) -> Attributes:
        """Of an open file."""
        return Reader(await self._ask(Kind.FSTAT, wire.text(handle)), 5).attributes()

    async def setstat(self, path: bytes, wanted: Attributes) -> None:
        """Change mode, owner (both ids), times (both) or size; a link is followed."""
        await self._ask(Kind.SETSTAT, wire.text(path) + wire.attributes(wanted))

    async def fsetstat(self, handle: bytes, wanted: Attributes) -> None:
        """The same for an open file."""
        await self._ask(Kind.FSETSTAT, wire.text(handle) + wire.attributes(wanted))

    async def remove(self, path: bytes) -> None:
        """Remove a file or link."""
        await self._ask(Kind.REMOVE, wire.text(path))

    async def mkdir(self, path: bytes, mode: int | None = None) -> None:
        """Make a folder."""
        await self._ask(Kind.MKDIR, wire.text(path) + wire.attributes(Attributes(mode=mode)))

    async def rmdir(self, path: bytes) -> None:
        """Remove an empty folder."""
        await self._ask(Kind.RMDIR, wire.text(path))

    async def realpath(self, path: bytes) -> bytes:
        """The absolute path without links."""
        names = Reader(await self._ask(Kind.REALPATH, wire.text(path)), 5).names()
        return names[0].name if names else path

    async def readlink(self, path: bytes) -> bytes:
        """Where a link leads, as it is written."""
        names = Reader(await self._ask(Kind.READLINK, wire.text(path)), 5).names()
        return names[0].name if names else b""

    async def symlink(self, target: bytes, path: bytes) -> None:
        """Make a link at `path`. OpenSSH takes the two in the order that its PROTOCOL file explains."""
        await self._ask(Kind.SYMLINK, wire.text(target) + wire.text(path))

    async def rename(self, old: bytes, new: bytes) -> None:
        """Rename; what is there already stays and the request fails."""
        await self._ask(Kind.RENAME, wire.text(old) + wire.text(new))

    async def replace(self, old: bytes, new: bytes) -> None:
        """Rename over what is there, in one step where the host can; else what is there goes first."""
        if b"posix-rename@openssh.com" in self.extensions:
            await self._extended(b"posix-rename@openssh.com", wire.text(old) + wire.text(new))
            return
        try:
            await self.rename(old, new)
        except SftpError as error:
            if error.code != Code.FAILURE:
                raise
            await self.remove(new)
            await self.rename(old, new)

    async def sync(self, handle: bytes) -> None:
        """Have an open file's bytes on the disk, where the host can be asked for it."""
        if b"fsync@openssh.com" in self.extensions:
            await self._extended(b"fsync@openssh.com", wire.text(handle))

    async def copy(self, source: bytes, target: bytes) -> None:
        """Copy an open file into another on the host (copy-data; see `extensions`)."""
        body = wire.text(source) + wire.long_number(0) + wire.long_number(0) + wire.text(target) + wire.long_number(0)
        await self._extended(b"copy-data", body)

    async def statvfs(self, path: bytes) -> Space | None:
        """The file system's space; None where the host does not tell."""
        if b"statvfs@openssh.com" not in self.extensions:
            return None
        reader = Reader(await self._extended(b"statvfs@openssh.com", wire.text(path)), 5)
        _, size, blocks, free, available, files, files_free = (reader.long_number() for _ in range(7))
        return Space(blocks * size, free * size, available * size, files, files_free)

    async def owners(self, uids: Sequence[int], gids: Sequence[int]) -> tuple[list[bytes], list[bytes]]:
        """The names of these accounts and groups; b"" for one that has none, or where the host does not tell."""
        if b"users-groups-by-id@openssh.com" not in self.extensions:
            return [b""] * len(uids), [b""] * len(gids)
        body = b"".join(wire.text(b"".join(map(wire.number, ids))) for ids in (uids, gids))
        reader = Reader(await self._extended(b"users-groups-by-id@openssh.com", body), 5)
        users, groups = Reader(reader.text()), Reader(reader.text())
        return [users.text() for _ in uids], [groups.text() for _ in gids]

    async def _extended(self, name: bytes, body: bytes) -> bytes:
        return await self._ask(Kind.EXTENDED, wire.text(name) + body)

    # many

    async def listing(self, path: bytes) -> AsyncGenerator[list[Name], None]:
        """A folder's rows as they come, without "." and ".."; a name that holds a slash is an error."""
        handle = self._handle(await self._ask(Kind.OPENDIR, wire.text(path)))
        asked: deque[asyncio.Future[bytes]] = deque()
        try:
            while True:
                while len(asked) < LISTINGS:
                    asked.append(self._begin(Kind.READDIR, wire.text(handle)))
                try:
                    rows = Reader(await self._answer(asked.popleft()), 5).names()
                except SftpError as error:
                    if error.code == Code.EOF:
                        return
                    raise
                yield [row for row in rows if _is_name(row.name)]
        finally:
            _abandon(asked)
            self.forget_handle(handle)

    async def read(self, handle: bytes, offset: int, length: int) -> AsyncGenerator[memoryview, None]:
        """`length` bytes from `offset`, or up to the end of the file if that comes first, in order."""
        asked: deque[tuple[int, int, asyncio.Future[bytes]]] = deque()
        end, at, block = offset + length, offset, self.block
        head = wire.text(handle)
        depth = max(2, min(REQUESTS_MAX, IN_FLIGHT // block))
        try:
            while at < end or asked:
                while at < end and len(asked) < depth:
                    size = min(block, end - at)
                    body = head + wire.long_number(at) + wire.number(size)
                    asked.append((at, size, self._begin(Kind.READ, body)))
                    at += size
                start, size, future = asked.popleft()
                try:
                    packet = await self._answer(future)
                except SftpError as error:
                    if error.code == Code.EOF:
                        return
                    raise
                data = memoryview(packet)[9:]
                if not 0 < len(data) <= size:
                    raise SftpError(Code.BAD_MESSAGE, "The host's SFTP server sent other data than was asked for.")
                yield data
                if len(data) < size:  # a short answer: ask for the rest, and from now on for no more than comes
                    _abandon(one for _, _, one in asked)
                    asked.clear()
                    at = start + len(data)
                    block = max(4096, min(block, len(data)))
        finally:
            _abandon(one for _, _, one in asked)

    def writer(self, handle: bytes, offset: int = 0) -> Writer:
        """Writes one file from `offset` on."""
        return Writer(self, handle, offset)

    # how

    def _handle(self, packet: bytes) -> bytes:
        return Reader(packet, 5).text()

    def send(self, kind: Kind, body: bytes, reply: Callable[[bytes | LineError], None], tail: Any = b"") -> None:
        """Send one request; `reply` is told the answer, or what broke the line. Raises LineError."""
        if self._lost is not None:
            raise self._lost
        self._serial = (self._serial + 1) & 0xFFFFFFFF
        length = 5 + len(body) + len(tail)
        self._replies[self._serial] = reply
        self._stream.write(b"".join((wire.number(length), bytes([kind]), wire.number(self._serial), body, tail)))

    def _begin(self, kind: Kind, body: bytes) -> asyncio.Future[bytes]:
        future: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()

        def reply(packet: bytes | LineError) -> None:
            if future.done():  # nobody waits any more: what was opened must not stay open
                if isinstance(packet, bytes) and packet[0] == Kind.HANDLE:
                    self.forget_handle(self._handle(packet))
                return
            if isinstance(packet, LineError):
                future.set_exception(packet)
            else:
                future.set_result(packet)

        self.send(kind, body, reply)
        return future

    async def _ask(self, kind: Kind, body: bytes) -> bytes:
        return await self._answer(self._begin(kind, body))

    async def _answer(self, future: asyncio.Future[bytes]) -> bytes:
        packet = await future
        if packet[0] == Kind.STATUS and (error := wire.status(packet)) is not None:
            raise error
        return packet

    def _packet(self, packet: bytes) -> None:
        if packet[0] == Kind.VERSION:
            if not self._version.done():
                self._version.set_result(packet)
            return
        reply = self._replies.pop(int.from_bytes(packet[1:5], "big"), None)
        if reply is not None:
            reply(packet)

    def _closed(self, reason: Exception | None) -> None:
        self.closed = True
        lost = reason if isinstance(reason, LineError) else Unreachable("The host ended the SFTP session.")
        self._lost = lost
        if not self._version.done():
            self._version.set_exception(lost)
            self._version.exception()  # seen, also when nobody waits
        replies, self._replies = self._replies, {}
        for reply in replies.values():
            reply(lost)


def _abandon(futures: Any) -> None:
    for future in futures:
        future.cancel()


def _is_name(name: bytes) -> bool:
    if b"/" in name or not name or b"\0" in name:
        raise SftpError(Code.BAD_MESSAGE, "The host's SFTP server names a file in a way that no file can be named.")
    return name not in {b".", b".."}
