"""Which kinds of channels there are: the files of `channels`. Nothing registers itself by being imported."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping
from typing import Any

import msgspec

from controller.notify import channels
from controller.notify.plug import Kind


class RegistryError(Exception):
    """A file of `channels` declares no channel, or one by another name."""


def load() -> dict[str, Kind]:
    """Every kind by name. Raises RegistryError that names the file."""
    found: dict[str, Kind] = {}
    for module in sorted(pkgutil.iter_modules(channels.__path__), key=lambda one: one.name):
        kind = getattr(importlib.import_module(f"{channels.__name__}.{module.name}"), "CHANNEL", None)
        if not isinstance(kind, Kind) or kind.name != module.name:
            raise RegistryError(f"channels/{module.name}.py declares no CHANNEL of its own name")
        found[kind.name] = kind
    return found


def schema(kind: Kind) -> dict[str, Any]:
    """The JSON schema of the kind's settings, without references: a form is drawn from it."""
    (_,), components = msgspec.json.schema_components([kind.settings], ref_template="{name}")
    plain: dict[str, Any] = components[kind.settings.__name__]
    return plain


def secret_fields(kind: Kind) -> frozenset[str]:
    """The fields that are sealed and never sent back."""
    properties: Mapping[str, Mapping[str, Any]] = schema(kind)["properties"]
    return frozenset(name for name, field in properties.items() if field.get("writeOnly"))
