"""The first set-up of a host: steps that need nothing but a POSIX shell there.

What may cut us off (sshd, firewall) stands under guard: the host undoes it by its own clock unless a second login
works.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from shlex import quote
from typing import Annotated, Any

import msgspec

from controller.core.cancellation import to_its_end
from controller.core.clock import utc_now
from controller.core.errors import AppError, FieldError, Invalid
from controller.core.secrets import Secret
from controller.jobs import fanout, remote, steps, survey
from controller.jobs.kind import Kind, Report, RunningJob, Services, Target, TaskEvent
from controller.jobs.remote import Broken, StillThere, Where
from controller.jobs.states import HostState
from controller.jobs.steps import Step
from controller.jobs.wrapper import Payload
from controller.ssh.errors import LineError

OK, CHANGED, WOULD, SKIPPED, REFUSED, UNVERIFIED, PROVE = 0, 10, 11, 12, 13, 14, 20
STATES = {OK: "ok", CHANGED: "changed", WOULD: "changed", SKIPPED: "skipped"}
SAID_MAX = 16_384
UNDO_S = 60.0
AGAIN_S = (0.5, 1.5, 3.0, 5.0)  # between the tries of a second login: a sshd that comes back does so soon
Value = Annotated[str, msgspec.Meta(max_length=survey.TEXT_MAX)] | int | float


class StepSpec(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One step of `playbooks/init` and its values."""

    step: Annotated[str, msgspec.Meta(max_length=60, title="Step")]
    values: Annotated[dict[str, Value], msgspec.Meta(title="Values")] = {}


class InitSpec(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Steps, done one after the other on each host; the first that fails ends it there."""

    steps: Annotated[list[StepSpec], msgspec.Meta(min_length=1, max_length=50, title="Steps")]
    rollback_s: Annotated[int, msgspec.Meta(ge=30, le=900, title="Seconds until a host undoes what cut us off")] = 120


def validate(spec: InitSpec) -> None:
    """Raises Invalid that names the step's field. Values with insertions are looked at once they are known."""
    for at, one in enumerate(spec.steps):
        step = steps.load().get(one.step)
        if step is None:
            known = ", ".join(steps.load())
            raise _bad(f"spec.steps[{at}].step", f"There is no step {one.step!r}; there are {known}.")
        whole = {name: value for name, value in one.values.items() if not _inserts(value)}
        asked = [replace_question(question, one.values) for question in step.questions]
        _checked(asked, whole, f"spec.steps[{at}].values")


def replace_question(question: survey.Question, values: Mapping[str, Value]) -> survey.Question:
    """The question, not asked where the answer comes from the survey."""
    return msgspec.structs.replace(question, required=question.required and not _inserts(values.get(question.name, "")))


def _checked(asked: list[survey.Question], values: Mapping[str, Value], where: str) -> None:
    try:
        survey.answer(asked, values)
    except Invalid as error:
        errors = tuple(FieldError(f"{where}.{one.field.removeprefix('params.')}", one.message) for one in error.errors)
        raise Invalid(error.detail, errors=errors) from None


def _inserts(value: Value) -> bool:
    return isinstance(value, str) and survey.INSERTION.search(value) is not None


def filled(job: RunningJob, target: Target, values: Mapping[str, Value]) -> dict[str, Value]:
    """The values with answers of the survey in place of their insertions. Raises Invalid for a secret: no step takes
    one, as they would be seen on the host."""
    words: dict[str, str] = {"host.name": target.name, "host.address": target.address, "host.id": str(target.host_id)}
    for name, answer in job.params.items():
        if isinstance(answer, Secret):
            continue
        words[name] = answer.name if isinstance(answer, Target) else str(answer)

    def one(value: Value) -> Value:
        if not isinstance(value, str):
            return value
        for found in survey.INSERTION.finditer(value):
            if found[1] not in words:
                raise _bad("params", f"{found[1]} has no answer that a step could take (secrets never go into steps).")
        return survey.INSERTION.sub(lambda found: words[found[1]], value)

    return {name: one(value) for name, value in values.items()}


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a step came out on a host: the event's state, and a note when it went wrong."""

    state: str
    note: str = ""
    unreachable: bool = False
    may_still_run: bool = False

    @property
    def well(self) -> bool:
        """May the next step follow?"""
        return self.state in {"ok", "changed", "skipped"}


class Heard:
    """A report that also keeps the beginning of what a host says."""

    def __init__(self, report: Report) -> None:
        self._report = report
        self.said = bytearray()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._report, name)

    def output(self, host_id: int | None, data: bytes, *, error: bool = False) -> None:
        """See `kind.Report`."""
        self.said += data[: SAID_MAX - len(self.said)]
        self._report.output(host_id, data, error=error)

    @property
    def text(self) -> str:
        """What it said."""
        return bytes(self.said).decode("utf-8", "replace").strip()


