"""Shells held ready: where somebody has just run a command, the next one begins at once.

Most of what a short command costs is to get a shell for it: sshd's session, the login shell and its start-up files. So
one is opened ahead, while nobody waits. Each serves one job and no other: a second one in it would hear what the first
had left in the background. It is closed when nobody wanted it for HOLD_S, and none is opened where sessions are scarce.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

from controller.core.errors import AppError
from controller.ssh.errors import LineError
from controller.ssh.fleet import POSIX_SHELL, Fleet, Receiver, Stream

HOLD_S = 60.0
AFTER_S = 0.5  # what has just ended is written and shown first
AT_ONCE = 10
HOSTS_MAX = 1000
NOISE_MAX = 4096  # of what start-up files print


class Waiting:
    """A shell that nobody uses yet; a Receiver."""

    def __init__(self) -> None:
        self.stream: Stream | None = None
        self.gone = False
        self._noise: list[tuple[bytes, bool]] = []
        self._talk: Receiver | None = None

    def hand_over(self, talk: Receiver) -> None:
        """From now on `talk` hears it, what was said so far included."""
        for data, error in self._noise:
            (talk.error if error else talk.data)(data)
        self._noise.clear()
        self._talk = talk

    def data(self, data: bytes) -> None:
        """Standard output."""
        if self._talk is not None:
            self._talk.data(data)
        else:
            self._keep(data, error=False)

    def error(self, data: bytes) -> None:
        """Standard error."""
        if self._talk is not None:
            self._talk.error(data)
        else:
            self._keep(data, error=True)

    def closed(self, reason: Exception | None) -> None:
        """It, or its line, has ended."""
        self.gone = True
        if self._talk is not None:
            self._talk.closed(reason)

    def _keep(self, data: bytes, *, error: bool) -> None:
        if sum(len(one) for one, _ in self._noise) < NOISE_MAX:
            self._noise.append((data[:NOISE_MAX], error))


class Ready:
    """The shells that wait, at most one on each host."""

    def __init__(self, fleet: Fleet, hold_s: float = HOLD_S) -> None:
        self._fleet = fleet
        self._hold_s = hold_s
        self._waiting: dict[int, Waiting] = {}
        self._timers: dict[int, asyncio.TimerHandle] = {}
        self._wanted: set[int] = set()  # hosts on which one is being opened, or soon will be
        self._places = asyncio.Semaphore(AT_ONCE)
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def host_ids(self) -> set[int]:
        """Where one waits."""
        return {host_id for host_id, waiting in self._waiting.items() if not waiting.gone}

    def take(self, host_id: int) -> Waiting | None:
        """The host's, if one waits and its line stands. It is the caller's from now on."""
        waiting = self._waiting.pop(host_id, None)
        timer = self._timers.pop(host_id, None)
        if timer is not None:
            timer.cancel()
        return waiting if waiting is not None and not waiting.gone else None

    def prepare(self, host_ids: Iterable[int]) -> None:
        """Open one on each of these hosts, in a while and a few at a time. What does not answer is left out."""
        for host_id in list(host_ids)[:HOSTS_MAX]:
            if host_id not in self._wanted and host_id not in self._waiting:
                self._wanted.add(host_id)
                task = asyncio.create_task(self._open(host_id), name=f"shell held ready on host {host_id}")
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        """Close all of them."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for host_id in list(self._waiting):
            self._drop(host_id)

    async def _open(self, host_id: int) -> None:
        waiting = Waiting()
        try:
            await asyncio.sleep(AFTER_S)
            async with self._places:
                if not self._fleet.spare(host_id):
                    return
                waiting.stream = await self._fleet.stream(host_id, POSIX_SHELL, waiting)
        except (LineError, AppError, LookupError):
            return
        finally:
            self._wanted.discard(host_id)
        self._waiting[host_id] = waiting
        self._timers[host_id] = asyncio.get_running_loop().call_later(self._hold_s, self._drop, host_id)

    def _drop(self, host_id: int) -> None:
        waiting = self.take(host_id)
        if waiting is not None and waiting.stream is not None:
            waiting.stream.close()
