"""Words of hosts made fit for the database: no null characters, lone surrogates, secrets or endless documents."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

DOCUMENT_MAX = 64 << 10
MASK = "•••"


def text(words: str) -> str:
    """What PostgreSQL takes as text."""
    return words.replace("\0", "\ufffd").encode("utf-8", "replace").decode()


def masked(words: str, needles: tuple[bytes, ...]) -> str:
    """Without the secrets."""
    for needle in needles:
        words = words.replace(needle.decode("utf-8", "replace"), MASK)
    return words


def document(found: Mapping[str, Any], needles: tuple[bytes, ...]) -> dict[str, Any]:
    """A JSON document that can be stored; what is too large is cut, and says so."""
    plain = _plain(found, needles, 0)
    size = len(json.dumps(plain, ensure_ascii=False).encode())
    if size <= DOCUMENT_MAX:
        return dict(plain)
    kept: dict[str, Any] = {"moorline_cut": f"{size} bytes, of which the beginning of each value is shown."}
    share = max(200, DOCUMENT_MAX // (4 * max(1, len(plain))))
    for key, value in list(plain.items())[:200]:
        words = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        kept[key] = value if len(words) <= share else words[:share]
    return kept


def begun(data: bytes) -> int:
    """How many bytes at the end are the beginning of a character in UTF-8 that is not whole."""
    for back in range(1, min(3, len(data)) + 1):
        byte = data[-back]
        if byte >= 0xC0:
            length = 2 if byte < 0xE0 else 3 if byte < 0xF0 else 4
            return back if back < length and byte < 0xF8 else 0
        if byte < 0x80:
            return 0
    return 0


def _plain(value: Any, needles: tuple[bytes, ...], depth: int) -> Any:  # noqa: PLR0911 — one for each type
    if depth > 40:
        return "…"
    if isinstance(value, str):
        return masked(text(value), needles)
    if isinstance(value, Mapping):
        return {masked(text(str(key)), needles)[:200]: _plain(one, needles, depth + 1) for key, one in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(one, needles, depth + 1) for one in value]
    if isinstance(value, float) and value - value != 0:  # no JSON for what is infinite or no number
        return str(value)
    if value is None or isinstance(value, bool | int | float):
        return value
    return masked(text(str(value)), needles)
