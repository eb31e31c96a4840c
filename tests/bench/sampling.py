"""`make bench-sampling`: what a frame costs, here and on the host, against the ways others read a host.

All in one run on one machine: the controller polls real sshds every second for a while; then the same readings are made
by asyncssh's exec and by Fabric, both on kept connections and with our parser and store, and by Ansible's setup.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from pathlib import Path

from tests.bench import bed
from tests.bench.bed import Bed

HOSTS = 10
LINES = int(os.environ.get("LINES", "600"))
DURATION_S = max(30.0, float(os.environ.get("DURATION", "60")))
PEERS = {"exec": 1000, "fabric": 200, "ansible": 20}  # readings of each


async def main() -> None:
    """Measure, and print one JSON object."""
    async with bed.raised(HOSTS) as found:
        await bed.add_lines(found, LINES)
        await asyncio.sleep(5)  # the first readings make baselines and layouts
        figures = await ours(found)
        for kind, readings in PEERS.items():
            spent_us = await peer(found, kind, readings)
            name = {"ansible": "vs_ansible_setup"}.get(kind, f"vs_{kind}")
            figures[f"{kind}_us_per_reading"] = spent_us
            figures[name] = spent_us / figures["controller_us_per_frame"]
    bed.say({"lines": LINES, "duration_s": DURATION_S, **figures})


async def ours(found: Bed) -> dict[str, float]:
    """Processor time per core frame of the controller and of the hosts, and the readers' memory."""
    pids = bed.sessions(found.daemons)
    readers = [pid for pid in pids if bed.name_of(pid) in bed.READERS]
    start, cpu, host = time.time(), bed.cpu_s(found.controller.pid), sum(map(bed.run_s, pids))
    await asyncio.sleep(DURATION_S)
    end, cpu, host = (
        time.time(),
        bed.cpu_s(found.controller.pid) - cpu,
        sum(map(bed.run_s, pids)) - host,
    )
    rss = sum(map(bed.rss_kib, readers)) / len(readers)
    await asyncio.sleep(3)  # what is on its way to the database
    frames = await bed.count_frames(found.url, start, end)
    return {
        "frames": frames,
        "arrived_percent": 100 * frames / (LINES * (end - start)),
        "controller_us_per_frame": cpu / frames * 1e6,
        "host_us_per_frame": host / frames * 1e6,
        "host_rss_kib": rss,
    }


async def peer(found: Bed, kind: str, readings: int) -> float:
    """Microseconds of processor time per reading that another way takes, in a process of its own."""
    hosts = [
        {"address": d.address, "port": d.port, "username": d.username, "key": str(Path(d.folder, "client"))}
        for d in found.daemons
    ]
    order = {"hosts": hosts, "readings": readings, "url": found.url.render_as_string(hide_password=False)}
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        f"tests.bench.peer_{kind}",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    out, _ = await process.communicate(json.dumps(order).encode())
    if process.returncode:
        raise RuntimeError(f"the measurement of {kind} ended with status {process.returncode}")
    return float(json.loads(out.splitlines()[-1])["us_per_reading"])


if __name__ == "__main__":
    asyncio.run(main())
