"""The application over a real database, in the test's own process: any address knocks, and time moves when told."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack
from copy import copy
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache, cached_property
from io import StringIO
from pathlib import Path
from typing import Any

import httpx
import pytest
import structlog
from argon2 import PasswordHasher
from litestar import Litestar
from litestar.datastructures import State
from sqlalchemy import text
from sqlalchemy.engine import URL

from controller.app import Controller
from controller.core import log
from controller.core.clock import utc_now
from controller.core.db import Database, parse_url
from controller.core.secrets import Keyring, Vault
from controller.core.settings import Settings
from controller.users import accounts, sessions
from controller.users.models import User

HOME = "http://moorline.test"
PASSWORD = "correct horse battery"
AT = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)


@dataclass(slots=True)
class MovedClock:
    """A clock that moves when told."""

    seconds: float = AT.timestamp()

    def now(self) -> float:
        """Epoch seconds."""
        return self.seconds

    def monotonic(self) -> float:
        """The same, which is as good."""
        return self.seconds

    def move(self, by: timedelta) -> None:
        """Let time pass."""
        self.seconds += by.total_seconds()


class Browser(httpx.AsyncClient):
    """One browser: keeps cookies, says where its page is from, and sends the CSRF header once it is logged in."""

    async def enter(self, path: str, **body: str) -> httpx.Response:
        """Set up, log in, accept or register: what gives a session."""
        answer = await self.post(path, json=body)
        if answer.is_success and (csrf := answer.json().get("csrf_token")):
            self.headers["X-CSRF-Token"] = csrf
        return answer

    async def log_in(self, username: str, password: str = PASSWORD) -> httpx.Response:
        """Try to log in."""
        return await self.enter("/login", username=username, password=password)


@dataclass
class Front:
    """The door, and who stands before it. A fresh one on the same database is the controller after a restart."""

    controller: Controller
    clock: MovedClock
    _stack: AsyncExitStack = field(default_factory=AsyncExitStack)

    @cached_property
    def app(self) -> Litestar:
        """Its HTTP side: the routes are put together once for the process, which takes half a second."""
        app = copy(_routes())
        app.state = State(self.controller.state())
        return app

    async def browser(self, address: str = "192.0.2.7", *, home: str = HOME, **headers: str) -> Browser:
        """A browser at that address whose page is at `home`; underscores in header names are dashes."""
        # an error that no handler took is the test's failure, as is a 500
        transport = httpx.ASGITransport(self.app, client=(address, 4711))  # type: ignore[arg-type]
        sent = {"Origin": home} | {name.replace("_", "-"): value for name, value in headers.items()}
        made = Browser(transport=transport, base_url=f"{home}/api/v1", headers=sent)
        return await self._stack.enter_async_context(made)

    async def program(self, token: str, address: str = "192.0.2.8") -> Browser:
        """A program with a token: no cookie, no origin."""
        made = await self.browser(address, Authorization=f"Bearer {token}")
        del made.headers["Origin"]
        return made

    async def link(self) -> str:
        """The word of a fresh set-up link."""
        async with self.controller.database.session() as session:
            link = await accounts.setup_link(session, HOME)
        assert link is not None
        return link.partition("token=")[2]

    async def admin(self) -> Browser:
        """The first administrator, logged in."""
        return await self.user("admin", role="admin", all_hosts=True)

    async def user(self, name: str, **rights: Any) -> Browser:
        """Somebody, logged in. Without the work of the door, which takes its time over passwords."""
        made = await self.browser()
        now = utc_now(self.clock)
        kept = {"role": "viewer", "all_hosts": False, "group_ids": [], **rights}
        async with self.controller.database.session() as session:
            row = User(username=name, password_hash=_hashed(), enabled=True, preferences={}, created_at=now, **kept)
            session.add(row)
            await session.flush()
            opened = await sessions.open_session(session, row, "192.0.2.7", "", now)
        made.cookies.set("moorline_session", opened.secret, domain="moorline.test", path="/")
        made.headers["X-CSRF-Token"] = opened.csrf_token
        return made

    async def rows(self, query: str, **values: Any) -> list[Any]:
        """What the database answers, one value or tuple a row."""
        async with self.controller.database.session() as session:
            found = (await session.execute(text(query), values)).all()
        return [row[0] if len(row) == 1 else tuple(row) for row in found]

    async def do(self, statement: str, **values: Any) -> None:
        """Change the database behind the application's back."""
        async with self.controller.database.session() as session:
            await session.execute(text(statement), values)

    async def close(self) -> None:
        """Everybody leaves."""
        await self._stack.aclose()


def build(database: Database, folder: Path, clock: MovedClock | None = None, **settings: Any) -> Front:
    """The application with settings of its own."""
    settings = {"public_url": HOME, "data_dir": folder, **settings}
    clock = clock or MovedClock()
    vault = Vault(Keyring.load(folder / "master.key"))
    return Front(Controller(Settings(**settings), database, vault, clock), clock)


@cache
def _routes() -> Litestar:
    vault = Vault(Keyring({b"none": bytes(32)}))
    return Controller(Settings(), Database(parse_url("postgresql://nowhere/none")), vault).web()


@cache
def _hashed() -> str:
    return PasswordHasher().hash(PASSWORD)


@pytest.fixture
def logged() -> Iterator[Callable[[], str]]:
    """What the application has logged so far, in the form it has for people."""
    stream = StringIO()
    log.configure("INFO", "text")
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(stream))
    yield stream.getvalue
    structlog.reset_defaults()
    logging.getLogger().handlers = []


@pytest.fixture
async def front(database: Database, tmp_path: Path, logged: Callable[[], str]) -> AsyncIterator[Front]:
    """The application over a fresh database."""
    made = build(database, tmp_path)
    yield made
    await made.close()


@pytest.fixture
async def away(tmp_path: Path, logged: Callable[[], str]) -> AsyncIterator[Front]:
    """The application whose database does not answer."""
    address = URL.create("postgresql+psycopg", username="nobody", database="none", query={"host": str(tmp_path)})
    database = Database(address)
    made = build(database, tmp_path)
    yield made
    await made.close()
    await database.close()
