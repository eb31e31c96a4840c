"""Images and volumes of a host, and what of all that is not in use any more."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection

from controller.containers.board import ContainerBoard
from controller.containers.deeds import Desk, engine_of, host, recorded
from controller.containers.details import users_of
from controller.containers.engine import is_anonymous
from controller.containers.reading import PROJECT, table
from controller.containers.schemas import (
    DoomedView,
    ImagePage,
    ImageView,
    PrunePreview,
    PruneResult,
    PruneWish,
    VolumePage,
    VolumeView,
)
from controller.hosts.act import Act
from controller.users.rights import Action


async def images(desk: Desk, host_id: int, key: str | None) -> ImagePage:
    """An engine's images, the largest first."""
    key, engine = engine_of(desk, host_id, key)
    using = _users_of_images(desk.board, host_id, key)
    found = [
        ImageView(
            engine=key,
            id=one.id,
            tags=list(one.tags),
            size_bytes=one.size_bytes,
            created_at=one.created_at,
            containers=sorted(using.get(one.id.removeprefix("sha256:"), ())),
            dangling=not one.tags,
        )
        for one in await engine.images()
    ]
    found.sort(key=lambda one: -one.size_bytes)
    return ImagePage(found, len(found), sum(one.size_bytes for one in found))


def _users_of_images(board: ContainerBoard, host_id: int, key: str) -> dict[str, list[str]]:
    using: dict[str, list[str]] = defaultdict(list)
    for entry in board.host(host_id).entries.values():
        if entry.engine == key:
            using[entry.container.image_id.removeprefix("sha256:")].append(entry.container.name)
    return using


async def volumes(desk: Desk, host_id: int, key: str | None) -> VolumePage:
    """An engine's volumes by name, with who mounts them."""
    key, engine = engine_of(desk, host_id, key)
    ids = [e.container.id for e in desk.board.host(host_id).entries.values() if e.engine == key]
    described = [table(one) for one in await engine.inspect(ids)]
    found = [
        VolumeView(
            engine=key,
            name=one.name,
            driver=one.driver,
            mountpoint=one.mountpoint,
            size_bytes=one.size_bytes,
            created_at=one.created_at,
            project=next((one.labels[label] for label in PROJECT if one.labels.get(label)), None),
            anonymous=is_anonymous(one.name, one.labels),
            used_by=users_of(one.name, described),
        )
        for one in await engine.volumes()
    ]
    found.sort(key=lambda one: one.name)
    return VolumePage(found, len(found), sum(one.size_bytes or 0 for one in found))


async def remove_image(desk: Desk, act: Act, host_id: int, identity: str, key: str | None, *, force: bool) -> None:
    """Remove an image, or a tag of it. Raises NotFound, Forbidden, EngineRefused, EngineAway."""
    row = await host(desk, act.principal, host_id, Action.HOSTS_OPERATE)
    key, engine = engine_of(desk, host_id, key)
    work = engine.remove_image(identity, force=force)
    await recorded(desk, act, row, "image.remove", work, image=identity, engine=key, force=force)


async def remove_volume(desk: Desk, act: Act, host_id: int, name: str, key: str | None) -> None:
    """Remove a volume with what is in it. Raises as `remove_image`."""
    row = await host(desk, act.principal, host_id, Action.HOSTS_OPERATE)
    key, engine = engine_of(desk, host_id, key)
    await recorded(desk, act, row, "volume.remove", engine.remove_volume(name), volume=name, engine=key)


async def preview(
    desk: Desk, host_id: int, key: str | None, kinds: Collection[str], *, all_images: bool
) -> PrunePreview:
    """What a prune would take away."""
    _, engine = engine_of(desk, host_id, key)
    doomed = await engine.doomed(kinds, all_images=all_images)
    found = [DoomedView(one.kind, one.id, one.name, one.size_bytes) for one in doomed]
    return PrunePreview(found, sum(one.size_bytes or 0 for one in found))


async def prune(desk: Desk, act: Act, host_id: int, wish: PruneWish) -> PruneResult:
    """Take it away, kind by kind: containers first, since they hold the rest in use."""
    row = await host(desk, act.principal, host_id, Action.HOSTS_OPERATE)
    key, engine = engine_of(desk, host_id, wish.engine)
    deleted: list[str] = []
    freed = 0
    order = ("containers", "networks", "volumes", "images", "build_cache")
    for kind in (kind for kind in order if kind in wish.kinds):
        work = engine.prune(kind, all_images=wish.all_images)
        gone, size_bytes = await recorded(desk, act, row, "container.prune", work, kind=kind, engine=key)
        deleted += gone
        freed += size_bytes
    return PruneResult(deleted, freed)
