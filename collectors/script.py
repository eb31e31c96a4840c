"""How collectors' scripts are run: sh reads them from standard input, behind whatever a login does first.

The login shell's rc files may print anything before sh gets to run. So the first thing said is a marker that is made
anew each time, and nothing before it is believed. Several scripts can share one sh: starting a command costs the
controller and the host more than most scripts do.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass


def written(script: str, marker: str) -> bytes:
    """What sh is to read. `marker` is an unguessable word of letters and digits."""
    return f"echo {marker}\n{script}".encode()


def answer(output: bytes, marker: str) -> bytes | None:
    """What the script itself said; None when sh did not come to run it."""
    _, found, said = output.partition(f"{marker}\n".encode())
    return said if found else None


@dataclass(frozen=True, slots=True)
class Said:
    """What one of several scripts said, with what status it ended, and how many seconds it took."""

    output: bytes
    status: int
    duration_s: float


class Sequel:
    """Several scripts that one sh runs one after another, each in a shell of its own.

    Feed it the output as it comes, so that it can tell how long each took. What is held is bounded by whoever feeds.
    """

    def __init__(self, scripts: Sequence[str], marker: str) -> None:
        self._scripts = scripts
        self._marker = marker
        self._end = re.compile(rb"%s=([0-9]{1,3})\n" % marker.encode())
        self.start = f"{marker}\n".encode()
        self._rest = b""
        self._turned_at: float | None = None
        self.said: list[Said] = []

    @property
    def began(self) -> bool:
        """Did sh come to run any?"""
        return self._turned_at is not None

    def written(self) -> bytes:
        """What sh is to read."""
        parts = [f"(\n{script}\n) </dev/null\necho {self._marker}=$?\n" for script in self._scripts]
        return f"echo {self._marker}\n{''.join(parts)}".encode()

    def feed(self, data: bytes, at: float) -> None:
        """Take what arrived at `at`, in seconds of any clock that does not jump."""
        self._rest += data
        if self._turned_at is None:
            _, found, rest = self._rest.partition(self.start)
            if not found:
                return
            self._turned_at, self._rest = at, rest
        while len(self.said) < len(self._scripts) and (end := self._end.search(self._rest)):
            self.said.append(Said(self._rest[: end.start()], int(end[1]), at - self._turned_at))
            self._turned_at, self._rest = at, self._rest[end.end() :]
