"""A key for watching and nothing else: figures come, and whatever else is asked for, the host itself refuses."""

from __future__ import annotations

import asyncio
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from collectors import registry, restricted
from controller.core.db import Database
from controller.ssh.errors import ChannelRefused
from tests.integration.files.conftest import client_of
from tests.integration.onboarding.conftest import Desk, authorize, home, opened, step
from tests.support.sshd import Sshd

pytestmark = pytest.mark.timeout(180)


def ssh(daemon: Sshd, *words: str, given: str = "") -> subprocess.CompletedProcess[str]:
    """OpenSSH's own client with the restricted key."""
    command = ["ssh", "-i", str(daemon.folder / "client"), "-o", "StrictHostKeyChecking=no", "-o", "IdentitiesOnly=yes",
               "-o", "UserKnownHostsFile=/dev/null", "-F", "none", "-p", str(daemon.port)]  # fmt: skip
    host = f"{daemon.username}@{daemon.address}"
    return subprocess.run(
        [*command, *words[:-1], host, *words[-1:]], input=given, capture_output=True, text=True, check=False, timeout=30
    )


async def test_frames_and_facts_come_and_a_terminal_is_refused(
    database: Database, tmp_path: Path, logged: Callable[[], str], make_sshd: Callable[..., Sshd]
) -> None:
    daemon = make_sshd()
    async with (
        opened(database, tmp_path, watching=True) as (front, url),
        client_of(url, await front.admin()) as client,
    ):
        desk = Desk(front, url, client)
        done = await desk.bring(daemon, access="monitor")
        assert done["state"] == "done", done
        host_id = done["host_id"]
        board = front.controller.board
        async with asyncio.timeout(60):
            while True:
                status = board.get(host_id)
                if status is not None and {"core", "slow"} <= status.latest.keys() and status.facts.get("hostname"):
                    break
                await asyncio.sleep(0.1)
        failing = {name: one.last_error for name, one in status.health.items() if one.applicable and not one.ok}
        assert failing == {}
        assert (await desk.call("GET", f"/hosts/{host_id}"))["monitoring_only"] is True
        processes = await desk.call("GET", f"/hosts/{host_id}/processes")
        assert processes["by_memory"]
        with pytest.raises(ChannelRefused) as refused:
            await front.controller.pool.exec(host_id, "id")
        assert refused.value.code == "monitoring_only"
        listed = await client.get(f"/hosts/{host_id}/files/list", params={"path": "/etc"})
        assert listed.status_code >= 400 or "monitoring_only" in listed.text


async def test_the_host_itself_runs_nothing_else_for_it(make_sshd: Callable[..., Sshd]) -> None:
    daemon = make_sshd()
    collectors = registry.load()
    public = (daemon.folder / "client.pub").read_text().strip()
    line = f"{restricted.options(registry.core_files(collectors), collectors)} {public}\n"
    authorize(daemon, line)
    for words in (
        ("id",), ("/bin/sh",), ("moorline",), ("moorline read x",), ("moorline run",), ("moorline run system;id",),
        ("moorline run ../../etc/passwd",), ("moorline run $(id)",), ("exec /bin/sh -s",), ("-s", "sftp"),
        ("moorline run *",), ("moorline run system\nid",),
    ):  # fmt: skip
        done = ssh(daemon, *words, given="cat /etc/passwd\nid\n")
        assert "uid=" not in done.stdout, words
        assert "root:x:0" not in done.stdout, words
        assert done.returncode != 0, words
        assert restricted.SENTENCE in done.stderr or words[0] == "-s", (words, done.stderr)  # no words for sftp
    terminal = ssh(daemon, "-tt", "")
    assert "PTY allocation request failed" in terminal.stderr
    assert terminal.returncode != 0
    forwarded = ssh(
        daemon, "-o", "ExitOnForwardFailure=yes", "-R", "0:127.0.0.1:9", "moorline run system", given="a1\n"
    )
    assert "forwarding failed" in forwarded.stderr
    # a path is no id, and a marker that is none is not answered
    said = ssh(
        daemon, "moorline read", given="ab\t1\t/etc/passwd\t\t1\t\nab\t2\tproc-loadavg\nx;y\t3\tproc-loadavg\n"
    ).stdout
    assert said.startswith("ab=1\nab.\nab=2\nab+/proc/loadavg\n")
    assert said.count("ab.") == 2
    assert "root:x" not in said


async def test_it_can_be_made_a_full_one_again(desk: Desk, make_sshd: Callable[..., Sshd]) -> None:
    daemon = make_sshd()
    first = await desk.bring(daemon, access="monitor")
    assert first["state"] == "done", first
    credential = (await desk.call("GET", f"/hosts/{first['host_id']}"))["credential_id"]
    again = await desk.bring(daemon, access="full", host_id=first["host_id"], key_credential_id=credential)
    assert again["state"] == "done", again
    assert step(again, "install")["detail"].endswith("replaced")
    assert (await desk.front.controller.pool.exec(first["host_id"], "id -un")).stdout == b"ops\n"
    assert (home(daemon) / ".ssh/authorized_keys").read_text().count("ssh-ed25519") == 1
