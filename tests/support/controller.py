"""A real controller in a process of its own, as a user would start it."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import sys
from asyncio.subprocess import PIPE, STDOUT, Process
from collections.abc import Sequence
from pathlib import Path

SETUP_LINK = re.compile(r"(https?://\S+)/setup\?token=([A-Za-z0-9_\-]+)")
START_S = 60.0
STOP_S = 60.0


class Controller:
    """`moorline serve` with its data in one folder. `inside`: words before the command, such as nsenter's."""

    def __init__(self, data_dir: Path, port: int, *, inside: Sequence[str] = (), **settings: str) -> None:
        self.data_dir = data_dir
        self.setup_token: str | None = None
        self.log = data_dir.parent / "controller.log"
        self._command = (*inside, sys.executable, "-m", "controller.cli", "serve")
        self._environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("MOORLINE_")},
            "MOORLINE_DATA_DIR": str(data_dir),
            "MOORLINE_PORT": str(port),
            "PYTHONUNBUFFERED": "1",
            **{f"MOORLINE_{name.upper()}": value for name, value in settings.items()},
        }
        self._process: Process | None = None
        self._reader: asyncio.Task[None] | None = None
        self._link_seen = asyncio.Event()

    @property
    def pid(self) -> int:
        """The process; it has to have been started."""
        assert self._process is not None
        return self._process.pid

    async def start(self) -> None:
        """Start the process; what it says goes to `log`."""
        self.log.parent.mkdir(parents=True, exist_ok=True)
        self._process = await asyncio.create_subprocess_exec(
            *self._command,
            env=self._environment,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=PIPE,
            stderr=STDOUT,
            start_new_session=True,  # Ctrl-C is for whoever started us; we end it in order
        )
        self._reader = asyncio.create_task(self._read(), name="controller's output")

    async def first_run_token(self) -> str:
        """The token of the one-time link that a fresh controller prints. Raises RuntimeError when it ends instead."""
        seen = asyncio.ensure_future(self._link_seen.wait())
        ended = asyncio.ensure_future(self.ended())
        try:
            await asyncio.wait({seen, ended}, timeout=START_S, return_when=asyncio.FIRST_COMPLETED)
        finally:
            seen.cancel()
            ended.cancel()
            await asyncio.gather(seen, ended, return_exceptions=True)
        if self.setup_token is None:
            raise RuntimeError(f"the controller printed no set-up link; it said:\n{self.tail()}")
        return self.setup_token

    async def ended(self) -> int:
        """Wait for the process to end by itself."""
        assert self._process is not None
        return await self._process.wait()

    async def stop(self) -> int:
        """Ask it to end, as a service manager does, and wait. Returns its status; raises when it has to be killed."""
        if self._process is None:
            return 0
        if self._process.returncode is None:
            self._process.send_signal(signal.SIGTERM)
        try:
            async with asyncio.timeout(STOP_S):
                status = await self._process.wait()
        except TimeoutError:
            await self.kill()
            raise RuntimeError(f"the controller did not end; it said:\n{self.tail()}") from None
        await self._settle()
        return status

    async def kill(self) -> None:
        """End it without a warning."""
        assert self._process is not None
        if self._process.returncode is None:
            self._process.kill()
            await self._process.wait()
        await self._settle()

    def tail(self, lines: int = 30) -> str:
        """The last it said."""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])

    async def _settle(self) -> None:
        if self._reader is not None:
            await self._reader
            self._reader = None

    async def _read(self) -> None:
        assert self._process is not None
        assert self._process.stdout is not None
        with self.log.open("ab") as log:
            async for line in self._process.stdout:
                log.write(line)
                log.flush()
                if (found := SETUP_LINK.search(line.decode(errors="replace"))) is not None:
                    self.setup_token = found.group(2)
                    self._link_seen.set()
