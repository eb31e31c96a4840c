"""What the reader's answers are taken for: in whatever pieces they come, behind whatever noise, lies and all."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.reader import LIMIT_BYTES, Answer, ReaderError, Splitter, command, request
from collectors.spec import File

MARKER = "c0ffee00c0ffee00"
STAT = "/proc/stat"


def told(number: int, contents: dict[str, bytes | None], marker: str = MARKER) -> bytes:
    """An answer as the reader writes it."""
    parts = [f"{marker}={number}\n".encode()]
    for path, content in contents.items():
        parts.append(f"{marker}{'-' if content is None else '+'}{path}\n".encode() + (content or b""))
    return b"".join(parts) + f"{marker}.\n".encode()


def fed(data: bytes, cuts: list[int] | None = None, limit: int = LIMIT_BYTES) -> list[Answer]:
    """The answers of a splitter that is fed the data in pieces."""
    splitter = Splitter(MARKER, limit)
    edges = [0, *sorted(cut % (len(data) + 1) for cut in cuts or ()), len(data)]
    pieces = [data[start:end] for start, end in itertools.pairwise(edges)]
    return [answer for piece in pieces for answer in splitter.feed(piece)]


without_marker = st.binary(max_size=60).filter(lambda data: MARKER.encode() not in data)
content = st.one_of(st.none(), without_marker)
answers = st.lists(st.dictionaries(st.sampled_from(["/a", "/b c", "/proc/net/dev"]), content, max_size=3), max_size=4)
cuts = st.lists(st.integers(0, 2000), max_size=12)


@given(answers, cuts, without_marker)
def test_pieces_of_any_size_make_the_same_answers(
    sent: list[dict[str, bytes | None]], pieces: list[int], noise: bytes
) -> None:
    data = noise + b"".join(told(number, contents) for number, contents in enumerate(sent))
    found = fed(data, pieces)
    assert [(answer.number, answer.contents) for answer in found] == list(enumerate(sent))


@given(answers, cuts, without_marker)
def test_noise_between_answers_is_dropped(sent: list[dict[str, bytes | None]], pieces: list[int], noise: bytes) -> None:
    data = b"".join(told(number, contents) + noise for number, contents in enumerate(sent))
    assert [answer.contents for answer in fed(data, pieces)] == sent


def test_a_byte_at_a_time() -> None:
    data = b"Welcome!\n" + told(7, {STAT: b"cpu 1\n", "/gone": None}) + told(8, {})
    assert fed(data, list(range(len(data)))) == [Answer(7, {STAT: b"cpu 1\n", "/gone": None}), Answer(8, {})]


def test_noise_that_ends_like_a_marker_begins() -> None:
    assert fed(MARKER[:9].encode() * 3 + told(1, {})) == [Answer(1, {})]


def test_a_request_that_comes_back_as_from_an_echo_is_no_answer() -> None:
    with pytest.raises(ReaderError):
        fed(request(1, MARKER, (File(STAT),)) + told(1, {}))


def test_an_answer_with_another_marker_is_noise() -> None:
    other = "deadbeefdeadbeef"
    assert fed(told(1, {STAT: b"x"}, other) + told(2, {})) == [Answer(2, {})]


@given(st.lists(st.binary(max_size=300), max_size=20))
def test_garbage_is_no_answer_and_is_not_kept(pieces: list[bytes]) -> None:
    splitter = Splitter(MARKER)
    for piece in pieces:
        assert splitter.feed(piece.replace(MARKER.encode(), b"")) == [] or MARKER.encode() in b"".join(pieces)
    assert splitter.feed(told(3, {})) in ([Answer(3, {})], [])


@given(st.lists(st.sampled_from(["=", "+", "-", ".", "\n", "1", "/a", "\0", MARKER]), max_size=60), cuts)
def test_lies_in_the_agreed_words_are_answers_or_an_error(words: list[str], pieces: list[int]) -> None:
    lie = "".join(words).encode()
    try:
        found = fed(lie, pieces)
    except ReaderError:
        return
    assert all(0 <= answer.number < 10**18 and len(answer.contents) < len(lie) for answer in found)


@pytest.mark.parametrize(
    "lie",
    [
        "{m}=\n{m}.\n", "{m}=x\n{m}.\n", "{m}=-1\n{m}.\n", "{m}=1{m}.\n", "{m}+/a\n{m}.\n", "{m}=1\n{m}*/a\n{m}.\n",
        "{m}=1\n{m}-/a\nbut\n{m}.\n", "{m}=1\n{m}+/a\nx\n{m}+/a\ny\n{m}.\n", "{m}=" + "9" * 19 + "\n{m}.\n", "{m}.\n",
    ],
)  # fmt: skip
def test_what_is_not_as_agreed_is_an_error(lie: str) -> None:
    with pytest.raises(ReaderError):
        fed(lie.replace("{m}", MARKER).encode())


def test_an_endless_answer_is_an_error_as_soon_as_it_is_too_long() -> None:
    splitter = Splitter(MARKER, limit=1000)
    splitter.feed(f"{MARKER}=1\n{MARKER}+/a\n".encode())
    for _ in range(9):
        assert splitter.feed(b"x" * 100) == []
    with pytest.raises(ReaderError, match="1000 bytes"):
        splitter.feed(b"x" * 100)


@pytest.mark.parametrize("cuts", [[], [500]])
def test_a_whole_answer_that_is_too_long_is_an_error_in_one_piece_as_well(cuts: list[int]) -> None:
    with pytest.raises(ReaderError, match="1000 bytes"):
        fed(told(1, {"/a": b"x" * 1000}), cuts, limit=1000)
    assert fed(told(1, {"/a": b"x" * 900}), cuts, limit=1000)


def test_endless_noise_is_dropped_as_it_comes() -> None:
    splitter = Splitter(MARKER, limit=1000)
    for _ in range(1000):
        assert splitter.feed(b"y\n" * 1000) == []
    assert splitter.feed(told(1, {})) == [Answer(1, {})]


def test_a_request_is_one_line_and_the_command_has_nothing_that_a_login_shell_reads_otherwise() -> None:
    line = request(12, MARKER, (File("/a", keep="^x", word=3), File("/b", after="/a")))
    assert line == f"{MARKER}\t12\t/a\t^x\t3\t\t/b\t\t1\t/a\n".encode()
    quoted = command().split("'")[1::2]
    assert len(quoted) == 2
    assert not set("!\n\r") & set(command())
    assert all("\\\\" not in part and "\\'" not in part for part in quoted)
