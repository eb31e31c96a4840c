"""One host of the lab: its folder, its processes, its place in the network."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from tests.support.lab import base, cgroups, tools
from tests.support.lab.spec import BOOTED, HostSpec

INIT = Path(__file__).with_name("init.sh")
NAMESPACES = ("--net", "--mount", "--uts", "--ipc", "--pid", "--cgroup")
DAEMONS = {"sshd", "sshd-session", "sshd-auth", "dropbear"}
START_S = 30.0
# what Podman needs where it may neither raise limits nor count on a service manager
PODMAN = """[containers]
default_ulimits = ["nofile=20000:20000", "nproc=4096:4096"]
[engine]
runtime = "runc"
cgroup_manager = "cgroupfs"
events_logger = "file"
"""
# a host with a service manager has its load by a unit of its own; the others' first process starts it
LOAD = {
    "etc/systemd/system/lab-load.service": "[Service]\nExecStart=/etc/lab-load\n",
    "etc/systemd/system/multi-user.target.d/lab-load.conf": "[Unit]\nWants=lab-load.service\n",
}
GROUPED = BOOTED | {"docker", "podman"}  # flavours with control groups of their own


@dataclass(slots=True)
class LabHost:
    """A host that runs, or did. Made by Lab.up(); `fault` and `heal` are in tests.support.lab.faults."""

    spec: HostSpec
    address: str
    number: int
    folder: Path
    jump: LabHost | None = None
    port: int = 22
    username: str = "root"
    password: str = base.PASSWORD
    pid: int = 0
    faults: dict[str, int] = field(default_factory=dict)  # those in force; with what undoing them needs
    wire: subprocess.Popen[bytes] | None = None
    _process: subprocess.Popen[bytes] | None = None

    @property
    def name(self) -> str:
        """Its host name."""
        return self.spec.name

    @property
    def link(self) -> str:
        """The hub's end of its cable."""
        return f"v{self.number}"

    @property
    def host_key(self) -> str:
        """The public key that it shows, as in known_hosts without the name."""
        kind, key, *_ = (self.folder / "host_key.pub").read_text().split()
        return f"{kind} {key}"

    @property
    def fingerprint(self) -> str:
        """The SHA256 fingerprint of that key, as ssh-keygen prints it."""
        return tools.run(["ssh-keygen", "-lf", str(self.folder / "host_key.pub")]).split()[1]

    @property
    def runs(self) -> bool:
        """Whether it is switched on."""
        return self._process is not None and self._process.poll() is None

    @property
    def root(self) -> Path:
        """Its file system, seen from outside."""
        return Path(f"/proc/{self.pid}/root")

    def lay_out(self, authorized_key: str) -> None:
        """Write what is its own: keys, names, settings, figures."""
        for name in ("seed", "rw", "root", "net", "proc", "docker"):
            (self.folder / name).mkdir(parents=True, exist_ok=True)
        self.make_host_key()
        jump = f"{self.jump.address} {self.jump.name}\n" if self.jump else ""
        write = {
            "etc/hostname": f"{self.name}\n",
            "etc/hosts": f"127.0.0.1 localhost\n{self.address} {self.name}\n{jump}",
            "etc/machine-id": f"{uuid.uuid5(uuid.NAMESPACE_DNS, self.name).hex}\n",
            "root/.ssh/authorized_keys": f"{authorized_key}\n",
            "home/ops/.ssh/authorized_keys": f"{authorized_key}\n",
            "etc/ssh/lab.d/host.conf": "".join(f"{key} {value}\n" for key, value in self.spec.sshd.items()),
            **self.spec.files,
        }
        if self.spec.flavour == "podman":
            write["etc/containers/containers.conf"] = PODMAN
        if self.spec.flavour in BOOTED:
            write["etc/default/ssh"] = 'SSHD_OPTS="-E /var/log/sshd.log"\n'
        if self.spec.load:
            write |= {"etc/lab-load": f"#!/bin/sh\n{self.spec.load}\n"} | (LOAD if self.spec.flavour in BOOTED else {})
        seed = self.folder / "seed"
        for name, text in write.items():
            (seed / name).parent.mkdir(parents=True, exist_ok=True)
            (seed / name).write_text(text)
        if self.spec.load:
            (seed / "etc/lab-load").chmod(0o755)
        for place in (seed / "home/ops", *(seed / "home/ops").rglob("*")):
            shutil.chown(place, base.OPS_UID, base.OPS_UID)
        for path in ("root", "root/.ssh", "home/ops/.ssh"):
            (seed / path).chmod(0o700)
        self._set_shell(seed)
        for name, text in self.spec.proc.items():
            (self.folder / "proc" / name.replace("/", "%")).write_text(text)

    def _set_shell(self, seed: Path) -> None:
        """Give `ops` the login shell asked for, in a passwd file of the host's own."""
        lines = (base.place(self.spec.flavour) / "etc/passwd").read_text().splitlines()
        if self.spec.flavour != "tiny":
            lines = [line.rpartition(":")[0] + f":{self.spec.shell}" if line[:4] == "ops:" else line for line in lines]
        (seed / "etc/passwd").write_text("\n".join(lines) + "\n")

    def make_host_key(self) -> None:
        """A new key, for sshd and, as the same one, for dropbear; takes effect at the daemon's next start."""
        key = self.folder / "host_key"
        for old in (key, key.with_suffix(".pub")):
            old.unlink(missing_ok=True)
        tools.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", str(key)])
        (self.folder / "seed/etc/ssh").mkdir(parents=True, exist_ok=True)
        shutil.copy(key, self.folder / "seed/etc/ssh/ssh_host_ed25519_key")
        if self.spec.flavour == "tiny":
            place = self.folder / "seed/etc/dropbear/host_key"
            place.parent.mkdir(exist_ok=True)
            place.unlink(missing_ok=True)
            old_form = self.folder / "host_key.pem"
            shutil.copy(key, old_form)
            tools.run(["dropbearconvert", "openssh", "dropbear", str(old_form), str(place)])
            old_form.unlink()

    def boot(self) -> int:
        """Start its first process, which waits until `connected` says that its network is there; who it ends with."""
        (self.folder / "proc/sys%kernel%random%boot_id").write_text(f"{uuid.uuid4()}\n")
        spec = self.spec
        place = str(base.place(spec.flavour))
        command = ["setpriv", "--pdeathsig", "KILL", *self._grouped(), "unshare", *NAMESPACES, "--fork", "--kill-child"]
        command += ["--propagation", "private", str(INIT), str(self.folder), place, str(spec.disk_mib), spec.flavour]
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                env=tools.environment(),
                start_new_session=True,  # Ctrl-C is for whoever raised the lab
            )
        return self._process.pid

    def _grouped(self) -> list[str]:
        """Words before a command that is to run in control groups of this host alone."""
        if self.spec.flavour not in GROUPED:
            return []
        places = map(str, cgroups.make(self._group))
        return [
            "sh",
            "-c",
            'while [ "$1" != -- ]; do echo $$ >"$1"; shift; done; shift; exec "$@"',
            "sh",
            *places,
            "--",
        ]

    @property
    def _group(self) -> str:
        return f"{self.folder.parent.parent.name}-{self.number}"

    def find_first_process(self) -> int:
        """Its pid 1, as this machine counts. Raises RuntimeError with what it said when it ended instead."""
        assert self._process is not None
        deadline = time.monotonic() + START_S
        while not (found := tools.children(self._process.pid)):
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"{self.name} did not start: {self.said()}")
            time.sleep(0.01)
        self.pid = found[0]
        return self.pid

    def connected(self) -> None:
        """Let it go on: its network is there."""
        assert self._process is not None
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(b"\n")
            self._process.stdin.close()
        except BrokenPipeError:
            raise RuntimeError(f"{self.name} ended: {self.said()}") from None

    def said(self) -> str:
        """The last that its start printed."""
        return (self.folder / "log").read_text(errors="replace")[-800:]

    def wait_for_sshd(self) -> None:
        """Wait until something listens at its port 22, asked in its own network, and at its engine's socket.

        Raises RuntimeError.
        """
        deadline = time.monotonic() + START_S
        while not _listens(self.pid):
            if not self.runs or time.monotonic() > deadline:
                raise RuntimeError(f"{self.name} has no SSH server: {self.said()} {self.ssh_log()[-400:]}")
            time.sleep(0.02)
        while self.spec.flavour == "docker" and not (self.root / "run/docker.sock").exists():
            if not self.runs or time.monotonic() > deadline:
                log = self.root / "var/log/dockerd.log"
                raise RuntimeError(f"{self.name} has no Docker engine: {log.read_text(errors='replace')[-800:]}")
            time.sleep(0.02)

    def ssh_log(self) -> str:
        """What its sshd logged."""
        path = self.root / "var/log/sshd.log"
        return path.read_text(errors="replace") if path.exists() else ""

    def exec(self, script: str, *, within_s: float = 60) -> str:
        """Run a shell script on it as root, without SSH; what it prints. Raises RuntimeError."""
        return tools.run([*self.inside(), "/bin/sh", "-c", script], within_s=within_s)

    def inside(self) -> list[str]:
        """Words before a command that is to run on it."""
        return ["nsenter", f"--target={self.pid}", "--all", "--"]

    def daemons(self) -> list[int]:
        """Process ids of its SSH server, the listener first."""
        found = [pid for pid in tools.namespace_members(self.pid) if _name(pid) in DAEMONS]
        return sorted(found, key=lambda pid: (not _is_listener(pid), pid))

    def signal(self, pids: Iterable[int], number: signal.Signals) -> None:
        """Send a signal to processes of it."""
        for pid in pids:
            _signal(pid, number)

    def stop(self) -> None:
        """Switch it off at once: processes, mounts and network go."""
        if self._process is not None:
            self._process.kill()
            self._process.wait(10)
            if self._process.stdin is not None and not self._process.stdin.closed:
                self._process.stdin.close()
            self._process = None
        if self.spec.flavour in GROUPED:
            cgroups.remove(self._group)
        if self.wire is not None:
            self.wire.kill()
            self.wire.wait(10)
            self.wire = None


def _listens(pid: int) -> bool:
    for name in ("tcp", "tcp6"):
        try:
            rows = Path(f"/proc/{pid}/net/{name}").read_text().splitlines()[1:]
        except OSError:
            continue
        if any(row.split()[1].endswith(":0016") and row.split()[3] == "0A" for row in rows):
            return True
    return False


def _name(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/comm").read_text().strip()
    except OSError:
        return ""


def _is_listener(pid: int) -> bool:
    """Whether the process is the one that all sessions come from: the first process is its parent."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return False
    parent = int(status.split("PPid:")[1].split()[0])
    return _name(parent) not in DAEMONS


def _signal(pid: int, number: signal.Signals) -> None:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return
