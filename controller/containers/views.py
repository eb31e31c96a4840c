"""Containers and engines as the API and the live feed show them."""

from __future__ import annotations

from controller.containers.board import EngineStatus, Entry, Figures, HostShelf, stale
from controller.containers.schemas import ContainerView, EngineView, FiguresView, PortView
from controller.core.clock import as_datetime

DIGITS = 3


def engine(host_id: int, host_name: str, status: EngineStatus) -> EngineView:
    """An engine for the outside."""
    return EngineView(
        host_id=host_id,
        host_name=host_name,
        key=status.key,
        kind=status.kind,
        rootless=status.uid != 0,
        name=status.name,
        state=status.state,
        reason=status.reason,
        hint=status.hint,
        since=as_datetime(status.since),
        transport=status.transport,
        version=status.version,
        socket=status.socket,
        again_at=None if status.again_at is None else as_datetime(status.again_at),
    )


def container(host_name: str, shelf: HostShelf, entry: Entry) -> ContainerView:
    """A container for the outside."""
    found = entry.container
    status = shelf.engines.get(entry.engine)
    return ContainerView(
        host_id=entry.host_id,
        host_name=host_name,
        engine=entry.engine,
        engine_kind=status.kind if status is not None else entry.engine.partition("-")[0],
        id=found.id,
        name=found.name,
        entity_id=entry.entity_id,
        state=found.state,
        health=found.health,
        image=found.image,
        image_id=found.image_id,
        command=found.command,
        created_at=found.created_at,
        started_at=found.started_at,
        finished_at=found.finished_at,
        exit_code=found.exit_code,
        oom_killed=found.oom_killed,
        restarts=found.restarts,
        restart_policy=found.restart_policy,
        ports=[PortView(port.private, port.public, port.protocol, port.address) for port in found.ports],
        project=found.project,
        service=found.service,
        network_mode=found.network_mode,
        labels=dict(found.labels),
        stale=stale(shelf, entry),
        figures=figures(entry.figures),
    )


def figures(found: Figures | None) -> FiguresView | None:
    """Figures for the outside: the collector's metrics in their order."""
    if found is None:
        return None
    at, values = found
    return FiguresView(at, *(None if value is None else round(value, DIGITS) for value in values))
