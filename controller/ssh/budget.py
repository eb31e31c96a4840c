"""How many sessions one connection to a host can carry: assumed, then learnt from refusals."""

from __future__ import annotations

FORGET_S = 600.0


class Budget:
    """One host's limit (sshd's MaxSessions). It is remembered across reconnects."""

    __slots__ = ("_assumed", "_ceiling", "_forget_at", "limit")

    def __init__(self, assumed: int) -> None:
        self.limit = assumed
        self._assumed = assumed
        self._ceiling = assumed
        self._forget_at: float | None = None

    @property
    def learnt(self) -> bool:
        """Whether the host has ever refused a session."""
        return self._forget_at is not None or self.limit < self._assumed

    def room(self, used: int, reserved: int, now: float) -> bool:
        """Whether one more session fits beside `used` ones with `reserved` kept free. `now`: monotonic seconds."""
        if self._forget_at is not None and now >= self._forget_at:
            # sshd frees a session only when its command has ended, so that a refusal may have been early by one or two
            self.limit = min(self.limit + 1, self._ceiling)
            self._forget_at = now + FORGET_S if self.limit < self._ceiling else None
        return used + reserved < self.limit

    def refused(self, used: int, now: float) -> None:
        """The host refused one more beside `used`. Tried again with one more after ten minutes."""
        self.limit = max(1, min(self.limit, used))
        self._forget_at = now + FORGET_S

    def broke(self, used: int) -> None:
        """The connection was lost while one more beside `used` was opened: never try that again (asyncssh#779)."""
        self.limit = self._ceiling = max(1, min(self.limit, used))
        self._forget_at = None
