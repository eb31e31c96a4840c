"""Cleaning up comes to its end, however often its waiter is cancelled, and knows its time limits."""

from __future__ import annotations

import asyncio

import pytest

from controller.core.cancellation import outlast, to_its_end


async def test_a_time_limit_is_told_as_such_to_what_cleans_up_after_a_cancellation() -> None:
    found: list[str] = []

    async def clean() -> None:
        try:
            async with asyncio.timeout(0.01):
                await asyncio.Event().wait()
        except TimeoutError:
            found.append("too slow")

    async def work() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            await to_its_end(clean(), "cleaning up")

    task = asyncio.create_task(work())
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert found == ["too slow"]


async def test_asking_twice_does_not_cut_it_off_and_is_told_afterwards() -> None:
    begun, may_end, found = asyncio.Event(), asyncio.Event(), []

    async def clean() -> None:
        begun.set()
        await may_end.wait()
        found.append("clean")

    task = asyncio.create_task(to_its_end(clean(), "cleaning up"))
    await begun.wait()
    for _ in range(3):
        task.cancel()
        await asyncio.sleep(0)
        assert not task.done()
    may_end.set()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert found == ["clean"]


async def test_what_goes_wrong_in_it_is_raised() -> None:
    async def clean() -> None:
        raise OSError("no room")

    with pytest.raises(OSError, match="no room"):
        await to_its_end(clean(), "cleaning up")
    done = asyncio.create_task(asyncio.sleep(0, "result"))
    assert await outlast(done) is None
    assert done.result() == "result"
