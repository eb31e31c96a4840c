"""The state and last figures of every host, in memory: polling writes, lists and the live feed read.

Everything here runs on the event loop's thread and never waits. A reader that wants to know what changed keeps the
version of its last look and asks `changes`.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from controller.hosts.states import NEEDS_A_HUMAN, HostState, Signs, judge
from controller.ssh.target import LineState, LineStatus, PublicKey

HISTORY = 30  # values behind the small CPU line in lists
CLOCK_STEP_S = 0.5  # a clock's offset wobbles with the round trip: smaller steps are no news
OUTBOX = 20_000  # transitions kept while the database is away
Series = tuple[tuple[str, str], ...]  # (metric, instance) in the order of a frame's values
Figures = Callable[[], Mapping[str, float | None]]


class CollectorHealth(Protocol):
    """How one collector fares on one host. Times are epoch seconds; the duration is that of the last reading."""

    @property
    def applicable(self) -> bool: ...
    @property
    def ok(self) -> bool: ...
    @property
    def duration_s(self) -> float: ...
    @property
    def last_success_at(self) -> float | None: ...
    @property
    def last_error(self) -> str: ...
    @property
    def last_error_at(self) -> float | None: ...


@dataclass(slots=True)
class Latest:
    """The last frame of one cadence group."""

    at: float
    series: Series
    values: Sequence[float | None]


@dataclass(frozen=True, slots=True)
class Transition:
    """Something that belongs into a host's list of events. `at` in epoch seconds."""

    host_id: int
    at: float
    kind: str
    detail: dict[str, object]


@dataclass(slots=True)
class HostStatus:
    """What is known of one host now. Read it; write through the board. Times are epoch seconds."""

    host_id: int
    group_ids: frozenset[int]
    counted_interfaces: tuple[str, ...] | None  # those whose traffic counts; None: the host's default ones
    signs: Signs
    state: HostState
    since: float
    code: str = ""
    reason: str = ""
    last_frame_at: float | None = None
    clock_offset_s: float | None = None
    boot_id: str | None = None
    facts: dict[str, object] = field(default_factory=dict)
    facts_at: float | None = None
    unpicked: dict[str, Figures] = field(default_factory=dict)  # by cadence: what nobody has asked for yet
    picked: dict[str, float | None] = field(default_factory=dict)
    cpu_history: deque[float | None] = field(default_factory=lambda: deque(maxlen=HISTORY))
    health: dict[str, CollectorHealth] = field(default_factory=dict)
    latest: dict[str, Latest] = field(default_factory=dict)
    recorded: tuple[str, float] | None = None  # the last state in the list of events, and when
    version: int = 0
    versions: dict[str, int] = field(default_factory=dict)

    @property
    def summary(self) -> Mapping[str, float | None]:
        """The figures that lists show, by their names in the API; picked when somebody looks."""
        if self.unpicked:
            for figures in self.unpicked.values():
                self.picked.update(figures())
            self.unpicked.clear()
        return self.picked

    @property
    def retry_at(self) -> float | None:
        """When the pool tries again, while the line is down."""
        line = self.signs.line
        return line.retry_at if line is not None and line.state is LineState.DOWN else None

    @property
    def presented_key(self) -> PublicKey | None:
        """The host key that waits for a human."""
        line = self.signs.line
        return line.presented_key if line is not None and line.state in NEEDS_A_HUMAN else None


