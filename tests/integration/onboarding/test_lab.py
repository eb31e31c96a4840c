"""The way in on whole machines: Debian as vendors give it, sudo, a password that has expired, BusyBox with dropbear."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.integration.onboarding.conftest import ENDED, step
from tests.support.api import Api
from tests.support.controller import Controller
from tests.support.lab import HostSpec, Lab, LabHost
from tests.support.lab.gate import open_gate
from tests.support.sshd import free_port

pytestmark = [pytest.mark.root, pytest.mark.timeout(400)]
NEW = "a Fresh-word 7 for the lab"
SPECS = [
    HostSpec("plain"),
    HostSpec("expired-pam", sshd={"UsePAM": "yes"}),
    HostSpec("expired"),
    HostSpec("sudoer", flavour="sudo", sshd={"PermitRootLogin": "no"}),
    HostSpec("tiny", flavour="tiny"),
]


@dataclass(slots=True)
class Ground:
    """A controller in the lab's network, and the hosts."""

    api: Api
    hosts: dict[str, LabHost]

    async def bring(self, name: str, **wish: Any) -> dict[str, Any]:
        """One host all the way."""
        host = self.hosts[name]
        body = {"address": host.address, "username": "root", "name": name, "password": host.password}
        return await self.ended(await self.api.call("POST", "/onboardings", body | {"host_key": host.host_key} | wish))

    async def ended(self, begun: dict[str, Any]) -> dict[str, Any]:
        """Wait for the end."""
        async with asyncio.timeout(120):
            while True:
                now: dict[str, Any] = await self.api.call("GET", f"/onboardings/{begun['id']}")
                if now["state"] in ENDED:
                    return now
                await asyncio.sleep(0.2)


@pytest.fixture
async def ground(lab: Lab, tmp_path: Path, database_address: str) -> AsyncIterator[Ground]:
    """All of it."""
    port = free_port()
    hosts = lab.up(SPECS)
    gate = open_gate(lab, port)
    controller = Controller(tmp_path / "data", port, inside=lab.inside(), database_url=database_address)
    await controller.start()
    try:
        async with Api(f"http://127.0.0.1:{port}") as api:
            await api.set_up(await controller.first_run_token(), "admin", "correct horse battery")
            yield Ground(api, {host.name: host for host in hosts})
    finally:
        await controller.stop()
        gate.terminate()
        gate.wait(10)
        lab.remove(*hosts)


def refuses_passwords(host: LabHost) -> bool:
    """What its own sshd says that it takes."""
    said = host.exec("/usr/sbin/sshd -T -C user=root,host=x,addr=127.0.0.1 | grep -E '^(password|kbdinteractive)auth'")
    return said.split() == ["passwordauthentication", "no", "kbdinteractiveauthentication", "no"]


async def test_machines_as_vendors_hand_them_out(ground: Ground) -> None:
    hosts = ground.hosts
    plain = await ground.bring("plain", account={"name": "moor", "sudo": "none"}, disable_password=True)
    assert plain["state"] == "done", plain
    assert refuses_passwords(hosts["plain"])
    assert plain["found"]["hardened"] == "/etc/ssh/lab.d/00-moorline.conf"
    shown = await ground.api.wait_for_host(plain["host_id"], lambda now: now["state"] == "up")
    assert shown["username"] == "moor"
    assert hosts["plain"].exec("stat -c %U:%a /home/moor/.ssh/authorized_keys").strip() == "moor:600"

    hosts["expired-pam"].exec("chage -d 0 root")
    hosts["expired"].exec("chage -d 0 root")
    for name in ("expired", "expired-pam"):
        stopped = await ground.bring(name)
        assert step(stopped, "login")["code"] == "new_password_needed", stopped
        more = {"password": hosts[name].password, "new_password": NEW}
        await ground.api.call("POST", f"/onboardings/{stopped['id']}/resume", more)
        done = await ground.ended(stopped)
        assert done["state"] == "done", done

    hosts["sudoer"].exec("adduser ops sudo 2>/dev/null || usermod -aG sudo ops")
    refused = await ground.bring("sudoer")
    assert step(refused, "login")["code"] == "auth_failed"
    assert "PermitRootLogin" in step(refused, "login")["detail"]
    wish = {"username": "ops", "account": {"name": "keeper", "sudo": "limited"}, "disable_password": True}
    sudoer = await ground.bring("sudoer", **wish)
    assert sudoer["state"] == "done", sudoer
    assert refuses_passwords(hosts["sudoer"])
    rules = hosts["sudoer"].exec("cat /etc/sudoers.d/moorline-keeper && visudo -c >/dev/null && echo fine")
    assert "apt-get update" in rules
    assert "ALL=(ALL)" not in rules
    assert rules.endswith("fine\n")

    monitor = await ground.bring("tiny", access="monitor")
    assert step(monitor, "look")["code"] == "dropbear_monitor"
    tiny = await ground.bring("tiny", disable_password=True)
    assert step(tiny, "harden")["code"] == "dropbear", tiny
    assert "start it with -s" in step(tiny, "harden")["detail"]
    await ground.api.call("POST", f"/onboardings/{tiny['id']}/resume", {"disable_password": False})
    assert (await ground.ended(tiny))["state"] == "done"
    await ground.api.wait_for_host(tiny["host_id"], lambda now: now["state"] == "up")
