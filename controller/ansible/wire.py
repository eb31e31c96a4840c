"""The words on the broker's socket: frames of a letter, a length (4 bytes, big-endian) and so many bytes.

The other side is `playbooks/plugins/connection/moorline.py`, which may import nothing of ours and repeats the letters.
"""

from __future__ import annotations

import asyncio
import json
import struct
from enum import Enum
from typing import Any

HEAD = struct.Struct(">cI")
MOST = 8 << 20  # bytes in one frame


class Word(Enum):
    """What a frame is. Upper case from Ansible, lower case from the broker."""

    HELLO = b"H"  # {token}
    EXEC = b"X"  # {host, command, tty, end: {command, secret} | null}
    ANSWER = b"P"  # typed to a question of the command, ahead of its input
    SIZE = b"S"  # {bytes}: how much input follows; exactly once for each EXEC, 0 for none
    INPUT = b"I"
    RESET = b"Z"  # {host}
    OUT = b"o"
    ERR = b"e"
    RESULT = b"r"  # {rc}
    FAILED = b"f"  # {error, unreachable}


class Misspoken(Exception):
    """The other side does not keep to the words."""


def frame(word: Word, body: bytes) -> bytes:
    """One frame."""
    return HEAD.pack(word.value, len(body)) + body


def table(word: Word, **values: Any) -> bytes:
    """One frame of a JSON object."""
    return frame(word, json.dumps(values).encode())


async def read(reader: asyncio.StreamReader) -> tuple[Word, bytes] | None:
    """The next frame; None at the end. Raises Misspoken."""
    try:
        letter, length = HEAD.unpack(await reader.readexactly(HEAD.size))
        if length > MOST:
            raise Misspoken("a frame is too long")
        return Word(letter), await reader.readexactly(length)
    except (asyncio.IncompleteReadError, ConnectionError):
        return None
    except ValueError:
        raise Misspoken("an unknown word") from None


def parse(body: bytes, **kinds: type) -> dict[str, Any]:
    """The object in a frame, with these fields of these types. Raises Misspoken."""
    try:
        found = json.loads(body)
    except ValueError:
        raise Misspoken("no JSON") from None
    if not isinstance(found, dict) or any(type(found.get(name)) is not kind for name, kind in kinds.items()):
        raise Misspoken("another object than was asked for")
    return found
