"""The words of the terminal's WebSocket: binary frames begin with an opcode, everything else is JSON with a `type`."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec

from controller.core.clock import as_datetime
from controller.terminal.attachments import CREDIT
from controller.terminal.news import (
    Attached,
    Detached,
    Event,
    Exit,
    Gone,
    InputAck,
    Prompt,
    PromptDone,
    Reset,
    Size,
    State,
    Title,
    Warned,
    WarningOver,
)

DATA = b"\x00"  # output one way, keys the other
RESTORE = b"\x01"
KEYS_BYTES = 32 << 10
TEXT_BYTES = 16 << 10
PROTOCOL, LOGGED_OUT, FORBIDDEN, NO_SUCH, TAKEN, RESTARTED = 4400, 4401, 4403, 4404, 4409, 4410
CLOSE = {Gone.TAKEN: TAKEN, Gone.RIGHTS: FORBIDDEN, Gone.UNSHARED: FORBIDDEN, Gone.LOGGED_OUT: LOGGED_OUT}
encode = msgspec.json.Encoder().encode


class Attach(msgspec.Struct, tag="attach", forbid_unknown_fields=True):
    """The first message."""

    columns: int = 80
    rows: int = 24
    access: Literal["read", "write"] = "write"
    offset: int | None = None
    take: bool = False
    page: Annotated[str, msgspec.Meta(max_length=64)] = ""


class Ack(msgspec.Struct, tag="ack", forbid_unknown_fields=True):
    """So much of the output is shown."""

    bytes: int


class Resize(msgspec.Struct, tag="resize", forbid_unknown_fields=True):
    """The window's size."""

    columns: int
    rows: int


class Lead(msgspec.Struct, tag="lead", forbid_unknown_fields=True):
    """This window's size is to be the terminal's."""


class Answer(msgspec.Struct, tag="answer", forbid_unknown_fields=True):
    """To what the host asked."""

    id: int
    answers: list[str]


class Cancel(msgspec.Struct, tag="cancel", forbid_unknown_fields=True):
    """No answer will come."""

    id: int


class Stay(msgspec.Struct, tag="stay", forbid_unknown_fields=True):
    """Somebody is there."""


class Ping(msgspec.Struct, tag="ping", forbid_unknown_fields=True):
    """To be answered at once."""

    id: int = 0


Said = Attach | Ack | Resize | Lead | Answer | Cancel | Stay | Ping
decode = msgspec.json.Decoder(Said).decode
SIMPLE: dict[type, str] = {
    Reset: "reset",
    State: "state",
    Size: "size",
    Title: "title",
    PromptDone: "prompt_done",
    WarningOver: "warning_over",
    Exit: "exit",
    Detached: "detached",
}


def message(event: Event) -> dict[str, Any]:
    """An event as the page is told; Attached and People are completed by who knows the session."""
    match event:
        case Attached():
            return {"type": "attached", **_fields(event), "credit": CREDIT}
        case Prompt():
            questions = [{"text": text, "echo": echo} for text, echo in event.prompts]
            return {
                "type": "prompt",
                "id": event.id,
                "name": event.name,
                "instructions": event.instructions,
                "prompts": questions,
                "expires_at": as_datetime(event.expires_at),
            }
        case InputAck():
            return {"type": "input_ack", "bytes": event.count}
        case Warned():
            return {"type": "warning", "kind": event.kind, "ends_at": as_datetime(event.ends_at)}
        case _:
            return {"type": SIMPLE.get(type(event), "people"), **_fields(event)}


def problem(code: str, detail: str) -> dict[str, Any]:
    """Something that was sent cannot be."""
    return {"type": "error", "code": code, "detail": detail}


def _fields(event: Event) -> dict[str, Any]:
    return {name: getattr(event, name) for name in event.__slots__}
