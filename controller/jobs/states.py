"""The states of jobs and of their hosts, and how a job ends by those of its hosts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from enum import StrEnum


class JobState(StrEnum):
    """Where one run stands."""

    PENDING = "pending"
    WAITING_APPROVAL = "waiting_approval"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELED = "canceled"
    INTERRUPTED = "interrupted"


class ResultState(StrEnum):
    """Where it stands on one host."""

    PENDING = "pending"
    RUNNING = "running"
    OK = "ok"
    CHANGED = "changed"
    FAILED = "failed"
    UNREACHABLE = "unreachable"
    SKIPPED = "skipped"
    CANCELED = "canceled"
    INTERRUPTED = "interrupted"


HostState = ResultState  # its name in the API is not that of the hosts slice's own states
JOB_ENDED = frozenset({JobState.SUCCEEDED, JobState.FAILED, JobState.CANCELED, JobState.INTERRUPTED})
HOST_OPEN = frozenset({HostState.PENDING, HostState.RUNNING})
GOOD = frozenset({HostState.OK, HostState.CHANGED})
BAD = frozenset({HostState.FAILED, HostState.UNREACHABLE, HostState.CANCELED, HostState.INTERRUPTED})


def count(states: Iterable[HostState]) -> dict[str, int]:
    """How many hosts are in each state; every state is named."""
    found = Counter(states)
    return {state.value: found[state] for state in HostState}


def outcome(counts: Mapping[str, int]) -> JobState:
    """How a job that ran to its end came out: succeeded when no host was bad and at least one was good."""
    bad = sum(counts.get(state, 0) for state in BAD)
    good = sum(counts.get(state, 0) for state in GOOD)
    return JobState.SUCCEEDED if good and not bad else JobState.FAILED
