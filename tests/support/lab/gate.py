"""A port of this machine that leads to one in the hub: what listens in there, a browser out here can see."""

from __future__ import annotations

import asyncio
import socket
import subprocess
import sys
from pathlib import Path

from tests.support.lab.fleet import Lab

CHUNK = 1 << 16


def open_gate(lab: Lab, port: int, inner_port: int | None = None) -> subprocess.Popen[bytes]:
    """Listen at 127.0.0.1:`port` out here for 127.0.0.1:`inner_port` in the hub. Raises OSError when it is taken."""
    with socket.create_server(("127.0.0.1", port)) as listening:
        return subprocess.Popen(
            [*lab.inside(), sys.executable, "-m", __name__, str(listening.fileno()), str(inner_port or port)],
            pass_fds=[listening.fileno()],
            stdin=subprocess.DEVNULL,
            cwd=Path(__file__).parents[3],
            start_new_session=True,
        )


async def serve(listening: socket.socket, port: int) -> None:
    """Join every connection with one of its own in here."""

    async def join(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            inner_reader, inner_writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            writer.close()
            return
        await asyncio.gather(copy(reader, inner_writer), copy(inner_reader, writer))

    async with await asyncio.start_server(join, sock=listening) as server:
        await server.serve_forever()


async def copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Until either side ends."""
    try:
        while data := await reader.read(CHUNK):
            writer.write(data)
            await writer.drain()
    except ConnectionError:
        pass
    finally:
        writer.close()


if __name__ == "__main__":
    asyncio.run(serve(socket.socket(fileno=int(sys.argv[1])), int(sys.argv[2])))
