"""One transfer while it lasts: how far it is, how fast, and whether somebody wants it paused or ended."""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from time import monotonic
from typing import Any

from controller.core.errors import AppError, Conflict

WINDOW_S = 5.0
MARK_S = 0.5
WARNINGS = 20


class State(StrEnum):
    """Where a transfer stands. WAITING: nothing moves, and something may come."""

    WAITING = "waiting"
    RUNNING = "running"
    PAUSED = "paused"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"
    INTERRUPTED = "interrupted"


ENDED = frozenset({State.DONE, State.FAILED, State.CANCELLED, State.INTERRUPTED})
PAUSABLE = frozenset({"upload", "download", "relay"})


@dataclass(slots=True, eq=False)
class Transfer:
    """What is known of it; `persisted` fields are those of the table."""

    id: int
    user_id: int
    host_id: int
    kind: str
    path: bytes
    created_at: datetime
    updated_at: datetime
    host_name: str = ""
    to_host_id: int | None = None
    to_host_name: str | None = None
    state: State = State.RUNNING
    paths: list[bytes] = field(default_factory=list)
    to_path: bytes | None = None
    temporary: bytes | None = None
    as_root: bool = False
    to_as_root: bool = False
    options: dict[str, Any] = field(default_factory=dict)
    total_bytes: int | None = None
    done_bytes: int = 0
    total_files: int | None = None
    done_files: int = 0
    sha256: str | None = None
    code: str | None = None
    error: str | None = None
    warnings: list[str] = field(default_factory=list)
    # while it runs
    current: bytes | None = None
    failure: AppError | None = None
    task: asyncio.Task[None] | None = None
    digest: Any = None  # of the bytes so far; None: of none, or not known
    digested: int = 0
    turn: int = 0  # who writes an upload now: the latest that came
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    news: asyncio.Event = field(default_factory=asyncio.Event)  # paused, resumed, cancelled, or somebody else's turn
    moved_at: float = field(default_factory=monotonic)
    _marks: deque[tuple[float, int]] = field(default_factory=deque)

    @property
    def ended(self) -> bool:
        """Nothing more will happen."""
        return self.state in ENDED

    def moved(self, done_bytes: int) -> None:
        """So many bytes have arrived by now."""
        self.done_bytes = done_bytes
        now = self.moved_at = monotonic()
        marks = self._marks
        if not marks or now - marks[-1][0] >= MARK_S:
            marks.append((now, done_bytes))
            while now - marks[0][0] > WINDOW_S:
                marks.popleft()

    @property
    def bytes_per_s(self) -> float:
        """Over the last seconds; 0 unless it runs."""
        if self.state != State.RUNNING or not self._marks:
            return 0.0
        since, done = self._marks[0]
        passed = monotonic() - since
        return max(0.0, (self.done_bytes - done) / passed) if passed > MARK_S else 0.0

    def warn(self, sentence: str) -> None:
        """Something was left out; the first of these are kept."""
        if len(self.warnings) < WARNINGS:
            self.warnings.append(sentence)

    def tell(self) -> None:
        """Whoever waits looks again."""
        self.news.set()
        self.news = asyncio.Event()

    def check(self) -> None:
        """Go on only with what nobody has ended or paused. Raises Conflict."""
        if self.state == State.CANCELLED:
            raise Conflict("This transfer was cancelled.", code="cancelled")
        if self.state == State.PAUSED:
            raise Conflict("This transfer is paused; resume it first.", code="paused")
        if self.state in ENDED:
            raise Conflict("This transfer has ended; start it anew.", code="ended")

    async def gate(self) -> None:
        """Wait for as long as it is paused. Raises Conflict (cancelled)."""
        while self.state == State.PAUSED:
            await self.news.wait()
        if self.state == State.CANCELLED:
            self.check()
