"""Secrets in what a host says are replaced as it streams by, also where they are cut between two packets.

Exact matches alone: a secret that is printed encoded, reversed or in pieces is not found, nor one of fewer than four
bytes, which would mask half of what is said.
"""

from __future__ import annotations

from collections.abc import Iterable

SHORTEST = 4
MASK = "•••".encode()


def needles(secrets: Iterable[str]) -> tuple[bytes, ...]:
    """What to look for, the longest first; each line of a secret of several lines too."""
    found: set[bytes] = set()
    for secret in secrets:
        found.add(secret.encode())
        found.update(line.strip().encode() for line in secret.splitlines())
    return tuple(sorted((one for one in found if len(one) >= SHORTEST), key=len, reverse=True))


class Mask:
    """One stream."""

    __slots__ = ("_carry", "_needles")

    def __init__(self, needles: tuple[bytes, ...]) -> None:
        self._needles = needles
        self._carry = b""

    def take(self, data: bytes) -> bytes:
        """What may be shown now; the beginning of what may be a secret is kept back."""
        if not self._needles:
            return data
        data = self._replaced(self._carry + data)
        kept = max(_begun(data, needle) for needle in self._needles)
        self._carry = data[len(data) - kept :]
        return data[: len(data) - kept]

    def rest(self) -> bytes:
        """What was kept back, at the end of the stream."""
        rest, self._carry = self._carry, b""
        return rest

    def _replaced(self, data: bytes) -> bytes:
        for needle in self._needles:
            data = data.replace(needle, MASK)
        return data


def _begun(data: bytes, needle: bytes) -> int:
    """How many bytes at the end of `data` begin the needle."""
    for length in range(min(len(needle) - 1, len(data)), 0, -1):
        if data.endswith(needle[:length]):
            return length
    return 0
