"""The two forms of names, and what leads nowhere."""

from __future__ import annotations

import json
import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controller.core.errors import Invalid
from controller.files import names

NAMES = st.binary(min_size=1, max_size=80)


@given(NAMES)
def test_nothing_is_lost_on_the_way(name: bytes) -> None:
    form = names.text(name)
    assert names.raw(json.loads(json.dumps(form))) == name
    assert form.isprintable() or "\xa0" in form or not any(ord(char) < 32 for char in form)


@given(st.text(max_size=80).filter(lambda text: not any(0xD800 <= ord(char) < 0xE000 for char in text)))
def test_what_a_person_types_needs_only_its_percent_signs_written_out(text: str) -> None:
    assert names.raw(text.replace("%", "%25")) == text.encode()


@pytest.mark.parametrize("name", ["plain.txt", "日本語", "é", "-rf", "a b", "it's"])
def test_an_ordinary_name_is_its_own_form(name: str) -> None:
    assert names.text(name.encode()) == name


@pytest.mark.parametrize("form", ["relative", "", "/%", "/%zz", "/%00", "~user", "/\ud800", "/" + "a" * 5000])
def test_what_is_no_path_is_refused(form: str) -> None:
    with pytest.raises(Invalid):
        names.path(form)


@pytest.mark.parametrize("form", ["..", "../x", "a/../x", "/x", "a//x", ".", "", "a/%2E%2E", "a%2F..%2Fx", "a/%00"])
def test_a_path_in_a_folder_leads_not_out(form: str) -> None:
    with pytest.raises(Invalid):
        names.relative(form)


def test_second_names() -> None:
    pairs = {b"a.txt": b"a (2).txt", b"a": b"a (2)", b".bashrc": b".bashrc (2)", b"a (2).txt": b"a (2).txt"}
    assert {name: names.numbered(name, 2) for name in pairs} == pairs
    assert len(names.numbered(b"x" * 255, 2)) == 255


@given(NAMES)
def test_names_in_archives_are_relative_and_stay_inside(name: bytes) -> None:
    parts = names.archived(name).split(b"/")
    assert b".." not in parts
    assert not any(b"\\" in part for part in parts)
    assert not names.archived(name).startswith(b"/")


@pytest.mark.parametrize("name", [b"a'b", b"$(x)", b"`x`", b"-n", b"new\nline", b"\xff\xfe", b'"', b"\\", b"!x", b"*"])
def test_a_shell_reads_a_quoted_name_as_it_is(name: bytes) -> None:
    script = b"printf '%s' " + names.quoted(b"/" + name)
    assert subprocess.run(["sh", "-s"], input=script, capture_output=True, check=True).stdout == b"/" + name
