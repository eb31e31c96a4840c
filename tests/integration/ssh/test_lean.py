"""The connection class that sends one packet where asyncssh's own sends two."""

from __future__ import annotations

import socket
import struct

from tests.integration.ssh.conftest import Ear, Lines, eventually
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
