"""The hosts of a run, as our inventory plugin reads them: names that Ansible can take, and everything else as data."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,200}\Z")
GROUP = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,100}\Z")  # what Ansible takes without a warning
TAKEN = frozenset({"all", "ungrouped", "localhost", "omit", "self"})


@dataclass(frozen=True, slots=True)
class Host:
    """One host of a run. Its words may be anyone's: none of them is ever a template.

    `facts`: what Ansible gathered the last time, `facts_age_s` seconds ago. `variables`: for this host alone.
    """

    id: int
    name: str
    address: str = ""
    username: str = ""
    groups: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    note: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)
    facts_age_s: int | None = None
    variables: Mapping[str, Any] = field(default_factory=dict)


def names(hosts: Sequence[Host]) -> dict[int, str]:
    """Each host's name in Ansible: its own where Ansible can take it and no other host has it, else host-<id>."""
    counted: dict[str, int] = {}
    for host in hosts:
        counted[host.name] = counted.get(host.name, 0) + 1
    return {
        host.id: host.name if _usable(host.name) and counted[host.name] == 1 else f"host-{host.id}" for host in hosts
    }


def _usable(name: str) -> bool:
    return bool(NAME.match(name)) and name not in TAKEN and not re.match(r"host-\d+\Z", name)


def document(hosts: Sequence[Host]) -> dict[str, Any]:
    """What the plugin reads."""
    known = names(hosts)
    groups = sorted({group for host in hosts for group in _groups(host)})
    return {"groups": groups, "hosts": [_row(host, known[host.id]) for host in hosts]}


def _row(host: Host, name: str) -> dict[str, Any]:
    variables = {
        "ansible_connection": "moorline",
        "ansible_host": host.address,
        "ansible_user": host.username,
        "moorline_id": host.id,
        "moorline_name": host.name,
        "moorline_address": host.address,
        "moorline_groups": list(host.groups),
        "moorline_tags": list(host.tags),
        "moorline_note": host.note,
        "moorline_facts": dict(host.facts),
        "moorline_facts_age_s": host.facts_age_s,
    }
    return {"name": name, "groups": _groups(host), "vars": variables | dict(host.variables)}


def _groups(host: Host) -> list[str]:
    return _cleaned(host.groups) + _cleaned(host.tags, "tag_")


def _cleaned(words: Collection[str], prefix: str = "") -> list[str]:
    """Groups' names in Ansible: signs it does not take become underscores; what is nothing then is left out."""
    found = {prefix + re.sub(r"[^A-Za-z0-9_]", "_", word) for word in words if re.search(r"[A-Za-z0-9]", word)}
    return sorted(name for name in found if GROUP.match(name) and name not in TAKEN)
