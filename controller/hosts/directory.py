"""How the lines learn where and as whom to log in: the only place that opens stored credentials."""

from __future__ import annotations

from sqlalchemy import select

from controller.core.db import Database
from controller.core.secrets import Secret, Vault, VaultError
from controller.hosts import queries
from controller.hosts.credentials import place
from controller.hosts.models import Credential, Host
from controller.ssh.errors import AuthFailed
from controller.ssh.target import Password, PrivateKey, Target


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
        )

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
