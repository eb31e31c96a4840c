"""Users: how they come in (set-up, invitation, registration), what administrators change, their own password."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from msgspec import UNSET
from sqlalchemy import delete, func, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from controller.core.errors import Conflict, FieldError, Forbidden, Invalid, NotFound
from controller.users import links, passwords, sessions
from controller.users.act import Deed
from controller.users.models import AppSetting, Invitation, User
from controller.users.preferences import read as read_settings
from controller.users.rights import GRANTABLE, Action, Principal, Role, allows
from controller.users.schemas import NewInvitation, UserChanges

SETUP_KEY = "setup"
NAME = re.compile(r"[^\W_][\w.@+-]{0,63}")
LOCK = 0x55534552  # one at a time for what must hold among users: the first one, the last administrator, names
BIGGEST_ID = 2**63 - 1
LONGEST_INVITATION_H = 24 * 90


@dataclass(frozen=True, slots=True)
class Rights:
    """What a new user may do."""

    role: Role
    all_hosts: bool = False
    group_ids: tuple[int, ...] = ()


async def setup_needed(session: AsyncSession) -> bool:
    """Is there no administrator yet?"""
    return await session.scalar(select(User.id).where(User.role == Role.ADMIN).limit(1)) is None


async def setup_link(session: AsyncSession, base_url: str) -> str | None:
    """A fresh one-time link to make the first administrator, None when there is one. Earlier links end."""
    if not await setup_needed(session):
        return None
    word, kept = links.fresh()
    statement = insert(AppSetting).values(key=SETUP_KEY, value=kept.hex())
    await session.execute(
        statement.on_conflict_do_update(index_elements=[AppSetting.key], set_={"value": statement.excluded.value})
    )
    return f"{base_url}/setup?token={word}"


async def set_up(session: AsyncSession, deed: Deed, token: str, username: str, password: str) -> User:
    """Make the first administrator by the link's word. Two at once make one. Raises Conflict, Forbidden, Invalid."""
    await _lock(session)
    if not await setup_needed(session):
        raise Conflict("Moorline is set up already. Log in.", code="set_up")
    kept = await session.scalar(select(AppSetting.value).where(AppSetting.key == SETUP_KEY))
    if kept != links.digest(token).hex():
        raise Forbidden("This set-up link is not valid. Use the one that the server printed last.", code="bad_token")
    user = await create(session, deed, username, password, Rights(Role.ADMIN, all_hosts=True))
    await session.execute(delete(AppSetting).where(AppSetting.key == SETUP_KEY))
    await deed.record(session, "user.set_up", "user", user.id, user.username)
    return user


async def register(session: AsyncSession, deed: Deed, username: str, password: str) -> User:
    """Somebody registers, where that is switched on: without any right until an administrator gives some."""
    if not (await read_settings(session)).self_registration or await setup_needed(session):
        raise Forbidden("Registration is switched off. Ask an administrator for an invitation.", code="not_open")
    user = await create(session, deed, username, password, Rights(Role.NONE))
    await deed.record(session, "user.register", "user", user.id, user.username)
    return user


async def create(session: AsyncSession, deed: Deed, username: str, password: str, rights: Rights) -> User:
    """A new user. Raises Invalid for name or password, Conflict when the name is taken."""
    username = username.strip()
    if not NAME.fullmatch(username):
        error = FieldError("username", "1 to 64 letters, digits and . _ @ + - , beginning with a letter or digit")
        raise Invalid(f"The user name is not usable: {error.message}.", errors=(error,))
    passwords.check(password, username)
    await _lock(session)
    if await session.scalar(select(User.id).where(func.lower(User.username) == username.lower())) is not None:
        raise Conflict("There is a user of that name already. Choose another.", code="name_taken")
    user = User(
        username=username,
        password_hash=await passwords.hashed(password),
        role=rights.role.value,
        all_hosts=rights.all_hosts,
        group_ids=list(rights.group_ids),
        enabled=True,
        preferences={},
        created_at=deed.at,
    )
    session.add(user)
    await session.flush()
    return user


