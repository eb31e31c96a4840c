"""What travels over the API for hosts, groups, keys and events."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from msgspec import UNSET, Struct, UnsetType, field

from controller.hosts.credential_schemas import NewCredential
from controller.hosts.states import HostState


class Input(Struct, kw_only=True, forbid_unknown_fields=True):
    """What callers send: an unknown field is an error, not a surprise."""


class NewHost(Input):
    """A host to add. `credential` makes one at the same time; `host_key` pins a key that was compared already.

    `monitoring_only`: the key is bound to the restricted reader on the host.
    """

    address: str
    username: str
    name: str = ""
    port: int = 22
    credential_id: int | None = None
    credential: NewCredential | None = None
    jump_host_id: int | None = None
    group_ids: list[int] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)
    note: str = ""
    enabled: bool = True
    counted_interfaces: list[str] | None = None
    host_key: str | None = None
    monitoring_only: bool = False


class HostChanges(Input):
    """What to change about a host; what is not sent stays."""

    name: str | UnsetType = UNSET
    address: str | UnsetType = UNSET
    port: int | UnsetType = UNSET
    username: str | UnsetType = UNSET
    credential_id: int | UnsetType | None = UNSET
    credential: NewCredential | UnsetType = UNSET
    jump_host_id: int | UnsetType | None = UNSET
    group_ids: list[int] | UnsetType = UNSET
    tags: list[str] | UnsetType = UNSET
    note: str | UnsetType = UNSET
    enabled: bool | UnsetType = UNSET
    counted_interfaces: list[str] | UnsetType | None = UNSET
    monitoring_only: bool | UnsetType = UNSET


class PresentedKeyView(Struct):
    """The key that a host shows and nobody has approved."""

    type: str
    fingerprint: str
    line: str


class PinnedKeyView(Struct):
    """A key that somebody approved."""

    type: str
    fingerprint: str
    approved_by: str
    approved_at: datetime


class Summary(Struct):
    """The figures that lists show; null where the host has none."""

    cpu_percent: float | None = None
    memory_percent: float | None = None
    memory_used_bytes: float | None = None
    memory_total_bytes: float | None = None
    swap_percent: float | None = None
    disk_percent: float | None = None
    disk_used_bytes: float | None = None
    disk_total_bytes: float | None = None
    net_receive_bytes_per_second: float | None = None
    net_transmit_bytes_per_second: float | None = None
    load1: float | None = None
    load5: float | None = None
    load15: float | None = None
    uptime_s: float | None = None
    processes: float | None = None
    cpu_history: list[float | None] = field(default_factory=list)


class HostView(Struct, kw_only=True):
    """A host as the API shows it."""

    id: int
    name: str
    address: str
    port: int
    username: str
    credential_id: int | None
    jump_host_id: int | None
    group_ids: list[int]
    tags: list[str]
    note: str
    enabled: bool
    monitoring_only: bool
    state: HostState
    state_code: str | None
    state_reason: str
    state_since: datetime
    retry_at: datetime | None
    last_frame_at: datetime | None
    clock_offset_s: float | None
    presented_key: PresentedKeyView | None
    pinned_keys: list[PinnedKeyView]
    counted_interfaces: list[str] | None
    facts: dict[str, Any]
    summary: Summary
    created_at: datetime


class HostPage(Struct):
    """One page of a list. `counts` counts by state what the other filters leave, whatever state was asked for."""

    items: list[HostView]
    total: int
    counts: dict[str, int]


class KeysView(Struct):
    """A host's keys."""

    pinned: list[PinnedKeyView]
    presented: PresentedKeyView | None


class KeyApproval(Input):
    """The fingerprint that was compared."""

    fingerprint: str


class EventView(Struct):
    """Something that happened to a host."""

    id: int
    host_id: int
    at: datetime
    kind: str
    detail: dict[str, Any]


class CollectorView(Struct, kw_only=True):
    """How a collector fares on a host; `applicable` is false where what it reads does not exist."""

    name: str
    cadence: str
    help: str
    ok: bool | None
    applicable: bool
    last_success_at: datetime | None
    last_error: str
    last_error_at: datetime | None
    duration_ms: float | None


class SeriesView(Struct):
    """One number over time."""

    metric: str
    instance: str


class FrameView(Struct):
    """The last frame of a cadence group; `ts` in epoch seconds, `values` in the order of `series`."""

    cadence: str
    ts: float
    series: list[SeriesView]
    values: list[float | None]


class LatestView(Struct):
    """The last frames of a host."""

    frames: list[FrameView]


class GroupView(Struct):
    """A group with the number of its hosts that the caller sees."""

    id: int
    name: str
    host_count: int


class GroupInput(Input):
    """A group's name."""

    name: str


class TagView(Struct):
    """A tag with the number of hosts that carry it and that the caller sees."""

    name: str
    host_count: int


class Bulk(Input):
    """One action on many hosts. No ids means no hosts."""

    ids: list[int]
    action: Literal["enable", "disable", "delete", "add_tags", "remove_tags", "add_groups", "remove_groups"]
    tags: list[str] = field(default_factory=list)
    group_ids: list[int] = field(default_factory=list)


class BulkResult(Struct):
    """What became of one host."""

    id: int
    ok: bool
    code: str | None = None
    detail: str = ""


class BulkResults(Struct):
    """What became of each host, in the order asked."""

    items: list[BulkResult]


class Trial(Input):
    """A host to test. `host_id`: an existing one whose keys and, unless another is given, credential count."""

    address: str
    username: str
    port: int = 22
    credential_id: int | None = None
    credential: NewCredential | None = None
    jump_host_id: int | None = None
    host_id: int | None = None
    approved_fingerprint: str | None = None


class TrialStep(Struct):
    """One step of a test; `ok` null: not reached."""

    name: str
    ok: bool | None
    code: str
    detail: str
    duration_ms: float | None


class TrialResult(Struct):
    """How a test went; `presented_key` is the key that the host showed."""

    ok: bool
    steps: list[TrialStep]
    presented_key: PresentedKeyView | None
    facts: dict[str, Any]


class ProcessView(Struct):
    """A process; `cpu_percent` of one core."""

    pid: int
    user: str
    name: str
    command: str
    cpu_percent: float | None
    memory_bytes: float
    memory_percent: float | None


class ProcessesView(Struct):
    """The busiest and the biggest processes at one moment."""

    at: datetime
    by_cpu: list[ProcessView]
    by_memory: list[ProcessView]


class GroupPage(Struct):
    """Groups by name."""

    items: list[GroupView]
    total: int


class TagPage(Struct):
    """Tags by name."""

    items: list[TagView]
    total: int


class EventPage(Struct):
    """Events, newest first; `total` is the number of all in the range."""

    items: list[EventView]
    total: int


class CollectorPage(Struct):
    """The collectors of a host."""

    items: list[CollectorView]
    total: int
