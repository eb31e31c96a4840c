"""What travels over the API for schedules."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from controller.jobs.schedules.rules import Rule, Window
from controller.jobs.schemas import Params

Name = Annotated[str, Meta(min_length=1, max_length=200)]
Zone = Annotated[str, Meta(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9_+/-]+$")]
Misfire = Literal["once", "skip", "all"]
Overlap = Literal["skip", "queue", "allow", "cancel"]
Jitter = Annotated[int, Meta(ge=0, le=86400)]
Windows = Annotated[list[Window], Meta(max_length=50)]
Id = Annotated[int, Meta(ge=1, le=2**63 - 1)]


class Input(Struct, kw_only=True, forbid_unknown_fields=True):
    """What callers send: an unknown field is an error, not a surprise."""


class NewSchedule(Input):
    """A template or a workflow, when, and what happens where times meet. `misfire`: for times at which Moorline was not
    there; `overlap`: when the run before still goes on. Times in `windows` are left out."""

    name: Name
    rule: Rule
    template_id: Id | None = None
    workflow_id: Id | None = None
    zone: Zone = "UTC"
    params: Params = {}
    misfire: Misfire = "once"
    overlap: Overlap = "skip"
    jitter_s: Jitter = 0
    windows: Windows = []
    enabled: bool = True


class ScheduleChanges(Input):
    """What to change; what is not sent stays, as do secret answers that are not sent. A template takes the place of a
    workflow, and the other way round."""

    name: Name | UnsetType = UNSET
    template_id: Id | UnsetType | None = UNSET
    workflow_id: Id | UnsetType | None = UNSET
    rule: Rule | UnsetType = UNSET
    zone: Zone | UnsetType = UNSET
    params: Params | UnsetType = UNSET
    misfire: Misfire | UnsetType = UNSET
    overlap: Overlap | UnsetType = UNSET
    jitter_s: Jitter | UnsetType = UNSET
    windows: Windows | UnsetType = UNSET
    enabled: bool | UnsetType = UNSET


class Wish(Input):
    """A rule to look at before it is kept."""

    rule: Rule
    zone: Zone = "UTC"
    windows: Windows = []
    number: Annotated[int, Meta(ge=1, le=100)] = 5


class Coming(Struct):
    """A time that comes. `local`: by the schedule's wall clock, with its offset; `shut`: it falls into a window."""

    at: datetime
    local: str
    shut: bool


class ComingPage(Struct):
    """Times in their order."""

    items: list[Coming]
    total: int


class ScheduleView(Struct, kw_only=True):
    """A schedule; `secrets_set` names the secret answers that are kept. `may_change`: the caller may."""

    id: int
    name: str
    enabled: bool
    template_id: int | None
    template_name: str
    workflow_id: int | None
    workflow_name: str
    owner_id: int
    owner: str
    params: dict[str, object]
    secrets_set: list[str]
    rule: Rule
    zone: str
    misfire: str
    overlap: str
    jitter_s: int
    windows: list[Window]
    next: list[Coming]
    last: FireView | None
    may_change: bool
    created_at: datetime
    updated_at: datetime


class SchedulePage(Struct):
    """Schedules by name."""

    items: list[ScheduleView]
    total: int


class FireView(Struct, kw_only=True):
    """One time and what became of it: launched, queued, skipped (overlap), missed, shut (window) or failed."""

    id: int
    at: datetime
    fired_at: datetime
    outcome: str
    job_id: int | None
    workflow_run_id: int | None
    note: str
    by_hand: bool


class FirePage(Struct):
    """Times, the last first."""

    items: list[FireView]
    total: int


class Planned(Struct):
    """A time of a schedule, for the calendar."""

    schedule_id: int
    name: str
    at: datetime
    shut: bool


class Plan(Struct):
    """What will run in a stretch of time; `more`: some schedule runs more often than is listed."""

    items: list[Planned]
    more: bool
