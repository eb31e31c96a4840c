"""Values that look like secrets, hidden from those who have no right to them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from collectors.top import USERINFO, covered

HIDDEN = "•••"
DEEPEST = 40  # levels of a document
NAMES = re.compile(
    r"pass(word|wd|phrase)?|pwd|secret|token|credential|private|api_?key|access_?key|(^|[_.-])key($|[_.-])"
    r"|auth|dsn|salt|signature|cookie|session|licen[cs]e|webhook|connection_?string|mysql_root|htpasswd",
    re.IGNORECASE,
)
URL = re.compile(r"^\w[\w+.-]*://")


def variable(name: str, value: str) -> tuple[str, bool]:
    """The value to show for a variable or a label of that name, and whether something of it is hidden."""
    if value and NAMES.search(name):
        return HIDDEN, True
    shown = USERINFO.sub(rf"\1{HIDDEN}@", value) if URL.match(value) else covered(value)
    return shown, shown != value


def clean(found: Any, depth: int = 0) -> Any:
    """An engine's JSON as it can be sent on: nothing that no JSON of ours may hold, nothing without end."""
    if depth > DEEPEST:
        return None
    if isinstance(found, str):
        return found if found.isascii() else found.encode("utf-8", "replace").decode()
    if isinstance(found, Mapping):
        return {clean(str(key)): clean(value, depth + 1) for key, value in found.items()}
    if isinstance(found, list):
        return [clean(one, depth + 1) for one in found]
    return str(found) if isinstance(found, int) and abs(found) >= 1 << 63 else found


def document(found: Any, depth: int = 0) -> Any:
    """An engine's JSON with what looks like a secret hidden, wherever it stands."""
    if depth > DEEPEST:
        return None
    if isinstance(found, str):
        name, equals, value = found.partition("=")
        if equals and re.fullmatch(r"[A-Za-z_][A-Za-z0-9_.]*", name):  # a variable in a list of them
            return f"{name}={variable(name, value)[0]}"
        return covered(found)
    if isinstance(found, Mapping):
        return {str(key): _member(str(key), value, depth) for key, value in found.items()}
    if isinstance(found, list):
        return _words(found, depth)
    return found


def _words(found: list[Any], depth: int) -> list[Any]:
    """A list, which may be a command: what follows an option for a secret is one."""
    shown: list[Any] = []
    before: Any = None
    for one in found:
        option = isinstance(before, str) and before.startswith("-") and "=" not in before and NAMES.search(before)
        shown.append(HIDDEN if option and isinstance(one, str) else document(one, depth + 1))
        before = one
    return shown


def _member(name: str, value: Any, depth: int) -> Any:
    if isinstance(value, str) and value:
        return variable(name, value)[0] if NAMES.search(name) else document(value, depth + 1)
    return document(value, depth + 1)
