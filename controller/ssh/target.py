"""What the lines need to know of a host, and what they tell about themselves."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from controller.core.secrets import Secret


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A host's public key: type as in OpenSSH ("ssh-ed25519"), "SHA256:…" and the line to pin."""

    type: str
    fingerprint: str
    line: str


@dataclass(frozen=True, slots=True)
class Password:
    """Log in by password, also where the host asks for it keyboard-interactively."""

    secret: Secret


@dataclass(frozen=True, slots=True)
class PrivateKey:
    """Log in by a private key in OpenSSH, PEM or PKCS#8 form, with its passphrase if it has one."""

    secret: Secret
    passphrase: Secret | None = None


@dataclass(frozen=True, slots=True)
class Target:
    """How to reach one host.

    `pinned`: the approved host keys as OpenSSH public key lines; `jump`: the id of the host to go through; `name`: what
    sentences call the host.
    """

    host_id: int
    address: str
    port: int
    username: str
    login: Password | PrivateKey
    pinned: tuple[str, ...] = ()
    jump: int | None = None
    name: str = ""
    monitoring_only: bool = False  # our key is bound to the reader: the host runs nothing else for it

    @property
    def label(self) -> str:
        """What sentences call the host."""
        return self.name or self.address


class Directory(Protocol):
    """Who knows the hosts."""

    async def target(self, host_id: int) -> Target:
        """How to reach the host now. Raises LookupError when there is no such host."""
        ...


class LineState(StrEnum):
    """Where a line stands; the last three wait for a human."""

    CONNECTING = "connecting"
    UP = "up"
    DOWN = "down"
    KEY_PENDING = "key_pending"
    KEY_CHANGED = "key_changed"
    LOGIN_REFUSED = "login_refused"


@dataclass(frozen=True, slots=True)
class LineStatus:
    """A line's state, why, since when and when it is tried again (epoch seconds; None: not by itself)."""

    state: LineState
    reason: str
    code: str
    since: float
    retry_at: float | None = None
    presented_key: PublicKey | None = None
