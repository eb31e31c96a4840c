"""Secrets: a type that does not print, and envelope encryption for what the database keeps.

Each value is sealed with AES-256-GCM under a data key of its own; the data key is sealed under a master key that lives
outside the database. The place of a value (table, row, field) is authenticated with it, so that a ciphertext moved to
another row does not open. Rotation adds a master key and re-wraps the data keys only.
"""

from __future__ import annotations

import base64
import json
import os
import secrets
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

VERSION = 1
NONCE_BYTES = 12  # the nonce length that AES-GCM is specified for (NIST SP 800-38D §8.2)
KEY_BYTES = 32
ID_BYTES = 4
FOLDER_MODE = 0o711  # of a new data folder: the embedded database's account passes through, and nobody looks in
WRAPPED_BYTES = NONCE_BYTES + KEY_BYTES + 16  # nonce, key, GCM tag


class Secret:
    """A string that must not be printed: `str`, `repr` and logs show a mask. Equal by value."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """The string itself: call this only where it is used."""
        return self._value

    def __repr__(self) -> str:
        return "Secret(•••)"

    __str__ = __repr__

    def __bool__(self) -> bool:
        return bool(self._value)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and secrets.compare_digest(self._value.encode(), other._value.encode())

    def __hash__(self) -> int:
        return hash(("Secret", self._value))


class VaultError(Exception):
    """A sealed value cannot be opened: wrong master key, another place, or a damaged value."""


class Keyring:
    """The master keys in a file outside the database: the first seals, all of them open."""

    def __init__(self, keys: dict[bytes, bytes]) -> None:
        if not keys:
            raise VaultError("the key file holds no key; restore it from your backup")
        self._keys = keys
        self.active = next(iter(keys))

    def key(self, identity: bytes) -> bytes:
        """The master key of that id. Raises VaultError when the file does not hold it."""
        try:
            return self._keys[identity]
        except KeyError:
            raise VaultError(
                f"the master key {identity.hex()} is not in the key file; restore the file from your backup"
            ) from None

    @classmethod
    def load(cls, path: Path) -> Keyring:
        """Read the key file (mode 0600), or make one with one fresh key. Raises VaultError on a damaged file."""
        if not path.exists():
            ring = cls({secrets.token_bytes(ID_BYTES): secrets.token_bytes(KEY_BYTES)})
            ring.save(path)
            return ring
        return cls.parse(path.read_bytes(), str(path))

    @classmethod
    def parse(cls, text: bytes, called: str) -> Keyring:
        """The keys in a key file's text; `called`: how a message names it. Raises VaultError on a damaged one."""
        try:
            rows = json.loads(text)["keys"]
            keys = {bytes.fromhex(row["id"]): base64.b64decode(row["key"]) for row in rows}
        except (ValueError, KeyError, TypeError) as error:
            raise VaultError(f"{called} is not a Moorline key file; restore it from your backup") from error
        if any(len(key) != KEY_BYTES or len(identity) != ID_BYTES for identity, key in keys.items()):
            raise VaultError(f"{called} holds a key of the wrong length; restore it from your backup")
        return cls(keys)

    def joined(self, other: Keyring) -> Keyring:
        """All keys of both; this ring's own first one seals from now on."""
        return Keyring({**self._keys, **other._keys})

    def with_new_key(self) -> Keyring:
        """The same ring with a fresh key in front, which seals from now on."""
        return Keyring({secrets.token_bytes(ID_BYTES): secrets.token_bytes(KEY_BYTES), **self._keys})

    def save(self, path: Path) -> None:
        """Write the file whole or not at all, readable by its owner only."""
        rows = [{"id": i.hex(), "key": base64.b64encode(k).decode()} for i, k in self._keys.items()]
        path.parent.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
        draft = path.with_name(path.name + ".new")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as file:
            json.dump({"keys": rows}, file)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)


class Vault:
    """Seals and opens values for the database."""

    def __init__(self, ring: Keyring) -> None:
        self._ring = ring

    def seal(self, secret: Secret, place: str) -> bytes:
        """Encrypt; `place` names table, row and field, such as "credential/7/password"."""
        data_key = secrets.token_bytes(KEY_BYTES)
        wrapped = _encrypt(self._ring.key(self._ring.active), data_key, place)
        return bytes([VERSION]) + self._ring.active + wrapped + _encrypt(data_key, secret.reveal().encode(), place)

    def open(self, sealed: bytes, place: str) -> Secret:
        """Decrypt. Raises VaultError when the key, the place or the bytes are not those it was sealed with."""
        data_key, body = self._unwrap(sealed, place)
        return Secret(_decrypt(data_key, body, place).decode())

    def rewrap(self, sealed: bytes, place: str) -> bytes:
        """The same value with its data key sealed under the active master key. Raises VaultError as `open` does."""
        data_key, body = self._unwrap(sealed, place)
        wrapped = _encrypt(self._ring.key(self._ring.active), data_key, place)
        return bytes([VERSION]) + self._ring.active + wrapped + body

    def _unwrap(self, sealed: bytes, place: str) -> tuple[bytes, bytes]:
        head = 1 + ID_BYTES
        if len(sealed) < head + WRAPPED_BYTES + NONCE_BYTES + 16 or sealed[0] != VERSION:
            raise VaultError("a stored secret is damaged; enter it again")
        master = self._ring.key(sealed[1:head])
        return _decrypt(master, sealed[head : head + WRAPPED_BYTES], place), sealed[head + WRAPPED_BYTES :]


def _encrypt(key: bytes, plain: bytes, place: str) -> bytes:
    nonce = secrets.token_bytes(NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, plain, place.encode())


def _decrypt(key: bytes, sealed: bytes, place: str) -> bytes:
    try:
        return AESGCM(key).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], place.encode())
    except InvalidTag:
        raise VaultError(
            "a stored secret does not open with this key file; restore the file or enter it again"
        ) from None
