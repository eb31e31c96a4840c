"""Host keys: what is pinned, what to offer, how a key is shown to people."""

from __future__ import annotations

from collections.abc import Sequence

import asyncssh

from controller.ssh.target import PublicKey

# No certificates: nobody pins a CA here, and Dropbear chokes on long lists. The host uses the first one that it has.
ALGORITHMS = (
    "ssh-ed25519",
    "ecdsa-sha2-nistp256",
    "ecdsa-sha2-nistp384",
    "ecdsa-sha2-nistp521",
    "rsa-sha2-512",
    "rsa-sha2-256",
)


def describe(key: asyncssh.SSHKey) -> PublicKey:
    """The key as people compare it and as it is pinned."""
    kind, body = key.export_public_key().decode().split()[:2]
    return PublicKey(type=kind, fingerprint=key.get_fingerprint("sha256"), line=f"{kind} {body}")


def parse(line: str) -> asyncssh.SSHKey:
    """A pinned key. Raises ValueError when the line is not an OpenSSH public key."""
    return asyncssh.import_public_key(line)


def read(line: str) -> PublicKey:
    """Type and fingerprint of a pinned line. Raises ValueError when it is not an OpenSSH public key."""
    return describe(parse(line))


def offered(pinned: Sequence[asyncssh.SSHKey]) -> list[str]:
    """Host key algorithms in the order to offer: those of the pinned keys first.

    A host that still has the pinned key then shows it, whatever else it has. The others follow so that a host which
    lost the pinned kind shows what it has now, and is seen as changed instead of ending in "no common algorithm".
    """
    known = [name.decode() for key in pinned for name in key.sig_algorithms if name.decode() in ALGORITHMS]
    return list(dict.fromkeys([*known, *ALGORITHMS]))
