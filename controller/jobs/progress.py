"""What waits of one host of a running job, and what is written of all of them at a time."""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from controller.jobs import clean
from controller.jobs.masks import Mask
from controller.jobs.states import HostState

CHUNK = 64 << 10
TAIL = 64 << 10  # of a capped output its end is kept, too


@dataclass(slots=True)
class Stream:
    """One host's output, or the job's own. `segments`: (is standard error, bytes) that wait."""

    host_id: int
    limit: int
    masks: tuple[Mask, Mask]
    segments: deque[tuple[bool, bytes]] = field(default_factory=deque)
    waiting: int = 0
    said: int = 0
    kept: int = 0
    dropped: int = 0
    tail: deque[tuple[bool, bytes]] = field(default_factory=deque)
    tail_bytes: int = 0
    hashes: tuple[Any, Any] = field(default_factory=lambda: (hashlib.sha256(), hashlib.sha256()))
    done: bool = False
    begun: list[bytes] = field(default_factory=lambda: [b"", b""])  # of a character, of which the rest is to come

    def whole(self, data: bytes, error: bool) -> bytes:
        """With what came before, up to the last whole character."""
        data = self.begun[error] + data
        cut = len(data) - clean.begun(data)
        self.begun[error] = data[cut:]
        return data[:cut]

    def keep(self, data: bytes, error: bool) -> None:
        """To be written."""
        self.segments.append((error, data))
        self.waiting += len(data)
        self.kept += len(data)

    def drop(self, data: bytes, error: bool) -> None:
        """Beyond the limit: only the last of it is kept."""
        self.dropped += len(data)
        self.tail.append((error, data[-TAIL:]))
        self.tail_bytes += len(self.tail[-1][1])
        while self.tail_bytes - len(self.tail[0][1]) >= TAIL:
            self.tail_bytes -= len(self.tail.popleft()[1])

    def digest(self) -> str:
        """Equal where both outputs are equal, however they were interleaved."""
        return hashlib.sha256(self.hashes[0].digest() + self.hashes[1].digest()).hexdigest()[:32]


@dataclass(slots=True)
class HostProgress:
    """How it goes on one host."""

    host_id: int
    name: str
    stream: Stream
    state: HostState = HostState.PENDING
    exit_status: int | None = None
    may_still_run: bool = False
    note: str = ""
    attempts: int = 0
    started_at: datetime | None = None
    ended_at: datetime | None = None
    digest: str | None = None
    version: int = 0


@dataclass(frozen=True, slots=True)
class Batch:
    """What is to be written in one transaction."""

    chunks: list[dict[str, Any]]  # data is not compressed yet
    hosts: list[dict[str, Any]]
    events: list[dict[str, Any]]
    files: list[dict[str, Any]]
    facts: list[tuple[int, Mapping[str, Any]]]
    job: dict[str, Any]
    size: int

    @property
    def empty(self) -> bool:
        """Nothing to do."""
        return not (self.chunks or self.hosts or self.events or self.files or self.facts or self.job)


def next_piece(stream: Stream) -> tuple[list[int], bytes] | None:
    """The next piece of at most CHUNK bytes, cut at no character; None when nothing waits."""
    parts, data = [0], bytearray()
    error = False
    while stream.segments and len(data) < CHUNK:
        is_error, segment = stream.segments.popleft()
        stream.waiting -= len(segment)
        if is_error != error:
            parts.append(0)
            error = is_error
        cut = min(CHUNK - len(data), len(segment))
        if cut < len(segment):
            cut -= clean.begun(segment[:cut])
        rest = segment[cut:]
        data += segment[:cut]
        parts[-1] += cut
        if rest:
            stream.segments.appendleft((is_error, rest))
            stream.waiting += len(rest)
            break
    return (parts, bytes(data)) if data else None
