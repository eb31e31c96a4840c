"""Text files for the editor: which encoding and line ends they have, and saving only what nobody changed meanwhile."""

from __future__ import annotations

import asyncio
import codecs
import hashlib
import re

import msgspec

from controller.core.errors import AppError, Conflict, Invalid
from controller.files import content, entries, names, problems, shell, uploads
from controller.files.listing import expand
from controller.files.places import Access, Places
from controller.files.schemas import Saved, TextInput, TextView
from controller.ssh.errors import LineError
from controller.ssh.sftp import Sftp
from controller.ssh.sftp_wire import Attributes, Code, Flag, SftpError

LIMIT = 4 << 20
ASKED_S = 5.0
BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
BOM_OF = {name: mark for mark, name in BOMS}
ENCODINGS = frozenset({
    "utf-8", "utf-16-le", "utf-16-be", "gb18030", "big5", "shift_jis", "euc-jp", "euc-kr", "koi8-r",
    "iso8859-1", "iso8859-2", "iso8859-15", "windows-1250", "windows-1251", "windows-1252",
})  # fmt: skip
NOT_TEXT = re.compile(rb"[\x00-\x06\x0e-\x1a\x1c-\x1f]")
CHINESE = re.compile("[\u3000-\u303f\u4e00-\u9fff\uff00-\uffef]")
ENDS = {"lf": "\n", "crlf": "\r\n", "cr": "\r", "mixed": "\n"}


async def read(places: Places, access: Access, form: str, encoding: str | None = None) -> TextView:
    """A text file, with what saving needs. `encoding`: take it for this. Raises AppError."""
    wanted = names.path(form)
    with problems.told(wanted):
        async with places.kept(access) as kept:
            path = expand(wanted, kept.home)
            data, found = await _load(kept.sftp, path)
            shown = view(path, data, found, encoding)
            real = await kept.sftp.realpath(path)
    shown.writable = await _writable(places, access, real)
    return shown


async def _writable(places: Places, access: Access, path: bytes) -> bool | None:
    """May the account save it? None where it has no shell to ask: opening it for writing would wake who watches it."""
    here = names.quoted(path)
    script = b"test -w %s || { test -O %s && test -w %s; }" % (here, here, names.quoted(names.split(path)[0]))
    try:
        status = (await shell.run(places, access, script, timeout_s=ASKED_S)).status
    except (AppError, LineError, TimeoutError):
        return None
    return status == 0 if status in {0, 1} else None


def view(path: bytes, data: bytes, found: Attributes, encoding: str | None = None) -> TextView:
    """What an editor is shown. Raises Invalid for what is no text."""
    text, used, bom = decoded(path, data, encoding)
    ends = line_ends(text)
    if ends in {"crlf", "cr"}:
        text = text.replace(ENDS[ends], "\n")
    return TextView(
        path=names.text(path),
        text=text,
        encoding=used,
        bom=bom,
        line_ends=ends,  # type: ignore[arg-type]  # one of the words
        etag=etag(data),
        size=len(data),
        mode=(found.mode or 0) & 0o7777,
        writable=None,
    )


def etag(data: bytes) -> str:
    """Of the content alone: a file that was touched is still the same."""
    return hashlib.sha256(data).hexdigest()[:32]


def decoded(path: bytes, data: bytes, encoding: str | None = None) -> tuple[str, str, bool]:
    """The text, its encoding and whether a mark says so. Raises Invalid for what is no text."""
    for mark, name in BOMS:
        if data.startswith(mark) and encoding in {None, name}:
            data, encoding, bom = data[len(mark) :], name, True
            break
    else:
        bom = False
    if encoding is None:
        if NOT_TEXT.search(data):
            raise Invalid(f"{names.shown(path)} is no text. Download it instead.", code="not_text")
        encoding = guessed(data)
    try:
        return data.decode(known(encoding)), encoding, bom
    except UnicodeDecodeError:
        raise Invalid(
            f"{names.shown(path)} is no text in {encoding}. Choose another encoding.", code="not_text"
        ) from None


def guessed(data: bytes) -> str:
    """UTF-8 where it fits, GB 18030 where what comes out is Chinese, else Latin-1, which loses nothing."""
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        pass
    else:
        return "utf-8"
    try:
        text = data.decode("gb18030")
    except UnicodeDecodeError:
        return "iso8859-1"
    wide = [char for char in text if ord(char) > 127]
    return "gb18030" if wide and len(CHINESE.findall(text)) >= 0.9 * len(wide) else "iso8859-1"


def known(encoding: str) -> str:
    """An encoding's name, if it is one of those that are offered. Raises Invalid."""
    name = encoding.lower().replace("_", "-").replace("shift-jis", "shift_jis").replace("iso-8859", "iso8859")
    if name not in ENCODINGS:
        raise names.refused("encoding", f"Choose one of {', '.join(sorted(ENCODINGS))}.")
    return name


