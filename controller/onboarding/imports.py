"""Hosts from files: looked at before anything is kept, taken in with a credential, or sent on the way in by
password.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping

from sqlalchemy.ext.asyncio import AsyncSession

from controller.core.errors import AppError, FieldError, Invalid
from controller.hosts import groups, rules
from controller.hosts import queries as host_queries
from controller.hosts import service as hosts
from controller.hosts.act import Act
from controller.hosts.schemas import NewHost
from controller.onboarding.schemas import (
    Import,
    ImportBatch,
    ImportPreview,
    ImportResults,
    ImportRow,
    ImportRowResult,
    ImportText,
    NewOnboarding,
)
from controller.users.rights import Action, Principal, allows, require
from inventory import ansible_file, csv_file, ssh_config
from inventory.found import Found, Reading, UnreadableError

READERS: Mapping[str, Callable[[str], Reading]] = {
    "csv": csv_file.read,
    "ssh_config": ssh_config.read,
    "ansible": ansible_file.read,
}


class DryRun(Exception):
    """Takes back what was tried."""


def parse(given: ImportText) -> Reading:
    """What the text holds. Raises Invalid with a sentence on where it cannot be read."""
    try:
        return READERS[given.format](given.text)
    except UnreadableError as error:
        raise Invalid(str(error), code="unreadable", errors=(FieldError("text", str(error)),)) from None
    except RecursionError:
        raise Invalid("The file is nested too deep.", errors=(FieldError("text", "Nested too deep."),)) from None


async def preview(session: AsyncSession, principal: Principal, given: ImportText) -> ImportPreview:
    """Every row with what is wrong about it."""
    reading = parse(given)
    seen = await host_queries.load(session, host_queries.seen_by(principal))
    known = {name.lower(): number for number, name in await _groups(session, principal)}
    names = {row.name.lower(): row.name for row in seen}
    names_now = frozenset(names)
    by_id = {row.id: row.name.lower() for row in seen}
    places = {(row.address, row.port, by_id.get(row.jump_host_id or 0, "")): row.name for row in seen}
    rows: list[ImportRow] = []
    for index, found in enumerate(reading.hosts):
        row = _row(index, found)
        missing = [name for name in found.groups if name.lower() not in known]
        if missing and not allows(principal, Action.GROUPS_WRITE):
            row.problems.append(f"There is no group {missing[0]!r} that you see, and you may not make one.")
        if row.jump and row.jump.lower() not in names_now:
            row.problems.append(_no_jump(row.jump))
        place = (row.address, row.port, row.jump.lower())
        row.twin = names.get(row.name.lower(), "") or places.get(place, "")
        names.setdefault(row.name.lower(), row.name)
        places.setdefault(place, row.name)
        rows.append(row)
    return ImportPreview(rows, len(rows), reading.notes)


async def take(session: AsyncSession, act: Act, wanted: Import) -> ImportResults:
    """Add the hosts; each has a result of its own.

    A dry run does all of it and takes it back. Raises Forbidden, Invalid.
    """
    require(act.principal, Action.HOSTS_WRITE)
    reading = parse(wanted)
    results: list[ImportRowResult] = []
    try:
        async with session.begin_nested():
            for index, found in _chosen(reading, wanted.rows):
                results.append(await _take_one(session, act, wanted, index, found))
            if wanted.dry_run:
                raise DryRun  # noqa: TRY301 — takes the savepoint back
    except DryRun:
        results = [ImportRowResult(one.index, None, one.code, one.detail, one.field) for one in results]
    return ImportResults(results, wanted.dry_run)


async def _take_one(session: AsyncSession, act: Act, wanted: Import, index: int, found: Found) -> ImportRowResult:
    row = _row(index, found)
    if row.problems:
        return ImportRowResult(index, None, "invalid", row.problems[0])
    try:
        async with session.begin_nested():
            group_ids = await group_ids_of(session, act, found.groups)
            jump = await _jump_id(session, act.principal, row.jump)
            new = NewHost(
                address=row.address,
                username=row.username,
                name=row.name,
                port=row.port,
                credential_id=wanted.credential_id,
                group_ids=sorted({*wanted.group_ids, *group_ids}),
                tags=[*wanted.tags, *row.tags],
                note=row.note,
                jump_host_id=jump,
                enabled=wanted.enabled,
            )
            return ImportRowResult(index, await hosts.add(session, act, new))
    except AppError as error:
        return ImportRowResult(index, None, error.code, error.detail, error.errors[0].field if error.errors else "")


async def ways_in(
    session: AsyncSession, act: Act, wanted: ImportBatch
) -> list[tuple[int, NewOnboarding | ImportRowResult, str]]:
    """The rows as hosts to bring in by password, in the file's order; what cannot be sent on its way says why."""
    require(act.principal, Action.HOSTS_WRITE)
    found: list[tuple[int, NewOnboarding | ImportRowResult, str]] = []
    for index, one in _chosen(parse(wanted), wanted.rows):
        row = _row(index, one)
        password = one.password or wanted.password
        if row.problems:
            found.append((index, ImportRowResult(index, None, "invalid", row.problems[0]), ""))
            continue
        try:
            async with session.begin_nested():
                group_ids = await group_ids_of(session, act, one.groups)
                jump = await _jump_id(session, act.principal, row.jump) or wanted.jump_host_id
        except AppError as error:
            field = error.errors[0].field if error.errors else "group_ids"
            found.append((index, ImportRowResult(index, None, error.code, error.detail, field), ""))
            continue
        new = NewOnboarding(
            address=row.address, username=row.username, name=row.name, port=row.port, password=password or None,
            key_credential_id=wanted.key_credential_id, account=wanted.account, access=wanted.access,
            disable_password=wanted.disable_password, group_ids=sorted({*wanted.group_ids, *group_ids}),
            tags=[*wanted.tags, *row.tags], note=row.note, jump_host_id=jump, init=wanted.init,
        )  # fmt: skip
        found.append((index, new, one.fingerprint))
    return found


