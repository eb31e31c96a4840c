"""What travels over the API for terminals and snippets."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, Struct, UnsetType

Name = Annotated[str, msgspec.Meta(min_length=1, max_length=100)]
Text = Annotated[str, msgspec.Meta(min_length=1, max_length=20000)]
Id = Annotated[int, msgspec.Meta(ge=1, le=2**63 - 1)]


class Input(Struct, forbid_unknown_fields=True):
    """What callers send."""


class NewTerminal(Input):
    """What to open: the account's login shell, one of root's, or one inside a container."""

    host_id: Id
    columns: Annotated[int, msgspec.Meta(ge=2, le=1000)] = 80
    rows: Annotated[int, msgspec.Meta(ge=1, le=500)] = 24
    kind: Literal["shell", "root", "container"] = "shell"
    container: Annotated[str, msgspec.Meta(max_length=255)] = ""
    engine: Literal["docker", "podman"] = "docker"
    user: Annotated[str, msgspec.Meta(max_length=130)] = ""


class OwnerView(Struct):
    """Whose it is."""

    id: int
    username: str


class AttachedView(Struct):
    """Somebody who looks at a terminal now."""

    username: str
    access: str
    leader: bool
    since: datetime


class Share(Input):
    """With whom a terminal is shared, and what for."""

    username: Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
    access: Literal["read", "write"] = "read"


class Shares(Input):
    """All with whom a terminal is shared; nobody else is."""

    shares: Annotated[list[Share], msgspec.Meta(max_length=50)]


class ExitView(Struct):
    """Why and how a terminal ended."""

    reason: str
    exit_status: int | None
    detail: str


class TerminalView(Struct):
    """A terminal as one user sees it. Title and last line are the host's words, cleaned."""

    id: str
    host_id: int
    host_name: str
    owner: OwnerView
    kind: str
    container: str
    title: str
    state: Literal["opening", "open", "ended"]
    created_at: datetime
    idle_s: float
    ends_at: datetime | None
    columns: int
    rows: int
    attached: list[AttachedView]
    shares: list[Share]
    access: Literal["owner", "write", "read", "none"]
    recorded: bool
    last_line: str
    exit: ExitView | None


class TerminalPage(Struct):
    """A list of terminals, oldest first."""

    items: list[TerminalView]
    total: int


class PersonView(Struct):
    """Somebody with whom a terminal on a host can be shared."""

    username: str
    may_write: bool


class PeoplePage(Struct):
    """A list of people."""

    items: list[PersonView]
    total: int


class NewSnippet(Input):
    """A piece of text to type. `{{name}}` and `{{name=default}}` are asked for, `{{host.name}}` is filled in."""

    name: Name
    text: Text
    shared: bool = False


class SnippetChanges(Input):
    """What is not sent stays."""

    name: Name | UnsetType = UNSET
    text: Text | UnsetType = UNSET
    shared: bool | UnsetType = UNSET


class VariableView(Struct):
    """What a snippet asks for."""

    name: str
    default: str | None


class SnippetView(Struct):
    """A snippet."""

    id: int
    name: str
    text: str
    shared: bool
    mine: bool
    owner_name: str
    variables: list[VariableView]
    updated_at: datetime


class SnippetPage(Struct):
    """A list of snippets, by name."""

    items: list[SnippetView]
    total: int


class Filling(Input):
    """For which hosts a snippet is to be filled in, and with what."""

    host_ids: Annotated[list[Id], msgspec.Meta(min_length=1, max_length=100)]
    values: dict[Annotated[str, msgspec.Meta(max_length=64)], Annotated[str, msgspec.Meta(max_length=2000)]] = {}


class FilledView(Struct):
    """What to type on one host."""

    host_id: int
    text: str


class FilledPage(Struct):
    """What to type on each host."""

    items: list[FilledView]
    total: int