def line_ends(text: str) -> str:
    """Which line ends a text has: lf, crlf, cr, mixed or none."""
    both = text.count("\r\n")
    counts = {"lf": text.count("\n") - both, "crlf": both, "cr": text.count("\r") - both}
    kinds = [name for name, count in counts.items() if count]
    return kinds[0] if len(kinds) == 1 else "mixed" if kinds else "none"


def encoded(data: TextInput) -> bytes:
    """The bytes to save. Raises Invalid for what the encoding has no bytes for."""
    text = data.text
    if data.line_ends != "mixed":
        text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\n", ENDS[data.line_ends])
    name = known(data.encoding)
    try:
        found = text.encode(name)
    except UnicodeEncodeError as error:
        char = text[error.start]
        raise names.refused("encoding", f"{data.encoding} has no “{char!r}”. Save it as UTF-8.") from None
    found = BOM_OF.get(name, b"") + found if data.bom else found
    if len(found) > LIMIT:
        raise problems.TooLarge(f"The editor saves at most {LIMIT >> 20} MiB. Upload the file instead.")
    return found


async def save(places: Places, access: Access, data: TextInput) -> tuple[bytes, Saved]:
    """Save, unless somebody has changed the file since it was read: the path and what is there now. Raises AppError."""
    wanted, new = names.path(data.path), encoded(data)
    with problems.told(wanted):
        async with places.kept(access) as kept:
            sftp, path = kept.sftp, expand(wanted, kept.home)
            if await entries.is_there(sftp, path):
                path = await sftp.realpath(path)
            found = await _unchanged(sftp, path, data)
            await uploads.room(sftp, path, len(new))
            try:
                await _replace(sftp, path, new, found)
            except SftpError as error:
                raise await uploads.why(sftp, path, error) from None
    return path, Saved(etag(new), len(new))


async def _unchanged(sftp: Sftp, path: bytes, data: TextInput) -> Attributes | None:
    """The attributes of what is replaced, None where nothing is. Raises Conflict."""
    try:
        old, found = await _load(sftp, path)
    except SftpError as error:
        if error.code != Code.NO_SUCH_FILE:
            raise
        if data.etag is None or data.overwrite:
            return None
        raise _changed(path, None) from None
    if data.etag is None:
        raise problems.exists(path)
    if etag(old) != data.etag:
        raise _changed(path, view(path, old, found, None))
    return found


def _changed(path: bytes, current: TextView | None) -> Conflict:
    how = "was removed" if current is None else "was changed"
    return Conflict(
        f"{names.shown(path)} {how} on the host since you opened it. Compare, then save again.",
        code="changed_meanwhile",
        members={"current": None if current is None else msgspec.to_builtins(current)},
    )


async def _load(sftp: Sftp, path: bytes) -> tuple[bytes, Attributes]:
    found = await content.regular(sftp, path)
    handle = await sftp.open(path, Flag.READ)
    try:
        pieces = [bytes(piece) async for piece in sftp.read(handle, 0, LIMIT + 1)]
    finally:
        sftp.forget_handle(handle)
    data = b"".join(pieces)
    if len(data) > LIMIT:
        raise problems.TooLarge(f"The editor opens at most {LIMIT >> 20} MiB. Download the file instead.")
    return data, found


async def _replace(sftp: Sftp, path: bytes, new: bytes, found: Attributes | None) -> None:
    """A whole new file under the name, with the old one's mode and owner; in its place where no other can be made."""
    temporary = uploads.temporary_of(path)
    mode = None if found is None else (found.mode or 0) & 0o7777
    try:
        handle = await sftp.open(temporary, Flag.WRITE | Flag.CREATE | Flag.EXCLUSIVE, mode)
    except SftpError as error:
        if error.code != Code.PERMISSION_DENIED or found is None:
            raise
        await _fill(sftp, await sftp.open(path, Flag.WRITE | Flag.TRUNCATE), new)
        return
    try:
        if found is not None and not await _same_owner(sftp, handle, found):
            sftp.forget_handle(handle)
            await sftp.remove(temporary)
            await _fill(sftp, await sftp.open(path, Flag.WRITE | Flag.TRUNCATE), new)
            return
        await _fill(sftp, handle, new, mode)
        await uploads.settle(sftp, temporary, path, replace=found is not None)
    except BaseException:
        await asyncio.shield(_forgotten(sftp, temporary))
        raise


async def _same_owner(sftp: Sftp, handle: bytes, found: Attributes) -> bool:
    made = await sftp.fstat(handle)
    if (made.uid, made.gid) == (found.uid, found.gid):
        return True
    try:
        await sftp.fsetstat(handle, Attributes(uid=found.uid, gid=found.gid))
    except SftpError:
        return False
    return True


async def _fill(sftp: Sftp, handle: bytes, new: bytes, mode: int | None = None) -> None:
    try:
        writer = sftp.writer(handle)
        await writer.write(new)
        await writer.finish()
        if mode is not None:
            await sftp.fsetstat(handle, Attributes(mode=mode))
    except BaseException:
        sftp.forget_handle(handle)
        raise
    await sftp.close_handle(handle)


async def _forgotten(sftp: Sftp, temporary: bytes) -> None:
    try:
        await sftp.remove(temporary)
    except SftpError:
        return
