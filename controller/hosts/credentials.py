"""Credentials: how we log in. Who does not own one neither sees nor uses it; nobody reads its secret."""

from __future__ import annotations

import asyncio
from collections.abc import Collection

from msgspec import UNSET
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from controller.core.errors import Conflict, FieldError, Invalid, NotFound
from controller.core.secrets import Secret
from controller.hosts import queries, rules
from controller.hosts.act import Act
from controller.hosts.credential_schemas import CredentialChanges, CredentialView, NewCredential
from controller.hosts.models import Credential, Host
from controller.hosts.news import CredentialChanged
from controller.ssh import hostkeys, keychain
from controller.ssh.errors import AuthFailed
from controller.ssh.target import PrivateKey, PublicKey
from controller.users.rights import Action, Principal, Role, require

SECRETS = ("password", "private_key", "passphrase")


def place(credential_id: int, field: str) -> str:
    """Where a sealed secret is at home: it opens nowhere else."""
    return f"credential/{credential_id}/{field}"


def owns(principal: Principal, owner_id: int | None) -> bool:
    """May the principal use and change a credential of this owner? All may for whom all hosts are theirs to manage."""
    whole = principal.role is Role.ADMIN and principal.all_hosts
    return whole or (owner_id is not None and owner_id == principal.user_id)


async def listing(session: AsyncSession, principal: Principal) -> list[CredentialView]:
    """The credentials that the principal may use, by name."""
    require(principal, Action.CREDENTIALS_READ)
    query = select(Credential).order_by(func.lower(Credential.name), Credential.id)
    if not owns(principal, None):
        query = query.where(Credential.owner_id == principal.user_id)
    rows = list(await session.scalars(query))
    used = await _host_counts(session, principal)
    return [_view(row, used.get(row.id, 0)) for row in rows]


async def view(session: AsyncSession, principal: Principal, credential_id: int) -> CredentialView:
    """One credential. Raises NotFound."""
    require(principal, Action.CREDENTIALS_READ)
    row = await _owned(session, principal, credential_id)
    used = await _host_counts(session, principal)
    return _view(row, used.get(row.id, 0))


async def usable(session: AsyncSession, principal: Principal, credential_id: int) -> Credential:
    """The credential, for a host of the principal. Raises Invalid when there is none that the principal may use."""
    try:
        return await _owned(session, principal, credential_id)
    except NotFound:
        raise Invalid(
            "There is no such credential among yours; choose one of yours or enter another.",
            errors=(FieldError("credential_id", "There is no such credential among yours."),),
        ) from None


async def add(session: AsyncSession, act: Act, new: NewCredential, *, field: str = "") -> int:
    """Keep a credential; its id. `field` is put before field names in errors. Raises Invalid, Conflict."""
    require(act.principal, Action.CREDENTIALS_WRITE)
    found = rules.Findings()
    name = found.take(field + "name", rules.name, new.name)
    secrets = secrets_of(new, found, field)
    found.settle()
    public = await _public_key(secrets, field)
    await queries.lock_roll(session)
    await _free(session, act.principal.user_id, name, None, field)
    row = Credential(name=name, kind=new.kind, owner_id=act.principal.user_id, created_at=act.at, updated_at=act.at)
    session.add(row)
    await session.flush()
    _keep(row, act, secrets, public)
    await session.flush()
    await act.record(
        session, "credential.create", "credential", row.id, name, kind=row.kind, fingerprint=row.fingerprint
    )
    return row.id


async def change(session: AsyncSession, act: Act, credential_id: int, changes: CredentialChanges) -> None:
    """Rename, or replace the secret. Raises NotFound, Invalid, Conflict."""
    require(act.principal, Action.CREDENTIALS_WRITE)
    row = await _owned(session, act.principal, credential_id)
    found = rules.Findings()
    name = row.name if changes.name is UNSET else found.take("name", rules.name, changes.name)
    secrets = _replaced(row, act, changes, found)
    found.settle()
    what = ["name"] if name != row.name else []
    if name.lower() != row.name.lower():
        await queries.lock_roll(session)
        await _free(session, row.owner_id, name, row.id, "")
    row.name, row.updated_at = name, act.at
    if secrets:
        what.append("secret")
        _keep(row, act, secrets, await _public_key(secrets, ""))
        hosts = await session.scalars(select(Host.id).where(Host.credential_id == row.id))
        act.tell(session, CredentialChanged(row.id, frozenset(hosts)))
    await session.flush()
    if what:
        detail = {"changed": what, "fingerprint": row.fingerprint}
        await act.record(session, "credential.update", "credential", row.id, name, **detail)


async def remove(session: AsyncSession, act: Act, credential_id: int) -> None:
    """Delete one that no host uses. Raises NotFound, Conflict."""
    require(act.principal, Action.CREDENTIALS_WRITE)
    row = await _owned(session, act.principal, credential_id)
    await queries.lock_roll(session)
    users = [
        (i, name) for i, name in await session.execute(select(Host.id, Host.name).where(Host.credential_id == row.id))
    ]
    if users:
        who = await name_some(session, act.principal, users)
        raise Conflict(f"This credential is used by {who}. Give them another one first.", code="in_use")
    await session.delete(row)
    await act.record(session, "credential.delete", "credential", row.id, row.name)


