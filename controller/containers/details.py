"""One container, closely: what its engine says of it, what goes with it when it is removed, its processes."""

from __future__ import annotations

from typing import Any

from collectors.top import covered
from controller.containers import masks, views
from controller.containers.board import Entry
from controller.containers.deeds import Desk
from controller.containers.engine import Engine, is_anonymous
from controller.containers.errors import EngineAway, EngineRefused, NoSuchContainer
from controller.containers.reading import rows, table, text
from controller.containers.schemas import (
    ContainerDetail,
    EnvView,
    MountView,
    NetworkView,
    Removal,
    TopView,
    VolumeUse,
)


async def inspect(desk: Desk, host_name: str, entry: Entry, *, secrets: bool) -> ContainerDetail:
    """Everything; with `secrets` nothing of it is hidden. Raises EngineAway, NoSuchContainer."""
    found = await _inspect(desk.keeper.engine(entry.host_id, entry.engine), entry.container.id)
    config = table(found.get("Config"))
    return ContainerDetail(
        container=views.container(host_name, desk.board.host(entry.host_id), entry),
        env=[_variable(text(one), secrets=secrets) for one in rows(config.get("Env"))],
        mounts=_mounts(found),
        networks=_networks(found),
        entrypoint=_command(config.get("Entrypoint"), secrets=secrets),
        working_dir=text(config.get("WorkingDir")),
        user=text(config.get("User")),
        inspect=found if secrets else masks.document(found),
    )


async def _inspect(engine: Engine, identity: str) -> dict[str, Any]:
    found = await engine.inspect([identity])
    if not found:
        raise NoSuchContainer("The container has been removed meanwhile.")
    cleaned: dict[str, Any] = masks.clean(found[0])
    return cleaned


def _variable(said: str, *, secrets: bool) -> EnvView:
    name, _, value = said.partition("=")
    shown, masked = (value, False) if secrets else masks.variable(name, value)
    return EnvView(name, shown, masked)


def _command(found: Any, *, secrets: bool) -> str:
    words = " ".join(map(text, rows(found))) if isinstance(found, list) else text(found)
    return words if secrets else covered(words)


def _mounts(found: dict[str, Any]) -> list[MountView]:
    return [
        MountView(
            type=text(one.get("Type")),
            source=text(one.get("Source")),
            destination=text(one.get("Destination")),
            read_only=one.get("RW") is False,
            volume=text(one.get("Name")) or None,
        )
        for one in map(table, rows(found.get("Mounts")))
    ]


def _networks(found: dict[str, Any]) -> list[NetworkView]:
    networks = table(table(found.get("NetworkSettings")).get("Networks"))
    return [
        NetworkView(text(name), text(one.get("IPAddress")), text(one.get("Gateway")), text(one.get("MacAddress")))
        for name, one in ((name, table(value)) for name, value in networks.items())
    ]


async def removal(desk: Desk, entry: Entry) -> Removal:
    """What goes with it: its writable layer, its volumes, and who else leans on them or on its network."""
    engine = desk.keeper.engine(entry.host_id, entry.engine)
    mine = await _inspect(engine, entry.container.id)
    others = [e for e in desk.board.host(entry.host_id).entries.values() if e.engine == entry.engine and e is not entry]
    described = [table(one) for one in await engine.inspect([other.container.id for other in others])]
    sizes = {volume.name: volume for volume in await engine.volumes()}
    uses = []
    for mount in _mounts(mine):
        if mount.volume is None:
            continue
        kept = sizes.get(mount.volume)
        anonymous = is_anonymous(mount.volume, kept.labels if kept is not None else {})
        size_bytes = kept.size_bytes if kept is not None else None
        uses.append(VolumeUse(mount.volume, anonymous, size_bytes, users_of(mount.volume, described)))
    try:
        size_bytes = await engine.weigh(entry.container.id)
    except (EngineAway, EngineRefused):
        size_bytes = None
    return Removal(
        running=entry.container.running,
        size_bytes=size_bytes,
        volumes=uses,
        dependents=[other.container.name for other in others if _leans(other, entry)],
        project=entry.container.project,
    )


def users_of(volume: str, described: list[Any]) -> list[str]:
    """The containers that mount a volume, by name."""
    return sorted(
        text(one.get("Name")).removeprefix("/")
        for one in described
        if any(text(table(mount).get("Name")) == volume for mount in rows(one.get("Mounts")))
    )


def _leans(other: Entry, entry: Entry) -> bool:
    """Does the other use this one's network?"""
    _, colon, name = other.container.network_mode.partition("container:")
    return bool(colon) and name in {entry.container.id, entry.container.name}


async def top(desk: Desk, entry: Entry) -> TopView:
    """Its processes, without what looks like a secret in their command lines."""
    titles, found = await desk.keeper.engine(entry.host_id, entry.engine).top(entry.container.id)
    return TopView(titles, [[covered(word) for word in row] for row in found])
