"""`make bench-terminal`: what a terminal costs between the page and the host, beside OpenSSH's own client.

One controller process, one sshd, one run: keys and their echoes are timed in turns over the WebSocket and through
`ssh`; then `yes` floods readers that acknowledge at a rate, and one that takes what comes.
"""

from __future__ import annotations

import asyncio
import json
import statistics
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import uvloop
from websockets.asyncio.client import ClientConnection, connect

from tests.bench import bed
from tests.bench.bed import Bed

KEYS = 400
MIB = 1 << 20
ACK_BYTES = 64 << 10
INTERRUPT_S, INTERRUPT_MIB_S = 10.0, 10.0
MEMORY_S, MEMORY_MIB_S = 60.0, 1.0
SPEED_S = 10.0
INTERRUPTS = 3
PROMPT = b"r3ady> "
Echo = Callable[[bytes], Awaitable[float]]


async def main() -> None:
    """Measure, and print one JSON object."""
    async with bed.raised(1) as found:
        await bed.add_lines(found, 1)
        token = await found.api.call("POST", "/tokens", {"name": "bench", "scopes": ["write"], "all_hosts": True})
        host = (await found.api.call("GET", "/hosts"))["items"][0]["id"]
        bench = Bench(found, str(token["token"]), int(host))
        figures = await bench.echoes()
        figures["ctrl_c_ms"] = await bench.interrupt()
        figures["mib_per_s"] = await bench.speed()
        figures["rss_growth_kib"] = await bench.memory()
    bed.say(figures)


class Terminal:
    """One attachment that counts what it is shown and acknowledges at most at a rate."""

    def __init__(self, socket: ClientConnection, mib_s: float | None) -> None:
        self.socket = socket
        self.shown = 0
        self.tail = b""
        self._mib_s = mib_s
        self._began = time.perf_counter()
        self._acked = 0

    async def key(self, data: bytes) -> None:
        """Type."""
        await self.socket.send(b"\x00" + data)

    async def next(self) -> bytes:
        """The next output."""
        while True:
            frame = await self.socket.recv()
            if isinstance(frame, bytes) and frame[0] == 0:
                self.shown += len(frame) - 1
                self.tail = (self.tail + frame[1:])[-64:]
                await self._acknowledge()
                return frame[1:]

    async def until(self, text: bytes) -> None:
        """Go on until the output ends with this."""
        while not self.tail.endswith(text):
            await self.next()

    async def for_s(self, seconds: float) -> None:
        """Take output for so long."""
        end = time.perf_counter() + seconds
        while time.perf_counter() < end:
            await self.next()

    def restart(self) -> None:
        """The rate counts from now."""
        self._began, self._paced = time.perf_counter(), self.shown

    _paced = 0

    async def _acknowledge(self) -> None:
        if self._mib_s is not None:
            due = self._began + (self.shown - self._paced) / (self._mib_s * MIB)
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
        waiting = self.shown - self._acked
        self._acked = self.shown
        await self.socket.send(json.dumps({"type": "ack", "bytes": waiting}))


