"""How the lab runs the machine's own tools."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path

from tests.support.lab.spec import LabUnavailable

NEEDED = (
    *("debootstrap", "ip", "nft", "unshare", "nsenter", "setpriv", "sshd", "ssh-keygen", "mount"),
    *("busybox", "dropbear", "dropbearkey", "openssl"),
)
PATH = f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin"


def check() -> None:
    """Raises LabUnavailable that says why there can be no lab here."""
    if os.geteuid() != 0:
        raise LabUnavailable("the lab needs root: it makes namespaces, mounts and bridges")
    missing = [tool for tool in NEEDED if shutil.which(tool, path=PATH) is None]
    if missing:
        raise LabUnavailable(f"the lab needs {', '.join(missing)}: run `.ci/setup test`")


def run(command: Sequence[str], *, text: str = "", within_s: float = 60, fds: Sequence[int] = ()) -> str:
    """What the command prints. Raises RuntimeError with what it complained about."""
    done = subprocess.run(
        list(command),
        input=text,
        text=True,
        capture_output=True,
        timeout=within_s,
        check=False,
        env=environment(),
        pass_fds=fds,
    )
    if done.returncode:
        said = (done.stderr or done.stdout).strip()[-800:]
        raise RuntimeError(f"{' '.join(command)[:200]} ended with status {done.returncode}: {said}")
    return done.stdout


def ip(namespace_of: int, *lines: str) -> None:
    """Run these `ip` commands in the network namespace of a process, all or up to the first that fails."""
    run([*in_network(namespace_of), "ip", "-batch", "-"], text="\n".join(lines) + "\n")


def in_network(pid: int) -> list[str]:
    """Words before a command that is to run in the network namespace of that process."""
    return ["nsenter", f"--net=/proc/{pid}/ns/net", "--"]


def environment() -> dict[str, str]:
    """The environment of whatever the lab starts: none of the caller's language or settings."""
    return {"PATH": PATH, "LC_ALL": "C", "HOME": "/root"}


def children(pid: int) -> list[int]:
    """Process ids whose parent is that process."""
    return [child for child, parent in _parents() if parent == pid]


def namespace_members(pid: int) -> list[int]:
    """Process ids in the pid namespace of that process, itself among them."""
    mine = Path(f"/proc/{pid}/ns/pid").readlink()
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                if (entry / "ns/pid").readlink() == mine:
                    found.append(int(entry.name))
            except OSError:
                continue  # it has just ended
    return found


def started_at(pid: int) -> str | None:
    """When the process started, in ticks since boot, which with its id names it for good; None when it is gone."""
    try:
        state, *rest = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return None if state in {"Z", "X"} else rest[18]


def _parents() -> Iterator[tuple[int, int]]:
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                yield int(entry.name), int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            except OSError:
                continue
