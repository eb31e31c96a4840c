"""What the jobs slice tells the others, after the commit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class JobQueued:
    """A job is there to be begun."""

    job_id: int


@dataclass(frozen=True, slots=True)
class JobWaits:
    """A job waits for somebody's approval."""

    job_id: int


@dataclass(frozen=True, slots=True)
class JobStarted:
    """A job runs."""

    job_id: int


@dataclass(frozen=True, slots=True)
class JobLong:
    """A job has been running for longer than its template expects."""

    job_id: int
    after_s: int


@dataclass(frozen=True, slots=True)
class JobEnded:
    """A job has come to its end. `state`: a JobState that is one; `counts`: hosts by HostState."""

    job_id: int
    state: str
    counts: Mapping[str, int] = field(default_factory=dict)
    template_id: int | None = None
    schedule_id: int | None = None
    workflow_run_id: int | None = None


@dataclass(frozen=True, slots=True)
class FactsGathered:
    """An executor found out something about a host."""

    job_id: int
    host_id: int
    facts: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class StopAsked:
    """Somebody wants a running job to end."""

    job_id: int
    why: str
