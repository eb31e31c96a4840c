"""A script of any interpreter, with files that go along and files that come back."""

from __future__ import annotations

import base64
import binascii
import re
import shlex
from shlex import quote
from typing import Annotated

import msgspec

from controller.core.errors import FieldError, Invalid
from controller.jobs import fanout, survey
from controller.jobs.kind import Kind, Report, RunningJob, Services, Target
from controller.jobs.kinds.command import TEXT_MAX, Status, environment, judged, plain
from controller.jobs.wrapper import Payload

NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.\-]{0,99}\Z")
FILES_BYTES = 512 << 10
SHELLS = frozenset({"sh", "bash", "dash", "ash", "ksh", "busybox"})
Pattern = Annotated[str, msgspec.Meta(min_length=1, max_length=1000)]


class FileIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A file that lies beside the script when it runs."""

    name: Annotated[str, msgspec.Meta(max_length=100)]
    base64: Annotated[str, msgspec.Meta(max_length=FILES_BYTES * 4 // 3 + 4)]
    executable: bool = False


class ScriptSpec(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Runs in a folder of its own, which is removed afterwards. Answers are in its environment as PARAM_NAME."""

    script: Annotated[str, msgspec.Meta(min_length=1, max_length=400_000, title="Script")]
    interpreter: Annotated[
        str, msgspec.Meta(max_length=300, title="Interpreter; empty: as its first line says, else /bin/sh")
    ] = ""
    arguments: Annotated[
        list[Annotated[str, msgspec.Meta(max_length=4000)]], msgspec.Meta(max_length=100, title="Arguments")
    ] = []
    stdin: Annotated[str, msgspec.Meta(max_length=TEXT_MAX, title="Standard input")] = ""
    files: Annotated[list[FileIn], msgspec.Meta(max_length=50, title="Files that go along")] = []
    fetch: Annotated[list[Pattern], msgspec.Meta(max_length=20, title="Files to fetch; * and ? stand for others")] = []
    ok_statuses: Annotated[
        list[Status], msgspec.Meta(min_length=1, max_length=50, title="Exit statuses that are fine")
    ] = msgspec.field(default_factory=lambda: [0])
    changed_status: Annotated[Status | None, msgspec.Meta(title="Exit status that means: something was changed")] = None


def validate(spec: ScriptSpec) -> None:
    """Raises Invalid that names the field."""
    for name in ("script", "interpreter", "stdin"):
        plain(name, getattr(spec, name))
    for name, texts in (("arguments", spec.arguments), ("fetch", spec.fetch)):
        for text in texts:
            plain(name, text)
    if not words_of(spec):
        raise _bad("interpreter", "Say which program runs it, or leave it empty.")
    names = [file.name for file in spec.files]
    for at, file in enumerate(spec.files):
        if not NAME.match(file.name) or file.name == "script" or names.index(file.name) != at:
            raise _bad(f"files[{at}].name", "A file has a plain name of its own, and not that of the script.")
    if sum(len(decoded(at, file)) for at, file in enumerate(spec.files)) > FILES_BYTES:
        raise _bad("files", f"Files of up to {FILES_BYTES >> 10} KiB in all go along; upload larger ones before.")


def decoded(at: int, file: FileIn) -> bytes:
    """A file's bytes. Raises Invalid."""
    try:
        return base64.b64decode(file.base64, validate=True)
    except (binascii.Error, ValueError):
        raise _bad(f"files[{at}].base64", "This is no Base64.") from None


def words_of(spec: ScriptSpec) -> list[str]:
    """The interpreter and its own arguments. Raises Invalid for quotation marks that are not closed."""
    line = spec.interpreter
    if not line:
        first = spec.script.partition("\n")[0]
        line = first[2:].strip() if first.startswith("#!") else "/bin/sh"
    try:
        return shlex.split(line)
    except ValueError:
        raise _bad("interpreter", "A quotation mark is not closed.") from None


def is_shell(spec: ScriptSpec) -> bool:
    """Whether insertions stand in a language whose quoting we know."""
    words = [word.rpartition("/")[2] for word in words_of(spec)]
    return bool(words) and (words[0] in SHELLS or (words[0] == "env" and words[-1] in SHELLS))


class Scripts:
    """Runs them."""

    def __init__(self, services: Services) -> None:
        self._services = services

    async def run(self, job: RunningJob, report: Report) -> None:
        """See `kind.Executor`."""
        spec: ScriptSpec = job.spec
        script = survey.insert(spec.script) if is_shell(spec) else spec.script
        files = {
            file.name: (decoded(at, file), 0o700 if file.executable else 0o600) for at, file in enumerate(spec.files)
        }
        files["script"] = (script.encode(), 0o700)
        words = " ".join(quote(word) for word in words_of(spec))
        arguments = " ".join(quote(word) for word in spec.arguments)
        run = f"""/bin/sh -c 'cd "$0" && exec "$@"' "$d" {words} ./script {arguments}"""
        judge = judged(spec.ok_statuses, spec.changed_status)

        async def one(target: Target) -> bool:
            payload = Payload(
                run=run,
                env=environment(job, target),
                files=files,
                stdin=spec.stdin.encode() if spec.stdin else None,
                collect=spec.fetch,
            )
            return await fanout.do(self._services, job, report, target=target, payload=payload, judge=judge)

        await fanout.each(job, report, one)
        fanout.keep_ready(self._services, job)


def _bad(field: str, message: str) -> Invalid:
    return Invalid(message, errors=(FieldError(f"spec.{field}", message),))


KIND = Kind(
    "script",
    "Script",
    ScriptSpec,
    Scripts,
    validate=validate,
    words=lambda spec: (spec.script,) if is_shell(spec) else (),
    summary=lambda spec: next((line.strip() for line in spec.script.splitlines() if line.strip("#! \t")), "")[:200],
)
