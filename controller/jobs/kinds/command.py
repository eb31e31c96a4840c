"""A command of a POSIX shell."""

from __future__ import annotations

from shlex import quote
from typing import Annotated

import msgspec

from controller.core.errors import FieldError, Invalid
from controller.jobs import fanout, survey
from controller.jobs.kind import Kind, Report, RunningJob, Services, Target
from controller.jobs.states import HostState
from controller.jobs.wrapper import Payload

TEXT_MAX = 64_000
Status = Annotated[int, msgspec.Meta(ge=0, le=255)]
Text = Annotated[str, msgspec.Meta(max_length=TEXT_MAX)]


class CommandSpec(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What to run, as typed into a shell; `{{ name }}` stands for an answer, {{ host.name }} and so on for the host."""

    command: Annotated[str, msgspec.Meta(min_length=1, max_length=TEXT_MAX, title="Command")]
    stdin: Annotated[Text, msgspec.Meta(title="Standard input")] = ""
    ok_statuses: Annotated[
        list[Status], msgspec.Meta(min_length=1, max_length=50, title="Exit statuses that are fine")
    ] = msgspec.field(default_factory=lambda: [0])
    changed_status: Annotated[Status | None, msgspec.Meta(title="Exit status that means: something was changed")] = None


def validate(spec: CommandSpec) -> None:
    """Raises Invalid for what no shell takes."""
    for name in ("command", "stdin"):
        plain(name, getattr(spec, name))
    if not spec.command.strip():
        raise Invalid("Type a command.", errors=(FieldError("spec.command", "Type a command."),))


def plain(name: str, text: str) -> None:
    """Raises Invalid for null characters and lone surrogates."""
    if "\0" in text or any("\ud800" <= c <= "\udfff" for c in text):
        message = "holds a character that no host can take."
        raise Invalid(f"{name} {message}", errors=(FieldError(f"spec.{name}", message),))


def judged(ok: list[int], changed: int | None) -> fanout.Judge:
    """What an exit status means."""

    def judge(status: int) -> HostState:
        if status == changed:
            return HostState.CHANGED
        return HostState.OK if status in ok else HostState.FAILED

    return judge


def environment(job: RunningJob, target: Target) -> dict[str, str]:
    """What the work finds in its environment beside the host's own."""
    return {
        **survey.environment(job.params),
        "MOORLINE_HOST": target.name,
        "MOORLINE_HOST_ID": str(target.host_id),
        "MOORLINE_ADDRESS": target.address,
    }


class Commands:
    """Runs them."""

    def __init__(self, services: Services) -> None:
        self._services = services

    async def run(self, job: RunningJob, report: Report) -> None:
        """See `kind.Executor`."""
        spec: CommandSpec = job.spec
        command = survey.insert(spec.command)
        judge = judged(spec.ok_statuses, spec.changed_status)

        async def one(target: Target) -> bool:
            payload = Payload(
                run=f"/bin/sh -c {quote(command)}",
                env=environment(job, target),
                stdin=spec.stdin.encode() if spec.stdin else None,
            )
            return await fanout.do(self._services, job, report, target=target, payload=payload, judge=judge)

        await fanout.each(job, report, one)
        fanout.keep_ready(self._services, job)


KIND = Kind(
    "command",
    "Command",
    CommandSpec,
    Commands,
    validate=validate,
    words=lambda spec: (spec.command,),
    summary=lambda spec: " ".join(spec.command.split())[:200],
)
