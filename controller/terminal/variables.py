"""Variables in a snippet: `{{name}}`, `{{name=default}}` and what is known of the host, `{{host.name}}`. Pure.

What the user types goes in as typed; what comes from a host's entry, which others may write, is quoted for the shell.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass

VARIABLE = re.compile(r"\{\{\s*([A-Za-z_][\w.]{0,63})\s*(?:=([^{}\n]{0,500}))?\}\}")
HOST = ("host.name", "host.address", "host.username")


@dataclass(frozen=True, slots=True)
class Variable:
    """What has to be asked for."""

    name: str
    default: str | None


def names(text: str) -> list[Variable]:
    """The variables of a text but the host's, each once, in their order; the first default given counts."""
    found: dict[str, str | None] = {}
    for match in VARIABLE.finditer(text):
        if match[1] not in HOST:
            known = found.get(match[1])
            found[match[1]] = known if known is not None else match[2]
    return [Variable(name, default) for name, default in found.items()]


def fill(text: str, values: Mapping[str, str], host: Mapping[str, str]) -> str:
    """The text with everything put in, once: what is put in is not looked at again. Unknown ones become empty."""
    defaults = {one.name: one.default or "" for one in names(text)}

    def value(match: re.Match[str]) -> str:
        name = match[1]
        return shlex.quote(host.get(name, "")) if name in HOST else values.get(name, defaults.get(name, ""))

    return VARIABLE.sub(value, text)
