"""What a run is asked to do, and the files and words that Ansible gets of it."""

from __future__ import annotations

import json
import os
import shlex
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from controller.ansible import inventory, remote
from controller.ansible.inventory import Host
from controller.core.secrets import Secret
from controller.ssh import endings

HERE = Path(__file__).resolve()
LIBRARY = next(
    (folder for folder in (HERE.parents[1] / "playbooks", HERE.parents[2] / "playbooks") if folder.is_dir()),
    HERE.parents[2] / "playbooks",
)  # beside the code in a wheel, above it in a checkout
MODE = 0o600
RUN = "MOORLINE_ANSIBLE_RUN"  # in the environment of all that a run starts here: its folder and a slash


@dataclass(frozen=True, slots=True)
class Playbook:
    """A playbook's file, relative to the folder it is run in.

    `own_settings`: whether an ansible.cfg there counts. `collections`: folders of collections, the first goes first.
    """

    folder: Path
    file: str
    own_settings: bool = False
    collections: tuple[Path, ...] = ()
    roles: tuple[Path, ...] = ()


@dataclass(frozen=True, slots=True)
class Become:
    """As whom tasks run unless the playbook says otherwise."""

    method: str = "sudo"
    user: str = "root"


@dataclass(frozen=True, slots=True)
class Order:
    """One run.

    `targets`: the hosts that the play is limited to; `others`: hosts that it may reach beside them (delegate_to).
    `extra`: values of any JSON kind and Secrets, given as data. `vaults`: vault passwords by their ids.
    """

    playbook: Playbook
    targets: Sequence[Host]
    others: Sequence[Host] = ()
    extra: Mapping[str, Any] = field(default_factory=dict)
    become: Become | None = None
    vaults: Mapping[str, Secret] = field(default_factory=dict)
    tags: tuple[str, ...] = ()
    skip_tags: tuple[str, ...] = ()
    limit: str = ""
    check: bool = False
    diff: bool = False
    verbosity: int = 0
    forks: int = 10
    mark: str = ""  # what the processes on hosts carry; empty: a new one
    secrets: tuple[Secret, ...] = ()  # beside those above: masked in all that is told

    @property
    def hosts(self) -> list[Host]:
        """All, each once."""
        known = {host.id: host for host in (*self.others, *self.targets)}
        return list(known.values())

    def masked(self) -> list[Secret]:
        """Every secret that Ansible gets."""
        found = [*self.secrets, *self.vaults.values()]
        for values in (self.extra, *(host.variables for host in self.hosts)):
            found += _secrets(values)
        return [secret for secret in found if secret]


def _secrets(value: Any) -> list[Secret]:
    if isinstance(value, Secret):
        return [value]
    if isinstance(value, Mapping):
        return [secret for inner in value.values() for secret in _secrets(inner)]
    if isinstance(value, list | tuple):
        return [secret for inner in value for secret in _secrets(inner)]
    return []


def write(order: Order, folder: Path) -> list[str]:
    """Write the run's files below its folder (0700); Ansible's arguments."""
    known = inventory.names(order.hosts)
    hosts = json.dumps(inventory.document(order.hosts), default=_plain)
    arguments = ["--extra-vars", f"@{_put(folder / 'extra.yml', unsafe(dict(order.extra)))}"]
    limit = _put(folder / "limit", "".join(f"{known[host.id]}\n" for host in order.targets))
    arguments += ["--limit", f"@{limit}" + (f":&{order.limit}" if order.limit else "")]
    for name, secret in order.vaults.items():
        path = _put(folder / f"vault-{len(arguments)}", secret.reveal() + "\n")
        arguments += ["--vault-id", f"{name}@{path}"]
    if order.become is not None:
        arguments += ["--become", "--become-method", order.become.method, "--become-user", order.become.user]
    arguments += ["--forks", str(order.forks)]
    for word, values in (("--tags", order.tags), ("--skip-tags", order.skip_tags)):
        arguments += [word, ",".join(values)] if values else []
    arguments += ["--check"] * order.check + ["--diff"] * order.diff
    _put(folder / "hosts.moorline_job.json", hosts)
    _put(folder / "ansible.cfg", "[defaults]\n")  # so that none of the machine's own is looked for
    return arguments


