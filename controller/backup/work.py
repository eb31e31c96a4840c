"""What a backup and a restore do, one step after the other."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec
import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo
from sqlalchemy import TableClause, func, select, text
from sqlalchemy.engine import URL
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.ext.asyncio import AsyncSession

from controller.backup import archive, tools
from controller.backup.archive import BackupError, Manifest, Sample
from controller.core import migrate
from controller.core.clock import SystemClock, utc_now
from controller.core.db import CONNECT_S, Database, parse_url
from controller.core.postgres import EmbeddedPostgres, FolderTakenError, borrow
from controller.core.postgres_account import PostgresError
from controller.core.postgres_files import Place
from controller.core.secrets import Keyring, Secret, Vault, VaultError
from controller.core.settings import Settings
from controller.core.version import version
from controller.hosts import directory
from controller.recordings import service as recordings

COUNTED = {"hosts": "host", "credentials": "credential", "users": "user_account", "jobs": "job"}  # name: table
TABLES = """select c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace
where n.nspname = %s and c.relkind in ('r', 'p') order by c.relispartition desc, c.relname"""
OTHERS = """select count(*) from pg_stat_activity
where datname = current_database() and pid <> pg_backend_pid() and backend_type = 'client backend'"""


async def save(settings: Settings, file: Path, *, with_key: bool) -> Manifest:
    """Write the database, as it is at one moment, into a file. A controller may run meanwhile.

    Raises PostgresError, BackupError, VaultError (a key that is wanted and does not open what is stored) and OSError.
    """
    async with _any_database(settings) as url, _connected(url) as database, database.session() as session:
        await session.execute(text("set transaction isolation level repeatable read"))
        manifest = await _describe(session)
        key = await asyncio.to_thread(_key_file, settings.master_key_path(), manifest) if with_key else None
        snapshot = str(await session.scalar(text("select pg_export_snapshot()")))
        with archive.made(file) as target:
            with target.open(archive.DUMP, "w", force_zip64=True) as member:
                await tools.dump(url, snapshot, member.write)
            if key is not None:
                target.writestr(archive.KEY, key)
            target.writestr(archive.MANIFEST, msgspec.json.encode(manifest))
    return manifest


async def bring_back(settings: Settings, file: Path, *, replace: bool) -> Manifest:
    """Put the database of a backup in the place of the one that is there, which stays until that is done.

    Raises BackupError, VaultError (no key file opens what is stored in the backup), PostgresError and OSError.
    """
    with archive.opened(file) as (found, manifest):
        if not migrate.knows(manifest.revision):
            raise BackupError(
                f"{file} was made by Moorline {manifest.version}, which is newer than this one; update this one first"
            )
        ring = _ring(settings.master_key_path(), archive.key(found), manifest)
        async with _own_database(settings) as url:
            await _free(url, replace=replace)
            if ring is not None:  # the keys that are there stay in it: both databases open, whatever comes now
                ring.save(settings.master_key_path())
            with archive.dump(found) as source:
                await tools.load(url, source)
            await _throw_away(url)
    return manifest


@asynccontextmanager
async def _any_database(settings: Settings) -> AsyncIterator[URL]:
    """The database that a controller uses or would use. It is not brought up to date: backups come before updates."""
    if settings.database_url is not None:
        yield parse_url(settings.database_url)
        return
    place = Place(settings.data_dir.resolve() / "postgres")
    if not await asyncio.to_thread(place.cluster.exists):
        raise PostgresError(
            f"there is no database in {settings.data_dir.resolve()}; set MOORLINE_DATA_DIR to the data folder"
        )
    async with borrow(settings.data_dir) as url:
        yield url


@asynccontextmanager
async def _own_database(settings: Settings) -> AsyncIterator[URL]:
    """The database, while no controller uses it. Raises PostgresError."""
    if settings.database_url is not None:
        yield parse_url(settings.database_url)
        return
    server = EmbeddedPostgres(settings.data_dir)
    try:
        url = await server.start()
    except FolderTakenError:
        raise PostgresError(
            f"a Moorline runs over {settings.data_dir}; stop it (systemctl stop moorline), then restore"
        ) from None
    try:
        yield url
    finally:
        await server.stop()


@asynccontextmanager
async def _connected(url: URL) -> AsyncIterator[Database]:
    database = Database(url, pool_size=1)
    try:
        yield database
    finally:
        await database.close()


async def _describe(session: AsyncSession) -> Manifest:
    """What the backup of this database holds. Raises PostgresError for one that is not ours to understand."""
    if await session.scalar(text("select to_regclass('public.alembic_version')")) is None:
        raise PostgresError("this database holds nothing of Moorline; is it the right one?")
    revision = str(await session.scalar(text("select version_num from alembic_version")))
    if not await asyncio.to_thread(migrate.knows, revision):
        raise PostgresError(f"the tables are of a newer Moorline than this one ({revision}); make the backup with that")
    try:
        sealed = [*await directory.samples(session), *await recordings.samples(session)]
    except ProgrammingError:
        raise PostgresError(
            f"the tables are of a much older Moorline than this one ({revision}); make the backup with that one"
        ) from None
    counts = {}
    for name, table in COUNTED.items():
        counts[name] = int(await session.scalar(select(func.count()).select_from(TableClause(table))) or 0)
    samples = tuple(Sample(one, place) for one, place in sealed)
    at = utc_now(SystemClock()).isoformat(timespec="seconds")
    return Manifest(archive.FORMAT, version(), at, revision, counts, samples)


def _key_file(path: Path, manifest: Manifest) -> bytes:
    """The key file's text. Raises VaultError where it is not there, or opens nothing of the backup."""
    if not path.exists():
        raise VaultError(f"there is no key file {path}; set MOORLINE_KEY_FILE to where it is")
    said = path.read_bytes()
    why = _refusal(Keyring.parse(said, str(path)), manifest.samples)
    if why is not None:
        raise VaultError(f"{path} is not the key file of this database: {why}")
    return said


