"""Which account the embedded PostgreSQL runs under, and with what rights."""

from __future__ import annotations

import os
import pwd
import shutil
import stat
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

NAME = "moorline"
TRAVERSE = "+dac_read_search"


class PostgresError(Exception):
    """The embedded PostgreSQL cannot run; the sentence says why and what to do."""


@dataclass(frozen=True, slots=True)
class Account:
    """An account of the machine."""

    name: str
    uid: int
    gid: int


def choose(cluster: Path) -> Account:
    """Who runs the server: ourselves, or when we are root the cluster's owner, else the account `moorline`.

    Makes that account when it is missing. Raises PostgresError.
    """
    if os.geteuid() != 0:
        account = _by_uid(os.geteuid())
        if cluster.exists() and cluster.stat().st_uid != account.uid:
            owner = _by_uid(cluster.stat().st_uid)
            raise PostgresError(f"{cluster} belongs to {owner.name}; start Moorline as {owner.name} or as root")
        return account
    if cluster.exists():
        account = _by_uid(cluster.stat().st_uid)
        if account.uid == 0:
            raise PostgresError(f"{cluster} belongs to root, which PostgreSQL refuses; chown it to {NAME}")
        return account
    return _by_name() or _make()


def reaches(account: Account, path: Path) -> bool:
    """May the account pass through every folder above `path`?"""
    return all(_may(account, folder, stat.S_IXUSR) for folder in path.parents)


def executes(account: Account, file: Path) -> bool:
    """Do the file's own bits let the account read and run it?"""
    return _may(account, file, stat.S_IRUSR) and _may(account, file, stat.S_IXUSR)


def confine(account: Account, paths: Iterable[Path], *, ends_with_us: bool) -> tuple[str, ...]:
    """The words to put before a command so that it runs as the account and gains nothing.

    As root, all capabilities go; where a folder above one of `paths` is closed to the account, the one to pass through
    stays, also in the eyes of access(2), by which initdb looks for its server. `ends_with_us`: the kernel asks the
    command to shut down when this thread ends, however it ends.
    """
    words = ["setpriv", "--no-new-privs"]
    if ends_with_us:
        words += ["--pdeathsig", "INT"]
    if os.geteuid() == 0:
        kept = "-all"
        if not all(reaches(account, path) for path in paths):
            kept = f"-all,{TRAVERSE}"
            words += ["--securebits=+no_setuid_fixup"]  # else access(2) forgets the capability of an ordinary account
        words += [f"--reuid={account.uid}", f"--regid={account.gid}", "--clear-groups"]
        words += [f"--inh-caps={kept}", f"--ambient-caps={kept}", f"--bounding-set={kept}"]
    return (*words, "--")


def _may(account: Account, path: Path, owner_bit: int) -> bool:
    facts = path.stat()
    if facts.st_uid == account.uid:
        return bool(facts.st_mode & owner_bit)
    if facts.st_gid == account.gid:
        return bool(facts.st_mode & owner_bit >> 3)
    return bool(facts.st_mode & owner_bit >> 6)


def _by_uid(uid: int) -> Account:
    try:
        entry = pwd.getpwuid(uid)
    except KeyError:
        raise PostgresError(f"user id {uid} has no name on this machine, which PostgreSQL needs; add a user") from None
    return Account(entry.pw_name, entry.pw_uid, entry.pw_gid)


def _by_name() -> Account | None:
    try:
        entry = pwd.getpwnam(NAME)
    except KeyError:
        return None
    return Account(entry.pw_name, entry.pw_uid, entry.pw_gid)


def _make() -> Account:
    program = shutil.which("useradd", path="/usr/sbin:/sbin:/usr/bin:/bin")
    if program is None:
        raise PostgresError(f"there is no useradd here; make a system account {NAME} by hand and start again")
    command = [program, "--system", "--user-group", "--no-create-home", "--home-dir", "/nonexistent"]
    command += ["--shell", "/usr/sbin/nologin", "--comment", "Moorline database", NAME]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)  # noqa: S603 — fixed words
    account = _by_name()  # another controller may have been quicker
    if account is None:
        raise PostgresError(f"the system account {NAME} could not be made: {done.stderr.strip()}")
    return account
