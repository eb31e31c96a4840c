"""What a session tells whoever records it; the recording itself is another's matter, bound in by `app.py`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Meta:
    """What is known of a session when it opens.

    `via`: "page", "api" or "gateway". `kind`: "shell", "root", "container" or, through the gateway, "command".
    `command`: what is started where it is no login shell. `started_at`: epoch seconds.
    """

    session_id: str
    user_id: int
    username: str
    host_id: int
    host_name: str
    via: str
    kind: str
    command: str
    term: str
    columns: int
    rows: int
    started_at: float


class Recorder(Protocol):
    """Takes what one session shows, straight from the event loop: none of these may wait or raise.

    `on_failure` is called with a sentence when nothing more can be recorded: the session must not go on then.
    """

    on_failure: Callable[[str], None]

    def output(self, data: bytes) -> None:
        """Bytes that the host sent, in its order, before anybody is shown them."""
        ...

    def input(self, data: bytes) -> None:
        """Bytes that somebody typed. Whether they are kept is the recorder's to decide."""
        ...

    def resize(self, columns: int, rows: int) -> None:
        """The terminal has another size."""
        ...

    def close(self, reason: str) -> None:
        """The session has ended; called once. `reason`: see `sessions.End`."""
        ...


class Recorders(Protocol):
    """Makes recorders."""

    async def start(self, meta: Meta) -> Recorder | None:
        """A recorder for the session, None when it is not recorded.

        Raises AppError when the session must not go unrecorded and cannot be recorded: it is then not opened, and the
        error's sentence is shown.
        """
        ...


class NoRecorders:
    """Nothing is recorded."""

    async def start(self, _: Meta) -> Recorder | None:
        """None, whatever the session."""
        return None
