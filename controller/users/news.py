"""What the users slice tells the others, after the commit."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RightsChanged:
    """A user may do something else than before, or a session or token of the user's has ended."""

    user_id: int
