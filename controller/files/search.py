"""Searching by name and by content, with the host's own find and grep; what is found comes as it is found."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from time import monotonic
from typing import Any

from controller.files import entries, names, problems, shell
from controller.files.listing import expand, folder_of
from controller.files.permits import Permit
from controller.files.places import Access, Places
from controller.ssh.errors import LineError
from controller.ssh.sftp import Sftp
from controller.ssh.sftp_wire import SftpError

BATCH = 100
PACE_S = 0.1
LINE = 300  # of a line that was found
HITS = 20  # lines of one file
REST_MAX = 1 << 20  # of something that has no end in sight
WILD = frozenset("*?[")
# GNU's grep can put a null character behind the name; without that a name with a newline could not be told from two
GREP = b"""if grep --null -q x /dev/null 2>/dev/null; [ $? -le 1 ]
then exec %(find)s -type f -exec grep -IHn --null -m %(hits)d -F %(case)s -e %(text)s -- {} +
else exec %(find)s -type f -exec grep -qF %(case)s -e %(text)s -- {} \\; -print0
fi"""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is looked for."""

    path: bytes
    name: str = ""
    content: str = ""
    ignore_case: bool = True
    hidden: bool = True
    limit: int = 1000


@dataclass(frozen=True, slots=True)
class Hit:
    """One thing found; with a line where its content was looked for."""

    path: bytes
    line: int | None = None
    text: bytes | None = None


def script(wanted: Wanted) -> bytes:
    """What the host runs."""
    find = [b"find", names.quoted(wanted.path)]
    if not wanted.hidden:  # not the place itself, be it hidden
        find.append(b"! -path %s -name '.*' -prune -o" % names.quoted(wanted.path))
    if wanted.name:
        part = wanted.name if WILD & set(wanted.name) else f"*{wanted.name}*".replace("\\", "\\\\")
        find.append((b"-iname " if wanted.ignore_case else b"-name ") + names.quoted(names.raw(part)))
    if not wanted.content:
        return b"exec " + b" ".join(find) + b" -print0"
    case = b"-i" if wanted.ignore_case else b""
    text = names.quoted(wanted.content.encode())
    return GREP % {b"find": b" ".join(find), b"hits": HITS, b"case": case, b"text": text}


class Parser:
    """Takes find's and grep's output apart."""

    def __init__(self) -> None:
        self._rest = b""
        self._name: bytes | None = None

    def feed(self, data: bytes, *, lines: bool) -> list[Hit]:
        """What is complete by now. `lines`: a name is followed by "number:text" and a newline, or by another name."""
        data = self._rest + data
        found: list[Hit] = []
        at = 0
        while True:
            if self._name is not None and lines:
                digits = data[at : at + 12].split(b":", 1)[0]
                if data[at : at + 1].isdigit() and digits.isdigit() and b":" in data[at : at + 12]:
                    end = data.find(b"\n", at)
                    if end < 0:
                        break
                    text = data[at + len(digits) + 1 : min(end, at + len(digits) + 1 + LINE)]
                    found.append(Hit(self._name, int(digits), text))
                    self._name, at = None, end + 1
                    continue
                if len(data) - at < 12 and data[at : at + 1] != b"/":
                    break
                found.append(Hit(self._name))
                self._name = None
            end = data.find(b"\0", at)
            if end < 0:
                break
            name, at = data[at:end], end + 1
            if lines:
                self._name = name
            else:
                found.append(Hit(name))
        self._rest = data[at:][:REST_MAX]
        return found

    def finish(self) -> list[Hit]:
        """What is left at the end."""
        name, self._name = self._name, None
        return [Hit(name)] if name is not None else []


async def rows(places: Places, access: Access, wanted: Wanted, permit: Permit) -> AsyncGenerator[dict[str, Any], None]:
    """The lines of `GET …/files/search`. Raises AppError before the first line only."""
    with problems.told(wanted.path):
        async with places.kept(access) as kept:
            where = Wanted(expand(wanted.path, kept.home), *(getattr(wanted, f) for f in Wanted.__slots__[1:]))
            await folder_of(kept.sftp, where.path)
            pipe = await shell.start(places, access, script(where))
            try:
                yield {"type": "progress", "found": 0}
                try:
                    async with aclosing(_found(kept.sftp, pipe, where, permit)) as lines:
                        async for line in lines:
                            yield line
                except SftpError as error:
                    yield problems.row(problems.of_sftp(error, where.path))
                except LineError as error:
                    yield problems.row(problems.of_line(error))
            finally:
                pipe.end()


async def _found(sftp: Sftp, pipe: shell.Pipe, wanted: Wanted, permit: Permit) -> AsyncGenerator[dict[str, Any], None]:
    parser, waiting, found, due = Parser(), list[Hit](), 0, 0.0
    truncated = False
    async with aclosing(_pieces(pipe)) as pieces:
        async for piece in pieces:
            await permit.still()
            waiting += [hit for hit in parser.feed(piece, lines=bool(wanted.content)) if hit.path != wanted.path]
            while waiting and not truncated and (len(waiting) >= BATCH or monotonic() >= due):
                batch, waiting = waiting[:BATCH], waiting[BATCH:]
                batch = batch[: wanted.limit - found]
                found += len(batch)
                truncated = found >= wanted.limit
                yield {"type": "found", "items": await _items(sftp, batch)}
                due = monotonic() + PACE_S
            if truncated:
                break
            if not piece:
                yield {"type": "progress", "found": found}
    rest = (waiting + [hit for hit in parser.finish() if hit.path != wanted.path])[: wanted.limit - found]
    for start in range(0, len(rest), BATCH):
        yield {"type": "found", "items": await _items(sftp, rest[start : start + BATCH])}
    found += len(rest)
    yield {"type": "done", "found": found, "truncated": truncated, "unreadable": pipe.complaints}


async def _pieces(pipe: shell.Pipe) -> AsyncGenerator[bytes, None]:
    """The pipe's pieces, and an empty one whenever a few seconds bring none."""
    async with aclosing(pipe.pieces()) as pieces:
        while True:
            step = asyncio.ensure_future(anext(pieces, None))
            try:
                while not step.done():
                    await asyncio.wait({step}, timeout=3.0)
                    if not step.done():
                        yield b""
            finally:
                if not step.done():
                    step.cancel()
                    await asyncio.wait({step})
            piece = step.result()
            if piece is None:
                return
            yield piece


async def _items(sftp: Sftp, hits: Sequence[Hit]) -> list[dict[str, Any]]:
    paths = list(dict.fromkeys(hit.path for hit in hits))
    rows = zip(paths, await asyncio.gather(*(_one(sftp, path) for path in paths)), strict=True)
    known = {path: row for path, row in rows if row is not None}
    return [
        {
            "path": names.text(hit.path),
            "entry": known[hit.path],
            "line": hit.line,
            "text": None if hit.text is None else hit.text.decode("utf-8", "replace"),
        }
        for hit in hits
        if hit.path in known
    ]


async def _one(sftp: Sftp, path: bytes) -> entries.Entry | None:
    try:
        return await entries.single(sftp, path)
    except SftpError:
        return None  # it went away meanwhile
