"""What schedules tell each other, after the commit."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SchedulesChanged:
    """One was made, changed, paused or removed."""
