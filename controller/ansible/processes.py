"""Processes here that carry a mark in their environment: found and ended, whoever became their parent."""

from __future__ import annotations

import asyncio
import os
import signal
from pathlib import Path

ROUNDS = 40
PAUSE_S = 0.05


def marked(variable: str, value: str) -> list[int]:
    """Process ids of all that carry `variable`=`value`, or a value that begins so when it ends with a slash."""
    wanted = f"{variable}={value}".encode()
    return [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit() and _carries(entry, wanted)]


def _carries(entry: Path, wanted: bytes) -> bool:
    try:
        if (entry / "stat").read_bytes().rpartition(b")")[2].split()[0] == b"Z":
            return False
        words = (entry / "environ").read_bytes().split(b"\0")
    except OSError:  # gone, or another user's
        return False
    return any(word == wanted or (wanted.endswith(b"/") and word.startswith(wanted)) for word in words)


async def end(variable: str, value: str) -> list[int]:
    """Kill all of them, and what they start meanwhile, until none is left; ids of those that could not be ended."""
    mine = os.getpid()
    left: list[int] = []
    for _ in range(ROUNDS):
        left = [pid for pid in await asyncio.to_thread(marked, variable, value) if pid != mine]
        if not left:
            return []
        for pid in left:
            try:
                os.kill(pid, signal.SIGKILL)
            except OSError:  # gone meanwhile, or another user's by sudo
                continue
        await asyncio.sleep(PAUSE_S)
    return left
