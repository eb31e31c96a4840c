"""The roots that hosts stand on: made once, kept between runs, never written to by a host."""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.support.lab import repository
from tests.support.lab.tools import run

CACHE = Path(os.environ.get("MOORLINE_LAB_CACHE", "/var/cache/moorline-lab"))
PACKAGES = "openssh-server,iproute2,procps,ca-certificates"
EXTRA = {"systemd": ["systemd", "systemd-sysv", "dbus"], "docker": ["docker.io", "iptables"]}  # on top of bookworm
PODMAN = {"podman": ["podman", "runc", "iptables", "uidmap", "dbus-user-session"]}  # apart: the other roots stay
ADDED = {  # likewise; each is a part of its own root's name alone
    "sudo": ["sudo"],
    "managed": [
        "systemd",
        "systemd-sysv",
        "dbus",
        "sudo",
        "python3",
        "python3-apt",
        "ca-certificates",
        "cron",
        "tzdata",
    ],
}
# packages that hosts of a flavour can install from a repository in their own root: no network is needed, nor asked
OFFERED = {
    "managed": [
        *(
            "ufw",
            "firewalld",
            "nftables",
            "fail2ban",
            "systemd-timesyncd",
            "unattended-upgrades",
            "logrotate",
            "openssl",
        ),
        *("python3-systemd", "docker.io", "nginx-light", "certbot", "wireguard-tools", "htop", "iptables", "cowsay"),
    ],
}
PASSWORD = "lab and only lab"  # of hosts that only this machine's lab reaches
OPS_UID = 1000
VERSION = 5  # of what is made here: another one makes the roots anew
SSHD = """Include /etc/ssh/lab.d/*.conf
PermitRootLogin yes
PasswordAuthentication yes
UseDNS no
PrintMotd no
PrintLastLog no
MaxStartups 200:30:400
MaxSessions 20
HostKey /etc/ssh/ssh_host_ed25519_key
"""
NEEDLESS = ("var/cache/apt/archives", "var/lib/apt/lists", "usr/share/doc", "usr/share/man", "usr/share/locale")
LIBRARY = re.compile(r"(/\S+)")
ACCOUNTS = {"root": (0, "/root"), "ops": (OPS_UID, "/home/ops")}


def place(flavour: str) -> Path:
    """Where the root of that flavour is, or would be."""
    parts = (flavour, PACKAGES, str(EXTRA), PASSWORD, SSHD, str(VERSION), *ADDED.get(flavour, ()))
    if flavour in PODMAN:
        parts += (str(PODMAN),)
    if flavour in OFFERED:
        parts += (repository.PLACE, *OFFERED[flavour])
    key = hashlib.sha256("\0".join(parts).encode()).hexdigest()[:12]
    return CACHE / f"{flavour}-{key}"


def provision(flavour: str = "bookworm") -> Path:
    """The root of that flavour, made if it is not there. Raises RuntimeError when that fails."""
    path = place(flavour)
    if path.is_dir():
        return path
    if flavour in EXTRA | PODMAN | ADDED:
        provision("bookworm")
    CACHE.mkdir(parents=True, exist_ok=True)
    with _alone():
        if not path.is_dir():
            draft = CACHE / f"{flavour}.new"
            shutil.rmtree(draft, ignore_errors=True)
            _make(draft, flavour)
            for old in CACHE.glob(f"{flavour}-*"):
                shutil.rmtree(old, ignore_errors=True)
            draft.rename(path)
    return path


def _make(root: Path, flavour: str) -> None:
    if flavour == "tiny":
        _make_tiny(root)
    elif flavour in EXTRA | PODMAN | ADDED:
        run(["cp", "-a", str(place("bookworm")), str(root)])
        _install(root, (EXTRA | PODMAN | ADDED)[flavour], OFFERED.get(flavour, ()))
    else:
        _make_debian(root, flavour)


