"""Which collectors there are: the files of this folder that declare one. Nothing registers itself by being imported."""

from __future__ import annotations

import importlib
import pkgutil

import collectors
from collectors.spec import Cadence, Collector, File, Kind

NOT_COLLECTORS = {"spec", "reader", "registry"}


class RegistryError(Exception):
    """A collector's declaration contradicts itself or another one's."""


def load() -> dict[str, Collector]:
    """Every collector by name, in the order of names. Raises RegistryError that names the file and what is wrong."""
    found: dict[str, Collector] = {}
    metrics: dict[str, str] = {}
    for module in sorted(pkgutil.iter_modules(collectors.__path__), key=lambda m: m.name):
        if module.name in NOT_COLLECTORS:
            continue
        collector = getattr(importlib.import_module(f"collectors.{module.name}"), "COLLECTOR", None)
        if not isinstance(collector, Collector):
            raise RegistryError(f"collectors/{module.name}.py declares no COLLECTOR")
        if collector.name != module.name:
            raise RegistryError(f"collectors/{module.name}.py calls itself {collector.name}")
        _check(collector, metrics)
        found[collector.name] = collector
    return found


def core_files(found: dict[str, Collector]) -> tuple[File, ...]:
    """The files that the reader is asked for at each tick, each once."""
    files = {file.path: file for each in found.values() if each.cadence is Cadence.CORE for file in each.files}
    return tuple(files.values())


def _check(collector: Collector, metrics: dict[str, str]) -> None:
    if (collector.cadence is Cadence.CORE) == bool(collector.script):
        raise RegistryError(f"{collector.name}: core collectors name files, the others bring a script")
    for table in collector.tables:
        for metric in table.metrics:
            if metric.name in metrics:
                raise RegistryError(f"{collector.name}: {metric.name} is declared by {metrics[metric.name]} already")
            metrics[metric.name] = collector.name
            needs_over = metric.kind in {Kind.SHARE, Kind.MEAN}
            if metric.column not in table.columns or (metric.over in table.columns) != needs_over:
                raise RegistryError(f"{collector.name}: {metric.name} does not fit the columns of {table.name}")
