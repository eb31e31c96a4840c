"""Surveys: what is asked when a job is launched, and how answers reach commands.

An answer is never part of a command's text. It stands in the environment of what runs there, as PARAM_NAME, and an
insertion `{{ name }}` becomes a reference to that variable, quoted for where it stands: a shell does not read the value
of a variable as commands, whatever is in it.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Literal

import msgspec

from controller.core.errors import FieldError, Invalid
from controller.core.secrets import Secret
from controller.jobs.kind import Target

NAME = re.compile(r"[a-z][a-z0-9_]{0,39}\Z")
INSERTION = re.compile(r"\{\{\s*([A-Za-z0-9_.]+)\s*\}\}")
TEXT_MAX = 10_000
QUESTIONS_MAX = 50
HOST_WORDS = {"host.name": "MOORLINE_HOST", "host.address": "MOORLINE_ADDRESS", "host.id": "MOORLINE_HOST_ID"}
Answer = str | float | int | bool | None
Text = Annotated[str, msgspec.Meta(max_length=TEXT_MAX)]


class Question(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One parameter. `type` host: the answer is a host's id. A secret has no default."""

    name: Annotated[str, msgspec.Meta(max_length=40)]
    type: Literal["text", "number", "choice", "secret", "host"] = "text"
    label: Annotated[str, msgspec.Meta(max_length=200)] = ""
    help: Annotated[str, msgspec.Meta(max_length=1000)] = ""
    required: bool = True
    default: Text | float | None = None
    choices: Annotated[list[Annotated[str, msgspec.Meta(max_length=200)]], msgspec.Meta(max_length=200)] = []
    least: float | None = None  # of a number; of a text its length
    most: float | None = None
    whole: bool = False  # a number without a fraction
    pattern: Annotated[str, msgspec.Meta(max_length=200)] = ""  # the whole of a text
    multiline: bool = False


@dataclass(frozen=True, slots=True)
class Answers:
    """Checked answers by name: what may be stored as it is, what has to be sealed, and ids of hosts."""

    plain: dict[str, str | float] = field(default_factory=dict)
    secret: dict[str, str] = field(default_factory=dict)
    hosts: dict[str, int] = field(default_factory=dict)


def check(questions: Sequence[Question]) -> None:
    """Raises Invalid for a survey that cannot be asked."""
    names = [question.name for question in questions]
    if len(questions) > QUESTIONS_MAX:
        raise _bad("survey", f"A survey has up to {QUESTIONS_MAX} questions.")
    for at, question in enumerate(questions):
        where = f"survey[{at}]"
        if not NAME.match(question.name):
            raise _bad(f"{where}.name", "A name has small letters, digits and _, and begins with a letter.")
        if names.index(question.name) != at:
            raise _bad(f"{where}.name", f"{question.name} is asked twice.")
        if question.type == "choice" and not question.choices:
            raise _bad(f"{where}.choices", "A choice takes something to choose from.")
        if question.type in {"secret", "host"} and question.default is not None:
            raise _bad(f"{where}.default", f"A {question.type} has no default.")
        if question.pattern:
            _pattern(f"{where}.pattern", question.pattern)
        if question.default is not None:
            _one(question, question.default, f"{where}.default")


def answer(questions: Sequence[Question], given: Mapping[str, Answer]) -> Answers:
    """The answers, each as its question wants it. Raises Invalid that names every wrong one."""
    found, errors = Answers(), []
    unknown = sorted(set(given) - {question.name for question in questions})
    if unknown:
        errors.append(FieldError(f"params.{unknown[0][:60]}", "Nobody asked for this."))
    for question in questions:
        value = given.get(question.name)
        value = question.default if value is None or value == "" else value
        where = f"params.{question.name}"
        if value is None:
            if question.required:
                errors.append(FieldError(where, "Answer this."))
            continue
        try:
            _keep(found, question, _one(question, value, where))
        except Invalid as error:
            errors += error.errors
    if errors:
        raise Invalid(f"{errors[0].field}: {errors[0].message}", errors=tuple(errors))
    return found


def _keep(found: Answers, question: Question, value: str | float) -> None:
    if question.type == "secret":
        found.secret[question.name] = str(value)
    elif question.type == "host":
        found.hosts[question.name] = int(value)
    else:
        found.plain[question.name] = value


