"""Which hosts: `group:web & tag:prod & !name:db*`, read here and matched against what is known of each host.

    either  = both { "|" both }
    both    = single { "&" single }
    single  = "!" single | "(" either ")" | [ field ":" ] pattern
    field   = "name" | "group" | "tag" | "address" | "id"

A pattern without a field is a name. `*` stands for any characters and `?` for one; capitals do not matter. What holds
a space or one of the signs above is put in quotation marks, doubled inside of them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from dataclasses import dataclass
from fnmatch import translate

from controller.core.errors import AppError

LONGEST = 4000
DEEPEST = 50
FIELDS = ("name", "group", "tag", "address", "id")
TOKEN = re.compile(r'\s*(?:(?P<sign>[|&!()])|(?P<word>(?:"(?:[^"]|"")*"|[^\s|&!()"])+))')


@dataclass(frozen=True, slots=True)
class Known:
    """What a pattern is held against."""

    id: int
    name: str
    address: str
    groups: Collection[str]
    tags: Collection[str]


Test = Callable[[Known], bool]


class BadExpression(AppError):
    """It cannot be read; `position` (from 0) is where."""

    status = 400
    code = "bad_expression"

    def __init__(self, detail: str, position: int) -> None:
        super().__init__(f"{detail} (character {position + 1})", members={"position": position})
        self.position = position


def parse(text: str) -> Test:
    """The test that the expression means. Raises BadExpression; an empty one is none."""
    if len(text) > LONGEST:
        raise BadExpression(f"An expression has up to {LONGEST} characters.", LONGEST)
    reader = _Reader(text)
    found = reader.either(0)
    if reader.sign or reader.word is not None:
        raise BadExpression("Here & or | is missing, or a bracket is closed that was not opened", reader.at)
    return found


class _Reader:
    def __init__(self, text: str) -> None:
        self._text = text
        self._next = 0
        self.at = 0
        self.sign = ""
        self.word: str | None = None
        self.step()

    def step(self) -> None:
        """On to the next token; neither a sign nor a word at the end."""
        self.sign, self.word = "", None
        rest = self._text[self._next :]
        self.at = self._next + len(rest) - len(rest.lstrip())
        if not rest.strip():
            return
        found = TOKEN.match(self._text, self._next)
        if found is None:
            raise BadExpression("This quotation mark is not closed", self.at)
        self._next = found.end()
        self.sign, self.word = found["sign"] or "", found["word"]

    def either(self, depth: int) -> Test:
        parts = [self._both(depth)]
        while self.sign == "|":
            self.step()
            parts.append(self._both(depth))
        return parts[0] if len(parts) == 1 else lambda host: any(part(host) for part in parts)

    def _both(self, depth: int) -> Test:
        parts = [self._single(depth)]
        while self.sign == "&":
            self.step()
            parts.append(self._single(depth))
        return parts[0] if len(parts) == 1 else lambda host: all(part(host) for part in parts)

    def _single(self, depth: int) -> Test:
        if depth > DEEPEST:
            raise BadExpression(f"Brackets and ! go up to {DEEPEST} deep", self.at)
        if self.sign == "!":
            self.step()
            inner = self._single(depth + 1)
            return lambda host: not inner(host)
        if self.sign == "(":
            opened = self.at
            self.step()
            found = self.either(depth + 1)
            if self.sign != ")":
                raise BadExpression("This bracket is not closed", opened)
            self.step()
            return found
        if self.word is None:
            raise BadExpression("Here a host is missing, such as group:web or name:db*", self.at)
        test = _term(self.word, self.at)
        self.step()
        return test


def _term(word: str, at: int) -> Test:
    field, colon, rest = word.partition(":")
    if not colon or word.startswith('"'):
        field, rest = "name", word
    if field.lower() not in FIELDS:
        raise BadExpression(f"There is no {field!r}; there are {', '.join(FIELDS)}", at)
    pattern = _plain(rest).casefold()
    if not pattern:
        raise BadExpression(f"Say which {field}; {field}:* means any", at)
    # only * and ? mean something: a bracket is a bracket
    match = re.compile(translate(pattern.replace("[", "[[]"))).match
    return lambda host: any(match(value.casefold()) for value in _values(host, field.lower()))


def _plain(word: str) -> str:
    return re.sub(r'"((?:[^"]|"")*)"', lambda found: found[1].replace('""', '"'), word)


def _values(host: Known, field: str) -> Collection[str]:
    if field == "group":
        return host.groups
    if field == "tag":
        return host.tags
    return ({"name": host.name, "address": host.address, "id": str(host.id)}[field],)
