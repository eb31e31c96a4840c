"""Names are bytes on a host and text in JSON: the two forms, and what a path may look like. Pure.

The text form of bytes is their UTF-8, with "%", control characters and bytes that are no UTF-8 as %XX. Nothing is lost
on the way, and an ordinary name is its own text form.
"""

from __future__ import annotations

import re
import shlex

from controller.core.errors import FieldError, Invalid

LONGEST = 4096  # Linux's PATH_MAX
NAME_LONGEST = 255
_ESCAPED = re.compile(rb"%([0-9A-Fa-f]{2})?")
_SPECIAL = re.compile("[%\x00-\x1f\x7f-\x9f\udc80-\udcff\u2028\u2029]")
_PLAIN = re.compile(rb"[ !#$&-~]*")  # printable ASCII but " and %: most names by far
_NUMBERED = re.compile(rb"^(.*) \((\d+)\)$", re.DOTALL)


def text(name: bytes) -> str:
    """The text form of bytes."""
    if _PLAIN.fullmatch(name):
        return name.decode("ascii")
    return _SPECIAL.sub(_hex, name.decode("utf-8", "surrogateescape"))


def raw(form: str) -> bytes:
    """The bytes of a text form. Raises ValueError when it is none."""
    data = form.encode("utf-8")  # a lone surrogate raises UnicodeEncodeError, a ValueError
    return _ESCAPED.sub(_byte, data) if b"%" in data else data


def shown(name: bytes) -> str:
    """For sentences and the audit log: readable, one line."""
    return "".join(c if c.isprintable() else "\ufffd" for c in name.decode("utf-8", "replace"))[:300]


def path(form: str, field: str = "path") -> bytes:
    """The bytes of an absolute path, or one from the home folder on ("~/…"). Raises Invalid."""
    try:
        found = raw(form)
    except ValueError:
        raise refused(field, "This is no path in text form: a % is written %25.") from None
    if not (found.startswith((b"/", b"~/")) or found == b"~"):
        raise refused(field, "Give a path that begins with / or ~/.")
    if b"\0" in found or len(found) > LONGEST:
        raise refused(field, f"A path has at most {LONGEST} bytes, and no null character.")
    return tidy(found)


def tidy(found: bytes) -> bytes:
    """Without empty parts and ".", and without a slash at the end; ".." stays, since links may be on the way."""
    parts = [part for part in found.split(b"/") if part not in {b"", b"."}]
    start = b"/" if found.startswith(b"/") else b""
    return start + b"/".join(parts) or b"/"


def join(folder: bytes, name: bytes) -> bytes:
    """A path of a folder's path and a name in it."""
    return folder.rstrip(b"/") + b"/" + name


def split(found: bytes) -> tuple[bytes, bytes]:
    """The folder and the name of a path. The root has no name."""
    folder, _, name = found.rpartition(b"/")
    return folder or b"/", name


def relative(form: str) -> tuple[bytes, ...]:
    """The parts of a path inside a folder, as an upload names it. Raises Invalid when it would lead out."""
    try:
        found = raw(form)
    except ValueError:
        raise refused("path", "This is no path in text form: a % is written %25.") from None
    parts = tuple(found.rstrip(b"/").split(b"/"))
    if b"\0" in found or len(found) > LONGEST or any(part in {b"", b".", b".."} for part in parts):
        raise refused("path", "A path inside the folder has no empty part, no . and no .. in it.")
    return parts


def numbered(name: bytes, number: int) -> bytes:
    """A like name for a second thing: "a.txt" → "a (2).txt"."""
    stem, dot, ending = name.rpartition(b".")
    if not stem or len(ending) > 10:
        stem, dot, ending = name, b"", b""
    found = _NUMBERED.match(stem)
    stem = found.group(1) if found else stem
    tail = b" (%d)" % number + dot + ending
    return stem[: NAME_LONGEST - len(tail)] + tail


def quoted(value: bytes) -> bytes:
    """For a POSIX shell, whatever the bytes are."""
    return shlex.quote(value.decode("utf-8", "surrogateescape")).encode("utf-8", "surrogateescape")


def archived(value: bytes) -> bytes:
    """A name inside an archive that no unpacker can take for a way out: no absolute path, no "..", no backslash."""
    parts = [part.replace(b"\\", b"_") for part in value.split(b"/")]
    return b"/".join(b"_" if part == b".." else part for part in parts if part not in {b"", b"."})


def refused(field: str, message: str) -> Invalid:
    """What is wrong with one field."""
    return Invalid(message, errors=(FieldError(field, message),))


def _hex(match: re.Match[str]) -> str:
    char = match.group()
    if "\udc80" <= char <= "\udcff":
        return f"%{ord(char) - 0xDC00:02X}"
    return "".join(f"%{byte:02X}" for byte in char.encode())


def _byte(match: re.Match[bytes]) -> bytes:
    digits = match.group(1)
    if digits is None:
        raise ValueError("a % without two digits")
    return bytes([int(digits, 16)])
