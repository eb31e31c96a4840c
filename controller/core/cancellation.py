"""What has to come to its end although its waiter is cancelled: cleaning up.

It goes on in a task of its own. So a second request to cancel does not cut it off, and its time limits are told as
such: in a task that has been cancelled, Python 3.11's `asyncio.timeout` raises CancelledError instead of TimeoutError.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


async def outlast(task: asyncio.Future[Any]) -> asyncio.CancelledError | None:
    """Wait until it is done, whatever comes; the last request to cancel the waiter meanwhile, to be raised later."""
    cancelled: asyncio.CancelledError | None = None
    while not task.done():
        try:
            await asyncio.wait({task})
        except asyncio.CancelledError as error:
            cancelled = error
    return cancelled


async def to_its_end(work: Coroutine[Any, Any, T], name: str) -> T:
    """Do this to its end. Raises what it raises, else CancelledError when the waiter was cancelled meanwhile."""
    task = asyncio.create_task(work, name=name)
    cancelled = await outlast(task)
    found = task.result()
    if cancelled is not None:
        raise cancelled
    return found
