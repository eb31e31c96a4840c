"""What is started on a host for each kind of terminal: one line for the account's shell, whichever that is. Pure."""

from __future__ import annotations

import re
import shlex

from controller.core.errors import FieldError, Invalid

KINDS = frozenset({"shell", "root", "container", "command"})
ENGINES = frozenset({"docker", "podman"})
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,254}")
USER = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}(?::[A-Za-z0-9_][A-Za-z0-9_.-]{0,63})?")
# sudo asks for the account's password on the terminal itself; without it there is doas, then root's own password
BECOME = (
    'if [ "$(id -u)" = 0 ]; then exec "${SHELL:-/bin/sh}" -l; '
    "elif command -v sudo >/dev/null 2>&1; then exec sudo -i; "
    "elif command -v doas >/dev/null 2>&1; then exec doas -s; "
    "else exec su -; fi"
)
INSIDE = "if command -v bash >/dev/null 2>&1; then exec bash -l; else exec sh -l; fi"


def command(
    kind: str, *, container: str = "", engine: str = "docker", user: str = "", line: str | None = None
) -> str | None:
    """The command to start; None for the login shell. Raises Invalid for names that no container or user has."""
    if kind not in KINDS:
        raise _invalid("kind", f"takes one of {', '.join(sorted(KINDS - {'command'}))}.")
    if kind == "container":
        return _into(container, engine, user)
    if kind == "root":
        return f"exec /bin/sh -c {shlex.quote(BECOME)}"
    return line if kind == "command" else None


def _into(container: str, engine: str, user: str) -> str:
    if engine not in ENGINES:
        raise _invalid("engine", "takes docker or podman.")
    if not NAME.fullmatch(container):
        raise _invalid("container", "is no container's name or id.")
    if user and not USER.fullmatch(user):
        raise _invalid("user", "is no user's name or number.")
    words = ["exec", engine, "exec", "-it", "-e", "TERM=xterm-256color", *(["-u", user] if user else [])]
    return shlex.join([*words, "--", container, "sh", "-c", INSIDE])


def _invalid(field: str, message: str) -> Invalid:
    return Invalid(f"{field} {message}", errors=(FieldError(field, message),))
