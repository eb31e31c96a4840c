#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Moorline's hosts as an Ansible inventory script, for where no collection can be installed. Needs Python alone.

    export MOORLINE_URL=https://fleet.example.org MOORLINE_TOKEN_FILE=~/.config/moorline/token
    ansible -i moorline_inventory.py all -m ping

Settings: MOORLINE_URL, MOORLINE_TOKEN or MOORLINE_TOKEN_FILE, MOORLINE_FILTER (as in a query: tag=web&group=eu),
MOORLINE_VIA=gateway. Every text that comes from Moorline is marked as unsafe: Ansible takes it as it is and never as a
template.
"""

from __future__ import annotations

import json
import os
import re
import sys
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

TIMEOUT_S = 30.0
LOCAL = {"localhost", "127.0.0.1", "::1"}
PLAIN = re.compile(r"[A-Za-z0-9._:%-]+")


class Trouble(Exception):
    """What the user can mend."""


class _Stay(urllib.request.HTTPRedirectHandler):
    """A token goes nowhere but where it was sent."""

    def redirect_request(self, *_: Any) -> None:
        """Follow no redirection."""
        return


def main(words: list[str]) -> int:
    """--list (the default) or --host NAME."""
    try:
        listed = lay_out(fetch(), os.environ.get("MOORLINE_VIA", "direct"))
    except Trouble as trouble:
        sys.stderr.write(f"moorline_inventory: {trouble}\n")
        return 1
    if words[:1] == ["--host"] and len(words) == 2:
        answer: Any = listed["_meta"]["hostvars"].get(words[1], {})
    elif words in ([], ["--list"]):
        answer = listed
    else:
        sys.stderr.write("usage: moorline_inventory.py --list | --host NAME\n")
        return 2
    json.dump(answer, sys.stdout, indent=2)
    sys.stdout.write("\n")
    return 0


def fetch() -> dict[str, Any]:
    """What Moorline answers. Raises Trouble."""
    url = os.environ.get("MOORLINE_URL", "").rstrip("/")
    parts = urlsplit(url)
    if not url:
        raise Trouble("say where Moorline is by MOORLINE_URL")
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in LOCAL):
        raise Trouble(f"{url} is not https: the token would be read on the way")
    query = urlencode(parse_qsl(os.environ.get("MOORLINE_FILTER", ""), keep_blank_values=True))
    request = urllib.request.Request(  # noqa: S310 — the scheme was looked at
        f"{url}/api/v1/inventory?{query}", headers={"Authorization": f"Bearer {token()}"}
    )
    handlers: list[Any] = [_Stay()]
    if parts.hostname in LOCAL:
        handlers.append(urllib.request.ProxyHandler({}))
    try:
        with urllib.request.build_opener(*handlers).open(request, timeout=TIMEOUT_S) as answer:
            found: dict[str, Any] = json.load(answer)
    except urllib.error.HTTPError as error:
        raise Trouble(f"{url} says: {error.code} {error.reason}") from None
    except (OSError, ValueError) as error:
        raise Trouble(f"{url} does not answer as Moorline does: {error}") from None
    found["address"] = parts.hostname
    return found


def token() -> str:
    """The token. Raises Trouble."""
    word = os.environ.get("MOORLINE_TOKEN", "")
    path = os.environ.get("MOORLINE_TOKEN_FILE", "")
    if not word and path:
        try:
            word = Path(path).expanduser().read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise Trouble(f"the token cannot be read from {path}: {error}") from None
    if not word.strip():
        raise Trouble("a token is needed: MOORLINE_TOKEN_FILE or MOORLINE_TOKEN")
    return word.strip()


def lay_out(feed: dict[str, Any], via: str) -> dict[str, Any]:
    """The feed as Ansible wants it from a script. Raises Trouble when the gateway is wanted and off."""
    if via == "gateway" and not feed.get("gateway"):
        raise Trouble("Moorline's SSH gateway is off; an administrator sets MOORLINE_GATEWAY_PORT")
    by_name = {host["name"]: host for host in feed["hosts"]}
    variables: dict[str, Any] = {}
    groups: dict[str, list[str]] = {}
    for host in feed["hosts"]:
        name = re.sub(r"[^\w.-]+", "_", host["name"]).strip("_.-") or f"host_{host['id']}"
        if name in variables:
            name = f"{name}_{host['id']}"
        way = _way(host, feed, by_name, via)
        variables[name] = unsafe({f"moorline_{key}": value for key, value in host.items()} | way)
        for word in host["groups"]:
            group = re.sub(r"\W+", "_", word).strip("_")
            group = f"_{group}" if group[:1].isdigit() else group
            if group and group not in {"all", "ungrouped", "_meta"}:
                groups.setdefault(group, []).append(name)
    listed: dict[str, Any] = {"_meta": {"hostvars": variables}, "all": {"hosts": list(variables)}}
    return listed | {group: {"hosts": hosts} for group, hosts in sorted(groups.items())}


def _way(host: dict[str, Any], feed: dict[str, Any], by_name: dict[str, Any], via: str) -> dict[str, Any]:
    if via == "gateway":
        gateway = {"ansible_host": feed["address"], "ansible_port": feed["gateway"]["port"]}
        # the number, where ssh would not take the name as a user's
        plain = re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9._-]*", host["name"])
        return gateway | {"ansible_user": host["name"] if plain else f"id:{host['id']}"}
    way = {"ansible_host": host["address"], "ansible_port": host["port"], "ansible_user": host["user"]}
    jump = by_name.get(host["jump"])
    if jump is not None and PLAIN.fullmatch(jump["user"]) and PLAIN.fullmatch(jump["address"]):
        address = f"[{jump['address']}]" if ":" in jump["address"] else jump["address"]
        way["ansible_ssh_common_args"] = f"-J {jump['user']}@{address}:{int(jump['port'])}"
    return way


def unsafe(value: Any) -> Any:
    """The same with every text marked, at any depth."""
    if isinstance(value, str):
        return {"__ansible_unsafe": value}
    if isinstance(value, list):
        return [unsafe(one) for one in value]
    if isinstance(value, dict):
        return {str(key): unsafe(one) for key, one in value.items()}
    return value


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
