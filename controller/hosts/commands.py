"""Hosts on the command line, for whoever has the controller's machine."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any, Literal, Protocol, TypeVar

import click
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from controller.audit.service import Actor
from controller.core.clock import SystemClock, as_datetime, utc_now
from controller.core.db import Database
from controller.core.errors import NotFound
from controller.core.events import Bus
from controller.core.secrets import Vault
from controller.hosts import events, queries, service
from controller.hosts.act import Act
from controller.hosts.credential_schemas import NewCredential
from controller.hosts.models import Credential, Group
from controller.hosts.queries import HostRow
from controller.hosts.schemas import HostChanges, NewHost
from controller.users import accounts, sessions
from controller.users.commands import confirmation

T = TypeVar("T")
BY = Actor("system", None, "command line")
KEY_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


class Session(Protocol):
    """What the command line hands to each command."""

    def database(self) -> AbstractAsyncContextManager[Database]:
        """The database, with its tables up to date."""
        ...

    async def vault(self, transaction: AsyncSession) -> Vault:
        """What seals and opens stored secrets."""
        ...

    def answer(self, found: object, text: str) -> None:
        """Say the outcome."""
        ...


def run(session: Session, owner: str | None, work: Callable[[AsyncSession, Act], Awaitable[T]]) -> T:
    """Do the work in one transaction. A running controller notices what changed within seconds."""

    async def inside() -> T:
        async with session.database() as database, database.session() as transaction:
            user = await (accounts.first_admin(transaction) if owner is None else accounts.by_name(transaction, owner))
            act = Act(sessions.principal_of(user), BY, utc_now(SystemClock()), Bus(), await session.vault(transaction))
            return await work(transaction, act)

    return asyncio.run(inside())


async def _named(session: AsyncSession, name: str) -> HostRow:
    host_id = await queries.id_by_name(session, name)
    row = None if host_id is None else await queries.find(session, host_id)
    if row is None:
        raise NotFound(f"There is no host named {name}; `moorline host list` names them.")
    return row


def _described(row: HostRow) -> dict[str, Any]:
    names = ("id", "name", "address", "port", "username", "enabled", "tags", "group_ids")
    return {name: getattr(row, name) for name in names}


@click.group("host")
def hosts() -> None:
    """The machines that are watched."""


@hosts.command("list")
@click.pass_obj
def list_hosts(session: Session) -> None:
    """List the hosts with the state that was last written down."""

    async def work(transaction: AsyncSession, _: Act) -> list[dict[str, Any]]:
        states = await events.last_states(transaction)
        found = []
        for row in await queries.load(transaction):
            state, since = states.get(row.id, ("connecting", row.created_at.timestamp()))
            now = {"state": state if row.enabled else "disabled", "state_since": as_datetime(since).isoformat()}
            found.append(_described(row) | now)
        return found

    found = run(session, None, work)
    lines = [f"{row['name']:<28} {row['state']:<14} {_way(row)}" for row in found]
    session.answer(found, "\n".join(lines) or "There is no host yet; `moorline host add` adds one.")


def _way(row: dict[str, Any]) -> str:
    address = f"[{row['address']}]" if ":" in row["address"] else row["address"]
    return f"{row['username']}@{address}:{row['port']}"


@hosts.command("add")
@click.argument("address")
@click.option("--user", "username", default="root", show_default=True, help="Whom to log in as.")
@click.option("--name", default="", help="What to call it; the address if not given.")
@click.option("--port", type=int, default=22, show_default=True)
@click.option("--credential", help="The name of a stored credential.")
@click.option("--key-file", type=KEY_FILE, help="A private key to store.")
@click.option("--ask-password", is_flag=True, help="Ask for a password to store.")
@click.option("--host-key", help="The host's public key line, if it was compared already.")
@click.option("--group", "group_names", multiple=True, help="A group to put it in; can be repeated.")
@click.option("--tag", "tags", multiple=True, help="A tag to give it; can be repeated.")
@click.option("--owner", help="The user who will own a stored secret; the first administrator if not given.")
@click.pass_obj
def add_host(session: Session, /, *, group_names: tuple[str, ...], owner: str | None, **given: Any) -> None:
    """Add a host and how to log in to it."""
    kept = _entered(given.pop("key_file"), ask=given.pop("ask_password"), name=given["name"] or given["address"])
    chosen = given.pop("credential")

    async def work(transaction: AsyncSession, act: Act) -> dict[str, Any]:
        new = NewHost(
            **given | {"tags": list(given["tags"])},
            credential=kept,
            credential_id=None if chosen is None else await _credential(transaction, chosen),
            group_ids=[await _group(transaction, name) for name in group_names],
        )
        host_id = await service.add(transaction, act, new)
        return _described(await service.get(transaction, act.principal, host_id))

    found = run(session, owner, work)
    session.answer(found, f"{found['name']} is added. A running controller connects to it within seconds.")


def _entered(key_file: Path | None, *, ask: bool, name: str) -> NewCredential | None:
    kind: Literal["password", "key"] = "key" if key_file is not None else "password"
    if key_file is not None:
        phrase = None
        text = _read(key_file)
        if "ENCRYPTED" in text or ask:
            phrase = (
                click.prompt("Passphrase of the key", hide_input=True, default="", show_default=False, err=True) or None
            )
        return NewCredential(name=name, kind=kind, private_key=text, passphrase=phrase)
    if ask:
        return NewCredential(name=name, kind=kind, password=click.prompt("Password", hide_input=True, err=True))
    return None


def _read(key_file: Path) -> str:
    try:
        return key_file.read_text()
    except (OSError, UnicodeDecodeError):
        raise click.ClickException(f"{key_file} cannot be read as a private key.") from None


async def _credential(session: AsyncSession, name: str) -> int:
    query = select(Credential.id).where(func.lower(Credential.name) == name.lower())
    found = list(await session.scalars(query))
    if len(found) != 1:
        raise NotFound(f"There {'is no' if not found else 'is more than one'} credential named {name}.")
    return found[0]


async def _group(session: AsyncSession, name: str) -> int:
    group_id = await session.scalar(select(Group.id).where(func.lower(Group.name) == name.lower()))
    if group_id is None:
        raise NotFound(f"There is no group named {name}; make it in the page first.")
    return group_id


@hosts.command("enable")
@click.argument("name")
@click.pass_obj
def enable_host(session: Session, name: str) -> None:
    """Watch a host again."""
    _switch(session, name, enabled=True)


@hosts.command("disable")
@click.argument("name")
@click.pass_obj
def disable_host(session: Session, name: str) -> None:
    """Keep a host, but do not connect to it."""
    _switch(session, name, enabled=False)


def _switch(session: Session, name: str, *, enabled: bool) -> None:
    async def work(transaction: AsyncSession, act: Act) -> dict[str, Any]:
        row = await _named(transaction, name)
        await service.change(transaction, act, row.id, HostChanges(enabled=enabled))
        return _described(row) | {"enabled": enabled}

    found = run(session, None, work)
    session.answer(found, f"{found['name']} is {'enabled' if enabled else 'disabled'}.")


@hosts.command("remove")
@click.argument("name")
@confirmation("Delete the host with all its history?")
@click.pass_obj
def remove_host(session: Session, name: str) -> None:
    """Delete a host."""

    async def work(transaction: AsyncSession, act: Act) -> dict[str, Any]:
        row = await _named(transaction, name)
        await service.remove(transaction, act, row.id)
        return _described(row)

    found = run(session, None, work)
    session.answer(found, f"{found['name']} is deleted.")
