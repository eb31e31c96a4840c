"""Jobs and templates as the API takes and gives them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, Struct, UnsetType

from controller.jobs.kind import Limits
from controller.jobs.states import JobState
from controller.jobs.steps import StepHeader
from controller.jobs.survey import Answer, Question

Id = Annotated[int, msgspec.Meta(ge=1, le=2**63 - 1)]
Ids = Annotated[list[Id], msgspec.Meta(max_length=5000)]
Name = Annotated[str, msgspec.Meta(max_length=200)]
Lock = Literal["none", "template", "host"]
OnLock = Literal["wait", "refuse"]
Params = dict[Annotated[str, msgspec.Meta(max_length=40)], Answer]


class Targets(Struct, frozen=True, forbid_unknown_fields=True):
    """Which hosts: all that any of these names, but for those that are left out. Nothing named: none."""

    host_ids: Ids = []
    group_ids: Ids = []
    tags: Annotated[list[Annotated[str, msgspec.Meta(max_length=100)]], msgspec.Meta(max_length=200)] = []
    expression: Annotated[str, msgspec.Meta(max_length=4000)] = ""
    but_host_ids: Ids = []


class AsWhom(Struct, frozen=True, forbid_unknown_fields=True):
    """As whom the work is done, by sudo."""

    user: Annotated[str, msgspec.Meta(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9_][A-Za-z0-9_.\-]*\$?$")] = (
        "root"
    )


class Notify(Struct, frozen=True, forbid_unknown_fields=True):
    """Of what somebody is told; who, and how, is the notify slice's."""

    on_start: bool = False
    on_success: bool = False
    on_failure: bool = False
    on_long: bool = False
    on_wait: bool = True


class NewJob(Struct, forbid_unknown_fields=True, kw_only=True):
    """What to run now. `password`: of the hosts' login account, for sudo."""

    kind: Annotated[str, msgspec.Meta(max_length=40)] = "command"
    spec: dict[str, Any]
    targets: Targets
    name: Name = ""
    become: AsWhom | None = None
    password: Annotated[str, msgspec.Meta(max_length=1000)] | None = None
    survey: list[Question] = []
    params: Params = {}
    limits: Limits = msgspec.field(default_factory=Limits)
    notify: Notify = msgspec.field(default_factory=Notify)
    check: bool = False
    diff: bool = False
    needs_approval: bool = False
    lock: Lock = "none"
    on_lock: OnLock = "wait"


class Launch(Struct, forbid_unknown_fields=True, kw_only=True):
    """A template's answers, and what is different this time."""

    params: Params = {}
    targets: Targets | None = None
    password: Annotated[str, msgspec.Meta(max_length=1000)] | None = None
    limits: Limits | None = None
    check: bool | None = None
    diff: bool | None = None


class Relaunch(Struct, forbid_unknown_fields=True, kw_only=True):
    """Once more: on all hosts or on those that failed, with these answers in place of the earlier ones."""

    hosts: Literal["all", "failed"] = "all"
    params: Params = {}
    password: Annotated[str, msgspec.Meta(max_length=1000)] | None = None
    check: bool | None = None
    diff: bool | None = None


class Verdict(Struct, forbid_unknown_fields=True, kw_only=True):
    """Why, if there is something to say."""

    note: Annotated[str, msgspec.Meta(max_length=1000)] = ""


class Preview(Struct, forbid_unknown_fields=True, kw_only=True):
    """Which hosts would it be."""

    targets: Targets


class PreviewHost(Struct, frozen=True):
    """One of them. `why`: what keeps it out, "" for nothing."""

    id: int
    name: str
    address: str
    state: str
    why: str = ""


class PreviewPage(Struct, frozen=True):
    """`items`: those it would run on; `left_out`: those that are named, and why they are not."""

    items: list[PreviewHost]
    total: int
    left_out: list[PreviewHost]


class Typed(Struct, frozen=True):
    """A command that you typed, and when last."""

    command: str
    last_used_at: datetime


class TypedPage(Struct, frozen=True):
    """The newest first."""

    items: list[Typed]
    total: int


class KindView(Struct, frozen=True):
    """A kind of job. `schema`: of its spec."""

    name: str
    title: str
    schema: dict[str, Any]
    can_check: bool
    can_diff: bool
    can_become: bool


