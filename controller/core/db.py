"""The database: one engine, sessions whose transaction the edge owns, and the base of all tables."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime

import psycopg
from sqlalchemy import BigInteger, DateTime, MetaData, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase

from controller.core.settings import SettingsError

CONNECT_S = 10  # a server that does not answer at all is given up after this long
NAMING = {
    "ix": "ix_%(column_0_N_label)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """Every table's base. Times are timestamptz; integers that may grow are declared BigInteger."""

    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map = {datetime: DateTime(timezone=True), int: BigInteger}  # noqa: RUF012 — SQLAlchemy's own form


def parse_url(address: str) -> URL:
    """A PostgreSQL address as SQLAlchemy wants it, driver psycopg. Raises SettingsError when it is none."""
    try:
        url = make_url(address)
    except (ArgumentError, ValueError):
        url = None
    # the address itself is not repeated: it may hold a password
    if url is None or url.drivername.partition("+")[0] not in {"postgresql", "postgres"}:
        raise SettingsError("MOORLINE_DATABASE_URL takes an address such as postgresql://user:password@address/name")
    return url.set(drivername="postgresql+psycopg")


class Database:
    """One PostgreSQL database."""

    def __init__(self, url: URL, *, pool_size: int = 8) -> None:
        self.url = url
        self.engine: AsyncEngine = create_async_engine(
            url,
            pool_size=pool_size,
            max_overflow=4,
            pool_pre_ping=True,
            connect_args={"connect_timeout": CONNECT_S},
            hide_parameters=True,  # what is stored has no place in messages and logs
        )
        self._sessions = async_sessionmaker(self.engine, expire_on_commit=False)

    @asynccontextmanager
    async def session(self) -> AsyncIterator[AsyncSession]:
        """A session in one transaction: committed at the end, rolled back on any error."""
        async with self._sessions() as session, session.begin():
            yield session

    async def raw(self) -> psycopg.AsyncConnection:
        """A psycopg connection of its own, in autocommit mode: for COPY and maintenance. The caller closes it."""
        url = self.url.set(drivername="postgresql").render_as_string(hide_password=False)
        return await psycopg.AsyncConnection.connect(url, autocommit=True, connect_timeout=CONNECT_S)

    async def ready(self) -> bool:
        """Does the database answer?"""
        try:
            async with self.engine.connect() as connection:
                await connection.execute(text("select 1"))
        except Exception:  # any failure at all means no
            return False
        return True

    async def close(self) -> None:
        """Close every connection."""
        await self.engine.dispose()
