"""Git, as far as a project needs it: one branch's newest commit, laid out in a folder of its own.

Nothing of the controller's own account is used, no hook or filter runs, nothing asks, and only https, ssh and file are
spoken. A secret is in a file that only we may read, for as long as Git runs.
"""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from controller.core.errors import FieldError, Invalid, Unavailable
from controller.core.secrets import Secret
from controller.library import programs

FETCH_S = 300.0
QUICK_S = 120.0
SCP_FORM = re.compile(r"(?:[A-Za-z0-9_][A-Za-z0-9_.-]*@)?[A-Za-z0-9_][A-Za-z0-9_.-]*:(?!//)[^\s:][^\s]*\Z")
BRANCH = re.compile(r"(?!-)(?!.*\.\.)(?!.*//)[A-Za-z0-9_][A-Za-z0-9_./+-]{0,200}(?<!/)(?<!\.lock)\Z")
COMMIT = re.compile(r"[0-9a-f]{40,64}\Z")
QUIETLY = ("-c", "core.hooksPath=/dev/null", "-c", "core.fsmonitor=false", "-c", "protocol.ext.allow=never",
           "-c", "submodule.recurse=false", "-c", "credential.helper=", "-c", "gc.auto=0")  # fmt: skip
ASKPASS = '#!/bin/sh\ncase $1 in Username*) cat "${0%/*}/username";; *) cat "${0%/*}/secret";; esac\n'


@dataclass(frozen=True, slots=True)
class Source:
    """Where a project comes from. `known_hosts`: the SSH server's keys as in that file."""

    url: str
    branch: str
    username: str = ""
    secret: Secret | None = None
    known_hosts: str = ""


def check(url: str, branch: str) -> None:
    """Raises Invalid for an address or a branch that is not to be given to Git."""
    plain = url.isprintable() and not url.startswith("-") and " " not in url
    parts = urlsplit(url) if plain else urlsplit("")
    if not plain or (parts.scheme not in {"https", "ssh", "file"} and not SCP_FORM.match(url)):
        message = "Give an https://, ssh:// or file:// address, or user@host:path."
        raise Invalid(message, errors=(FieldError("url", message),))
    if parts.password or (parts.scheme == "https" and parts.username):
        message = "Leave name and password out of the address; they have fields of their own and are kept sealed."
        raise Invalid(message, errors=(FieldError("url", message),))
    if parts.hostname is not None and parts.hostname.startswith("-"):
        message = "This is no host's name."
        raise Invalid(message, errors=(FieldError("url", message),))
    if not BRANCH.match(branch):
        message = "This is no branch's name."
        raise Invalid(message, errors=(FieldError("branch", message),))


async def fetch(source: Source, store: Path) -> tuple[str, str]:
    """Bring the branch's newest commit into the bare repository `store`: its id, and its subject.

    Raises Unavailable with what Git said.
    """
    await asyncio.to_thread(store.mkdir, mode=0o700, parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="moorline-git-") as name:
        folder = Path(name)
        environment = _environment(source, folder)
        if not (store / "HEAD").exists():
            await _git(environment, store, "init", "--quiet", "--bare", ".")
        reference = f"refs/heads/{source.branch}"
        await _git(
            environment, store, "fetch", "--quiet", "--depth=1", "--no-tags", "--force", "--no-write-fetch-head",
            "--no-recurse-submodules", "--", source.url, f"+{reference}:refs/heads/wanted", timeout_s=FETCH_S,
        )  # fmt: skip
        commit = await _git(environment, store, "rev-parse", "--verify", "refs/heads/wanted^{commit}")
        subject = await _git(environment, store, "log", "-1", "--format=%s", commit)
    if not COMMIT.match(commit):
        raise Unavailable(f"Git named the commit {commit[:60]!r}.", code="git")
    return commit, subject[:200]


async def lay_out(store: Path, commit: str, folder: Path) -> None:
    """Write the commit's files below the folder, which is there afterwards whole or not at all."""
    draft = folder.with_name(f"{folder.name}.new")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(mode=0o700, parents=True)
    with tempfile.TemporaryDirectory(prefix="moorline-git-") as name:
        environment = _environment(Source("", ""), Path(name)) | {"GIT_INDEX_FILE": f"{name}/index"}
        await _git(environment, store, f"--work-tree={draft}", "checkout", "--quiet", "--force", commit, "--", ".")
    draft.replace(folder)


def _environment(source: Source, folder: Path) -> dict[str, str]:
    ssh = ["ssh", "-F", "/dev/null", "-o", "BatchMode=yes", "-o", "StrictHostKeyChecking=yes",
           "-o", f"UserKnownHostsFile={_put(folder / 'known_hosts', source.known_hosts)}",
           "-o", "GlobalKnownHostsFile=/dev/null", "-o", "IdentityAgent=none", "-o", "IdentitiesOnly=yes",
           "-o", "ConnectTimeout=20"]  # fmt: skip
    secret = source.secret.reveal() if source.secret is not None else ""
    if secret and not source.url.startswith("https:"):
        ssh += ["-i", str(_put(folder / "key", secret.rstrip("\n") + "\n"))]
    _put(folder / "username", source.username)
    _put(folder / "secret", secret)
    ask = _put(folder / "ask", ASKPASS)
    ask.chmod(0o700)
    return {
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "HOME": str(folder),
        "LC_ALL": "C.UTF-8",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_ASKPASS": str(ask),
        "GIT_ALLOW_PROTOCOL": "https:ssh:file",
        "GIT_SSH_COMMAND": " ".join(ssh),
        "GIT_SSH_VARIANT": "ssh",
        "GIT_LFS_SKIP_SMUDGE": "1",
    }


def _put(path: Path, text: str) -> Path:
    path.touch(mode=0o600)
    path.write_text(text)
    return path


async def _git(environment: dict[str, str], store: Path, *words: str, timeout_s: float = QUICK_S) -> str:
    try:
        done = await programs.run(["git", *QUIETLY, *words], environment, store, timeout_s)
    except FileNotFoundError:
        raise Unavailable("Git is not installed beside Moorline: install it there.", code="no_git") from None
    if done.status is None:
        raise Unavailable("Git did not end in time. Is the address reachable from Moorline?", code="git")
    if done.status:
        raise Unavailable(f"Git says: {done.said[-600:] or 'nothing'}", code="git")
    return done.said
