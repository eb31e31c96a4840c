"""What a kind of job is: a file in `kinds/` that declares a KIND, and how it talks with the engine.

An executor is handed a `RunningJob` and a `Report`. It returns when every host has come to an end, or raises.
Cancelling a job cancels the executor's task: it ends everything on the hosts before it returns, and reports each host
that it could not ask with `may_still_run`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

import msgspec

from controller.core.clock import Clock
from controller.core.secrets import Secret
from controller.jobs.ready import Ready
from controller.jobs.states import HostState
from controller.ssh.fleet import Fleet


@dataclass(frozen=True, slots=True)
class Target:
    """One host of a job. `facts`: as the board knew them when the job began."""

    host_id: int
    name: str
    address: str
    port: int
    username: str
    group_names: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    facts: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Become:
    """As whom the work is done. `password`: of the host's login account, for sudo; None: what the host's credential
    holds, if it is a password."""

    user: str = "root"
    password: Secret | None = None


class Limits(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How widely and how long a job may run. 0 means no limit, except for `parallel`."""

    parallel: int = 50
    batch: int = 0  # hosts that have to end before the next ones begin
    stop_failed_percent: int = 0  # begin on no further host once so many have failed
    host_timeout_s: int = 3600
    job_timeout_s: int = 0
    long_after_s: int = 0  # tell that it runs longer than expected
    retries: int = 0  # of a host that cannot be reached
    retry_wait_s: int = 10
    host_output_mib: int = 16
    job_output_mib: int = 512


@dataclass(frozen=True, slots=True)
class RunningJob:
    """What an executor has to do. `spec` is the kind's own struct, already checked.

    `params`: answers to the survey by name: text, numbers, `Secret`s, and for a host its `Target`. `mark` is a word
    that only this run has: what runs on hosts carries it in its environment as MOORLINE_JOB, so that it can be found.
    """

    id: int
    kind: str
    name: str
    spec: Any
    targets: tuple[Target, ...]
    params: Mapping[str, str | float | Secret | Target]
    become: Become | None
    limits: Limits
    check: bool
    diff: bool
    mark: str
    launched_by: str
    user_id: int | None
    by_hand: bool = False  # by nobody's schedule or workflow


@dataclass(frozen=True, slots=True)
class TaskEvent:
    """One step on one host: of an Ansible task, or of a template's step. Sent again with the same `step` and host it
    takes the place of the one before ("running", then how it ended)."""

    host_id: int | None
    step: str  # identity within the job
    index: int  # order among the steps
    title: str
    state: str  # running, ok, changed, failed, skipped, unreachable
    play: str = ""
    action: str = ""
    started_at: datetime | None = None
    ended_at: datetime | None = None
    result: Mapping[str, Any] = field(default_factory=dict)  # of any size: what is too large is cut, with a note
    diff: str = ""


class Report(Protocol):
    """Where an executor says what happens. None of these waits; a host that is not of the job is ignored."""

    def host_started(self, host_id: int) -> None:
        """Work on it begins."""
        ...

    def output(self, host_id: int | None, data: bytes, *, error: bool = False) -> None:
        """Output of a host, or of the job as a whole (None). Secrets among the parameters are masked."""
        ...

    def host_ended(
        self,
        host_id: int,
        state: HostState,
        *,
        exit_status: int | None = None,
        note: str = "",
        may_still_run: bool = False,
    ) -> None:
        """How it came out there. Once a host has ended it stays so."""
        ...

    def event(self, event: TaskEvent) -> None:
        """A step."""
        ...

    def facts(self, host_id: int, facts: Mapping[str, Any]) -> None:
        """What was found out about a host: told on the bus as `FactsGathered` once it is written."""
        ...

    def stats(self, stats: Mapping[str, Any]) -> None:
        """Figures of the whole job, kept with it; keys are merged."""
        ...

    def file(self, host_id: int, name: str, data: bytes, note: str = "") -> None:
        """A file that was fetched, kept with the job. `note`: why it is not whole."""
        ...

    @property
    def full(self) -> bool:
        """Whether more waits to be written than should: hold the host up until `room` returns."""
        ...

    async def room(self) -> None:
        """Wait until there is room again."""
        ...


@dataclass(frozen=True, slots=True)
class Services:
    """What executors work with. `ready`: shells that wait for a command. `stored_password`: of a host's credential,
    None when it is none. `more`: what app.py hands to kinds of other slices, by name."""

    fleet: Fleet
    ready: Ready
    clock: Clock
    stored_password: Callable[[int], Awaitable[Secret | None]]
    more: Mapping[str, Any] = field(default_factory=dict)


class Executor(Protocol):
    """Runs jobs of one kind."""

    async def run(self, job: RunningJob, report: Report) -> None:
        """All of it. Raises AppError with what to do next when the job as a whole cannot be done."""
        ...


def _fine(_: Any) -> None:
    return


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind. `spec`: a msgspec Struct (forbid_unknown_fields) whose JSON schema makes the form.

    `validate(spec)` raises Invalid for what the struct's types do not say. `words(spec)`: where `{{ name }}` insertions
    may stand, to be checked against the survey; a kind without insertions leaves it out.
    """

    name: str
    title: str
    spec: type[msgspec.Struct]
    make: Callable[[Services], Executor]
    can_check: bool = False
    can_diff: bool = False
    can_become: bool = True
    validate: Callable[[Any], None] = _fine
    words: Callable[[Any], tuple[str, ...]] = lambda _: ()
    summary: Callable[[Any], str] = lambda _: ""  # one line for lists
