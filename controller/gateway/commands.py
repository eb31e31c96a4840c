"""`moorline ssh`: OpenSSH's client through the gateway, from any machine that reaches Moorline.

The gateway's host key comes from the API, so that nobody has to compare a fingerprint; the token, where there is one,
reaches ssh by its own askpass, never as an argument.
"""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit

import click

from controller.core.settings import Settings

TIMEOUT_S = 15.0
ALIAS = "moorline"
LOCAL = frozenset({"localhost", "127.0.0.1", "::1"})


class Session(Protocol):
    """What the command line hands to each command."""

    settings: Settings


@click.command("ssh", context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False})
@click.option("--url", help="Where Moorline is, such as https://fleet.example.org; else MOORLINE_URL.")
@click.option("--token-file", type=click.Path(path_type=Path), help="File with an API token; else MOORLINE_TOKEN_FILE.")
@click.option("--config", is_flag=True, help="Print an ssh_config of all hosts that you see, and end.")
@click.argument("words", nargs=-1, type=click.UNPROCESSED, metavar="[SSH OPTIONS] HOST [COMMAND]...")
@click.pass_obj
def ssh(session: Session, url: str | None, token_file: Path | None, config: bool, words: tuple[str, ...]) -> None:
    """Open a shell on a host, or run a command there, through the SSH gateway.

    You come in by your own SSH key if it is in your account, else by the token. What stands before HOST is for ssh:
    `moorline ssh -t web-1 htop`.
    """
    where = (url or session.settings.url or "").rstrip("/")
    if not where:
        raise click.ClickException("say where Moorline is: --url https://…, or set MOORLINE_URL")
    token_path = token_file or session.settings.token_file
    if token_path is None:
        raise click.ClickException(
            "a token is needed to ask Moorline for its gateway: --token-file, or set MOORLINE_TOKEN_FILE"
        )
    api = _Api(where, token_path)
    gateway = api.get("/gateway")
    if not gateway["enabled"]:
        raise click.ClickException("the SSH gateway is switched off; an administrator sets MOORLINE_GATEWAY_PORT")
    if config:
        names = [host["name"] for host in api.get("/hosts?limit=5000")["items"]]
        click.echo(_config(gateway, names), nl=False)
        return
    options, host, command = split(words)
    sys.exit(_run(gateway, token_path, options, host, command))


class _Api:
    """The little that is asked of Moorline."""

    def __init__(self, url: str, token_path: Path) -> None:
        parts = urlsplit(url)
        if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in LOCAL):
            raise click.ClickException(f"{url} is not https: the token would be read on the way")
        self._url = url
        self._token = token_path.read_text().strip()

    def get(self, path: str) -> Any:
        request = urllib.request.Request(  # noqa: S310 — the scheme was looked at
            f"{self._url}/api/v1{path}", headers={"Authorization": f"Bearer {self._token}"}
        )
        try:
            with urllib.request.urlopen(request, timeout=TIMEOUT_S) as answer:  # noqa: S310
                return json.load(answer)
        except urllib.error.HTTPError as error:
            raise click.ClickException(f"{self._url} says: {_detail(error)}") from None
        except (OSError, ValueError) as error:
            raise click.ClickException(f"{self._url} does not answer as Moorline does: {error}") from None


def _detail(error: urllib.error.HTTPError) -> str:
    try:
        return str(json.load(error)["detail"])
    except (ValueError, KeyError, TypeError):
        return f"{error.code} {error.reason}"


# ssh's options that take a word of their own (ssh(1))
WITH_VALUE = frozenset("BbcDEeFIiJLlmOoPpQRSWw")


def split(words: tuple[str, ...]) -> tuple[list[str], str, list[str]]:
    """ssh's options, the host, and the command. Pure."""
    rest = list(words)
    options: list[str] = []
    while rest and rest[0].startswith("-") and rest[0] != "-":
        word = rest.pop(0)
        if word == "--":
            break
        options.append(word)
        if word[-1] in WITH_VALUE and not any(letter in WITH_VALUE for letter in word[1:-1]) and rest:
            options.append(rest.pop(0))
    if not rest:
        raise click.UsageError("name a host: moorline ssh HOST [COMMAND]")
    return options, rest[0], rest[1:]


def _run(gateway: Mapping[str, Any], token_path: Path, options: list[str], host: str, command: list[str]) -> int:
    program = shutil.which("ssh")
    if program is None:
        raise click.ClickException("there is no ssh on this machine; install OpenSSH's client")
    with tempfile.TemporaryDirectory(prefix="moorline-") as folder:
        known = Path(folder, "known_hosts")
        known.write_text(f"{ALIAS} {gateway['host_key']}\n")
        ask = Path(folder, "askpass")
        ask.write_text(f"#!/bin/sh\nexec cat -- {shlex.quote(str(token_path.resolve()))}\n")
        ask.chmod(0o700)
        words = [
            program, "-p", str(gateway["port"]), "-o", f"HostKeyAlias={ALIAS}", "-o", f"UserKnownHostsFile={known}",
            "-o", "GlobalKnownHostsFile=none", "-o", "StrictHostKeyChecking=yes", "-o", "UpdateHostKeys=no",
            "-o", "PreferredAuthentications=publickey,password", "-o", "NumberOfPasswordPrompts=1",
            *options, "-l", host, "--", gateway["address"], *command,
        ]  # fmt: skip
        environment = {**os.environ, "SSH_ASKPASS": str(ask), "SSH_ASKPASS_REQUIRE": "force"}
        return subprocess.call(words, env=environment)  # noqa: S603 — a list of words, no shell


def _config(gateway: Mapping[str, Any], names: list[str]) -> str:
    lines = [
        "# Hosts of Moorline, for ~/.ssh/config (Include). Add this line to ~/.ssh/known_hosts:",
        f"#   {ALIAS} {gateway['host_key']}",
    ]
    for name in names:
        if set(name) & set(' "*?!\t') or name.startswith("-"):
            lines.append(f"# {json.dumps(name)}: no name for an ssh_config")
            continue
        lines += [
            f"Host {name}", f"  HostName {gateway['address']}", f"  Port {gateway['port']}", f"  User {name}",
            f"  HostKeyAlias {ALIAS}",
        ]  # fmt: skip
    return "\n".join(lines) + "\n"
