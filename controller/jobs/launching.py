"""Launching: who may run what where, written down as a job that the engine begins once the transaction is committed."""

from __future__ import annotations

import json
import secrets as random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from controller.audit import service as audit
from controller.audit.service import Actor
from controller.core.clock import Clock, utc_now
from controller.core.errors import Conflict, FieldError, Forbidden, Invalid
from controller.core.events import Bus
from controller.core.secrets import Secret, Vault
from controller.hosts import queries as host_queries
from controller.hosts.queries import HostRow
from controller.jobs import registry, survey, targets
from controller.jobs.kind import Limits
from controller.jobs.models import Job, JobHost
from controller.jobs.news import JobQueued, JobWaits
from controller.jobs.registry import Kinds
from controller.jobs.schemas import NewJob, Targets
from controller.jobs.states import HostState, JobState
from controller.users.rights import Action, Principal, require

HOSTS_MAX = 5000
COMMAND_SHOWN = 500
LIMITS = {
    "parallel": (1, 500), "batch": (0, 5000), "stop_failed_percent": (0, 100), "host_timeout_s": (0, 7 * 86400),
    "job_timeout_s": (0, 7 * 86400), "long_after_s": (0, 7 * 86400), "retries": (0, 10), "retry_wait_s": (1, 600),
    "host_output_mib": (1, 1024), "job_output_mib": (1, 4096),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Office:
    """What launching takes, made once."""

    kinds: Kinds
    vault: Vault
    bus: Bus
    clock: Clock


@dataclass(frozen=True, slots=True)
class Launcher:
    """Who launches: rights and the name in the audit log."""

    principal: Principal
    actor: Actor


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a job comes from. `host_ids`: exactly these, in place of its targets (a relaunch on what failed)."""

    template_id: int | None = None
    schedule_id: int | None = None
    workflow_run_id: int | None = None
    parent_id: int | None = None
    host_ids: Sequence[int] | None = None


async def launch(
    session: AsyncSession, office: Office, who: Launcher, new: NewJob, origin: Origin | None = None
) -> int:
    """A new job in this transaction; its id. It begins after the commit, or once it is approved.

    Raises Forbidden, Invalid (no host, a bad spec, a bad answer), BadExpression, Conflict (locked).
    """
    origin = origin or Origin()
    require(who.principal, Action.JOBS_RUN)
    spec = checked(office, new)
    chosen = await targets.choose(session, who.principal, _where(new.targets, origin))
    if not chosen.rows:
        raise _none(chosen.left_out)
    if len(chosen.rows) > HOSTS_MAX:
        raise Invalid(f"One task runs on up to {HOSTS_MAX} hosts.", errors=(FieldError("targets", "too many hosts"),))
    answers = survey.answer(new.survey, new.params)
    named = await _hosts_named(session, who.principal, answers.hosts)
    row = _row(office, who, new, origin, answers=answers, named=named)
    row.name = new.name or office.kinds[new.kind].summary(spec)[:200] or new.kind
    if new.lock != "none" and new.on_lock == "refuse":
        await _refuse_locked(session, row, {host.id for host in chosen.rows})
    session.add(row)
    await session.flush()
    _seal(office, row, answers.secret, new.password)
    _add_hosts(session, row, chosen)
    await session.flush()
    await _record(session, who.actor, row, chosen.rows)
    news = JobWaits(row.id) if row.state == JobState.WAITING_APPROVAL else JobQueued(row.id)
    office.bus.publish_after_commit(session, news)
    return row.id


def checked(office: Office, new: NewJob) -> Any:
    """The spec of what is to be run, everything looked at that does not depend on hosts. Raises Invalid."""
    spec = registry.read(office.kinds, new.kind, new.spec)
    kind = office.kinds[new.kind]
    survey.check(new.survey)
    survey.check_words(kind.words(spec), new.survey)
    check_limits(new.limits)
    for flag, can, words in (
        (new.check, kind.can_check, "no dry run"),
        (new.diff, kind.can_diff, "no diff"),
        (new.become is not None, kind.can_become, "no other account"),
    ):
        if flag and not can:
            raise Invalid(f"A {kind.name} knows {words}.", errors=(FieldError("kind", f"knows {words}"),))
    if new.password is not None and ("\n" in new.password or "\0" in new.password):
        raise Invalid("A password is one line.", errors=(FieldError("password", "is one line"),))
    return spec


def check_limits(limits: Limits) -> None:
    """Raises Invalid for one that is out of range."""
    for name, (least, most) in LIMITS.items():
        if not least <= getattr(limits, name) <= most:
            message = f"takes {least} to {most}"
            raise Invalid(f"limits.{name} {message}.", errors=(FieldError(f"limits.{name}", message),))


def seal_place(job_id: int) -> str:
    """Where a job's secrets are bound to."""
    return f"job/{job_id}/params"


def opened(vault: Vault, row: Job) -> tuple[dict[str, str], str | None]:
    """The sealed answers by name, and the password for sudo. Raises VaultError."""
    if row.sealed_params is None:
        return {}, None
    found = json.loads(vault.open(row.sealed_params, seal_place(row.id)).reveal())
    return found["params"], found["password"]


def _where(asked: Targets, origin: Origin) -> Targets:
    return asked if origin.host_ids is None else Targets(host_ids=list(origin.host_ids))


def _none(left_out: Sequence[tuple[HostRow, str]]) -> Invalid:
    why = "every host that is named is disabled" if left_out else "no host that you may run something on is named"
    return Invalid(
        f"There is nothing to run on: {why}.", code="no_hosts", errors=(FieldError("targets", "Choose a host."),)
    )


async def _hosts_named(session: AsyncSession, principal: Principal, asked: Mapping[str, int]) -> dict[str, HostRow]:
    """The hosts that are answers. Raises Invalid for one that the launcher does not see."""
    visible = await host_queries.visible_ids(session, principal, set(asked.values()))
    rows = {row.id: row for row in await host_queries.load(session, visible)}
    for name, host_id in asked.items():
        if host_id not in rows:
            raise Invalid(f"params.{name}: there is no such host.", errors=(FieldError(f"params.{name}", "no host"),))
    return {name: rows[host_id] for name, host_id in asked.items()}


def _row(
    office: Office, who: Launcher, new: NewJob, origin: Origin, *, answers: survey.Answers, named: Mapping[str, HostRow]
) -> Job:
    plain: dict[str, object] = dict(answers.plain)
    plain |= {
        name: {"id": row.id, "name": row.name, "address": row.address, "port": row.port, "username": row.username}
        for name, row in named.items()
    }
    return Job(
        template_id=origin.template_id,
        schedule_id=origin.schedule_id,
        workflow_run_id=origin.workflow_run_id,
        parent_id=origin.parent_id,
        kind=new.kind,
        name=new.name,
        spec=new.spec,
        targets=msgspec.to_builtins(new.targets),
        become=msgspec.to_builtins(new.become),
        survey=msgspec.to_builtins(new.survey),
        params=plain,
        limits=msgspec.to_builtins(new.limits),
        notify=msgspec.to_builtins(new.notify),
        check=new.check,
        diff=new.diff,
        lock=new.lock if new.lock != "template" or origin.template_id is not None else "none",
        on_lock=new.on_lock,
        state=JobState.WAITING_APPROVAL if new.needs_approval else JobState.PENDING,
        code="",
        note="",
        launched_by_id=who.principal.user_id,
        launched_by=who.principal.username,
        token_id=who.principal.token_id,
        mark="",
        created_at=utc_now(office.clock),
        counts={},
        stats={},
    )


def _seal(office: Office, row: Job, secret: Mapping[str, str], password: str | None) -> None:
    # a word of its own beside the id: another Moorline may run jobs on the same host
    row.mark = f"{row.id}-{random.token_hex(8)}."  # no other one begins like it
    if secret or password is not None:
        sealed = json.dumps({"params": dict(secret), "password": password})
        row.sealed_params = office.vault.seal(Secret(sealed), seal_place(row.id))


def _add_hosts(session: AsyncSession, row: Job, chosen: targets.Chosen) -> None:
    pending = [(host, HostState.PENDING, "") for host in chosen.rows]
    skipped = [(host, HostState.SKIPPED, why) for host, why in chosen.left_out]
    for host, state, note in (*pending, *skipped):
        session.add(
            JobHost(
                job_id=row.id, host_id=host.id, name=host.name, state=state.value, may_still_run=False, note=note,
                attempts=0, bytes=0, kept_bytes=0, capped=False,
            )
        )  # fmt: skip
    row.counts = {HostState.PENDING.value: len(pending), HostState.SKIPPED.value: len(skipped)}


async def _refuse_locked(session: AsyncSession, row: Job, host_ids: set[int]) -> None:
    await session.execute(text("select pg_advisory_xact_lock(:key)"), {"key": 0x4A4F4253})
    query = select(Job.id).where(Job.lock == row.lock, Job.state.in_([JobState.PENDING, JobState.RUNNING]))
    if row.lock == "template":
        query = query.where(Job.template_id == row.template_id)
    else:
        query = query.where(Job.id.in_(select(JobHost.job_id).where(JobHost.host_id.in_(host_ids))))
    other = await session.scalar(query.limit(1))
    if other is not None:
        raise Conflict(f"Task {other} is at work here. Wait for its end, or cancel it.", code="locked")


async def _record(session: AsyncSession, actor: Actor, row: Job, hosts: Sequence[HostRow]) -> None:
    detail: dict[str, Any] = {"kind": row.kind, "hosts": [host.name for host in hosts[:50]], "count": len(hosts)}
    command = row.spec.get("command")
    if isinstance(command, str):
        detail["command"] = command[:COMMAND_SHOWN]
    for name in ("template_id", "schedule_id", "workflow_run_id", "parent_id"):
        if getattr(row, name) is not None:
            detail[name] = getattr(row, name)
    if row.become is not None:
        detail["become"] = row.become["user"]
    if row.check:
        detail["check"] = True
    await audit.record(session, actor, "job.launch", kind="job", object_id=row.id, name=row.name, detail=detail)


def require_all(principal: Principal, action: Action, hosts: Sequence[JobHost], visible: set[int]) -> None:
    """Go on only with the right to it on every host of the job. Raises Forbidden."""
    require(principal, action)
    missing = [host for host in hosts if host.host_id not in visible]
    if missing:
        raise Forbidden(
            f"This job runs on {len(missing)} hosts that you may not see. Somebody who sees them has to do it.",
            code="hosts_hidden",
        )