@contextmanager
def _alone() -> Iterator[None]:
    with (CACHE / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _mirror() -> str:
    """Where this machine itself gets its packages from. Raises RuntimeError when its apt says nothing."""
    for source in (Path("/etc/apt/sources.list"), *sorted(Path("/etc/apt/sources.list.d").glob("*"))):
        if source.is_file():
            text = re.sub(r"#.*|\[[^]]*]", "", source.read_text(errors="replace"))
            for found in re.findall(r"^(?:URIs:|deb)\s+(\S+)", text, re.MULTILINE):
                if "security" not in found:
                    return str(found)
    raise RuntimeError("this machine's apt knows no Debian mirror")


def _make_debian(root: Path, release: str) -> None:
    command = ["debootstrap", "--variant=minbase", f"--include={PACKAGES}", release, str(root), _mirror()]
    run(command, within_s=900)
    for key in (root / "etc/ssh").glob("ssh_host_*"):
        key.unlink()
    (root / "etc/ssh/sshd_config").write_text(SSHD + "Subsystem sftp internal-sftp\n")
    (root / "etc/ssh/lab.d").mkdir()
    run(["chroot", str(root), "useradd", "-m", "-u", str(OPS_UID), "-s", "/bin/bash", "ops"])
    for account in ACCOUNTS:
        run(["chroot", str(root), "chpasswd"], text=f"{account}:{PASSWORD}\n")
    _slim(root)
    shutil.copy("/bin/busybox", root / "bin/busybox")


def _slim(root: Path) -> None:
    for folder in NEEDLESS:
        shutil.rmtree(root / folder, ignore_errors=True)


def _install(root: Path, packages: Sequence[str], offered: Sequence[str] = ()) -> None:
    """More packages, by this machine's own way to its mirror; no daemon starts. `offered` are only laid ready."""
    guard = root / "usr/sbin/policy-rc.d"
    guard.write_text("#!/bin/sh\nexit 101\n")
    guard.chmod(0o755)
    for name in ("sources.list", "sources.list.d", "apt.conf.d"):
        if (source := Path("/etc/apt") / name).exists():
            run(["cp", "-a", str(source), str(root / "etc/apt/")])
    for settings in ("/etc/resolv.conf", "/etc/hosts"):
        shutil.copy(settings, root / settings.lstrip("/"))
    apt = ["chroot", str(root), "env", "DEBIAN_FRONTEND=noninteractive", *_proxies(), "apt-get", "-q", "-y"]
    run([*apt, "update"], within_s=120)
    run([*apt, "install", "--no-install-recommends", *packages], within_s=600)
    if offered:
        for old in (root / "var/cache/apt/archives").glob("*.deb"):
            old.unlink()
        run([*apt, "install", "--no-install-recommends", "--download-only", *offered], within_s=600)
        repository.make(root / repository.PLACE, sorted((root / "var/cache/apt/archives").glob("*.deb")))
        repository.be_the_only_source(root)
        guard.unlink()  # what these hosts install is to start
    _slim(root)
    for folder in NEEDLESS[:2]:  # as any host has them: programs lock files in there
        (root / folder / "partial").mkdir(parents=True, exist_ok=True)
        os.utime(root / folder, (0, 0))  # nor were they read lately


def _proxies() -> list[str]:
    return [f"{name}={value}" for name, value in os.environ.items() if name.lower().endswith("_proxy")]


def _make_tiny(root: Path) -> None:
    """BusyBox and dropbear: no bash, no OpenSSH, no sftp server."""
    for folder in ("bin", "sbin", "usr/bin", "usr/sbin", "etc/dropbear", "root", "proc", "sys", "dev", "run", "tmp"):
        (root / folder).mkdir(parents=True)
    for folder in ("var/log", "home/ops", "lib", "lib64", "mnt"):
        (root / folder).mkdir(parents=True)
    shutil.copy(shutil.which("busybox") or "/bin/busybox", root / "bin/busybox")
    run(["chroot", str(root), "/bin/busybox", "--install", "-s"])
    program = "/usr/sbin/dropbear"
    shutil.copy(program, root / "usr/sbin")
    for library in LIBRARY.findall(run(["ldd", program])):
        target = root / library.lstrip("/")
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(library, target)
    _write_accounts(root)
    name = 'NAME="Alpine Linux"\nID=alpine\nVERSION_ID=3.19.0\nPRETTY_NAME="Alpine Linux (lab)"\n'
    (root / "etc/os-release").write_text(name)
    os.chown(root / "home/ops", OPS_UID, OPS_UID)
    (root / "tmp").chmod(0o1777)


def _write_accounts(root: Path) -> None:
    secret = run(["openssl", "passwd", "-6", "-stdin"], text=PASSWORD).strip()
    rows = {
        "passwd": [f"{name}:x:{uid}:{uid}::{home}:/bin/sh" for name, (uid, home) in ACCOUNTS.items()],
        "group": [f"{name}:x:{uid}:" for name, (uid, _) in ACCOUNTS.items()],
        "shadow": [f"{name}:{secret}:19000:0:99999:7:::" for name in ACCOUNTS],
        "shells": ["/bin/sh"],
        "nsswitch.conf": ["passwd: files", "group: files", "shadow: files"],
    }
    for name, lines in rows.items():
        (root / "etc" / name).write_text("\n".join(lines) + "\n")
    (root / "etc/shadow").chmod(0o600)
