"""What state a host is in: a pure function of its line, the last stored frame and the time."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from controller.ssh.target import LineState, LineStatus


class HostState(StrEnum):
    """A host's state as people see it."""

    UP = "up"
    DOWN = "down"
    CONNECTING = "connecting"
    KEY_PENDING = "key_pending"
    KEY_CHANGED = "key_changed"
    LOGIN_REFUSED = "login_refused"
    DISABLED = "disabled"


NEEDS_A_HUMAN = {
    LineState.KEY_PENDING: HostState.KEY_PENDING,
    LineState.KEY_CHANGED: HostState.KEY_CHANGED,
    LineState.LOGIN_REFUSED: HostState.LOGIN_REFUSED,
}
SILENT = "silent"


@dataclass(frozen=True, slots=True)
class Verdict:
    """A state, its machine word and sentence (empty when there is nothing to say), and since when (epoch seconds)."""

    state: HostState
    code: str
    reason: str
    since: float


@dataclass(slots=True)
class Signs:
    """What is known of a host. Times are epoch seconds on the controller's clock.

    `heard_at` is the last stored frame since the host was enabled or last needed a human; `failure` is why the line was
    last lost, kept while the pool tries again; `trouble` is why nothing can be read although the line is up.
    """

    known_at: float
    enabled: bool = True
    line: LineStatus | None = None
    failure: LineStatus | None = None
    trouble: tuple[str, str] | None = None
    heard_at: float | None = None


def judge(signs: Signs, now: float, down_after_s: float) -> Verdict:
    """The host's state at `now`.

    Silence alone makes a host down, after `down_after_s`: a line that is lost and back within that time is no outage.
    What needs a human counts at once.
    """
    line = signs.line
    if not signs.enabled:
        return Verdict(HostState.DISABLED, "", "", signs.known_at)
    if line is not None and line.state in NEEDS_A_HUMAN:
        return Verdict(NEEDS_A_HUMAN[line.state], line.code, line.reason, line.since)
    if signs.heard_at is None:
        return _never_heard(signs, now, down_after_s)
    if now - signs.heard_at <= down_after_s:
        return Verdict(HostState.UP, "", "", signs.heard_at)
    return _down(signs, signs.heard_at)


def _never_heard(signs: Signs, now: float, down_after_s: float) -> Verdict:
    line = signs.line
    if signs.failure is not None:
        return _down(signs, signs.failure.since)
    since = signs.known_at if line is None else line.since
    if line is not None and line.state is LineState.UP and now - since > down_after_s:
        return _down(signs, since)
    return Verdict(HostState.CONNECTING, "", "", since)


def _down(signs: Signs, since: float) -> Verdict:
    line = signs.line
    if line is not None and line.state is LineState.UP:
        code, reason = signs.trouble or (SILENT, "The login works, but no reading arrives from this host.")
        return Verdict(HostState.DOWN, code, reason, since)
    if signs.failure is not None:
        return Verdict(HostState.DOWN, signs.failure.code, signs.failure.reason, since)
    return Verdict(
        HostState.DOWN, SILENT, "Nothing has been heard from this host; Moorline is connecting again.", since
    )
