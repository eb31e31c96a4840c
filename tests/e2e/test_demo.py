"""`make demo` keeps its promise: what it prints works, and nothing of it stays."""

from __future__ import annotations

import json
import os
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.support.lab import Lab
from tests.support.lab.tools import started_at
from tests.support.sshd import free_port, wait_until

pytestmark = [pytest.mark.root, pytest.mark.timeout(180)]
HOSTS = 5
READY = {"web-1", "web-2", "db-1", "web-3"}  # where playbooks work
PLAY_S = 90.0


@pytest.fixture
def demo(lab: Lab, tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """The demo, when it says that its hosts are up."""
    assert lab.folder.is_dir()  # where there can be none, the test is skipped
    places = {"DEMO_DIR": str(tmp_path / "demo"), "MOORLINE_LAB_STATE": str(tmp_path / "labs")}
    environment = {**os.environ, **places, "PORT": str(free_port()), "HOSTS": str(HOSTS)}
    command = [sys.executable, "-m", "tests.support.demo"]
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        said = []
        for line in process.stdout:
            said.append(line)
            if "hosts are up" in line:
                break
        else:
            raise AssertionError(f"it ended: {said}")
        yield process
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM])
def test_demo_shows_a_fleet_that_is_up_and_leaves_nothing(
    demo: subprocess.Popen[str], tmp_path: Path, sign: signal.Signals
) -> None:
    file = tmp_path / "demo/access.json"
    wait_until(file.exists, what="the file that says how to get in")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    access = json.loads(file.read_text())
    assert access.keys() == {"url", "username", "password", "token"}
    bearer = {"Authorization": f"Bearer {access['token']}"}
    with httpx.Client(base_url=f"{access['url']}/api/v1", headers=bearer, trust_env=False) as client:
        page = client.get("/hosts").json()
        assert (page["total"], [host["state"] for host in page["items"]]) == (HOSTS, ["up"] * HOSTS)
        assert all(host["last_frame_at"] for host in page["items"])
        assert client.get("/users").status_code == 200  # the token has the scope of an administrator
        if sign == signal.SIGTERM:  # once is enough
            assert_a_playbook_says_where_it_works(client, {host["name"]: host["id"] for host in page["items"]})
    pids = running(tmp_path)
    assert len(pids) == HOSTS + 2
    demo.send_signal(sign)
    assert demo.wait(60) == 0
    wait_until(lambda: not any(map(started_at, pids)), what="everything to end")
    assert not file.exists()
    assert not list((tmp_path / "labs").iterdir())
    assert str(tmp_path) not in Path("/proc/self/mounts").read_text()


def assert_a_playbook_says_where_it_works(client: httpx.Client, ids: dict[str, int]) -> None:
    """Try one as a newcomer would: on every host, dry, as root."""
    (playbook,) = (
        one["reference"]
        for one in client.get("/library/playbooks").json()["items"]
        if one["header"]["title"]["en"] == "Report what a host is"
    )
    spec = {"playbook": playbook}
    wanted = {"kind": "playbook", "spec": spec, "targets": {"host_ids": [*ids.values()]}, "check": True, "become": {}}
    job = client.post("/jobs", json=wanted).raise_for_status().json()["id"]
    wait_until(lambda: client.get(f"/jobs/{job}").json()["ended_at"], timeout_s=PLAY_S, what="the playbook's end")
    results = {row["name"]: row for row in client.get(f"/jobs/{job}/hosts").json()["items"]}
    assert {name for name, row in results.items() if row["state"] in {"ok", "changed"}} == READY, results
    assert "needs Python 3.8 or newer" in results["edge-1"]["note"]
    assert client.get(f"/jobs/{job}").json()["stats"]["needs_python"] == [ids["edge-1"]]


def running(folder: Path) -> list[int]:
    """Process ids of the hosts, of their network and of the controller's database."""
    (labs,) = (folder / "labs").glob("*/hosts.json")
    known = json.loads(labs.read_text())
    (database,) = (folder / "demo/data/postgres").glob("*/postmaster.pid")
    return [known["hub"], *(host["pid"] for host in known["hosts"]), int(database.read_text().split()[0])]
