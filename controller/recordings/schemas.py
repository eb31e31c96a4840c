"""What travels over the API for recordings."""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct


class RecordingView(Struct):
    """One recorded session. `size_bytes`: of its file; `output_bytes`: that were shown; `gap_bytes`: not recorded."""

    id: int
    host_id: int | None
    host_name: str
    user_id: int | None
    username: str
    kind: str
    via: str
    command: str
    columns: int
    rows: int
    started_at: datetime
    ended_at: datetime | None
    duration_s: float | None
    state: str
    reason: str
    size_bytes: int
    output_bytes: int
    gap_bytes: int
    truncated: bool
    with_input: bool
    expires_at: datetime | None


class RecordingPage(Struct):
    """Recordings, newest first. The next ones are asked for with `before` set to the last id."""

    items: list[RecordingView]
    total: int
