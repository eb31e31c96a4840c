"""What travels over the API for schedules."""

from __future__ import annotations

from datetime import date, datetime
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


class Because(Struct):
    """Why a time was left out or had to wait: `away`, Moorline was; `job` or `run`, that one of the schedule, by its
    id, still ran."""

    code: Literal["away", "job", "run"]
    id: int | None = None


class FireView(Struct, kw_only=True):
    """One time and what became of it: launched, queued, skipped (overlap), missed, shut (window) or failed."""

    id: int
    at: datetime
    fired_at: datetime
    outcome: str
    job_id: int | None
    workflow_run_id: int | None
    note: str
    because: Because | None
    by_hand: bool


class FirePage(Struct):
    """Times, the last first."""

    items: list[FireView]
    total: int


class PlannedRun(Struct):
    """One time of a schedule. `local`: by the schedule's clock, with its offset; `outcome`: coming, shut (a window
    leaves it out), or what became of it."""

    at: datetime
    local: str
    outcome: str
    job_id: int | None
    workflow_run_id: int | None


class PlannedRuns(Struct, kw_only=True):
    """A schedule's times on one day: how many (`more`: and others that were not counted), by outcome, and the first
    few of them."""

    schedule_id: int
    count: int
    more: bool
    outcomes: dict[str, int]
    first: datetime
    last: datetime
    runs: list[PlannedRun]


class Closed(Struct):
    """A time in which a schedule begins nothing."""

    schedule_id: int
    start: datetime
    end: datetime


class Jump(Struct):
    """A zone's clock jumps at that moment by so many seconds, forward or (below zero) back."""

    zone: str
    at: datetime
    shift_s: int


class PlanDay(Struct, kw_only=True):
    """A day of the calendar's zone."""

    day: date
    start: datetime
    end: datetime
    runs: list[PlannedRuns]
    closed: list[Closed]
    jumps: list[Jump]


class PlanSchedule(Struct):
    """A schedule of the calendar; one that is paused has only what ran."""

    id: int
    name: str
    zone: str
    enabled: bool


class Plan(Struct, kw_only=True):
    """What ran and what will run, day by day; `more`: a schedule runs more often on some day than was counted."""

    zone: str
    days: list[PlanDay]
    schedules: list[PlanSchedule]
    more: bool
