"""The words of SFTP, version 3, as OpenSSH speaks it (draft-ietf-secsh-filexfer-02, OpenSSH's PROTOCOL)."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from enum import IntEnum, IntFlag

VERSION = 3


class Kind(IntEnum):
    """Types of packets."""

    INIT = 1
    VERSION = 2
    OPEN = 3
    CLOSE = 4
    READ = 5
    WRITE = 6
    LSTAT = 7
    FSTAT = 8
    SETSTAT = 9
    FSETSTAT = 10
    OPENDIR = 11
    READDIR = 12
    REMOVE = 13
    MKDIR = 14
    RMDIR = 15
    REALPATH = 16
    STAT = 17
    RENAME = 18
    READLINK = 19
    SYMLINK = 20
    STATUS = 101
    HANDLE = 102
    DATA = 103
    NAME = 104
    ATTRS = 105
    EXTENDED = 200
    EXTENDED_REPLY = 201


class Flag(IntFlag):
    """How a file is opened."""

    READ = 1
    WRITE = 2
    APPEND = 4
    CREATE = 8
    TRUNCATE = 16
    EXCLUSIVE = 32


class Code(IntEnum):
    """What a status says."""

    OK = 0
    EOF = 1
    NO_SUCH_FILE = 2
    PERMISSION_DENIED = 3
    FAILURE = 4
    BAD_MESSAGE = 5
    NO_CONNECTION = 6
    CONNECTION_LOST = 7
    UNSUPPORTED = 8


class SftpError(Exception):
    """The host's answer to one request: that it was not done. `code` as in Code, the sentence is the host's own."""

    def __init__(self, code: int, message: str = "") -> None:
        super().__init__(message or f"SFTP status {code}")
        self.code = code
        self.message = message[:300]


@dataclass(frozen=True, slots=True)
class Attributes:
    """Of a file. None: the host did not say. `mode` with the bits of the type, times in whole seconds."""

    size: int | None = None
    uid: int | None = None
    gid: int | None = None
    mode: int | None = None
    atime: int | None = None
    mtime: int | None = None


@dataclass(frozen=True, slots=True)
class Name:
    """One row of a folder. `long`: as `ls -l` writes it, which is the only place of the owners' names."""

    name: bytes
    long: bytes
    attributes: Attributes


@dataclass(frozen=True, slots=True)
class Space:
    """A file system's size, free and available bytes, and its file numbers."""

    total: int
    free: int
    available: int
    files: int
    files_free: int


SIZE, OWNER, MODE, TIMES, EXTENDED = 1, 2, 4, 8, 0x80000000
_u32 = struct.Struct(">I").pack
_u64 = struct.Struct(">Q").pack
_read_u32 = struct.Struct(">I").unpack_from
_read_u64 = struct.Struct(">Q").unpack_from
_PAIR = struct.Struct(">II").unpack_from


def text(value: bytes) -> bytes:
    """A string with its length in front."""
    return _u32(len(value)) + value


def number(value: int) -> bytes:
    """Four bytes."""
    return _u32(value)


def long_number(value: int) -> bytes:
    """Eight bytes."""
    return _u64(value)


def attributes(wanted: Attributes) -> bytes:
    """Attributes as they are sent; what is None is not."""
    flags = 0
    parts: list[bytes] = []
    if wanted.size is not None:
        flags, parts = flags | SIZE, [*parts, _u64(wanted.size)]
    if wanted.uid is not None and wanted.gid is not None:
        flags, parts = flags | OWNER, [*parts, _u32(wanted.uid) + _u32(wanted.gid)]
    if wanted.mode is not None:
        flags, parts = flags | MODE, [*parts, _u32(wanted.mode)]
    if wanted.atime is not None and wanted.mtime is not None:
        flags, parts = flags | TIMES, [*parts, _u32(wanted.atime & 0xFFFFFFFF) + _u32(wanted.mtime & 0xFFFFFFFF)]
    return _u32(flags) + b"".join(parts)


class Reader:
    """Reads one packet. Raises SftpError(BAD_MESSAGE) when it is shorter than it says."""

    __slots__ = ("_at", "_data")

    def __init__(self, data: bytes, at: int = 0) -> None:
        self._data = data
        self._at = at

    @property
    def left(self) -> int:
        """Bytes that were not read."""
        return len(self._data) - self._at

    def number(self) -> int:
        """Four bytes."""
        try:
            (value,) = _read_u32(self._data, self._at)
        except struct.error:
            raise _short() from None
        self._at += 4
        return int(value)

    def long_number(self) -> int:
        """Eight bytes."""
        try:
            (value,) = _read_u64(self._data, self._at)
        except struct.error:
            raise _short() from None
        self._at += 8
        return int(value)

    def text(self) -> bytes:
        """A string with its length in front."""
        length = self.number()
        end = self._at + length
        if end > len(self._data):
            raise _short()
        found, self._at = self._data[self._at : end], end
        return found

    def attributes(self) -> Attributes:
        """The attributes that come next."""
        flags = self.number()
        size = self.long_number() if flags & SIZE else None
        uid, gid = (self.number(), self.number()) if flags & OWNER else (None, None)
        mode = self.number() if flags & MODE else None
        atime, mtime = (self.number(), self.number()) if flags & TIMES else (None, None)
        if flags & EXTENDED:
            for _ in range(self.number()):
                self.text(), self.text()
        return Attributes(size, uid, gid, mode, atime, mtime)

    def names(self) -> list[Name]:
        """The rows that come next."""
        count = self.number()
        if count * 12 > self.left:
            raise _short()
        return [Name(self.text(), self.text(), self.attributes()) for _ in range(count)]


def status(packet: bytes) -> SftpError | None:
    """What a STATUS packet says; None: done."""
    reader = Reader(packet, 5)
    code = reader.number()
    if code == Code.OK:
        return None
    message = reader.text().decode("utf-8", "replace") if reader.left >= 4 else ""
    return SftpError(code, message)


def _short() -> SftpError:
    return SftpError(Code.BAD_MESSAGE, "The host's SFTP server sent an answer that cannot be read.")
