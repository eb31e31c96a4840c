"""Schedules: kept, changed, paused, run by hand, removed; and what will run when."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec
from msgspec import UNSET, structs
from sqlalchemy.ext.asyncio import AsyncSession

from controller.audit import service as audit
from controller.core.clock import utc_now
from controller.core.errors import FieldError, Forbidden, Invalid, NotFound
from controller.core.secrets import Secret, VaultError
from controller.jobs.launching import Launcher, Office
from controller.jobs.schedules import firing, queries, rules, what
from controller.jobs.schedules.models import Fire, Schedule
from controller.jobs.schedules.news import SchedulesChanged
from controller.jobs.schedules.rules import Rule, RuleError, Window
from controller.jobs.schedules.schemas import (
    Coming,
    FireView,
    NewSchedule,
    ScheduleChanges,
    ScheduleView,
)
from controller.jobs.schedules.what import Thing
from controller.users import sessions
from controller.users.rights import Action, Principal, Role, require

NO_SUCH = "There is no such schedule, or you may not see it."


async def get(session: AsyncSession, principal: Principal, schedule_id: int, *, lock: bool = False) -> Schedule:
    """One whose template or workflow the principal sees. Raises NotFound, Forbidden."""
    require(principal, Action.JOBS_VIEW)
    there = 0 < schedule_id < 1 << 63
    row = await session.get(Schedule, schedule_id, with_for_update=lock) if there else None
    if row is None or not (await what.shelf(session, principal)).seen(row, principal):
        raise NotFound(NO_SUCH)
    return row


async def mine(session: AsyncSession, who: Launcher, schedule_id: int) -> Schedule:
    """One that the caller may change, locked. Raises NotFound, Forbidden."""
    require(who.principal, Action.JOBS_MANAGE)
    row = await get(session, who.principal, schedule_id, lock=True)
    if not may_change(row, who.principal):
        raise Forbidden("This schedule is somebody else's; its owner or an administrator changes it.", code="not_yours")
    return row


def may_change(row: Schedule, principal: Principal) -> bool:
    """Its owner and administrators."""
    return row.owner_id == principal.user_id or (principal.role is Role.ADMIN and principal.all_hosts)


async def page(session: AsyncSession, office: Office, principal: Principal) -> list[ScheduleView]:
    """Those that the principal sees, by name."""
    return await show(session, office, principal, await visible(session, principal))


async def visible(session: AsyncSession, principal: Principal) -> list[Schedule]:
    """The rows of those that the principal sees, by name. Raises Forbidden."""
    require(principal, Action.JOBS_VIEW)
    shelf = await what.shelf(session, principal)
    return [row for row in await queries.everything(session) if shelf.seen(row, principal)]


async def add(session: AsyncSession, office: Office, who: Launcher, new: NewSchedule) -> Schedule:
    """Keep one, which runs with the caller's rights from now on. Raises Invalid, Forbidden, NotFound."""
    require(who.principal, Action.JOBS_MANAGE)
    now = utc_now(office.clock)
    row = Schedule(owner_id=who.principal.user_id, sealed_params=None, created_at=now, updated_at=now)
    await _keep(session, office, who, row, structs.asdict(new))
    await _record(session, who, "schedule.create", row)
    _tell(session, office)
    return row


async def change(
    session: AsyncSession, office: Office, who: Launcher, schedule_id: int, changes: ScheduleChanges
) -> Schedule:
    """Change it. Whoever changes what is run becomes its owner: it runs with no rights but theirs.

    Raises NotFound, Forbidden, Invalid.
    """
    row = await mine(session, who, schedule_id)
    given = {name: value for name, value in structs.asdict(changes).items() if value is not UNSET}
    for one, other in (("template_id", "workflow_id"), ("workflow_id", "template_id")):
        if given.get(one) is not None:
            given.setdefault(other, None)
    if set(given) - {"enabled", "name"}:
        row.owner_id = who.principal.user_id
    known = {name: getattr(row, name) for name in NewSchedule.__struct_fields__}
    known |= {"rule": firing.rule_of(row), "windows": firing.windows_of(row)}
    row.updated_at = utc_now(office.clock)
    await _keep(session, office, who, row, known | given)
    await _record(session, who, "schedule.update", row, changed=sorted(given))
    _tell(session, office)
    return row


async def remove(session: AsyncSession, office: Office, who: Launcher, schedule_id: int) -> None:
    """Delete it; the jobs it began stay. Raises NotFound, Forbidden."""
    row = await mine(session, who, schedule_id)
    await _record(session, who, "schedule.delete", row)
    await session.delete(row)
    _tell(session, office)


async def run_now(session: AsyncSession, office: Office, who: Launcher, schedule_id: int) -> Fire:
    """Run it by hand, with its owner's rights. Raises NotFound, Forbidden."""
    row = await mine(session, who, schedule_id)
    require(who.principal, Action.JOBS_RUN)
    await _record(session, who, "schedule.run", row)
    return await firing.fire_now(session, office, row)


def coming(rule: Rule, zone: str, windows: list[Window], after: datetime, number: int) -> list[Coming]:
    """The next times of a rule. Raises Invalid for one that no calendar can do."""
    return [_coming(at, zone_of(zone), windows) for at in rules.preview(_checked(rule), zone_of(zone), after, number)]