async def find(session: AsyncSession, user_id: int) -> User:
    """The user. Raises NotFound."""
    user = await session.get(User, user_id) if 0 < user_id <= BIGGEST_ID else None
    if user is None:
        raise NotFound("There is no such user.")
    return user


async def principals(session: AsyncSession, user_ids: Collection[int]) -> dict[int, Principal]:
    """What these users may do now, by id; whoever is gone or disabled is not in it."""
    query = select(User).where(User.id.in_(user_ids), User.enabled)
    return {user.id: sessions.principal_of(user) for user in await session.scalars(query)}


async def by_name(session: AsyncSession, username: str) -> User:
    """The user of that name, small and capital letters alike. Raises NotFound."""
    user = await session.scalar(select(User).where(func.lower(User.username) == username.lower()))
    if user is None:
        raise NotFound(f"There is no user {username}.")
    return user


async def first_admin(session: AsyncSession) -> User:
    """Whose rights count on the command line unless it names somebody. Raises Conflict while there is none."""
    first = select(User).where(User.role == Role.ADMIN.value, User.enabled).order_by(User.id).limit(1)
    user = await session.scalar(first)
    if user is None:
        raise Conflict("There is no administrator yet. Open the link that `moorline serve` prints, or `user add` one.")
    return user


async def change(session: AsyncSession, deed: Deed, user_id: int, changes: UserChanges) -> User:
    """Change rights. They hold at once, for open sessions too. Raises NotFound, Conflict for the last administrator."""
    await _lock(session)
    user = await find(session, user_id)
    before = {
        "role": user.role,
        "all_hosts": user.all_hosts,
        "group_ids": list(user.group_ids),
        "grants": list(user.grants),
        "enabled": user.enabled,
    }
    if changes.role is not UNSET:
        user.role = changes.role.value
    if changes.all_hosts is not UNSET:
        user.all_hosts = changes.all_hosts
    if changes.group_ids is not UNSET:
        user.group_ids = usable_groups(changes.group_ids)
    if changes.grants is not UNSET:
        user.grants = usable_grants(changes.grants)
    if changes.enabled is not UNSET:
        user.enabled = changes.enabled
    await session.flush()
    await _keep_an_admin(session)
    if not user.enabled:
        await sessions.end(session, user.id)
    if not (user.enabled and allows(sessions.principal_of(user), Action.USERS_MANAGE)):
        await _withdraw_invitations(session, user)
    after = {name: getattr(user, name) for name in before}
    changed = {name: after[name] for name in after if after[name] != before[name]}
    if changed:
        await deed.record(session, "user.edit", "user", user.id, user.username, **changed)
        deed.rights_changed(session, user.id)
    return user


async def remove(session: AsyncSession, deed: Deed, user_id: int) -> None:
    """Delete a user with sessions and tokens. Raises NotFound, Conflict for the last administrator."""
    await _lock(session)
    user = await find(session, user_id)
    await session.delete(user)
    await _withdraw_invitations(session, user)
    await session.flush()
    await _keep_an_admin(session)
    await deed.record(session, "user.delete", "user", user_id, user.username)
    deed.rights_changed(session, user_id)


async def change_password(session: AsyncSession, deed: Deed, principal: Principal, current: str, new: str) -> None:
    """The user's own password; all other sessions end. Raises Forbidden for a wrong present one, Invalid."""
    user = await find(session, principal.user_id)
    if not await passwords.matches(user.password_hash, current):
        error = FieldError("current", "is not your present password")
        raise Invalid("Your present password is another one.", code="wrong_password", errors=(error,))
    await set_password(session, deed, user, new, keep=principal.session_id)


async def set_password(session: AsyncSession, deed: Deed, user: User, new: str, keep: int | None = None) -> None:
    """Set a password and end the user's sessions but `keep`. Raises Invalid."""
    passwords.check(new, user.username)
    user.password_hash = await passwords.hashed(new)
    await sessions.end(session, user.id, keep=keep)
    await deed.record(session, "user.password", "user", user.id, user.username)
    deed.rights_changed(session, user.id)


