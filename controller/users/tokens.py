"""API tokens: made by users for programs, narrowed by scopes and groups."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from controller.core.errors import FieldError, Forbidden, Invalid, NotFound
from controller.users import links
from controller.users.accounts import BIGGEST_ID, usable_groups
from controller.users.act import Deed
from controller.users.models import ApiToken, User
from controller.users.rights import Action, Principal, allows, covered
from controller.users.schemas import NewToken
from controller.users.sessions import TOKEN_PREFIX

LONGEST_NAME = 100
LONGEST = timedelta(days=3653)


async def make(session: AsyncSession, deed: Deed, principal: Principal, wanted: NewToken) -> tuple[ApiToken, str]:
    """A token of the caller's and its word, which is not kept. A token cannot make a token wider than itself."""
    name = wanted.name.strip()
    if not name or len(name) > LONGEST_NAME:
        error = FieldError("name", f"1 to {LONGEST_NAME} characters")
        raise Invalid("A token needs a name that says what it is for.", errors=(error,))
    if not wanted.scopes:
        raise Invalid("Choose at least one scope.", errors=(FieldError("scopes", "holds none"),))
    _check_expiry(wanted.expires_at, deed.at)
    groups = usable_groups(wanted.group_ids)
    if principal.scopes is not None and not covered(wanted.scopes) <= covered(principal.scopes):
        raise Forbidden("A token can make only tokens that may do no more than itself.")
    if principal.token_id is not None:
        await _check_outlives(session, principal.token_id, wanted.expires_at)
    beyond = wanted.all_hosts or not principal.group_ids.issuperset(groups)
    if not principal.all_hosts and beyond:
        raise Forbidden("A token can see only hosts of groups that you see yourself.")
    word, kept = links.fresh(TOKEN_PREFIX)
    row = ApiToken(
        user_id=principal.user_id,
        name=name,
        secret_hash=kept,
        scopes=[scope.value for scope in dict.fromkeys(wanted.scopes)],
        all_hosts=wanted.all_hosts,
        group_ids=groups,
        created_at=deed.at,
        expires_at=wanted.expires_at,
    )
    session.add(row)
    await session.flush()
    await deed.record(session, "token.create", "token", row.id, name, scopes=row.scopes)
    return row, word


def _check_expiry(expires_at: datetime | None, now: datetime) -> None:
    if expires_at is None:
        return
    if expires_at.tzinfo is None:
        wrong = "needs a time zone, such as Z at its end"
    elif expires_at <= now:
        wrong = "is in the past"
    elif expires_at > now + LONGEST:
        wrong = "is more than ten years away; leave it out for a token that does not expire"
    else:
        return
    raise Invalid(f"The expiry {wrong}.", errors=(FieldError("expires_at", wrong),))


async def _check_outlives(session: AsyncSession, maker_id: int, expires_at: datetime | None) -> None:
    limit = await session.scalar(select(ApiToken.expires_at).where(ApiToken.id == maker_id))
    if limit is not None and (expires_at is None or expires_at > limit):
        raise Forbidden("A token can make only tokens that expire no later than itself.")


async def visible(session: AsyncSession, principal: Principal) -> list[tuple[ApiToken, str]]:
    """The caller's own tokens, all of them for who manages users, each with its owner's name."""
    query = select(ApiToken, User.username).join(User, User.id == ApiToken.user_id).order_by(ApiToken.id)
    if not allows(principal, Action.USERS_MANAGE):
        query = query.where(ApiToken.user_id == principal.user_id)
    return [(row, name) for row, name in await session.execute(query)]


async def revoke(session: AsyncSession, deed: Deed, principal: Principal, token_id: int) -> None:
    """End a token at once. Raises NotFound for one that the caller does not see."""
    row = await session.get(ApiToken, token_id) if 0 < token_id <= BIGGEST_ID else None
    if row is None or (row.user_id != principal.user_id and not allows(principal, Action.USERS_MANAGE)):
        raise NotFound("There is no such token.")
    await session.delete(row)
    await deed.record(session, "token.delete", "token", row.id, row.name)
    deed.rights_changed(session, row.user_id)