class Board:
    """All hosts. `down_after_s` is the silence after which a host counts as down."""

    def __init__(self, down_after_s: float) -> None:
        self._down_after_s = down_after_s
        self._hosts: dict[int, HostStatus] = {}
        self._removed: dict[int, int] = {}
        self._version = 0
        self._outbox: deque[Transition] = deque(maxlen=OUTBOX)
        self._facts_unsaved: set[int] = set()

    def __iter__(self) -> Iterator[HostStatus]:
        return iter(self._hosts.values())

    def __len__(self) -> int:
        return len(self._hosts)

    def __contains__(self, host_id: int) -> bool:
        return host_id in self._hosts

    def get(self, host_id: int) -> HostStatus | None:
        """The host's status; None when the board does not know it (yet)."""
        return self._hosts.get(host_id)

    # the roll: which hosts there are

    def put(
        self,
        host_id: int,
        *,
        enabled: bool,
        group_ids: Collection[int],
        at: float,
        counted_interfaces: tuple[str, ...] | None = None,
        facts: Mapping[str, object] | None = None,
        recorded: tuple[str, float] | None = None,
    ) -> HostStatus:
        """Take in a host. `facts` and `recorded`, its last state and since when, are what the database remembers."""
        signs = Signs(known_at=at, enabled=enabled)
        verdict = judge(signs, at, self._down_after_s)
        groups = frozenset(group_ids)
        status = HostStatus(host_id, groups, counted_interfaces, signs, verdict.state, verdict.since)
        status.recorded = recorded
        status.facts = dict(facts or {})
        boot_id = status.facts.get("boot_id")
        status.boot_id = boot_id if isinstance(boot_id, str) else None
        if recorded is not None and recorded[0] == verdict.state:
            status.since = recorded[1]
        self._hosts[host_id] = status
        self._mark(status, "id", "state")
        return status

    def edited(
        self,
        host_id: int,
        what: Collection[str],
        *,
        enabled: bool,
        group_ids: Collection[int],
        at: float,
        counted_interfaces: tuple[str, ...] | None = None,
    ) -> None:
        """The host's own fields changed in the database: which, and how they are now."""
        status = self._hosts.get(host_id)
        if status is None:
            return
        status.group_ids = frozenset(group_ids)
        status.counted_interfaces = counted_interfaces
        if enabled != status.signs.enabled:
            status.signs = Signs(known_at=at, enabled=enabled)
            status.recorded = (HostState.DISABLED, at) if not enabled else None
            self._judge(status, at)
            self._mark(status, "retry_at", "presented_key")
        self._mark(status, *what)

    def remove(self, host_id: int) -> None:
        """The host is gone."""
        if self._hosts.pop(host_id, None) is not None:
            self._version += 1
            self._removed[host_id] = self._version
            self._facts_unsaved.discard(host_id)

    # what polling tells

    def line_changed(self, host_id: int, line: LineStatus, at: float) -> None:
        """The pool's word on the line."""
        status = self._hosts.get(host_id)
        if status is None:
            return
        signs, key, retry_at = status.signs, status.presented_key, status.retry_at
        signs.line = line
        if line.state is LineState.UP:
            signs.failure = None
        elif line.state is LineState.DOWN:
            signs.failure = _first(signs.failure, line)
            signs.trouble = None
        elif line.state in NEEDS_A_HUMAN:
            signs.heard_at = signs.failure = signs.trouble = None
        self._judge(status, at)
        if status.retry_at != retry_at:
            self._mark(status, "retry_at")
        if status.presented_key != key:
            self._mark(status, "presented_key")

    def frame_arrived(
        self, host_id: int, cadence: str, frame: Latest, figures: Figures, cpu_percent: float | None = None
    ) -> None:
        """A stored frame of that cadence. Only "core" frames, which stand on the grid, say that a host is up.

        `figures` picks what lists show out of the frame, once somebody looks.
        """
        status = self._hosts.get(host_id)
        if status is None:
            return
        status.latest[cadence] = frame
        status.unpicked[cadence] = figures
        self._version = version = self._version + 1
        status.version = version
        status.versions["summary"] = version
        if cadence != "core":
            return
        status.cpu_history.append(cpu_percent)
        status.last_frame_at = status.signs.heard_at = frame.at
        status.versions["last_frame_at"] = version
        if status.state is not HostState.UP:
            status.signs.failure = status.signs.trouble = None
            self._judge(status, frame.at)

    def session_failed(self, host_id: int, code: str, reason: str, at: float) -> None:
        """The line is up, but nothing can be read: why. Shown once the host counts as down, until a frame arrives."""
        status = self._hosts.get(host_id)
        if status is not None:
            status.signs.trouble = (code, reason)
            self._judge(status, at)

    def clock_offset(self, host_id: int, offset_s: float) -> None:
        """The host's clock minus ours."""
        status = self._hosts.get(host_id)
        if status is None:
            return
        shown = status.clock_offset_s
        if shown is None or abs(offset_s - shown) >= CLOCK_STEP_S:
            status.clock_offset_s = offset_s
            self._mark(status, "clock_offset_s")

    def booted(self, host_id: int, boot_id: str, at: float) -> None:
        """The host's boot_id as read at `at`; another one than before is a reboot."""
        status = self._hosts.get(host_id)
        if status is None or status.boot_id == boot_id:
            return
        if status.boot_id is not None:
            self._outbox.append(Transition(host_id, at, "reboot", {}))
        status.boot_id = boot_id
        status.facts = {**status.facts, "boot_id": boot_id}
        self._facts_unsaved.add(host_id)
        self._mark(status, "facts")

    def facts(self, host_id: int, facts: Mapping[str, object], at: float) -> None:
        """The host's facts as read at `at`: they replace the earlier ones, but for the boot_id."""
        status = self._hosts.get(host_id)
        if status is None:
            return
        fresh = dict(facts)
        if status.boot_id is not None:
            fresh.setdefault("boot_id", status.boot_id)
        status.facts_at = at
        if fresh != status.facts:
            status.facts = fresh
            self._facts_unsaved.add(host_id)
            self._mark(status, "facts")
        if isinstance(boot_id := fresh.get("boot_id"), str):
            self.booted(host_id, boot_id, at)

    def noticed(self, host_id: int, facts: Mapping[str, object]) -> None:
        """Facts that are read more often than the others, which stay as they are."""
        status = self._hosts.get(host_id)
        if status is not None and not facts.items() <= status.facts.items():
            status.facts = {**status.facts, **facts}
            self._facts_unsaved.add(host_id)
            self._mark(status, "facts")

    def health(self, host_id: int, collector: str, health: CollectorHealth) -> None:
        """How a collector fares. The object is kept, not copied: who hands it in may go on writing to it."""
        status = self._hosts.get(host_id)
        if status is not None:
            status.health[collector] = health

    # time passing, and what readers take

    def judge(self, now: float) -> None:
        """Look at every host again: silence turns into down by time alone. Call it every second."""
        limit = now - self._down_after_s
        for status in self._hosts.values():
            heard_at = status.signs.heard_at
            if status.state is not HostState.UP or heard_at is None or heard_at < limit:
                self._judge(status, now)

    def changes(self, since: int) -> tuple[int, dict[int, set[str]], list[int]]:
        """(version now, host id → API fields that changed after `since`, ids of hosts removed after `since`).

        A host that was added shows the field "id": send it whole.
        """
        changed = {
            status.host_id: {name for name, version in status.versions.items() if version > since}
            for status in self._hosts.values()
            if status.version > since
        }
        return self._version, changed, [host_id for host_id, version in self._removed.items() if version > since]

    def count(self, sees: Callable[[frozenset[int]], bool]) -> dict[str, int]:
        """How many hosts are in each state, of those whose groups pass `sees`."""
        counts = dict.fromkeys((state.value for state in HostState), 0)
        for status in self._hosts.values():
            if sees(status.group_ids):
                counts[status.state] += 1
        return counts

    def take_transitions(self) -> list[Transition]:
        """What belongs into the lists of events since the last call, oldest first."""
        taken = list(self._outbox)
        self._outbox.clear()
        return taken

    def take_facts(self) -> dict[int, dict[str, object]]:
        """Facts that changed since the last call, by host id."""
        taken = {host_id: self._hosts[host_id].facts for host_id in self._facts_unsaved}
        self._facts_unsaved.clear()
        return taken

    def put_back(self, transitions: Collection[Transition], host_ids: Collection[int]) -> None:
        """These could not be written: hand them out again. Beyond the outbox's size the newest go."""
        room = OUTBOX - len(self._outbox)
        self._outbox.extendleft(reversed(list(transitions)[:room]))
        self._facts_unsaved.update(host_id for host_id in host_ids if host_id in self._hosts)

    def _judge(self, status: HostStatus, now: float) -> None:
        verdict = judge(status.signs, now, self._down_after_s)
        if verdict.state is not status.state:
            self._turn(status, verdict.state, verdict.since)
            self._mark(status, "state", "state_since")
        if (verdict.code, verdict.reason) != (status.code, status.reason):
            status.code, status.reason = verdict.code, verdict.reason
            self._mark(status, "state_code", "state_reason")
        self._record(status, now)

    def _turn(self, status: HostStatus, state: HostState, since: float) -> None:
        status.state, status.since = state, since
        if status.recorded is not None and status.recorded[0] == state and status.recorded[1] < since:
            status.since = status.recorded[1]  # known before a restart of the controller: the state goes on

    def _record(self, status: HostStatus, now: float) -> None:
        """Put a new state into the outbox. Connecting is no event; disabled is written by whoever disables."""
        state = status.state
        if state in {HostState.CONNECTING, HostState.DISABLED}:
            return
        if status.recorded is not None and status.recorded[0] == state:
            return
        status.recorded = (state.value, status.since)
        detail: dict[str, object] = {"code": status.code, "reason": status.reason} if status.code else {}
        if state is HostState.DOWN:
            detail["since"] = status.since
        key = status.presented_key
        if key is not None:
            detail["fingerprint"] = key.fingerprint
        self._outbox.append(Transition(status.host_id, now, state.value, detail))

    def _mark(self, status: HostStatus, *names: str) -> None:
        self._version = version = self._version + 1
        status.version = version
        for name in names:
            status.versions[name] = version


def _first(failure: LineStatus | None, line: LineStatus) -> LineStatus:
    """The newest reason with the time of the first failure in a row."""
    if failure is None:
        return line
    return replace(line, since=failure.since)
