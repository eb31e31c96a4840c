"""Which kinds of jobs there are: the files of `kinds/` that declare one. Nothing registers itself by being imported."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping
from typing import Any

import msgspec

from controller.core.errors import FieldError, Invalid
from controller.jobs import kinds
from controller.jobs.kind import Kind

Kinds = Mapping[str, Kind]


class RegistryError(Exception):
    """A kind's declaration contradicts itself."""


def load() -> dict[str, Kind]:
    """Every kind by name. Raises RegistryError that names the file and what is wrong."""
    found = {}
    for module in sorted(pkgutil.iter_modules(kinds.__path__), key=lambda one: one.name):
        kind = getattr(importlib.import_module(f"{kinds.__name__}.{module.name}"), "KIND", None)
        if not isinstance(kind, Kind):
            raise RegistryError(f"controller/jobs/kinds/{module.name}.py declares no KIND")
        if kind.name != module.name:
            raise RegistryError(f"controller/jobs/kinds/{module.name}.py calls itself {kind.name}")
        if not kind.spec.__struct_config__.forbid_unknown_fields:
            raise RegistryError(f"{kind.name}: its spec takes unknown fields")
        found[kind.name] = kind
    return found


def read(known: Kinds, name: str, spec: Mapping[str, Any]) -> Any:
    """The spec as the kind's own struct. Raises Invalid that names the field."""
    kind = known.get(name)
    if kind is None:
        raise _bad("kind", f"There is no kind of job named {name[:40]!r}; there are {', '.join(known)}.")
    try:
        made = msgspec.convert(dict(spec), kind.spec)
    except msgspec.ValidationError as error:
        words, _, where = str(error).partition(" - at `$")
        raise _bad(f"spec{where.rstrip('`')}", words) from None
    kind.validate(made)
    return made


def form(kind: Kind) -> dict[str, Any]:
    """The JSON schema of its spec, every definition inside."""
    (schema,), definitions = msgspec.json.schema_components([kind.spec], ref_template="#/$defs/{name}")
    name = schema["$ref"].rpartition("/")[2]
    return {**definitions[name], "$defs": {key: value for key, value in definitions.items() if key != name}}


def _bad(field: str, message: str) -> Invalid:
    return Invalid(message, errors=(FieldError(field, message),))
