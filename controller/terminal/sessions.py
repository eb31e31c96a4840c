"""One shell: its output kept, paced and handed to whoever is attached, what is typed sent in order, its end told.

Pace: the host is read as fast as the fastest attachment that may write takes it; one that has acknowledged nothing for
STALLED_S does not count, and then those that only read do. Nobody attached: read on, slowly, so that what runs goes on.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Literal

from controller.core.clock import Clock
from controller.ssh.errors import LineError
from controller.ssh.fleet import Challenge, Shell
from controller.terminal import vt
from controller.terminal.attachments import CREDIT, STALLED_S, Attachment, Renew
from controller.terminal.keys import Keys
from controller.terminal.news import (
    End,
    Event,
    Exit,
    Gone,
    People,
    Prompt,
    PromptDone,
    Size,
    State,
    Title,
    Warned,
    WarningOver,
)
from controller.terminal.recorders import Recorder
from controller.terminal.scrollback import Scrollback
from controller.users.rights import Principal

DETACHED_BYTES_S = 4 << 20  # read while nobody is attached
WINDOW_S = 0.1
LEAD_KEPT_S = 5.0  # whoever typed keeps the lead for so long against others who type
REPAINT_S = 0.1
PROMPT_S = 110.0
TITLE_SEEN = 64 << 10


@dataclass(frozen=True, slots=True)
class Facts:
    """What does not change while the session lives. `started_at`: epoch seconds."""

    id: str
    host_id: int
    host_name: str
    owner_id: int
    owner_name: str
    kind: str
    container: str
    started_at: float
    via: str = "page"


@dataclass(slots=True)
class Timing:
    """When something happened last, by the monotonic clock, and what was warned of."""

    started: float
    typed: float
    lead: float = 0.0
    ended: float | None = None
    warned: str | None = None
    window_at: float = 0.0
    window_bytes: int = 0
    timers: set[asyncio.TimerHandle] = field(default_factory=set)


class Session:
    """A Receiver of its channel and a Person for its host's questions."""

    def __init__(
        self,
        facts: Facts,
        principal: Principal,
        clock: Clock,
        size: tuple[int, int],
        on_end: Callable[[Session], None] = lambda _: None,
    ) -> None:
        self.facts = facts
        self._on_end = on_end
        self.principal = principal  # the owner's rights when last looked at
        self.clock = clock
        self.size = size
        self.title = ""
        self.scrollback = Scrollback()
        self.attached: list[Attachment] = []
        self.leader: Attachment | None = None
        self.shares: dict[int, tuple[str, str]] = {}  # user id: name, "read" or "write"
        self.recorder: Recorder | None = None
        self.doubtful = False
        self.end: Exit | None = None
        self.timing = Timing(clock.monotonic(), clock.monotonic())
        self.shell: Shell | None = None
        self.keys = Keys(self)
        self._paused = False
        self._title_tail = b""
        self._prompt: tuple[Prompt, asyncio.Future[Sequence[str] | None]] | None = None
        self._prompts = 0

    @property
    def state(self) -> Literal["opening", "open", "ended"]:
        """ "opening", "open" or "ended"."""
        return "ended" if self.end is not None else "open" if self.shell is not None else "opening"

    # the channel's side

    def record(self, recorder: Recorder | None) -> None:
        """Everything that is shown goes to the recorder first."""
        if recorder is not None and self.end is not None:
            recorder.close(str(self.end.reason))
        elif recorder is not None:
            recorder.on_failure, self.recorder = (lambda why: self.finish(End.UNRECORDED, why)), recorder

    def opened(self, shell: Shell) -> None:
        """The shell is there."""
        self.shell = shell
        if self.end is not None:  # ended while it opened
            shell.close()
            return
        self.keys.start(shell)
        self._tell(State("open"))
        self.resize(*self.size)
        self.pace()

    def data(self, data: bytes) -> None:
        """The hot path: output of the host."""
        if self.recorder is not None:
            self.recorder.output(data)
        before = self.scrollback.end
        self.scrollback.append(data)
        if self._title_tail or b"\x1b]" in data:
            self._look_for_title(data)
        for one in self.attached:
            one.arrived(before)
        self.pace(len(data))

    def error(self, data: bytes) -> None:
        """A terminal has one output only; a host that says otherwise is shown all the same."""
        self.data(data)

    def closed(self, reason: Exception | None) -> None:
        """The channel is gone."""
        status = self.shell.exit_status if self.shell is not None else None
        if reason is not None:
            sentence = reason.sentence if isinstance(reason, LineError) else "The connection broke."
            self.finish(End.LOST, sentence)
        elif status is None:
            self.finish(End.LOST, f"The line to {self.facts.host_name} was closed.")
        else:
            how = f"with status {status}" if status >= 0 else f"by signal {-status}"
            self.finish(End.EXITED, f"The shell ended {how}.", status)

    def finish(self, reason: End, detail: str, status: int | None = None) -> None:
        """End it: once; the first reason counts."""
        if self.end is not None:
            return
        self.end = Exit(reason, status, detail)
        self.timing.ended = self.clock.monotonic()
        for timer in self.timing.timers:
            timer.cancel()
        self.keys.close()
        if self._prompt is not None and not self._prompt[1].done():
            self._prompt[1].set_result(None)
        if self.shell is not None:
            self.shell.close()
        if self.recorder is not None:
            self.recorder.close(str(reason))
        for one in tuple(self.attached):
            if reason is End.RIGHTS:
                one.tell(self.end)  # at once: nothing leaves by rights that are gone
            one.wake()
        self._on_end(self)

    # attachments

    def attach(
        self,
        principal: Principal,
        renew: Renew,
        *,
        size: tuple[int, int],
        writes: bool,
        offset: int | None = None,
        take: bool = False,
        page: str = "",
    ) -> Attachment:
        """One more who looks; whether the principal may has been asked before. See Attachment.

        It takes the place of the same page's earlier one, whose lost network may not have been noticed yet.
        """
        made = Attachment(self, principal, renew, writes=writes, size=(80, 24), since=self.clock.now())
        made.page = page
        made.resize(*size)
        mine = [one for one in self.attached if one.principal.user_id == principal.user_id]
        for one in mine:
            if take or (page and one.page == page):
                one.dismiss(Gone.TAKEN, "This terminal was taken over by another page of yours.")
        repaint = self.shell is not None and self.scrollback.start > 0 and self.scrollback.now().full_screen
        if writes:
            self.lead(made)
        made.place(offset)
        self.attached.append(made)
        if self._prompt is not None and principal.user_id == self.facts.owner_id:
            made.tell(self._prompt[0])
        self._tell(People())
        if repaint and made.sent == self.scrollback.start:
            self._repaint()
        self.pace()
        return made

    def detach(self, gone: Attachment) -> None:
        """One less."""
        if gone not in self.attached:
            return
        self.attached.remove(gone)
        if self.leader is gone:
            self.leader = None
            following = next((one for one in reversed(self.attached) if one.writes), None)
            if following is not None:
                self.lead(following)
        self._tell(People())
        self.keys.wake()
        self.pace()

    def lead(self, who: Attachment) -> None:
        """From now on this attachment's size is the terminal's."""
        if not who.writes or self.leader is who:
            return
        self.leader = who
        self.timing.lead = self.clock.monotonic()
        self.resize(*who.size)
        self._tell_size()

    def resize(self, columns: int, rows: int) -> None:
        """The terminal's size from now on."""
        changed, self.size = self.size != (columns, rows), (columns, rows)
        if self.shell is not None and self.end is None:
            self.shell.resize(columns, rows)
        if changed:
            if self.recorder is not None:
                self.recorder.resize(columns, rows)
            self._tell_size()

    def _tell_size(self) -> None:
        for one in self.attached:
            one.tell(Size(*self.size, leader=one is self.leader))

    def _repaint(self) -> None:
        """A program with the whole screen draws it again when the size changes: what was cut off comes back so."""
        columns, rows = self.size
        if self.shell is not None and rows > 1:
            self.shell.resize(columns, rows - 1)
            self._later(REPAINT_S, lambda: self.resize(*self.size))

    def _tell(self, event: Event) -> None:
        for one in self.attached:
            one.tell(event)

    def _look_for_title(self, data: bytes) -> None:
        text = self._title_tail + data
        found = vt.TITLE.findall(text)
        begun = text.rfind(b"\x1b]")
        unfinished = begun >= 0 and vt.UNFINISHED.match(text, begun) and len(text) - begun < TITLE_SEEN
        self._title_tail = text[begun:] if unfinished else b""
        if found and (title := vt.clean(found[-1].decode("utf-8", "replace"))) != self.title:
            self.title = title
            self._tell(Title(title))

    # pace

    def pace(self, arrived: int = 0) -> None:
        """Read on or hold the host up, by who takes what."""
        if self.shell is None or self.end is not None:
            return
        if not self.attached:
            self._pace_detached(self.shell, arrived)
            return
        lag = self._lag()
        if self._paused and lag <= CREDIT // 2:
            self._paused = False
            self.shell.resume()
        elif not self._paused and lag >= CREDIT:
            self._paused = True
            self.shell.pause()
            if len(self.attached) > 1:
                self._later(STALLED_S + WINDOW_S, self._look_again)

    def _lag(self) -> int:
        now, end = self.clock.monotonic(), self.scrollback.end
        moving = [one for one in self.attached if not one.stalled(now)]
        counted = [one for one in moving if one.writes] or moving or self.attached
        return min(end - one.acked for one in counted)

    def _look_again(self) -> None:
        self.pace()
        if self._paused and len(self.attached) > 1:
            self._later(STALLED_S, self._look_again)

    def _pace_detached(self, shell: Shell, arrived: int) -> None:
        timing, now = self.timing, self.clock.monotonic()
        if now - timing.window_at >= WINDOW_S:
            timing.window_at, timing.window_bytes = now, 0
        timing.window_bytes += arrived
        full = timing.window_bytes > DETACHED_BYTES_S * WINDOW_S
        if self._paused and not full:
            self._paused = False
            shell.resume()
        elif full:
            if not self._paused:
                self._paused = True
                shell.pause()
            self._later(WINDOW_S, self.pace)

    def _later(self, delay_s: float, work: Callable[[], None]) -> None:
        def run() -> None:
            self.timing.timers.discard(handle)
            if self.end is None:
                work()

        handle = asyncio.get_running_loop().call_later(delay_s, run)
        self.timing.timers.add(handle)

    # what is typed

    def type(self, who: Attachment, data: bytes) -> None:
        """Send it once what was typed before has gone. Its rights have been asked for."""
        if self.end is not None:
            return
        self.stay()
        if who is not self.leader and self.timing.typed - self.timing.lead > LEAD_KEPT_S:
            self.lead(who)
        elif who is self.leader:
            self.timing.lead = self.timing.typed
        self.keys.take(who, data)

    def stay(self) -> None:
        """Somebody is there."""
        self.timing.typed = self.clock.monotonic()
        if self.timing.warned == "idle":
            self.timing.warned = None
            self._tell(WarningOver())

    def trusted(self) -> None:
        """Rights have been looked at: what waited for it goes on."""
        self.keys.wake()
        for one in self.attached:
            one.wake()

    # the host's questions

    async def answer(self, challenge: Challenge) -> Sequence[str] | None:
        """Ask the owner, whoever of the owner's pages answers first. None after a while, or when it is cancelled."""
        self._prompts += 1
        texts = tuple((vt.clean(text, 500), echo) for text, echo in challenge.prompts[:10])
        prompt = Prompt(
            self._prompts,
            vt.clean(challenge.name),
            vt.clean(challenge.instructions.replace("\n", " "), 1000),
            texts,
            self.clock.now() + PROMPT_S,
        )
        asked: asyncio.Future[Sequence[str] | None] = asyncio.get_running_loop().create_future()
        self._prompt = (prompt, asked)
        self._tell_owner(prompt)
        try:
            async with asyncio.timeout(PROMPT_S):
                return await asked
        finally:
            self._prompt = None
            self._tell_owner(PromptDone(prompt.id))

    def reply(self, who: Attachment, prompt_id: int, answers: Sequence[str] | None) -> None:
        """An answer, None to give up; one for another question or by another than the owner counts for nothing."""
        if self._prompt is None or who.principal.user_id != self.facts.owner_id:
            return
        prompt, asked = self._prompt
        if prompt.id == prompt_id and not asked.done() and (answers is None or len(answers) == len(prompt.prompts)):
            asked.set_result(answers)

    def _tell_owner(self, event: Event) -> None:
        for one in self.attached:
            if one.principal.user_id == self.facts.owner_id:
                one.tell(event)

    def told(self, state: str, detail: str) -> None:
        """How far the opening has come."""
        self._tell(State(state, detail))

    def warn(self, kind: str, ends_at: float) -> None:
        """It ends soon."""
        if self.timing.warned != kind:
            self.timing.warned = kind
            self._tell(Warned(kind, ends_at))
