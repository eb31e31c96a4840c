"""What a host of the lab can be asked to be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

FLAVOURS = ("bookworm", "bullseye", "trixie", "tiny", "systemd", "docker", "podman", "sudo", "managed")
BOOTED = {"systemd", "managed"}  # with a service manager as first process


class LabUnavailable(Exception):
    """This machine cannot raise a lab; the message says what is missing."""


@dataclass(frozen=True, slots=True)
class Wire:
    """What a packet meets on its way, each way: delay and jitter in ms, loss as a share of 0 to 1."""

    delay_ms: float = 0.0
    jitter_ms: float = 0.0
    loss: float = 0.0


@dataclass(frozen=True, slots=True)
class HostSpec:
    """One host.

    `flavour`: a Debian release (bookworm with systemd, a Docker engine, Podman or sudo, if so named), "managed"
    (bookworm with systemd, sudo, Python and a repository of packages to install), or "tiny" (busybox ash and dropbear,
    no sftp). `sshd`: settings of its sshd_config. `shell`: the login shell of `ops`.
    `disk_mib`: the size of its root's writable part. `proc`: files below /proc that read as given. `files`: path below
    the root → text.
    `behind`: the name of the host that alone reaches it. `load`: a shell command that runs all the time.
    """

    name: str
    flavour: str = "bookworm"
    sshd: Mapping[str, str] = field(default_factory=dict)
    shell: str = "/bin/bash"
    disk_mib: int = 256
    proc: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)
    behind: str | None = None
    wire: Wire | None = None
    load: str = ""

    def __post_init__(self) -> None:
        """Raises ValueError for a flavour that there is not."""
        if self.flavour not in FLAVOURS:
            raise ValueError(f"{self.name}: no flavour {self.flavour!r}; there are {', '.join(FLAVOURS)}")
