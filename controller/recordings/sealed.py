"""The file of a recording: events in compressed, sealed chunks, each of which can be read once it is written.

A chunk is its length and its AES-256-GCM ciphertext. The nonce is the chunk's number under a key that seals this one
file (NIST SP 800-38D §8.2.1), and number and "is the last" are authenticated with it: chunks can be neither swapped nor
dropped nor cut off unnoticed. A controller that is killed leaves a file without its last chunk, maybe with half a one.
"""

from __future__ import annotations

import os
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path
from typing import BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from controller.core.secrets import VaultError

MAGIC = b"moorline recording 1\n"
HEAD = struct.Struct(">I")
EVENT = struct.Struct(">BQI")  # kind, microseconds since the start, length
LAST = 1 << 31
CHUNK_MAX = 64 << 20  # no writer makes a larger one: whatever says so is damaged


class Kind(IntEnum):
    """What happened."""

    OUTPUT = 1
    INPUT = 2
    RESIZE = 3
    NOTE = 4


@dataclass(frozen=True, slots=True)
class Event:
    """Something that was shown, typed or noted, `at_us` microseconds after the start."""

    kind: Kind
    at_us: int
    data: bytes


def pack(kind: Kind, at_us: int, data: bytes) -> bytes:
    """An event as it stands in a chunk."""
    return EVENT.pack(kind, at_us, len(data)) + data


class Writer:
    """Appends to a new file. Everything here blocks: call it in a thread, one call at a time."""

    def __init__(self, path: Path, key: bytes) -> None:
        self._cipher = AESGCM(key)
        self._number = 0
        self.size_bytes = len(MAGIC)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        self._file = os.fdopen(descriptor, "wb", buffering=0)
        self._file.write(MAGIC)

    def append(self, events: bytes, *, last: bool = False) -> None:
        """One chunk of packed events; the file is closed after the last one. Raises OSError."""
        sealed = self._cipher.encrypt(_nonce(self._number), zlib.compress(events, 1), _bound(self._number, last))
        whole = HEAD.pack(len(sealed) | (LAST if last else 0)) + sealed
        view = memoryview(whole)
        while view:  # an unbuffered file may take a part only
            view = view[self._file.write(view) :]
        self._number += 1
        self.size_bytes += len(whole)
        if last:
            os.fdatasync(self._file.fileno())
            self._file.close()

    def close(self) -> None:
        """Leave the file as it is, without a last chunk."""
        self._file.close()


def read(path: Path, key: bytes) -> Iterator[list[Event]]:
    """The events of a file, a chunk at a time, up to where it was written.

    Blocks. Raises OSError, and VaultError when the file is another's or was changed.
    """
    cipher = AESGCM(key)
    with path.open("rb") as file:
        if file.read(len(MAGIC)) != MAGIC:
            raise VaultError("this is no recording of Moorline's")
        number = 0
        while (chunk := _next(file)) is not None:
            sealed, last = chunk
            try:
                plain = zlib.decompress(cipher.decrypt(_nonce(number), sealed, _bound(number, last)))
            except (InvalidTag, zlib.error):
                raise VaultError("the recording was changed after it was written, or its key is another") from None
            yield list(_events(plain))
            number += 1
            if last:
                return


def _next(file: BinaryIO) -> tuple[bytes, bool] | None:
    head = file.read(HEAD.size)
    if len(head) < HEAD.size:
        return None
    (length,) = HEAD.unpack(head)
    last, length = bool(length & LAST), length & ~LAST
    if length > CHUNK_MAX:
        raise VaultError("the recording is damaged")
    sealed = file.read(length)
    return (sealed, last) if len(sealed) == length else None


def _events(plain: bytes) -> Iterator[Event]:
    at = 0
    while at < len(plain):
        kind, at_us, length = EVENT.unpack_from(plain, at)
        at += EVENT.size
        yield Event(Kind(kind), at_us, plain[at : at + length])
        at += length


def _nonce(number: int) -> bytes:
    return number.to_bytes(12, "big")


def _bound(number: int, last: bool) -> bytes:
    return b"recording/%d/%d" % (number, last)
