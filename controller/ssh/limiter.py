"""How many handshakes run at once: on the controller's CPU, and on one jump host."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class Limiter:
    """A gate for all handshakes and one for each jump host."""

    def __init__(self, overall: int, per_jump: int) -> None:
        self._overall = asyncio.Semaphore(overall)
        self._per_jump = per_jump
        self._jumps: dict[int, asyncio.Semaphore] = {}

    @asynccontextmanager
    async def gate(self, jump: int | None) -> AsyncIterator[None]:
        """Hold a place for one handshake. The narrow gate comes first: its queue takes no place in the wide one."""
        if jump is None:
            async with self._overall:
                yield
            return
        narrow = self._jumps.setdefault(jump, asyncio.Semaphore(self._per_jump))
        async with narrow, self._overall:
            yield
