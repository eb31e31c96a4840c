"""What resists being ended, on a real host where the login account is nobody special: all of it ends with the job."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterator
from contextlib import suppress
from itertools import product
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.integration.ansible.test_lab import PASSWORD, controlled, ended, launch
from tests.integration.terminal.test_lab import Desk
from tests.support.api import ApiError
from tests.support.lab import HostSpec, Lab, LabHost

pytestmark = [pytest.mark.root, pytest.mark.timeout(400)]
ASKS = {"etc/sudoers.d/ops": "ops ALL=(ALL) ALL\n"}
LETS = {"etc/sudoers.d/ops": "ops ALL=(ALL) NOPASSWD: ALL\n"}
HEAD = "- hosts: all\n  gather_facts: false\n  tasks:\n"
STUBBORN = "trap '' HUP INT TERM; sleep {n}1 & setsid sh -c 'sleep {n}2; :' & sleep {n}3"
# forks on and on, each time into a session of its own whose parent is gone at once
BREEDING = "f() { while :; do setsid sh -c 'sleep {n}1 & sleep {n}2 & f=1' & sleep 0.02; done; }; f & f & sleep {n}3"
PLAYS = {
    "sudo and asynchronous": """
    - {shell: "setsid sleep {n}1 & sleep {n}2", async: 1000, poll: 0, become: true}
    - {shell: "sleep {n}3", async: 1000, poll: 5, become: true}
""",
    "sudo to nobody special": """
    - {raw: "setsid sleep {n}1 & nohup sleep {n}2 & sleep {n}3", become: true, become_user: daemon}
""",
    "on a terminal": """
    - {shell: "script -qc 'setsid sleep {n}1 & nohup sleep {n}2 & sleep {n}3' /dev/null"}
""",
    "waiting for a port": """
    - {shell: "sleep {n}1 & setsid sleep {n}2 & sleep {n}3", async: 1000, poll: 0}
    - {wait_for: {port: 9, timeout: 1000}}
""",
    "deaf": f"""
    - {{shell: "{STUBBORN}", become: true}}
""",
    "breeding": f"""
    - {{shell: "{BREEDING}"}}
""",
    "breeding as root": f"""
    - {{shell: "{BREEDING}", become: true}}
""",
    "sudo within a task": """
    - {raw: "sudo -n sleep {n}1 & sudo -n setsid sleep {n}2 & sudo -n sh -c 'sleep {n}3; :'"}
""",
    "su": """
    - {raw: "setsid sleep {n}1 & nohup sleep {n}2 & sleep {n}3", become_method: su}
""",
    "su and asynchronous": """
    - {shell: "setsid sleep {n}1 & nohup sleep {n}2 & sleep {n}3", become_method: su, async: 1000, poll: 5}
""",
    "stopped": """
    - become: true
      shell: "sh -c 'sleep {n}1 & kill -STOP $$' & setsid sh -c 'sleep {n}2 & kill -STOP $$' & sleep {n}3"
