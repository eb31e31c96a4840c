"""`make bench-scale`: a thousand real lines, read every second. DURATION in seconds, 120 by default."""

from __future__ import annotations

import asyncio
import os
import time

from tests.bench import bed

HOSTS = 50
LINES = int(os.environ.get("LINES", "1000"))
DURATION_S = float(os.environ.get("DURATION") or 120)


async def main() -> None:
    """Measure, and print one JSON object."""
    async with bed.raised(HOSTS, handshakes="20") as found:
        pid = found.controller.pid
        await asyncio.sleep(2)
        empty_kib = bed.rss_kib(pid)
        began = time.monotonic()
        await bed.add_lines(found, LINES)
        raised_s = time.monotonic() - began
        await asyncio.sleep(10)  # the first readings make baselines and layouts
        start, cpu = time.time(), bed.cpu_s(pid)
        await asyncio.sleep(DURATION_S)
        end, cpu = time.time(), bed.cpu_s(pid) - cpu
        full_kib = bed.rss_kib(pid)
        await asyncio.sleep(5)  # what is on its way to the database
        due = round(LINES * (end - start))
        frames = await bed.count_frames(found.url, start, end)
    bed.say(
        {
            "lines": LINES,
            "hosts": HOSTS,
            "due": due,
            "arrived": frames,
            "arrived_percent": min(100.0, 100 * frames / due),
            "kib_per_line": (full_kib - empty_kib) / LINES,
            "cpu_cores": cpu / (end - start),
            "raised_s": raised_s,
            "duration_s": DURATION_S,
        }
    )


if __name__ == "__main__":
    asyncio.run(main())
