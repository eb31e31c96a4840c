"""`moorline run` as a laptop runs it: by address and token alone."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from asyncio.subprocess import PIPE, Process
from pathlib import Path

import pytest

from tests.integration.jobs.conftest import alive
from tests.integration.polling.conftest import Running, started
from tests.support.sshd import Sshd

pytestmark = pytest.mark.timeout(180)


async def moorline(running: Running, token: Path, *words: str, json_: bool = False) -> Process:
    """The command, begun."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("MOORLINE_")}
    environment |= {"MOORLINE_URL": f"http://127.0.0.1:{running.port}", "MOORLINE_TOKEN_FILE": str(token)}
    before = ["--json"] if json_ else []
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "controller.cli", *before, "run", *words, stdout=PIPE, stderr=PIPE, env=environment
    )


async def workflow(running: Running, token: Path, *words: str) -> Process:
    """The other command, begun."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("MOORLINE_")}
    environment |= {"MOORLINE_URL": f"http://127.0.0.1:{running.port}", "MOORLINE_TOKEN_FILE": str(token)}
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "controller.cli", "workflow", *words, stdout=PIPE, stderr=PIPE, env=environment
    )


async def done(process: Process) -> tuple[int, str, str]:
    """Exit status and both outputs."""
    async with asyncio.timeout(60):
        out, err = await process.communicate()
    assert process.returncode is not None
    return process.returncode, out.decode(), err.decode()


async def test_a_command_on_many_hosts_by_token(sshd: Sshd, tmp_path: Path) -> None:
    async with started(tmp_path / "there") as running:
        for name in ("web-1", "web-2", "db-1"):
            await running.up(await running.add(sshd, name))
        token = tmp_path / "token"
        token.write_text(await running.token(scopes=["write"]) + "\n")
        listed = await done(await moorline(running, token, "--on", "web-*", "--dry-run"))
        assert (listed[0], [line.split("\t")[0] for line in listed[1].splitlines()]) == (0, ["web-1", "web-2"])
        status, out, err = await done(
            await moorline(running, token, "--on", "name:web-*", "echo hi from $MOORLINE_HOST")
        )
        assert (status, sorted(out.splitlines())) == (0, ["web-1: hi from web-1", "web-2: hi from web-2"]), err
        status, out, err = await done(await moorline(running, token, "--on", "*", "test $MOORLINE_HOST != db-1"))
        assert (status, "db-1: failed. Exit status 1." in err, "1 failed" in err) == (1, True, True)
        status, out, err = await done(await moorline(running, token, "--on", "web-1", "uname", json_=True))
        assert (status, json.loads(out)["job"]["state"]) == (0, "succeeded"), err
        status, _, err = await done(await moorline(running, token, "--on", "web & (db", "true"))
        assert (status, "character 7" in err) == (1, True), err
        status, _, err = await done(await moorline(running, token, "--on", "none", "true"))
        assert (status, "There is nothing to run on" in err) == (1, True)
        process = await moorline(running, token, "--on", "web-1", "echo begun; sleep 461")
        assert process.stdout is not None
        assert await process.stdout.readline() == b"web-1: begun\n"
        process.send_signal(signal.SIGINT)
        status, _, err = await done(process)
        assert (status, "cancelling on all hosts" in err) == (130, True)
        assert alive("sleep\x00461") == []


async def test_a_workflow_by_its_name(sshd: Sshd, tmp_path: Path) -> None:
    async with started(tmp_path / "there") as running:
        host = await running.add(sshd, "web-1")
        await running.up(host)
        token = tmp_path / "token"
        token.write_text(await running.token(scopes=["write"]) + "\n")
        survey = [{"name": "what"}]
        kept = {"targets": {"host_ids": [host["id"]]}, "survey": survey}
        command = "test {{what}} = fine || sleep 462"
        template = await running.api.call(
            "POST", "/job-templates", {"name": "Look", "spec": {"command": command}, **kept}
        )
        flow = {"name": "Roll out", "survey": survey, "nodes": [{"key": "a", "template_id": template["id"]}]}
        await running.api.call("POST", "/workflows", flow)
        status, out, err = await done(await workflow(running, token, "Roll out", "--answer", "what=fine"))
        assert (status, out.startswith("Look: succeeded (job "), "succeeded" in err) == (0, True, True), err
        status, _, err = await done(await workflow(running, token, "Roll"))
        assert (status, "0 workflows called 'Roll'" in err) == (1, True), err
        status, _, err = await done(await workflow(running, token, "Roll out"))
        assert (status, "params.what" in err) == (1, True), err
        process = await workflow(running, token, "Roll out", "--answer", "what=hold")
        async with asyncio.timeout(60):
            while not alive("sleep\x00462"):
                await asyncio.sleep(0.05)
        process.send_signal(signal.SIGINT)
        status, out, err = await done(process)
        assert (status, "Look: canceled" in out, "canceled" in err) == (130, True, True)
        assert alive("sleep\x00462") == []
