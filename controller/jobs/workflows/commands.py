"""`moorline workflow`: a workflow run by its name from any machine that reaches Moorline."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from controller.jobs.commands import CANCELED, FAILED, PACE_S, Api, Session, where
from controller.jobs.workflows.states import NODE_OPEN, RUN_ENDED


@click.command("workflow")
@click.option("--url", help="Where Moorline is, such as https://fleet.example.org; else MOORLINE_URL.")
@click.option("--token-file", type=click.Path(path_type=Path), help="File with an API token; else MOORLINE_TOKEN_FILE.")
@click.option("--answer", "answers", multiple=True, metavar="NAME=VALUE", help="An answer to a question of it.")
@click.argument("name")
@click.pass_obj
def workflow(session: Session, url: str | None, token_file: Path | None, answers: Sequence[str], name: str) -> None:
    """Run the workflow NAME of Moorline and tell how its nodes come out.

    Ends with 0 when it succeeded, else with 1; Ctrl-C cancels it.
    """
    api = Api(*where(session.settings, url, token_file))
    found = [one for one in api.call("GET", "/workflows", search=name, limit=1000)["items"] if one["name"] == name]
    if len(found) != 1:
        raise click.ClickException(f"there are {len(found)} workflows called {name!r} that you see")
    given = dict(_pair(answer) for answer in answers)
    run = api.call("POST", f"/workflows/{found[0]['id']}/launch", {"params": given})["run"]
    try:
        sys.exit(_follow(session, api, run["id"]))
    except KeyboardInterrupt:
        click.echo("\ncancelling…", err=True)
        api.call("POST", f"/workflow-runs/{run['id']}/cancel", {})
        _follow(session, api, run["id"])
        sys.exit(CANCELED)


def _pair(answer: str) -> tuple[str, str]:
    name, equals, value = answer.partition("=")
    if not equals:
        raise click.UsageError(f"--answer takes NAME=VALUE, not {answer!r}")
    return name, value


def _follow(session: Session, api: Api, run_id: int) -> int:
    """Tell of each node as it ends or asks for an approval; the exit status."""
    told: dict[str, str] = {}
    while True:
        shown = api.call("GET", f"/workflow-runs/{run_id}")
        for node in [] if session.as_json else shown["nodes"]:
            _tell(told, node)
        if shown["run"]["state"] in RUN_ENDED:
            break
        time.sleep(PACE_S)
    if session.as_json:
        click.echo(json.dumps(shown))
    else:
        click.echo(f"run {run_id} {shown['run']['state']}. {shown['run']['note']}".rstrip(), err=True)
    return 0 if shown["run"]["state"] == "succeeded" else FAILED


def _tell(told: dict[str, str], node: Mapping[str, Any]) -> None:
    state = node["state"]
    if told.get(node["key"]) == state or (state in NODE_OPEN and state != "waiting_approval"):
        return
    told[node["key"]] = state
    job = f" (job {node['job_id']})" if node["job_id"] is not None else ""
    note = f". {node['note']}" if node["note"] else ""
    click.echo(f"{node['title'] or node['template_name'] or node['key']}: {state}{job}{note}")
