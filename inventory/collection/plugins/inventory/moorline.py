# SPDX-License-Identifier: Apache-2.0
"""Moorline's hosts as an Ansible inventory. Everything that comes from Moorline is data, never a template."""

from __future__ import annotations

DOCUMENTATION = """
name: moorline
short_description: Hosts of a Moorline controller
description:
  - Reads the hosts that a token may see from Moorline, in one request.
  - Works with plain ssh from wherever it runs, or through Moorline's SSH gateway.
  - The file's name ends in C(moorline.yml) or C(moorline.yaml).
extends_documentation_fragment:
  - constructed
  - inventory_cache
options:
  plugin:
    description: This plugin's name.
    required: true
    choices: [moorline.fleet.moorline, moorline]
  url:
    description: Where Moorline is, such as C(https://fleet.example.org). Plain http is for this machine alone.
    required: true
    env: [{name: MOORLINE_URL}]
  token:
    description: An API token to read. Better kept in a file or in the environment than here.
    env: [{name: MOORLINE_TOKEN}]
  token_file:
    description: A file that holds the token.
    type: path
    env: [{name: MOORLINE_TOKEN_FILE}]
  filters:
    description:
      - What to take, decided by Moorline. Keys are C(groups) (in any of these), C(tags) (with all of these),
        C(states) (in any of these) and C(search) (words).
    type: dict
    default: {}
  unreachable:
    description: Whether hosts that are not up are taken, too.
    type: bool
    default: true
  disabled:
    description: Whether hosts that Moorline does not watch are taken, too.
    type: bool
    default: false
  monitoring_only:
    description: Whether hosts are taken for which Moorline itself has a key for watching alone.
    type: bool
    default: true
  via:
    description: How hosts are reached, directly or through Moorline's SSH gateway.
    choices: [direct, gateway]
    default: direct
  gateway_address:
    description: Where the gateway is, where that is not the address in C(url).
  hostnames:
    description:
      - What hosts are called, the first that gives something. Each is a template such as C("{{ moorline_name }}"), or
        the name of a variable.
    type: list
    elements: str
    default: [moorline_name]
  group_by:
    description: Groups that are made by themselves.
    type: list
    elements: str
    choices: [groups, tags, state, os]
    default: [groups]
  group_prefix:
    description: What stands before the names of those groups.
    default: ""
  validate_certs:
    description: Whether the certificate is checked.
    type: bool
    default: true
  ca_path:
    description: A file with the certificates of authorities to trust.
    type: path
  timeout:
    description: Seconds to wait for Moorline.
    type: int
    default: 30
  etag_folder:
    description:
      - Where the last answer is kept, so that Moorline need not send it again while nothing has changed.
      - Empty for nowhere.
    type: path
    default: ~/.ansible/moorline
    env: [{name: MOORLINE_ETAG_FOLDER}]
"""
EXAMPLES = """
plugin: moorline.fleet.moorline
url: https://fleet.example.org
token_file: ~/.config/moorline/token
filters:
  tags: [web]
keyed_groups:
  - {key: moorline_tags, prefix: tag}
  - {key: moorline_facts.os_id | default('unknown'), prefix: os}
compose:
  ansible_python_interpreter: "'/usr/bin/python3'"
groups:
  needs_reboot: moorline_facts.pending_reboot | default(false)
"""

import hashlib
import json
import os
import re
import shlex
import tempfile
from urllib.error import HTTPError, URLError
from urllib.parse import urlencode, urlsplit

from ansible.errors import AnsibleError, AnsibleParserError
from ansible.module_utils.urls import ConnectionError as UrlsConnectionError
from ansible.module_utils.urls import SSLValidationError, open_url
from ansible.plugins.inventory import BaseInventoryPlugin, Cacheable, Constructable

LOCAL = {"localhost", "127.0.0.1", "::1"}
PREFIX = "moorline_"
PLAIN = re.compile(r"[A-Za-z0-9._:%-]+")
FILTERS = {"groups": "group", "tags": "tag", "states": "state", "search": "search"}


