"""The SFTP client against a server that is not to be trusted: garbage, odd names, short answers, silence."""

from __future__ import annotations

import asyncio
import struct
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controller.ssh import sftp_wire as wire
from controller.ssh.errors import ChannelRefused, Unreachable
from controller.ssh.sftp import Sftp
from controller.ssh.sftp_packets import Wires
from controller.ssh.sftp_wire import Attributes, Code, Flag, Kind, Reader, SftpError

Answer = Callable[[int, int, bytes], list[bytes]]


def packet(kind: int, body: bytes) -> bytes:
    return struct.pack(">IB", len(body) + 1, kind) + body


def status(number: int, code: int) -> bytes:
    return packet(Kind.STATUS, struct.pack(">II", number, code) + wire.text(b"no") + wire.text(b""))


class Server:
    """A channel whose other end is a function: it gets kind, number and body, and gives packets."""

    def __init__(self, answer: Answer) -> None:
        self.wires = Wires()
        self.answer = answer
        self.closed = False
        self.pending_bytes = 0

    def write(self, data: bytes) -> None:
        kind = data[4]
        if kind == Kind.INIT:
            self.send(packet(Kind.VERSION, wire.number(3)))
            return
        number = int.from_bytes(data[5:9], "big")
        for one in self.answer(kind, number, data[9:]):
            self.send(one)

    def send(self, data: bytes) -> None:
        asyncio.get_running_loop().call_soon(self.wires.data, data)

    async def drain(self) -> None:
        return

    def write_eof(self) -> None:
        return

    def pause(self) -> None:
        return

    def resume(self) -> None:
        return

    def close(self) -> None:
        self.closed = True
        self.wires.closed(None)

    def kill(self) -> None:
        self.close()


async def begun(answer: Answer) -> Sftp:
    server = Server(answer)
    made = Sftp(server, server.wires)
    await made.begin()
    return made


@pytest.mark.parametrize("name", [b"../out", b"/etc/passwd", b"", b"a\0b", b"a/b"])
async def test_a_name_that_no_file_can_have_is_an_error(name: bytes) -> None:
    def answer(kind: int, number: int, _: bytes) -> list[bytes]:
        if kind == Kind.OPENDIR:
            return [packet(Kind.HANDLE, wire.number(number) + wire.text(b"h"))]
        row = wire.text(name) + wire.text(b"long") + wire.attributes(Attributes(size=1))
        return [packet(Kind.NAME, wire.number(number) + wire.number(1) + row)]

    client = await begun(answer)
    with pytest.raises(SftpError) as caught:
        async for _ in client.listing(b"/"):
            pass
    assert caught.value.code == Code.BAD_MESSAGE


async def test_short_answers_are_asked_for_again_and_too_long_ones_refused() -> None:
    data = bytes(range(256)) * 1000
    extra = 0

    def answer(kind: int, number: int, body: bytes) -> list[bytes]:
        if kind != Kind.READ:
            return [packet(Kind.HANDLE, wire.number(number) + wire.text(b"h"))]
        offset, size = struct.unpack(">QI", body[-12:])
        part = data[offset : offset + min(size, 5000) + extra]
        return [packet(Kind.DATA, wire.number(number) + wire.text(part)) if part else status(number, Code.EOF)]

    client = await begun(answer)
    handle = await client.open(b"/x", Flag.READ)
    assert b"".join([bytes(piece) async for piece in client.read(handle, 0, len(data) + 10)]) == data
    assert b"".join([bytes(piece) async for piece in client.read(handle, 777, 12_345)]) == data[777 : 777 + 12_345]
    extra = 40_000
    with pytest.raises(SftpError):
        assert [piece async for piece in client.read(handle, 0, 10)]


async def test_what_was_taken_counts_up_to_the_first_refusal() -> None:
    def answer(kind: int, number: int, body: bytes) -> list[bytes]:
        if kind != Kind.WRITE:
            return [packet(Kind.HANDLE, wire.number(number) + wire.text(b"h"))]
        (offset,) = struct.unpack_from(">Q", body, 5)
        return [status(number, Code.OK if offset < 100_000 else Code.FAILURE)]

    client = await begun(answer)
    writer = client.writer(await client.open(b"/x", Flag.WRITE))

    async def written() -> None:
        await writer.write(bytes(1 << 20))
        await writer.finish()

    with pytest.raises(SftpError):
        await written()
    assert writer.safe == 4 * client.block == 131072


async def test_a_channel_that_closes_ends_what_waits() -> None:
    server = Server(lambda *_: [])
    client = Sftp(server, server.wires)
    await client.begin()
    waiting = asyncio.create_task(client.stat(b"/"))
    await asyncio.sleep(0)
    server.close()
    with pytest.raises(Unreachable):
        await waiting
    with pytest.raises(Unreachable):
        await client.stat(b"/")


async def test_noise_in_place_of_sftp_is_said() -> None:
    server = Server(lambda *_: [])
    client = Sftp(server, server.wires)
    begin = asyncio.create_task(client.begin())
    await asyncio.sleep(0)
    server.wires.error(b"sftp-server: not found")
    server.close()
    server.wires.on_packet = lambda _: None
    server.wires.closed(None)
    with pytest.raises(ChannelRefused, match="not found"):
        await begin
    with pytest.raises(ValueError, match="no SFTP"):
        Wires().data(b"Welcome to the host!\n")


@given(st.binary(max_size=200))
def test_garbage_is_a_bad_message_and_nothing_worse(data: bytes) -> None:
    for read in (Reader.names, Reader.attributes, Reader.text, Reader.number, Reader.long_number):
        try:
            read(Reader(data))
        except SftpError as error:
            assert error.code == Code.BAD_MESSAGE  # noqa: PT017 — most of what is read raises nothing
