"""Who may use the socket, and for which hosts."""

from __future__ import annotations

import asyncio
import json
import os
import stat
import struct
import subprocess
import sys
from pathlib import Path

import pytest

from controller.ansible.wire import HEAD, Word, frame, table
from tests.integration.ansible.conftest import Ground
from tests.support.sshd import Sshd


async def talk(ground: Ground, *frames: bytes, answers: int = 1) -> list[tuple[bytes, bytes]]:
    """Say these; what comes back, up to so many frames or the end."""
    reader, writer = await asyncio.open_unix_connection(str(ground.broker.path))
    found: list[tuple[bytes, bytes]] = []
    try:
        writer.write(b"".join(frames))
        async with asyncio.timeout(10):
            while len(found) < answers:
                try:
                    letter, length = HEAD.unpack(await reader.readexactly(HEAD.size))
                    found.append((letter, await reader.readexactly(length)))
                except (asyncio.IncompleteReadError, ConnectionError):
                    break
    finally:
        writer.close()
    return found


def ordered(host: int, command: str = "echo it ran") -> bytes:
    """A command without input."""
    return table(Word.EXEC, host=host, command=command, tty=False) + table(Word.SIZE, bytes=0)


async def test_a_token_opens_the_hosts_of_its_run_and_ends_with_it(ground: Ground, daemon: Sshd) -> None:
    ground.host(daemon, 1)
    ground.host(daemon, 2)
    grant = ground.broker.admit({1})
    hello = table(Word.HELLO, token=grant.token)
    assert await talk(ground, hello, ordered(1), answers=2) == [(b"o", b"it ran\n"), (b"r", b'{"rc": 0}')]
    [(word, body), *_] = await talk(ground, hello, ordered(2), ordered(1))
    assert word == b"f"
    assert "may not reach" in json.loads(body)["error"]
    # what is refused leaves the talk in order
    assert (await talk(ground, hello, ordered(2), ordered(1), answers=3))[2] == (b"r", b'{"rc": 0}')
    ground.broker.leave(grant)
    [(word, body)] = await talk(ground, hello, ordered(1))
    assert (word, "has ended" in json.loads(body)["error"]) == (b"f", True)
    [(word, _)] = await talk(ground, table(Word.HELLO, token="x" * 43), ordered(1))
    assert word == b"f"


@pytest.mark.parametrize(
    "words",
    [
        b"GET / HTTP/1.1\r\n\r\n",
        struct.pack(">cI", b"H", 1 << 31),
        frame(Word.HELLO, b"{"),
        frame(Word.HELLO, b'{"token": 7}'),
        frame(Word.INPUT, b"x"),
        b"H",
    ],
)
async def test_nonsense_is_answered_and_harms_nobody(ground: Ground, daemon: Sshd, words: bytes) -> None:
    ground.host(daemon, 1)
    hello = table(Word.HELLO, token=ground.broker.admit({1}).token)
    first, second = await asyncio.gather(
        talk(ground, words) if words != b"H" else talk(ground, words, answers=0), talk(ground, hello, ordered(1))
    )
    assert all(word == b"f" for word, _ in first)
    assert second == [(b"o", b"it ran\n")]


@pytest.mark.parametrize(
    "request_",
    [
        table(Word.EXEC, host="1", command="id", tty=False),
        table(Word.EXEC, host=1, command=["id"], tty=False),
        table(Word.EXEC, host=True, command="id", tty=False),
        table(Word.SIZE, bytes=3),
        table(Word.EXEC, host=1, command="cat", tty=False) + table(Word.SIZE, bytes=1) + frame(Word.INPUT, b"ab"),
    ],
)
async def test_a_request_that_is_none_ends_the_connection(ground: Ground, daemon: Sshd, request_: bytes) -> None:
    ground.host(daemon, 1)
    hello = table(Word.HELLO, token=ground.broker.admit({1}).token)
    found = await talk(ground, hello, request_, answers=9)
    assert found[-1][0] == b"f"


async def test_the_socket_is_for_this_user_alone(ground: Ground) -> None:
    mode = ground.broker.path.stat().st_mode
    assert (stat.S_IMODE(mode), stat.S_IMODE(ground.broker.path.parent.stat().st_mode)) == (0o600, 0o700)
    if os.geteuid() != 0:
        pytest.skip("only root can be somebody else")
    # somebody else who gets at it in spite of its mode: the peer's credentials are looked at
    ground.broker.path.chmod(0o666)
    for folder in ground.broker.path.parents:
        if folder.stat().st_mode & 0o5 != 0o5:
            folder.chmod(folder.stat().st_mode | 0o5)
    grant = ground.broker.admit({1})
    program = (
        "import socket,sys\n"
        "s = socket.socket(socket.AF_UNIX); s.connect(sys.argv[1]); s.sendall(bytes.fromhex(sys.argv[2]))\n"
        "print(s.recv(100))"
    )
    words = (table(Word.HELLO, token=grant.token) + ordered(1)).hex()
    python = "/usr/bin/python3" if Path("/usr/bin/python3").exists() else sys.executable
    stranger = await asyncio.to_thread(
        subprocess.run,
        [python, "-c", program, str(ground.broker.path), words],
        user=65534,
        group=65534,
        extra_groups=[],
        cwd="/",
        capture_output=True,
        check=False,
    )
    out, errors = stranger.stdout, stranger.stderr
    assert out.strip() == b"b''" or b"ConnectionResetError" in errors or b"BrokenPipeError" in errors, errors


async def test_a_client_that_goes_ends_its_command(ground: Ground, daemon: Sshd) -> None:
    ground.host(daemon, 1)
    hello = table(Word.HELLO, token=ground.broker.admit({1}).token)
    [(_, said)] = await talk(ground, hello, ordered(1, "echo $$; sleep 7790 & sleep 7791"))
    async with asyncio.timeout(5):
        while Path(f"/proc/{int(said)}").exists():
            await asyncio.sleep(0.02)
