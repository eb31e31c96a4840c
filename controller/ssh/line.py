"""The line to one host: one connection kept up, and what to do when it breaks."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Coroutine
from contextlib import nullcontext
from typing import Any, Protocol

import asyncssh
import structlog

from controller.ssh import backoff, connect
from controller.ssh.errors import AuthFailed, HostKeyChanged, HostKeyUnknown, LineError, Unreachable
from controller.ssh.fleet import Person
from controller.ssh.held import Held
from controller.ssh.keychain import Keychain
from controller.ssh.limiter import Limiter
from controller.ssh.options import Options
from controller.ssh.target import Directory, LineState, LineStatus, Target

log = structlog.get_logger()
JUMPS_MAX = 8


class House(Protocol):
    """What a line needs of the pool that it belongs to."""

    directory: Directory
    options: Options
    keychain: Keychain
    limiter: Limiter
    rng: random.Random

    def line(self, host_id: int) -> Line:
        """The line of another host: a jump host's."""
        ...

    def spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Run in the background until the pool closes."""
        ...

    def tell(self, host_id: int, status: LineStatus) -> None:
        """A line's state has changed."""
        ...

    def idle(self, line: Line) -> None:
        """Nobody needs the line any more."""
        ...


class Line:
    """One host's main connection. Nothing runs while it is up and idle: loss is a callback, a retry is a timer."""

    def __init__(self, host_id: int, house: House) -> None:
        self.host_id = host_id
        self.watched = False
        self.status: LineStatus | None = None
        self.held: Held | None = None
        self.closed = False
        self.label = f"host {host_id}"
        self._house = house
        self._attempt: asyncio.Task[None] | None = None
        self._checking: asyncio.Task[None] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._error: LineError | None = None  # of the last attempt; None while up
        self._halted = False  # only a human can change what stands in the way
        self._failures = 0
        self._refusals = 0
        self._was_up = False
        self._waiting_for_jump: int | None = None
        self.through = 0  # connections of other hosts that run through this one
        self.behind: set[Line] = set()
        self._jumps_used: set[Line] = set()
        self.on_freed: Callable[[Held], None] = lambda _: None

    # from outside

    def watch(self) -> None:
        """Keep the line up from now on."""
        self.watched = True
        if self.held is None and not self._halted and self._timer is None:
            self._start()

    def retry(self) -> None:
        """A human changed something: forget what was refused and try now."""
        self._halted = False
        self._refusals = self._failures = 0
        self._error = None
        self._was_up = False
        if self.held is not None:
            self._checking = self._house.spawn(self._recheck(self.held))
        else:
            self._start()

    @property
    def error(self) -> LineError | None:
        """Of the last attempt or loss; None while the line is up."""
        return self._error

    def wake(self, jump: int) -> None:
        """The jump host came up: those that waited for it need not wait out their timer."""
        if self._waiting_for_jump == jump and self.held is None and self._attempt is None and self._wanted():
            self._schedule(self._house.rng.uniform(0, 1.0))

    async def ready(self) -> Held:
        """The connection, made if need be. Raises the error that stands in the way.

        While a watched line waits for its next attempt this fails at once with the last error.
        """
        if self.held is None:
            await self._settle()
        if self.held is None:
            gone = Unreachable(f"{self.label} is no longer watched.", code="forgotten")
            raise (gone if self.closed or self._error is None else self._error).with_traceback(None)
        return self.held

    async def _settle(self) -> None:
        """Wait for the attempt that runs, or for a new one unless the last error stands."""
        if self._attempt is None and not (self._error is not None and (self._halted or self._timer is not None)):
            self._start()
        if self._attempt is not None:
            # Not awaited itself: a line that is forgotten meanwhile must not look like a cancelled caller
            await asyncio.wait({self._attempt})

    def reconnect(self) -> None:
        """Try now, whatever the timer says: the loss was of our own doing."""
        if self.held is None and self._attempt is None and not self._halted:
            self._start()

    def rest(self) -> None:
        """Close the connection without forgetting the line: it is made again when somebody asks."""
        if self.held is not None:
            held, self.held = self.held, None
            held.close()
            self.status = None

    def close(self) -> None:
        """End the connection and every attempt."""
        self.closed = True
        self.watched = False
        self._cancel_timer()
        if self._attempt is not None:
            self._attempt.cancel()
        self.rest()
        for line in self._jumps_used:
            line.behind.discard(self)

    # attempts

    def _wanted(self) -> bool:
        return not self.closed and (self.watched or self.through > 0)

    def _start(self) -> None:
        self._cancel_timer()
        if self._attempt is not None or self.closed:
            return
        if self.status is None or self.status.state not in {LineState.DOWN, LineState.CONNECTING} or not self._error:
            self._tell(LineState.CONNECTING, "", "connecting")
        self._attempt = self._house.spawn(self._run())

    async def _run(self, person: Person | None = None) -> None:
        try:
            held = await self.connect(freed=self.on_freed, lost=self._lost, person=person)
        except LineError as error:
            self._failed(error)
        except LookupError:
            self._failed(Unreachable(f"There is no {self.label} any more.", code="forgotten"))
        except Exception as error:  # the edge of the line: one host's oddity must not end its retries
            log.exception("line.attempt_failed", host_id=self.host_id)
            self._failed(Unreachable(f"The connection failed for an unexpected reason ({type(error).__name__}).",
                                     code="internal"))  # fmt: skip
        else:
            self._established(held)
        finally:
            self._attempt = None

    async def introduce(self, person: Person) -> None:
        """Log in with somebody there to answer what the host asks. Raises what keeps the line from being up."""
        while self._attempt is not None and self.held is None:
            await asyncio.wait({self._attempt})
        if self.held is not None:
            return
        if self.closed:
            raise Unreachable(f"{self.label} is no longer watched.", code="forgotten")
        self._halted = False
        self._refusals = self._house.options.logins_before_stop - 1  # what fails waits for the next person
        self._cancel_timer()
        self._tell(LineState.CONNECTING, "", "connecting")
        self._attempt = self._house.spawn(self._run(person))
        await asyncio.wait({self._attempt})
        if self.held is None and self._error is not None:
            raise self._error.with_traceback(None)

    async def connect(
        self,
        *,
        freed: Callable[[Held], None],
        lost: Callable[[Held, Unreachable], None],
        person: Person | None = None,
    ) -> Held:
        """One more connection to the host, with these callbacks. Raises as connect.connect does."""
        target = await self._house.directory.target(self.host_id)
        self.label = target.label
        self._waiting_for_jump = target.jump
        jump = await enter(self._house, target)
        if jump is not None:
            jump.behind.add(self)
            self._jumps_used.add(jump)
        try:
            attempt = connect.Attempt(
                options=self._house.options,
                keychain=self._house.keychain,
                # nobody waits for the time that a person takes to answer
                gate=self._house.limiter.gate(target.jump) if person is None else nullcontext(),
                tunnel=await jump.tunnel() if jump is not None else None,
                jump_label=jump.label if jump is not None else "",
                person=person,
            )
            ssh, login = await connect.connect(target, attempt)
        except BaseException:
            if jump is not None:
                jump.leave()
            raise
        return Held(target, ssh, login, freed=freed, lost=lost, gone=jump.leave if jump is not None else None)

    async def tunnel(self) -> asyncssh.SSHClientConnection:
        """The connection as a way to the hosts behind. Raises Unreachable (code "jump_down")."""
        try:
            return (await self.ready()).ssh
        except LineError as error:
            raise Unreachable(f"The jump host {self.label} is not up: {error.sentence}", code="jump_down") from None

    def leave(self) -> None:
        """A connection that ran through this line, or was to, is gone."""
        self.through -= 1
        self._house.idle(self)

    @property
    def may_log_in(self) -> bool:
        """Whether a further connection may be tried: not after the host has refused the login too often."""
        return self._refusals < self._house.options.logins_before_stop

    def failed_beside(self, error: LineError) -> None:
        """A further connection failed while the line is up: refused logins count, another host key ends the line."""
        if isinstance(error, HostKeyUnknown | HostKeyChanged):
            self.rest()
            self._failed(error)
        elif isinstance(error, AuthFailed):
            self._refusals += 1 if error.tried else self._house.options.logins_before_stop

    def _established(self, held: Held) -> None:
        if self.closed:
            held.close()
            return
        if held.ssh.is_closed():
            self._lost(held, Unreachable(f"{self.label} closed the connection right after the login."))
            return
        self.held = held
        self._error = None
        self._failures = self._refusals = 0
        self._was_up = True
        self._waiting_for_jump = None
        self._tell(LineState.UP, "", "up")
        for line in tuple(self.behind):
            line.wake(self.host_id)

    def _failed(self, error: LineError) -> None:
        if self.closed:
            return
        self._error = error
        state, presented = LineState.DOWN, None
        if isinstance(error, HostKeyUnknown | HostKeyChanged):
            state = LineState.KEY_PENDING if isinstance(error, HostKeyUnknown) else LineState.KEY_CHANGED
            presented = error.presented
            self._halted = True
        elif isinstance(error, AuthFailed):
            state = LineState.LOGIN_REFUSED
            self._refusals += 1
            self._halted = not error.tried or self._refusals >= self._house.options.logins_before_stop
        soon = self._was_up and self._failures == 0 and error.code != "closed"
        wait = backoff.delay_s(self._house.options, self._failures, was_up=soon, rng=self._house.rng)
        self._failures += 1
        if self._halted or not self._wanted():
            self._tell(state, error.sentence, error.code, presented=presented)
            return
        self._schedule(wait)
        self._tell(state, error.sentence, error.code, retry_in_s=wait)

    def _lost(self, held: Held, error: Unreachable) -> None:
        if self.held is not held and self.held is not None:
            return
        self.held = None
        self._failures = 0
        self._error = error
        if self.closed:
            return
        wait = backoff.delay_s(self._house.options, 0, was_up=True, rng=self._house.rng)
        if not self._wanted():
            self._tell(LineState.DOWN, error.sentence, error.code)
            return
        self._schedule(wait)
        self._tell(LineState.DOWN, error.sentence, error.code, retry_in_s=wait)

    async def _recheck(self, held: Held) -> None:
        """After a human's change: keep the connection if it is still made to the same target."""
        try:
            target = await self._house.directory.target(self.host_id)
        except LookupError:
            return
        if target != held.target and self.held is held:
            self.held = None
            held.close()
            self._start()

    # timers and news

    def _schedule(self, wait_s: float) -> None:
        self._cancel_timer()
        self._timer = asyncio.get_running_loop().call_later(wait_s, self._start)

    def _cancel_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _tell(self, state: LineState, reason: str, code: str, *, retry_in_s: float | None = None,
              presented: Any = None) -> None:  # fmt: skip
        now = self._house.options.clock.now()
        same = self.status is not None and self.status.state == state
        since = self.status.since if same and self.status is not None else now
        retry_at = now + retry_in_s if retry_in_s is not None else None
        self.status = LineStatus(state, reason, code, since, retry_at, presented)
        self._house.tell(self.host_id, self.status)


async def enter(house: House, target: Target) -> Line | None:
    """The line of the target's jump host, counted as in use until its leave(); None without one.

    Raises Unreachable for a chain that comes back to itself: it would wait for itself for ever.
    """
    if target.jump is None:
        return None
    names, seen, step = [target.label], {target.host_id}, target
    while step.jump is not None:
        host_id = step.jump
        try:
            step = await house.directory.target(host_id)
        except LookupError:
            raise Unreachable(
                f"The jump host of {step.label} is gone. Choose another or none.", code="jump_down"
            ) from None
        names.append(step.label)
        if host_id in seen or len(seen) > JUMPS_MAX:
            chain = " → ".join(names)
            raise Unreachable(f"The jump hosts form a loop: {chain}. Change one of them.", code="jump_loop")
        seen.add(host_id)
    jump = house.line(target.jump)
    jump.through += 1
    return jump
