"""Users and tokens on the command line, for whoever has the controller's machine."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from typing import Any, Protocol, TypeVar

import click
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from controller.audit.service import Actor
from controller.core.clock import SystemClock, utc_now
from controller.core.db import Database
from controller.core.events import Bus
from controller.users import accounts, sessions, ssh_keys
from controller.users import tokens as api_tokens
from controller.users.accounts import Rights
from controller.users.act import Deed
from controller.users.models import User
from controller.users.rights import GRANTABLE, Role, Scope
from controller.users.schemas import NewSshKey, NewToken, UserChanges

T = TypeVar("T")
F = TypeVar("F", bound=Callable[..., object])


class Session(Protocol):
    """What the command line hands to each command."""

    def database(self) -> AbstractAsyncContextManager[Database]:
        """The database, with its tables up to date."""
        ...

    def answer(self, found: object, text: str) -> None:
        """Say the outcome."""
        ...


def run(session: Session, work: Callable[[AsyncSession, Deed], Awaitable[T]]) -> T:
    """Do the work in one transaction, as the system. A running controller notices what changed within seconds."""

    async def inside() -> T:
        deed = Deed(Actor("system", None, "command line"), utc_now(SystemClock()), Bus())
        async with session.database() as database, database.session() as transaction:
            return await work(transaction, deed)

    return asyncio.run(inside())


def confirmation(question: str) -> Callable[[F], F]:
    """An option --yes; without it the question is asked, aside of the answer."""

    def ask(_: click.Context, __: click.Parameter, value: bool) -> None:
        if not value:
            click.confirm(question, abort=True, err=True)

    return click.option("--yes", is_flag=True, callback=ask, expose_value=False, help="Do not ask.")


def _ask_password(_: click.Context, __: click.Parameter, value: str | None) -> str:
    if value is not None:
        return value
    prompt: str = click.prompt("Password", hide_input=True, confirmation_prompt=True, err=True)
    return prompt


password_option = click.option("--password", callback=_ask_password, help="Asked for when it is not given.")


def _row(user: User) -> dict[str, Any]:
    return {
        "id": user.id,
        "username": user.username,
        "role": user.role,
        "all_hosts": user.all_hosts,
        "enabled": user.enabled,
    }


@click.group("user")
def users() -> None:
    """Who may log in."""


@users.command("list")
@click.pass_obj
def list_users(session: Session) -> None:
    """List the users."""

    async def work(transaction: AsyncSession, _: Deed) -> list[dict[str, Any]]:
        return [_row(user) for user in await transaction.scalars(select(User).order_by(User.id))]

    found = run(session, work)
    lines = [f"{row['username']:<24} {row['role']:<10} {'' if row['enabled'] else 'disabled'}" for row in found]
    session.answer(found, "\n".join(lines) or "There is no user yet.")


@users.command("add")
@click.argument("username")
@click.option("--role", type=click.Choice([role.value for role in Role]), default=Role.VIEWER.value, show_default=True)
@click.option("--all-hosts", is_flag=True, help="Let the user see every host.")
@password_option
@click.pass_obj
def add_user(session: Session, username: str, role: str, all_hosts: bool, password: str) -> None:
    """Make a user."""

    async def work(transaction: AsyncSession, deed: Deed) -> dict[str, Any]:
        user = await accounts.create(transaction, deed, username, password, Rights(Role(role), all_hosts))
        await deed.record(transaction, "user.create", "user", user.id, user.username, role=role)
        return _row(user)

    found = run(session, work)
    session.answer(found, f"{found['username']} may log in as {found['role']}.")


@users.command("password")
@click.argument("username")
@password_option
@click.pass_obj
def set_password(session: Session, username: str, password: str) -> None:
    """Set a user's password; all sessions of the user end."""

    async def work(transaction: AsyncSession, deed: Deed) -> dict[str, Any]:
        user = await accounts.by_name(transaction, username)
        await accounts.set_password(transaction, deed, user, password)
        return _row(user)

    found = run(session, work)
    session.answer(found, f"{found['username']} has a new password.")


@users.command("enable")
@click.argument("username")
@click.pass_obj
def enable_user(session: Session, username: str) -> None:
    """Let a user log in again."""
    _switch(session, username, enabled=True)


@users.command("disable")
@click.argument("username")
@click.pass_obj
def disable_user(session: Session, username: str) -> None:
    """Keep a user out; sessions end, tokens do not work meanwhile."""
    _switch(session, username, enabled=False)


