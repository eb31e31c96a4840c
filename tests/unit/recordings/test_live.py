"""A recorder never waits: what a slow disk does not take is a gap with its size, and the session goes on."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from controller.core.clock import SystemClock
from controller.recordings import sealed
from controller.recordings.live import WAITING_BYTES, LiveRecorder, Terms
from controller.recordings.sealed import Event, Kind, Writer

KEY = bytes(32)
MIB = 1 << 20


@pytest.fixture
def threads() -> Iterator[ThreadPoolExecutor]:
    """One thread, which is the disk."""
    pool = ThreadPoolExecutor(1)
    yield pool
    pool.shutdown()


def recorder(path: Path, threads: ThreadPoolExecutor, ends: list[str], limit: int = 64 * MIB) -> LiveRecorder:
    """A recorder of its own file."""

    async def ended(_: LiveRecorder, reason: str) -> None:
        ends.append(reason)

    terms = Terms(with_input=False, limit_bytes=limit)
    return LiveRecorder(1, Writer(path, KEY), terms, clock=SystemClock(), threads=threads, ended=ended)


def events(path: Path) -> list[Event]:
    """All of the file."""
    return [event for chunk in sealed.read(path, KEY) for event in chunk]


def fill(path: Path) -> None:
    """Let whoever writes the file find the disk full."""
    with Path("/dev/full").open("wb") as nothing:
        for one in Path("/proc/self/fd").iterdir():
            if one.is_symlink() and one.readlink() == path:
                os.dup2(nothing.fileno(), int(one.name))


async def test_a_disk_that_hangs_makes_a_gap_and_no_wait(tmp_path: Path, threads: ThreadPoolExecutor) -> None:
    path, ends, hung = tmp_path / "one.rec", list[str](), threading.Event()
    live = recorder(path, threads, ends)
    threads.submit(hung.wait)
    live.output(b"before")
    await asyncio.sleep(0)  # the writer has taken it, and waits for the disk
    await asyncio.sleep(0)
    for _ in range(WAITING_BYTES // MIB + 3):
        live.output(bytes(MIB))
    assert live.gap_bytes >= 3 * MIB
    hung.set()
    await live.flush()
    live.output(b"after")
    live.close("exited")
    live.output(b"too late")
    await live.task
    assert ends == ["exited"]
    kept = b"".join(event.data for event in events(path) if event.kind is Kind.OUTPUT)
    assert (kept[:6], kept[-5:]) == (b"before", b"after")
    assert len(kept) == live.output_bytes - live.gap_bytes - len(b"too late")
    (note,) = [event.data.decode() for event in events(path) if event.kind is Kind.NOTE]
    assert note == f"{live.gap_bytes} bytes are missing here: the disk was too slow to record them."


async def test_what_was_taken_is_in_the_file_after_a_flush_however_much_comes(
    tmp_path: Path, threads: ThreadPoolExecutor
) -> None:
    path, ends = tmp_path / "one.rec", list[str]()
    live = recorder(path, threads, ends)

    async def flood() -> None:
        while True:
            live.output(bytes(1024))
            await asyncio.sleep(0)

    flooding = asyncio.create_task(flood())
    for number in range(20):
        live.output(b"mark %d." % number)
        await asyncio.wait_for(live.flush(), 5)
        assert b"mark %d." % number in b"".join(event.data for event in events(path))
    flooding.cancel()
    await asyncio.gather(flooding, return_exceptions=True)
    live.close("exited")
    await live.task


async def test_a_disk_that_fails_is_said_once_and_ends_nothing_else(
    tmp_path: Path, threads: ThreadPoolExecutor
) -> None:
    path, ends = tmp_path / "one.rec", list[str]()
    live = recorder(path, threads, ends)
    live.output(b"kept")
    await live.flush()
    fill(path)
    live.output(b"lost")
    await asyncio.wait_for(live.flush(), 5)
    assert "No space left" in live.failure
    for _ in range(100):
        live.output(bytes(MIB))
    live.close("exited")
    await live.task
    assert ends == ["exited"]
    assert [event.data for event in events(path)] == [b"kept"]
