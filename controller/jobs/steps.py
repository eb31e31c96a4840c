"""Init steps: parts of a host's first set-up, for hosts without Python. Each is a file in `playbooks/init`.

A step is POSIX shell with Jinja2 insertions below a header that describes it (title, parameters, order). Every
insertion comes out as one quoted word, whatever is in it, and Jinja2 runs in its sandbox: a value is never a command or
a template.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from shlex import quote
from typing import Any

import msgspec
import yaml
from jinja2 import StrictUndefined
from jinja2.sandbox import ImmutableSandboxedEnvironment

from controller.core.errors import FieldError, Invalid
from controller.jobs import survey
from controller.jobs.survey import Question

HERE = Path(__file__).resolve()
PLACES = (HERE.parents[1] / "playbooks/init", HERE.parents[2] / "playbooks/init")  # in a wheel, in a checkout
FOLDER = next((folder for folder in PLACES if folder.is_dir()), PLACES[-1])
SUFFIX = ".sh.j2"
HEAD = "# moorline:"
MODES = ("check", "apply", "confirm", "undo")

Words = dict[str, str]  # by language


class StepParameter(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One value of a step; `type` text, number or choice."""

    name: str
    type: str
    title: Words
    help: Words = {}
    default: str | int | None = None
    required: bool = False
    pattern: str = ""
    multiline: bool = False
    min: float | None = None
    max: float | None = None
    choices: list[str] = []

    def question(self) -> Question:
        """As surveys ask it."""
        return Question(
            self.name,
            self.type,  # type: ignore[arg-type]  # checked by the header's test
            label=self.title["en"],
            help=self.help.get("en", ""),
            required=self.required,
            default=self.default,
            choices=self.choices,
            least=self.min,
            most=self.max,
            whole=self.type == "number",
            pattern=self.pattern,
            multiline=self.multiline,
        )


class StepHeader(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a step says of itself. `order`: where it stands among others; `guarded`: it may cut us off, so that it waits
    for the proof of a second login and undoes itself without."""

    title: Words
    description: Words
    order: int
    guarded: bool = False
    families: list[str] = []
    parameters: list[StepParameter] = []


@dataclass(frozen=True, slots=True)
class Step:
    """One step: its header and its shell text."""

    name: str
    header: StepHeader
    text: str

    @property
    def questions(self) -> list[Question]:
        """What it takes."""
        return [parameter.question() for parameter in self.header.parameters]


@cache
def load(folder: Path = FOLDER) -> Mapping[str, Step]:
    """Every step by name, in their order. Raises ValueError that names the file."""
    found = [_read(path) for path in folder.glob(f"*{SUFFIX}")]
    return {step.name: step for step in sorted(found, key=lambda one: (one.header.order, one.name))}


def described(text: str) -> tuple[Any, str]:
    """What a playbook or step says of itself in its first comment, and the text below. Raises ValueError."""
    lines = text.splitlines()
    size = next((at for at, line in enumerate(lines) if not line.startswith("#")), len(lines))
    if not lines or lines[0] != HEAD:
        raise ValueError(f"it does not begin with {HEAD!r}")
    try:
        return yaml.safe_load("\n".join(line[2:] for line in lines[:size]))["moorline"], "\n".join(lines[size:]) + "\n"
    except yaml.YAMLError as error:
        raise ValueError(str(error)) from None


def _read(path: Path) -> Step:
    try:
        header, text = described(path.read_text())
        return Step(path.name.removesuffix(SUFFIX), msgspec.convert(header, StepHeader), text)
    except (ValueError, msgspec.ValidationError) as error:
        raise ValueError(f"{path.name}: {error}") from None


def answers(step: Step, given: Mapping[str, Any], where: str) -> dict[str, str | float]:
    """The values of a step, checked and with its defaults; what has none is the empty text.

    Raises Invalid that names each wrong one, below `where`.
    """
    try:
        found = survey.answer(step.questions, given).plain
    except Invalid as error:
        errors = tuple(FieldError(f"{where}.{one.field.removeprefix('params.')}", one.message) for one in error.errors)
        raise Invalid(f"{step.header.title['en']}: {error.detail}", errors=errors) from None
    return {parameter.name: found.get(parameter.name, "") for parameter in step.header.parameters}


def script(step: Step, values: Mapping[str, str | float], mode: str, within_s: int) -> str:
    """The shell text that does the step. `mode`: check (touch nothing), apply, confirm or undo; `within_s`: after how
    long a guarded step undoes itself. Raises jinja2.TemplateError for a step that is wrong."""
    if mode not in MODES:
        raise ValueError(mode)
    made = _environment().from_string(step.text).render(values)
    settings = f"step={quote(step.name)} mode={mode} within_s={int(within_s)}\n"
    return f"{(FOLDER / 'prelude.sh').read_text()}\n{settings}{made}\nstep_main </dev/null\n"


@cache
def _environment() -> ImmutableSandboxedEnvironment:
    return ImmutableSandboxedEnvironment(
        undefined=StrictUndefined,
        finalize=lambda value: quote(str(value)),
        keep_trailing_newline=True,
        autoescape=False,
    )
