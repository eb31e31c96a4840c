"""`make bench-gateway`: what passes through the SSH gateway, beside OpenSSH's client straight to the same host.

One controller, one sshd, one run, in turns; the median of several. Commands are recorded as they are by default, sftp
is not. Client, controller and host share this machine's processors: through the gateway everything is encrypted twice.
"""

from __future__ import annotations

import asyncio
import os
import statistics
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import uvloop

from tests.bench import bed
from tests.bench.bed import Bed
from tests.support.sshd import free_port, make_key

MIB = 1 << 20
SIZE_MIB = int(os.environ.get("SIZE_MIB", "256"))
ROUNDS = int(os.environ.get("ROUNDS", "5"))
LOGINS = 20
TIMES_S = 600


async def main() -> None:
    """Measure, and print one JSON object."""
    port = free_port()
    async with bed.raised(1, gateway_port=str(port)) as found:
        await bed.add_lines(found, 1)
        folder = found.controller.data_dir.parent
        key = make_key(folder / "laptop")
        await found.api.call("POST", "/me/ssh-keys", {"line": key.with_suffix(".pub").read_text()})
        bench = Bench(found, folder, port)
        figures = await asyncio.to_thread(bench.run)
    bed.say(figures)


class Bench:
    """OpenSSH's clients, through the gateway ("ours") and straight ("direct")."""

    def __init__(self, found: Bed, folder: Path, port: int) -> None:
        self._pid = found.controller.pid
        self._blob = folder / "blob"
        daemon = found.daemons[0]
        config = folder / "config"
        config.write_text(
            f"Host ours\n HostName 127.0.0.1\n Port {port}\n User line-0\n IdentityFile {folder / 'laptop'}\n"
            f"Host direct\n HostName {daemon.address}\n Port {daemon.port}\n User {daemon.username}\n"
            f" IdentityFile {daemon.folder / 'client'}\n"
            "Host *\n IdentitiesOnly yes\n IdentityAgent none\n StrictHostKeyChecking no\n BatchMode yes\n"
            " UserKnownHostsFile /dev/null\n LogLevel ERROR\n Ciphers aes128-gcm@openssh.com\n"
        )
        self._config = str(config)

    def run(self) -> dict[str, float]:
        """All figures."""
        with self._blob.open("wb") as file:
            for _ in range(SIZE_MIB):
                file.write(os.urandom(MIB))
        figures: dict[str, float] = {}
        before = bed.rss_kib(self._pid)
        for name, one in (("down", self._down), ("up", self._up), ("sftp_down", self._get), ("sftp_up", self._put)):
            ours, direct = self._in_turns(one, ROUNDS)
            figures |= {f"{name}_mib_s": SIZE_MIB / ours, f"direct_{name}_mib_s": SIZE_MIB / direct}
            figures[f"{name}_ratio"] = direct / ours
        figures["rss_growth_kib"] = bed.rss_kib(self._pid) - before
        ours, direct = self._in_turns(self._login, LOGINS)
        return figures | {"login_ms": ours * 1000, "direct_login_ms": direct * 1000}

    @staticmethod
    def _in_turns(one: Callable[[str], None], rounds: int) -> tuple[float, float]:
        taken: dict[str, list[float]] = {"ours": [], "direct": []}
        for _ in range(rounds):
            for way, times in taken.items():
                began = time.perf_counter()
                one(way)
                times.append(time.perf_counter() - began)
        return statistics.median(taken["ours"]), statistics.median(taken["direct"])

    def _ssh(self, way: str, command: str, stdin: Path | None = None) -> None:
        with (stdin or Path(os.devnull)).open("rb") as given:
            subprocess.run(
                ["ssh", "-F", self._config, way, command],
                stdin=given, stdout=subprocess.DEVNULL, check=True, timeout=TIMES_S,
            )  # fmt: skip

    def _login(self, way: str) -> None:
        self._ssh(way, "true")

    def _down(self, way: str) -> None:
        self._ssh(way, f"head -c {SIZE_MIB * MIB} /dev/zero")

    def _up(self, way: str) -> None:
        self._ssh(way, "cat > /dev/null", self._blob)

    def _sftp(self, way: str, line: str) -> None:
        words = ["sftp", "-q", "-F", self._config, "-b", "-", way]
        subprocess.run(words, input=line, text=True, stdout=subprocess.DEVNULL, check=True, timeout=TIMES_S)

    def _put(self, way: str) -> None:
        self._sftp(way, f"put {self._blob} /tmp/gateway-bench-{self._pid}\nrm /tmp/gateway-bench-{self._pid}\n")

    def _get(self, way: str) -> None:
        self._blob.chmod(0o644)
        for folder in self._blob.parents[:1]:
            folder.chmod(0o755)  # the host's account reads it there
        self._sftp(way, f"get {self._blob} /dev/null\n")


if __name__ == "__main__":
    uvloop.run(main())
