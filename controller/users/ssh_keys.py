"""Users' own public keys, by which they come in through the SSH gateway."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from controller.core.errors import Conflict, FieldError, Invalid, NotFound
from controller.ssh import userkeys
from controller.users import sessions
from controller.users.accounts import BIGGEST_ID
from controller.users.act import Deed
from controller.users.models import SshKey, User
from controller.users.rights import Principal
from controller.users.schemas import NewSshKey, SshKeyView

LONGEST_NAME = 100
MOST = 50  # of one user


async def of_user(session: AsyncSession, user_id: int) -> list[SshKey]:
    """The user's keys, oldest first."""
    return list(await session.scalars(select(SshKey).where(SshKey.user_id == user_id).order_by(SshKey.id)))


async def add(session: AsyncSession, deed: Deed, user_id: int, username: str, wanted: NewSshKey) -> SshKey:
    """One more key. Raises Invalid for what is none, Conflict for one that is in use: it has to say who comes."""
    try:
        key, comment = userkeys.read(wanted.line)
    except ValueError as wrong:
        raise Invalid(str(wrong), errors=(FieldError("line", str(wrong)),)) from None
    name = " ".join((wanted.name or comment or key.type).split())
    if len(name) > LONGEST_NAME or not name.isprintable():
        error = FieldError("name", f"1 to {LONGEST_NAME} characters that can be seen")
        raise Invalid("The name of the key is too long, or holds control characters.", errors=(error,))
    if (await session.scalar(select(func.count()).where(SshKey.user_id == user_id)) or 0) >= MOST:
        raise Conflict(f"A user has {MOST} keys at the most. Delete one first.", code="too_many")
    values = {
        "user_id": user_id,
        "name": name,
        "type": key.type,
        "fingerprint": key.fingerprint,
        "line": key.line,
        "created_at": deed.at,
    }
    adding = insert(SshKey).values(values).on_conflict_do_nothing().returning(SshKey)
    made: SshKey | None = await session.scalar(adding)
    if made is None:
        raise Conflict("This key is in use already. Every key stands for one user: make another.", code="key_taken")
    detail = {"fingerprint": key.fingerprint, "user": username}
    await deed.record(session, "ssh_key.create", "ssh_key", made.id, name, **detail)
    return made


async def remove(session: AsyncSession, deed: Deed, user_id: int, key_id: int) -> None:
    """Delete one of the user's keys; what came in by it ends at once. Raises NotFound."""
    row = await session.get(SshKey, key_id) if 0 < key_id <= BIGGEST_ID else None
    if row is None or row.user_id != user_id:
        raise NotFound("There is no such key.")
    await session.delete(row)
    await deed.record(session, "ssh_key.delete", "ssh_key", row.id, row.name, fingerprint=row.fingerprint)
    deed.rights_changed(session, user_id)


async def by_fingerprint(session: AsyncSession, fingerprint: str) -> Principal | None:
    """Who the key stands for; None when it is unknown or its user disabled."""
    query = select(User).join(SshKey, SshKey.user_id == User.id).where(SshKey.fingerprint == fingerprint, User.enabled)
    user = await session.scalar(query)
    return None if user is None else sessions.principal_of(user)


async def used(session: AsyncSession, fingerprint: str, address: str, now: datetime) -> None:
    """Somebody has logged in with it."""
    mine = SshKey.fingerprint == fingerprint
    await session.execute(update(SshKey).where(mine).values(last_used_at=now, last_used_address=address))


def view(row: SshKey) -> SshKeyView:
    """A key as the API shows it."""
    return SshKeyView(**{name: getattr(row, name) for name in SshKeyView.__struct_fields__})
