"""The figures that the lines run by."""

from __future__ import annotations

from dataclasses import dataclass

from controller.core.clock import Clock, SystemClock

SYSTEM_CLOCK = SystemClock()


@dataclass(frozen=True, slots=True)
class Options:
    """Times in seconds. The defaults fit a fleet of up to a few thousand hosts on one controller."""

    connect_timeout_s: float = 10.0  # name and TCP
    handshake_timeout_s: float = 15.0  # greeting and key exchange
    login_timeout_s: float = 30.0  # PAM may ask LDAP and friends
    person_timeout_s: float = 110.0  # for somebody to type a one-time code; sshd's own LoginGraceTime is 120
    channel_timeout_s: float = 20.0  # one channel's opening: slow login shells are no fault
    slot_timeout_s: float = 15.0  # waiting for another channel to end
    keepalive_s: float = 9.0  # asked after so long a silence, and again ...
    keepalive_misses: int = 2  # ... so often; a dead line is found after (misses + 1) * keepalive_s = 27 s
    first_retry_s: tuple[float, float] = (1.0, 4.0)  # a line that broke is tried again soon, once
    retry_floor_s: float = 15.0
    retry_cap_s: float = 60.0
    logins_before_stop: int = 2
    handshakes: int = 32  # at once, all hosts
    handshakes_per_jump: int = 4  # sshd drops logins at random beyond ten (MaxStartups)
    overflow: int = 3  # further connections to a host whose first one is full
    overflow_shells: int = (
        5  # with those that only shells may ask for: they stay, and commands need a place beside them
    )
    overflow_idle_s: float = 30.0
    sessions: int = 10  # OpenSSH's MaxSessions, until the host shows less
    clock: Clock = SYSTEM_CLOCK