def _switch(session: Session, username: str, *, enabled: bool) -> None:
    async def work(transaction: AsyncSession, deed: Deed) -> dict[str, Any]:
        user = await accounts.by_name(transaction, username)
        return _row(await accounts.change(transaction, deed, user.id, UserChanges(enabled=enabled)))

    found = run(session, work)
    session.answer(found, f"{found['username']} is {'enabled' if enabled else 'disabled'}.")


@users.command("remove")
@click.argument("username")
@confirmation("Delete the user with sessions and tokens?")
@click.pass_obj
def remove_user(session: Session, username: str) -> None:
    """Delete a user."""

    async def work(transaction: AsyncSession, deed: Deed) -> dict[str, Any]:
        user = await accounts.by_name(transaction, username)
        row = _row(user)
        await accounts.remove(transaction, deed, user.id)
        return row

    found = run(session, work)
    session.answer(found, f"{found['username']} is deleted.")


@users.command("grant")
@click.argument("username")
@click.argument("grant", type=click.Choice(sorted(action.value for action in GRANTABLE)))
@click.option("--withdraw", is_flag=True, help="Take it away instead.")
@click.pass_obj
def grant_right(session: Session, username: str, grant: str, withdraw: bool) -> None:
    """Give a user a right beside the role."""

    async def work(transaction: AsyncSession, deed: Deed) -> list[str]:
        user = await accounts.by_name(transaction, username)
        wanted = set(user.grants) - {grant} if withdraw else {*user.grants, grant}
        return list((await accounts.change(transaction, deed, user.id, UserChanges(grants=sorted(wanted)))).grants)

    found = run(session, work)
    session.answer({"username": username, "grants": found}, f"{username} has {', '.join(found) or 'no such right'}.")


@users.command("add-key")
@click.argument("username")
@click.argument("line")
@click.option("--name", default="", help="What to call it; else its comment.")
@click.pass_obj
def add_key(session: Session, username: str, line: str, name: str) -> None:
    """Let a user in through the SSH gateway by this public key, the line of a .pub file."""

    async def work(transaction: AsyncSession, deed: Deed) -> dict[str, Any]:
        user = await accounts.by_name(transaction, username)
        key = await ssh_keys.add(transaction, deed, user.id, user.username, NewSshKey(line=line, name=name))
        return {"id": key.id, "name": key.name, "fingerprint": key.fingerprint}

    found = run(session, work)
    session.answer(found, f"{username} comes in by {found['fingerprint']}.")


@click.group("token")
def tokens() -> None:
    """API tokens."""


@tokens.command("create")
@click.argument("username")
@click.option("--name", required=True, help="What the token is for.")
@click.option("--scope", "scopes", type=click.Choice([s.value for s in Scope]), multiple=True, default=["read"])
@click.pass_obj
def create_token(session: Session, username: str, name: str, scopes: tuple[str, ...]) -> None:
    """Make a token of the user's and print it, this once."""

    async def work(transaction: AsyncSession, deed: Deed) -> dict[str, Any]:
        user = await accounts.by_name(transaction, username)
        wanted = NewToken(
            name=name, scopes=[Scope(s) for s in scopes], all_hosts=user.all_hosts, group_ids=list(user.group_ids)
        )
        row, word = await api_tokens.make(transaction, deed, sessions.principal_of(user), wanted)
        return {"id": row.id, "name": row.name, "scopes": row.scopes, "token": word}

    found = run(session, work)
    session.answer(found, str(found["token"]))


@tokens.command("list")
@click.argument("username")
@click.pass_obj
def list_tokens(session: Session, username: str) -> None:
    """List a user's tokens."""

    async def work(transaction: AsyncSession, _: Deed) -> list[dict[str, Any]]:
        user = await accounts.by_name(transaction, username)
        found = await api_tokens.visible(transaction, sessions.principal_of(user))
        return [{"id": row.id, "name": row.name, "scopes": row.scopes} for row, _ in found if row.user_id == user.id]

    found = run(session, work)
    session.answer(found, "\n".join(f"{r['id']:>5}  {r['name']:<30} {','.join(r['scopes'])}" for r in found) or "None.")


@tokens.command("revoke")
@click.argument("username")
@click.argument("token_id", type=int)
@click.pass_obj
def revoke_token(session: Session, username: str, token_id: int) -> None:
    """End a token at once."""

    async def work(transaction: AsyncSession, deed: Deed) -> None:
        user = await accounts.by_name(transaction, username)
        await api_tokens.revoke(transaction, deed, sessions.principal_of(user), token_id)

    run(session, work)
    session.answer({"revoked": token_id}, "The token is revoked.")
