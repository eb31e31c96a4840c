"""What is started on a host, and what a snippet becomes."""

from __future__ import annotations

import shlex
import subprocess

import pytest

from controller.core.errors import Invalid
from controller.terminal import variables, ways


def test_a_shell_is_the_login_shell() -> None:
    assert ways.command("shell") is None


def test_a_container_is_entered_by_words_that_are_quoted() -> None:
    line = ways.command("container", container="web_1", engine="podman", user="1000:1000")
    assert line is not None
    words = shlex.split(line)
    assert words[:9] == ["exec", "podman", "exec", "-it", "-e", "TERM=xterm-256color", "-u", "1000:1000", "--"]
    assert words[9] == "web_1"


@pytest.mark.parametrize(
    "wrong",
    [
        {"container": ""}, {"container": "-it"}, {"container": "a b"}, {"container": "a;reboot"}, {"container": "a\nb"},
        {"container": "$(id)"}, {"container": "web", "user": "-u"}, {"container": "web", "user": "a b"},
        {"container": "web", "engine": "sh"}, {"container": "é"},
    ],
)  # fmt: skip
def test_names_that_no_container_has_are_refused(wrong: dict[str, str]) -> None:
    with pytest.raises(Invalid):
        ways.command("container", **wrong)


@pytest.mark.parametrize("shell", ["sh", "bash", "dash"])
def test_becoming_root_is_one_word_to_any_shell(shell: str) -> None:
    line = ways.command("root")
    assert line is not None
    checked = subprocess.run([shell, "-n", "-c", line], capture_output=True, text=True, check=False)
    assert (checked.returncode, checked.stderr) == (0, "")
    inner = subprocess.run([shell, "-n", "-c", shlex.split(line)[-1]], capture_output=True, text=True, check=False)
    assert (inner.returncode, inner.stderr) == (0, "")


def test_variables_are_found_once_each_and_the_hosts_own_are_not_asked_for() -> None:
    found = variables.names("tail -n {{count=100}} {{ file }} {{count}} {{host.name}} {{not a name}} {{x=}}")
    assert [(one.name, one.default) for one in found] == [("count", "100"), ("file", None), ("x", "")]


def test_what_is_put_in_is_not_looked_at_again_and_the_hosts_words_are_quoted() -> None:
    host = {"host.name": "a; reboot #", "host.address": "::1", "host.username": "root"}
    filled = variables.fill("echo {{a}} {{b=2}} {{host.name}} {{host.address}}", {"a": "{{host.name}}"}, host)
    assert filled == "echo {{host.name}} 2 'a; reboot #' ::1"
