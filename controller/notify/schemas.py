"""What travels over the API for notices. Secrets of channels come in and never go out."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from controller.notify.news import News

Name = Annotated[str, Meta(min_length=1, max_length=100)]
Address = Annotated[str, Meta(max_length=320)]
Addresses = Annotated[list[Address], Meta(max_length=50)]
Kinds = Annotated[list[News], Meta(max_length=20)]
Groups = Annotated[list[Annotated[int, Meta(ge=1, le=2**63 - 1)]], Meta(max_length=1000)]
Zone = Annotated[str, Meta(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9_+/-]+$")]
Language = Literal["en", "zh-CN"]
Id = Annotated[int, Meta(ge=1, le=2**63 - 1)]
# more than a day of silence, or a second between mails to everybody, is no setting but a slip
Wait = Annotated[int, Meta(ge=0, le=3600)]
Interval = Annotated[int, Meta(ge=0, le=86400)]


class Input(Struct, kw_only=True, forbid_unknown_fields=True):
    """What callers send: an unknown field is an error, not a surprise."""


class ChannelKindView(Struct):
    """A kind of channel: a form is drawn from `schema`; `secrets` names the fields that are never sent back."""

    name: str
    addressed: bool
    secrets: list[str]
    schema: dict[str, Any]


class ChannelKindPage(Struct):
    """All kinds."""

    items: list[ChannelKindView]
    total: int


class NewChannel(Input):
    """A channel to make; `options` as its kind's schema says."""

    name: Name
    kind: Annotated[str, Meta(max_length=50)]
    options: dict[str, Any]
    enabled: bool = True

    def __repr__(self) -> str:
        return f"NewChannel(kind={self.kind!r}, •••)"


class ChannelChanges(Input):
    """What to change; a secret that is not sent stays, an empty one is forgotten."""

    name: Name | UnsetType = UNSET
    options: dict[str, Any] | UnsetType = UNSET
    enabled: bool | UnsetType = UNSET

    def __repr__(self) -> str:
        return "ChannelChanges(•••)"


class ChannelView(Struct, kw_only=True):
    """A channel without its secrets; `secrets_set` names those that are there. Counts are of the last 30 days."""

    id: int
    name: str
    kind: str
    enabled: bool
    options: dict[str, Any]
    secrets_set: list[str]
    sent: int
    waiting: int
    dead: int
    last_sent_at: datetime | None
    last_error: str
    created_at: datetime
    updated_at: datetime


class ChannelPage(Struct):
    """Channels by name."""

    items: list[ChannelView]
    total: int


class ChannelTrial(Input):
    """Where a test goes; empty for kinds that take no addresses."""

    address: Address = ""
    language: Language = "en"


class ChannelTrialResult(Struct):
    """What came of a test: in the other side's own words where it refused."""

    ok: bool
    words: str


class NewRoute(Input):
    """Which news goes by which channel to whom. `wait_s`: a message waits so long for what belongs to it;
    `interval_s`: the next one keeps this distance."""

    name: Name
    channel_id: Id
    addresses: Addresses
    news: Kinds
    all_hosts: bool = False
    group_ids: Groups = []
    language: Language = "en"
    zone: Zone = "UTC"
    wait_s: Wait = 30
    interval_s: Interval = 300
    enabled: bool = True


class RouteChanges(Input):
    """What to change; what is not sent stays."""

    name: Name | UnsetType = UNSET
    channel_id: Id | UnsetType = UNSET
    addresses: Addresses | UnsetType = UNSET
    news: Kinds | UnsetType = UNSET
    all_hosts: bool | UnsetType = UNSET
    group_ids: Groups | UnsetType = UNSET
    language: Language | UnsetType = UNSET
    zone: Zone | UnsetType = UNSET
    wait_s: Wait | UnsetType = UNSET
    interval_s: Interval | UnsetType = UNSET
    enabled: bool | UnsetType = UNSET


class RouteView(Struct, kw_only=True):
    """One of the administrators' routes."""

    id: int
    name: str
    channel_id: int
    addresses: list[str]
    news: list[str]
    all_hosts: bool
    group_ids: list[int]
    language: str
    zone: str
    wait_s: int
    interval_s: int
    enabled: bool


class RoutePage(Struct):
    """Routes by name."""

    items: list[RouteView]
    total: int


class ChannelChoice(Struct):
    """A channel as users see it who choose one."""

    id: int
    name: str
    kind: str
    addressed: bool


class OwnNews(Struct, kw_only=True):
    """What a user is told, and by which channels that can be. `confirmed`: the link in a mail to the address was
    followed; nothing is sent there before. `asked_at`: when such a link was sent last."""

    enabled: bool
    channel_id: int | None
    address: str
    confirmed: bool
    asked_at: datetime | None
    news: list[str]
    language: str
    zone: str
    channels: list[ChannelChoice]


class OwnChoice(Input, kw_only=True):
    """What a user wants to be told, and where."""

    enabled: bool
    channel_id: Id
    address: Address = ""
    news: Kinds
    language: Language = "en"
    zone: Zone = "UTC"


class ConfirmToken(Input, kw_only=True):
    """What a link in a mail holds."""

    token: Annotated[str, Meta(min_length=1, max_length=2000)]

    def __repr__(self) -> str:
        return "ConfirmToken(•••)"


class ConfirmedAddress(Struct):
    """The address that news is sent to from now on."""

    address: str


class DeliveryView(Struct, kw_only=True):
    """One message: `attempts` so far, `due_at` the next one while it is pending, `error` in the other side's words."""

    id: int
    channel_id: int
    route_id: int | None
    addresses: list[str]
    subject: str
    state: str
    attempts: int
    due_at: datetime
    created_at: datetime
    ended_at: datetime | None
    error: str


class DeliveryPage(Struct):
    """Messages, newest first. The next ones are asked for with `before` set to the last id."""

    items: list[DeliveryView]
    total: int
