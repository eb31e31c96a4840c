"""pg_dump, pg_restore and psql of the PostgreSQL that comes with Moorline; passwords reach them in no argument."""

from __future__ import annotations

import asyncio
import os
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import IO, TypeVar

from psycopg.pq import Conninfo
from sqlalchemy.engine import URL

from controller.core.postgres import installed
from controller.core.postgres_account import PostgresError
from controller.core.postgres_files import ENVIRONMENT

T = TypeVar("T")

CHUNK_BYTES = 1 << 20
SAID_CHARS = 400
REPLACED = "moorline_replaced"  # the schema that what is replaced waits in until the new one is there
LOCK = 0x4D4F4F52  # the one of migrations: no controller makes tables meanwhile
# unknown to servers before PostgreSQL 17, and of no effect: nothing else sets a limit here
UNKNOWN = b"\nSET transaction_timeout = 0;\n"
BEFORE = f"""BEGIN;
SELECT pg_advisory_xact_lock({LOCK});
ALTER SCHEMA public RENAME TO {REPLACED};
CREATE SCHEMA public;
"""


async def dump(url: URL, snapshot: str, take: Callable[[bytes], object]) -> None:
    """Dump the database as of an exported snapshot, in pg_dump's custom format. Raises PostgresError."""
    words = ("--format=custom", "--no-owner", "--no-privileges", f"--exclude-schema={REPLACED}")
    async with _running("pg_dump", *words, f"--snapshot={snapshot}", url=url, stdin=DEVNULL, stdout=PIPE) as process:
        said = asyncio.create_task(_words(process), name="pg_dump's words")
        stdout = _there(process.stdout)
        while data := await stdout.read(CHUNK_BYTES):
            take(data)
        if await process.wait():
            raise PostgresError(f"the database could not be dumped: {await said}")
        await said


async def load(url: URL, source: IO[bytes]) -> None:
    """Put the tables of a dump in the place of those that are there, in one transaction: all of it or nothing.

    What was there is in the schema REPLACED then. Raises PostgresError.
    """
    # a server that loses us rolls back: psql is told to commit only after the last byte, never by the end of its input
    psql = ("--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", "--file=-")
    restore = ("--no-owner", "--no-privileges", "--file=-")
    async with (
        _running("psql", *psql, url=url, stdin=PIPE, stdout=DEVNULL) as writer,
        _running("pg_restore", *restore, url=url, stdin=PIPE, stdout=PIPE) as reader,
    ):
        texts = [asyncio.create_task(_words(one), name="words of PostgreSQL's tools") for one in (reader, writer)]
        feeding = asyncio.create_task(_feed(source, _there(reader.stdin)), name="dump to pg_restore")
        try:
            well = await _pass_on(reader, writer)
            await feeding
        finally:
            feeding.cancel()
            await asyncio.gather(feeding, return_exceptions=True)
        if well:
            with suppress(ConnectionError):
                _there(writer.stdin).write(b"COMMIT;\n")
                await _there(writer.stdin).drain()
        _there(writer.stdin).close()
        ended = await writer.wait()
        why = [await text for text in texts]
        if ended or not well:
            raise PostgresError(f"the backup could not be put in, and nothing was changed: {why[1] or why[0]}")


async def _pass_on(reader: Process, writer: Process) -> bool:
    """SQL from pg_restore to psql; whether all of it got there."""
    source, target = _there(reader.stdout), _there(writer.stdin)
    try:
        target.write(BEFORE.encode())
        first = await source.read(CHUNK_BYTES)
        while b"SET row_security" not in first and (more := await source.read(CHUNK_BYTES)):
            first += more  # its settings are at the beginning, and whole
        target.write(first.replace(UNKNOWN, b"\n", 1))
        while data := await source.read(CHUNK_BYTES):
            target.write(data)
            await target.drain()
        await target.drain()
    except ConnectionError:  # psql has given up, and says why
        reader.kill()
        return False
    return await reader.wait() == 0


async def _feed(source: IO[bytes], target: asyncio.StreamWriter) -> None:
    with suppress(ConnectionError):  # pg_restore has given up, and says why
        while data := await asyncio.to_thread(source.read, CHUNK_BYTES):
            target.write(data)
            await target.drain()
    target.close()


@asynccontextmanager
async def _running(program: str, *words: str, url: URL, stdin: int, stdout: int) -> AsyncIterator[Process]:
    """A program of PostgreSQL; it is gone afterwards, however that comes."""
    process = await asyncio.create_subprocess_exec(
        str(installed() / "bin" / program),
        *words,
        stdin=stdin,
        stdout=stdout,
        stderr=PIPE,
        env=environment(url),
        start_new_session=True,  # Ctrl-C is for us, who end it in order
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            with suppress(ProcessLookupError):
                process.kill()
            while process.stdout is not None and await process.stdout.read(CHUNK_BYTES):
                pass  # the end of a process is told after that of its pipes, which are full
            await process.wait()


def keywords(url: URL) -> dict[str, str]:
    """An address by libpq's own words for its parts: host, port, user, password, dbname, and what follows the `?`."""
    parts = {"host": url.host, "port": url.port, "user": url.username, "password": url.password, "dbname": url.database}
    return {key: str(value) for key, value in {**parts, **url.query}.items() if value is not None}


def environment(url: URL) -> dict[str, str]:
    """What tells a client program which database, and with what password: none of it is in its arguments."""
    names = {row.keyword.decode(): row.envvar.decode() for row in Conninfo.get_defaults() if row.envvar}
    inherited = {name: value for name, value in os.environ.items() if name == "HOME" or name in names.values()}
    told = {names[key]: value for key, value in keywords(url).items() if key in names}
    return {**ENVIRONMENT, **inherited, **told}


async def _words(process: Process) -> str:
    """What it complained of, the first line that is an error or else the last one."""
    text = (await _there(process.stderr).read()).decode("utf-8", "replace")
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    loud = [line for line in lines if "ERROR:" in line or "error:" in line or "FATAL:" in line]
    return (loud or lines[-1:] or [""])[0][:SAID_CHARS]


def _there(pipe: T | None) -> T:
    """What is there of a program that was started with that pipe."""
    if pipe is None:
        raise RuntimeError("the program was started without that pipe")
    return pipe
