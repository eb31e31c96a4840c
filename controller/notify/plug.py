"""What a kind of channel is: settings, a check of addresses, and a way to send."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol, runtime_checkable

import msgspec


@dataclass(frozen=True, slots=True)
class Message:
    """What is sent. `token` names it for good: the same again when it has to be sent again."""

    subject: str
    text: str
    html: str
    token: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why one address did not get it, in the other side's words; `lasting`: trying again is no use."""

    words: str
    lasting: bool


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a message: refusals by address; whoever is not named has it."""

    refused: Mapping[str, Refusal] = field(default_factory=dict)


class ChannelError(Exception):
    """Nobody got the message. `words`: a sentence with what the other side said; `lasting`: trying again is no use."""

    def __init__(self, words: str, *, lasting: bool = False) -> None:
        super().__init__(words)
        self.words = words
        self.lasting = lasting


class SettingsWrong(Exception):
    """Settings contradict themselves. `field`: which one is to be mended."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field
        self.message = message


@runtime_checkable
class Kind(Protocol):
    """A kind of channel: an object named CHANNEL in a file of `channels`, named like the file.

    `settings` is a frozen msgspec Struct; its fields marked `writeOnly` in their JSON schema are secrets: sealed, never
    sent back. `addressed`: routes name addresses for it.
    """

    name: str
    settings: type[msgspec.Struct]
    addressed: bool

    def check(self, settings: Any) -> None:
        """Raise SettingsWrong when the fields do not fit each other."""
        ...

    def address(self, text: str) -> str:
        """The address in its usual form. Raises ValueError with a sentence that says what is wrong with it."""
        ...

    def split(self, settings: Any, addresses: Collection[str]) -> list[list[str]]:
        """Which addresses share one message."""
        ...

    async def send(self, settings: Any, message: Message, addresses: Collection[str]) -> Outcome:
        """Send it. Raises ChannelError when nobody got it; has a time-out of its own."""
        ...