class Bench:
    """The measurements over one host."""

    def __init__(self, found: Bed, token: str, host_id: int) -> None:
        self._bed = found
        self._headers = {"Authorization": f"Bearer {token}"}
        self._host_id = host_id

    @asynccontextmanager
    async def terminal(self, mib_s: float | None = None) -> AsyncIterator[Terminal]:
        """A fresh terminal at its prompt; compression as browsers ask for it."""
        opened = await self._bed.api.call("POST", "/terminals", {"host_id": self._host_id})
        base = self._bed.api.base_url.replace("http", "ws", 1)
        address = f"{base}/api/v1/terminals/{opened['id']}/socket"
        async with connect(address, additional_headers=self._headers, proxy=None, max_size=None) as socket:
            await socket.send(json.dumps({"type": "attach", "columns": 80, "rows": 24}))
            made = Terminal(socket, mib_s)
            await made.key(b"PS1='r3a''dy> '\r")
            await made.until(PROMPT)
            made.restart()
            yield made
        await self._bed.api.call("DELETE", f"/terminals/{opened['id']}")

    async def echoes(self) -> dict[str, float]:
        """Milliseconds from a key to its echo, ours and OpenSSH's in turns."""
        async with self.terminal() as terminal, self._raw() as raw:

            async def ours(key: bytes) -> float:
                began = time.perf_counter()
                await terminal.key(key)
                await terminal.until(key)
                return (time.perf_counter() - began) * 1000

            mine, theirs = await _in_turns(ours, raw)
        p50, raw_p50 = statistics.median(mine), statistics.median(theirs)
        return {
            "echo_p50_ms": p50,
            "echo_p95_ms": statistics.quantiles(mine, n=20)[18],
            "raw_echo_p50_ms": raw_p50,
            "echo_over_raw_ms": p50 - raw_p50,
        }

    @asynccontextmanager
    async def _raw(self) -> AsyncIterator[Echo]:
        """Keys through OpenSSH's client, on a terminal of the same host."""
        daemon = self._bed.daemons[0]
        process = await asyncio.create_subprocess_exec(
            "ssh", "-tt", "-F", "none", "-i", str(Path(daemon.folder, "client")), "-p", str(daemon.port),
            "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null", "-o", "LogLevel=ERROR",
            f"{daemon.username}@{daemon.address}",
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
        )  # fmt: skip
        assert process.stdin is not None
        assert process.stdout is not None
        keys, output = process.stdin, process.stdout

        async def until(text: bytes) -> None:
            tail = b""
            while not tail.endswith(text):
                tail = (tail + await output.read(65536))[-64:]

        async def echo(key: bytes) -> float:
            began = time.perf_counter()
            keys.write(key)
            await until(key)
            return (time.perf_counter() - began) * 1000

        keys.write(b"PS1='r3a''dy> '\r")
        await until(PROMPT)
        try:
            yield echo
        finally:
            process.kill()
            await process.wait()

    async def interrupt(self) -> float:
        """Milliseconds from ^C after a flood to the prompt; the worst of a few."""
        worst = 0.0
        async with self.terminal(INTERRUPT_MIB_S) as terminal:
            for number in range(INTERRUPTS):
                await terminal.key(b"yes\r")
                terminal.restart()
                await terminal.for_s(INTERRUPT_S if number == 0 else 2.0)
                began = time.perf_counter()
                await terminal.key(b"\x03")
                await terminal.until(PROMPT)
                worst = max(worst, (time.perf_counter() - began) * 1000)
        return worst

    async def memory(self) -> float:
        """How much the controller grows at most while a flood meets a slow reader, in KiB."""
        pid = self._bed.controller.pid
        async with self.terminal(MEMORY_MIB_S) as terminal:
            before = peak = bed.rss_kib(pid)
            await terminal.key(b"yes\r")
            terminal.restart()
            for _ in range(round(MEMORY_S)):
                await terminal.for_s(1.0)
                peak = max(peak, bed.rss_kib(pid))
            await terminal.key(b"\x03")
            await terminal.until(PROMPT)
        return peak - before

    async def speed(self) -> float:
        """MiB a second to a reader that takes what comes."""
        async with self.terminal() as terminal:
            await terminal.key(b"yes 'what a terminal shows as fast as it can be had'\r")
            await terminal.for_s(1.0)
            began, shown = time.perf_counter(), terminal.shown
            await terminal.for_s(SPEED_S)
            speed = (terminal.shown - shown) / MIB / (time.perf_counter() - began)
            await terminal.key(b"\x03")
            await terminal.until(PROMPT)
        return speed


async def _in_turns(ours: Echo, raw: Echo) -> tuple[list[float], list[float]]:
    """Single keys, deleted again by the line's kill character once in a while."""
    mine: list[float] = []
    theirs: list[float] = []
    for number in range(KEYS):
        key = b"abcdefghijklmnopqrstuvwxyz"[number % 26 :][:1]
        await asyncio.sleep(0.005)
        mine.append(await ours(key))
        await asyncio.sleep(0.005)
        theirs.append(await raw(key))
    return mine, theirs


if __name__ == "__main__":
    uvloop.run(main())