async def group_ids_of(session: AsyncSession, act: Act, names: Collection[str]) -> list[int]:
    """The groups of these names; those that are not there are made. Raises Forbidden, Invalid."""
    known = {name.lower(): number for number, name in await _groups(session, act.principal)}
    found = []
    for name in names:
        number = known.get(name.lower())
        found.append(await groups.add(session, act, name) if number is None else number)
    return found


async def _jump_id(session: AsyncSession, principal: Principal, name: str) -> int | None:
    """The host of that name to go through; none for no name. Raises Invalid for one that the principal does not see."""
    if not name:
        return None
    number = await host_queries.id_by_name(session, name)
    if number is None or not await host_queries.visible_ids(session, principal, [number]):
        raise Invalid(_no_jump(name), errors=(FieldError("jump_host_id", _no_jump(name)),))
    return number


def _no_jump(name: str) -> str:
    return f"There is no host {name[:60]!r} to go through. Bring that one in first, under this name."


async def _groups(session: AsyncSession, principal: Principal) -> list[tuple[int, str]]:
    return [(group.id, group.name) for group in await groups.listing(session, principal)]


def _chosen(reading: Reading, rows: Collection[int] | None) -> list[tuple[int, Found]]:
    wanted = None if rows is None else set(rows)
    return [(index, one) for index, one in enumerate(reading.hosts) if wanted is None or index in wanted]


def _row(index: int, found: Found) -> ImportRow:
    """The row by the rules of hosts."""
    problems = list(found.problems)

    def take(rule: Callable[[str], str], value: str) -> str:
        try:
            return rule(value)
        except ValueError as error:
            if str(error) not in problems:
                problems.append(str(error))
            return value[:100]

    address = take(rules.address, found.address) if found.address else ""
    name = take(rules.name, found.name or found.address) if found.address or found.name else ""
    try:
        tags = rules.tags(found.tags)
    except ValueError as error:
        tags = []
        problems.append(str(error))
    for group in found.groups:
        take(rules.name, group)
    return ImportRow(
        index=index,
        line=found.line,
        name=name,
        address=address,
        port=found.port,
        username=take(rules.username, found.username),
        groups=list(found.groups),
        tags=tags,
        note=take(rules.note, found.note),
        has_password=bool(found.password),
        fingerprint=found.fingerprint[:200],
        jump=found.jump[:200],
        problems=problems,
    )
