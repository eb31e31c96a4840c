"""A cable with delay, jitter and loss: two TAP devices and a process that carries packets between them, late or never.

The kernels that the lab is to run on have no netem.
"""

from __future__ import annotations

import asyncio
import ctypes
import fcntl
import os
import random
import struct
import subprocess
import sys
from pathlib import Path

from tests.support.lab.spec import Wire
from tests.support.lab.tools import PATH

TUNSETIFF = 0x400454CA  # <linux/if_tun.h>
IFF_TAP, IFF_NO_PI = 0x0002, 0x1000
CLONE_NEWNET = 0x40000000
PACKET = 65536
BURST = 64  # packets carried before the other side gets its turn


def lay(hub: int, host: int, link: str, mac: str, wire: Wire) -> subprocess.Popen[bytes]:
    """The process that is the cable between `link` in the hub and eth0 of the host, which are there on return."""
    figures = [str(figure) for figure in (wire.delay_ms, wire.jitter_ms, wire.loss)]
    process = subprocess.Popen(
        ["setpriv", "--pdeathsig", "KILL", sys.executable, __file__, str(hub), str(host), link, mac, *figures],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        env={"PATH": PATH, "PYTHONPATH": str(Path(__file__).parents[3])},
        start_new_session=True,
    )
    assert process.stdout is not None
    with process.stdout as words:
        if not words.readline():
            raise RuntimeError(f"no cable for {link}")
    return process


def tap(pid: int, name: str) -> int:
    """A new TAP device in the network of that process; the descriptor that its packets come out of and go into."""
    libc = ctypes.CDLL(None, use_errno=True)
    with Path(f"/proc/{pid}/ns/net").open() as there:
        if libc.setns(there.fileno(), CLONE_NEWNET):
            raise OSError(ctypes.get_errno(), "setns")
    device = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(device, TUNSETIFF, struct.pack("16sH22x", name.encode(), IFF_TAP | IFF_NO_PI))
    return device


def carry(source: int, target: int, wire: Wire) -> None:
    """Carry what comes out of `source` into `target`, in its order."""
    loop = asyncio.get_running_loop()
    last = 0.0

    def deliver(packet: bytes) -> None:
        try:
            os.write(target, packet)
        except OSError:
            return  # the other end is down, and a cable says nothing

    def read() -> None:
        nonlocal last
        for _ in range(BURST):
            try:
                packet = os.read(source, PACKET)
            except OSError:
                return
            if random.random() >= wire.loss:
                late = max(0.0, wire.delay_ms + random.uniform(-wire.jitter_ms, wire.jitter_ms)) / 1000
                last = max(loop.time() + late, last)
                loop.call_at(last, deliver, packet)

    loop.add_reader(source, read)


async def main(hub: str, host: str, link: str, mac: str, *figures: str) -> None:
    """Lay the cable and stay."""
    wire = Wire(*map(float, figures))
    hub_end, host_end = tap(int(hub), link), tap(int(host), "eth0")
    subprocess.run(["ip", "link", "set", "eth0", "address", mac], check=True)
    carry(hub_end, host_end, wire)
    carry(host_end, hub_end, wire)
    sys.stdout.write("\n")
    sys.stdout.flush()
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
