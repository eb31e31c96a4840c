"""What may be asked for: a wish in its canonical form, and whether its maker may have it."""

from __future__ import annotations

from typing import Any

from msgspec import structs
from sqlalchemy.ext.asyncio import AsyncSession

from controller.core.errors import Conflict, FieldError, Invalid
from controller.hosts import credentials, groups, rules
from controller.hosts import queries as host_queries
from controller.hosts import service as hosts
from controller.onboarding import account, settling
from controller.onboarding.bench import Bench
from controller.onboarding.schemas import NewOnboarding
from controller.ssh import hostkeys
from controller.users.rights import Action, Principal, Role


def checked(new: NewOnboarding) -> NewOnboarding:
    """The wish in its canonical form. Raises Invalid that names the fields."""
    found = rules.Findings()
    address = found.take("address", rules.address, new.address)
    tidy = structs.replace(
        new,
        address=address,
        name=found.take("name", rules.name, new.name or address),
        port=found.take("port", rules.port, new.port),
        username=found.take("username", rules.username, new.username),
        note=found.take("note", rules.note, new.note),
        tags=found.take("tags", rules.tags, new.tags),
    )
    for field in ("password", "new_password"):
        if getattr(new, field) is not None:
            found.take(field, rules.secret, getattr(new, field))
    if (new.password is None) == (new.login_credential_id is None):
        found.add("password", "Give the password of the account, or choose a key that is in place there.")
    if new.host_key is not None:
        try:
            tidy = structs.replace(tidy, host_key=hostkeys.read(new.host_key.strip()[:20_000]).line)
        except ValueError:
            found.add("host_key", "That is no public key of a host.")
    if new.account is not None:
        try:
            account.making(new.account.name, new.account.sudo)
        except ValueError as error:
            found.add("account.name", str(error))
    found.settle()
    return tidy


async def admitted(bench: Bench, principal: Principal, new: NewOnboarding) -> dict[str, Any]:
    """May the caller do this, with these credentials, and is name and place free? What is found out on the way.

    Raises what says no.
    """
    async with bench.database.session() as session:
        for chosen in (new.login_credential_id, new.key_credential_id):
            if chosen is not None:
                await credentials.usable(session, principal, chosen)
        groups.merge(principal, await groups.known(session), new.group_ids)
        await way_there(session, principal, new.jump_host_id)
        found: dict[str, Any] = {}
        if new.init is not None:
            template = await settling.admitted(session, bench.jobs, principal, new)
            found = {settling.KIND: template.kind, "init_name": template.name}
        if new.host_id is not None:
            await hosts.get(session, principal, new.host_id, Action.HOSTS_WRITE)
            return found
        twin = await host_queries.id_by_name(session, new.name)
        if twin is not None:
            message = "Another host has this name; choose a different one."
            raise Conflict(message, code="name_taken", errors=(FieldError("name", message),))
        return found


async def way_there(session: AsyncSession, principal: Principal, jump: int | None) -> None:
    """Raises Invalid for a jump host that the caller does not see, or that only watches."""
    if jump is None:
        return
    rows = await host_queries.load(session, await host_queries.visible_ids(session, principal, [jump]))
    if not rows:
        raise _bad_jump("There is no such host to go through.")
    if rows[0].monitoring_only:
        raise _bad_jump("Moorline only watches that host and makes no connections from it. Choose another one.")


def _bad_jump(message: str) -> Invalid:
    return Invalid(message, errors=(FieldError("jump_host_id", message),))


def sees_all(principal: Principal) -> bool:
    """May the principal look at what others began?"""
    return principal.role is Role.ADMIN and principal.all_hosts
