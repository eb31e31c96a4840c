"""What travels over the API for credentials. Secrets come in and never go out."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from msgspec import UNSET, Struct, UnsetType


class NewCredential(Struct, kw_only=True, forbid_unknown_fields=True):
    """A credential to add: a password, or a private key with its passphrase if it has one."""

    name: str
    kind: Literal["password", "key"]
    password: str | None = None
    private_key: str | None = None
    passphrase: str | None = None

    def __repr__(self) -> str:
        return f"NewCredential(kind={self.kind!r}, •••)"


class CredentialChanges(Struct, kw_only=True, forbid_unknown_fields=True):
    """What to change about a credential; its kind stays. A new private key comes with its own passphrase or none."""

    name: str | UnsetType = UNSET
    password: str | UnsetType = UNSET
    private_key: str | UnsetType = UNSET
    passphrase: str | UnsetType | None = UNSET

    def __repr__(self) -> str:
        return "CredentialChanges(•••)"


class CredentialView(Struct, kw_only=True):
    """A credential without its secret; `host_count` counts the hosts that use it and that the caller sees."""

    id: int
    name: str
    kind: str
    public_key: str | None
    fingerprint: str | None
    owner_id: int | None
    host_count: int
    created_at: datetime
    updated_at: datetime


class CredentialPage(Struct):
    """Credentials by name."""

    items: list[CredentialView]
    total: int
