"""Plays on hosts of the lab: sudo that asks, and busybox without Python behind dropbear."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.integration.terminal.test_lab import Desk
from tests.support.api import Api
from tests.support.controller import Controller
from tests.support.lab import HostSpec, Lab
from tests.support.lab.gate import open_gate
from tests.support.sshd import free_port

pytestmark = [pytest.mark.root, pytest.mark.timeout(300)]
PASSWORD = "correct horse"
ROOTLY = """
- hosts: all
  gather_facts: false
  become: true
  tasks:
    - raw: id -un
      register: bare
      changed_when: false
    - assert: {that: "bare.stdout | trim == 'root'"}
    - raw: echo by root >/root/ml-become
"""
SLEEPS = """
- hosts: all
  gather_facts: false
  become: true
  tasks:
    - raw: "sleep 77123 & setsid sleep 77124 & sleep 77125"
"""
SAYS = """
- hosts: all
  gather_facts: false
  tasks:
    - raw: printf '%s\\n' --- 'the disk is on fire' 'and more' >&2; exit 3
"""
BARE = """
- hosts: all
  gather_facts: false
  tasks:
    - raw: uname -s
      register: said
      changed_when: false
    - assert: {that: "said.stdout | trim == 'Linux'"}
    - raw: head -c 100000 /dev/zero | tr "\\0" x
      register: long
      changed_when: false
    - assert: {that: "long.stdout | length == 100000"}
"""


@asynccontextmanager
async def controlled(lab: Lab, folder: Path, address: str) -> AsyncIterator[Desk]:
    """A controller where it reaches the lab."""
    port = free_port()
    gate = open_gate(lab, port)
    controller = Controller(folder / "data", port, inside=lab.inside(), database_url=address, tick_s="2")
    url = f"http://127.0.0.1:{port}"
    await controller.start()
    try:
        async with Api(url) as api:
            await api.set_up(await controller.first_run_token(), "admin", "correct horse battery")
            yield Desk(lab, controller, api, url)
    finally:
        await controller.stop()
        gate.terminate()
        gate.wait(10)


async def launch(desk: Desk, name: str, text: str, host_id: int, **more: Any) -> int:
    """Write the playbook and run it; the job's id."""
    made = await desk.api.call("POST", "/library/own", {"name": name, "text": text})
    body = {"kind": "playbook", "spec": {"playbook": made["reference"]}, "targets": {"host_ids": [host_id]}, **more}
    return int((await desk.api.call("POST", "/jobs", body))["id"])


async def ended(desk: Desk, job_id: int) -> tuple[dict[str, Any], dict[str, Any]]:
    """The job at its end, and its only host."""
    async with asyncio.timeout(90):
        while True:
            job = await desk.api.call("GET", f"/jobs/{job_id}")
            if job["ended_at"] is not None:
                rows = await desk.api.call("GET", f"/jobs/{job_id}/hosts")
                return job, rows["items"][0]
            await asyncio.sleep(0.1)


async def test_sudo_is_answered_and_what_root_runs_ends_with_the_job(
    lab: Lab, tmp_path: Path, database_address: str
) -> None:
    rule = {"etc/sudoers.d/ops": "ops ALL=(ALL) ALL\n"}
    [host] = hosts = lab.up([HostSpec("become", flavour="sudo", files=rule)])
    try:
        host.exec(f"echo 'ops:{PASSWORD}' | chpasswd")
        async with controlled(lab, tmp_path, database_address) as desk:
            host_id = await desk.add(host)
            job_id = await launch(desk, "rootly", ROOTLY, host_id, become={"user": "root"}, password=PASSWORD)
            job, row = await ended(desk, job_id)
            output = await desk.api.call("GET", f"/jobs/{job_id}/output")
            assert (job["state"], row["state"]) == ("succeeded", "changed"), (row["note"], output)
            assert host.exec("cat /root/ml-become").strip() == "by root"
            assert PASSWORD not in str(output) + str(await desk.api.call("GET", f"/jobs/{job_id}/events", full=True))
            wrong = await launch(desk, "wrong", ROOTLY, host_id, become={"user": "root"}, password="not this")
            _, row = await ended(desk, wrong)
            assert "password" in row["note"], row
            job_id = await launch(desk, "sleeps", SLEEPS, host_id, become={"user": "root"}, password=PASSWORD)
            async with asyncio.timeout(60):
                while "sleep 77125" not in host.exec("ps -eo args"):
                    await asyncio.sleep(0.1)
            await desk.api.call("POST", f"/jobs/{job_id}/cancel", {})
            job, row = await ended(desk, job_id)
            assert (job["state"], row["state"]) == ("canceled", "canceled")
            assert "sleep 7712" not in host.exec("ps -eo args")
    finally:
        lab.remove(*hosts)


async def test_busybox_runs_raw_tasks_and_says_what_modules_need(
    lab: Lab, tmp_path: Path, database_address: str
) -> None:
    [host] = hosts = lab.up([HostSpec("busy", flavour="tiny")])
    try:
        async with controlled(lab, tmp_path, database_address) as desk:
            host_id = await desk.add(host)
            job, row = await ended(desk, await launch(desk, "bare", BARE, host_id))
            assert (job["state"], row["state"]) == ("succeeded", "ok"), row
            job, row = await ended(desk, await launch(desk, "modules", "- hosts: all\n", host_id))
            assert job["state"] == "failed"
            assert "needs Python" in row["note"], row
            root = {"become": {"user": "root"}}
            job, row = await ended(desk, await launch(desk, "roots", BARE, host_id, **root))
            assert (job["state"], row["note"][:37]) == ("failed", "There is no sudo on this host, and th"), row
            assert "needs_python" not in job["stats"]
            _, row = await ended(desk, await launch(desk, "says", SAYS, host_id))
            assert row["note"] == "the disk is on fire (status 3)"
    finally:
        lab.remove(*hosts)
