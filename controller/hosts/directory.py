"""How the lines learn where and as whom to log in: the only place that opens stored credentials."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncSession

from controller.core.db import Database
from controller.core.secrets import ID_BYTES, Keyring, Secret, Vault, VaultError
from controller.hosts import queries
from controller.hosts.credentials import place
from controller.hosts.models import Credential, Host
from controller.ssh.errors import AuthFailed
from controller.ssh.target import Password, PrivateKey, Target

# gives samples of what another slice has sealed: one value of each master key, and its place
Keeper = Callable[[AsyncSession], Awaitable[list[tuple[bytes, str]]]]


async def open_vault(session: AsyncSession, path: Path, elsewhere: Sequence[Keeper] = ()) -> Vault:
    """The vault of a key file. A missing file is made only while nothing is sealed, here or `elsewhere`.

    Raises VaultError when the file is damaged or missing, or is not the one that stored secrets were sealed with.
    """
    found = await samples(session)
    for keeper in elsewhere:
        found += await keeper(session)
    if found and not await asyncio.to_thread(path.exists):
        raise VaultError(
            f"the key file {path} is missing, and the stored credentials and recordings do not open without it; "
            "restore it from your backup, or set MOORLINE_KEY_FILE to where it is"
        )
    vault = Vault(Keyring.load(path))
    for sealed, where in found:
        try:
            vault.open(sealed, where)
        except VaultError as error:
            raise VaultError(f"{path} is not the key file of this database: {error}") from None
    return vault


async def samples(session: AsyncSession) -> list[tuple[bytes, str]]:
    """One stored secret of each master key, and its place."""
    sealed = func.coalesce(Credential.sealed_private_key, Credential.sealed_password)
    master = func.substring(sealed, 2, ID_BYTES)
    oldest = select(Credential).ext(distinct_on(master)).where(sealed.is_not(None)).order_by(master, Credential.id)
    return [
        (
            row.sealed_private_key or row.sealed_password or b"",
            place(row.id, "password" if row.sealed_private_key is None else "private_key"),
        )
        for row in await session.scalars(oldest)
    ]


class HostDirectory:
    """The hosts of the database, for the pool. Secrets live as long as the target that is handed out."""

    def __init__(self, database: Database, vault: Vault) -> None:
        self._database = database
        self._vault = vault

    async def target(self, host_id: int) -> Target:
        """How to reach the host now. Raises LookupError when there is none, AuthFailed without a usable credential."""
        async with self._database.session() as session:
            host = await session.get(Host, host_id)
            if host is None:
                raise LookupError(f"there is no host {host_id}")
            query = select(Credential).where(Credential.id == host.credential_id)
            credential = await session.scalar(query)
            pinned = (await queries.pinned(session, [host_id])).get(host_id, [])
        return Target(
            host_id=host_id,
            address=host.address,
            port=host.port,
            username=host.username,
            login=self.login(credential),
            pinned=tuple(key.line for key in pinned),
            jump=host.jump_host_id,
            name=host.name,
            monitoring_only=host.monitoring_only,
        )

    async def login_of(self, credential_id: int) -> Password | PrivateKey:
        """The opened credential of that id. Raises AuthFailed when there is none or it does not open."""
        async with self._database.session() as session:
            return self.login(await session.get(Credential, credential_id))

    def login(self, credential: Credential | None) -> Password | PrivateKey:
        """The opened credential. Raises AuthFailed when there is none or it does not open."""
        if credential is None:
            raise AuthFailed("This host has no credential. Choose one for it.", code="no_credential", tried=False)
        try:
            if credential.sealed_private_key is not None:
                phrase = credential.sealed_passphrase
                return PrivateKey(
                    self._open(credential.id, "private_key", credential.sealed_private_key),
                    None if phrase is None else self._open(credential.id, "passphrase", phrase),
                )
            if credential.sealed_password is not None:
                return Password(self._open(credential.id, "password", credential.sealed_password))
        except VaultError as error:
            raise AuthFailed(f"The stored credential cannot be used: {error}.", code="vault", tried=False) from None
        raise AuthFailed("The stored credential is empty; enter it again.", code="vault", tried=False)

    def _open(self, credential_id: int, field: str, sealed: bytes) -> Secret:
        return self._vault.open(sealed, place(credential_id, field))
