"""`make bench-files`: files through the HTTP API against OpenSSH's sftp, on the same host and in the same run.

The median of several transfers each way, taken in turns. Uploads are measured without the sum that the controller makes
on the way (`hash: false`), as OpenSSH makes none; what it costs is told apart. Client and server share this machine's
processors, for both alike.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
import os
import socket
import statistics
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path
from typing import Any

from tests.bench import bed
from tests.bench.bed import Bed
from tests.support.sshd import OPS_UID

MIB = 1 << 20
SIZE_MIB = int(os.environ.get("SIZE_MIB", "512"))
ROUNDS = int(os.environ.get("ROUNDS", "5"))
NAMES = 100_000
PIECE = MIB


async def main() -> None:
    """Measure, and print one JSON object."""
    async with bed.raised(1) as found:
        await bed.add_lines(found, 1)
        token = (await found.api.call("POST", "/tokens", {"name": "bench", "scopes": ["write"], "all_hosts": True}))[
            "token"
        ]
        host_id = (await found.api.call("GET", "/hosts"))["items"][0]["id"]
        with tempfile.TemporaryDirectory(prefix="moorline-bench-files-") as folder:
            bench = Bench(found, Path(folder), token, host_id)
            figures = await asyncio.to_thread(bench.run)
    bed.say(figures)


@dataclass
class Bench:
    """Blocking clients, in a thread of their own: they cost as little as they can."""

    found: Bed
    folder: Path
    token: str
    host_id: int

    def run(self) -> dict[str, Any]:
        """Everything."""
        self.sum = hashlib.sha256()
        with (self.folder / "source").open("wb") as file:
            for _ in range(SIZE_MIB):
                piece = os.urandom(MIB)
                self.sum.update(piece)
                file.write(piece)
        self.home = Path(f"/proc/{self.found.daemons[0].pid}/root/home/ops")
        self.upload("warm", size=8 * MIB)
        self.download("warm")
        taken: dict[str, list[float]] = {"up": [], "down": [], "ssh_up": [], "ssh_down": []}
        with self.watched() as grown:
            for _ in range(ROUNDS):
                taken["ssh_up"].append(self.sftp(f"put {self.folder}/source theirs"))
                taken["up"].append(self.upload("ours"))
                taken["ssh_down"].append(self.sftp(f"get theirs {self.folder}/got"))
                taken["down"].append(self.download("ours"))
        self.check()
        middle = {name: statistics.median(values) for name, values in taken.items()}
        hashed = self.upload("hashed", hashing=True)
        first, everything = self.listing()
        return {
            "up_ratio": middle["ssh_up"] / middle["up"],
            "down_ratio": middle["ssh_down"] / middle["down"],
            "rss_growth_kib": max(grown) - grown[0],
            "list_100k_ms": [first, everything],
            "mib_per_s": {name: SIZE_MIB / value for name, value in middle.items()},
            "up_hashed_mib_per_s": SIZE_MIB / hashed,
            "size_mib": SIZE_MIB,
            "rounds": ROUNDS,
        }

    # ours

    def connection(self) -> HTTPConnection:
        """To the controller."""
        port = int(str(self.found.api._client.base_url).rpartition(":")[2].strip("/"))
        made = HTTPConnection("127.0.0.1", port, timeout=120)
        made.connect()
        made.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 * MIB)
        return made

    def ask(self, method: str, path: str, body: Any = None, made: HTTPConnection | None = None) -> HTTPResponse:
        """One request; its answer, not yet read."""
        made = made or self.connection()
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        data = json.dumps(body) if isinstance(body, dict) else body
        made.request(method, f"/api/v1{path}", data, headers)
        answer = made.getresponse()
        if answer.status >= 400:
            raise RuntimeError(f"{method} {path}: {answer.status} {answer.read()[:400]!r}")
        return answer

    def upload(self, name: str, *, size: int = SIZE_MIB * MIB, hashing: bool = False) -> float:
        """Seconds of a whole upload."""
        (self.home / name).unlink(missing_ok=True)
        began = time.monotonic()
        new = {"path": f"~/{name}", "size": size, "hash": hashing}
        number = json.load(self.ask("POST", f"/hosts/{self.host_id}/files/uploads", new))["id"]
        made = self.connection()
        made.putrequest("PUT", f"/api/v1/transfers/{number}/data?offset=0")
        made.putheader("Authorization", f"Bearer {self.token}")
        made.putheader("Content-Length", str(size))
        made.endheaders()
        with (self.folder / "source").open("rb") as file:
            made.sock.sendfile(file, 0, size)
        answer = made.getresponse()
        if answer.status != 200:
            raise RuntimeError(f"upload: {answer.status} {answer.read()[:400]!r}")
        answer.read()
        self.ask("POST", f"/transfers/{number}/finish", {}).read()
        return time.monotonic() - began

    def download(self, name: str) -> float:
        """Seconds of a whole download, into a file as sftp's."""
        began = time.monotonic()
        answer = self.ask("GET", f"/hosts/{self.host_id}/files/content?path=~/{name}")
        buffer = memoryview(bytearray(PIECE))
        with (self.folder / "ours").open("wb") as file:
            while count := answer.readinto(buffer):
                file.write(buffer[:count])
        return time.monotonic() - began

    def listing(self) -> tuple[float, float]:
        """Milliseconds to the first rows of a large folder, and to the last; the folder is new."""
        large = self.home / "large"
        large.mkdir()
        for number in range(NAMES):
            (large / f"file-{number:06}.txt").touch()
        os.chown(large, OPS_UID, OPS_UID)
        began = time.monotonic()
        first = 0.0
        count = 0
        answer = self.ask("GET", f"/hosts/{self.host_id}/files/list?path=~/large")
        for line in answer:
            if b'"entries"' in line[:30]:
                first = first or time.monotonic() - began
                count += len(json.loads(line)["entries"])
        if count != NAMES:
            raise RuntimeError(f"the listing has {count} rows")
        return first * 1000, (time.monotonic() - began) * 1000

    # theirs

    def sftp(self, command: str) -> float:
        """Seconds of one transfer by OpenSSH's client, its login included as ours includes its requests."""
        daemon = self.found.daemons[0]
        known = self.folder / "known_hosts"
        known.write_text(f"[127.0.0.1]:{daemon.port} {daemon.host_keys[0]}\n")
        options = ["-o", f"UserKnownHostsFile={known}", "-o", "IdentityAgent=none", "-F", "none", "-q", "-b", "-"]
        words = [
            "sftp",
            "-i",
            str(daemon.folder / "client"),
            *options,
            "-P",
            str(daemon.port),
            f"{daemon.username}@127.0.0.1",
        ]
        began = time.monotonic()
        subprocess.run(words, input=command.encode() + b"\n", check=True, capture_output=True)
        return time.monotonic() - began

    # around

    def check(self) -> None:
        """Both ways brought what was sent."""
        for path in (self.home / "ours", self.folder / "ours"):
            with path.open("rb") as file:
                if hashlib.file_digest(file, "sha256").digest() != self.sum.digest():
                    raise RuntimeError(f"{path.name} is not what was sent")

    @contextlib.contextmanager
    def watched(self) -> Iterator[list[float]]:
        """The controller's memory in KiB, at the beginning and every tenth of a second."""
        pid, ended = self.found.controller.pid, threading.Event()
        seen = [bed.rss_kib(pid)]

        def look() -> None:
            while not ended.wait(0.1):
                seen.append(bed.rss_kib(pid))

        looker = threading.Thread(target=look)
        looker.start()
        try:
            yield seen
        finally:
            ended.set()
            looker.join()


if __name__ == "__main__":
    asyncio.run(main())