class KindPage(Struct, frozen=True):
    """All kinds."""

    items: list[KindView]
    total: int


class InitStep(Struct, frozen=True):
    """An init step."""

    name: str
    header: StepHeader


class InitStepPage(Struct, frozen=True):
    """All init steps."""

    items: list[InitStep]
    total: int


class JobView(Struct, frozen=True, kw_only=True):
    """One run. `counts`: hosts that you see, by state. `may_cancel` and so on: what you may do with it now.

    `secret_params`: names of the answers that are kept sealed. `hidden_hosts`: how many hosts you do not see.
    """

    id: int
    template_id: int | None
    template_name: str | None
    kind: str
    name: str
    summary: str
    spec: dict[str, Any]
    targets: Targets
    become: AsWhom | None
    survey: list[Question]
    params: dict[str, Any]
    secret_params: list[str]
    limits: Limits
    notify: Notify
    check: bool
    diff: bool
    lock: str
    on_lock: str
    state: JobState
    code: str
    note: str
    launched_by: str
    launched_by_id: int | None
    approved_by: str | None
    approved_at: datetime | None
    schedule_id: int | None
    workflow_run_id: int | None
    parent_id: int | None
    created_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    counts: dict[str, int]
    hosts: int
    hidden_hosts: int
    may_still_run: int
    stats: dict[str, Any]
    output_bytes: int
    kept_bytes: int
    capped: bool
    files: int
    may_cancel: bool
    may_relaunch: bool
    may_approve: bool


class JobPage(Struct, frozen=True):
    """Some of them, newest first."""

    items: list[JobView]
    total: int


class NewTemplate(Struct, forbid_unknown_fields=True, kw_only=True):
    """What to run, kept. `launcher_ids`: users who may launch it beside its owner; None: everybody who may run jobs."""

    name: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
    description: Annotated[str, msgspec.Meta(max_length=2000)] = ""
    kind: Annotated[str, msgspec.Meta(max_length=40)] = "command"
    spec: dict[str, Any]
    targets: Targets = msgspec.field(default_factory=Targets)
    become: AsWhom | None = None
    survey: list[Question] = []
    limits: Limits = msgspec.field(default_factory=Limits)
    notify: Notify = msgspec.field(default_factory=Notify)
    check: bool = False
    diff: bool = False
    needs_approval: bool = False
    lock: Lock = "none"
    on_lock: OnLock = "wait"
    launcher_ids: Ids | None = None


class TemplateChanges(Struct, forbid_unknown_fields=True, kw_only=True):
    """What is not sent stays."""

    name: Annotated[str, msgspec.Meta(min_length=1, max_length=200)] | UnsetType = UNSET
    description: Annotated[str, msgspec.Meta(max_length=2000)] | UnsetType = UNSET
    kind: Annotated[str, msgspec.Meta(max_length=40)] | UnsetType = UNSET
    spec: dict[str, Any] | UnsetType = UNSET
    targets: Targets | UnsetType = UNSET
    become: AsWhom | UnsetType | None = UNSET
    survey: list[Question] | UnsetType = UNSET
    limits: Limits | UnsetType = UNSET
    notify: Notify | UnsetType = UNSET
    check: bool | UnsetType = UNSET
    diff: bool | UnsetType = UNSET
    needs_approval: bool | UnsetType = UNSET
    lock: Lock | UnsetType = UNSET
    on_lock: OnLock | UnsetType = UNSET
    launcher_ids: Ids | UnsetType | None = UNSET


class TemplateView(Struct, frozen=True, kw_only=True):
    """A template. `last_job`: state of its newest run, if there was one."""

    id: int
    name: str
    description: str
    kind: str
    summary: str
    spec: dict[str, Any]
    targets: Targets
    become: AsWhom | None
    survey: list[Question]
    limits: Limits
    notify: Notify
    check: bool
    diff: bool
    needs_approval: bool
    lock: str
    on_lock: str
    launcher_ids: list[int] | None
    owner_id: int | None
    owner: str | None
    seed: str | None
    created_at: datetime
    updated_at: datetime
    may_launch: bool
    may_change: bool


class TemplatePage(Struct, frozen=True):
    """Templates by name."""

    items: list[TemplateView]
    total: int
