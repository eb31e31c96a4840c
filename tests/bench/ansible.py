"""Ansible over the lines against Ansible over ssh with ControlPersist and pipelining: 10 hosts, both by our worker.

Wall time of one raw task with no connection yet (ours are the lines that are there anyway), processor time of ten
raw tasks over connections that are there, wall time of ten real modules; medians of alternating runs. Processor time
is that of Ansible, of this process (the controller's part) and of ssh's multiplexers. A ratio is theirs by ours.
"""

from __future__ import annotations

import asyncio
import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import uvloop

from controller.ansible import orders
from controller.ansible.broker import Broker
from controller.ansible.inventory import Host
from controller.ansible.orders import Order, Playbook
from controller.ansible.runs import WORKER, Runs
from controller.ssh.options import Options
from controller.ssh.probe import log_in_again
from tests.bench import bed
from tests.integration.ssh.conftest import Lines
from tests.support.sshd import Sshd, free_port

HOSTS, ROUNDS, FORKS = 10, int(os.environ.get("ROUNDS", "5")), 10
BAD = {"runner_on_failed", "runner_on_unreachable"}
PYTHON = {"ansible_python_interpreter": "/usr/bin/python3"}
HEAD = "- hosts: all\n  gather_facts: false\n  tasks:\n"
RAW = "    - raw: 'true'\n"
MODULES = "".join(
    f"    - {task}\n"
    for task in (
        "ping:", "command: 'true'", "file: {path: /tmp/ml-bench, state: touch, mode: '0644'}", "stat: {path: /etc}",
        "command: id", "slurp: {src: /etc/hostname}", "find: {paths: /etc/ssh}", "getent: {database: passwd}",
        "file: {path: /tmp/ml-bench, state: absent}", "ping:",
    )
)  # fmt: skip
PLAYS = {"one": HEAD + RAW, "ten": HEAD + RAW * 10, "modules": HEAD + MODULES}
Way = Callable[[str], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Spent:
    """Of one run, in seconds."""

    wall: float
    cpu: float


async def measured(way: Way, play: str) -> Spent:
    """Run it once."""
    cpu, start = _cpu_s(), time.monotonic()
    await way(play)
    return Spent(time.monotonic() - start, _cpu_s() - cpu)


def _cpu_s() -> float:
    """This process, all that it has waited for, and ssh's multiplexers that live."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    muxes = [
        int(entry.name)
        for entry in Path("/proc").iterdir()
        if entry.name.isdigit() and b"ml-bench-cp" in _words(entry) and b"[mux]" in _words(entry)
    ]
    return sum(one.ru_utime + one.ru_stime for one in used) + sum(bed.cpu_s(pid) for pid in muxes)


def _words(entry: Path) -> bytes:
    try:
        return (entry / "cmdline").read_bytes()
    except OSError:
        return b""


@asynccontextmanager
async def ours(fleet: Sequence[Sshd], ports: Sequence[int], folder: Path) -> AsyncIterator[Way]:
    """Over lines that are up."""
    lines = Lines(Options())
    hosts = []
    for number, daemon in enumerate(fleet, 1):
        lines.add(daemon, number, port=ports[number - 1])
        lines.pool.watch(number)
        await lines.pool.exec(number, "true")
        hosts.append(Host(number, f"h{number}", daemon.address, daemon.username, variables=PYTHON))
    runs = Runs(Broker(lines.pool, folder / "ours", partial(log_in_again, lines.pool)), folder / "ours")
    await runs.open()

    async def run(play: str) -> None:
        order = Order(Playbook(folder, f"{play}.yml"), hosts, forks=FORKS)
        wrong: list[Any] = []
        outcome = await runs.execute(order, lambda event: wrong.append(event) if event["event"] in BAD else None)
        if outcome.status != "successful":
            raise RuntimeError(f"ours: {outcome.status} {outcome.said} {json.dumps(wrong)[:4000]}")

    try:
        yield run
    finally:
        await runs.close()
        await lines.pool.close()


class Theirs:
    """Ansible's own ssh connection."""

    def __init__(self, fleet: Sequence[Sshd], ports: Sequence[int], folder: Path) -> None:
        self._folder = folder
        self._paths = folder / "ml-bench-cp"
        self._rows = [
            f"h{number} ansible_host={daemon.address} ansible_port={port} ansible_user={daemon.username} "
            f"ansible_ssh_private_key_file={daemon.folder / 'client'} ansible_python_interpreter=/usr/bin/python3\n"
            for number, (daemon, port) in enumerate(zip(fleet, ports, strict=True))
        ]

    def cool(self) -> None:
        """End the connections that are kept."""
        for path in self._paths.glob("*"):
            subprocess.run(["ssh", "-O", "exit", "-S", str(path), "x"], capture_output=True, check=False)
        shutil.rmtree(self._paths, ignore_errors=True)

    async def __call__(self, play: str) -> None:
        """Run it by the same worker."""
        with tempfile.TemporaryDirectory(dir=self._folder) as name:
            run = Path(name)
            for inner in ("home", "tmp"):
                (run / inner).mkdir()
            (run / "hosts").write_text("".join(self._rows))
            (run / "ansible.cfg").write_text("[defaults]\n")
            environment = orders.bounded(run) | {
                "ANSIBLE_CONFIG": str(run / "ansible.cfg"),
                "ANSIBLE_PIPELINING": "True",
                "ANSIBLE_HOST_KEY_CHECKING": "False",
                "ANSIBLE_SSH_ARGS": "-o ControlMaster=auto -o ControlPersist=60s -o UserKnownHostsFile=/dev/null",
                "ANSIBLE_SSH_CONTROL_PATH_DIR": str(self._paths),
            }
            order = {"folder": name, "project": str(self._folder), "playbook": f"{play}.yml",
                     "inventory": str(run / "hosts"), "cmdline": f"--forks {FORKS}", "verbosity": 0}  # fmt: skip
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-I", str(WORKER), stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment,
                start_new_session=True, limit=4 << 20,
            )  # fmt: skip
            if process.stdin is None or process.stdout is None:
                raise RuntimeError("no pipes")
            process.stdin.write(json.dumps(order).encode() + b"\n")
            last = b""
            while line := await process.stdout.readline():
                last = line
            await process.wait()
            process.stdin.close()
            if json.loads(last).get("status") != "successful":
                raise RuntimeError(f"theirs: {last[:500]!r}")


