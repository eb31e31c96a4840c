"""Expressions mean what they say, and say where they cannot be read."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controller.jobs.expression import BadExpression, Known, parse

WEB = Known(1, "web-1", "10.0.0.1", ("Web", "prod eu"), ("prod", "nginx"))
DB = Known(2, "db-1", "10.0.0.2", ("db",), ("prod",))
ODD = Known(3, "[x]|y", "fe80::1", (), ())
ALL = (WEB, DB, ODD)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("*", [1, 2, 3]),
        ("web-1", [1]),
        ("WEB-?", [1]),
        ("group:web", [1]),
        ('group:"prod eu"', [1]),
        ("tag:prod", [1, 2]),
        ("tag:prod & !name:db*", [1]),
        ("tag:prod&!(name:db*|group:web)", []),
        ("group:web | group:db & tag:none", [1]),
        ("(group:web | group:db) & tag:prod", [1, 2]),
        ("!!id:3", [3]),
        ("address:10.0.0.*", [1, 2]),
        ('"[x]|y"', [3]),
        ("name:[x]*", [3]),
        ("address:fe80::*", [3]),
    ],
)
def test_what_is_meant(text: str, found: list[int]) -> None:
    test = parse(text)
    assert [host.id for host in ALL if test(host)] == found


@pytest.mark.parametrize(
    ("text", "position"),
    [
        ("", 0), ("  ", 2), ("group:web &", 11), ("& web", 0), ("(web", 0), ("web)", 3), ("web db", 4), ("os:linux", 0),
        ('web & "open', 6), ("group:", 0), ("web | tag:", 6), ("!" * 60 + "web", 51), ("(" * 60 + "web", 51),
        ("x" * 4001, 4000),
    ],
)  # fmt: skip
def test_what_cannot_be_read_and_where(text: str, position: int) -> None:
    with pytest.raises(BadExpression) as caught:
        parse(text)
    assert caught.value.position == position
    assert caught.value.members == {"position": position}


@given(st.text(alphabet=st.sampled_from('ab*?|&!()": \\[]\n'), max_size=40))
def test_nothing_else_happens_whatever_is_typed(text: str) -> None:
    at = 0
    try:
        test = parse(text)
    except BadExpression as error:
        at = error.position
    else:
        assert {test(host) for host in ALL} <= {True, False}
    assert 0 <= at <= len(text)
