"""The embedded PostgreSQL, on the real binaries."""

from __future__ import annotations

import asyncio
import os
import pwd
import signal
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from sqlalchemy.engine import URL

from controller.core import postgres, postgres_files
from controller.core.postgres import EmbeddedPostgres
from controller.core.postgres_account import PostgresError

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root")


@pytest.fixture
def folder() -> Iterator[Path]:
    """A data folder as short as an installation's; pytest's own are closed to other accounts."""
    with tempfile.TemporaryDirectory(prefix="ml-") as name:
        Path(name).chmod(0o711)
        yield Path(name) / "data"


@pytest.fixture
async def server(folder: Path) -> AsyncIterator[EmbeddedPostgres]:
    """A supervisor that is stopped at the end, started or not."""
    server = EmbeddedPostgres(folder, durable=False)
    yield server
    await server.stop()


async def ask(url: URL, question: str) -> object:
    """The first field of the first row, where there are rows."""
    address = url.set(drivername="postgresql").render_as_string(hide_password=False)
    async with await psycopg.AsyncConnection.connect(address, autocommit=True) as connection:
        cursor = await connection.execute(question.encode())
        row = await cursor.fetchone() if cursor.description is not None else None
        return row[0] if row is not None else None


async def until(condition: Callable[[], Awaitable[bool]], within_s: float = 15.0) -> None:
    """Wait for a condition, not for a time."""
    async with asyncio.timeout(within_s):
        while not await condition():
            await asyncio.sleep(0.02)


async def answers(url: URL) -> bool:
    try:
        return await ask(url, "select 1") == 1
    except psycopg.OperationalError:
        return False


async def test_keeps_what_was_written_over_a_restart(server: EmbeddedPostgres) -> None:
    url = await server.start()
    await ask(url, "create table kept as select 42 as n")
    again = await server.restart()
    assert again == url
    assert await ask(again, "select n from kept") == 42


async def test_role_database_and_encoding(server: EmbeddedPostgres) -> None:
    url = await server.start()
    assert await ask(url, "select current_user || ' ' || current_setting('is_superuser')") == "moorline off"
    assert await ask(url, "select current_setting('server_encoding') || current_setting('jit')") == "UTF8off"
    assert await ask(url, "select current_setting('data_checksums')") == "on"
    assert (
        await ask(url, "select datlocprovider::text || datlocale from pg_database where datname = 'moorline'")
        == "bC.UTF-8"
    )


async def test_nothing_listens_on_tcp_and_the_socket_is_behind_a_closed_folder(server: EmbeddedPostgres) -> None:
    url = await server.start()
    assert await ask(url, "select current_setting('listen_addresses')") == ""
    socket = Path(str(url.query["host"]))
    assert stat.S_IMODE(socket.stat().st_mode) == 0o700
    assert stat.S_IMODE(server.place.cluster.stat().st_mode) == 0o700
    assert server.pid is not None
    inodes = {str(fd.readlink()) for fd in Path(f"/proc/{server.pid}/fd").iterdir()}
    for table in ("tcp", "tcp6", "udp", "udp6"):
        for line in Path(f"/proc/net/{table}").read_text().splitlines()[1:]:
            assert f"socket:[{line.split()[9]}]" not in inodes


@as_root
async def test_as_root_it_runs_without_rights_under_its_own_account(server: EmbeddedPostgres) -> None:
    await server.start()
    status = Path(f"/proc/{server.pid}/status").read_text()
    assert f"Uid:\t{pwd.getpwnam('moorline').pw_uid}\t" in status
    assert "CapEff:\t0000000000000000" in status
    assert "CapBnd:\t0000000000000000" in status
    assert "NoNewPrivs:\t1" in status


@as_root
async def test_another_account_is_refused_even_at_an_open_socket(server: EmbeddedPostgres) -> None:
    url = await server.start()
    socket = Path(str(url.query["host"]))
    socket.chmod(0o755)
    (socket / ".s.PGSQL.5432").chmod(0o777)
    program = postgres.installed() / "bin/psql"
    for name in ("nobody", "moorline"):  # the server's own account is no way in either
        command = ["setpriv", f"--reuid={name}", "--clear-groups", str(program), "-h", str(socket), "-U", "moorline"]
        done = await asyncio.to_thread(
            subprocess.run,
            [*command, "-c", "select 1", "moorline"],
            capture_output=True,
            text=True,
            check=False,
            cwd="/",
        )
        assert done.returncode == 2
        assert 'Peer authentication failed for user "moorline"' in done.stderr


