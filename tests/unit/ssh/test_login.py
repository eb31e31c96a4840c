"""Which prompts get the password."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from controller.core.secrets import Secret
from controller.ssh.login import Login
from controller.ssh.target import Password, Target

TARGET = Target(1, "192.0.2.1", 22, "root", Password(Secret("s3cret")), name="web-1")


def answers(*prompts: tuple[str, bool]) -> tuple[Sequence[str] | None, Login]:
    """What a challenge with these prompts (text, echo) is answered."""
    login = Login(TARGET, [], None)
    login.kbdint_auth_requested()
    return asyncio.run(login.kbdint_challenge_received("", "", "", prompts)), login


@pytest.mark.parametrize("text", ["Password: ", "root@web-1's password:", "密码：", "Пароль: ", "PASSWORD"])
def test_hidden_prompts_for_a_password_get_it(text: str) -> None:
    assert answers((text, False))[0] == ["s3cret"]


def test_a_message_without_prompts_is_taken_note_of() -> None:
    assert answers()[0] == []


@pytest.mark.parametrize(
    "prompts",
    [
        [("Verification code: ", False)],
        [("Password: ", True)],
        [("Password: ", False), ("One-time code: ", False)],
        [("Press 1 for a push: ", True)],
    ],
)
def test_anything_else_gets_nothing_and_is_told(prompts: list[tuple[str, bool]]) -> None:
    answer, login = answers(*prompts)
    assert answer is None
    failure = login.failure()
    assert failure.code == "interactive"
    assert "s3cret" not in failure.sentence


def test_each_method_is_tried_once_and_a_refused_password_not_by_another_way() -> None:
    login = Login(TARGET, [], None)
    assert login.public_key_auth_requested() is None
    assert login.password_auth_requested() == "s3cret"
    assert login.password_auth_requested() is None
    assert login.kbdint_auth_requested() is None
    assert login.failure().code == "auth_failed"
