"""What the tests of hosts share: a vault, a board that follows the news, people to act as."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from controller.audit.service import Actor
from controller.core.db import Database
from controller.core.events import Bus
from controller.core.secrets import KEY_BYTES, Keyring, Vault
from controller.hosts import service
from controller.hosts.act import Act
from controller.hosts.board import Board
from controller.hosts.credential_schemas import NewCredential
from controller.hosts.models import Group
from controller.hosts.news import (
    CredentialChanged,
    GroupRemoved,
    HostAdded,
    HostChanged,
    HostEventWritten,
    HostKeyApproved,
    HostRemoved,
    RetryAsked,
)
from controller.hosts.roll import Roll
from controller.hosts.schemas import NewHost
from controller.users.rights import Principal, Role

AT = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
NEWS = (
    HostAdded, HostChanged, HostRemoved, HostKeyApproved, RetryAsked, CredentialChanged, HostEventWritten, GroupRemoved,
)  # fmt: skip


@dataclass
class ManualClock:
    """A clock that moves when told."""

    seconds: float = AT.timestamp()

    def now(self) -> float:
        return self.seconds

    def monotonic(self) -> float:
        return self.seconds


def principal(user_id: int = 1, role: Role = Role.ADMIN, *group_ids: int, everything: bool = False) -> Principal:
    return Principal(user_id, f"user{user_id}", role, everything, frozenset(group_ids), None, None)


@dataclass
class House:
    """The hosts slice without HTTP."""

    database: Database
    clock: ManualClock = field(default_factory=ManualClock)
    bus: Bus = field(default_factory=Bus)
    vault: Vault = field(default_factory=lambda: Vault(Keyring({b"test": b"k" * KEY_BYTES})))
    news: list[object] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.board = Board(30)
        self.roll = Roll(self.board, self.bus, self.clock)
        for kind in NEWS:
            self.bus.listen(kind, self.news.append)

    def act(self, who: Principal | None = None) -> Act:
        by = who or principal(everything=True)
        return Act(by, Actor("user", by.user_id, by.username, "192.0.2.1"), AT, self.bus, self.vault)

    def told(self, kind: type) -> list[object]:
        """The news of that kind so far, which are then forgotten."""
        found = [news for news in self.news if type(news) is kind]
        self.news[:] = [news for news in self.news if type(news) is not kind]
        return found

    async def add(self, name: str, who: Principal | None = None, **fields: object) -> int:
        new = {"address": "192.0.2.10", "username": "root", "name": name, **fields}
        async with self.database.session() as session:
            return await service.add(session, self.act(who), NewHost(**new))  # type: ignore[arg-type]

    async def group(self, name: str) -> int:
        async with self.database.session() as session:
            return await add_group(session, name)


async def add_group(session: AsyncSession, name: str) -> int:
    row = Group(name=name, created_at=AT)
    session.add(row)
    await session.flush()
    return row.id


def password(name: str = "root password", secret: str = "open sesame 42") -> NewCredential:
    return NewCredential(name=name, kind="password", password=secret)


@pytest.fixture
def house(database: Database) -> House:
    return House(database)
