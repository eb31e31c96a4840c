"""`moorline onboard`: the way in on the command line, by the running Moorline's API, with the steps that the page has.

The password is asked for without echo and travels to Moorline alone; nothing of it stands in an argument.
"""

from __future__ import annotations

import json
import re
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlencode, urlsplit

import click

from controller.core.settings import Settings

TIMEOUT_S = 60.0
LOOK_S = 0.5
LOCAL = frozenset({"localhost", "127.0.0.1", "::1"})
ENDED = frozenset({"done", "failed", "interrupted", "canceled"})
TARGET = re.compile(r"(?:(?P<user>[^@\s]+)@)?(?P<address>\[[^\]]+\]|[^:\s]+)(?::(?P<port>\d{1,5}))?\Z")
MARKS = {"done": "✓", "failed": "✗", "skipped": "–"}


class Session(Protocol):
    """What the command line hands to each command."""

    settings: Settings

    def answer(self, found: object, text: str) -> None:
        """Say the outcome."""
        ...


@click.command("onboard")
@click.argument("target", metavar="[USER@]ADDRESS[:PORT]")
@click.option("--url", help="Where Moorline is, such as https://fleet.example.org; else MOORLINE_URL.")
@click.option("--token-file", type=click.Path(path_type=Path), help="File with an API token; else MOORLINE_TOKEN_FILE.")
@click.option("--name", default="", help="What to call the host; the address if not given.")
@click.option(
    "--fingerprint", help="The key's fingerprint (SHA256:…) if it was compared already; else it is asked for."
)
@click.option("--key", metavar="NAME", help="Log in by this key of Moorline's, which is in place; no password then.")
@click.option("--account", help="Make this account on the host and log in as it.")
@click.option("--sudo", type=click.Choice(["none", "limited", "all"]), default="none", help="Rights of that account.")
@click.option("--monitor", is_flag=True, help="Put a key in place that can only watch.")
@click.option("--harden", is_flag=True, help="Turn password logins off once the key has worked.")
@click.option("--via", metavar="HOST", help="Go through this host, one of Moorline's, by its name.")
@click.option("--init", metavar="TEMPLATE", help="Run this template there afterwards, such as 'First set-up'.")
@click.option("--answer", "answers", multiple=True, metavar="NAME=VALUE", help="For the template; can be repeated.")
@click.option("--tag", "tags", multiple=True, help="A tag to give it; can be repeated.")
@click.pass_obj
def onboard(session: Session, /, *, target: str, url: str | None, token_file: Path | None, **wish: Any) -> None:
    """Bring in a host that has nothing but a password: compare its key, put one of ours in place, see that it works."""
    found = TARGET.match(target)
    if found is None:
        raise click.UsageError("name the host as [USER@]ADDRESS[:PORT]; an IPv6 address in brackets")
    address, port = found["address"].strip("[]"), int(found["port"] or 22)
    answers = _answers(wish["answers"], wish["init"])
    api = _api(session, url, token_file)
    jump = _named(api, "hosts", wish["via"])
    template = _named(api, "job-templates", wish["init"])
    place = {"address": address, "port": port, "jump_host_id": jump}
    looked = api.call("POST", "/onboardings/fingerprint", place)
    key = looked["presented_key"]
    if key is None:
        raise click.ClickException(looked["detail"])
    _compare(key, wish["fingerprint"])
    if looked["host_name"] is not None:
        click.confirm(f"{looked['host_name']} is at this address already. Give it another key?", abort=True, err=True)
    user = found["user"] or "root"
    by_key = _named(api, "credentials", wish["key"])
    login: dict[str, Any] = {"login_credential_id": by_key}
    if by_key is None:
        login = {"password": click.prompt(f"Password of {user} on {address}", hide_input=True, err=True)}
    body = place | _body(user, wish) | login | {"host_key": key["line"]}
    if template is not None:
        body["init"] = {"template_id": template, "params": answers}
    begun = api.call("POST", "/onboardings", body | {"host_id": looked["host_id"]})
    ended = _follow(api, begun["id"])
    if ended["state"] != "done":
        failed = next((step for step in ended["steps"] if step["state"] == "failed"), None)
        why = failed["detail"] if failed else f"it is {ended['state']}"
        raise click.ClickException(f"{why}\nGo on with it in the page: {api.url}/hosts/onboard?id={begun['id']}")
    session.answer(ended, f"{ended['name']} is in.{' The password is forgotten.' if by_key is None else ''}")


