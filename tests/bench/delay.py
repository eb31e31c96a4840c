"""Passes TCP on, each byte late: python -m tests.bench.delay MS PORT TO [PORT TO …], a process of its own."""

from __future__ import annotations

import asyncio
import sys


async def serve(delay_s: float, port: int, to: int) -> None:
    """Listen at `port` for ever, and pass on to `to`, `delay_s` late in each direction."""

    async def join(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection("127.0.0.1", to)
        await asyncio.gather(copy(reader, back, delay_s), copy(there, writer, delay_s))

    server = await asyncio.start_server(join, "127.0.0.1", port)
    await server.serve_forever()


async def copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, delay_s: float) -> None:
    """Everything, in order, late; then the end."""
    loop = asyncio.get_running_loop()
    while data := await reader.read(1 << 16):
        loop.call_later(delay_s, writer.write, data)
    loop.call_later(delay_s, writer.close)


async def main() -> None:
    """All pairs at once."""
    delay_s, *ports = float(sys.argv[1]) / 1000, *(int(word) for word in sys.argv[2:])
    await asyncio.gather(*(serve(delay_s, ports[at], ports[at + 1]) for at in range(0, len(ports), 2)))


if __name__ == "__main__":
    asyncio.run(main())
