"""A client's terminal on a session of the terminal slice, so that it is listed, shared, limited and recorded as any."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass

from controller.core.errors import AppError
from controller.gateway.client import LOST, Client
from controller.terminal.attachments import Attachment
from controller.terminal.news import Data, Detached, End, Exit, Prompt, PromptDone, Reset, Restore, State, Warned
from controller.terminal.sessions import Session

ANSWER_MAX = 1024
NEVER_SIZED = (80, 24)


@dataclass(frozen=True, slots=True)
class Pty:
    """The terminal that a client asks for."""

    term: str
    size: tuple[int, int]


def usable(width: int, height: int) -> tuple[int, int]:
    """A size that a terminal can have; clients without one say 0."""
    return (width or NEVER_SIZED[0], height or NEVER_SIZED[1])


class Screen:
    """One client attached to one session."""

    def __init__(self, client: Client, session: Session, attachment: Attachment) -> None:
        self._client = client
        self._session = session
        self._attachment = attachment
        self._prompt: Prompt | None = None
        self._answers: list[str] = []
        self._typed = bytearray()

    async def run(self) -> None:
        """Until the session ends or the client goes, which ends the session too."""
        keys = asyncio.create_task(self._keys(), name=f"gateway keys of {self._session.facts.id}")
        try:
            async for item in self._attachment:
                if isinstance(item, Data):
                    self._client.write(item.data)
                    await self._client.drain()
                    self._attachment.ack(len(item.data))
                elif self._told(item):
                    break
        finally:
            keys.cancel()
            await asyncio.gather(keys, return_exceptions=True)
            self._attachment.close()
            self._session.finish(End.CLOSED, "The SSH client has gone.")

    def _told(self, item: object) -> bool:
        """Pass on what is no output; is it the end?"""
        if isinstance(item, Exit):
            if item.reason is not End.EXITED:
                self._client.say(item.detail or f"The session has ended: {item.reason}.")
            self._client.end(item.exit_status if item.reason is End.EXITED else LOST)
            return True
        if isinstance(item, Detached):
            self._client.say(item.detail)
            self._client.end(LOST)
            return True
        if isinstance(item, Prompt):
            self._ask(item)
        elif isinstance(item, PromptDone) and self._prompt is not None and item.id == self._prompt.id:
            self._prompt = None  # answered in the page, or nobody did in time
        elif isinstance(item, Warned):
            self._client.write(b"\r\nmoorline: this session ends in two minutes; an administrator sets the limit.\r\n")
        elif isinstance(item, State) and item.detail:
            self._client.write(f"moorline: {item.detail}\r\n".encode())
        elif isinstance(item, Restore) and self._attachment.sent > 0:
            self._client.write(item.data)
        elif isinstance(item, Reset):
            self._client.write(b"\x1bc")
        return False

    async def _keys(self) -> None:
        with suppress(AppError):  # the session is over, and says so
            while (data := await self._client.read()) is not None:
                if self._prompt is not None:
                    self._take_answer(data)
                else:
                    await self._attachment.write(data)
        if self._client.gone.is_set():
            self._attachment.close()

    # what the host asks at the login

    def _ask(self, prompt: Prompt) -> None:
        self._prompt, self._answers = prompt, []
        for text in (prompt.name, prompt.instructions):
            if text:
                self._client.write(f"{text}\r\n".encode())
        self._show_question()

    def _show_question(self) -> None:
        if self._prompt is not None and len(self._answers) < len(self._prompt.prompts):
            self._client.write(self._prompt.prompts[len(self._answers)][0].encode() + b" ")

    def _take_answer(self, data: bytes) -> None:
        for at, key in enumerate(data):
            prompt = self._prompt
            if prompt is None:  # what follows the last answer is for the shell
                self._attachment.type(data[at:])
                return
            if key in b"\x03\x04":
                self._prompt = None
                self._attachment.session.reply(self._attachment, prompt.id, None)
                return
            if key in b"\x7f\x08":
                del self._typed[-1:]
            elif key in b"\r\n":
                self._line(prompt)
            elif len(self._typed) < ANSWER_MAX:
                self._typed.append(key)
                if prompt.prompts[len(self._answers)][1]:
                    self._client.write(bytes([key]))

    def _line(self, prompt: Prompt) -> None:
        self._answers.append(self._typed.decode(errors="replace"))
        self._typed.clear()
        self._client.write(b"\r\n")
        if len(self._answers) == len(prompt.prompts):
            self._prompt = None
            self._attachment.session.reply(self._attachment, prompt.id, self._answers)
        else:
            self._show_question()
