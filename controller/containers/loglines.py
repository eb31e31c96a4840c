"""The log of a container as lines with their times, whatever pieces it comes in."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from dataclasses import replace

from controller.containers.engine import Engine, LogWish
from controller.containers.errors import EngineAway, EngineSilent
from controller.containers.reading import moment
from controller.containers.schemas import LogLine, LogPage
from controller.core.clock import as_datetime

LONGEST = 16 << 10  # bytes of a line that are shown
SEARCHED = 100_000  # lines back from the end
READ_S = 25.0
READ_BYTES = 128 << 20


class Lines:
    """Puts pieces together; a line that is longer than anybody reads is cut into several."""

    def __init__(self) -> None:
        self._rest: dict[str, bytearray] = {"stdout": bytearray(), "stderr": bytearray()}

    def feed(self, stream: str, data: bytes) -> list[LogLine]:
        """The lines that are whole now."""
        rest = self._rest[stream]
        rest += data
        *whole, last = rest.split(b"\n")
        self._rest[stream] = last
        found = [line(stream, bytes(one)) for one in whole]
        if len(last) > LONGEST:
            found.append(line(stream, bytes(last)))
            self._rest[stream] = bytearray()
        return found

    def end(self) -> list[LogLine]:
        """What is left without a line's end."""
        return [line(stream, bytes(rest)) for stream, rest in self._rest.items() if rest]


def line(stream: str, raw: bytes) -> LogLine:
    """A line, its time taken from its beginning."""
    text = raw[: 2 * LONGEST].decode("utf-8", "replace").removesuffix("\r")
    word, space, rest = text.partition(" ")
    at = moment(word) if word[:4].isdigit() and "T" in word else None
    if at is None:
        return LogLine(None, stream, text[:LONGEST])
    return LogLine(at.timestamp(), stream, rest[:LONGEST] if space else "")


async def read(engine: Engine, identity: str, wish: LogWish, search: str) -> LogPage:
    """The last `wish.tail` lines, of those that hold the words of `search`. Raises EngineSilent, EngineAway."""
    most = wish.tail or 0
    kept: deque[LogLine] = deque(maxlen=most)
    asked = replace(wish, tail=SEARCHED if search else most + 1)
    words, lines, seen, size = search.lower(), Lines(), 0, 0
    try:
        async with asyncio.timeout(READ_S), engine.logs(identity, asked) as pieces:
            async for stream, data in pieces:
                size += len(data)
                for one in lines.feed(stream, data):
                    if words in one.text.lower():
                        seen += 1
                        kept.append(one)
                if size > READ_BYTES:
                    break
            for one in lines.end():
                if words in one.text.lower():
                    seen += 1
                    kept.append(one)
    except TimeoutError:
        if not kept:
            raise EngineSilent("The engine did not hand out the log in time. Ask for a shorter stretch.") from None
    ordered = sorted(kept, key=lambda one: one.at or 0.0) if all(one.at for one in kept) else list(kept)
    return LogPage(ordered, seen > most)


async def text(pieces: AsyncIterator[tuple[str, bytes]], *, timestamps: bool) -> AsyncIterator[bytes]:
    """A log as a file: its lines as they come, with their times or without."""
    lines = Lines()

    def written(found: list[LogLine], raw: bool) -> bytes:
        return "".join(f"{_stamp(one) if raw else ''}{one.text}\n" for one in found).encode("utf-8", "replace")

    try:
        async for stream, data in pieces:
            yield written(lines.feed(stream, data), timestamps)
    except EngineAway:
        yield b"[the log broke off here]\n"
        return
    yield written(lines.end(), timestamps)


def _stamp(one: LogLine) -> str:
    if one.at is None:
        return ""
    return as_datetime(one.at).isoformat(timespec="microseconds") + " "
