"""What the routes of containers take and answer."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

Verb = Literal["start", "stop", "restart", "pause", "unpause", "kill"]
Kind = Literal["containers", "images", "volumes", "networks", "build_cache"]
Seconds = Annotated[int, Meta(ge=0, le=300)]
Signal = Annotated[str, Meta(pattern=r"^(SIG)?[A-Z][A-Z0-9+-]{1,12}$")]
Reference = Annotated[str, Meta(min_length=1, max_length=400, pattern=r"^[A-Za-z0-9][A-Za-z0-9._/:@+-]*$")]
Key = Annotated[str, Meta(max_length=40)]


class EngineView(msgspec.Struct, frozen=True):
    """An engine of a host; `hint` is the way to mend what `reason` says.

    `again_at`: when one that cannot be used is looked at again; null where it is tried every few seconds, or is up.
    """

    host_id: int
    host_name: str
    key: str
    kind: str
    rootless: bool
    name: str
    state: str
    reason: str
    hint: str
    since: datetime
    transport: str | None
    version: str | None
    socket: str | None
    again_at: datetime | None


class PortView(msgspec.Struct, frozen=True):
    """A port; `public` is null where it is not published."""

    private: int
    public: int | None
    protocol: str
    address: str


class FiguresView(msgspec.Struct, frozen=True):
    """A container's last reading, `at` in epoch seconds."""

    at: float
    cpu_percent: float | None
    memory_bytes: float | None
    memory_limit_bytes: float | None
    memory_percent: float | None
    net_receive_bytes_per_second: float | None
    net_transmit_bytes_per_second: float | None
    disk_read_bytes_per_second: float | None
    disk_write_bytes_per_second: float | None
    processes: float | None


class ContainerView(msgspec.Struct, frozen=True):
    """A container as lists show it. `stale`: only what was last known, since engine or host do not answer."""

    host_id: int
    host_name: str
    engine: str
    engine_kind: str
    id: str
    name: str
    entity_id: int | None
    state: str
    health: str | None
    image: str
    image_id: str
    command: str
    created_at: datetime | None
    started_at: datetime | None
    finished_at: datetime | None
    exit_code: int | None
    oom_killed: bool
    restarts: int
    restart_policy: str
    ports: list[PortView]
    project: str | None
    service: str | None
    network_mode: str
    labels: dict[str, str]
    stale: bool
    figures: FiguresView | None


class ProjectView(msgspec.Struct, frozen=True):
    """A compose project on a host."""

    host_id: int
    host_name: str
    project: str
    total: int
    running: int


class HostCount(msgspec.Struct, frozen=True):
    """A host that has containers."""

    id: int
    name: str
    total: int


class ContainerPage(msgspec.Struct, frozen=True):
    """Containers of many hosts; `counts` by state before the filter by state, the rest what can be chosen."""

    items: list[ContainerView]
    total: int
    counts: dict[str, int]
    projects: list[ProjectView]
    images: list[str]
    hosts: list[HostCount]
    engines: list[EngineView]


class HostContainers(msgspec.Struct, frozen=True):
    """Everything of one host."""

    engines: list[EngineView]
    items: list[ContainerView]
    total: int
    probed_at: datetime | None


class EnvView(msgspec.Struct, frozen=True):
    """A variable; its value is dots where it is hidden."""

    name: str
    value: str
    masked: bool


class MountView(msgspec.Struct, frozen=True):
    """What is mounted in a container."""

    type: str
    source: str
    destination: str
    read_only: bool
    volume: str | None


class NetworkView(msgspec.Struct, frozen=True):
    """A network that it is on."""

    name: str
    address: str
    gateway: str
    mac: str


class ContainerDetail(msgspec.Struct, frozen=True):
    """One container and all that its engine says of it."""

    container: ContainerView
    env: list[EnvView]
    mounts: list[MountView]
    networks: list[NetworkView]
    entrypoint: str
    working_dir: str
    user: str
    inspect: dict[str, Any]


