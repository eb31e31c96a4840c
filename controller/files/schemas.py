"""What travels over the API for files. Paths and names are in text form: see `names`."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from msgspec import Meta, Struct, field

from controller.files.entries import Entry

Path = Annotated[str, Meta(max_length=3 * 4096)]
Paths = Annotated[list[Path], Meta(min_length=1, max_length=10_000)]
Size = Annotated[int, Meta(ge=0, le=2**62)]
Time = Annotated[int, Meta(ge=0, le=2**32 - 1)]
Mode = Annotated[int, Meta(ge=0, le=0o7777)]
Hex = Annotated[str, Meta(pattern="^[0-9A-Fa-f]{64}$")]
Who = Annotated[str, Meta(max_length=64, pattern=r"^(?![-.])[A-Za-z0-9_.@\\-]+\$?$")]
LineEnds = Literal["lf", "crlf", "cr", "mixed"]


class Input(Struct, kw_only=True, forbid_unknown_fields=True):
    """What callers send: an unknown field is an error, not a surprise."""


class About(Struct):
    """What a page asks first. `root`: is_root, open, password_needed or unknown."""

    home: str
    account: str
    root: Literal["is_root", "open", "password_needed", "unknown"]
    shell: bool
    trash: str


class Unlock(Input):
    """The account's password for sudo; None: try without."""

    password: Annotated[str, Meta(max_length=1024)] | None = None


class Unlocked(Struct):
    """Root's files are open for so long after the last use."""

    root: Literal["is_root", "open"]
    expires_in_s: int


class SpaceView(Struct):
    """A file system's bytes and file numbers."""

    total: int
    free: int
    available: int
    files: int
    files_free: int


class StatView(Struct):
    """What is at a path."""

    path: str
    real: str
    entry: Entry
    space: SpaceView | None


class NewFolder(Input):
    """A folder to make."""

    path: Path
    parents: bool = False
    as_root: bool = False


class NewFile(Input):
    """An empty file to make."""

    path: Path
    as_root: bool = False


class NewLink(Input):
    """A symbolic link to make."""

    path: Path
    target: Path
    as_root: bool = False


class MoveItem(Input, rename={"source": "from", "target": "to"}):
    """One thing to rename or move."""

    source: Path
    target: Path


class Move(Input):
    """Things to rename or move."""

    items: Annotated[list[MoveItem], Meta(min_length=1, max_length=10_000)]
    overwrite: bool = False
    as_root: bool = False


class Copy(Input):
    """Things to copy into a folder of the same host."""

    paths: Paths
    to: Path
    overwrite: bool = False
    as_root: bool = False


class Selection(Input):
    """Some things."""

    paths: Paths
    as_root: bool = False


class Measured(Struct):
    """How much it is. `complete`: false when the time was up before all was counted."""

    files: int
    folders: int
    bytes: int
    complete: bool


class Delete(Input):
    """Things to remove, or to move into the account's trash."""

    paths: Paths
    trash: bool = False
    as_root: bool = False


class Trashed(Struct):
    """One thing in the trash. `name`: its name there; `deleted_at`: local time as the note says, without a zone.

    `size` in bytes, of files alone. `kind`: as in entries.
    """

    name: str
    path: str
    deleted_at: str
    kind: str
    size: int | None


class TrashPage(Struct):
    """What is in the trash, newest first. `truncated`: there is more than is read at once."""

    items: list[Trashed]
    total: int
    truncated: bool
    folder: str


class Restore(Input):
    """Things to put back where they were, by their names in the trash."""

    names: Annotated[list[Annotated[str, Meta(max_length=3 * 255)]], Meta(min_length=1, max_length=2000)]
    as_root: bool = False


class ModeChange(Input):
    """Permission bits. `folder_mode`: other ones for folders, where it is recursive."""

    paths: Paths
    mode: Mode
    recursive: bool = False
    folder_mode: Mode | None = None
    as_root: bool = False


class OwnerChange(Input):
    """Owner and group, each by name or number; None: as it is."""

    paths: Paths
    owner: Who | None = None
    group: Who | None = None
    recursive: bool = False
    as_root: bool = False


class ChecksumInput(Input):
    """Which sum of what."""

    path: Path
    algorithm: Literal["md5", "sha1", "sha256", "sha512"] = "sha256"
    as_root: bool = False


class Checksum(Struct):
    """The sum as the host makes it."""

    algorithm: str
    hex: str


class TextView(Struct):
    """A text file. `text` has "\\n" as line ends, unless they are mixed. `writable`: null where it is not known."""

    path: str
    text: str
    encoding: str
    bom: bool
    line_ends: Literal["lf", "crlf", "cr", "mixed", "none"]
    etag: str
    size: int
    mode: int
    writable: bool | None


class TextInput(Input):
    """A text file to save. `etag`: of what was edited; None: there is to be no such file yet."""

    path: Path
    text: Annotated[str, Meta(max_length=4 << 20)]
    encoding: Annotated[str, Meta(max_length=32)] = "utf-8"
    bom: bool = False
    line_ends: LineEnds = "lf"
    etag: Annotated[str, Meta(max_length=100)] | None = None
    overwrite: bool = False
    as_root: bool = False


class Saved(Struct):
    """What is there now."""

    etag: str
    size: int


class NewUpload(Input):
    """A file that is going to be sent."""

    path: Path
    size: Size
    mtime: Time | None = None
    overwrite: Literal["fail", "replace", "rename"] = "fail"
    parents: bool = False
    hash: bool = True
    as_root: bool = False


class Received(Struct):
    """Up to where the host has everything."""

    offset: int


class Finish(Input):
    """The end of an upload. `sha256`: what it has to be; `verify`: the host makes the sum as well."""

    sha256: Hex | None = None
    verify: bool = False


class Failed(Struct):
    """One file of many that was not taken."""

    path: str
    code: str
    detail: str


class TreeResult(Struct):
    """What became of many small files."""

    files: int
    folders: int
    bytes: int
    failed: list[Failed]


class NewTransfer(Input):
    """A transfer to begin: a download, a copy to another host, or the row that many small uploads share."""

    kind: Literal["download", "relay", "tree"]
    host_id: int
    paths: Annotated[list[Path], Meta(max_length=10_000)] = field(default_factory=list)
    format: Literal["zip", "tar", "tar.gz"] | None = None
    to_host_id: int | None = None
    to_path: Path | None = None
    overwrite: bool = False
    verify: bool = True
    path: Path | None = None
    files: Size | None = None
    bytes: Size | None = None
    as_root: bool = False
    to_as_root: bool = False


class TransferView(Struct):
    """One transfer, as the list shows it. `trashed`: names in the trash of what was moved there."""

    id: int
    kind: Literal["upload", "tree", "download", "relay", "copy", "move", "delete", "restore"]
    state: Literal["waiting", "running", "paused", "done", "failed", "cancelled", "interrupted"]
    host_id: int
    host_name: str
    path: str
    names: list[str]
    to_host_id: int | None
    to_host_name: str | None
    to_path: str | None
    format: str | None
    as_root: bool
    total_bytes: int | None
    done_bytes: int
    total_files: int | None
    done_files: int
    bytes_per_s: float
    left_s: float | None
    sha256: str | None
    code: str | None
    error: str | None
    created_at: datetime
    updated_at: datetime
    pausable: bool
    current: str | None
    warnings: list[str]
    trashed: list[str]


class TransferPage(Struct):
    """Some of one's transfers."""

    items: list[TransferView]
    total: int