def told(order: Order, folder: Path, arguments: Sequence[str]) -> bytes:
    """The line that the worker is given."""
    words = {
        "folder": str(folder),
        "project": str(order.playbook.folder),
        "playbook": order.playbook.file,
        "inventory": str(folder / "hosts.moorline_job.json"),
        "cmdline": shlex.join(arguments),
        "verbosity": order.verbosity,
    }
    return json.dumps(words).encode() + b"\n"


def environment(playbook: Playbook, folder: Path, *, socket: Path, token: str, mark: str) -> dict[str, str]:
    """All that Ansible has of an environment."""
    plugins = LIBRARY / "plugins"
    settings = {} if playbook.own_settings else {"ANSIBLE_CONFIG": str(folder / "ansible.cfg")}
    return bounded(folder) | settings | {
        endings.VARIABLE: mark,
        "MOORLINE_ANSIBLE_SOCKET": str(socket),
        "MOORLINE_ANSIBLE_TOKEN": token,
        "MOORLINE_ANSIBLE_END": remote.ending(mark),
        RUN: f"{folder}/",
        "ANSIBLE_CONNECTION_PLUGINS": str(plugins / "connection"),
        "ANSIBLE_INVENTORY_PLUGINS": str(plugins / "inventory"),
        "ANSIBLE_INVENTORY_ENABLED": "moorline_job",
        "ANSIBLE_INVENTORY_UNPARSED_FAILED": "True",
        "ANSIBLE_HOST_KEY_CHECKING": "True",
        "ANSIBLE_PIPELINING": "True",
        "ANSIBLE_RETRY_FILES_ENABLED": "False",
        "ANSIBLE_INTERPRETER_PYTHON": "auto_silent",
        "ANSIBLE_ROLES_PATH": _joined((*playbook.roles, LIBRARY / "roles")),
        "ANSIBLE_COLLECTIONS_PATH": _joined(playbook.collections) or str(folder / "collections"),
    }  # fmt: skip


def bounded(folder: Path) -> dict[str, str]:
    """The environment for Ansible's programs: nothing of the controller's own but where programs are."""
    home = folder / "home"
    return {
        "PATH": f"{Path(sys.executable).parent}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        "HOME": str(home),
        "LANG": "C.UTF-8",
        "LC_ALL": "C.UTF-8",
        "TMPDIR": str(folder / "tmp"),
        "ANSIBLE_HOME": str(home / ".ansible"),
        "ANSIBLE_LOCAL_TEMP": str(folder / "tmp"),
        "ANSIBLE_NOCOLOR": "True",
        "ANSIBLE_NOCOWS": "True",
        "PYTHONUNBUFFERED": "1",
    }


def unsafe(value: Any) -> str:
    """A value as YAML in which every string is data: Ansible takes none of them for a template."""
    if isinstance(value, Secret):
        return unsafe(value.reveal())
    if isinstance(value, str):
        return f"!unsafe {_quoted(value)}"
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_quoted(str(name))}: {unsafe(inner)}" for name, inner in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(unsafe(inner) for inner in value) + "]"
    return json.dumps(value)


def _quoted(text: str) -> str:
    """A string in YAML's double quotes, every sign beyond ASCII by its number."""
    return '"' + "".join(_sign(sign) for sign in text) + '"'


def _sign(sign: str) -> str:
    number = ord(sign)
    if sign in '"\\':
        return "\\" + sign
    if 0x20 <= number < 0x7F:
        return sign
    if 0xD800 <= number <= 0xDFFF:
        return "\\uFFFD"  # half a sign: there is no such text
    return f"\\u{number:04X}" if number <= 0xFFFF else f"\\U{number:08X}"


def _joined(paths: Sequence[Path]) -> str:
    return os.pathsep.join(str(path) for path in paths)


def _plain(value: object) -> str:
    if isinstance(value, Secret):
        return value.reveal()
    raise TypeError(f"no JSON: {type(value)}")


def _put(path: Path, text: str) -> Path:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, MODE)
    with os.fdopen(descriptor, "w", encoding="utf-8", errors="replace") as file:
        file.write(text)
    return path
