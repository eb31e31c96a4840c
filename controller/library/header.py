"""What a playbook says of itself: YAML in the comment at its beginning, below `# moorline:`. Pure."""

from __future__ import annotations

import re
from typing import Any, Literal

import msgspec
import yaml

MOST = 64_000  # bytes of a header
RESERVED = re.compile(r"(ansible|moorline)(_|\Z)")
NAME = re.compile(r"[a-z_][a-z0-9_]{0,60}\Z")
Words = dict[str, str]  # by language: en, zh-CN


class Parameter(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One question; its answer is an extra variable of that name."""

    name: str
    type: Literal["text", "number", "choice", "secret", "host"] = "text"
    title: Words = {}
    help: Words = {}
    required: bool = False
    default: str | float | None = None
    choices: list[str] = []
    pattern: str = ""
    multiline: bool = False
    min: float | None = None
    max: float | None = None


class Header(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All of it. A playbook without one has the defaults; `trouble` says why one that is there could not be read."""

    title: Words = {}
    description: Words = {}
    tags: list[str] = []
    ansible: str = ""
    destructive: bool = False
    become: bool = True
    families: list[str] = []
    collections: list[str] = []
    check: bool = True
    unverified: Words = {}
    parameters: list[Parameter] = []
    trouble: str = ""


def read(text: str) -> Header:
    """The header of a playbook's text; one that is wrong becomes `trouble`, never an exception."""
    block = _block(text)
    if block is None:
        return Header()
    try:
        found = yaml.load(block, _Loader)  # noqa: S506  # a SafeLoader that knows no aliases
        made = msgspec.convert((found or {}).get("moorline") or {}, Header)
        _check(made)
    except (yaml.YAMLError, msgspec.ValidationError, ValueError, AttributeError, RecursionError) as error:
        return Header(trouble=f"The header cannot be read: {' '.join(str(error).split())[:300]}")
    return made


def _block(text: str) -> str | None:
    lines: list[str] = []
    for line in text[:MOST].splitlines():
        if not line.startswith("#"):
            break
        lines.append(line[2:] if line.startswith("# ") else line[1:])
    starts = [index for index, line in enumerate(lines) if line.rstrip() == "moorline:"]
    return "\n".join(lines[starts[0] :]) if starts else None


def _check(header: Header) -> None:
    seen: set[str] = set()
    for question in header.parameters:
        if not NAME.match(question.name) or RESERVED.match(question.name):
            raise ValueError(f"{question.name!r} cannot be a parameter's name")
        if question.name in seen:
            raise ValueError(f"two parameters are called {question.name}")
        seen.add(question.name)
        if question.type == "choice" and not question.choices:
            raise ValueError(f"{question.name} offers no choices")
        re.compile(question.pattern)


class _Loader(yaml.SafeLoader):  # type: ignore[misc]  # it has no types
    """Dates stay words, and nothing refers to anything: a few lines must not become gigabytes."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.events.AliasEvent):
            raise ValueError("aliases are not for headers")
        return super().compose_node(parent, index)


_Loader.yaml_implicit_resolvers = {
    sign: [(tag, rule) for tag, rule in rules if tag != "tag:yaml.org,2002:timestamp"]
    for sign, rules in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
