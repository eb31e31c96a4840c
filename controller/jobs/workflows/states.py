"""The states of a workflow's runs and of their nodes."""

from __future__ import annotations

from enum import StrEnum

from controller.jobs.states import JobState


class RunState(StrEnum):
    """Where one run of a workflow stands. CANCELING: its jobs were told to end, and nothing new begins."""

    RUNNING = "running"
    CANCELING = "canceling"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELED = "canceled"


class NodeState(StrEnum):
    """Where one node of a run stands. WAITING: for those before it. SKIPPED: no way led to it."""

    WAITING = "waiting"
    RUNNING = "running"
    WAITING_APPROVAL = "waiting_approval"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    SKIPPED = "skipped"
    CANCELED = "canceled"
    INTERRUPTED = "interrupted"


RUN_ENDED = frozenset({RunState.SUCCEEDED, RunState.FAILED, RunState.CANCELED})
NODE_OPEN = frozenset({NodeState.WAITING, NodeState.RUNNING, NodeState.WAITING_APPROVAL})
NODE_BAD = frozenset({NodeState.FAILED, NodeState.CANCELED, NodeState.INTERRUPTED})
OF_JOB = {
    JobState.SUCCEEDED.value: NodeState.SUCCEEDED,
    JobState.FAILED.value: NodeState.FAILED,
    JobState.CANCELED.value: NodeState.CANCELED,
    JobState.INTERRUPTED.value: NodeState.INTERRUPTED,
}
