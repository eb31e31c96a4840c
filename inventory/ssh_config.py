"""Hosts from OpenSSH's client configuration (ssh_config(5)): one for each name without a wildcard."""

from __future__ import annotations

import re
import shlex
from fnmatch import fnmatchcase

from inventory.found import Found, Reading, check, full, port

TAKEN = {"hostname", "port", "user"}
LINE = re.compile(r"\s*([A-Za-z]+)(?:\s*=\s*|\s+)(.*?)\s*$")


def read(text: str) -> Reading:
    """All hosts. What a later block says of a name counts only where no earlier one has spoken, as ssh has it."""
    reading = Reading()
    blocks = _blocks(check(text), reading)
    seen: set[str] = set()
    for patterns, line, _ in blocks:
        for name in patterns:
            if name in seen or any(mark in name for mark in "*?!") or not name:
                continue
            if full(reading):
                return reading
            seen.add(name)
            reading.hosts.append(_host(name, line, blocks, reading))
    if not reading.hosts:
        reading.note("There is no host in this file: only names without * and ? are taken.")
    return reading


Block = tuple[list[str], int, dict[str, str]]


def _blocks(text: str, reading: Reading) -> list[Block]:
    blocks: list[Block] = [(["*"], 0, {})]
    skipping = False
    for number, raw in enumerate(text.splitlines(), 1):
        found = LINE.match(raw) if raw.strip() and not raw.lstrip().startswith("#") else None
        if found is None:
            continue
        word, rest = found[1].lower(), found[2]
        if word == "host":
            blocks.append((_split(rest), number, {}))
            skipping = False
        elif word == "match":
            skipping = True
            reading.note("Match blocks are left out: what they say depends on more than the name.")
        elif word == "include":
            reading.note("Files that are included are not read; take them one by one.")
        elif not skipping:
            blocks[-1][2].setdefault(word, " ".join(_split(rest)))
    return blocks


def _split(text: str) -> list[str]:
    try:
        return shlex.split(text, comments=False)
    except ValueError:  # a quote without its other half
        return text.replace('"', "").split()


def _host(name: str, line: int, blocks: list[Block], reading: Reading) -> Found:
    said: dict[str, str] = {}
    for patterns, _, settings in blocks:
        if _matches(name, patterns):
            for word, value in settings.items():
                said.setdefault(word, value)
    problems: list[str] = []
    jump = said.get("proxyjump", "")
    if (jump and jump.lower() != "none") or said.get("proxycommand", "none").lower() != "none":
        reading.note("Hosts behind others are taken without the way to them; choose their jump host afterwards.")
    address = said.get("hostname", name).replace("%h", name)
    if "%" in address.replace("%%", ""):
        problems.append("The address holds a % of ssh's that cannot be known here; write it out.")
    note = f"through {jump[:200]}" if jump and jump.lower() != "none" else ""
    return Found(
        line, name, address, port(said.get("port", ""), problems), said.get("user", "") or "root", note=note,
        problems=problems,
    )  # fmt: skip


def _matches(name: str, patterns: list[str]) -> bool:
    """ssh's rule: one pattern fits, and none that begins with ! does."""
    if any(pattern.startswith("!") and _fits(name, pattern[1:]) for pattern in patterns):
        return False
    return any(not pattern.startswith("!") and _fits(name, pattern) for pattern in patterns)


def _fits(name: str, pattern: str) -> bool:
    return fnmatchcase(name, pattern.replace("[", "[[]"))
