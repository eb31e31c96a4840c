"""A recording as an asciicast (https://docs.asciinema.org/manual/asciicast/v2): JSON lines any player reads.

Version 2, because every player reads it, and its times are absolute, which is what a jump to a moment needs. Text there
is UTF-8, so bytes that are none become U+FFFD; with `exact` the data of "o" and "i" is Base64 of the very bytes.
"""

from __future__ import annotations

import base64
import codecs
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from controller.recordings.sealed import Event, Kind

VERSION = 2
CODES = {Kind.OUTPUT: "o", Kind.INPUT: "i", Kind.RESIZE: "r", Kind.NOTE: "m"}


@dataclass(frozen=True, slots=True)
class Shown:
    """What is recorded. `started_at`: epoch seconds; `about`: what Moorline knows beside what the format names."""

    columns: int
    rows: int
    term: str
    started_at: float
    title: str
    about: Mapping[str, Any]


def header(shown: Shown, *, exact: bool) -> bytes:
    """The first line."""
    fields: dict[str, Any] = {
        "version": VERSION,
        "width": shown.columns,
        "height": shown.rows,
        "timestamp": int(shown.started_at),
        "title": shown.title,
        "env": {"TERM": shown.term},
        "moorline": dict(shown.about),
    }
    if exact:
        fields["encoding"] = "base64"
    return _line(fields)


def lines(chunks: Iterable[list[Event]], *, exact: bool) -> Iterator[bytes]:
    """The event lines, a piece for each chunk. A character cut in two by a chunk's end is put together again."""
    decoders = {kind: codecs.getincrementaldecoder("utf-8")("replace") for kind in (Kind.OUTPUT, Kind.INPUT)}
    at_us = 0
    for events in chunks:
        piece = bytearray()
        for event in events:
            at_us = event.at_us
            decoder = None if exact else decoders.get(event.kind)
            text = _text(event, decoder)
            if text:
                piece += _event(event.kind, at_us, text)
        if piece:
            yield bytes(piece)
    for kind, decoder in decoders.items():
        if rest := decoder.decode(b"", final=True):
            yield _event(kind, at_us, rest)


def note_behind(piece: bytes, text: str) -> bytes:
    """A note at the time of the piece's last event."""
    at_s = json.loads(piece.rstrip().rpartition(b"\n")[2])[0]
    return _event(Kind.NOTE, round(at_s * 1_000_000), text)


def _text(event: Event, decoder: codecs.IncrementalDecoder | None) -> str:
    if decoder is not None:
        return decoder.decode(event.data)
    if event.kind in {Kind.OUTPUT, Kind.INPUT}:
        return base64.b64encode(event.data).decode()
    return event.data.decode(errors="replace")


def _event(kind: Kind, at_us: int, text: str) -> bytes:
    return _line([at_us / 1_000_000, CODES[kind], text])


def _line(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
