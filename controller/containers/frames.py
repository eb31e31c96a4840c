"""How engines mix two outputs into one stream: frames of eight bytes' head (stream, three zeros, length), then content.

Docker's API documents it under "Attach to a container: Stream format". The log of a container with a terminal is plain.
"""

from __future__ import annotations

NAMES = {0: "stdout", 1: "stdout", 2: "stderr"}
HEAD = 8
LONGEST = 1 << 20  # of one frame; Docker's are 16 KiB


class Demultiplexer:
    """Takes frames apart as they come."""

    def __init__(self) -> None:
        self._rest = bytearray()

    def feed(self, data: bytes) -> list[tuple[str, bytes]]:
        """The pieces that are whole now. Raises ValueError for what is in no such form."""
        self._rest += data
        found = []
        start = 0
        while len(self._rest) - start >= HEAD:
            stream = self._rest[start]
            length = int.from_bytes(self._rest[start + 4 : start + HEAD], "big")
            if stream not in NAMES or any(self._rest[start + 1 : start + 4]) or length > LONGEST:
                raise ValueError("the log is not in the form that engines use")
            end = start + HEAD + length
            if len(self._rest) < end:
                break
            found.append((NAMES[stream], bytes(self._rest[start + HEAD : end])))
            start = end
        del self._rest[:start]
        return found
