"""A shell inside a container, as one line for the shell of its host."""

from __future__ import annotations

import re
import shlex

from controller.containers.ways import PATH

NAME = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9_.-]{0,254}\Z")
KINDS = ("docker", "podman")
WITHIN = "if command -v bash >/dev/null 2>&1; then exec bash; else exec sh; fi"


def exec_command(engine_kind: str, container: str, *, socket: str | None = None) -> str:
    """The line that opens a terminal's shell in a container: bash if it has one, else sh.

    `container`: id or name; `socket`: of an engine that is not the account's usual one. The line is for any login
    shell, each word of it quoted. Raises ValueError for what is no name, kind or path.
    """
    if engine_kind not in KINDS or not NAME.match(container) or (socket is not None and not PATH.match(socket)):
        raise ValueError("this is no container of an engine")
    words = [engine_kind]
    if socket is not None:
        words += ["-H", f"unix://{socket}"] if engine_kind == "docker" else ["--remote", "--url", f"unix://{socket}"]
    words += ["exec", "-it", "--", container, "sh", "-c", WITHIN]
    return " ".join(shlex.quote(word) for word in words)
