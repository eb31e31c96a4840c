"""File systems whose server is away, for real: they hide nothing but themselves, and nothing piles up behind them."""

from __future__ import annotations

import os
import select
import struct
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from collectors.spec import Reading
from tests.support import machines
from tests.support.machines import COLLECTORS
from tests.support.sshd import IS_ROOT, wait_until

COLLECTOR = COLLECTORS["filesystems"]
pytestmark = [
    pytest.mark.root,
    pytest.mark.skipif(not IS_ROOT, reason="only root can mount"),
    pytest.mark.skipif(not os.access("/dev/fuse", os.W_OK), reason="this kernel has no FUSE"),
]
HEAD = struct.Struct("=IIQ")  # of a request: length, kind, number
INITIALISE, STATFS = 26, 17
# whoever holds the device keeps the server alive, so that nobody but the test may
MOUNT = """
mount -i -t fuse -o "fd=$1,rootmode=40000,user_id=0,group_id=0" hung "$2" || exit 9
eval "exec $1>&-"
PATH=$3 exec "$4" -s
"""


class Server:
    """The other end of a FUSE mount, which never answers what matters."""

    def __init__(self) -> None:
        self.device = os.open("/dev/fuse", os.O_RDWR | os.O_NONBLOCK)
        self.taken: list[int] = []

    def take(self) -> None:
        """Take a request, if there is one, and remember its kind. The first one, about versions, is answered."""
        try:
            request = os.read(self.device, 1 << 18)
        except OSError:  # nothing yet, or not mounted yet, or not any more
            return
        _, kind, number = HEAD.unpack_from(request)
        if kind == INITIALISE:
            answer = struct.pack("=IIIIHHIIHHI28x", 7, 31, 65536, 0, 12, 10, 65536, 1, 0, 0, 0)
            os.write(self.device, struct.pack("=IiQ", 16 + len(answer), 0, number) + answer)
        self.taken.append(kind)


@contextmanager
def served() -> Iterator[Server]:
    """A server; when it is gone, whoever waits for it gets an error."""
    server = Server()
    try:
        yield server
    finally:
        os.close(server.device)


@contextmanager
def asked(server: Server, folder: Path, text: str, *, timeout: bool) -> Iterator[subprocess.Popen[bytes]]:
    """A script that runs where the server's file system is mounted in that folder."""
    tools = machines.make_toolbox(folder.with_name("tools"), "mawk", without=() if timeout else ("timeout",))
    namespace = ["unshare", "--mount", "--propagation", "private", "bash", "-c", MOUNT, "bash"]
    command = [*namespace, str(server.device), str(folder), str(tools), "/bin/sh"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, pass_fds=[server.device]) as process:
        assert process.stdin is not None
        process.stdin.write(text.replace(machines.WAY, "").encode())
        process.stdin.close()
        yield process


def told(process: subprocess.Popen[bytes], server: Server) -> list[Reading]:
    """What the script said, once for each time that it ran; meanwhile the server takes whatever it is asked."""
    assert process.stdout is not None
    said, ended, output = b"", False, process.stdout.fileno()
    while not ended:
        ready, _, _ = select.select([server.device, output], [], [], 1.0)
        if server.device in ready:
            server.take()
        if output in ready:
            data = os.read(output, 1 << 16)
            said, ended = said + data, not data
    return [COLLECTOR.parse({"": part}) for part in said.split(b"--\n")]


@pytest.mark.parametrize("timeout", [True, False])
def test_a_dead_server_hides_its_own_mount_and_nothing_else(tmp_path: Path, timeout: bool) -> None:
    folder = tmp_path / "hung up"
    folder.mkdir()
    with served() as server, asked(server, folder, COLLECTOR.script, timeout=timeout) as process:
        (reading,) = told(process, server)
    assert reading.facts == {"hung_mounts": [str(folder)]}
    assert "/" in reading.tables["filesystem"]


def test_a_question_that_no_signal_ends_is_not_put_twice(tmp_path: Path) -> None:
    folder = tmp_path / "hung"
    folder.mkdir()
    with served() as server:
        twice = f"{COLLECTOR.script}\necho --\n{COLLECTOR.script}"
        with asked(server, folder, twice, timeout=True) as process:
            readings = told(process, server)
        assert [reading.facts for reading in readings] == [{"hung_mounts": [str(folder)]}] * 2
        assert all("/" in reading.tables["filesystem"] for reading in readings)
        assert server.taken.count(STATFS) == 1
        assert len(asking(folder)) == 1, "one waits, and only one"
    wait_until(lambda: not asking(folder), what="the end of the question")


def asking(folder: Path) -> list[int]:
    """Processes that wait for the file system there."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                line = (entry / "cmdline").read_bytes()
            except OSError:
                continue
            if line.startswith(b"stat\0") and line.endswith(b"\0%s\0" % str(folder).encode()):
                found.append(int(entry.name))
    return found