async def name_some(session: AsyncSession, principal: Principal, hosts: Collection[tuple[int, str]]) -> str:
    """Hosts as a sentence names them: up to five that the principal sees, and a word on the others."""
    seen = await queries.visible_ids(session, principal, [host_id for host_id, _ in hosts])
    names = sorted(name for host_id, name in hosts if host_id in seen)
    parts = [", ".join(names[:5])] if names else []
    if len(names) > 5:
        parts.append(f"{len(names) - 5} more")
    if len(seen) < len(hosts):
        parts.append("hosts that you may not see")
    return " and ".join(parts)


async def _owned(session: AsyncSession, principal: Principal, credential_id: int) -> Credential:
    row = await session.get(Credential, credential_id, with_for_update=True) if 0 < credential_id < 1 << 63 else None
    if row is None or not owns(principal, row.owner_id):
        raise NotFound("There is no such credential.")
    return row


async def _host_counts(session: AsyncSession, principal: Principal) -> dict[int, int]:
    query = (
        select(Host.credential_id, func.count())
        .where(Host.credential_id.is_not(None), Host.id.in_(queries.seen_by(principal)))
        .group_by(Host.credential_id)
    )
    return {credential_id: number for credential_id, number in await session.execute(query) if credential_id}


async def _free(session: AsyncSession, owner_id: int | None, name: str, but: int | None, field: str) -> None:
    query = select(Credential.id).where(
        Credential.owner_id.is_not_distinct_from(owner_id), func.lower(Credential.name) == func.lower(name)
    )
    other = await session.scalar(query)
    if other is not None and other != but:
        message = "Another credential has this name; choose a different one."
        raise Conflict(message, code="name_taken", errors=(FieldError(field + "name", message),))


def secrets_of(new: NewCredential, found: rules.Findings, field: str) -> dict[str, str]:
    """The secrets that the kind takes, by their field; what does not belong is noted in `found`."""
    given = {name: value for name in SECRETS if (value := getattr(new, name)) is not None}
    wanted = "password" if new.kind == "password" else "private_key"
    if wanted not in given:
        found.add(field + wanted, "Give the password." if wanted == "password" else "Paste the private key.")
    return _checked(new.kind, given, found, field)


def _replaced(row: Credential, act: Act, changes: CredentialChanges, found: rules.Findings) -> dict[str, str]:
    """All secrets as they will be, if any changes; else nothing."""
    given = {name: value for name in SECRETS if (value := getattr(changes, name)) is not UNSET and value is not None}
    if not given and changes.passphrase is UNSET:
        return {}
    if row.kind == "key" and "private_key" not in given and row.sealed_private_key is not None:
        given["private_key"] = act.vault.open(row.sealed_private_key, place(row.id, "private_key")).reveal()
    return _checked(row.kind, given, found, "")


def _checked(kind: str, given: dict[str, str], found: rules.Findings, field: str) -> dict[str, str]:
    if given.get("passphrase") == "":
        del given["passphrase"]  # an empty field of a form: no passphrase
    for name in given:
        if (name == "password") != (kind == "password"):
            found.add(field + name, f"A credential of kind {kind} has no such field.")
    return {
        name: found.take(field + name, rules.private_key if name == "private_key" else rules.secret, value)
        for name, value in given.items()
    }


async def _public_key(secrets: dict[str, str], field: str) -> PublicKey | None:
    """The public part of a key, which proves that key and passphrase can be used. Raises Invalid."""
    if "private_key" not in secrets:
        return None
    phrase = Secret(secrets["passphrase"]) if "passphrase" in secrets else None
    login = PrivateKey(Secret(secrets["private_key"]), phrase)
    try:
        return hostkeys.describe(await asyncio.to_thread(keychain.parse, login))
    except AuthFailed as error:
        at = "passphrase" if "passphrase" in error.sentence.split(".")[0] else "private_key"
        raise Invalid(error.sentence, code=error.code, errors=(FieldError(field + at, error.sentence),)) from None


def _keep(row: Credential, act: Act, secrets: dict[str, str], public: PublicKey | None) -> None:
    for name in SECRETS:
        sealed = act.vault.seal(Secret(secrets[name]), place(row.id, name)) if name in secrets else None
        setattr(row, f"sealed_{name}", sealed)
    row.public_key = None if public is None else public.line
    row.fingerprint = None if public is None else public.fingerprint


def _view(row: Credential, host_count: int) -> CredentialView:
    return CredentialView(
        id=row.id,
        name=row.name,
        kind=row.kind,
        public_key=row.public_key,
        fingerprint=row.fingerprint,
        owner_id=row.owner_id,
        host_count=host_count,
        created_at=row.created_at,
        updated_at=row.updated_at,
    )
