"""Readings by Fabric on kept connections."""

from __future__ import annotations

import asyncio

from fabric import Connection

from collectors import registry
from tests.bench import peers


async def main() -> None:
    """Connect once, then read as often as ordered."""
    order = peers.order()
    command = peers.command(registry.load())
    lines = [
        Connection(
            host["address"], user=host["username"], port=host["port"], connect_kwargs={"key_filename": host["key"]}
        )
        for host in order.hosts
    ]
    async with peers.store(order.url, len(lines)) as store:

        async def read(index: int) -> None:
            result = await asyncio.to_thread(lines[index].run, command, hide=True)
            store.take(index, result.stdout.encode())

        await asyncio.gather(*map(read, range(len(lines))))
        before = peers.spent_s()
        turns = order.readings // len(lines)
        for _ in range(turns):
            await asyncio.gather(*map(read, range(len(lines))))
    peers.answer(peers.spent_s() - before, turns * len(lines))
    for line in lines:
        line.close()


if __name__ == "__main__":
    asyncio.run(main())