class InventoryModule(BaseInventoryPlugin, Constructable, Cacheable):
    """Reads the feed and lays it out."""

    NAME = "moorline.fleet.moorline"

    def verify_file(self, path):
        """Only files that are named so."""
        return super().verify_file(path) and path.endswith(("moorline.yml", "moorline.yaml"))

    def parse(self, inventory, loader, path, cache=True):
        """Add every host, with its variables and groups."""
        super().parse(inventory, loader, path, cache)
        self._read_config_data(path)
        feed = self._cached(path, cache)
        gateway = self._gateway(feed)
        jumps = {host["name"]: host for host in feed["hosts"]}
        taken = set()
        for host in feed["hosts"]:
            if host["monitoring_only"] and not self.get_option("monitoring_only"):
                continue
            self._add(host, self._name(host, taken), gateway, jumps)

    # reading

    def _cached(self, path, cache):
        key = self.get_cache_key(path) + "_" + hashlib.sha256(repr(self._query()).encode()).hexdigest()[:12]
        if cache and self.get_option("cache"):
            try:
                return self._cache[key]
            except KeyError:
                pass
        feed = self._fetch()
        if self.get_option("cache"):
            self._cache[key] = feed
        return feed

    def _query(self):
        filters = self.get_option("filters") or {}
        unknown = set(filters) - set(FILTERS)
        if unknown:
            raise AnsibleParserError(f"filters knows {', '.join(FILTERS)}, not {', '.join(sorted(map(str, unknown)))}")
        words = [
            ("unreachable", _truth(self.get_option("unreachable"))),
            ("disabled", _truth(self.get_option("disabled"))),
        ]
        for name, parameter in FILTERS.items():
            given = filters.get(name) or []
            words += [(parameter, str(value)) for value in ([given] if isinstance(given, str) else given)]
        return words

    def _url(self):
        url = str(self.get_option("url")).rstrip("/")
        parts = urlsplit(url)
        if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in LOCAL):
            raise AnsibleParserError(f"{url} is not https: the token would be read on the way")
        return url

    def _token(self):
        token = self.get_option("token")
        path = self.get_option("token_file")
        if not token and path:
            try:
                with open(path, encoding="utf-8") as file:
                    token = file.read()
            except (OSError, UnicodeDecodeError) as error:
                raise AnsibleParserError(f"the token cannot be read from {path}: {error}") from None
        token = str(token or "").strip()
        if not token:
            raise AnsibleParserError("a token is needed: token_file, or MOORLINE_TOKEN or MOORLINE_TOKEN_FILE")
        return token

    def _fetch(self):
        url, token = self._url(), self._token()
        address = f"{url}/api/v1/inventory?{urlencode(self._query())}"
        kept = _Kept(self.get_option("etag_folder"), address, token)
        headers = {"Authorization": f"Bearer {token}", "Accept": "application/json"}
        if kept.etag:
            headers["If-None-Match"] = kept.etag
        try:
            answer = open_url(
                address,
                headers=headers,
                timeout=self.get_option("timeout"),
                validate_certs=self.get_option("validate_certs"),
                ca_path=self.get_option("ca_path"),
                follow_redirects="none",
                http_agent="moorline-inventory",
                use_proxy=urlsplit(url).hostname not in LOCAL,
            )
            body = answer.read()
            feed = json.loads(body)
            kept.keep(answer.headers.get("etag"), feed)
        except HTTPError as error:
            if error.code == 304 and kept.feed is not None:
                return kept.feed
            raise AnsibleError(f"{url} says: {_detail(error)}") from None
        except (URLError, UrlsConnectionError, SSLValidationError, OSError) as error:
            raise AnsibleError(f"{url} does not answer: {error}") from None
        except ValueError:
            raise AnsibleError(f"{url} does not answer as Moorline does") from None
        return feed

    # laying out

    def _gateway(self, feed):
        if self.get_option("via") != "gateway":
            return None
        if not feed.get("gateway"):
            raise AnsibleParserError("Moorline's SSH gateway is off; an administrator sets MOORLINE_GATEWAY_PORT")
        address = self.get_option("gateway_address") or urlsplit(self._url()).hostname
        return str(address), int(feed["gateway"]["port"])

    def _name(self, host, taken):
        """A name that Ansible's patterns can hold; what the host is really called is in moorline_name."""
        variables = {PREFIX + key: value for key, value in host.items()}
        name = ""
        for wanted in self.get_option("hostnames"):
            found = variables.get(wanted) if wanted in variables else self._said(wanted, variables)
            name = plain(found)
            if name:
                break
        name = name or f"host_{int(host['id'])}"
        if name in taken:
            name = f"{name}_{int(host['id'])}"
        taken.add(name)
        return name

    def _said(self, template, variables):
        if "{{" not in template:
            return None
        try:
            self.templar.available_variables = variables
            return self.templar.template(template)
        except Exception as error:  # a template of the user's own file, which may be anything
            if self.get_option("strict"):
                raise AnsibleParserError(f"hostnames: {template} cannot be evaluated: {error}") from None
            return None

    def _add(self, host, name, gateway, jumps):
        self.inventory.add_host(name)
        for key, value in host.items():
            self.inventory.set_variable(name, PREFIX + key, value)
        for key, value in _way(host, gateway, jumps).items():
            self.inventory.set_variable(name, key, value)
        for group in self._groups_of(host):
            self.inventory.add_child(self.inventory.add_group(group), name)
        variables = self.inventory.get_host(name).get_vars()
        strict = self.get_option("strict")
        self._set_composite_vars(self.get_option("compose"), variables, name, strict=strict)
        self._add_host_to_composed_groups(self.get_option("groups"), variables, name, strict=strict)
        self._add_host_to_keyed_groups(self.get_option("keyed_groups"), variables, name, strict=strict)

    def _groups_of(self, host):
        found = {
            "groups": host["groups"],
            "tags": host["tags"],
            "state": [host["state"]],
            "os": [host["facts"].get("os_id") or "unknown"],
        }
        for kind in self.get_option("group_by"):
            for word in found[kind]:
                group = group_name(f"{self.get_option('group_prefix')}{word}")
                if group not in {"", "all", "ungrouped"}:
                    yield group