class Deed(msgspec.Struct, forbid_unknown_fields=True):
    """What to do to a container."""

    action: Verb
    timeout_s: Seconds | None = None
    signal: Signal | None = None


class VolumeUse(msgspec.Struct, frozen=True):
    """A volume of a container that is to be removed."""

    name: str
    anonymous: bool
    size_bytes: int | None
    used_by: list[str]


class Removal(msgspec.Struct, frozen=True):
    """What goes with a container."""

    running: bool
    size_bytes: int | None
    volumes: list[VolumeUse]
    dependents: list[str]
    project: str | None


class TopView(msgspec.Struct, frozen=True):
    """Processes of a container."""

    titles: list[str]
    processes: list[list[str]]


class LogLine(msgspec.Struct, frozen=True):
    """A line of a log; `at` in epoch seconds."""

    at: float | None
    stream: str
    text: str


class LogPage(msgspec.Struct, frozen=True):
    """The last lines that fit the question, oldest first. `truncated`: there are more."""

    lines: list[LogLine]
    truncated: bool


class BulkItem(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A container of a host."""

    host_id: int
    container_id: Annotated[str, Meta(max_length=255)]


class BulkDeed(msgspec.Struct, forbid_unknown_fields=True):
    """What to do to many containers."""

    items: Annotated[list[BulkItem], Meta(max_length=200)]
    action: Literal["start", "stop", "restart", "pause", "unpause", "kill", "remove"]
    force: bool = False
    volumes: bool = False


class BulkResult(msgspec.Struct, frozen=True):
    """How it went with one."""

    host_id: int
    container_id: str
    ok: bool
    code: str | None = None
    detail: str = ""


class BulkResults(msgspec.Struct, frozen=True):
    """How it went with each."""

    items: list[BulkResult]


class ImageView(msgspec.Struct, frozen=True):
    """An image and who uses it."""

    engine: str
    id: str
    tags: list[str]
    size_bytes: int
    created_at: datetime | None
    containers: list[str]
    dangling: bool


class ImagePage(msgspec.Struct, frozen=True):
    """Images; `size_bytes` is their sum, shared layers counted as often as they are shared."""

    items: list[ImageView]
    total: int
    size_bytes: int


class PullWish(msgspec.Struct, forbid_unknown_fields=True):
    """An image to pull."""

    reference: Reference
    engine: Key | None = None


class LayerView(msgspec.Struct, frozen=True):
    """One layer on its way."""

    id: str
    status: str
    current: int
    total: int | None


class PullView(msgspec.Struct, frozen=True):
    """A pull: running, done, failed or cancelled."""

    id: str
    engine: str
    reference: str
    state: str
    current_bytes: int
    total_bytes: int | None
    status: str
    layers: list[LayerView]
    error: str
    started_at: datetime
    ended_at: datetime | None
    by: str


class PullPage(msgspec.Struct, frozen=True):
    """Pulls of a host, newest first."""

    items: list[PullView]
    total: int


class VolumeView(msgspec.Struct, frozen=True):
    """A volume and who uses it."""

    engine: str
    name: str
    driver: str
    mountpoint: str
    size_bytes: int | None
    created_at: datetime | None
    project: str | None
    anonymous: bool
    used_by: list[str]


class VolumePage(msgspec.Struct, frozen=True):
    """Volumes; `size_bytes` is the sum of those whose size is known."""

    items: list[VolumeView]
    total: int
    size_bytes: int


class DoomedView(msgspec.Struct, frozen=True):
    """Something that a prune would take away."""

    kind: str
    id: str
    name: str
    size_bytes: int | None


class PrunePreview(msgspec.Struct, frozen=True):
    """All that a prune would take away."""

    items: list[DoomedView]
    reclaimable_bytes: int


class PruneWish(msgspec.Struct, forbid_unknown_fields=True):
    """What to prune."""

    kinds: Annotated[list[Kind], Meta(min_length=1, max_length=5)]
    engine: Key | None = None
    all_images: bool = False


class PruneResult(msgspec.Struct, frozen=True):
    """What went."""

    deleted: list[str]
    reclaimed_bytes: int
