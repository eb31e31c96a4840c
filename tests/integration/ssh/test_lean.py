"""The connection class that does for a packet only what is needed."""

from __future__ import annotations

import asyncio
import resource
import socket
import struct
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.integration.ssh.conftest import Ear, Lines, MakeLines, eventually
from tests.support.sshd import Sshd

DATA_SEGMENTS_SENT = 156  # offset of tcpi_data_segs_out in struct tcp_info (linux/tcp.h)


async def test_a_request_is_one_segment(lines: Lines, sshd: Sshd) -> None:
    lines.add(sshd)
    ear = Ear()
    stream = await lines.pool.stream(1, "cat", ear)
    held = lines.pool.line(1).held
    assert held is not None
    sock: socket.socket = held.ssh.get_extra_info("socket")

    def sent() -> int:
        info = sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 256)
        return int(struct.unpack_from("I", info, DATA_SEGMENTS_SENT)[0])

    before = sent()
    for n in range(1, 21):
        stream.write(b"x" * 120)
        await eventually(lambda: len(ear.out) == 120 * n)  # noqa: B023 — awaited at once
    assert sent() - before == 20


async def test_one_keepalive_timer_serves_many_packets(lines: Lines, sshd: Sshd) -> None:
    lines.add(sshd)
    ear = Ear()
    stream = await lines.pool.stream(1, "cat", ear)
    held = lines.pool.line(1).held
    assert held is not None
    timer = held.ssh._keepalive_timer
    assert timer is not None
    for n in range(1, 6):
        stream.write(b"x" * 120)
        await eventually(lambda: len(ear.out) == 120 * n)  # noqa: B023 — awaited at once
    assert held.ssh._keepalive_timer is timer


async def test_the_cheapest_safe_cipher_is_used(lines: Lines, make_sshd: Callable[..., Sshd]) -> None:
    lines.add(make_sshd(), 1)
    lines.add(make_sshd(settings={"Ciphers": "aes256-ctr,chacha20-poly1305@openssh.com"}), 2)
    used = []
    for host_id in (1, 2):
        await lines.pool.stream(host_id, "cat", Ear())
        held = lines.pool.line(host_id).held
        assert held is not None
        used.append(held.ssh.get_extra_info("send_cipher"))
    assert used == ["aes128-gcm@openssh.com", "chacha20-poly1305@openssh.com"]


async def test_keys_are_exchanged_anew_without_a_pause(lines: Lines, make_sshd: Callable[..., Sshd]) -> None:
    lines.add(make_sshd(settings={"RekeyLimit": "20K"}))
    ear = Ear()
    stream = await lines.pool.stream(1, "cat", ear)
    for n in range(1, 41):
        stream.write(b"x" * 3000)
        await eventually(lambda: len(ear.out) == 3000 * n)  # noqa: B023 — awaited at once
    assert not ear.ends


@pytest.mark.long
async def test_a_line_takes_little_memory(make_lines: MakeLines, make_sshd: Callable[..., Sshd]) -> None:
    lines = make_lines(keepalive_s=9.0)
    daemon = make_sshd(settings={"MaxStartups": "500"})

    async def add(host_ids: range) -> None:
        for host_id in host_ids:
            lines.add(daemon, host_id)
            lines.pool.watch(host_id)
        streams = await asyncio.gather(*(lines.pool.stream(host_id, "cat", Ear()) for host_id in host_ids))
        for stream in streams:
            stream.write(b"x" * 2000)
        await eventually(lambda: all((lines.pool.silence(host_id) or 0) > 0.1 for host_id in host_ids))

    await add(range(20))
    before = resident_kib()
    await add(range(20, 220))
    assert (resident_kib() - before) / 200 < 48


def resident_kib() -> int:
    """Memory of this process in KiB."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize() // 1024