def _one(question: Question, value: Answer, where: str) -> str | float:
    if question.type in {"number", "host"}:
        return _number(question, value, where)
    if not isinstance(value, str):
        raise _bad(where, "This takes a text.")
    if question.type == "choice":
        if value not in question.choices:
            raise _bad(where, f"This takes one of {', '.join(question.choices)}.")
        return value
    return _text(question, value, where)


def _number(question: Question, value: Answer, where: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        try:
            value = float(str(value))
        except ValueError:
            raise _bad(where, "This takes a number.") from None
    if not abs(value) < 1 << 53:  # what a double holds exactly; no number is not less either
        raise _bad(where, "This number is too large.")
    whole = question.whole or question.type == "host"
    if whole and value != int(value):
        raise _bad(where, "This takes a whole number.")
    _within(question, value, where, "")
    return int(value) if value == int(value) else value


def _text(question: Question, value: str, where: str) -> str:
    if len(value) > TEXT_MAX or "\0" in value or _lone(value):
        raise _bad(where, f"This takes a text of up to {TEXT_MAX} characters, without null characters.")
    if not question.multiline and question.type == "text" and ("\n" in value or "\r" in value):
        raise _bad(where, "This takes one line.")
    _within(question, len(value), where, " characters")
    if question.pattern and not _pattern(where, question.pattern).fullmatch(value[:1000]):
        raise _bad(where, f"This has to look like {question.pattern}.")
    return value


def _within(question: Question, value: float, where: str, unit: str) -> None:
    if question.least is not None and value < question.least:
        raise _bad(where, f"This takes at least {question.least:g}{unit}.")
    if question.most is not None and value > question.most:
        raise _bad(where, f"This takes at most {question.most:g}{unit}.")


def _pattern(where: str, pattern: str) -> re.Pattern[str]:
    # a group repeated inside a repetition can take for ever on a text that somebody else types
    if re.search(r"[*+}]\??\)[*+{]", pattern):
        raise _bad(where, "A pattern does not repeat what is repeated inside.")
    try:
        return re.compile(pattern)
    except (re.error, OverflowError, RecursionError):
        raise _bad(where, "This is no regular expression.") from None


def _lone(text: str) -> bool:
    return any("\ud800" <= c <= "\udfff" for c in text)


# into commands


def check_words(texts: Collection[str], questions: Sequence[Question]) -> None:
    """Raises Invalid for an insertion that nobody asks for."""
    known = {question.name for question in questions} | HOST_WORDS.keys()
    for text in texts:
        for found in INSERTION.finditer(text):
            if found[1] not in known:
                raise _bad("spec", f"Nothing is asked that is called {found[1][:60]}; known are {', '.join(known)}.")


def environment(params: Mapping[str, str | float | Secret | Target]) -> dict[str, str]:
    """The variables that hold the answers. A host's is its name; PARAM_NAME_ADDRESS is where it is."""
    found = {}
    for name, value in params.items():
        variable = f"PARAM_{name.upper()}"
        if isinstance(value, Secret):
            found[variable] = value.reveal()
        elif isinstance(value, Target):
            found[variable], found[f"{variable}_ADDRESS"] = value.name, value.address
        else:
            found[variable] = str(value)
    return found


def insert(command: str) -> str:
    """A command of a POSIX shell with references to variables in place of its insertions, quoted for where each stands.

    Outside of quotation marks a value is one word; between double ones it is part of the text; between single ones they
    are closed around it.
    """
    done, at, inside = [], 0, ""
    for found in INSERTION.finditer(command):
        piece = command[at : found.start()]
        inside = _inside(piece, inside)
        name = found[1]
        reference = f"${{{HOST_WORDS.get(name) or 'PARAM_' + name.upper()}}}"
        quoted = {"": f'"{reference}"', '"': reference, "'": f"'\"{reference}\"'"}[inside]
        done += [piece, quoted]
        at = found.end()
    return "".join((*done, command[at:]))


def _inside(piece: str, inside: str) -> str:
    """Which quotation mark is open after the piece."""
    escaped = False
    for c in piece:
        if escaped:
            escaped = False
        elif c == "\\" and inside != "'":
            escaped = True
        elif c == inside:
            inside = ""
        elif c in "'\"" and not inside:
            inside = c
    return inside


def _bad(where: str, message: str) -> Invalid:
    return Invalid(message, errors=(FieldError(where, message),))