class Init:
    """Runs them."""

    def __init__(self, services: Services) -> None:
        self._services = services

    async def run(self, job: RunningJob, report: Report) -> None:
        """See `kind.Executor`. Reports an event for each step and host."""
        known = steps.load()

        async def one(target: Target) -> bool:
            return await OnHost(self._services, job, report, target, known).run()

        await fanout.each(job, report, one)


class OnHost:
    """All steps on one host."""

    def __init__(
        self, services: Services, job: RunningJob, report: Report, target: Target, known: Mapping[str, Step]
    ) -> None:
        self._services = services
        self._job = job
        self._report = report
        self._target = target
        self._known = known
        self._spec: InitSpec = job.spec
        self._where = Where(target.host_id, target.username, job.become)

    async def run(self) -> bool:
        """Did all of them go well?"""
        self._report.host_started(self._target.host_id)
        changed = False
        for at, part in enumerate(self._spec.steps):
            step = self._known[part.step]
            began = self._event(at, step, Outcome("running"))
            heard = Heard(self._report)
            self._report.output(self._target.host_id, f"== {step.header.title['en']}\n".encode())
            try:
                outcome = await self._step(step, part, heard)
            except asyncio.CancelledError:
                self._event(at, step, Outcome("failed", "Canceled."), began, heard.text)
                self._end(HostState.CANCELED, Outcome("failed"))
                raise
            self._event(at, step, outcome, began, heard.text)
            changed = changed or outcome.state == "changed"
            if not outcome.well:
                self._skip_from(at + 1)
                state = HostState.UNREACHABLE if outcome.unreachable else HostState.FAILED
                self._end(state, replace(outcome, note=f"{step.header.title['en']}: {outcome.note}"))
                return False
        self._end(HostState.CHANGED if changed else HostState.OK, Outcome("ok"))
        return True

    async def _step(self, step: Step, part: StepSpec, heard: Heard) -> Outcome:
        try:
            values = steps.answers(step, filled(self._job, self._target, part.values), "params")
            status = await self._do(step, values, "check" if self._job.check else "apply", heard)
            if status == PROVE:
                return await self._prove(step, values, heard)
        except (AppError, LineError, Broken, StillThere, TimeoutError) as error:
            return self._explained(step, error)
        return self._judged(status, heard)

    def _explained(self, step: Step, error: AppError | LineError | Broken | StillThere | TimeoutError) -> Outcome:
        clock = "" if self._job.check or not step.header.guarded else self._clock()
        if isinstance(error, StillThere):
            return Outcome("failed", f"The host did not say that it had ended.{clock}", may_still_run=True)
        if isinstance(error, TimeoutError):
            return Outcome("failed", f"It did not end within {self._job.limits.host_timeout_s} s and was ended.{clock}")
        if isinstance(error, Broken):
            return Outcome("failed", error.reason.sentence + clock, unreachable=True, may_still_run=True)
        if isinstance(error, LineError):
            return Outcome("failed", error.sentence + clock, unreachable=True)
        return Outcome("failed", error.detail)

    def _judged(self, status: int, heard: Heard) -> Outcome:
        if status in STATES:
            return Outcome(STATES[status])
        last = heard.text.splitlines()[-1:] or [f"Exit status {status}."]
        return Outcome("failed", last[0][:500])

    def _clock(self) -> str:
        return f" The host undoes this step by itself within {self._spec.rollback_s} s."

    async def _do(self, step: Step, values: Mapping[str, str | float], mode: str, heard: Heard) -> int:
        text = steps.script(step, values, mode, self._spec.rollback_s)
        # handed over as a word: a file would touch the host's disk, which a dry run must not
        payload = Payload(run=f"/bin/sh -c {quote(text)}")
        limit = self._job.limits.host_timeout_s or None
        ended, _ = await remote.run(self._services, self._where, self._job.mark, payload, heard, timeout_s=limit)
        return ended.status

    async def _prove(self, step: Step, values: Mapping[str, str | float], heard: Heard) -> Outcome:
        """The step waits for a second login: confirm it when one works, else undo it at once."""
        try:
            await self._second_login()
        except asyncio.CancelledError:
            await to_its_end(self._undo(step, values, heard), "undoing a step")
            raise
        except (LineError, TimeoutError) as error:
            undone = await self._undo(step, values, heard)
            why = error.sentence if isinstance(error, LineError) else "it took too long."
            how = "It was undone." if undone else self._clock().strip()
            return Outcome("failed", f"No second login came through: {why} {how}")
        return self._judged(await self._do(step, values, "confirm", heard), heard)

    async def _second_login(self) -> None:
        """sshd that takes new settings over closes its port for a moment: one refusal proves nothing yet."""
        login: Callable[[int], Awaitable[None]] = self._services.more["second_login"]
        async with asyncio.timeout(self._spec.rollback_s / 2):
            for wait_s in AGAIN_S:
                with suppress(LineError):
                    return await login(self._target.host_id)
                await asyncio.sleep(wait_s)
            return await login(self._target.host_id)

    async def _undo(self, step: Step, values: Mapping[str, str | float], heard: Heard) -> bool:
        try:
            async with asyncio.timeout(UNDO_S):
                return await self._do(step, values, "undo", heard) == OK
        except (LineError, AppError, Broken, StillThere, TimeoutError):
            return False

    # telling

    def _skip_from(self, first: int) -> None:
        for at, part in enumerate(self._spec.steps[first:], first):
            self._event(at, self._known[part.step], Outcome("skipped", "A step before it failed."))

    def _event(self, at: int, step: Step, outcome: Outcome, began: datetime | None = None, said: str = "") -> datetime:
        now = utc_now(self._services.clock)
        self._report.event(
            TaskEvent(
                host_id=self._target.host_id,
                step=f"{at}:{step.name}",
                index=at,
                title=step.header.title["en"],
                state="unreachable" if outcome.unreachable else outcome.state,
                play="init",
                action=step.name,
                started_at=began or now,
                ended_at=None if outcome.state == "running" else now,
                result={"said": said, "msg": outcome.note} if said or outcome.note else {},
                diff=said if self._job.check and outcome.state == "changed" else "",
            )
        )
        return now

    def _end(self, state: HostState, outcome: Outcome) -> None:
        self._report.host_ended(self._target.host_id, state, note=outcome.note, may_still_run=outcome.may_still_run)


def summary(spec: InitSpec) -> str:
    """The steps by their titles; one that is not there any more by its name."""
    known = steps.load()
    names = (known[one.step].header.title["en"] if one.step in known else one.step for one in spec.steps)
    return ", ".join(names)[:200]


def _bad(field: str, message: str) -> Invalid:
    return Invalid(message, errors=(FieldError(field, message),))


KIND = Kind(
    "init",
    "First set-up",
    InitSpec,
    Init,
    can_check=True,
    can_diff=False,
    validate=validate,
    words=lambda spec: tuple(str(value) for one in spec.steps for value in one.values.values()),
    summary=summary,
)
