"""What the library's routes take and give."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType

from controller.library.header import Header

Name = Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9-]{0,60}$")]
Text = Annotated[str, Meta(min_length=1, max_length=500_000)]
Note = Annotated[str, Meta(max_length=300)]


class Input(Struct, kw_only=True, forbid_unknown_fields=True):
    """A body; fields that are not known are an error."""


class NewPlaybook(Input):
    """A playbook of one's own. `name`: small letters, digits and dashes."""

    name: Name
    text: Text
    note: Note = ""


class NewVersion(Input):
    """Its next text. `base`: the version it was made from; another one meanwhile is a conflict."""

    text: Text
    base: Annotated[int, Meta(ge=1, le=2**31)]
    note: Note = ""


class CheckText(Input):
    """A text to check."""

    text: Text


class NewProject(Input):
    """A Git project. `secret`: a private key for ssh, a password or token for https; it is never shown again."""

    name: Name
    url: Annotated[str, Meta(min_length=1, max_length=500)]
    branch: Annotated[str, Meta(min_length=1, max_length=200)] = "main"
    username: Annotated[str, Meta(max_length=200)] = ""
    secret: Annotated[str, Meta(max_length=20_000)] = ""
    known_hosts: Annotated[str, Meta(max_length=20_000)] = ""


class ProjectChanges(Input):
    """What is not sent stays. `secret`: null takes it away; another address needs it anew, or null."""

    name: Name | UnsetType = UNSET
    url: Annotated[str, Meta(min_length=1, max_length=500)] | UnsetType = UNSET
    branch: Annotated[str, Meta(min_length=1, max_length=200)] | UnsetType = UNSET
    username: Annotated[str, Meta(max_length=200)] | UnsetType = UNSET
    secret: Annotated[str, Meta(min_length=1, max_length=20_000)] | UnsetType | None = UNSET
    known_hosts: Annotated[str, Meta(max_length=20_000)] | UnsetType = UNSET


class NewVault(Input):
    """A vault password; `name` is the vault id, `default` for files without one."""

    name: Annotated[str, Meta(pattern=r"^[A-Za-z0-9_][A-Za-z0-9_.-]{0,60}$")]
    password: Annotated[str, Meta(min_length=1, max_length=2000)]


class PlaybookView(Struct, kw_only=True):
    """One of the list. `reference` is how jobs name it; `source`: library, own or git; `project`: of Git, by id."""

    reference: str
    source: str
    name: str
    header: Header
    id: int | None = None
    version: int | None = None
    project_id: int | None = None
    project: str = ""
    updated_at: datetime | None = None


class PlaybookPage(Struct):
    """All of them. `may_write`: whether you may add and change."""

    items: list[PlaybookView]
    total: int
    may_write: bool


class PlaybookText(Struct, kw_only=True):
    """One, with its text."""

    playbook: PlaybookView
    text: str


class VersionView(Struct):
    """One state of a playbook's text."""

    number: int
    author: str
    note: str
    created_at: datetime


class VersionPage(Struct):
    """All, the newest first."""

    items: list[VersionView]
    total: int


class VersionText(Struct):
    """One, with its text."""

    number: int
    text: str


class GitProjectView(Struct, kw_only=True):
    """A Git project. `state`: new, syncing, ready or failed; `commit`: what runs, until the next sync."""

    id: int
    name: str
    url: str
    branch: str
    username: str
    has_secret: bool
    known_hosts: str
    commit: str | None
    subject: str
    playbooks: int
    state: str
    error: str
    created_at: datetime
    synced_at: datetime | None


class GitProjectPage(Struct):
    """All projects."""

    items: list[GitProjectView]
    total: int


class VaultView(Struct):
    """A vault password, without it."""

    id: int
    name: str
    created_at: datetime


class VaultPage(Struct):
    """All of them."""

    items: list[VaultView]
    total: int
