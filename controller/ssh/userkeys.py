"""Public keys that people log in with: read from the line of a .pub file, and refused where they are too weak."""

from __future__ import annotations

import base64
import struct

import asyncssh

from controller.ssh import hostkeys
from controller.ssh.target import PublicKey

KINDS = (
    "ssh-ed25519",
    "ecdsa-sha2-nistp256",
    "ecdsa-sha2-nistp384",
    "ecdsa-sha2-nistp521",
    "ssh-rsa",
    "sk-ssh-ed25519@openssh.com",
    "sk-ecdsa-sha2-nistp256@openssh.com",
)
RSA_BITS = 2048  # NIST SP 800-131A: nothing shorter
LONGEST = 10_000


def read(line: str) -> tuple[PublicKey, str]:
    """The key and its comment. Raises ValueError with a sentence that says what is wrong."""
    words = line.strip().split(None, 2)
    if "\n" in line.strip() or len(line) > LONGEST or len(words) < 2:
        raise ValueError("Paste one public key, a line such as ssh-ed25519 AAAA… name.")
    if "PRIVATE KEY" in line:
        raise ValueError("This is a private key. It belongs to you alone; paste the .pub file beside it.")
    if words[0] == "ssh-dss":
        raise ValueError("DSA keys are too weak. Make a new one: ssh-keygen -t ed25519.")
    if words[0] not in KINDS:
        raise ValueError(f"This begins with neither of {', '.join(KINDS)}: paste the line of a .pub file.")
    try:
        key = hostkeys.describe(asyncssh.import_public_key(" ".join(words[:2])))
    except (asyncssh.KeyImportError, ValueError):
        raise ValueError("This is no public key, or a part of it is missing.") from None
    if key.type == "ssh-rsa" and _rsa_bits(key.line) < RSA_BITS:
        raise ValueError(f"RSA keys need {RSA_BITS} bits or more. Make a new one: ssh-keygen -t ed25519.")
    return key, words[2].strip() if len(words) > 2 else ""


def _rsa_bits(line: str) -> int:
    """Length of the modulus, the third field of the key (RFC 4253 §6.6)."""
    blob = base64.b64decode(line.split()[1])
    at, fields = 0, []
    for _ in range(3):
        (length,) = struct.unpack_from(">I", blob, at)
        fields.append(blob[at + 4 : at + 4 + length])
        at += 4 + length
    return int.from_bytes(fields[2], "big").bit_length()
