"""Hosts from an Ansible inventory, INI or YAML.

Nothing in it is evaluated: a template in a value is a problem named.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml

from inventory.found import EXPANDED_MOST, Found, Reading, UnreadableError, check, full, port

RANGE = re.compile(r"\[([0-9]+|[A-Za-z]):([0-9]+|[A-Za-z])(?::([0-9]+))?\]")
SECTION = re.compile(r"\[([^\[\]:]+)(?::(vars|children|hosts))?\]\s*(?:[#;].*)?$")
DEPTH = 50
NODES = 200_000


@dataclass(slots=True)
class _Group:
    """A group as the file has it: hosts with their variables, variables, children."""

    hosts: dict[str, dict[str, Any]] = field(default_factory=dict)
    lines: dict[str, int] = field(default_factory=dict)
    variables: dict[str, Any] = field(default_factory=dict)
    children: set[str] = field(default_factory=set)


def read(text: str) -> Reading:
    """All hosts, with every group they are in, directly or not. Raises UnreadableError."""
    text = check(text)
    reading = Reading()
    groups = _from_yaml(text, reading) if _is_yaml(text) else _from_ini(text, reading)
    above = _above(groups)
    hosts: dict[str, Found] = {}
    for name in sorted({name for group in groups.values() for name in group.hosts}, key=lambda one: _line(groups, one)):
        if full(reading):
            break
        hosts[name] = _host(name, groups, above)
    reading.hosts = list(hosts.values())
    if not reading.hosts:
        reading.note("There is no host in this inventory.")
    return reading


def _is_yaml(text: str) -> bool:
    head = next((line for line in text.splitlines() if line.strip() and not line.lstrip().startswith(("#", ";"))), "")
    return (
        head.strip() == "---" or bool(re.match(r"['\"]?[\w.-]+['\"]?\s*:(\s|$)", head)) or head.lstrip().startswith("{")
    )


def _line(groups: Mapping[str, _Group], name: str) -> tuple[int, str]:
    return min(group.lines.get(name, 1 << 30) for group in groups.values() if name in group.hosts), name


# INI


def _from_ini(text: str, reading: Reading) -> dict[str, _Group]:
    groups: dict[str, _Group] = {"ungrouped": _Group()}
    now, kind = "ungrouped", "hosts"
    for number, raw in enumerate(text.splitlines(), 1):
        line = raw.strip()
        if not line or line[0] in "#;":
            continue
        section = SECTION.match(line)
        if section:
            now, kind = section[1].strip(), section[2] or "hosts"
            groups.setdefault(now, _Group())
        elif line.startswith("["):
            raise UnreadableError(f"Line {number} begins like a section and is none: {line[:60]}")
        else:
            _ini_line(groups[now], kind, line, number, reading)
    return groups


def _ini_line(group: _Group, kind: str, line: str, number: int, reading: Reading) -> None:
    try:
        words = shlex.split(line, comments=True)
    except ValueError:
        reading.note(f"Line {number} is left out: a quote has no other half.")
        return
    if not words:
        return
    if kind == "children":
        group.children.add(words[0])
    elif kind == "vars":
        name, mark, value = line.partition("=")
        if mark:
            group.variables[name.strip()] = value.strip().strip("'\"")
    else:
        given = dict(word.split("=", 1) for word in words[1:] if "=" in word)
        for name in _expanded(words[0], reading):
            group.hosts.setdefault(name, {}).update(given)
            group.lines.setdefault(name, number)


def _expanded(pattern: str, reading: Reading) -> Iterator[str]:
    """The names that a range such as web[01:50] stands for."""
    found = RANGE.search(pattern)
    if found is None:
        yield pattern
        return
    first, last, step = found[1], found[2], int(found[3] or 1)
    if first.isdigit() and last.isdigit() and step:
        values = [
            str(n).zfill(len(first))
            for n in range(int(first), min(int(last), int(first) + EXPANDED_MOST * step) + 1, step)
        ]
    elif first.isalpha() and last.isalpha() and step:
        values = [chr(n) for n in range(ord(first), ord(last) + 1, step)]
    else:
        values = []
    if not values or len(values) > EXPANDED_MOST:
        reading.note(f"The range {pattern[:60]} is left out: it stands for none or for too many.")
        return
    for count, value in enumerate(values):
        if count >= EXPANDED_MOST:
            return
        yield from _expanded(pattern[: found.start()] + value + pattern[found.end() :], reading)


# YAML


class _Loader(yaml.SafeLoader):  # type: ignore[misc]
    """Plain data; a tag that it does not know (a vault's secret, say) is nothing."""


_Loader.add_multi_constructor("", lambda *_: None)


def _from_yaml(text: str, reading: Reading) -> dict[str, _Group]:
    try:
        tree = yaml.load(text, Loader=_Loader)  # noqa: S506 — a safe loader
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        mark = getattr(error, "problem_mark", None)
        where = f" near line {mark.line + 1}" if mark is not None else ""
        raise UnreadableError(f"This cannot be read as YAML{where}. Check its indentation.") from None
    if not isinstance(tree, dict):
        raise UnreadableError("An inventory in YAML begins with a group, such as “all:”.")
    groups: dict[str, _Group] = {}
    budget = [NODES]
    for name, body in tree.items():
        _yaml_group(groups, str(name), body, reading, budget, 0)
    return groups


def _yaml_group(  # noqa: PLR0917
    groups: dict[str, _Group], name: str, body: Any, reading: Reading, budget: list[int], depth: int
) -> None:
    group = groups.setdefault(name, _Group())
    budget[0] -= 1
    if not isinstance(body, dict):
        return
    if depth > DEPTH or budget[0] < 0:
        raise UnreadableError("The groups of this inventory are nested too deep, or in a circle.")
    if isinstance(body.get("vars"), dict):
        group.variables.update({str(key): value for key, value in body["vars"].items()})
    hosts = body.get("hosts")
    for pattern, given in hosts.items() if isinstance(hosts, dict) else ():
        for host in _expanded(str(pattern), reading):
            budget[0] -= 1
            group.hosts.setdefault(host, {}).update(
                {str(key): value for key, value in given.items()} if isinstance(given, dict) else {}
            )
            group.lines.setdefault(host, len(group.lines))
    children = body.get("children")
    for child, inner in children.items() if isinstance(children, dict) else ():
        group.children.add(str(child))
        _yaml_group(groups, str(child), inner, reading, budget, depth + 1)


# what both come to


def _above(groups: Mapping[str, _Group]) -> dict[str, list[str]]:
    """Each group's ancestors, nearest first."""
    parents: dict[str, list[str]] = {}
    for name, group in groups.items():
        for child in group.children:
            parents.setdefault(child, []).append(name)
    found: dict[str, list[str]] = {}
    for name in groups:
        chain: list[str] = []
        queue = list(parents.get(name, ()))
        while queue:
            one = queue.pop(0)
            if one not in chain and one != name:
                chain.append(one)
                queue += parents.get(one, ())
        found[name] = chain
    return found


def _host(name: str, groups: Mapping[str, _Group], above: Mapping[str, list[str]]) -> Found:
    direct = [group for group, body in groups.items() if name in body.hosts]
    chain = list(dict.fromkeys([*direct, *(up for group in direct for up in above[group])]))
    variables: dict[str, Any] = dict(groups["all"].variables) if "all" in groups else {}
    for group in reversed(chain):
        variables.update(groups[group].variables)
    for group in direct:
        variables.update(groups[group].hosts[name])
    problems: list[str] = []

    def said(*spellings: str) -> str:
        value = next((variables[word] for word in spellings if variables.get(word) is not None), "")
        text = str(value) if isinstance(value, str | int | float) else ""
        if "{{" in text or "{%" in text:
            problems.append(f"{spellings[0]} is a template, which is not evaluated here; write it out.")
            return ""
        return text

    address = said("ansible_host", "ansible_ssh_host") or name
    return Found(
        line=min(groups[group].lines.get(name, 0) for group in direct),
        name=name,
        address=address,
        port=port(said("ansible_port", "ansible_ssh_port"), problems),
        username=said("ansible_user", "ansible_ssh_user") or "root",
        password=said("ansible_password", "ansible_ssh_pass"),
        groups=tuple(group for group in chain if group not in {"all", "ungrouped"}),
        problems=problems,
    )
