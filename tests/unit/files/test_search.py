"""What find and grep say, in whatever pieces it comes."""

from __future__ import annotations

import pytest

from controller.files.search import Hit, Parser, Wanted, script

OUTPUT = b"/a/one\x002:needle\n/a/new\nline\x0012:x:y\n/a/one\x00100:last\n"
FOUND = [Hit(b"/a/one", 2, b"needle"), Hit(b"/a/new\nline", 12, b"x:y"), Hit(b"/a/one", 100, b"last")]


@pytest.mark.parametrize("size", [1, 2, 3, 7, 1000])
def test_lines_of_grep_in_pieces(size: int) -> None:
    parser = Parser()
    found: list[Hit] = []
    for at in range(0, len(OUTPUT), size):
        found += parser.feed(OUTPUT[at : at + size], lines=True)
    assert found + parser.finish() == FOUND


@pytest.mark.parametrize("size", [1, 5, 1000])
def test_names_alone_where_grep_knows_no_null(size: int) -> None:
    output = b"/a/one\0/b/two and a longer name\0/c\0"
    parser = Parser()
    found: list[Hit] = []
    for at in range(0, len(output), size):
        found += parser.feed(output[at : at + size], lines=True)
    paths = [hit.path for hit in found + parser.finish()]
    assert paths == [b"/a/one", b"/b/two and a longer name", b"/c"]


def test_names_of_find() -> None:
    parser = Parser()
    assert [hit.path for hit in parser.feed(b"/a\0/b\nc\0/d", lines=False)] == [b"/a", b"/b\nc"]


def test_nothing_of_what_is_typed_is_the_shells() -> None:
    made = script(Wanted(b"/tmp/$(x)", name="'; rm -rf /; '", content="`id`"))
    assert b"'/tmp/$(x)'" in made
    assert b"'`id`'" in made
    assert b"; rm -rf /; '\"'\"'" in made
