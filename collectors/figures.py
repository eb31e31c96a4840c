"""Figures and names out of what a host says, which may be anything."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from collectors.spec import ParseError

COUNTER_LIMIT = 1 << 64  # no counter of Linux is wider
NAME_LENGTH = 255


@lru_cache(maxsize=8192)
def name(raw: bytes) -> str:
    """A device's name as text: no control characters, nothing that a database refuses. Raises ParseError."""
    text = raw.decode("utf-8", "backslashreplace")
    if not text or len(text) > NAME_LENGTH or not text.isprintable():
        raise ParseError(f"a device cannot be called {raw[:40]!r}")
    return text


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


def rows(names: Iterable[bytes], limit: int, what: str) -> list[str]:
    """Names of so many rows at most. Raises ParseError."""
    named = [name(each) for each in names]
    if len(named) > limit:
        raise ParseError(f"more than {limit} {what}")
    return named
