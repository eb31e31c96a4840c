"""Figures and names out of what a host says, which may be anything."""

from __future__ import annotations

from functools import lru_cache

from collectors.spec import ParseError, Rows

COUNTER_LIMIT = 1 << 64  # no counter of Linux is wider
NAME_LENGTH = 255
MOST_ROWS = 4096


@lru_cache(maxsize=8192)
def name(raw: bytes) -> str:
    """A device's name as text; what cannot be shown, or a database refuses, stands escaped. Raises ParseError.

    Linux lets a device be called almost anything: an odd name is no reason to lose the figures of the others.
    """
    text = _shown(raw)
    if not 0 < len(text) <= NAME_LENGTH:
        raise ParseError(f"a device cannot be called {raw[:40]!r}")
    return text


def path(raw: bytes) -> str:
    """A path as text, in the same form; of one that is too long the end."""
    text = _shown(raw)
    return text if len(text) <= NAME_LENGTH else f"…{text[1 - NAME_LENGTH :]}"


def _shown(raw: bytes) -> str:
    text = raw.decode("utf-8", "backslashreplace")
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def bounded(row: tuple[int, ...]) -> tuple[int, ...]:
    """The row, when each figure of it could be a counter. Raises ParseError."""
    if max(row) >= COUNTER_LIMIT or min(row) < 0:
        raise ParseError("a counter is out of range")
    return row


def number(raw: bytes, limit: float) -> float:
    """A decimal number from 0 to the limit. Raises ParseError, for infinities and NaN too."""
    try:
        value = float(raw)
    except ValueError as error:
        raise ParseError(f"{raw[:40]!r} is no number") from error
    if not 0 <= value <= limit:
        raise ParseError(f"{raw[:40]!r} is out of range")
    return value


def text(raw: bytes | None, limit: int = NAME_LENGTH) -> str:
    """A line of words as text, cut at the limit, with what cannot be shown left out."""
    decoded = (raw or b"")[: 4 * limit].decode("utf-8", "replace").strip()
    return "".join(c if c.isprintable() else " " for c in decoded)[:limit].strip()


def count(raw: bytes | str) -> int:
    """A whole number from 0 that fits a counter. Raises ParseError."""
    try:
        value = int(raw)
    except ValueError as error:
        raise ParseError(f"{raw[:40]!r} is no whole number") from error
    return bounded((value,))[0]


def bounded_rows(rows: dict[str, tuple[int, ...]], text: bytes, what: str) -> Rows:
    """The rows read from `text`, when each figure could be a counter and a machine can have so many. Raises ParseError.

    Without a minus in the text no figure is negative, and none is larger than the sum of all.
    """
    if len(rows) > MOST_ROWS:
        raise ParseError(f"more than {MOST_ROWS} {what}")
    if b"-" in text or sum(map(sum, rows.values())) >= COUNTER_LIMIT:
        for row in rows.values():
            bounded(row)
    return {**rows}
