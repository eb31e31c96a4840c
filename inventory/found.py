"""A host as some file describes it, and what the readers share."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

MOST = 5000  # hosts of one file
TEXT_BYTES = 900_000  # of one file; a request's body is a little longer
EXPANDED_MOST = 5000  # hosts that one range stands for


class UnreadableError(Exception):
    """The text is not of that kind at all; the sentence says where and what to do."""


@dataclass(slots=True)
class Found:
    """One host. `line`: where it stands in the file; `problems`: sentences that say why it cannot be taken as it is."""

    line: int
    name: str
    address: str
    port: int = 22
    username: str = ""
    password: str = field(default="", repr=False)
    groups: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    note: str = ""
    fingerprint: str = ""
    jump: str = ""  # the name of the host that it is behind
    problems: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Reading:
    """All hosts of a file in its order, and notes on what was left out on purpose."""

    hosts: list[Found] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def note(self, text: str) -> None:
        """Say something once."""
        if text not in self.notes and len(self.notes) < 50:
            self.notes.append(text)


def port(text: object, problems: list[str]) -> int:
    """A port as written; 22 with a problem noted where it is none."""
    word = str(text).strip()
    if not word:
        return 22
    if word.isascii() and word.isdigit() and len(word) < 6 and 1 <= int(word) <= 65535:
        return int(word)
    problems.append(f"The port {word[:20]!r} is no number from 1 to 65535.")
    return 22


def words(text: str) -> tuple[str, ...]:
    """Several words in one field, parted by ; or | (or by commas where those are not the file's own)."""
    return tuple(dict.fromkeys(part.strip() for part in re.split(r"[;|,]", text) if part.strip()))


def check(text: str) -> str:
    """The text without a byte order mark. Raises UnreadableError when it is too long or no text."""
    if len(text) > TEXT_BYTES:
        raise UnreadableError("The file is too long. Take it in parts of up to 5,000 hosts.")
    if "\0" in text:
        raise UnreadableError("This is no text file. Save it as UTF-8 and try again.")
    return text.removeprefix("\ufeff")


def full(reading: Reading) -> bool:
    """Has the file as many hosts as are taken? Notes it."""
    if len(reading.hosts) < MOST:
        return False
    reading.note(f"Only the first {MOST} hosts are read.")
    return True
