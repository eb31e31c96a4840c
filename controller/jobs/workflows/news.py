"""What workflows tell, after the commit."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RunMoved:
    """Something about a run has changed that may let it go on."""

    run_id: int


@dataclass(frozen=True, slots=True)
class RunStarted:
    """A run has begun."""

    run_id: int


@dataclass(frozen=True, slots=True)
class ApprovalAsked:
    """A run waits for somebody's approval. `host_ids`: where it would go on."""

    run_id: int
    node_id: int
    host_ids: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class RunEnded:
    """A run has come to its end. `state`: a RunState that is one."""

    run_id: int
    state: str
    schedule_id: int | None = None
