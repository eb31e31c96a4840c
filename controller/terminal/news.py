"""What an attachment is handed, in order: output, and what happens to its session, however that travels."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class End(StrEnum):
    """Why a session has ended."""

    EXITED = "exited"  # the shell did
    LOST = "lost"  # the host or its line went away
    FAILED = "failed"  # it never opened
    CLOSED = "closed"  # by its owner or an administrator
    IDLE = "idle"
    ABSOLUTE = "absolute"
    RIGHTS = "rights"
    REMOVED = "removed"  # the host is gone or disabled
    SHUTDOWN = "shutdown"
    UNRECORDED = "unrecorded"  # it has to be recorded and cannot be any more


class Gone(StrEnum):
    """Why an attachment has ended while its session goes on."""

    TAKEN = "taken"
    RIGHTS = "rights"
    UNSHARED = "unshared"
    LOGGED_OUT = "logged_out"


@dataclass(frozen=True, slots=True)
class Data:
    """Output, to be acknowledged by its length."""

    data: bytes


@dataclass(frozen=True, slots=True)
class Restore:
    """What a terminal that was just reset is told first. Counts neither for offsets nor for acknowledgements."""

    data: bytes


@dataclass(frozen=True, slots=True)
class Attached:
    """The first of all. `offset`: of the byte that follows; what is before `replay_to` is old."""

    access: str
    leader: bool
    columns: int
    rows: int
    offset: int
    reset: bool
    replay_to: int


@dataclass(frozen=True, slots=True)
class Reset:
    """Too far behind: `lost` bytes are left out, it goes on at `offset`."""

    offset: int
    replay_to: int
    lost: int


@dataclass(frozen=True, slots=True)
class State:
    """How far the opening has come."""

    state: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Prompt:
    """The host asks something before it opens; the words are cleaned. `prompts`: text, and may the answer be shown."""

    id: int
    name: str
    instructions: str
    prompts: tuple[tuple[str, bool], ...]
    expires_at: float


@dataclass(frozen=True, slots=True)
class PromptDone:
    """It is answered, or nobody did in time."""

    id: int


@dataclass(frozen=True, slots=True)
class Size:
    """The terminal's size, and whether this attachment decides it."""

    columns: int
    rows: int
    leader: bool


@dataclass(frozen=True, slots=True)
class People:
    """Somebody came or went."""


@dataclass(frozen=True, slots=True)
class Title:
    """The terminal is called otherwise."""

    title: str


@dataclass(frozen=True, slots=True)
class InputAck:
    """So many bytes more of what was typed went to the host."""

    count: int


@dataclass(frozen=True, slots=True)
class Warned:
    """The session ends soon, unless `kind` is idle and somebody does something."""

    kind: str
    ends_at: float


@dataclass(frozen=True, slots=True)
class WarningOver:
    """It does not end after all."""


@dataclass(frozen=True, slots=True)
class Exit:
    """The session has ended, and everything it showed has been handed over."""

    reason: End
    exit_status: int | None
    detail: str


@dataclass(frozen=True, slots=True)
class Detached:
    """This attachment has ended, its session has not."""

    reason: Gone
    detail: str


Event = (
    Attached | Reset | State | Prompt | PromptDone | Size | People | Title | InputAck | Warned | WarningOver | Exit
    | Detached
)  # fmt: skip
Item = Data | Restore | Event
