"""What travels over the API for onboarding and changes of keys. Passwords come in and never go out."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from msgspec import Struct, field

from controller.hosts.schemas import Input, PresentedKeyView
from controller.jobs.schemas import Params
from controller.onboarding.account import Sudo

Access = Literal["full", "monitor"]


class OnboardingAccount(Input):
    """An account of its own to make on the host. `sudo`: none, limited (reboot and updates), or all."""

    name: str = "moorline"
    sudo: Sudo = "none"


class OnboardingInit(Input):
    """A job template to run on the host once it is in, with its answers; no secret is among them."""

    template_id: int
    params: Params = field(default_factory=dict)


class NewOnboarding(Input):
    """A host to bring in.

    `password`: of `username`; or `login_credential_id`, a key that is in place there. `host_key`: the public key line
    that was compared; without it the way in waits for an approval. `key_credential_id`: the key to put in, of
    yours; none: a new one is made. `host_id`: a host that is there already and gets another key. `jump_host_id`: the
    host to go through; `init`: what to run there afterwards.
    """

    address: str
    username: str = "root"
    name: str = ""
    port: int = 22
    password: str | None = None
    new_password: str | None = None
    login_credential_id: int | None = None
    host_key: str | None = None
    key_credential_id: int | None = None
    account: OnboardingAccount | None = None
    access: Access = "full"
    disable_password: bool = False
    group_ids: list[int] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)
    note: str = ""
    host_id: int | None = None
    jump_host_id: int | None = None
    init: OnboardingInit | None = None

    def __repr__(self) -> str:
        return f"NewOnboarding({self.username!r} at {self.address!r}, •••)"


class OnboardingBatch(Input):
    """Hosts to bring in, each with a result of its own."""

    rows: list[NewOnboarding]

    def __repr__(self) -> str:
        return f"OnboardingBatch({len(self.rows)} rows, •••)"


class KeyLook(Input):
    """Where to look for a host key. `jump_host_id`: the host to go through."""

    address: str
    port: int = 22
    jump_host_id: int | None = None


class KeyLookResult(Struct, kw_only=True):
    """The key that is shown there; without one, why not. `host_id`, `host_name`: who is at that address already."""

    presented_key: PresentedKeyView | None
    code: str = ""
    detail: str = ""
    host_id: int | None = None
    host_name: str | None = None


class OnboardingApproval(Input):
    """The fingerprint that was compared."""

    fingerprint: str


class OnboardingApprovals(Input):
    """Fingerprints that were compared, by onboarding."""

    items: dict[str, str]


class OnboardingResume(Input):
    """Go on after a failure: the password once more, where it is needed, and other wishes for what is still to come."""

    password: str | None = None
    new_password: str | None = None
    disable_password: bool | None = None
    without_init: bool = False

    def __repr__(self) -> str:
        return "OnboardingResume(•••)"


class OnboardingStepView(Struct):
    """One step.

    `state`: waiting, running, done, skipped or failed; `detail`: a sentence where there is something to say.
    """

    name: str
    state: str
    code: str = ""
    detail: str = ""
    at: datetime | None = None
    duration_ms: float | None = None


class OnboardingView(Struct, kw_only=True):
    """How one host's way in goes. `needs_password`: going on takes the password once more."""

    id: int
    batch: str | None
    by: str
    name: str
    address: str
    port: int
    username: str
    state: str
    needs_password: bool
    presented_key: PresentedKeyView | None
    plan: dict[str, Any]
    steps: list[OnboardingStepView]
    found: dict[str, Any]
    host_id: int | None
    created_at: datetime
    updated_at: datetime


class OnboardingPage(Struct):
    """Newest first."""

    items: list[OnboardingView]
    total: int


class ImportRowResult(Struct):
    """What became of one row of a batch: an onboarding, or why not."""

    index: int
    id: int | None = None
    code: str = ""
    detail: str = ""
    field: str = ""


class OnboardingBatchResult(Struct):
    """One result for each row, in the order given."""

    batch: str
    items: list[ImportRowResult]


class NewRotation(Input):
    """Keys to change: hosts that log in with the old credential. `new_credential_id`: none makes a new key."""

    credential_id: int
    new_credential_id: int | None = None
    host_ids: list[int] | None = None


class RotationHostView(Struct, kw_only=True):
    """Where one host stands: waiting, installing, installed, verified, switched, done, unreachable or failed."""

    host_id: int
    name: str
    state: str
    code: str
    detail: str
    attempts: int
    updated_at: datetime


class RotationView(Struct, kw_only=True):
    """A change of keys.

    `state`: running, waiting (for hosts that are away), stopped or done; `counts` by host state.
    """

    id: int
    by: str
    old_credential_id: int | None
    new_credential_id: int | None
    old_name: str
    new_name: str
    state: str
    counts: dict[str, int]
    hosts: list[RotationHostView]
    created_at: datetime
    updated_at: datetime


class RotationPage(Struct):
    """Newest first, without their hosts."""

    items: list[RotationView]
    total: int


class ImportText(Input):
    """What to read hosts from. `format`: csv, ssh_config or ansible (INI or YAML)."""

    text: str
    format: Literal["csv", "ssh_config", "ansible"]

    def __repr__(self) -> str:
        return "ImportText(•••)"


class ImportRow(Struct, kw_only=True):
    """One host that was read. `problems`: what keeps it from being taken; `twin`: a host or row that is the same;
    `jump`: the name of the host to go through.
    """

    index: int
    line: int
    name: str
    address: str
    port: int
    username: str
    groups: list[str]
    tags: list[str]
    note: str
    has_password: bool
    fingerprint: str
    problems: list[str]
    twin: str = ""
    jump: str = ""


class ImportPreview(Struct):
    """All rows, and what was left out on purpose."""

    items: list[ImportRow]
    total: int
    notes: list[str]


class Import(ImportText):
    """Hosts to take in as they are, with a credential of yours: for those whose key is in place.

    `rows`: the indexes to take, none: all without a problem; `dry_run`: change nothing.
    """

    credential_id: int | None = None
    rows: list[int] | None = None
    group_ids: list[int] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)
    dry_run: bool = False
    enabled: bool = True


class ImportBatch(ImportText):
    """Hosts of a file to bring in by password: the row's own, or `password` for those without one.

    What the rows do not say is the same for all of them.
    """

    rows: list[int] | None = None
    password: str | None = None
    key_credential_id: int | None = None
    account: OnboardingAccount | None = None
    access: Access = "full"
    disable_password: bool = False
    group_ids: list[int] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)
    jump_host_id: int | None = None
    init: OnboardingInit | None = None

    def __repr__(self) -> str:
        return "ImportBatch(•••)"


class ImportResults(Struct):
    """What became of each row; `id` is the host's."""

    items: list[ImportRowResult]
    dry_run: bool
