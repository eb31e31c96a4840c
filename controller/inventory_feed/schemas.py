"""What travels to inventories elsewhere: plain facts of each host, no secret."""

from __future__ import annotations

from typing import Any

from msgspec import Struct


class FeedHost(Struct, kw_only=True):
    """One host. `jump`: the name of the host it is reached through; `state` as on the fleet page."""

    id: int
    name: str
    address: str
    port: int
    user: str
    groups: list[str]
    tags: list[str]
    note: str
    state: str
    enabled: bool
    monitoring_only: bool
    jump: str | None
    host_keys: list[str]
    facts: dict[str, Any]


class FeedGateway(Struct):
    """Moorline's SSH gateway, where it is on: clients go through it with `ssh -p PORT HOST@ADDRESS`."""

    port: int
    host_key: str


class Feed(Struct):
    """All hosts that the caller sees and that the filters leave, by name; `version` changes when any of it does."""

    version: str
    hosts: list[FeedHost]
    gateway: FeedGateway | None
