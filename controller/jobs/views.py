"""Jobs and templates as the API shows them, to whoever asks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from controller.jobs import queries, registry
from controller.jobs.kind import Kind, Limits
from controller.jobs.models import Job, JobEvent, JobHost, JobTemplate
from controller.jobs.registry import Kinds
from controller.jobs.results.schemas import HostResult, StepView
from controller.jobs.schemas import (
    AsWhom,
    JobView,
    KindView,
    Notify,
    Targets,
    TemplateView,
)
from controller.jobs.states import JOB_ENDED, HostState, JobState
from controller.jobs.survey import Question
from controller.users import sessions
from controller.users.rights import Action, Principal, Role, allows

PLAIN = (
    "id", "template_id", "kind", "name", "spec", "params", "check", "diff", "lock", "on_lock", "code", "note",
    "launched_by", "launched_by_id", "approved_by", "approved_at", "schedule_id", "workflow_run_id", "parent_id",
    "created_at", "started_at", "ended_at", "stats", "output_bytes", "kept_bytes", "capped",
)  # fmt: skip


async def show(session: AsyncSession, kinds: Kinds, principal: Principal, rows: Sequence[Job]) -> list[JobView]:
    """In the order given."""
    ids = [row.id for row in rows]
    tallies = await queries.tallies(session, principal, ids)
    files = await queries.file_counts(session, ids)
    names = await queries.template_names(session, {row.template_id for row in rows if row.template_id is not None})
    found = []
    for row in rows:
        tally = tallies[row.id]
        seen = sum(tally.counts.values())
        runs = allows(principal, Action.JOBS_RUN)
        mine = row.launched_by_id == principal.user_id
        ended = row.state in JOB_ENDED
        found.append(
            JobView(
                **{name: getattr(row, name) for name in PLAIN},
                template_name=names.get(row.template_id or 0),
                summary=summary(kinds, row.kind, row.spec),
                targets=msgspec.convert(row.targets, Targets),
                become=None if row.become is None else msgspec.convert(row.become, AsWhom),
                survey=msgspec.convert(row.survey, list[Question]),
                secret_params=_secret_names(row),
                limits=msgspec.convert(row.limits, Limits),
                notify=msgspec.convert(row.notify, Notify),
                state=JobState(row.state),
                counts=tally.counts,
                hosts=seen,
                hidden_hosts=tally.total - seen,
                may_still_run=tally.may_still_run,
                files=files.get(row.id, 0),
                may_cancel=not ended and runs and (mine or seen == tally.total),
                may_relaunch=ended and runs and seen > 0,
                may_approve=row.state == JobState.WAITING_APPROVAL
                and allows(principal, Action.JOBS_APPROVE)
                and not mine
                and seen == tally.total,
            )
        )
    return found


def _secret_names(row: Job) -> list[str]:
    """Of the questions that were answered with a secret; which of the optional ones were, only the vault knows."""
    return [str(question["name"]) for question in row.survey if question.get("type") == "secret"]


def summary(kinds: Kinds, name: str, spec: dict[str, Any]) -> str:
    """One line of what is run."""
    kind = kinds.get(name)
    try:
        return "" if kind is None else kind.summary(msgspec.convert(spec, kind.spec))
    except msgspec.ValidationError:  # kept by a version that knew other fields
        return ""


def host(row: JobHost) -> HostResult:
    """One result."""
    names = (name for name in HostResult.__struct_fields__ if name != "state")
    return HostResult(state=HostState(row.state), **{name: getattr(row, name) for name in names})


def event(row: JobEvent, *, whole: bool) -> StepView:
    """A step; `whole`: with its result and diff."""
    names = ("seq", "host_id", "step", "play", "title", "action", "state", "started_at", "ended_at")
    plain = {name: getattr(row, name) for name in names}
    return StepView(**plain, index=row.position, result=row.result if whole else None, diff=row.diff if whole else None)


def kind(one: Kind) -> KindView:
    """A kind, with the schema of its form."""
    return KindView(one.name, one.title, registry.form(one), one.can_check, one.can_diff, one.can_become)


# templates


def may_see(row: JobTemplate, principal: Principal) -> bool:
    """Its owner, its launchers and administrators; everybody, when everybody may launch it."""
    return allows(principal, Action.JOBS_VIEW) and (row.launcher_ids is None or _close(row, principal))


def may_launch(row: JobTemplate, principal: Principal) -> bool:
    """May the principal launch it, on hosts where jobs may be run?"""
    return allows(principal, Action.JOBS_RUN) and (row.launcher_ids is None or _close(row, principal))


def may_change(row: JobTemplate, principal: Principal) -> bool:
    """Its owner and administrators."""
    return allows(principal, Action.JOBS_MANAGE) and (row.owner_id == principal.user_id or _administers(principal))


def _close(row: JobTemplate, principal: Principal) -> bool:
    return principal.user_id in {row.owner_id, *(row.launcher_ids or ())} or _administers(principal)


def _administers(principal: Principal) -> bool:
    return principal.role is Role.ADMIN and principal.all_hosts


async def templates(
    session: AsyncSession, kinds: Kinds, principal: Principal, rows: Sequence[JobTemplate]
) -> list[TemplateView]:
    """In the order given."""
    owners = {one.user_id: one.username for one in await sessions.everybody(session)} if rows else {}
    names = (
        "id", "name", "description", "kind", "spec", "check", "diff", "needs_approval", "lock", "on_lock",
        "launcher_ids", "owner_id", "seed", "created_at", "updated_at",
    )  # fmt: skip
    return [
        TemplateView(
            **{name: getattr(row, name) for name in names},
            summary=summary(kinds, row.kind, row.spec),
            targets=msgspec.convert(row.targets, Targets),
            become=None if row.become is None else msgspec.convert(row.become, AsWhom),
            survey=msgspec.convert(row.survey, list[Question]),
            limits=msgspec.convert(row.limits, Limits),
            notify=msgspec.convert(row.notify, Notify),
            owner=owners.get(row.owner_id or 0),
            may_launch=may_launch(row, principal),
            may_change=may_change(row, principal),
        )
        for row in rows
    ]
