"""Where a stream of terminal output can be cut, and what has to be told to whoever sees only the rest."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from controller.terminal import vt
from controller.terminal.scrollback import LIMIT, SLACK, STUCK, Scrollback


@pytest.mark.parametrize(
    ("data", "at", "cut"),
    [
        (b"plain text", 5, 5),
        (b"ab\x1b[31mcd", 4, 2),  # within a colour
        (b"ab\x1b[31mcd", 7, 7),  # behind it
        (b"ab\x1b", 3, 2),
        (b"ab\x1b[?10", 7, 2),
        (b"ab\x1b]2;title", 12, 2),
        (b"ab\x1b]2;title\x07x", 12, 12),
        (b"ab\x1b]2;title\x1b\\x", 12, 2),  # within its end: the rest alone would end nothing
        (b"ab\x1bP1;2qdata", 10, 2),
        (b"ab\x1b(", 4, 2),
        (b"ab\x1b(B", 5, 5),
        (b"ab\x1b[3\x18cd", 6, 6),  # called off
        ("a漢b".encode(), 2, 1),
        ("a漢b".encode(), 3, 1),
        ("a漢b".encode(), 4, 4),
        ("a🙂".encode(), 4, 1),
        (b"\x80\x80\x80\x80\x80", 4, 4),  # no character at all
        (b"\x1b[31", 4, 0),
    ],
)
def test_a_cut_is_in_no_sequence_and_no_character(data: bytes, at: int, cut: int) -> None:
    assert vt.safe_cut(data, at) == cut


@pytest.mark.parametrize(
    ("data", "restored"),
    [
        (b"text", b""),
        (b"\x1b[?1049h\x1b[?25l", b"\x1b[?1049h\x1b[?25l"),
        (b"\x1b[?2004h\x1b[?1h\x1b=", b"\x1b[?2004h\x1b[?1h\x1b="),
        (b"\x1b[?1000;1006h", b"\x1b[?1000h\x1b[?1006h"),
        (b"\x1b[?1000h\x1b[?1000l\x1b[?7l\x1b[?7h", b""),
        (b"\x1b[1m\x1b[31m", b"\x1b[1m\x1b[31m"),
        (b"\x1b[1m\x1b[0;32mx", b"\x1b[0;32m"),
        (b"\x1b[1m\x1b[mx", b"\x1b[m"),
        (b"\x1b[2;20r\x1b[4h\x1b[6 q", b"\x1b[4h\x1b[2;20r\x1b[6 q"),
        (b"\x1b(0lqk", b"\x1b(0"),
        (b"\x1b(0\x1b[?1h\x1b[31m\x1bc", b""),
        (b"\x1b[?2004h\x1b[?1h\x1b[!p", b"\x1b[?2004h"),
        (b"\x1b]0;a title\x07", b"\x1b]2;a title\x07"),
        (b"\x1b]2;bad\x00\xe2\x80\xaename\x1b\\", b"\x1b]2;badname\x07"),
        (b"\x1b[?9999999999h\x1b[?;;h", b""),
    ],
)
def test_modes_colours_and_title_are_restored(data: bytes, restored: bytes) -> None:
    modes = vt.Modes()
    modes.feed(data)
    assert modes.restore() == restored
    again = vt.Modes()
    again.feed(restored)
    assert again.restore() == restored


@pytest.mark.parametrize(
    ("data", "line"),
    [
        (b"", ""),
        (b"one\r\ntwo\r\n", "two"),
        (b"\x1b[32muser@web\x1b[0m:~$ ", "user@web:~$"),
        (b"10%\r20%\r30%", "30%"),
        ("\u202etxt.exe 漢字\x07".encode(), "txt.exe 漢字"),
        (b"\x1b]2;title\x07\x1b[2J", ""),
    ],
)
def test_the_last_line_is_words_only(data: bytes, line: str) -> None:
    assert vt.last_line(data) == line


PIECES = st.sampled_from(
    [
        b"text\r\n",
        "漢字".encode(),
        b"\x1b[31m",
        b"\x1b[?1049h",
        b"\x1b]2;t\x07",
        b"\x1b]2;u\x1b\\",
        b"\x1b(0",
        b"\x1bc",
        b"\x1b",
    ]
)


@given(st.lists(PIECES, max_size=40), st.integers(0, 200))
@example([b"text\r\n", b"\x1b]2;u\x1b\\"], 12)
@example([b"\x1b]2;u\x1b", b"\x1b[31m"], 8)
def test_what_is_cut_and_what_is_left_make_the_whole(pieces: list[bytes], at: int) -> None:
    data = b"".join(pieces)
    cut = vt.safe_cut(data, min(at, len(data)))
    whole, parts = vt.Modes(), vt.Modes()
    whole.feed(data)
    parts.feed(data[:cut])
    parts.feed(data[cut:])
    assert parts.restore() == whole.restore()


@given(st.binary(max_size=300), st.integers(0, 300))
def test_any_bytes_can_be_cut_and_read(data: bytes, at: int) -> None:
    assert 0 <= vt.safe_cut(data, min(at, len(data))) <= len(data)
    modes = vt.Modes()
    modes.feed(data)
    modes.restore()
    vt.last_line(data)


def test_the_scrollback_holds_a_mebibyte_whatever_comes() -> None:
    kept = Scrollback()
    for number in range(4000):
        kept.append(b"\x1b[3%dm%06d %s\r\n" % (number % 8, number, b"x" * 1000))
    assert LIMIT <= kept.end - kept.start <= LIMIT + SLACK
    assert b"003999" in kept.read(kept.end - 1020, 1020)
    assert kept.restore().endswith(b"m")


def test_a_sequence_without_an_end_is_given_up_and_holds_no_memory() -> None:
    kept = Scrollback()
    kept.append(b"\x1b[?2004h")
    kept.append(b"\x1b]1337;File=:")
    for _ in range(100):
        kept.append(b"A" * 32768)
        assert kept.end - kept.start <= LIMIT + SLACK + STUCK + 32768
    kept.append(b"\x07text")
    assert kept.end == 8 + 13 + 100 * 32768 + 5
    assert kept.read(kept.end - 4, 4) == b"text"
