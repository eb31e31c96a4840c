"""Runs of Ansible: each in a worker process of its own, and nothing of it left however it ends."""

from __future__ import annotations

import asyncio
import json
import secrets
import shutil
import sys
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import structlog

from controller.ansible import inventory, orders, processes
from controller.ansible.broker import Broker, Grant
from controller.ansible.orders import RUN, Order
from controller.core.cancellation import to_its_end
from controller.core.secrets import Secret

log = structlog.get_logger()
T = TypeVar("T")

WORKER = Path(__file__).with_name("worker.py")
LINE_BYTES = 4 << 20  # an event's; the worker cuts what is larger
STOP_S = 5.0  # for Ansible to end by itself, and two more for the worker
SAID_BYTES = 8192
SHORTEST = 4  # signs of a secret that are looked for in what is told: less would mask words
MASK = "•••"
GATHERING = frozenset({"setup", "gather_facts"})


@dataclass(slots=True)
class Outcome:
    """How a run ended.

    `status`: successful, failed or canceled, or lost when the worker or Ansible was killed. `rc`: ansible-playbook's
    (2: a task failed, 4: a host was unreachable or the playbook cannot be read). `facts`: what was gathered, by host
    id. `may_still_run`: hosts that could not be asked to end what was started there.
    """

    status: str = "lost"
    rc: int | None = None
    said: str = ""
    facts: dict[int, dict[str, Any]] = field(default_factory=dict)
    may_still_run: frozenset[int] = frozenset()


class Runs:
    """All runs of the controller. `folder` holds each run's files while it lasts."""

    def __init__(self, broker: Broker, folder: Path) -> None:
        self._broker = broker
        self._folder = folder

    async def open(self) -> None:
        """End what a killed controller left running here, and take away its files; then listen."""
        base = self._base()
        left = await processes.end(RUN, f"{base}/")
        if left:
            log.warning("ansible.left_running", pids=left)
        await asyncio.to_thread(shutil.rmtree, base, ignore_errors=True)
        base.mkdir(mode=0o700, parents=True)
        await self._broker.open()

    async def close(self) -> None:
        """Runs have been cancelled before; take the socket away."""
        await self._broker.close()
        await asyncio.to_thread(shutil.rmtree, self._base(), ignore_errors=True)

    def _base(self) -> Path:
        return self._folder.resolve() / "runs"

    async def execute(
        self,
        order: Order,
        hear: Callable[[dict[str, Any]], None],
        room: Callable[[], Awaitable[None]] | None = None,
        outcome: Outcome | None = None,
    ) -> Outcome:
        """Run to the end. `hear` gets each event (see worker.slim); `room` is awaited between two.

        Cancelled, it ends everything here and on the hosts before it raises; `outcome` says then how that went.
        """
        run = _Run(self._broker, order, self._base() / secrets.token_hex(8), outcome or Outcome())
        try:
            await run.start()
            await run.listen(hear, room)
        except BaseException:
            run.cut = True
            raise
        finally:
            await to_its_end(run.finish(), "ansible run ends")
        return run.outcome


