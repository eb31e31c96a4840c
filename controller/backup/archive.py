"""The file of a backup: a ZIP with the dump as pg_dump made it, the key file if wanted, and what it all is.

A ZIP ends with its table of contents, so that a part of one is told from a whole one; each member has its checksum.
Anybody's unzip gets the dump out.
"""

from __future__ import annotations

import os
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Annotated

import msgspec

from controller.core.secrets import Keyring

FORMAT = 1
MANIFEST, DUMP, KEY = "moorline.json", "database.dump", "master.key"
MANIFEST_BYTES = 1 << 20  # ours has a few hundred, and some for each master key
KEY_FILE_BYTES = 1 << 20


class BackupError(Exception):
    """The file is none that can be restored, or cannot be made; the sentence says why and what to do."""


class Sample(msgspec.Struct, frozen=True):
    """One stored secret as it is sealed in the dump, and its place: what the key file has to open."""

    sealed: bytes
    place: str


class Manifest(msgspec.Struct, frozen=True):
    """What a backup holds. `revision`: of its tables; `version`: the Moorline that made it; `counts`: rows by name."""

    format: Annotated[int, msgspec.Meta(ge=1)]
    version: str
    taken_at: str
    revision: str
    counts: Mapping[str, int]
    samples: tuple[Sample, ...]


@contextmanager
def made(file: Path) -> Iterator[zipfile.ZipFile]:
    """A backup that is written beside its place, mode 0600, and moved there when it is whole.

    Raises BackupError where there is a file already: it may be the only backup.
    """
    if file.exists():
        raise BackupError(f"{file} is there already; choose another name, or remove it first")
    draft = file.with_name(f".{file.name}.part")
    draft.unlink(missing_ok=True)  # of one that was cut off
    descriptor = os.open(draft, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    try:
        with os.fdopen(descriptor, "w+b") as target:
            with zipfile.ZipFile(target, "w") as archive:
                yield archive
            target.flush()
            os.fsync(target.fileno())
        draft.rename(file)
    finally:
        draft.unlink(missing_ok=True)


@contextmanager
def opened(file: Path) -> Iterator[tuple[zipfile.ZipFile, Manifest]]:
    """A backup and what it holds, every byte compared with its checksum. Raises BackupError, and OSError."""
    try:
        with zipfile.ZipFile(file) as archive:
            damaged = archive.testzip()
            if damaged is not None:
                raise BackupError(f"{file} is damaged ({damaged} does not fit its checksum); take another backup")
            yield archive, _manifest(archive, file)
    except (zipfile.BadZipFile, EOFError):
        raise BackupError(_no_archive(file)) from None


def key(archive: zipfile.ZipFile) -> Keyring | None:
    """The master keys in a backup; None where they were kept apart. Raises VaultError."""
    if KEY not in archive.namelist():
        return None
    with archive.open(KEY) as member:
        return Keyring.parse(member.read(KEY_FILE_BYTES), f"{KEY} in the backup")


def dump(archive: zipfile.ZipFile) -> IO[bytes]:
    """The dump, to be read from the beginning to the end."""
    return archive.open(DUMP)


def _manifest(archive: zipfile.ZipFile, file: Path) -> Manifest:
    if not {MANIFEST, DUMP} <= set(archive.namelist()):
        raise BackupError(f"{file} is no backup of Moorline")
    with archive.open(MANIFEST) as member:
        text = member.read(MANIFEST_BYTES)
    try:
        if msgspec.json.decode(text)["format"] > FORMAT:
            raise BackupError(f"{file} was made by a newer Moorline than this one; update this one, then restore")
        return msgspec.json.decode(text, type=Manifest)
    except (msgspec.MsgspecError, LookupError, TypeError):
        raise BackupError(f"{file} is no backup of Moorline") from None


def _no_archive(file: Path) -> str:
    with file.open("rb") as start:
        whole = start.read(4) != b"PK\x03\x04"
    if whole:
        return f"{file} is no backup of Moorline"
    return f"{file} is only a part of a backup: it was cut off, when it was made or copied; take another one"
