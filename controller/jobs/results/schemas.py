"""What came of jobs, as the API gives it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from msgspec import Struct

from controller.jobs.states import HostState


class HostResult(Struct, frozen=True, kw_only=True):
    """How a job went on one host. `digest`: equal where the output is the same, None before the end."""

    host_id: int
    name: str
    state: HostState
    exit_status: int | None
    may_still_run: bool
    note: str
    attempts: int
    started_at: datetime | None
    ended_at: datetime | None
    digest: str | None
    bytes: int
    kept_bytes: int
    capped: bool


class HostResultPage(Struct, frozen=True):
    """Results by name."""

    items: list[HostResult]
    total: int


class OutputGroup(Struct, frozen=True):
    """Hosts that came out alike and said the same. `text`: what they said, its beginning if `cut`."""

    state: HostState
    exit_status: int | None
    digest: str | None
    hosts: list[HostResult]
    text: str
    cut: bool


class OutputGroups(Struct, frozen=True):
    """The largest first."""

    items: list[OutputGroup]
    total: int


class Piece(Struct, frozen=True):
    """Output in the order of its arrival. `runs`: texts by turns from standard output and standard error, the former
    first. `host_id` 0: of the job as a whole."""

    seq: int
    host_id: int
    at: datetime
    runs: list[str]


class Output(Struct, frozen=True):
    """Some of the output. `next`: the `after` to go on with; `before`: the one to go back with; None at that end."""

    items: list[Piece]
    next: int | None
    before: int | None


class Match(Struct, frozen=True):
    """A line that holds what was looked for. `line` counts from 1 in that host's output; `seq`: the piece."""

    host_id: int
    name: str
    line: int
    seq: int
    text: str


class MatchPage(Struct, frozen=True):
    """Lines found. `truncated`: there are more."""

    items: list[Match]
    total: int
    truncated: bool


class StepView(Struct, frozen=True, kw_only=True):
    """A step on a host (`host_id` 0: on none in particular). `seq` grows with each change: ask for those after it."""

    seq: int
    host_id: int
    step: str
    index: int
    play: str
    title: str
    action: str
    state: str
    started_at: datetime | None
    ended_at: datetime | None
    result: dict[str, Any] | None
    diff: str | None


class StepPage(Struct, frozen=True):
    """Steps by `seq`."""

    items: list[StepView]
    total: int


class FileView(Struct, frozen=True):
    """A file that was fetched. `note`: why it is not whole."""

    id: int
    host_id: int
    host_name: str
    name: str
    size: int
    sha256: str
    note: str


class FilePage(Struct, frozen=True):
    """The files of a job."""

    items: list[FileView]
    total: int
