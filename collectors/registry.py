"""Which collectors there are: the files of this folder that declare one. Nothing registers itself by being imported."""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import Collection, Iterable, Mapping

import collectors
from collectors.spec import Cadence, Collector, File, Kind, Metric, Table

NOT_COLLECTORS = frozenset({"spec", "reader", "registry", "figures", "script", "engines", "restricted"})
NAME = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*\Z")
PAIRS = (Kind.SHARE, Kind.MEAN)  # kinds of metric that need a second column


class RegistryError(Exception):
    """A collector's declaration contradicts itself or another one's."""


def load() -> dict[str, Collector]:
    """Every collector by name, in the order of names. Raises RegistryError that names the file and what is wrong."""
    names = sorted(module.name for module in pkgutil.iter_modules(collectors.__path__))
    return gather((name, find(name)) for name in names if name not in NOT_COLLECTORS)


def find(name: str) -> Collector:
    """The collector that the module of this name declares."""
    collector = getattr(importlib.import_module(f"{collectors.__name__}.{name}"), "COLLECTOR", None)
    if not isinstance(collector, Collector):
        raise RegistryError(f"collectors/{name}.py declares no COLLECTOR")
    return collector


def gather(found: Iterable[tuple[str, Collector]]) -> dict[str, Collector]:
    """Collectors by name, each checked by itself and against those before it."""
    gathered: dict[str, Collector] = {}
    tables: set[str] = set()
    metrics: set[str] = set()
    for name, collector in found:
        if collector.name != name:
            raise RegistryError(f"collectors/{name}.py calls itself {collector.name}")
        _check(collector)
        _add(name, tables, (table.name for table in collector.tables))
        _add(name, metrics, (metric.name for table in collector.tables for metric in table.metrics))
        gathered[name] = collector
    core_files(gathered)
    return gathered


def core_files(found: Mapping[str, Collector]) -> tuple[File, ...]:
    """The files that the reader is asked for at each tick, each once, in the order of the collectors.

    Raises RegistryError when two collectors keep different lines of one file.
    """
    files: dict[str, File] = {}
    for collector in found.values():
        for file in collector.files if collector.cadence is Cadence.CORE else ():
            if files.setdefault(file.path, file) != file:
                raise RegistryError(f"{collector.name} keeps other lines of {file.path} than a collector before it")
    return tuple(files.values())


def _check(collector: Collector) -> None:
    reads = collector.cadence in {Cadence.CORE, Cadence.ENTITY}
    if bool(collector.files) != reads or bool(collector.script) == reads:
        raise RegistryError(f"{collector.name}: core collectors name files, the others bring a script")
    _legal(collector.name, [collector.name])
    paths: set[str] = set()
    for file in collector.files:
        if file.after and file.after not in paths:
            raise RegistryError(f"{collector.name}: {file.path} comes after {file.after}, which is not read before it")
        _add(collector.name, paths, [file.path])
    for table in collector.tables:
        columns: set[str] = set()
        _add(collector.name, columns, table.columns)
        _legal(collector.name, [table.name, *table.columns])
        for metric in table.metrics:
            _check_metric(collector.name, table, metric, columns)


def _check_metric(owner: str, table: Table, metric: Metric, columns: Collection[str]) -> None:
    _legal(owner, [metric.name])
    fits = metric.column in columns and (metric.over is None or metric.over in columns)
    if not fits or (metric.over is not None) != (metric.kind in PAIRS):
        raise RegistryError(f"{owner}: {metric.name} does not fit the columns of {table.name}")


def _legal(owner: str, names: Iterable[str]) -> None:
    for name in names:
        if not NAME.match(name):
            raise RegistryError(f"{owner}: {name!r} is no legal name")


def _add(owner: str, known: set[str], names: Iterable[str]) -> None:
    for name in names:
        if name in known:
            raise RegistryError(f"{owner}: {name} is declared already")
        known.add(name)
