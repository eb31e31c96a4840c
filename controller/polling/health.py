"""How each collector fares on each host: said for free, whatever the collector."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class Pulse:
    """When all of a host's core collectors that are well were last read together, in epoch seconds."""

    at: float | None = None


@dataclass(slots=True)
class Health:
    """One collector on one host. Times are epoch seconds; the duration is that of the last reading."""

    pulse: Pulse | None = None  # of those that are read together, so that a frame need not write to each of them
    applicable: bool = True
    ok: bool = False
    duration_s: float = 0.0
    own_success_at: float | None = None
    last_error: str = ""
    last_error_at: float | None = None

    @property
    def last_success_at(self) -> float | None:
        """When a reading was last parsed."""
        if self.pulse is not None and self.ok and self.applicable:
            return self.pulse.at
        return self.own_success_at

    def succeeded(self, at: float, duration_s: float) -> None:
        """A reading was parsed."""
        self.ok = self.applicable = True
        self.own_success_at = at
        self.duration_s = duration_s

    def failed(self, at: float, duration_s: float, error: str) -> None:
        """A reading could not be had or parsed; `error` is a sentence."""
        self.own_success_at = self.last_success_at
        self.ok = False
        self.applicable = True
        self.last_error = error
        self.last_error_at = at
        self.duration_s = duration_s

    def absent(self, duration_s: float) -> None:
        """What the collector reads does not exist on this host: no error."""
        self.own_success_at = self.last_success_at
        self.ok = True
        self.applicable = False
        self.duration_s = duration_s
