"""Readings by asyncssh's exec on kept connections."""

from __future__ import annotations

import asyncio

import asyncssh
import uvloop

from collectors import registry
from tests.bench import peers


async def main() -> None:
    """Connect once, then read as often as ordered."""
    order = peers.order()
    command = peers.command(registry.load())
    lines = [
        await asyncssh.connect(
            host["address"],
            host["port"],
            username=host["username"],
            client_keys=[host["key"]],
            known_hosts=None,
            config=None,
            agent_path=None,
        )
        for host in order.hosts
    ]
    async with peers.store(order.url, len(lines)) as store:

        async def read(index: int) -> None:
            result = await lines[index].run(command, encoding=None)
            store.take(index, bytes(result.stdout or b""))  # type: ignore[arg-type]  # bytes, by the encoding

        await asyncio.gather(*map(read, range(len(lines))))
        before = peers.spent_s()
        turns = order.readings // len(lines)
        for _ in range(turns):
            await asyncio.gather(*map(read, range(len(lines))))
    peers.answer(peers.spent_s() - before, turns * len(lines))
    for line in lines:
        line.close()


if __name__ == "__main__":
    uvloop.run(main())
