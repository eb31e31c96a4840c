"""What travels over the API for users, sessions, tokens, invitations and settings."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from msgspec import UNSET, Struct, UnsetType, field

from controller.users.preferences import JobTerms, RecordingTerms, Retention, TerminalLimits
from controller.users.rights import Role, Scope


class Input(Struct, kw_only=True, forbid_unknown_fields=True):
    """What callers send: an unknown field is an error, not a surprise."""


class SetupState(Struct):
    """Whether the first administrator is still to be made, and whether people may register by themselves."""

    needed: bool
    self_registration: bool


class NewAdmin(Input):
    """The first administrator, by the one-time link's token."""

    token: str
    username: str
    password: str


class Credentials(Input):
    """A name and a password: to log in, or to register."""

    username: str
    password: str


class Acceptance(Input):
    """Who takes up an invitation."""

    token: str
    username: str
    password: str


class Me(Struct):
    """Who is logged in, and what that one may do."""

    id: int
    username: str
    role: Role
    all_hosts: bool
    group_ids: list[int]
    permissions: list[str]
    csrf_token: str | None
    preferences: dict[str, Any]


class MeChanges(Input):
    """The user's own preferences: the page's business alone."""

    preferences: dict[str, Any]


class PasswordChange(Input):
    """A new password, with the present one as proof."""

    current: str
    new: str


class SessionView(Struct):
    """One browser that is logged in."""

    id: int
    created_at: datetime
    last_seen_at: datetime
    address: str
    user_agent: str
    current: bool


class UserView(Struct):
    """A user as administrators see one."""

    id: int
    username: str
    role: Role
    all_hosts: bool
    group_ids: list[int]
    grants: list[str]
    enabled: bool
    created_at: datetime
    last_login_at: datetime | None


class UserChanges(Input):
    """What to change about a user; what is not sent stays."""

    role: Role | UnsetType = UNSET
    all_hosts: bool | UnsetType = UNSET
    group_ids: list[int] | UnsetType = UNSET
    grants: list[str] | UnsetType = UNSET
    enabled: bool | UnsetType = UNSET


class NewInvitation(Input):
    """The rights that the invited one will have."""

    role: Role
    all_hosts: bool = False
    group_ids: list[int] = field(default_factory=list)
    expires_in_hours: int = 72


class InvitationView(Struct):
    """An invitation nobody has taken up yet."""

    id: int
    role: Role
    all_hosts: bool
    group_ids: list[int]
    created_by: str
    created_at: datetime
    expires_at: datetime


class InvitationMade(InvitationView):
    """A new invitation with its word, which is shown this once."""

    link_token: str


class InvitationToken(Input):
    """The word of an invitation's link."""

    token: str


class InvitationPreview(Struct):
    """What an invitation offers."""

    role: Role
    expires_at: datetime


class NewSshKey(Input):
    """One's own public key, as `ssh-add -L` or a .pub file has it. Without a name it gets its comment."""

    line: str
    name: str = ""


class SshKeyView(Struct):
    """A user's public key."""

    id: int
    name: str
    type: str
    fingerprint: str
    line: str
    created_at: datetime
    last_used_at: datetime | None
    last_used_address: str | None


class SshKeyPage(Struct):
    """A list of public keys."""

    items: list[SshKeyView]
    total: int


class NewToken(Input):
    """An API token to make."""

    name: str
    scopes: list[Scope]
    all_hosts: bool = False
    group_ids: list[int] = field(default_factory=list)
    expires_at: datetime | None = None


class TokenView(Struct):
    """An API token, without the word itself."""

    id: int
    name: str
    scopes: list[Scope]
    all_hosts: bool
    group_ids: list[int]
    owner_id: int
    owner_name: str
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None


class TokenMade(TokenView):
    """A new token with its word, which is shown this once."""

    token: str


class SettingsChanges(Input):
    """What to change in the settings; what is not sent stays."""

    self_registration: bool | UnsetType = UNSET
    retention: Retention | UnsetType = UNSET
    recording: RecordingTerms | UnsetType = UNSET
    terminal: TerminalLimits | UnsetType = UNSET
    jobs: JobTerms | UnsetType = UNSET


class SessionPage(Struct):
    """A list of sessions."""

    items: list[SessionView]
    total: int


class UserPage(Struct):
    """A list of users."""

    items: list[UserView]
    total: int


class InvitationPage(Struct):
    """A list of invitations."""

    items: list[InvitationView]
    total: int


class TokenPage(Struct):
    """A list of tokens."""

    items: list[TokenView]
    total: int