def _ring(path: Path, brought: Keyring | None, manifest: Manifest) -> Keyring | None:
    """The keys to write before the backup is put in; None where those that are there will do.

    Raises VaultError where neither they nor those in the backup open what is stored in it.
    """
    there = Keyring.load(path) if path.exists() else None
    if there is not None and _refusal(there, manifest.samples) is None:
        return None
    if brought is not None and _refusal(brought, manifest.samples) is None:
        return brought if there is None else brought.joined(there)
    if not manifest.samples:
        return None
    if brought is not None:
        raise VaultError("the key file in the backup does not open what is stored there; nothing was changed")
    state = "does not open what is stored in the backup" if there is not None else "is not there"
    raise VaultError(
        f"the key file {path} {state}; put the master.key that you keep apart in its place, readable by its owner "
        "alone, or set MOORLINE_KEY_FILE. Nothing was changed"
    )


def _refusal(ring: Keyring, samples: Sequence[Sample]) -> VaultError | None:
    """Why these keys do not open what is stored; None: they do."""
    vault = Vault(ring)
    try:
        for one in samples:
            opened: Secret = vault.open(one.sealed, one.place)
            del opened
    except VaultError as error:
        return error
    return None


async def _free(url: URL, *, replace: bool) -> None:
    """See that nobody uses the database, and that it is empty or may be replaced. Raises PostgresError."""
    async with await _raw(url) as connection:
        cursor = await connection.execute(OTHERS)
        if (row := await cursor.fetchone()) is not None and row[0]:
            raise PostgresError(
                "somebody is connected to the database: stop the Moorline that runs over it (systemctl stop moorline), "
                "then restore"
            )
        cursor = await connection.execute(TABLES, ("public",))
        tables = {str(row[0]) for row in await cursor.fetchall()}
        if tables and not replace:
            held = [f"{await _count(connection, table)} {name}" for name, table in COUNTED.items() if table in tables]
            raise PostgresError(
                f"the database is not empty ({', '.join(held) or f'{len(tables)} tables'}), and nothing was changed; "
                "with --replace the backup takes its place"
            )
    await _throw_away(url)  # of an earlier restore that was cut off at its very end


async def _count(connection: psycopg.AsyncConnection, table: str) -> int:
    cursor = await connection.execute(sql.SQL("select count(*) from {}").format(sql.Identifier("public", table)))
    row = await cursor.fetchone()
    return int(row[0]) if row is not None else 0


async def _throw_away(url: URL) -> None:
    """Drop what was replaced, a table at a time: each drop holds locks, of which a server has only so many."""
    async with await _raw(url) as connection:
        cursor = await connection.execute(TABLES, (tools.REPLACED,))
        for (table,) in await cursor.fetchall():
            name = sql.Identifier(tools.REPLACED, str(table))
            await connection.execute(sql.SQL("drop table if exists {} cascade").format(name))
        await connection.execute(sql.SQL("drop schema if exists {} cascade").format(sql.Identifier(tools.REPLACED)))


async def _raw(url: URL) -> psycopg.AsyncConnection:
    address = make_conninfo("", **{"connect_timeout": str(CONNECT_S), **tools.keywords(url)})
    return await psycopg.AsyncConnection.connect(address, autocommit=True)
