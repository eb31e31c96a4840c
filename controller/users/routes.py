"""The front door over HTTP: set-up, login, one's own account, users, invitations, tokens and settings."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from litestar import Request, Response, Router, delete, get, patch, post
from litestar.connection import ASGIConnection
from litestar.datastructures import Cookie
from litestar.di import NamedDependency as Given
from litestar.params import FromPath, JSONBody
from litestar.types import Scope
from msgspec import UNSET, structs
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from controller.audit.service import Actor
from controller.core.clock import Clock, utc_now
from controller.core.db import Database
from controller.core.errors import Forbidden, NotFound
from controller.core.events import Bus
from controller.users import accounts, limiter, passwords, preferences, schemas, sessions, tokens, views
from controller.users.act import Deed, actor_of
from controller.users.door import COOKIE, SECURE_COOKIE, Door, Knock, Visitor
from controller.users.models import Invitation, User
from controller.users.preferences import AppSettings
from controller.users.rights import Action, Principal, Role, require
from controller.users.sessions import LoginFailed

Session = Given[AsyncSession]
Caller = Given[Principal]
PUBLIC = {"public": True}
Connection = ASGIConnection[Any, Any, Any, Any]


def knock_of(connection: Connection) -> Knock:
    """What the door wants to know of a request."""
    scope = connection.scope
    return Knock(
        method=str(scope.get("method", "GET")),
        scheme=str(scope.get("scheme", "http")),
        peer=connection.client.host if connection.client is not None else "",
        headers={name.lower(): value for name, value in connection.headers.items()},
        cookies=connection.cookies,
        websocket=str(scope["type"]) == "websocket",
    )


async def doorkeeper(connection: Connection) -> Principal | None:
    """Who is behind a request; asked by `core.web` for every route. Raises Forbidden, Unauthenticated."""
    door: Door = connection.app.state.door
    visitor = await door.open(knock_of(connection))
    connection.scope["auth"] = visitor
    if visitor.csrf_missing and not connection.route_handler.opt.get("public"):
        raise Forbidden("The request lacks the session's X-CSRF-Token header; /api/v1/me tells it.", code="csrf")
    return visitor.principal


def provide_visitor(scope: Scope) -> Visitor:
    """What the door found out about the request."""
    visitor: Visitor = scope["auth"]
    return visitor


def provide_actor(scope: Scope) -> Actor:
    """How the audit log names whoever sends the request."""
    visitor: Visitor = scope["auth"]
    if visitor.principal is None:
        return Actor("system", None, "anonymous", visitor.address)
    return actor_of(visitor.principal, visitor.address)


def provide_deed(author: Given[Actor], clock: Given[Clock], bus: Given[Bus]) -> Deed:
    """One request that changes something about users."""
    return Deed(author, utc_now(clock), bus)


def provide_may_read_audit(principal: Caller) -> Callable[[], None]:
    """What the audit slice, which knows nothing of roles, asks before it shows its log."""
    return lambda: require(principal, Action.AUDIT_READ)


DEPENDENCIES: dict[str, Callable[..., Any]] = {
    "visitor": provide_visitor,
    "author": provide_actor,
    "deed": provide_deed,
    "may_read_audit": provide_may_read_audit,
}


# coming in


@get("/setup", opt=PUBLIC, summary="Tell whether the first administrator is still to be made")
async def setup_state(session: Session) -> schemas.SetupState:
    """What the login page has to offer."""
    settings = await preferences.read(session)
    return schemas.SetupState(await accounts.setup_needed(session), settings.self_registration)


@post("/setup", opt=PUBLIC, summary="Make the first administrator")
async def set_up(
    data: JSONBody[schemas.NewAdmin],
    request: Request[Any, Any, Any],
    session: Session,
    deed: Given[Deed],
    visitor: Given[Visitor],
) -> Response[schemas.Me]:
    """Takes the one-time link's token, and logs in."""
    user = await accounts.set_up(session, deed, data.token, data.username, data.password)
    return await _entered(session, deed, user, visitor, request)


@post("/login", opt=PUBLIC, status_code=200, summary="Log in")
async def log_in(
    data: JSONBody[schemas.Credentials],
    request: Request[Any, Any, Any],
    database: Given[Database],
    deed: Given[Deed],
    visitor: Given[Visitor],
) -> Response[schemas.Me]:
    """Opens a session; its cookie cannot be read by scripts."""
    async with database.session() as session:
        stored = await sessions.attempt(session, data.username, visitor.address, deed.at)
    matched = stored if await passwords.matches(stored, data.password) else None
    async with database.session() as session:
        user = await sessions.log_in(session, data.username, visitor.address, matched)
        by = Actor("user", user.id if user else None, user.username if user else data.username, visitor.address)
        deed = Deed(by, deed.at, deed.bus)
        if user is not None:
            await deed.record(session, "user.login", "user", user.id, user.username)
            return await _entered(session, deed, user, visitor, request)
        await deed.record(session, "user.login_failed", "user", None, data.username)
    raise LoginFailed("The user name or the password is wrong.")


