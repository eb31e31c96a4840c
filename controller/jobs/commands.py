"""`moorline run`: a command on many hosts from any machine that reaches Moorline, its output as it comes."""

from __future__ import annotations

import json
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol, TextIO
from urllib.parse import urlencode, urlsplit

import click

from controller.core.settings import Settings
from controller.jobs.states import JOB_ENDED, HostState

TIMEOUT_S = 30.0
PACE_S = 0.3
LOCAL = frozenset({"localhost", "127.0.0.1", "::1"})
FAILED, CANCELED = 1, 130


class Session(Protocol):
    """What the command line hands to each command."""

    settings: Settings
    as_json: bool


@click.command("run")
@click.option("--on", "expression", required=True, help="On which hosts: 'group:web & !name:db*', or '*' for all.")
@click.option("--url", help="Where Moorline is, such as https://fleet.example.org; else MOORLINE_URL.")
@click.option("--token-file", type=click.Path(path_type=Path), help="File with an API token; else MOORLINE_TOKEN_FILE.")
@click.option("--become", metavar="USER", help="As this user, by sudo.")
@click.option("--script", type=click.File("r"), help="Run this script instead of COMMAND; - for standard input.")
@click.option("--parallel", type=click.IntRange(1, 500), default=50, show_default=True, help="Hosts at a time.")
@click.option(
    "--timeout", type=click.IntRange(0), default=3600, show_default=True, help="Seconds for each host; 0: any."
)
@click.option("--dry-run", is_flag=True, help="Only list the hosts that it would run on.")
@click.argument("command", nargs=-1)
@click.pass_obj
def run(  # noqa: PLR0917 — click's form
    session: Session,
    expression: str,
    url: str | None,
    token_file: Path | None,
    become: str | None,
    script: TextIO | None,
    parallel: int,
    timeout: int,
    dry_run: bool,
    command: tuple[str, ...],
) -> None:
    """Run COMMAND on hosts of Moorline and show what each of them says.

    Ends with 0 when every host was fine, else with 1; Ctrl-C cancels the job on all hosts.
    """
    api = Api(*where(session.settings, url, token_file))
    targets = {"expression": expression}
    if dry_run:
        _list(session, api.call("POST", "/jobs/preview", {"targets": targets}))
        return
    if bool(command) == (script is not None):
        raise click.UsageError("say what to run: a COMMAND, or --script FILE")
    spec = {"script": script.read()} if script is not None else {"command": " ".join(command)}
    job = api.call(
        "POST",
        "/jobs",
        {
            "kind": "script" if script is not None else "command",
            "spec": spec,
            "targets": targets,
            "become": {"user": become} if become else None,
            "limits": {"parallel": parallel, "host_timeout_s": timeout},
        },
    )
    try:
        sys.exit(_follow(session, api, job["id"]))
    except KeyboardInterrupt:
        click.echo("\ncancelling on all hosts…", err=True)
        api.call("POST", f"/jobs/{job['id']}/cancel", {})
        _follow(session, api, job["id"], quiet=True)
        sys.exit(CANCELED)


class Api:
    """The little that is asked of Moorline."""

    def __init__(self, url: str, token_path: Path) -> None:
        parts = urlsplit(url)
        if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in LOCAL):
            raise click.ClickException(f"{url} is not https: the token would be read on the way")
        self._url = url
        self._token = token_path.read_text().strip()

    def call(self, method: str, path: str, body: object = None, **query: object) -> Any:
        """One request; its JSON. Raises ClickException with Moorline's own words."""
        address = f"{self._url}/api/v1{path}" + (f"?{urlencode(query)}" if query else "")
        data = None if body is None else json.dumps(body).encode()
        headers = {"Authorization": f"Bearer {self._token}", "Content-Type": "application/json"}
        request = urllib.request.Request(address, data, headers, method=method)  # noqa: S310 — the scheme was looked at
        try:
            with urllib.request.urlopen(request, timeout=TIMEOUT_S) as answer:  # noqa: S310
                return json.load(answer)
        except urllib.error.HTTPError as error:
            raise click.ClickException(f"{self._url} says: {_detail(error)}") from None
        except (OSError, ValueError) as error:
            raise click.ClickException(f"{self._url} does not answer as Moorline does: {error}") from None


