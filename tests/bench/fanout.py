"""`make bench-fanout`: `true` on 500 lines: ours and parallel-ssh's opened before, Ansible's raw from cold, 50 forks.

LINES (500) lines to HOSTS (20) real OpenSSH servers; medians of ROUNDS (5) runs by turns, Ansible's of one. Before them
one more run of each, told as `first_`: ours finds shells held ready only where somebody has just worked.
"""

from __future__ import annotations

import asyncio
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import datetime
from pathlib import Path
from typing import Any

from tests.bench import bed
from tests.bench.bed import Bed
from tests.support.sshd import Sshd

HOSTS = int(os.environ.get("HOSTS") or 20)
LINES = int(os.environ.get("LINES") or 500)
ROUNDS = int(os.environ.get("ROUNDS") or 5)
FORKS = 50
REST_S = 6.0  # until our shells are ready again for the next run, so that this disturbs neither side


async def main() -> None:
    """Measure, and print one JSON object."""
    async with bed.raised(HOSTS, handshakes="20", tick_s="10") as found:
        await bed.add_lines(found, LINES)
        with tempfile.TemporaryDirectory(prefix="moorline-bench-") as folder:
            rows = places(found.daemons, Path(folder))
            peer = await _peer(rows)
            ours, theirs = [], []
            try:
                for _ in range(ROUNDS + 1):
                    ours.append(await ours_s(found))
                    await asyncio.sleep(REST_S)
                    theirs.append(await peer_s(peer))
            finally:
                if peer.stdin is not None:
                    peer.stdin.close()
                await peer.wait()
            ansible_s = await asyncio.to_thread(raw_s, rows, Path(folder))
    mine, parallel = statistics.median(ours[1:]), statistics.median(theirs[1:])
    bed.say(
        {
            "lines": LINES,
            "hosts": HOSTS,
            "seconds": mine,
            "vs_ansible_raw_50_forks": ansible_s / mine,
            "vs_parallel_ssh": parallel / mine,
            "first_vs_parallel_ssh": theirs[0] / ours[0],
            "parallel_ssh_seconds": parallel,
            "ansible_seconds": ansible_s,
        }
    )


def places(daemons: list[Sshd] | Any, folder: Path) -> list[dict[str, Any]]:
    """Where each line goes, with a key file for clients that need one."""
    rows = []
    for index, daemon in enumerate(daemons):
        key = folder / f"key-{index}"
        key.write_text(daemon.client_key)
        key.chmod(0o600)
        rows.append({"address": daemon.address, "port": daemon.port, "username": daemon.username, "key": str(key)})
    return [rows[index % len(rows)] for index in range(LINES)]


async def ours_s(found: Bed) -> float:
    """From the request until the job has ended, by the controller's own word: a client that asks often costs, too."""
    new = {"kind": "command", "spec": {"command": "true"}, "targets": {"expression": "*"}, "limits": {"parallel": 500}}
    began = time.time()
    job = await found.api.call("POST", "/jobs", new)
    while job["state"] in {"pending", "running"}:
        await asyncio.sleep(0.25)
        job = await found.api.call("GET", f"/jobs/{job['id']}")
    took = datetime.fromisoformat(job["ended_at"]).timestamp() - began
    if job["counts"] != {"ok": LINES}:
        raise RuntimeError(f"it did not go well everywhere: {job['counts']}")
    return took


async def _peer(rows: list[dict[str, Any]]) -> asyncio.subprocess.Process:
    """parallel-ssh in a process of its own, connected."""
    peer = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.bench.peer_parallel", stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )
    assert peer.stdin is not None
    peer.stdin.write(json.dumps(rows).encode() + b"\n")
    await _line(peer)
    return peer


async def peer_s(peer: asyncio.subprocess.Process) -> float:
    """One run of its, by its own clock."""
    assert peer.stdin is not None
    peer.stdin.write(b"go\n")
    return float(await _line(peer))


async def _line(peer: asyncio.subprocess.Process) -> bytes:
    assert peer.stdout is not None
    line = await peer.stdout.readline()
    if not line:
        raise RuntimeError("the peer ended")
    return line


def raw_s(rows: list[dict[str, Any]], folder: Path) -> float:
    """Ansible's raw module from cold: the playbook program with all its forks and connections."""
    inventory = folder / "hosts"
    inventory.write_text(
        "".join(
            f"host{number} ansible_host={row['address']} ansible_port={row['port']} ansible_user={row['username']} "
            f"ansible_ssh_private_key_file={row['key']}\n"
            for number, row in enumerate(rows)
        )
    )
    environment = os.environ | {
        "ANSIBLE_HOST_KEY_CHECKING": "False",
        "ANSIBLE_SSH_ARGS": "-o ControlMaster=auto -o ControlPersist=60s -o UserKnownHostsFile=/dev/null",
        "ANSIBLE_SSH_CONTROL_PATH_DIR": f"{folder}/cp",
        "ANSIBLE_LOCAL_TEMP": f"{folder}/tmp",
        "ANSIBLE_HOME": f"{folder}/home",
    }
    program = str(Path(sys.executable).with_name("ansible"))
    command = [program, "all", "-i", str(inventory), "-m", "raw", "-a", "true", "--forks", str(FORKS)]
    began = time.monotonic()
    done = subprocess.run(command, env=environment, stdin=subprocess.DEVNULL, capture_output=True, check=False)
    took = time.monotonic() - began
    if done.returncode:
        raise RuntimeError(done.stdout[-2000:].decode() + done.stderr[-2000:].decode())
    return took


if __name__ == "__main__":
    asyncio.run(main())
