"""A real OpenSSH sshd on a loopback port, for tests: start, stop, freeze, change its keys, read its log.

As root the daemon gets a mount namespace of its own in which an account `ops` with a password exists, so that password
logins work and the machine's own accounts, homes and slow rc files stay out of it. As anybody else it lets that user
in by key alone, and tests that need a password are skipped.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

SSHD = shutil.which("sshd", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")
IS_ROOT = os.geteuid() == 0
OPS_UID = 61234  # far from the accounts of Debian and of a desktop
SETTINGS = {
    "UsePAM": "no",
    "StrictModes": "no",
    "PermitUserRC": "no",
    "UseDNS": "no",
    "LogLevel": "VERBOSE",
    "PrintMotd": "no",
    "PrintLastLog": "no",
    "KbdInteractiveAuthentication": "no",
    "PasswordAuthentication": "yes" if IS_ROOT else "no",
    "Subsystem": "sftp internal-sftp",
}
MOUNTS = """
set -e
for file in passwd shadow group; do mount --bind "$1/$file" "/etc/$file"; done
[ ! -e "$1/pam" ] || mount --bind "$1/pam" /etc/pam.d/sshd
mount -t tmpfs -o mode=755 tmpfs /home
cp -a "$1/home" /home/ops
exec "$2" -D -f "$1/sshd_config" -E "$1/log"
"""


def wait_until(condition: Callable[[], object], *, timeout_s: float = 10.0, what: str = "condition") -> None:
    """Poll until the condition holds. Raises TimeoutError with `what` otherwise."""
    deadline = time.monotonic() + timeout_s
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(f"waited {timeout_s} s for {what}")
        time.sleep(0.02)


def free_port(address: str = "127.0.0.1") -> int:
    """A TCP port that was free a moment ago."""
    with socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET) as probe:
        probe.bind((address, 0))
        return int(probe.getsockname()[1])


def make_key(path: Path, kind: str = "ed25519", passphrase: str = "", form: str = "") -> Path:
    """A fresh key pair: `path` and `path`.pub. `form` is "PEM", "PKCS8", or empty for OpenSSH's own."""
    command = ["ssh-keygen", "-q", "-t", kind, "-N", passphrase, "-C", "", "-f", str(path)]
    if kind == "rsa":
        command += ["-b", "2048"]
    if form:
        command += ["-m", form]
    for old in (path, path.with_name(path.name + ".pub")):
        old.unlink(missing_ok=True)
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    return path