async def compared(mine: Way, theirs: Theirs) -> dict[str, float]:
    """Theirs by ours, in medians of alternating runs."""
    spent: dict[str, list[Spent]] = {}
    for play in PLAYS:
        for _ in range(ROUNDS + 1):  # the first of each warms files and caches, and is not counted
            if play == "one":
                theirs.cool()
            for name, way in (("theirs", theirs), ("mine", mine)):
                spent.setdefault(f"{play} {name}", []).append(await measured(way, play))
    theirs.cool()

    def ratio(play: str, what: str) -> float:
        by: dict[str, float] = {
            n: statistics.median(getattr(one, what) for one in spent[f"{play} {n}"][1:]) for n in ("theirs", "mine")
        }
        sys.stderr.write(f"{play} {what}: {by}\n")
        return by["theirs"] / by["mine"]

    return {
        "cold_ratio": ratio("one", "wall"),
        "warm_cpu_ratio": ratio("ten", "cpu"),
        "modules_ratio": ratio("modules", "wall"),
    }


@asynccontextmanager
async def delayed(fleet: Sequence[Sshd], delay_ms: float) -> AsyncIterator[list[int]]:
    """The ports to use: each byte late by half of it in each direction."""
    if not delay_ms:
        yield [daemon.port for daemon in fleet]
        return
    ports = [free_port() for _ in fleet]
    pairs = [str(port) for pair in zip(ports, (daemon.port for daemon in fleet), strict=True) for port in pair]
    words = [sys.executable, "-m", "tests.bench.delay", str(delay_ms / 2), *pairs]
    process = await asyncio.create_subprocess_exec(*words)
    try:
        await asyncio.sleep(1.0)
        yield ports
    finally:
        process.terminate()
        await process.wait()


async def main() -> None:
    """Without latency, which decides, and with 50 ms."""
    figures: dict[str, float] = {"hosts": HOSTS, "rounds": ROUNDS}
    with tempfile.TemporaryDirectory(prefix="ml-bench-") as name, bed.daemons(HOSTS) as fleet:
        folder = Path(name)
        for play, text in PLAYS.items():
            (folder / f"{play}.yml").write_text(text)
        for delay_ms, suffix in ((0.0, ""), (50.0, "_50ms")):
            async with delayed(fleet, delay_ms) as ports, ours(fleet, ports, folder) as mine:
                found = await compared(mine, Theirs(fleet, ports, folder))
                figures |= {name + suffix: value for name, value in found.items()}
    bed.say(figures)


if __name__ == "__main__":
    uvloop.run(main())
