"""One host's way in, in memory: what was asked for, how far it has come, and the password for as long as it is
needed.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

import msgspec

from controller.audit.service import Actor
from controller.core.secrets import Secret
from controller.onboarding.client import Contact
from controller.onboarding.models import Onboarding
from controller.onboarding.schemas import NewOnboarding, OnboardingStepView
from controller.users.rights import Principal

ENTRY = ("fingerprint", "login", "look", "account", "install", "verify", "save", "harden", "forget")
AFTER = ("init", "watch")  # by the key alone: no password is needed any more
STEPS = ENTRY + AFTER
MEMORY = ("login", "look", "install")  # done anew at each attempt: they make or use the connection


class State(StrEnum):
    """Where a way in stands."""

    KEY_PENDING = "key_pending"  # the host's key was fetched and waits to be compared
    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    INTERRUPTED = "interrupted"
    CANCELED = "canceled"


ENDED = frozenset({State.DONE, State.FAILED, State.INTERRUPTED, State.CANCELED})
RESUMABLE = frozenset({State.FAILED, State.INTERRUPTED, State.CANCELED})


class StepError(Exception):
    """A step did not come to its end; the sentence says what to do."""

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code
        self.sentence = sentence


@dataclass(slots=True)
class Run:
    """One way in that is under way, or waits."""

    id: int
    name: str
    address: str
    port: int
    username: str
    plan: NewOnboarding  # without its passwords
    principal: Principal
    actor: Actor
    state: State = State.WAITING
    batch: str | None = None
    host_key: str | None = None
    expected: str = ""  # a fingerprint that somebody wrote beside the host: as good as comparing it
    steps: dict[str, OnboardingStepView] = field(default_factory=dict)
    found: dict[str, Any] = field(default_factory=dict)
    credential_id: int | None = None
    host_id: int | None = None
    password: Secret | None = None
    new_password: Secret | None = None
    key: Secret | None = None  # of the credential that was put in, once it is opened
    contact: Contact | None = None
    task: asyncio.Task[None] | None = None
    approved: asyncio.Event = field(default_factory=asyncio.Event)

    def forget(self) -> None:
        """Drop every secret."""
        self.password = self.new_password = self.key = None

    def done(self, step: str) -> bool:
        """Has the step come to its end?"""
        return self.steps[step].state in {"done", "skipped"}

    @property
    def inside(self) -> bool:
        """Is the host in, so that what is left takes no password?"""
        return all(self.done(step) for step in ENTRY)

    @property
    def logs_in_as(self) -> str:
        """Whose account Moorline uses afterwards."""
        return self.plan.account.name if self.plan.account is not None else self.username

    def fields(self, now: datetime) -> dict[str, Any]:
        """What the table keeps of it."""
        return {
            "state": self.state.value,
            "host_key": self.host_key,
            "plan": kept_plan(self.plan),
            "steps": msgspec.to_builtins(list(self.steps.values())),
            "found": self.found,
            "credential_id": self.credential_id,
            "host_id": self.host_id,
            "updated_at": now,
        }


def kept_plan(plan: NewOnboarding) -> dict[str, Any]:
    """The plan without passwords, for the table."""
    kept: dict[str, Any] = msgspec.to_builtins(plan)
    for name in ("password", "new_password"):
        kept.pop(name, None)
    return kept


def fresh_steps() -> dict[str, OnboardingStepView]:
    """All steps, none begun."""
    return {name: OnboardingStepView(name, "waiting") for name in STEPS}


def of_row(row: Onboarding, principal: Principal, actor: Actor) -> Run:
    """A way in as the table remembers it, for somebody to go on with."""
    steps = {step.name: step for step in msgspec.convert(row.steps, list[OnboardingStepView])}
    return Run(
        id=row.id,
        name=row.name,
        address=row.address,
        port=row.port,
        username=row.account,
        plan=msgspec.convert(row.plan, NewOnboarding),
        principal=principal,
        actor=actor,
        state=State(row.state),
        batch=row.batch,
        host_key=row.host_key,
        steps=fresh_steps() | steps,
        found=dict(row.found),
        credential_id=row.credential_id,
        host_id=row.host_id,
    )