def where(settings: Settings, url: str | None, token_file: Path | None) -> tuple[str, Path]:
    """Moorline's address and the file with the token. Raises ClickException when one is not said."""
    where = (url or settings.url or "").rstrip("/")
    path = token_file or settings.token_file
    if not where:
        raise click.ClickException("say where Moorline is: --url https://…, or set MOORLINE_URL")
    if path is None:
        raise click.ClickException("a token to write is needed: --token-file, or set MOORLINE_TOKEN_FILE")
    return where, path


def _detail(error: urllib.error.HTTPError) -> str:
    try:
        found = json.load(error)
    except ValueError:
        return str(error)
    at = (
        f" (at character {found['position'] + 1})" if "position" in found and "character" not in found["detail"] else ""
    )
    return f"{found.get('detail', error)}{at}"


def _list(session: Session, found: Mapping[str, Any]) -> None:
    if session.as_json:
        click.echo(json.dumps(found))
        return
    for host in found["items"]:
        click.echo(f"{host['name']}\t{host['address']}\t{host['state']}")
    for host in found["left_out"]:
        click.echo(f"{host['name'] or host['id']}\tleft out: {host['why']}", err=True)


def _follow(session: Session, api: Api, job_id: int, *, quiet: bool = False) -> int:
    """Show output until the job has ended; the exit status."""
    shown = Shown()
    after = 0
    names: dict[int, str] = {}
    while True:
        job = api.call("GET", f"/jobs/{job_id}")
        ended = job["state"] in JOB_ENDED  # looked at first: what came before it is whole then
        while not (quiet or session.as_json):
            page = api.call("GET", f"/jobs/{job_id}/output", after=after, limit=50)
            if not page["items"]:
                break
            if not names:
                names = {one["host_id"]: one["name"] for one in api.call("GET", f"/jobs/{job_id}/hosts")["items"]}
            for piece in page["items"]:
                shown.piece(names.get(piece["host_id"], ""), piece["runs"])
            after = page["items"][-1]["seq"]
        if ended:
            break
        time.sleep(PACE_S)
    shown.rest()
    results = api.call("GET", f"/jobs/{job_id}/hosts")["items"]
    if session.as_json:
        click.echo(json.dumps({"job": job, "hosts": results}))
    elif not quiet:
        _sum_up(job, results)
    return 0 if job["state"] == "succeeded" else FAILED


class Shown:
    """Output by lines, each with its host's name: a line is written once it is whole."""

    def __init__(self) -> None:
        self._rest: dict[tuple[str, bool], str] = {}

    def piece(self, name: str, runs: list[str]) -> None:
        """Texts by turns from both outputs."""
        for number, text in enumerate(runs):
            error = bool(number % 2)
            *lines, rest = (self._rest.pop((name, error), "") + text).split("\n")
            for line in lines:
                self._write(name, line, error)
            if rest:
                self._rest[name, error] = rest

    def rest(self) -> None:
        """Lines without an end."""
        for (name, error), line in self._rest.items():
            self._write(name, line, error)
        self._rest.clear()

    def _write(self, name: str, line: str, error: bool) -> None:
        # hosts' words: on a terminal nothing of them may move the cursor or change its title
        if (sys.stderr if error else sys.stdout).isatty():
            line = "".join(c if c.isprintable() or c == "\t" else "�" for c in line)
        click.echo(f"{name}: {line}" if name else line, err=error)


def _sum_up(job: Mapping[str, Any], results: list[Mapping[str, Any]]) -> None:
    for host in results:
        if host["state"] not in {HostState.OK, HostState.CHANGED}:
            still = " It may still run there." if host["may_still_run"] else ""
            click.echo(f"{host['name']}: {host['state']}. {host['note']}{still}", err=True)
    counts = ", ".join(f"{number} {state}" for state, number in job["counts"].items())
    click.echo(f"job {job['id']} {job['state']}: {counts}. {job['note']}".rstrip(), err=True)