async def show(
    session: AsyncSession, office: Office, principal: Principal, rows: Sequence[Schedule]
) -> list[ScheduleView]:
    """Schedules as the API shows them."""
    shelf = await what.shelf(session, principal)
    people = {one.user_id: one.username for one in await sessions.everybody(session)}
    last = await queries.last_fires(session, [row.id for row in rows])
    now = utc_now(office.clock)
    return [
        ScheduleView(
            **{name: getattr(row, name) for name in SAME},
            template_name=what.name(shelf.templates, row.template_id),
            workflow_name=what.name(shelf.workflows, row.workflow_id),
            owner=people.get(row.owner_id, ""),
            secrets_set=sorted(_secrets(office, row)),
            rule=firing.rule_of(row),
            windows=firing.windows_of(row),
            next=coming(firing.rule_of(row), row.zone, firing.windows_of(row), now, 5) if row.enabled else [],
            last=fire_view(last[row.id]) if row.id in last else None,
            may_change=may_change(row, principal),
        )
        for row in rows
    ]


SAME = (
    "id", "name", "enabled", "template_id", "workflow_id", "owner_id", "params", "zone", "misfire", "overlap",
    "jitter_s", "created_at", "updated_at",
)  # fmt: skip


def fire_view(fire: Fire) -> FireView:
    """As the API shows it."""
    kept = {name: getattr(fire, name) for name in FireView.__struct_fields__ if name != "because"}
    return FireView(**kept, because=firing.because(fire.note))


def _coming(at: datetime, zone: ZoneInfo, windows: list[Window]) -> Coming:
    return Coming(at, at.astimezone(zone).isoformat(timespec="seconds"), rules.shut(windows, zone, at))


async def _keep(session: AsyncSession, office: Office, who: Launcher, row: Schedule, values: dict[str, Any]) -> None:
    """Check everything, put it into the row, and set when it fires next."""
    thing = await _thing(session, who.principal, values)
    zone, rule = zone_of(values["zone"]), _checked(values["rule"])
    name = " ".join(str(values["name"]).split())
    if not name or not name.isprintable():
        raise _invalid("name", "Give it a name of printable characters.")
    now = utc_now(office.clock)
    if isinstance(rule, rules.IntervalRule) and rule.anchor is None:
        rule = structs.replace(rule, anchor=now)
    if isinstance(rule, rules.OnceRule) and values["enabled"] and rules.following(rule, zone, now) is None:
        raise _invalid("rule.at", "This time is over; choose one that comes.")
    secret, params = thing.secret, values["params"]
    hidden = {**_secrets(office, row), **{key: value for key, value in params.items() if key in secret}}
    with session.no_autoflush:
        for key in ("enabled", "template_id", "workflow_id", "misfire", "overlap", "jitter_s"):
            setattr(row, key, values[key])
        row.name, row.zone, row.params = name, zone.key, {k: v for k, v in params.items() if k not in secret}
        row.rule, row.windows = msgspec.to_builtins(rule), msgspec.to_builtins(values["windows"])
    session.add(row)
    await session.flush()  # its id is part of what follows
    hidden = {key: value for key, value in hidden.items() if key in secret}
    sealed = office.vault.seal(Secret(json.dumps(hidden)), firing.place(row.id)) if hidden else None
    row.sealed_params = sealed
    firing.arm(row, now)
    await session.flush()


async def _thing(session: AsyncSession, principal: Principal, values: dict[str, Any]) -> Thing:
    """What is to be launched. Raises Invalid, NotFound, Forbidden."""
    template_id, workflow_id = values["template_id"], values["workflow_id"]
    if (template_id is None) == (workflow_id is None):
        raise _invalid("template_id", "Choose a template or a workflow.")
    word = "template" if workflow_id is None else "workflow"
    thing = (await what.shelf(session, principal)).of(template_id, workflow_id)
    if thing is None or not thing.may_see:
        raise NotFound(f"There is no such {word}, or you may not see it.")
    if not thing.may_launch:
        raise Forbidden(f"This {word} is for others to launch.", code="not_a_launcher")
    return thing


def _secrets(office: Office, row: Schedule) -> dict[str, Any]:
    try:
        return firing.opened(office, row)
    except VaultError:
        return {}


def _checked(rule: Rule) -> Rule:
    try:
        rules.check(rule)
    except RuleError as error:
        raise _invalid(error.field, str(error)) from None
    return rule


def zone_of(name: str) -> ZoneInfo:
    """The zone of that IANA name. Raises Invalid."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise _invalid("zone", "There is no such time zone; write one such as Europe/Berlin.") from None


def _tell(session: AsyncSession, office: Office) -> None:
    office.bus.publish_after_commit(session, SchedulesChanged())


async def _record(session: AsyncSession, who: Launcher, action: str, row: Schedule, **detail: object) -> None:
    await audit.record(session, who.actor, action, kind="schedule", object_id=row.id, name=row.name, detail=detail)


def _invalid(field: str, message: str) -> Invalid:
    return Invalid(message, errors=(FieldError(field, message),))
