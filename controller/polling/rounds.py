"""Rounds: what is too slow or too rare for the reader, by short-lived commands.

A host has one round at a time and its collectors run one after another, so that a host that hangs costs one channel.
The number of rounds at once is bounded over the whole fleet.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Mapping, Sequence
from time import perf_counter
from typing import Any

import structlog

from collectors import restricted
from collectors.script import Said, Sequel
from collectors.spec import Cadence, Collector, Reading, Rows
from controller.core.clock import Clock
from controller.hosts.board import Board
from controller.polling.ingest import Ingest
from controller.ssh.errors import LineError
from controller.ssh.fleet import POSIX_SHELL, ExecResult, Fleet

log = structlog.get_logger()

AT_ONCE = 24
LIMIT_BYTES = 1 << 20
CLOCK_FACT = "clock_epoch"


class Rounds:
    """Runs the rounds of all hosts."""

    def __init__(
        self, fleet: Fleet, ingest: Ingest, board: Board, clock: Clock, collectors: Mapping[str, Collector]
    ) -> None:
        self._fleet = fleet
        self._ingest = ingest
        self._board = board
        self._clock = clock
        slow = (c for c in collectors.values() if c.cadence is Cadence.SLOW)
        self._slow = sorted(slow, key=lambda collector: collector.timeout_s)
        self._facts = [c for c in collectors.values() if c.cadence is Cadence.FACTS]
        self._gate = asyncio.Semaphore(AT_ONCE)
        self._running: dict[int, asyncio.Task[None]] = {}

    def start(self, host_id: int, tick: float, *, facts: bool) -> None:
        """Begin a round for the tick at `tick` (epoch seconds), unless one is under way."""
        if host_id in self._running:
            return
        task = asyncio.get_running_loop().create_task(self._round(host_id, tick, facts=facts), name=f"round-{host_id}")
        self._running[host_id] = task
        task.add_done_callback(lambda _: self._running.pop(host_id, None))

    def stop(self, host_id: int) -> None:
        """End the host's round, if there is one."""
        if host_id in self._running:
            self._running[host_id].cancel()

    async def close(self) -> None:
        """End every round and wait for it."""
        tasks = list(self._running.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _round(self, host_id: int, tick: float, *, facts: bool) -> None:
        async with self._gate:
            try:
                found = await self._read_facts(host_id) if facts else {}
                noticed = await self._read_slow(host_id, tick)
                if found:
                    self._board.facts(host_id, found | noticed, self._clock.now())
                elif noticed:
                    self._board.noticed(host_id, noticed)
            except Exception:  # the edge of one host's round: it must not end the others'
                log.exception("round.failed", host_id=host_id)

    async def _read_facts(self, host_id: int) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for collector in self._facts:
            sent_at = self._clock.now()
            reading = await self._ask(host_id, collector)
            if reading is None:
                continue
            arrived_at = self._clock.now()
            found.update(reading.facts)
            theirs = found.pop(CLOCK_FACT, None)
            if isinstance(theirs, int | float):
                self._board.clock_offset(host_id, theirs - (sent_at + arrived_at) / 2)
        return found

    async def _read_slow(self, host_id: int, tick: float) -> dict[str, Any]:
        """Store the slow collectors' frame; the facts that they noticed beside it."""
        sequel = Sequel([collector.script for collector in self._slow], secrets.token_hex(8))
        began = perf_counter()
        failure = await self._run(host_id, sequel, self._slow)
        unsaid = [Said(b"", -1, perf_counter() - began)] * (len(self._slow) - len(sequel.said))
        tables: dict[str, Rows] = {}
        noticed: dict[str, Any] = {}
        for collector, said in zip(self._slow, sequel.said + unsaid, strict=True):
            if not said.output and said.status != 0:
                reason = failure or f"the command ended with status {said.status}"
                self._ingest.command_failed(host_id, collector, reason, said.duration_s)
            elif reading := self._ingest.command_answered(host_id, collector, said.output, said.duration_s):
                tables.update(reading.tables)
                noticed.update(reading.facts)
        self._ingest.slow_frame(host_id, Reading(tables), tick)
        return noticed

    async def _run(self, host_id: int, sequel: Sequel, collectors: Sequence[Collector]) -> str:
        """Run these collectors by one command; why those that say nothing do so, where that is known.

        The patient ones come last: what one that hangs keeps from ending has been said before.
        """
        command, said = POSIX_SHELL, sequel.written()
        if self._fleet.monitoring_only(host_id):
            command, said = restricted.running(one.name for one in collectors), sequel.start
        try:
            result = await self._fleet.exec(
                host_id,
                command,
                stdin=said,
                timeout_s=sum(collector.timeout_s for collector in collectors),
                limit_bytes=LIMIT_BYTES,
                heard=lambda data: sequel.feed(data, perf_counter()),
            )
        except LineError as error:
            return str(error)
        return "" if result.exit_status == 0 and sequel.began else _failure(result)

    async def _ask(self, host_id: int, collector: Collector) -> Reading | None:
        began = perf_counter()
        sequel = Sequel([collector.script], secrets.token_hex(8))
        failure = await self._run(host_id, sequel, [collector])
        said = sequel.said[0] if sequel.said else None
        duration_s = perf_counter() - began
        if said is None or (not said.output and said.status != 0):
            reason = failure or f"the command ended with status {-1 if said is None else said.status}"
            self._ingest.command_failed(host_id, collector, reason, duration_s)
            return None
        return self._ingest.command_answered(host_id, collector, said.output, duration_s)


def _failure(result: ExecResult) -> str:
    """Why the output is of no use."""
    if result.truncated:
        return f"the output is longer than {LIMIT_BYTES} bytes"
    if result.exit_status == 0:
        return "the login shell did not let /bin/sh run"
    said = result.stderr.decode(errors="replace").strip().splitlines()
    return said[0][:200] if said else f"the command ended with status {result.exit_status}"
