"""A controller that is killed in the middle of a run: it goes on from the tables, and nothing is done twice."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.integration.jobs.conftest import alive
from tests.integration.polling.conftest import Running, started
from tests.support.api import ApiError
from tests.support.sshd import Sshd

ENDED = {"succeeded", "failed", "canceled"}
EDGES = """
a b success
a c success
b d always
c d always
hold mend failure
d last success
mend last always
"""


async def asked(running: Running, method: str, path: str, body: Any = None) -> Any:
    """What a route says, once the controller that is just being started answers."""
    async with asyncio.timeout(60):
        while True:
            try:
                return await running.api.call(method, path, body)
            except (ApiError, httpx.TransportError):
                await asyncio.sleep(0.1)


async def template(running: Running, host_id: int, command: str) -> int:
    """A job template."""
    body = {"name": command[:60], "spec": {"command": command}, "targets": {"host_ids": [host_id]}}
    return int((await running.api.call("POST", "/job-templates", body))["id"])


async def flow(running: Running, host_id: int, log: Path) -> int:
    """A workflow whose nodes each write a line of the run's number and their own name into the file."""
    count = f"echo {{{{line}}}} >> {log}"
    body = {"name": count, "spec": {"command": count}, "targets": {"host_ids": [host_id]}, "survey": [{"name": "line"}]}
    line = int((await running.api.call("POST", "/job-templates", body))["id"])
    nodes: list[dict[str, Any]] = [{"key": "hold", "template_id": await template(running, host_id, "sleep 493")}]
    for key in ("a", "b", "c", "d", "mend", "last"):
        converge = "all" if key in {"d", "last"} else "any"
        nodes.append({"key": key, "template_id": line, "params": {"line": key}, "converge": converge})
    ways = [dict(zip(("from", "to", "when"), edge.split(), strict=True)) for edge in EDGES.split("\n") if edge]
    found = await running.api.call("POST", "/workflows", {"name": "killed", "nodes": nodes, "edges": ways})
    return int(found["id"])


def states(run: dict[str, Any]) -> dict[str, str]:
    """Of its nodes, by key."""
    return {node["key"]: node["state"] for node in run["nodes"]}


async def killed(running: Running, workflow: int, log: Path, after_s: float) -> None:
    """Once, so long after the launch. `hold` runs for as long as it is let: a kill is what ends it."""
    log.write_text("")
    run = (await running.api.call("POST", f"/workflows/{workflow}/launch", {}))["run"]["id"]
    await asyncio.sleep(after_s)
    await running.controller.kill()
    before = log.read_text().split()
    await running.controller.start()
    shown = await asked(running, "GET", f"/workflow-runs/{run}")
    async with asyncio.timeout(90):
        while shown["run"]["state"] not in ENDED:
            hold = states(shown)["hold"]
            if hold == "running" and states(shown)["d"] not in {"waiting", "running"}:
                # it had not begun when the controller was killed, and nothing ends it now
                job = next(node["job_id"] for node in shown["nodes"] if node["key"] == "hold")
                await asked(running, "POST", f"/jobs/{job}/cancel", {})
            await asyncio.sleep(0.1)
            shown = await asked(running, "GET", f"/workflow-runs/{run}")
    jobs = (await asked(running, "GET", f"/jobs?workflow_run_id={run}&limit=1000"))["items"]
    ran = [node["job_id"] for node in shown["nodes"] if node["job_id"] is not None]
    assert sorted(job["id"] for job in jobs) == sorted(ran), "a job that no node knows of"
    lines = Counter(log.read_text().split())
    assert lines["mend"] == 1  # and the file is the one that is written
    assert all(number == 1 for number in lines.values()), f"{lines}, before the kill {before}: {shown}"
    for node in shown["nodes"]:
        if node["key"] != "hold" and node["state"] == "succeeded":
            assert lines[node["key"]] == 1, node
        if node["state"] == "skipped":
            assert lines[node["key"]] == 0, node
    assert states(shown)["hold"] in {"interrupted", "canceled"}
    mend = next(node for node in shown["nodes"] if node["key"] == "mend")
    # a way for the failure, also for one by a kill
    assert mend["state"] == "succeeded", await asked(running, "GET", f"/jobs/{mend['job_id']}/hosts")
    await gone("sleep\x00493")


async def gone(word: str) -> None:
    """Wait until no process has the word any more."""
    async with asyncio.timeout(30):
        while alive(word):
            await asyncio.sleep(0.05)


async def rounds(sshd: Sshd, folder: Path, number: int) -> None:
    """Kills at moments that differ."""
    chance = random.Random(number)
    async with started(folder) as running:
        host = await running.add(sshd, "web-1")
        await running.up(host)
        log = sshd.folder / "lines"
        log.touch()
        log.chmod(0o666)  # the host's account writes there
        workflow = await flow(running, host["id"], log)
        for at in range(number):
            await killed(running, workflow, log, chance.uniform(0.0, 1.5) if at else 0.3)


@pytest.mark.timeout(240)
async def test_a_killed_controllers_run_goes_on_and_nothing_is_done_twice(sshd: Sshd, tmp_path: Path) -> None:
    await rounds(sshd, tmp_path, 3)


@pytest.mark.long
@pytest.mark.timeout(1200)
async def test_twenty_kills(sshd: Sshd, tmp_path: Path) -> None:
    await rounds(sshd, tmp_path, 20)


@pytest.mark.timeout(180)
async def test_a_cancel_holds_over_a_kill(sshd: Sshd, tmp_path: Path) -> None:
    async with started(tmp_path) as running:
        host = await running.add(sshd, "web-1")
        await running.up(host)
        hold, after = await template(running, host["id"], "sleep 494"), await template(running, host["id"], "true")
        nodes = [{"key": "hold", "template_id": hold}, {"key": "after", "template_id": after}]
        ways = [{"from": "hold", "to": "after", "when": "always"}]
        made = await running.api.call("POST", "/workflows", {"name": "cancel", "nodes": nodes, "edges": ways})
        run = (await running.api.call("POST", f"/workflows/{made['id']}/launch", {}))["run"]["id"]
        async with asyncio.timeout(30):
            while not alive("sleep\x00494"):
                await asyncio.sleep(0.05)
        await running.api.call("POST", f"/workflow-runs/{run}/cancel", {})
        await running.controller.kill()
        await running.controller.start()
        shown = await asked(running, "GET", f"/workflow-runs/{run}")
        async with asyncio.timeout(60):
            while shown["run"]["state"] not in ENDED:
                await asyncio.sleep(0.1)
                shown = await asked(running, "GET", f"/workflow-runs/{run}")
        assert shown["run"]["state"] == "canceled"
        assert states(shown)["after"] == "canceled"
        await gone("sleep\x00494")