class _Kept:
    """The last answer with its ETag, for this address and this token, in a file of the user's own."""

    def __init__(self, folder, address, token):
        self.etag = self.feed = None
        name = hashlib.sha256(f"{address}\n{token}".encode()).hexdigest()[:32]
        self._path = os.path.join(os.path.expanduser(folder), f"{name}.json") if folder else None
        if self._path is None:
            return
        try:
            with open(self._path, encoding="utf-8") as file:
                kept = json.load(file)
            self.etag, self.feed = str(kept["etag"]), kept["feed"]
        except (OSError, ValueError, KeyError, TypeError):
            self.etag = self.feed = None

    def keep(self, etag, feed):
        """Write it whole or not at all; where that cannot be done, the next time asks for all of it."""
        if self._path is None or not etag:
            return
        folder = os.path.dirname(self._path)
        try:
            os.makedirs(folder, mode=0o700, exist_ok=True)
            handle, draft = tempfile.mkstemp(dir=folder)
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                json.dump({"etag": etag, "feed": feed}, file)
            os.replace(draft, self._path)
        except OSError:
            return


def plain(text):
    """Letters, digits, dots and dashes; everything else, which patterns would read as their own, becomes one _."""
    return re.sub(r"[^\w.-]+", "_", str(text or "")).strip("_.-")


def group_name(text):
    """As Ansible wants groups to be called."""
    name = re.sub(r"\W+", "_", str(text)).strip("_")
    return f"_{name}" if name[:1].isdigit() else name


def _way(host, gateway, jumps):
    """How ssh reaches the host. Words that are not plain are left out rather than quoted."""
    if gateway is not None:
        return {"ansible_host": gateway[0], "ansible_port": gateway[1], "ansible_user": _login(host)}
    way = {"ansible_host": host["address"], "ansible_port": int(host["port"]), "ansible_user": host["user"]}
    jump = jumps.get(host["jump"]) if host.get("jump") else None
    if jump is not None and PLAIN.fullmatch(jump["user"]) and PLAIN.fullmatch(jump["address"]):
        address = f"[{jump['address']}]" if ":" in jump["address"] else jump["address"]
        way["ansible_ssh_common_args"] = "-J " + shlex.quote(f"{jump['user']}@{address}:{int(jump['port'])}")
    return way


def _login(host):
    """What the gateway is asked for: the name, or the number where ssh would not take the name as a user's."""
    name = host["name"]
    plain_name = re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9._-]*", name)
    return name if plain_name else f"id:{int(host['id'])}"


def _truth(value):
    return "true" if value else "false"


def _detail(error):
    try:
        return str(json.loads(error.read())["detail"])
    except (ValueError, KeyError, TypeError, OSError, AttributeError):
        return f"{error.code} {error.reason}"
