"""What somebody can try who wants the gateway to fail: places held, noise, channels without end, a disk that fills."""

from __future__ import annotations

import asyncio
import socket
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import asyncssh
import pytest
from asyncssh.channel import SSHClientChannel

from controller.gateway.server import STRANGERS, STRANGERS_OF_ONE
from controller.gateway.visitor import CHANNELS
from tests.integration.gateway.conftest import Gate
from tests.support.sshd import IS_ROOT

pytestmark = pytest.mark.timeout(120)


def strangers(gate: Gate, count: int, *, addresses: int) -> list[socket.socket]:
    """Connections that never say a word, from so many addresses of this machine."""
    made = []
    for number in range(count):
        one = socket.socket()
        one.bind((f"127.0.1.{number % addresses + 1}", 0))
        one.connect(("127.0.0.1", gate.port))
        made.append(one)
    return made


def connections(gate: Gate) -> int:
    """How many the controller holds open at the gateway's port."""
    shown = subprocess.run(
        ["ss", "-Htn", "state", "established", f"( sport = :{gate.port} )"], check=True, capture_output=True, text=True
    )
    return len(shown.stdout.splitlines())


async def at_most(gate: Gate, count: int) -> None:
    """Wait until no more are held."""
    async with asyncio.timeout(20):
        while connections(gate) > count:
            await asyncio.sleep(0.1)


async def test_who_holds_all_places_keeps_nobody_out(gate: Gate) -> None:
    held = strangers(gate, 60, addresses=1)
    try:
        await at_most(gate, STRANGERS_OF_ONE)
        held += strangers(gate, 1000, addresses=100)
        await at_most(gate, STRANGERS)
        came_in = 0
        for _ in range(5):
            came_in += (await gate.ssh("echo in")).out == b"in\n"
        assert came_in >= 4  # the lot falls on one in a hundred
        assert (await gate.api.call("GET", "/gateway"))["enabled"]
    finally:
        for one in held:
            one.close()
    await at_most(gate, 0)
    assert (await gate.ssh("echo in")).out == b"in\n"


NOISE = (
    b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
    b"SSH-2.0-x\r\n" + bytes(range(256)) * 400,
    b"\xff" * 100_000,
    b"SSH-1.5-old\r\n",
    b"SSH-2.0-x\r\n\x7f\xff\xff\xff\x04\x14",
    b"\n" * 50_000,
)


async def test_noise_is_hung_up_on_and_leaves_no_trace(gate: Gate) -> None:
    for noise in NOISE:
        reader, writer = await asyncio.open_connection("127.0.0.1", gate.port)
        with suppress(OSError):  # hung up on at any point
            writer.write(noise)
            await writer.drain()
            writer.write_eof()
            async with asyncio.timeout(15):
                while await reader.read(65536):
                    pass
        writer.close()
        await at_most(gate, 0)
    assert (await gate.ssh("echo in")).out == b"in\n"
    assert "Traceback" not in gate.there.controller.log.read_text()


@asynccontextmanager
async def client(gate: Gate, login: str = "web-1") -> AsyncIterator[asyncssh.SSHClientConnection]:
    """A client that does what no ordinary one does."""
    async with asyncssh.connect(
        "127.0.0.1", gate.port, username=login, client_keys=[str(gate.folder / "me")], known_hosts=None, config=None
    ) as made:
        yield made


async def test_channels_that_ask_for_nothing_are_counted_too(gate: Gate) -> None:
    async with client(gate) as connection:
        loop = asyncio.get_running_loop()

        def channel() -> SSHClientChannel[str]:
            return SSHClientChannel(connection, loop, "strict", "utf-8", "strict", 65536, 32768)

        opened = [channel() for _ in range(CHANNELS)]
        for one in opened:
            await one._open(b"session")
        with pytest.raises(asyncssh.ChannelOpenError, match=str(CHANNELS)):
            await channel()._open(b"session")
        opened.pop().close()
        async with asyncio.timeout(10):
            while True:
                with suppress(asyncssh.ChannelOpenError):
                    done = await connection.run("echo again")
                    break
                await asyncio.sleep(0.05)
        assert done.stdout == "again\n"


async def test_a_key_that_is_not_signed_with_gets_nobody_in(gate: Gate) -> None:
    public = (gate.folder / "me.pub").read_text()
    other = gate.folder / "other"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(other)], check=True)
    other.with_suffix(".pub").write_text(public)  # offers the administrator's key, signs with its own
    gate.config("other").write_text(gate.config("other").read_text())
    done = await gate.ssh("echo in", key="other")
    assert (done.status, done.out) == (255, b"")
    assert not await gate.audit("gateway.exec")
    assert not await gate.audit("gateway.login")


@pytest.mark.skipif(not IS_ROOT, reason="needs a small file system, that is root")
async def test_a_full_disk_ends_what_has_to_be_recorded(gate: Gate) -> None:
    folder = gate.folder / "data/recordings"
    folder.mkdir(mode=0o700, exist_ok=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=512k,mode=700", "tmpfs", str(folder)], check=True)
    try:
        with gate.terminal() as screen:
            screen.type("echo ready-$((1+1))\n")
            await screen.until("ready-2")
            screen.type("head -c 3000000 /dev/urandom | base64; sleep 4721\n")
            assert await screen.ended(20) == 255
            assert b"has to be recorded and cannot be any more (No space left on device)" in screen.seen
        done = await gate.ssh("head -c 3000000 /dev/urandom; sleep 4722")
        assert done.status == 255
        assert "cannot be" in done.err
        ended = await gate.recordings(1)
        assert any("not whole" in one["reason"] and "No space left" in one["reason"] for one in ended)
        first = next(one for one in ended if one["kind"] == "shell")
        cast = await gate.cast(first["id"])
        assert any("ready-2" in line[2] for line in cast[1:])
        for pid in gate.daemon.descendants():
            with suppress(OSError):
                assert b"sleep" not in Path(f"/proc/{pid}/cmdline").read_bytes()
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)
    assert (await gate.ssh("echo in")).out == b"in\n"
