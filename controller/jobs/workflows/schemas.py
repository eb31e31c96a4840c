"""Workflows and their runs as the API takes and gives them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, Struct, UnsetType

from controller.jobs.schemas import Id, Ids, Notify, Params, Targets
from controller.jobs.survey import Question
from controller.jobs.workflows.states import NodeState, RunState

NODES_MAX = 100
EDGES_MAX = 500
Key = Annotated[str, msgspec.Meta(min_length=1, max_length=40, pattern=r"^[A-Za-z0-9_\-]+$")]
Title = Annotated[str, msgspec.Meta(max_length=200)]
Place = Annotated[float, msgspec.Meta(ge=-100_000, le=100_000)]
Seconds = Annotated[int, msgspec.Meta(ge=0, le=30 * 86400)]
When = Literal["success", "failure", "always"]


class Node(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A step. `key` is its name within the workflow, for edges. Of a template: `template_id`, answers that are filled
    in (what is left open gets the launch's answer of the same name), other hosts than the template's. Of an approval:
    `text`, and `timeout_s` after which it counts as rejected (0: it waits). `converge`: whether all ways into it have
    to be taken or any; `x`, `y`: where the page draws it."""

    key: Key
    kind: Literal["template", "approval"] = "template"
    title: Title = ""
    text: Annotated[str, msgspec.Meta(max_length=2000)] = ""
    template_id: Id | None = None
    params: Params = {}
    targets: Targets | None = None
    converge: Literal["any", "all"] = "any"
    timeout_s: Seconds = 0
    x: Place = 0
    y: Place = 0


class Edge(Struct, frozen=True, forbid_unknown_fields=True):
    """A way from one node to another, taken when the former came out like that. JSON: `from`, `to`, `when`."""

    source: Key = msgspec.field(name="from")
    target: Key = msgspec.field(name="to")
    when: When = "success"


Nodes = Annotated[list[Node], msgspec.Meta(max_length=NODES_MAX)]
Edges = Annotated[list[Edge], msgspec.Meta(max_length=EDGES_MAX)]
Name = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
Description = Annotated[str, msgspec.Meta(max_length=2000)]


class NewWorkflow(Struct, forbid_unknown_fields=True, kw_only=True):
    """What to run in which order. `survey` is asked at launch; `launcher_ids`: users who may launch it beside its
    owner, None: everybody who may run jobs."""

    name: Name
    description: Description = ""
    survey: list[Question] = []
    nodes: Nodes
    edges: Edges = []
    notify: Notify = msgspec.field(default_factory=Notify)
    launcher_ids: Ids | None = None


class WorkflowChanges(Struct, forbid_unknown_fields=True, kw_only=True):
    """What is not sent stays, as do secret answers of nodes that are not sent. `base`: the version that was looked at;
    another one meanwhile is a conflict."""

    base: Annotated[int, msgspec.Meta(ge=1, le=2**31 - 1)]
    name: Name | UnsetType = UNSET
    description: Description | UnsetType = UNSET
    survey: list[Question] | UnsetType = UNSET
    nodes: Nodes | UnsetType = UNSET
    edges: Edges | UnsetType = UNSET
    notify: Notify | UnsetType = UNSET
    launcher_ids: Ids | UnsetType | None = UNSET


class WorkflowLaunch(Struct, forbid_unknown_fields=True, kw_only=True):
    """Answers to the workflow's survey; `password`: of the hosts' login account, for sudo, for nodes that need it."""

    params: Params = {}
    password: Annotated[str, msgspec.Meta(max_length=1000)] | None = None


class WorkflowRelaunch(Struct, forbid_unknown_fields=True, kw_only=True):
    """Once more. `nodes` failed: what succeeded is not done again, and the answers are the same."""

    nodes: Literal["all", "failed"] = "all"
    params: Params = {}
    password: Annotated[str, msgspec.Meta(max_length=1000)] | None = None


class WorkflowNode(Struct, frozen=True, kw_only=True):
    """A node as it is kept. `template_name` "": it is gone, or you do not see it. `secrets_set`: names of the secret
    answers that are kept."""

    key: str
    kind: str
    title: str
    text: str
    template_id: int | None
    template_name: str
    params: dict[str, Any]
    secrets_set: list[str]
    targets: Targets | None
    converge: str
    timeout_s: int
    x: float
    y: float


class WorkflowView(Struct, frozen=True, kw_only=True):
    """A workflow. `last_run`: its newest run that you see."""

    id: int
    name: str
    description: str
    survey: list[Question]
    nodes: list[WorkflowNode]
    edges: list[Edge]
    notify: Notify
    launcher_ids: list[int] | None
    owner_id: int | None
    owner: str | None
    version: int
    created_at: datetime
    updated_at: datetime
    last_run: LastRun | None
    may_launch: bool
    may_change: bool


class LastRun(Struct, frozen=True):
    """How it went last."""

    id: int
    state: RunState
    created_at: datetime


class WorkflowPage(Struct, frozen=True):
    """Workflows by name."""

    items: list[WorkflowView]
    total: int


class NodeView(Struct, frozen=True, kw_only=True):
    """A node of a run. `job_id`: None before its launch, and for a job that is gone or that you may not see.
    `job_state`: of that job. `carried`: it succeeded in the run before, and was not done again. `may_decide`: you may
    approve or deny it now, at /workflow-approvals/{id}."""

    id: int
    key: str
    kind: str
    title: str
    text: str
    template_id: int | None
    template_name: str
    converge: str
    x: float
    y: float
    state: NodeState
    job_id: int | None
    job_state: str | None
    carried: bool
    note: str
    decided_by: str | None
    due_at: datetime | None
    started_at: datetime | None
    ended_at: datetime | None
    may_decide: bool


class RunView(Struct, frozen=True, kw_only=True):
    """One run. `counts`: nodes by state; `secret_params`: names of the answers that are kept sealed."""

    id: int
    workflow_id: int | None
    workflow_version: int
    name: str
    state: RunState
    code: str
    note: str
    survey: list[Question]
    params: dict[str, Any]
    secret_params: list[str]
    launched_by: str
    launched_by_id: int | None
    schedule_id: int | None
    parent_id: int | None
    created_at: datetime
    ended_at: datetime | None
    counts: dict[str, int]
    may_cancel: bool
    may_relaunch: bool
    may_delete: bool


class RunDetail(Struct, frozen=True, kw_only=True):
    """One run with its nodes and edges."""

    run: RunView
    nodes: list[NodeView]
    edges: list[Edge]


class RunPage(Struct, frozen=True):
    """Runs, the newest first."""

    items: list[RunView]
    total: int


class ApprovalView(Struct, frozen=True, kw_only=True):
    """An approval that somebody waits for."""

    id: int
    run_id: int
    workflow_id: int | None
    name: str
    title: str
    text: str
    launched_by: str
    started_at: datetime | None
    due_at: datetime | None
    may_decide: bool


class ApprovalPage(Struct, frozen=True):
    """Approvals, the oldest first."""

    items: list[ApprovalView]
    total: int
