"""What the hosts slice tells the others, after the commit."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

ROUTE = frozenset({"address", "port", "username", "credential_id", "jump_host_id", "monitoring_only"})


@dataclass(frozen=True, slots=True)
class HostAdded:
    """A host is there; `enabled` says whether a line to it is wanted."""

    host_id: int
    revision: int
    enabled: bool
    group_ids: frozenset[int]
    counted_interfaces: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class HostChanged:
    """A host was edited: `what` holds the changed fields by their names in the API, the rest how it is now."""

    host_id: int
    revision: int
    what: frozenset[str]
    enabled: bool
    group_ids: frozenset[int]
    counted_interfaces: tuple[str, ...] | None = None

    @property
    def moves_line(self) -> bool:
        """Does an open line no longer fit, so that it has to be made anew?"""
        return not ROUTE.isdisjoint(self.what)


@dataclass(frozen=True, slots=True)
class HostRemoved:
    """A host is gone, with everything that was known of it."""

    host_id: int


@dataclass(frozen=True, slots=True)
class HostKeyApproved:
    """A human approved the key that a host presents."""

    host_id: int


@dataclass(frozen=True, slots=True)
class RetryAsked:
    """A human asked to connect now instead of waiting."""

    host_id: int


@dataclass(frozen=True, slots=True)
class CredentialChanged:
    """The secret of a credential is another one: lines of these hosts log in with it from the next time on."""

    credential_id: int
    host_ids: frozenset[int]


@dataclass(frozen=True, slots=True)
class HostEventWritten:
    """Something happened to a host and is in its list of events."""

    id: int
    host_id: int
    at: datetime
    kind: str
    detail: dict[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class GroupRemoved:
    """A group is gone; its hosts are not."""

    group_id: int
