"""A channel's settings, put together from what is kept open and what is sealed."""

from __future__ import annotations

import json
from typing import Any

import msgspec

from controller.core.secrets import Secret, Vault
from controller.notify import registry
from controller.notify.models import Channel
from controller.notify.plug import Kind


def place(channel_id: int) -> str:
    """Where the sealed fields are at home: they open nowhere else."""
    return f"notify_channel/{channel_id}/sealed"


class Sealer:
    """Splits settings into open and sealed fields, and joins them again."""

    def __init__(self, vault: Vault) -> None:
        self.vault = vault

    def keep(self, row: Channel, kind: Kind, settings: msgspec.Struct) -> None:
        """Put settings into the row, which has its id."""
        secret = registry.secret_fields(kind)
        plain = msgspec.to_builtins(settings)
        row.settings = {name: value for name, value in plain.items() if name not in secret}
        hidden = {name: value for name, value in plain.items() if name in secret and value}
        row.sealed = self.vault.seal(Secret(json.dumps(hidden)), place(row.id)) if hidden else None

    def hidden(self, row: Channel) -> dict[str, Any]:
        """The sealed fields. Raises VaultError when the key file does not open them."""
        if row.sealed is None:
            return {}
        found: dict[str, Any] = json.loads(self.vault.open(row.sealed, place(row.id)).reveal())
        return found

    def open(self, row: Channel, kind: Kind) -> Any:
        """The whole settings, as the kind's Struct. Raises VaultError, and ValidationError for a row of old."""
        return msgspec.convert({**row.settings, **self.hidden(row)}, kind.settings)
