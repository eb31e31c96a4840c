"""Logging in and out, and who a session or a token stands for."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from controller.core.errors import AppError
from controller.users import limiter, links
from controller.users.models import ApiToken, LoginSession, User
from controller.users.rights import Principal, Role, Scope, granted

IDLE = timedelta(days=7)
ABSOLUTE = timedelta(days=30)
SEEN_EVERY = timedelta(minutes=1)  # how exact "last seen" is; saves a write for each request
TOKEN_PREFIX = "ml_"  # noqa: S105 — what tokens begin with, so that a leaked one is recognised


class LoginFailed(AppError):
    """Wrong name or wrong password: which of them is not said."""

    status = 401
    code = "login_failed"


@dataclass(frozen=True, slots=True)
class Opened:
    """A new session: the word for the cookie and the one for the CSRF header."""

    id: int
    secret: str
    csrf_token: str


async def attempt(session: AsyncSession, username: str, address: str, now: datetime) -> str | None:
    """Count an attempt to log in; the stored password's hash, None for no such user. Raises TooMany.

    The caller commits before it compares: what takes long holds no connection, and nobody escapes being counted.
    """
    await limiter.enter(session, username, address, now)
    return await session.scalar(select(User.password_hash).where(_named(username)))


async def log_in(session: AsyncSession, username: str, address: str, matched: str | None) -> User | None:
    """The user whose stored hash has matched, if it is still that one and the user enabled."""
    user = await session.scalar(select(User).where(_named(username), User.password_hash == matched, User.enabled))
    if user is None:
        return None
    await limiter.succeeded(session, username, address)
    return user


def _named(username: str) -> ColumnElement[bool]:
    return func.lower(User.username) == username.lower()


async def open_session(session: AsyncSession, user: User, address: str, user_agent: str, now: datetime) -> Opened:
    """A fresh session for the user; nothing that a browser brought along becomes part of it.

    However somebody comes in, by a password, a set-up or an invitation: it is a login, and counts as the last one.
    """
    await session.execute(delete(LoginSession).where(LoginSession.created_at < now - ABSOLUTE))
    secret, kept = links.fresh()
    row = LoginSession(
        user_id=user.id,
        secret_hash=kept,
        csrf_token=secrets.token_urlsafe(links.BYTES),
        created_at=now,
        last_seen_at=now,
        address=address,
        user_agent=user_agent[:300],
    )
    session.add(row)
    user.last_login_at = now
    await session.flush()
    return Opened(row.id, secret, row.csrf_token)


async def by_secret(session: AsyncSession, secret: str, now: datetime) -> tuple[Principal, str] | None:
    """Who the cookie's word stands for, and the session's CSRF token; None when it stands for nobody any more."""
    query = (
        select(LoginSession, User)
        .join(User, User.id == LoginSession.user_id)
        .where(LoginSession.secret_hash == links.digest(secret), User.enabled)
        .where(LoginSession.created_at > now - ABSOLUTE, LoginSession.last_seen_at > now - IDLE)
    )
    found = (await session.execute(query)).first()
    if found is None:
        return None
    row, user = found
    if now - row.last_seen_at > SEEN_EVERY:
        await session.execute(update(LoginSession).where(LoginSession.id == row.id).values(last_seen_at=now))
    return principal_of(user, session_id=row.id), row.csrf_token


async def by_token(session: AsyncSession, word: str, now: datetime) -> Principal | None:
    """Who the token stands for, with no more than its owner may do now; None when it is unknown or has expired."""
    query = (
        select(ApiToken, User)
        .join(User, User.id == ApiToken.user_id)
        .where(ApiToken.secret_hash == links.digest(word), User.enabled)
        .where((ApiToken.expires_at.is_(None)) | (ApiToken.expires_at > now))
    )
    found = (await session.execute(query)).first()
    if found is None:
        return None
    token, user = found
    if token.last_used_at is None or now - token.last_used_at > SEEN_EVERY:
        await session.execute(update(ApiToken).where(ApiToken.id == token.id).values(last_used_at=now))
    return _narrowed(user, token)


async def everybody(session: AsyncSession) -> list[Principal]:
    """All enabled users with their rights, by name."""
    rows = await session.scalars(select(User).where(User.enabled).order_by(func.lower(User.username)))
    return [principal_of(row) for row in rows]


async def renewed(
    session: AsyncSession, principal: Principal, now: datetime, *, detached: bool = False
) -> Principal | None:
    """The rights that a caller of a while ago has now; None when they have ended.

    `detached`: for work that goes on after its user has logged out; a token has to stand in any case.
    """
    if principal.token_id is not None:
        query = select(ApiToken, User).join(User, User.id == ApiToken.user_id)
        query = query.where(ApiToken.id == principal.token_id, User.enabled)
        query = query.where((ApiToken.expires_at.is_(None)) | (ApiToken.expires_at > now))
        found = (await session.execute(query)).first()
        return _narrowed(found[1], found[0]) if found is not None else None
    user = await session.scalar(select(User).where(User.id == principal.user_id, User.enabled))
    if user is None:
        return None
    if principal.session_id is not None and not detached:
        kept = select(LoginSession.id).where(LoginSession.id == principal.session_id)
        if await session.scalar(kept.where(LoginSession.created_at > now - ABSOLUTE)) is None:
            return None
    return principal_of(user, session_id=principal.session_id)


def principal_of(user: User, *, session_id: int | None = None) -> Principal:
    """The user with all rights of the role."""
    return Principal(
        user_id=user.id,
        username=user.username,
        role=Role(user.role),
        all_hosts=user.all_hosts,
        group_ids=frozenset(user.group_ids),
        session_id=session_id,
        grants=granted(user.grants),
    )


def _narrowed(user: User, token: ApiToken) -> Principal:
    """What both the owner and the token may see."""
    mine, its = frozenset(user.group_ids), frozenset(token.group_ids)
    widest = frozenset() if user.all_hosts else mine
    groups = widest if token.all_hosts else its if user.all_hosts else mine & its
    return Principal(
        user_id=user.id,
        username=user.username,
        role=Role(user.role),
        all_hosts=user.all_hosts and token.all_hosts,
        group_ids=groups,
        scopes=frozenset(Scope(scope) for scope in token.scopes),
        token_id=token.id,
        grants=granted(user.grants),
    )


async def end(session: AsyncSession, user_id: int, *, only: int | None = None, keep: int | None = None) -> int:
    """End the user's sessions: one of them, or all but one; how many ended."""
    query = delete(LoginSession).where(LoginSession.user_id == user_id)
    if only is not None:
        query = query.where(LoginSession.id == only)
    if keep is not None:
        query = query.where(LoginSession.id != keep)
    return len((await session.scalars(query.returning(LoginSession.id))).all())


async def of_user(session: AsyncSession, user_id: int) -> list[LoginSession]:
    """The user's sessions, last seen first."""
    query = select(LoginSession).where(LoginSession.user_id == user_id).order_by(LoginSession.last_seen_at.desc())
    return list(await session.scalars(query))
