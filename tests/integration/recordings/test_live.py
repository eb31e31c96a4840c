"""One recorder at its limits: many small events, a disk that takes no more, somebody who looks just as it ends."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from controller.core.clock import SystemClock
from controller.recordings.live import LiveRecorder, Terms
from controller.recordings.sealed import Kind, Writer, read

KEY = bytes(32)
LIMIT = 1 << 20


class Bench:
    """Makes recorders; how each ended stands in `ends`, once `may_end` lets it."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "one.rec"
        self.ends: list[str] = []
        self.may_end = asyncio.Event()
        self.may_end.set()
        self.threads = ThreadPoolExecutor(1)

    def recorder(self, writer: Writer | None = None) -> LiveRecorder:
        """One with a limit of a mebibyte, input included."""
        terms = Terms(with_input=True, limit_bytes=LIMIT)
        made = writer or Writer(self.path, KEY)
        return LiveRecorder(1, made, terms, clock=SystemClock(), threads=self.threads, ended=self._ended)

    async def _ended(self, _: LiveRecorder, reason: str) -> None:
        await self.may_end.wait()
        self.ends.append(reason)


class FullWriter(Writer):
    """As on a disk that is full after the first chunk."""

    def append(self, events: bytes, *, last: bool = False) -> None:
        """The second time there is no room."""
        if self._number:
            raise OSError(28, "No space left on device")
        super().append(events, last=last)


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    """In a folder of its own."""
    made = Bench(tmp_path)
    yield made
    made.threads.shutdown()


@pytest.mark.parametrize("kind", [Kind.RESIZE, Kind.OUTPUT, Kind.INPUT])
async def test_many_small_events_count_by_the_room_that_they_take(bench: Bench, kind: Kind) -> None:
    recorder = bench.recorder()
    for number in range(120_000):
        if kind is Kind.RESIZE:
            recorder.resize(80 + number % 2, 24)
        elif kind is Kind.OUTPUT:
            recorder.output(b"x")
        else:
            recorder.input(b"x")
        if number % 20_000 == 0:
            await asyncio.sleep(0)
    recorder.close("exited")
    await recorder.task
    assert recorder.truncated
    events = [event for chunk in read(bench.path, KEY) for event in chunk]
    assert sum(event.kind is kind for event in events) < LIMIT // 13 + 2  # 13 bytes before each
    assert events[-1].kind is Kind.NOTE
    assert bench.ends == ["exited"]


async def test_who_looks_while_it_ends_is_not_left_waiting(bench: Bench) -> None:
    bench.may_end.clear()  # the database is away: how it ended cannot be stored yet
    recorder = bench.recorder()
    recorder.output(b"shown")
    recorder.close("exited")
    async with asyncio.timeout(5):
        await asyncio.gather(*(recorder.flush() for _ in range(5)))
        while b"shown" not in b"".join(event.data for chunk in read(bench.path, KEY) for event in chunk):
            await asyncio.sleep(0.01)
        await recorder.flush()
    assert not recorder.task.done()
    bench.may_end.set()
    await recorder.task


async def test_a_full_disk_is_told_once_and_what_was_written_can_be_read(bench: Bench) -> None:
    recorder = bench.recorder(FullWriter(bench.path, KEY))
    told: list[str] = []
    recorder.on_failure = told.append
    recorder.output(b"before")
    await recorder.flush()
    recorder.output(b"after")
    async with asyncio.timeout(5):
        await recorder.flush()
        while not told:
            await asyncio.sleep(0.01)
        recorder.output(b"later still")
        await recorder.flush()
        recorder.close("unrecorded")
        await recorder.task
    assert len(told) == 1
    assert "No space left on device" in told[0]
    assert "No space left on device" in recorder.failure
    assert [event.data for chunk in read(bench.path, KEY) for event in chunk] == [b"before"]
