"""Programs that the library calls: a bounded environment, no terminal, an end."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

SAID_BYTES = 64_000


@dataclass(frozen=True, slots=True)
class Done:
    """How a program ended; `said`: the end of both its outputs together. `status` None: it took too long."""

    status: int | None
    said: str


async def run(words: Sequence[str], environment: Mapping[str, str], folder: Path, timeout_s: float) -> Done:
    """Run it to its end; what it started in its session is ended with it. Raises FileNotFoundError."""
    process = await asyncio.create_subprocess_exec(
        *words,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        env=dict(environment),
        cwd=folder,
        start_new_session=True,
    )
    said = bytearray()
    status: int | None = None
    try:
        async with asyncio.timeout(timeout_s):
            while process.stdout is not None and (data := await process.stdout.read(SAID_BYTES)):
                said += data
                del said[:-SAID_BYTES]
            status = await process.wait()
    except TimeoutError:
        status = None
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        await process.wait()
    return Done(status, said.decode("utf-8", "replace").strip())
