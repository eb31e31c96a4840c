"""Init steps: their headers, and that values reach them as values in every shell that hosts have."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from controller.core.errors import Invalid
from controller.jobs import steps, survey
from controller.jobs.steps import Step, StepHeader

SHELLS = [["dash"], ["busybox", "sh"], ["bash", "--posix"]]
NASTY = "a'b\"c; touch /tmp/pwned $(id) `id` {{ 7 * 7 }} {% raw %} \\ * \t€\nEOF\n-n"
GOOD = {
    "hostname": "web-1",
    "packages": "curl, htop",
    "user": "ann",
    "allow": "443/tcp",
    "size_mib": 512,
    "keys": "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIMw3Vx0a ann@desk",
    "settings": "net.core.somaxconn = 4096",
}


def good(step: Step) -> dict[str, str | float]:
    """Values that the step takes."""
    asked = {parameter.name for parameter in step.header.parameters}
    return steps.answers(step, {name: value for name, value in GOOD.items() if name in asked}, "values")


@pytest.mark.parametrize("step", steps.load().values(), ids=lambda step: step.name)
def test_header(step: Step) -> None:
    survey.check(step.questions)
    for words in (step.header.title, step.header.description, *(one.title for one in step.header.parameters)):
        assert set(words) == {"en", "zh-CN"}
        assert all(words.values())
    assert good(step).keys() == {one.name for one in step.header.parameters}
    assert set(step.header.families) <= {"debian", "redhat", "alpine", "arch"}


@pytest.mark.parametrize("step", steps.load().values(), ids=lambda step: step.name)
def test_values_stand_alone_in_the_shell(step: Step) -> None:
    """A value in the middle of a text or a heredoc would show its quotation marks, or lose them."""
    for line in step.text.splitlines():
        if "{{" in line:
            words = line.replace("$(printf '%s' ", "").split("=", 1)
            assert words[1].startswith("{{ "), f"{step.name}: {line}"


@pytest.mark.parametrize("shell", SHELLS, ids=lambda shell: shell[0])
@pytest.mark.parametrize("step", steps.load().values(), ids=lambda step: step.name)
def test_every_shell_reads_it(step: Step, shell: list[str]) -> None:
    for mode in steps.MODES:
        text = steps.script(step, good(step), mode, 120)
        done = subprocess.run([*shell, "-n"], input=text, text=True, capture_output=True, check=False, timeout=30)
        assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.skipif(shutil.which("shellcheck") is None, reason="shellcheck is not installed")
@pytest.mark.parametrize("step", steps.load().values(), ids=lambda step: step.name)
def test_shellcheck_has_nothing_to_say(step: Step) -> None:
    text = steps.script(step, good(step), "apply", 120)
    # SC2034, SC2317: what one step does not use of the common part
    words = ["shellcheck", "--shell=sh", "--exclude=SC2034,SC2317", "-"]
    done = subprocess.run(words, input=text, text=True, capture_output=True, check=False, timeout=60)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("shell", SHELLS, ids=lambda shell: shell[0])
def test_a_hostile_value_stays_a_value(shell: list[str], tmp_path: Path) -> None:
    assert echoed(NASTY, shell, tmp_path) == NASTY
    assert not Path("/tmp/pwned").exists()


@settings(deadline=None, max_examples=50)  # each starts a shell
@given(st.text(st.characters(codec="utf-8", exclude_characters="\0\r"), max_size=60))
def test_any_value_stays_itself(value: str) -> None:
    assert echoed(value, ["dash"], Path("/")) == value


def echoed(value: str, shell: list[str], folder: Path) -> str:
    """What a step sees of a value, up to a full stop that keeps line ends."""
    header = StepHeader({"en": "x"}, {"en": "x"}, 1)
    text = 'value={{ value }}\ncheck() { :; }\napply() { :; }\nverify() { :; }\nprintf "%s." "$value" >&2\n'
    made = steps.script(Step("x", header, text), {"value": value}, "check", 1)
    done = subprocess.run([*shell, "-c", made], capture_output=True, check=False, timeout=30, cwd=folder)
    return done.stderr.decode().removesuffix(".")


@pytest.mark.parametrize(
    ("name", "values", "field"),
    [
        ("hostname", {}, "values.hostname"),
        ("hostname", {"hostname": "a b"}, "values.hostname"),
        ("sshd", {"passwords": "maybe"}, "values.passwords"),
        ("sshd", {"port": 70000}, "values.port"),
        ("user", {"user": "ann", "keys": 'command="id" ssh-ed25519 AAAA'}, "values.keys"),
        ("swap", {"sizes": 3}, "values.sizes"),
    ],
)
def test_wrong_values_are_named(name: str, values: dict[str, str | int], field: str) -> None:
    with pytest.raises(Invalid) as caught:
        steps.answers(steps.load()[name], values, "values")
    assert field in {error.field for error in caught.value.errors}