@as_root
async def test_under_a_folder_closed_to_others_it_may_pass_through_and_nothing_is_opened(folder: Path) -> None:
    folder.parent.chmod(0o700)
    server = EmbeddedPostgres(folder, durable=False)
    try:
        url = await server.start()
        assert await ask(url, "select 1") == 1
        status = Path(f"/proc/{server.pid}/status").read_text()
        assert "CapEff:\t0000000000000004" in status  # CAP_DAC_READ_SEARCH alone
        assert stat.S_IMODE(folder.parent.stat().st_mode) == 0o700
    finally:
        await server.stop()


@as_root
async def test_a_program_under_a_closed_folder_makes_its_cluster(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wheel = postgres.installed().parent
    closed = folder.parent / "closed"
    closed.mkdir(mode=0o700)
    await asyncio.to_thread(
        subprocess.run, ["cp", "-a", str(wheel), f"{wheel}.libs", str(closed)], check=True, capture_output=True
    )
    monkeypatch.setattr(postgres, "installed", lambda: closed / wheel.name / "pginstall")
    server = EmbeddedPostgres(folder, durable=False)
    try:
        assert await ask(await server.start(), "select 1") == 1
        assert Path(f"/proc/{server.pid}/exe").readlink().is_relative_to(closed)
    finally:
        await server.stop()


@as_root
async def test_a_program_installed_for_root_alone_is_copied(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wheel = postgres.installed().parent
    closed = folder.parent / "closed"
    closed.mkdir()
    await asyncio.to_thread(
        subprocess.run, ["cp", "-a", str(wheel), f"{wheel}.libs", str(closed)], check=True, capture_output=True
    )
    await asyncio.to_thread(subprocess.run, ["chmod", "-R", "go=", str(closed)], check=True)
    monkeypatch.setattr(postgres, "installed", lambda: closed / wheel.name / "pginstall")
    server = EmbeddedPostgres(folder, durable=False)
    try:
        assert await ask(await server.start(), "select 1") == 1
        assert Path(f"/proc/{server.pid}/exe").readlink().is_relative_to(folder)
    finally:
        await server.stop()


async def test_a_path_too_long_for_a_socket_gets_a_short_folder_that_goes_at_the_end(folder: Path) -> None:
    server = EmbeddedPostgres(folder / ("d" * 100), durable=False)
    try:
        url = await server.start()
        socket = Path(str(url.query["host"]))
        assert not socket.is_relative_to(folder)
        assert stat.S_IMODE(socket.stat().st_mode) == 0o700
        assert await ask(url, "select 1") == 1
    finally:
        await server.stop()
    assert not socket.exists()


async def test_a_second_controller_on_the_same_folder_is_refused(server: EmbeddedPostgres, folder: Path) -> None:
    url = await server.start()
    with pytest.raises(PostgresError, match=rf"another Moorline \(process {os.getpid()}\) uses the data folder"):
        await EmbeddedPostgres(folder).start()
    assert await ask(url, "select 1") == 1


@pytest.mark.parametrize("name", ["data", "d" * 100], ids=["socket in place", "socket elsewhere"])
async def test_a_command_borrows_the_running_database_and_leaves_it_running(folder: Path, name: str) -> None:
    server = EmbeddedPostgres(folder / name, durable=False)
    mine = await server.start()
    try:
        async with postgres.borrow(folder / name) as url:
            assert url == mine
            await ask(url, "create table kept as select 42 as n")
        assert await ask(mine, "select n from kept") == 42
    finally:
        await server.stop()


async def test_a_command_starts_the_database_when_none_runs_and_ends_it(server: EmbeddedPostgres, folder: Path) -> None:
    async with postgres.borrow(folder) as url:
        assert await ask(url, "select 1") == 1
    assert not await answers(url)
    await server.start()


async def test_it_is_started_again_when_it_is_killed(server: EmbeddedPostgres) -> None:
    url = await server.start()
    await ask(url, "create table kept as select 42 as n")
    first = server.pid
    assert first is not None
    os.kill(first, signal.SIGKILL)

    async def back() -> bool:
        return server.pid != first and await answers(url)

    await until(back)
    assert await ask(url, "select n from kept") == 42


async def test_it_comes_back_when_a_start_fails_too(server: EmbeddedPostgres) -> None:
    url = await server.start()
    first = server.pid
    assert first is not None
    rules = server.place.root / "postgresql.conf.new"  # a folder in the way of the configuration
    rules.mkdir()
    os.kill(first, signal.SIGKILL)

    async def gone() -> bool:
        return server.pid is None

    await until(gone)
    rules.rmdir()

    async def back() -> bool:
        return await answers(url)

    await until(back)


CONTROLLER = """
import asyncio, sys
from pathlib import Path
from controller.core.postgres import EmbeddedPostgres

async def main():
    server = EmbeddedPostgres(Path(sys.argv[1]), durable=False)
    await server.start()
    print(server.pid, flush=True)
    await asyncio.sleep(600)

asyncio.run(main())
"""


async def test_a_killed_controller_leaves_no_orphan_and_the_next_one_starts_at_once(
    server: EmbeddedPostgres, folder: Path
) -> None:
    controller = await asyncio.create_subprocess_exec(
        sys.executable, "-c", CONTROLLER, str(folder), stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL
    )
    assert controller.stdout is not None
    while not (line := await controller.stdout.readline()).strip().isdigit():
        assert line, "the controller did not start"
    orphan = int(line)
    controller.kill()
    await controller.wait()
    since = time.monotonic()
    url = await server.start()
    assert time.monotonic() - since < 10
    assert await ask(url, "select 1") == 1
    assert not (Path(f"/proc/{orphan}/cwd")).exists()


async def test_a_server_left_behind_is_ended_before_the_next_start(server: EmbeddedPostgres, folder: Path) -> None:
    await server.start()
    await server.stop()
    command = list(postgres._prepare(server.place, durable=False).command)
    command = [word for word in command if word not in {"--pdeathsig", "INT"}]
    left = await asyncio.create_subprocess_exec(
        *command, cwd="/", start_new_session=True, stderr=asyncio.subprocess.DEVNULL
    )
    url = postgres._url(server.place.root / "socket", "moorline", "moorline")

    async def up() -> bool:
        return await answers(url)

    await until(up)
    assert await ask(await server.start(), "select 1") == 1
    assert await left.wait() == 0


async def test_data_of_another_version_is_named_and_left_alone(server: EmbeddedPostgres) -> None:
    await server.start()
    await server.stop()
    (server.place.cluster / "PG_VERSION").write_text("17\n")
    with pytest.raises(PostgresError, match="was made by PostgreSQL 17, and this Moorline brings 18"):
        await server.start()


async def test_half_made_cluster_of_an_interrupted_first_start_is_made_anew(server: EmbeddedPostgres) -> None:
    server.place.draft.mkdir(parents=True)
    (server.place.draft / "PG_VERSION").write_text("18\n")
    assert await ask(await server.start(), "select 1") == 1


async def test_a_broken_setting_is_told_with_the_servers_own_words(server: EmbeddedPostgres) -> None:
    server.place.root.mkdir(parents=True)
    (server.place.root / "custom.conf").write_text("max_connections = many\n")
    with pytest.raises(PostgresError, match=r"custom\.conf"):
        await server.start()
    (server.place.root / "custom.conf").write_text("max_connections = 7\n")
    assert await ask(await server.start(), "select current_setting('max_connections')") == "7"


@as_root
async def test_a_full_disk_is_told_as_such(folder: Path) -> None:
    folder.mkdir()
    await asyncio.to_thread(subprocess.run, ["mount", "-t", "tmpfs", "-o", "size=30m", "none", str(folder)], check=True)
    try:
        with pytest.raises(PostgresError, match="is full"):
            await EmbeddedPostgres(folder).start()
    finally:
        await asyncio.to_thread(subprocess.run, ["umount", str(folder)], check=True)


def test_what_the_log_says_about_a_full_disk(tmp_path: Path) -> None:
    log = tmp_path / "postgres.log"
    log.write_text("PANIC:  could not write to file: No space left on device\n")
    assert "the disk of" in postgres_files.explain("PostgreSQL did not start", log, 0)


def test_the_log_stays_bounded(tmp_path: Path) -> None:
    log = tmp_path / "postgres.log"
    with log.open("ab") as writer:
        writer.write(b"x" * (postgres_files.LOG_BYTES + 1))
        writer.flush()
        postgres_files.shorten(log)
        writer.write(b"on it goes")
    assert log.read_bytes() == b"on it goes"
    assert (tmp_path / "postgres.log.1").stat().st_size == postgres_files.LOG_BYTES
