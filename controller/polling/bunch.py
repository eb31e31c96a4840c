"""Answers on their way to ingest, a bunch at a time.

A thousand hosts answer one by one, and between two answers the processor does something else. Working off what came
in a tenth of a second in one go finds the code and the tables still in its caches.
"""

from __future__ import annotations

import asyncio
from typing import NamedTuple

import structlog

from collectors.reader import Answer
from controller.polling.session import Sink

log = structlog.get_logger()

PAUSE_S = 0.1  # an answer waits no longer
MOST = 100  # worked off before others get a turn: some ten milliseconds


class Waiting(NamedTuple):
    """One answer and what it is for."""

    host_id: int
    answer: Answer
    tick: float
    stored: bool


class Bunch:
    """A Sink in front of another.

    A session takes an answer only to a request of its own, so that what waits is bounded by the ticks of one pause.
    """

    def __init__(self, sink: Sink) -> None:
        self._sink = sink
        self._waiting: list[Waiting] = []
        self._timer: asyncio.TimerHandle | None = None

    def answered(self, host_id: int, answer: Answer, *, tick: float, stored: bool) -> None:
        """An answer arrived for the tick at `tick` (epoch seconds)."""
        self._waiting.append(Waiting(host_id, answer, tick, stored))
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(PAUSE_S, self._work)

    def reader_failed(self, host_id: int, reason: str) -> None:
        """The reader did not start, hangs or lies."""
        self.flush()  # what it said before comes first
        self._sink.reader_failed(host_id, reason)

    def flush(self) -> None:
        """Work off all that waits, now."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        waiting, self._waiting = self._waiting, []
        for each in waiting:
            try:
                self._sink.answered(each.host_id, each.answer, tick=each.tick, stored=each.stored)
            except Exception:  # one host's answer must not cost the others theirs
                log.exception("answer.failed", host_id=each.host_id)

    def _work(self) -> None:
        self._timer = None
        rest = self._waiting[MOST:]
        del self._waiting[MOST:]
        self.flush()
        if rest:
            self._waiting = rest
            self._timer = asyncio.get_running_loop().call_later(0, self._work)