def _answers(given: tuple[str, ...], template: str | None) -> dict[str, str]:
    """The answers by name. Raises UsageError for what is none."""
    if given and template is None:
        raise click.UsageError("--answer is for the questions of a template: name it with --init")
    for one in given:
        if "=" not in one:
            raise click.UsageError(f"--answer takes NAME=VALUE, not {one!r}")
    return {one.partition("=")[0]: one.partition("=")[2] for one in given}


def _named(api: _Api, kind: str, name: str | None) -> int | None:
    """The id of the host, template or key of that name; None for no name. Raises ClickException."""
    if name is None:
        return None
    found = api.call("GET", f"/{kind}?{urlencode({'search': name, 'limit': 100})}")["items"]
    number = next((int(one["id"]) for one in found if one["name"].lower() == name.lower()), None)
    if number is None:
        what = {"hosts": "host", "job-templates": "template"}.get(kind, "key")
        raise click.ClickException(f"there is no {what} named {name!r} that this token may see")
    return number


def _body(user: str, wish: dict[str, Any]) -> dict[str, Any]:
    made = {"name": wish["account"], "sudo": wish["sudo"]} if wish["account"] else None
    return {
        "username": user,
        "name": wish["name"],
        "account": made,
        "access": "monitor" if wish["monitor"] else "full",
        "disable_password": wish["harden"],
        "tags": list(wish["tags"]),
    }


def _compare(key: dict[str, Any], known: str | None) -> None:
    """Go on only with a key that somebody has compared. Raises ClickException, Abort."""
    click.echo(f"The host shows the {key['type']} key\n  {key['fingerprint']}", err=True)
    if known is None:
        click.confirm("Is that the one that its panel or console shows?", abort=True, err=True)
    elif known != key["fingerprint"]:
        raise click.ClickException("that is not the fingerprint you gave; nothing was sent")


def _follow(api: _Api, number: int) -> dict[str, Any]:
    """Say each step as it ends."""
    said: set[str] = set()
    while True:
        now: dict[str, Any] = api.call("GET", f"/onboardings/{number}")
        for step in now["steps"]:
            if step["state"] in MARKS and step["name"] not in said:
                said.add(step["name"])
                click.echo(f"  {MARKS[step['state']]} {step['name']:<12} {step['detail']}".rstrip(), err=True)
        if now["state"] in ENDED:
            return now
        time.sleep(LOOK_S)


def _api(session: Session, url: str | None, token_file: Path | None) -> _Api:
    where = (url or session.settings.url or "").rstrip("/")
    token_path = token_file or session.settings.token_file
    if not where:
        raise click.ClickException("say where Moorline is: --url https://…, or set MOORLINE_URL")
    if token_path is None:
        raise click.ClickException("a token to write is needed: --token-file, or set MOORLINE_TOKEN_FILE")
    return _Api(where, token_path)


class _Api:
    """The little that is asked of Moorline."""

    def __init__(self, url: str, token_path: Path) -> None:
        parts = urlsplit(url)
        if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in LOCAL):
            raise click.ClickException(f"{url} is not https: password and token would be read on the way")
        self.url = url
        try:
            self._token = token_path.expanduser().read_text().strip()
        except (OSError, UnicodeDecodeError) as error:
            raise click.ClickException(f"the token cannot be read from {token_path}: {error}") from None
        proxies = [urllib.request.ProxyHandler({})] if parts.hostname in LOCAL else []
        self._opener = urllib.request.build_opener(*proxies)

    def call(self, method: str, path: str, body: object = None) -> Any:
        """One request. Raises ClickException with what Moorline says."""
        data = None if body is None else json.dumps(body).encode()
        headers = {"Authorization": f"Bearer {self._token}", "Content-Type": "application/json"}
        request = urllib.request.Request(  # noqa: S310 — the scheme was looked at
            f"{self.url}/api/v1{path}", data=data, headers=headers, method=method
        )
        try:
            with self._opener.open(request, timeout=TIMEOUT_S) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            raise click.ClickException(_detail(error)) from None
        except urllib.error.URLError as error:
            raise click.ClickException(f"nothing answers at {self.url}: {error.reason}. Is Moorline there?") from None
        except (OSError, ValueError) as error:
            raise click.ClickException(f"{self.url} does not answer as Moorline does: {error}") from None


def _detail(error: urllib.error.HTTPError) -> str:
    try:
        return str(json.load(error)["detail"])
    except (ValueError, KeyError, TypeError):
        return f"{error.code} {error.reason}"
