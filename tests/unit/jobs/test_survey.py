"""Answers are what their questions want, and never become code."""

from __future__ import annotations

import subprocess
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from controller.core.errors import Invalid
from controller.core.secrets import Secret
from controller.jobs import survey
from controller.jobs.kind import Target
from controller.jobs.survey import Question

TEXT = Question("t", default="d", most=5)
ASKED = [
    TEXT,
    Question("n", "number", least=1, most=9, whole=True),
    Question("c", "choice", choices=["a", "b"]),
    Question("s", "secret", required=False),
    Question("h", "host", required=False),
    Question("p", pattern="[a-z]+", required=False),
]


def test_answers_are_sorted_by_how_they_may_be_kept() -> None:
    found = survey.answer(ASKED, {"n": "7", "c": "b", "s": "hush", "h": 12, "p": "abc"})
    assert found.plain == {"t": "d", "n": 7, "c": "b", "p": "abc"}
    assert (found.secret, found.hosts) == ({"s": "hush"}, {"h": 12})


@pytest.mark.parametrize(
    ("given_", "field"),
    [
        ({"c": "a"}, "params.n"),
        ({"n": 5, "c": "x"}, "params.c"),
        ({"n": 0, "c": "a"}, "params.n"),
        ({"n": 1.5, "c": "a"}, "params.n"),
        ({"n": "many", "c": "a"}, "params.n"),
        ({"n": True, "c": "a"}, "params.n"),
        ({"n": float("nan"), "c": "a"}, "params.n"),
        ({"n": 10**400, "c": "a"}, "params.n"),
        ({"n": 1, "c": "a", "t": "too long"}, "params.t"),
        ({"n": 1, "c": "a", "t": "a\nb"}, "params.t"),
        ({"n": 1, "c": "a", "t": "\0"}, "params.t"),
        ({"n": 1, "c": "a", "p": "a1"}, "params.p"),
        ({"n": 1, "c": "a", "zz": 1}, "params.zz"),
        ({"n": 1, "c": "a", "t": 5}, "params.t"),
    ],
)
def test_a_wrong_answer_is_named(given_: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as caught:
        survey.answer(ASKED, given_)
    assert field in [error.field for error in caught.value.errors]


@pytest.mark.parametrize(
    "questions",
    [
        [Question("A")],
        [Question("a"), Question("a")],
        [Question("a", "choice")],
        [Question("a", "secret", default="x")],
        [Question("a", pattern="(")],
        [Question("a", pattern="(a+)+")],
        [Question("a", default="toolong", most=2)],
        [Question("a", "number", default="x")],
    ],
)
def test_a_survey_that_cannot_be_asked_is_refused(questions: list[Question]) -> None:
    with pytest.raises(Invalid):
        survey.check(questions)


def test_an_insertion_that_nobody_asks_for_is_refused() -> None:
    survey.check_words(["{{ t }} {{host.name}}"], ASKED)
    with pytest.raises(Invalid):
        survey.check_words(["{{ other }}"], ASKED)


def test_the_environment_holds_hosts_and_secrets_too() -> None:
    there = Target(3, "web", "10.0.0.3", 22, "root")
    found = survey.environment({"a": "x", "n": 5, "s": Secret("hush"), "h": there})
    assert found == {
        "PARAM_A": "x",
        "PARAM_N": "5",
        "PARAM_S": "hush",
        "PARAM_H": "web",
        "PARAM_H_ADDRESS": "10.0.0.3",
    }


@pytest.mark.parametrize("shell", ["dash", "bash"])
@settings(max_examples=25, deadline=None)
@given(value=st.text(alphabet=st.sampled_from("a '\"$`\\(){};&|*\n#!~é"), max_size=15))
def test_a_value_is_a_value_wherever_it_stands(shell: str, value: str) -> None:
    command = survey.insert(
        "printf '%s|' {{ v }}; printf '%s|' \"<{{ v }}>\"; printf '%s|' '<{{ v }}>'; "
        'printf \'%s|\' "it\'s \\"{{ v }}\\""'
    )
    done = subprocess.run(
        [shell, "-c", command],
        check=False,
        env={"PARAM_V": value, "PATH": "/usr/bin:/bin"},
        capture_output=True,
        timeout=10,
    )
    assert done.stderr == b""
    assert done.stdout.decode() == f'{value}|<{value}>|<{value}>|it\'s "{value}"|'