async def invite(session: AsyncSession, deed: Deed, wanted: NewInvitation) -> tuple[Invitation, str]:
    """An invitation and its link's word, which is not kept."""
    if not 1 <= wanted.expires_in_hours <= LONGEST_INVITATION_H:
        error = FieldError("expires_in_hours", f"takes 1 to {LONGEST_INVITATION_H} hours")
        raise Invalid("An invitation lasts from an hour to 90 days.", errors=(error,))
    word, kept = links.fresh()
    row = Invitation(
        secret_hash=kept,
        role=wanted.role.value,
        all_hosts=wanted.all_hosts,
        group_ids=usable_groups(wanted.group_ids),
        created_by=deed.actor.name,
        created_at=deed.at,
        expires_at=deed.at + timedelta(hours=wanted.expires_in_hours),
    )
    session.add(row)
    await session.flush()
    await deed.record(session, "invitation.create", "invitation", row.id, wanted.role.value)
    return row, word


async def invitation(session: AsyncSession, token: str, now: datetime, *, lock: bool = False) -> Invitation:
    """The open invitation of that word. Raises NotFound."""
    query = select(Invitation).where(Invitation.secret_hash == links.digest(token), Invitation.expires_at > now)
    row = await session.scalar(query.with_for_update() if lock else query)
    if row is None:
        raise NotFound("This invitation has been used, has expired or was withdrawn. Ask for a new one.")
    return row


async def accept(session: AsyncSession, deed: Deed, token: str, username: str, password: str) -> User:
    """Take up an invitation, which ends it. Raises NotFound, Invalid, Conflict."""
    row = await invitation(session, token, deed.at, lock=True)
    rights = Rights(Role(row.role), row.all_hosts, tuple(row.group_ids))
    user = await create(session, deed, username, password, rights)
    await session.delete(row)
    await deed.record(session, "invitation.accept", "user", user.id, user.username, invited_by=row.created_by)
    return user


async def forget_group(session: AsyncSession, group_id: int) -> None:
    """A group of hosts is gone: nobody's rights name it any more."""
    for table in ("user_account", "api_token", "invitation"):
        await session.execute(
            text(f"update {table} set group_ids = array_remove(group_ids, :group) where :group = any(group_ids)"),  # noqa: S608
            {"group": group_id},
        )


def usable_groups(group_ids: list[int]) -> list[int]:
    """Each group once, in order. Raises Invalid for a number that no group has."""
    if len(group_ids) > 10_000 or any(not 0 < group_id <= BIGGEST_ID for group_id in group_ids):
        raise Invalid("A group id is not valid.", errors=(FieldError("group_ids", "holds an id that no group has"),))
    return sorted(set(group_ids))


def usable_grants(names: list[str]) -> list[str]:
    """Each grant once. Raises Invalid for what cannot be granted."""
    known = {action.value for action in GRANTABLE}
    if not known.issuperset(names):
        raise Invalid(
            f"What can be granted is {' and '.join(sorted(known))}.",
            errors=(FieldError("grants", "holds a right that cannot be granted"),),
        )
    return sorted(set(names))


async def _withdraw_invitations(session: AsyncSession, user: User) -> None:
    """Who may not invite any more leaves no link behind to come back by."""
    await session.execute(delete(Invitation).where(Invitation.created_by == user.username))


async def _keep_an_admin(session: AsyncSession) -> None:
    left = select(User.id).where(User.role == Role.ADMIN.value, User.enabled, User.all_hosts).limit(1)
    if await session.scalar(left) is None:
        raise Conflict("This is the last administrator of all hosts. Make somebody else one first.", code="last_admin")


async def _lock(session: AsyncSession) -> None:
    await session.execute(text("select pg_advisory_xact_lock(:key)"), {"key": LOCK})