class _Run:
    def __init__(self, broker: Broker, order: Order, folder: Path, outcome: Outcome) -> None:
        self.outcome = outcome
        self._broker = broker
        self._order = order
        self._folder = folder
        self._grant: Grant = broker.admit({host.id for host in order.hosts}, order.mark)
        self._process: asyncio.subprocess.Process | None = None
        self._complete = False
        self.cut = False  # by us: cancelled, or something went wrong here
        self._said = bytearray()
        self._masks = _masks(order.masked())
        self._ids = {name: host_id for host_id, name in inventory.names(order.hosts).items()}

    async def start(self) -> None:
        """Write the files and start the worker."""
        for folder in (self._folder, self._folder / "home", self._folder / "tmp"):
            folder.mkdir(mode=0o700)
        arguments = orders.write(self._order, self._folder)
        environment = orders.environment(
            self._order.playbook,
            self._folder,
            socket=self._broker.path,
            token=self._grant.token,
            mark=self._grant.mark,
        )
        self._process = await asyncio.create_subprocess_exec(
            sys.executable, "-I", str(WORKER),
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
            env=environment, cwd=self._order.playbook.folder, start_new_session=True, limit=LINE_BYTES,
        )  # fmt: skip
        stdin = _pipe(self._process.stdin)
        stdin.write(orders.told(self._order, self._folder, arguments))
        await stdin.drain()

    async def listen(self, hear: Callable[[dict[str, Any]], None], room: Callable[[], Awaitable[None]] | None) -> None:
        """Pass on every event until the worker has ended."""
        process = _pipe(self._process)
        stdout = _pipe(process.stdout)
        saying = asyncio.create_task(self._hear_errors(_pipe(process.stderr)), name="ansible worker's words")
        try:
            while line := await stdout.readline():
                told = json.loads(self._masked(line.decode("utf-8", "replace")))
                if told["event"] == "end":
                    self.outcome.status, self.outcome.rc = told["status"], told["rc"]
                    continue
                self._complete = self._complete or told["event"] == "playbook_on_stats"
                self._keep_facts(told)
                hear(told)
                if room is not None:
                    await room()
            await process.wait()
        finally:
            saying.cancel()
            await asyncio.gather(saying, return_exceptions=True)
            self.outcome.said = self._masked(self._said.decode("utf-8", "replace")).strip()

    async def _hear_errors(self, stderr: asyncio.StreamReader) -> None:
        while data := await stderr.read(SAID_BYTES):
            self._said += data
            del self._said[:-SAID_BYTES]

    def _masked(self, text: str) -> str:
        for word in self._masks:
            text = text.replace(word, MASK)
        return text

    async def finish(self) -> None:
        """Leave nothing: neither the worker nor its files; nor anything on hosts, unless it came to its end."""
        if self.cut:
            self.outcome.status = "canceled"
        ended = not self.cut and self.outcome.rc is not None
        if ended and not self._complete and self.outcome.status == "failed" and self.outcome.rc == 254:
            self.outcome.status = "lost"  # Ansible was killed: it told no figures and left no status
        if ended and self.outcome.status in {"successful", "failed"}:
            self._broker.leave(self._grant)
            await self._end_here()
        else:
            remote, _ = await asyncio.gather(self._broker.end(self._grant), self._end_here())
            self.outcome.may_still_run = remote
        await asyncio.to_thread(shutil.rmtree, self._folder, ignore_errors=True)

    async def _end_here(self) -> None:
        process = self._process
        if process is not None and process.returncode is None:
            with suppress(OSError):
                _pipe(process.stdin).close()  # the worker ends Ansible then
            reading = asyncio.create_task(_drain(process), name="ansible worker ends")
            with suppress(TimeoutError):
                async with asyncio.timeout(STOP_S):
                    await process.wait()
            if process.returncode is None:
                process.kill()
                await process.wait()
            reading.cancel()
            await asyncio.gather(reading, return_exceptions=True)
        left = await processes.end(RUN, f"{self._folder}/")
        if left:
            log.warning("ansible.left_running", pids=left)

    def _keep_facts(self, told: dict[str, Any]) -> None:
        """What Ansible gathered of a host."""
        detail = told["event_data"]
        if told["event"] == "runner_on_ok" and str(detail.get("task_action", "")).rpartition(".")[2] in GATHERING:
            found = detail.get("res", {}).get("ansible_facts")
            host_id = self._ids.get(detail.get("host"))
            if host_id is not None and isinstance(found, dict) and found:
                self.outcome.facts[host_id] = found


def _masks(found: list[Secret]) -> list[str]:
    """The forms in which secrets may be in a line of JSON, the longest first."""
    words = {secret.reveal() for secret in found}
    lines = {line for word in words for line in word.splitlines()} | words
    forms = {form for word in lines if len(word) >= SHORTEST for form in (word, json.dumps(word)[1:-1])}
    return sorted(forms | {json.dumps(form)[1:-1] for form in forms}, key=len, reverse=True)


async def _drain(process: asyncio.subprocess.Process) -> None:
    """Take what it still says, so that it can end."""
    while await _pipe(process.stdout).read(1 << 16):
        pass


def _pipe(given: T | None) -> T:
    """What is there once the worker was started with pipes."""
    if given is None:
        raise RuntimeError("the worker was not started")
    return given