@post("/logout", status_code=204, summary="Log out", opt={"action": Action.SELF})
async def log_out(principal: Caller, session: Session, deed: Given[Deed], visitor: Given[Visitor]) -> Response[None]:
    """Ends this session."""
    if principal.session_id is not None:
        await sessions.end(session, principal.user_id, only=principal.session_id)
        await deed.record(session, "user.logout", "user", principal.user_id, principal.username)
        deed.rights_changed(session, principal.user_id)
    answer: Response[None] = Response(None, status_code=204)
    answer.set_cookie(_cookie(visitor, "", timedelta(0)))  # with the flags it came with, or browsers keep it
    return answer


@post("/register", opt=PUBLIC, summary="Register, where that is switched on")
async def register(
    data: JSONBody[schemas.Credentials],
    database: Given[Database],
    session: Session,
    deed: Given[Deed],
    visitor: Given[Visitor],
) -> dict[str, str]:
    """Makes a user without any right, for an administrator to decide on. As slow as logins for who does it often."""
    async with database.session() as counting:
        await limiter.enter(counting, data.username, visitor.address, deed.at)
    await accounts.register(session, deed, data.username, data.password)
    return {}


@post("/invitations/preview", opt=PUBLIC, status_code=200, summary="Look at an invitation")
async def preview(
    data: JSONBody[schemas.InvitationToken], session: Session, deed: Given[Deed]
) -> schemas.InvitationPreview:
    """What the link offers and until when."""
    row = await accounts.invitation(session, data.token, deed.at)
    return schemas.InvitationPreview(Role(row.role), row.expires_at)


@post("/invitations/accept", opt=PUBLIC, summary="Take up an invitation")
async def accept(
    data: JSONBody[schemas.Acceptance],
    request: Request[Any, Any, Any],
    session: Session,
    deed: Given[Deed],
    visitor: Given[Visitor],
) -> Response[schemas.Me]:
    """Makes the user and logs in; the link is used up."""
    user = await accounts.accept(session, deed, data.token, data.username, data.password)
    return await _entered(session, deed, user, visitor, request)


# one's own account


@get("/me", summary="Tell who is logged in")
async def me(principal: Caller, session: Session, visitor: Given[Visitor]) -> schemas.Me:
    """The user, what the user may do, and the CSRF token of the session."""
    user = await accounts.find(session, principal.user_id)
    return views.me(principal, user, visitor.csrf_token)


@patch("/me", summary="Keep preferences of the page")
async def change_me(
    data: JSONBody[schemas.MeChanges], principal: Caller, session: Session, visitor: Given[Visitor]
) -> schemas.Me:
    """Preferences are the page's own business; they are kept as they are."""
    _require_session(principal)
    user = await accounts.find(session, principal.user_id)
    user.preferences = data.preferences
    return views.me(principal, user, visitor.csrf_token)


@post("/me/password", status_code=204, summary="Change one's password")
async def change_password(
    data: JSONBody[schemas.PasswordChange],
    principal: Caller,
    database: Given[Database],
    deed: Given[Deed],
    visitor: Given[Visitor],
) -> None:
    """Ends all other sessions."""
    _require_session(principal)
    async with database.session() as session:  # whoever holds a session may not guess faster than who has none
        await limiter.enter(session, principal.username, visitor.address, deed.at)
    async with database.session() as session:
        await accounts.change_password(session, deed, principal, data.current, data.new)
        await limiter.succeeded(session, principal.username, visitor.address)


@get("/me/sessions", summary="List one's sessions")
async def my_sessions(principal: Caller, session: Session) -> schemas.SessionPage:
    """Every browser that is logged in as this user."""
    found = [
        schemas.SessionView(
            row.id, row.created_at, row.last_seen_at, row.address, row.user_agent, row.id == principal.session_id
        )
        for row in await sessions.of_user(session, principal.user_id)
    ]
    return schemas.SessionPage(found, len(found))


@delete("/me/sessions/{session_id:int}", summary="End one of one's sessions")
async def end_session(session_id: FromPath[int], principal: Caller, session: Session, deed: Given[Deed]) -> None:
    """That browser has to log in again."""
    _require_session(principal)
    if not await sessions.end(session, principal.user_id, only=min(session_id, accounts.BIGGEST_ID)):
        raise NotFound("There is no such session.")
    await deed.record(session, "session.end", "session", session_id, principal.username)
    deed.rights_changed(session, principal.user_id)


# users and invitations


@get("/users", summary="List users")
async def list_users(principal: Caller, session: Session) -> schemas.UserPage:
    """Everybody who may log in."""
    require(principal, Action.USERS_MANAGE)
    found = [views.user(row) for row in await session.scalars(select(User).order_by(User.id))]
    return schemas.UserPage(found, len(found))


@patch("/users/{user_id:int}", summary="Change a user's rights")
async def change_user(
    user_id: FromPath[int], data: JSONBody[schemas.UserChanges], principal: Caller, session: Session, deed: Given[Deed]
) -> schemas.UserView:
    """They hold at once."""
    require(principal, Action.USERS_MANAGE)
    return views.user(await accounts.change(session, deed, user_id, data))


