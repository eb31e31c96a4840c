"""The file of a recording: what was written is read, what was changed is refused, what was cut off ends there."""

from __future__ import annotations

import base64
import json
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from controller.core.secrets import VaultError
from controller.recordings import asciicast, sealed
from controller.recordings.sealed import Event, Kind, Writer, pack

KEY = bytes(range(32))
CHUNKS = [
    pack(Kind.OUTPUT, 0, b"$ ") + pack(Kind.INPUT, 5, b"l"),
    pack(Kind.RESIZE, 1_000_000, b"120x40") + pack(Kind.OUTPUT, 1_500_000, "naïve €".encode()),
    pack(Kind.OUTPUT, 2_000_000, b"\xff\x00\xfe"),
]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A finished file of three chunks."""
    path = tmp_path / "one.rec"
    writer = Writer(path, KEY)
    for chunk in CHUNKS[:2]:
        writer.append(chunk)
    writer.append(CHUNKS[2], last=True)
    assert writer.size_bytes == path.stat().st_size
    return path


def test_what_was_written_is_read(path: Path) -> None:
    events = [event for chunk in sealed.read(path, KEY) for event in chunk]
    assert [event.kind for event in events] == [Kind.OUTPUT, Kind.INPUT, Kind.RESIZE, Kind.OUTPUT, Kind.OUTPUT]
    assert events[3] == Event(Kind.OUTPUT, 1_500_000, "naïve €".encode())
    assert path.stat().st_mode & 0o777 == 0o600
    assert b"na" not in path.read_bytes().removeprefix(sealed.MAGIC)


def test_a_file_that_is_cut_anywhere_gives_what_was_whole(path: Path) -> None:
    whole = path.read_bytes()
    counts = set()
    for length in range(len(sealed.MAGIC), len(whole)):
        path.write_bytes(whole[:length])
        counts.add(len(list(sealed.read(path, KEY))))
    assert counts == {0, 1, 2}


def test_a_chunk_that_was_changed_moved_or_taken_out_is_refused(path: Path) -> None:
    whole = path.read_bytes()
    body, parts = whole.removeprefix(sealed.MAGIC), []
    while body:
        length = sealed.HEAD.size + (sealed.HEAD.unpack_from(body)[0] & ~sealed.LAST)
        parts.append(body[:length])
        body = body[length:]
    flipped = bytes([parts[1][6] ^ 1])
    for forged in (
        [parts[1], parts[0], parts[2]],
        [parts[0], parts[2]],
        [parts[0], parts[1][:6] + flipped + parts[1][7:], parts[2]],
        [parts[0], bytes([parts[1][0] | 0x80]) + parts[1][1:]],  # an end that is none
    ):
        path.write_bytes(sealed.MAGIC + b"".join(forged))
        with pytest.raises(VaultError):
            list(sealed.read(path, KEY))
    path.write_bytes(whole)
    with pytest.raises(VaultError):
        list(sealed.read(path, os.urandom(32)))


def cast(chunks: list[list[Event]], *, exact: bool) -> list[Any]:
    """Its lines."""
    return [json.loads(line) for piece in asciicast.lines(chunks, exact=exact) for line in piece.splitlines()]


def test_a_character_that_two_events_share_is_whole_again() -> None:
    euro = "€".encode()
    chunks = [[Event(Kind.OUTPUT, 0, b"a" + euro[:1])], [Event(Kind.OUTPUT, 10, euro[1:] + b"b")]]
    assert cast(chunks, exact=False) == [[0.0, "o", "a"], [0.00001, "o", "€b"]]
    cut = [[Event(Kind.OUTPUT, 0, euro[:2])]]
    assert cast(cut, exact=False) == [[0.0, "o", "\ufffd"]]


@settings(deadline=None)
@given(st.lists(st.tuples(st.sampled_from([Kind.OUTPUT, Kind.INPUT]), st.binary(max_size=40)), max_size=20))
def test_the_exact_form_has_every_byte_and_the_text_form_is_utf_8(said: list[tuple[Kind, bytes]]) -> None:
    chunks = [[Event(kind, at, data)] for at, (kind, data) in enumerate(said)]
    for kind, code in ((Kind.OUTPUT, "o"), (Kind.INPUT, "i")):
        whole = b"".join(data for k, data in said if k == kind)
        lines = cast(chunks, exact=True)
        assert b"".join(base64.b64decode(line[2]) for line in lines if line[1] == code) == whole
        text = "".join(line[2] for line in cast(chunks, exact=False) if line[1] == code)
        assert text == whole.decode(errors="replace")