""",
}
BY_THEMSELVES = {"sudo within a task"}  # these become root without Moorline


@pytest.fixture(scope="module")
def hosts(lab: Lab) -> Iterator[dict[str, LabHost]]:
    """One host whose sudo asks for the password, and one whose sudo does not."""
    made = lab.up([HostSpec("asks", flavour="managed", files=ASKS), HostSpec("lets", flavour="managed", files=LETS)])
    for host in made:
        host.exec(f"echo 'ops:{PASSWORD}' | chpasswd; echo 'root:{PASSWORD}' | chpasswd")
    yield {host.name: host for host in made}
    lab.remove(*made)


def alive(host: LabHost, number: int, mark: str = "") -> list[str]:
    """What is there of a job: its sleepers, and whatever carries its mark."""
    sleepers = [line for line in host.exec("ps -eo pid,user,args").splitlines() if f"sleep {number}" in line]
    marked = host.exec(f"grep -lsa 'MOORLINE_JOB={mark}' /proc/[0-9]*/environ || true").split() if mark else []
    return sleepers + marked


async def underway(desk: Desk, host: LabHost, text: str, number: int, **more: Any) -> tuple[int, str]:
    """A job of this play once its three kinds of sleepers are there, and its mark."""
    [found] = [one for one in (await desk.api.call("GET", "/hosts"))["items"] if one["name"] == host.name]
    job_id = await launch(desk, f"play-{number}", HEAD + text.replace("{n}", str(number)), found["id"], **more)
    async with asyncio.timeout(90):
        while not all(f"sleep {number}{kind}" in " ".join(alive(host, number)) for kind in (1, 2, 3)):
            job = await desk.api.call("GET", f"/jobs/{job_id}")
            assert job["ended_at"] is None, (await desk.api.raw("GET", f"/jobs/{job_id}/download")).text
            await asyncio.sleep(0.1)
    environments = host.exec("cat /proc/[0-9]*/environ 2>/dev/null | tr '\\0' '\\n' || true").splitlines()
    [mark] = {line for line in environments if line.startswith(f"MOORLINE_JOB={job_id}-")}
    return job_id, mark.partition("=")[2]


async def cancelled(desk: Desk, host: LabHost, job_id: int, number: int, mark: str) -> None:
    """Cancel it, and look a second after it is said to have ended."""
    await desk.api.call("POST", f"/jobs/{job_id}/cancel", {})
    job, row = await ended(desk, job_id)
    await asyncio.sleep(1)  # it is said to be over: what comes to life now was never ended
    assert (job["state"], row["state"]) == ("canceled", "canceled")
    assert alive(host, number, mark) == []
    assert not row["may_still_run"], row


async def each(lab: Lab, hosts: dict[str, LabHost], folder: Path, address: str, names: Collection[str]) -> None:
    """Cancel each of these plays on each host."""
    async with controlled(lab, folder, address) as desk:
        for host in hosts.values():
            await desk.add(host)
        for number, (name, host) in enumerate(product(names, hosts.values()), 77201):
            root: dict[str, Any] = {"become": {"user": "root"}, "password": PASSWORD}
            if name in BY_THEMSELVES:
                if host.name == "asks":
                    continue  # nobody is there to answer
                root = {}
            job_id, mark = await underway(desk, host, PLAYS[name], number, **root)
            await cancelled(desk, host, job_id, number, mark)


@pytest.mark.parametrize("name", ["sudo and asynchronous", "su"])
async def test_what_became_root_ends_with_the_job(
    lab: Lab, hosts: dict[str, LabHost], tmp_path: Path, database_address: str, name: str
) -> None:
    await each(lab, hosts, tmp_path, database_address, [name])


@pytest.mark.long
async def test_whatever_resists_ends_with_the_job(
    lab: Lab, hosts: dict[str, LabHost], tmp_path: Path, database_address: str
) -> None:
    await each(lab, hosts, tmp_path, database_address, PLAYS)


@pytest.mark.parametrize("by", ["job", "playbook"])
async def test_a_killed_controller_ends_later_what_had_become_root(
    lab: Lab, hosts: dict[str, LabHost], tmp_path: Path, database_address: str, by: str
) -> None:
    host = hosts["asks" if by == "job" else "lets"]
    root: dict[str, Any] = {"become": {"user": "root"}, "password": PASSWORD} if by == "job" else {}
    async with controlled(lab, tmp_path, database_address) as desk:
        await desk.add(host)
        job_id, mark = await underway(desk, host, PLAYS["sudo and asynchronous"], 77300, **root)
        await desk.controller.kill()
        await desk.controller.start()
        async with asyncio.timeout(60):
            while True:
                with suppress(ApiError, httpx.TransportError):  # it is just being started
                    job = await desk.api.call("GET", f"/jobs/{job_id}")
                    if job["may_still_run"] == 0:
                        break
                await asyncio.sleep(0.1)
        assert (job["state"], job["code"]) == ("interrupted", "restarted")
        assert alive(host, 77300, mark) == []