@delete("/users/{user_id:int}", summary="Delete a user")
async def delete_user(user_id: FromPath[int], principal: Caller, session: Session, deed: Given[Deed]) -> None:
    """With sessions and tokens; what the user did stays in the audit log."""
    require(principal, Action.USERS_MANAGE)
    await accounts.remove(session, deed, user_id)


@get("/invitations", summary="List open invitations")
async def list_invitations(principal: Caller, session: Session, deed: Given[Deed]) -> schemas.InvitationPage:
    """Those that nobody has taken up and that have not expired."""
    require(principal, Action.USERS_MANAGE)
    query = select(Invitation).where(Invitation.expires_at > deed.at).order_by(Invitation.id)
    found = [schemas.InvitationView(**views.invitation(row)) for row in await session.scalars(query)]
    return schemas.InvitationPage(found, len(found))


@post("/invitations", summary="Invite somebody")
async def invite(
    data: JSONBody[schemas.NewInvitation], principal: Caller, session: Session, deed: Given[Deed]
) -> schemas.InvitationMade:
    """The link's token is in this answer and nowhere else."""
    require(principal, Action.USERS_MANAGE)
    row, word = await accounts.invite(session, deed, data)
    return schemas.InvitationMade(**views.invitation(row), link_token=word)


@delete("/invitations/{invitation_id:int}", summary="Withdraw an invitation")
async def withdraw(invitation_id: FromPath[int], principal: Caller, session: Session, deed: Given[Deed]) -> None:
    """Its link ends."""
    require(principal, Action.USERS_MANAGE)
    row = await session.get(Invitation, invitation_id) if invitation_id <= accounts.BIGGEST_ID else None
    if row is None:
        raise NotFound("There is no such invitation.")
    await session.delete(row)
    await deed.record(session, "invitation.delete", "invitation", row.id, row.role)


# tokens and settings


@get("/tokens", summary="List API tokens")
async def list_tokens(principal: Caller, session: Session) -> schemas.TokenPage:
    """One's own; who manages users sees all."""
    require(principal, Action.TOKENS_WRITE)
    found = [schemas.TokenView(**views.token(row, name)) for row, name in await tokens.visible(session, principal)]
    return schemas.TokenPage(found, len(found))


@post("/tokens", summary="Make an API token")
async def make_token(
    data: JSONBody[schemas.NewToken], principal: Caller, session: Session, deed: Given[Deed]
) -> schemas.TokenMade:
    """The token is in this answer and nowhere else."""
    require(principal, Action.TOKENS_WRITE)
    row, word = await tokens.make(session, deed, principal, data)
    return schemas.TokenMade(**views.token(row, principal.username), token=word)


@delete("/tokens/{token_id:int}", summary="Revoke an API token")
async def revoke_token(token_id: FromPath[int], principal: Caller, session: Session, deed: Given[Deed]) -> None:
    """It ends at once."""
    require(principal, Action.TOKENS_WRITE)
    await tokens.revoke(session, deed, principal, token_id)


@get("/settings", summary="Read the settings")
async def read_settings(principal: Caller, session: Session) -> AppSettings:
    """What administrators set in the page."""
    require(principal, Action.SETTINGS_MANAGE)
    return await preferences.read(session)


@patch("/settings", summary="Change the settings")
async def change_settings(
    data: JSONBody[schemas.SettingsChanges], principal: Caller, session: Session, deed: Given[Deed]
) -> AppSettings:
    """What is not sent stays."""
    require(principal, Action.SETTINGS_MANAGE)
    changed = {name: value for name, value in structs.asdict(data).items() if value is not UNSET}
    settings = structs.replace(await preferences.read(session), **changed)
    await preferences.write(session, settings)
    await deed.record(session, "settings.edit", "settings", None, "settings", **changed)
    return settings


router = Router(
    "/",
    route_handlers=[
        setup_state, set_up, log_in, log_out, register, preview, accept,
        me, change_me, change_password, my_sessions, end_session,
        list_users, change_user, delete_user, list_invitations, invite, withdraw,
        list_tokens, make_token, revoke_token, read_settings, change_settings,
    ],
    tags=["Users"],
)  # fmt: skip


async def _entered(
    session: AsyncSession, deed: Deed, user: User, visitor: Visitor, request: Request[Any, Any, Any]
) -> Response[schemas.Me]:
    """Logged in: a fresh session, whose cookie goes along."""
    agent = request.headers.get("user-agent", "")
    opened = await sessions.open_session(session, user, visitor.address, agent, deed.at)
    principal = sessions.principal_of(user, session_id=opened.id)
    cookie = _cookie(visitor, opened.secret, sessions.ABSOLUTE)
    return Response(views.me(principal, user, opened.csrf_token), cookies=[cookie])


def _cookie(visitor: Visitor, value: str, age: timedelta) -> Cookie:
    return Cookie(
        key=SECURE_COOKIE if visitor.secure else COOKIE,
        value=value,
        max_age=int(age.total_seconds()),
        path="/",
        secure=visitor.secure,
        httponly=True,
        samesite="strict",
    )


def _require_session(principal: Principal) -> None:
    if principal.session_id is None:
        raise Forbidden("This takes a login; a token is not enough.")
