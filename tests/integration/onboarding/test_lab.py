"""The way in on whole machines: Debian as vendors give it, sudo, a password that has expired, BusyBox with dropbear."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.integration.onboarding.conftest import Ground, on_ground, step
from tests.support.lab import HostSpec, Lab, LabHost

pytestmark = [pytest.mark.root, pytest.mark.timeout(400)]
NEW = "a Fresh-word 7 for the lab"
SPECS = [
    HostSpec("plain"),
    HostSpec("expired-pam", sshd={"UsePAM": "yes"}),
    HostSpec("expired"),
    HostSpec("sudoer", flavour="sudo", sshd={"PermitRootLogin": "no"}),
    HostSpec("tiny", flavour="tiny"),
]


@pytest.fixture
async def ground(lab: Lab, tmp_path: Path, database_address: str) -> AsyncIterator[Ground]:
    """All of it."""
    async with on_ground(lab, tmp_path, SPECS, database_address) as made:
        yield made


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