@dataclass
class Sshd:
    """One daemon with its own folder, port, host keys and account. Use `running(…)` or call start() and stop()."""

    address: str = "127.0.0.1"
    port: int = 0
    settings: Mapping[str, str] = field(default_factory=dict)
    host_key_kinds: tuple[str, ...] = ("ed25519",)
    shell: str = "/bin/sh"
    password: str = "correct horse"
    home_files: Mapping[str, str] = field(default_factory=dict)
    pam: str | None = None
    uid: int = OPS_UID  # 0: an account that is root under another name

    folder: Path = field(init=False)
    username: str = field(init=False, default="ops")

    def __post_init__(self) -> None:
        """Lay out the folder; nothing runs yet."""
        if SSHD is None:
            raise FileNotFoundError("sshd is missing: install openssh-server")
        self._process: subprocess.Popen[bytes] | None = None
        self.port = self.port or free_port(self.address)
        self.folder = Path(tempfile.mkdtemp(prefix="sshd-"))
        self.folder.chmod(0o755)
        if not IS_ROOT:
            self.username = Path("~").expanduser().owner()
        make_key(self.folder / "client")
        self.authorize((self.folder / "client.pub").read_text())
        for kind in self.host_key_kinds:
            make_key(self.folder / f"host_{kind}", kind)
        if IS_ROOT:
            self._make_account()

    @property
    def client_key(self) -> str:
        """The private key that may log in, in OpenSSH's form."""
        return (self.folder / "client").read_text()

    @property
    def host_keys(self) -> tuple[str, ...]:
        """The public host keys, one OpenSSH line each ("ssh-ed25519 AAAA…")."""
        return tuple((self.folder / f"host_{kind}.pub").read_text().strip() for kind in self.host_key_kinds)

    @property
    def log(self) -> str:
        """Everything the daemon has logged so far (LogLevel VERBOSE)."""
        path = self.folder / "log"
        return path.read_text(errors="replace") if path.exists() else ""

    @property
    def pid(self) -> int:
        """The listener's process id."""
        assert self._process is not None, "sshd is not running"
        return self._process.pid

    def authorize(self, *lines: str) -> None:
        """Let exactly these public keys in, from the next login on."""
        path = self.folder / "authorized_keys"
        path.write_text("\n".join(lines) + "\n")
        path.chmod(0o644)

    def change_host_keys(self, *kinds: str) -> None:
        """Replace the host keys (of other kinds if given); a running daemon takes them at once."""
        for kind in self.host_key_kinds:
            (self.folder / f"host_{kind}").unlink()
            (self.folder / f"host_{kind}.pub").unlink()
        self.host_key_kinds = kinds or self.host_key_kinds
        for kind in self.host_key_kinds:
            make_key(self.folder / f"host_{kind}", kind)
        if self._process is not None:
            self.reload()

    def configure(self, **settings: str) -> None:
        """Change settings; a running daemon takes them for new connections."""
        self.settings = {**self.settings, **settings}
        if self._process is not None:
            self.reload()

    def start(self) -> Self:
        """Start and wait until it listens."""
        self._write_config()
        (self.folder / "log").unlink(missing_ok=True)
        if IS_ROOT:
            Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)
            inner = ["unshare", "--mount", "--propagation", "private", "sh", "-c", MOUNTS, "sh"]
            inner += [str(self.folder), str(SSHD)]
        else:
            inner = [str(SSHD), "-D", "-f", str(self.folder / "sshd_config"), "-E", str(self.folder / "log")]
        # The daemon dies with the test run, even when that is killed
        with (self.folder / "stderr").open("wb") as errors:
            self._process = subprocess.Popen(
                ["setpriv", "--pdeathsig", "TERM", *inner],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=errors,
            )
        self._wait_listening(1)
        return self

    def stop(self) -> None:
        """End the daemon and every session of it, frozen or not; the folder stays for another start()."""
        if self._process is None:
            return
        for pid in [*self.descendants(), self._process.pid]:
            _signal(pid, signal.SIGKILL)
        self._process.wait(10)
        self._process = None

    def remove(self) -> None:
        """Stop and delete the folder."""
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def kill_sessions(self) -> None:
        """End every session and leave the listener."""
        for pid in self.descendants():
            _signal(pid, signal.SIGKILL)

    def stop_listening(self) -> None:
        """End the listener and leave the sessions that are open."""
        assert self._process is not None
        self._process.kill()
        self._process.wait(10)
        self._process = None

    def reload(self) -> None:
        """Write the configuration again and let the daemon read it (SIGHUP): the process stays the same."""
        self._write_config()
        times = self.log.count("Server listening on")
        _signal(self.pid, signal.SIGHUP)
        self._wait_listening(times + 1)

    def freeze(self, *, sessions: bool = True) -> None:
        """Stop the listener (and its sessions) without closing a socket: the kernel still answers TCP."""
        for pid in [self.pid, *(self.descendants() if sessions else ())]:
            _signal(pid, signal.SIGSTOP)

    def thaw(self) -> None:
        """Let everything frozen go on."""
        for pid in [*self.descendants(), self.pid]:
            _signal(pid, signal.SIGCONT)

    def descendants(self) -> list[int]:
        """Process ids of all sessions and what they run, youngest last."""
        children: dict[int, list[int]] = {}
        for pid, parent in _parents():
            children.setdefault(parent, []).append(pid)
        found: list[int] = []
        queue = [self.pid] if self._process is not None else []
        while queue:
            below = children.get(queue.pop(0), [])
            found += below
            queue += below
        return found

    def _wait_listening(self, times: int) -> None:
        def ready() -> bool:
            if self._process is not None and self._process.poll() is not None:
                raise RuntimeError(f"sshd ended: {self.log} {(self.folder / 'stderr').read_text()}")
            return self.log.count("Server listening on") >= times

        wait_until(ready, what=f"sshd to listen on {self.port}")

    def _write_config(self) -> None:
        settings = {
            "ListenAddress": f"[{self.address}]:{self.port}" if ":" in self.address else f"{self.address}:{self.port}",
            "PidFile": "none",
            "AuthorizedKeysFile": str(self.folder / "authorized_keys"),
            **SETTINGS,
            **self.settings,
        }
        lines = [f"{name} {value}" for name, value in settings.items()]
        lines += [f"HostKey {self.folder / f'host_{kind}'}" for kind in self.host_key_kinds]
        (self.folder / "sshd_config").write_text("\n".join(lines) + "\n")

    def _make_account(self) -> None:
        """The files that the namespace shows instead of the machine's, with one account more."""
        digest = subprocess.run(
            ["openssl", "passwd", "-6", "-stdin"], input=self.password, text=True, check=True, capture_output=True
        ).stdout.strip()
        rows = {
            "passwd": f"ops:x:{self.uid}:{self.uid}::/home/ops:{self.shell}",
            "group": f"ops:x:{self.uid}:",
            "shadow": f"ops:{digest}:19000:0:99999:7:::",
        }
        for name, row in rows.items():
            path = self.folder / name
            path.write_text(Path("/etc", name).read_text() + row + "\n")
            path.chmod(0o600 if name == "shadow" else 0o644)
        home = self.folder / "home"
        home.mkdir()
        for name, text in self.home_files.items():
            (home / name).write_text(text)
        for path in (home, *home.iterdir()):
            os.chown(path, self.uid, self.uid)
        if self.pam is not None:
            (self.folder / "pam").write_text(self.pam)


@contextmanager
def running(**options: object) -> Iterator[Sshd]:
    """A started Sshd with these options; everything of it is gone afterwards."""
    daemon = Sshd(**options)  # type: ignore[arg-type]  # passed on as they are
    try:
        yield daemon.start()
    finally:
        daemon.remove()


def _parents() -> Iterator[tuple[int, int]]:
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                stat = (entry / "stat").read_text()
            except (FileNotFoundError, ProcessLookupError):
                continue
            yield int(entry.name), int(stat.rpartition(")")[2].split()[1])


def _signal(pid: int, number: signal.Signals) -> None:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return
