"""One file's bytes: whole or a part, and with which headers a browser may have them.

What a host holds is foreign: it never runs on our origin. Only kinds that cannot carry a script are shown inline, and
even those under a policy that allows nothing.
"""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass
from urllib.parse import quote

from controller.files import entries, names, problems
from controller.files.listing import expand
from controller.files.permits import Permit
from controller.files.places import Access, Places
from controller.ssh.sftp import Sftp
from controller.ssh.sftp_wire import Attributes, Flag

NOTHING = "default-src 'none'; frame-ancestors 'self'"
SANDBOX = f"sandbox; {NOTHING}"
DRAWING = f"{SANDBOX}; style-src 'unsafe-inline'; img-src data:"
BINARY = "application/octet-stream"
PLAIN = "text/plain"  # what answers adds that it is UTF-8
INLINE: dict[str, tuple[str, str]] = {
    "png": ("image/png", SANDBOX), "jpg": ("image/jpeg", SANDBOX), "jpeg": ("image/jpeg", SANDBOX),
    "gif": ("image/gif", SANDBOX), "webp": ("image/webp", SANDBOX), "avif": ("image/avif", SANDBOX),
    "bmp": ("image/bmp", SANDBOX), "ico": ("image/x-icon", SANDBOX), "svg": ("image/svg+xml", DRAWING),
    "pdf": ("application/pdf", NOTHING),  # a browser's own viewer does not open in a sandbox
    "mp3": ("audio/mpeg", SANDBOX), "ogg": ("audio/ogg", SANDBOX), "oga": ("audio/ogg", SANDBOX),
    "opus": ("audio/ogg", SANDBOX), "wav": ("audio/wav", SANDBOX), "flac": ("audio/flac", SANDBOX),
    "m4a": ("audio/mp4", SANDBOX), "mp4": ("video/mp4", SANDBOX), "m4v": ("video/mp4", SANDBOX),
    "webm": ("video/webm", SANDBOX), "ogv": ("video/ogg", SANDBOX), "mov": ("video/quicktime", SANDBOX),
}  # fmt: skip
TEXTS = frozenset({
    "txt", "log", "md", "rst", "csv", "tsv", "conf", "cfg", "ini", "toml", "yaml", "yml", "json", "xml", "html", "htm",
    "css", "js", "ts", "py", "sh", "sql", "env", "service", "timer", "diff", "patch",
})  # fmt: skip
RANGE = re.compile(r"bytes=(\d*)-(\d*)")


@dataclass(frozen=True, slots=True)
class Part:
    """What is sent of a file: `length` bytes from `start`."""

    path: bytes
    size: int
    mtime: int
    start: int
    length: int
    partial: bool

    @property
    def etag(self) -> str:
        """Changes with size and time, which is what SFTP tells."""
        return f'"{self.size:x}-{self.mtime:x}"'


def headers(part: Part, *, inline: bool) -> dict[str, str]:
    """The headers of an answer."""
    name = names.split(part.path)[1]
    ending = name.rpartition(b".")[2].decode("ascii", "replace").lower() if b"." in name else ""
    kind, policy = (PLAIN, SANDBOX) if ending in TEXTS or not ending else INLINE.get(ending, (BINARY, SANDBOX))
    if not inline:
        kind, policy = BINARY, SANDBOX
    found = {
        "content-type": kind,
        "content-length": str(part.length),
        "content-disposition": disposition(name, inline=inline and kind != BINARY),
        "content-security-policy": policy,
        "x-content-type-options": "nosniff",
        "x-frame-options": "SAMEORIGIN",
        "accept-ranges": "bytes",
        "etag": part.etag,
    }
    if part.partial:
        found["content-range"] = f"bytes {part.start}-{part.start + part.length - 1}/{part.size}"
    return found


def disposition(name: bytes, *, inline: bool = False) -> str:
    """As a download is named: the bytes of the name, and something that every program understands."""
    plain = re.sub(r"[^A-Za-z0-9._ -]", "_", name.decode("utf-8", "replace")) or "file"
    shown = "".join(c if c.isprintable() else "_" for c in name.decode("utf-8", "replace")) or "file"
    return f"{'inline' if inline else 'attachment'}; filename=\"{plain}\"; filename*=UTF-8''{quote(shown, safe='')}"


def part_of(path: bytes, found: Attributes, wanted: str | None, if_range: str | None) -> Part:
    """The part that a Range header names. Raises Gone (416) when the file has no such bytes."""
    size, mtime = found.size or 0, found.mtime or 0
    whole = Part(path, size, mtime, 0, size, partial=False)
    match = RANGE.fullmatch(wanted.strip()) if wanted else None
    if match is None or (if_range is not None and if_range.strip() != whole.etag):
        return whole
    first, last = match.groups()
    if first:
        start, end = int(first), min(int(last), size - 1) if last else size - 1
    elif last:
        start, end = max(0, size - int(last)), size - 1
    else:
        return whole
    if start > end or start >= size:
        raise problems.Gone(f"The file has {size} bytes, and the range that was asked for is not in it.")
    return Part(path, size, mtime, start, end - start + 1, partial=True)


async def regular(sftp: Sftp, path: bytes) -> Attributes:
    """The attributes of a regular file. Raises AppError for anything else: a pipe would hang whoever reads it."""
    found = await sftp.stat(path)
    if entries.kind(found) != "f":
        raise problems.not_a_file(path)
    return found


async def look(places: Places, access: Access, path: bytes, wanted: str | None, if_range: str | None) -> Part:
    """What would be sent. Raises AppError."""
    with problems.told(path):
        async with places.kept(access) as kept:
            path = expand(path, kept.home)
            return part_of(path, await regular(kept.sftp, path), wanted, if_range)


async def blocks(places: Places, access: Access, part: Part, permit: Permit) -> AsyncGenerator[bytes, None]:
    """The part's bytes. Raises AppError, also in the middle."""
    with problems.told(part.path):
        async with places.use(access, bulk=part.length > (1 << 20)) as sftp:
            handle = await sftp.open(part.path, Flag.READ)
            left = part.length
            try:
                async with aclosing(sftp.read(handle, part.start, part.length)) as pieces:
                    async for piece in pieces:
                        await permit.still()
                        left -= len(piece)
                        yield bytes(piece)
            finally:
                sftp.forget_handle(handle)
            if left:
                raise problems.HostFailed("The file became shorter while it was read. Load it again.", code="changed")
