"""Init steps on real hosts: with systemd, without, and on BusyBox; twice, dry, and where they go wrong."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.integration.containers.conftest import Watched, watching
from tests.integration.playbooks.conftest import Raise
from tests.integration.playbooks.test_guarded import wait_for
from tests.integration.playbooks.test_library import KEY, files
from tests.support.lab import Lab, LabHost, repository
from tests.support.lab.faults import fault

pytestmark = [pytest.mark.root, pytest.mark.timeout(600)]
ENDED = {"succeeded", "failed", "canceled", "interrupted"}
Steps = list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Room:
    """A controller in the lab's hub that runs jobs."""

    watched: Watched

    async def job(self, ids: list[int], steps: Steps, *, check: bool = False, **more: Any) -> dict[str, Any]:
        """Run steps to their end."""
        api = self.watched.api
        body = {"kind": "init", "spec": {"steps": steps, **more}, "targets": {"host_ids": ids}, "check": check}
        job = await api.call("POST", "/jobs", body)
        deadline = time.monotonic() + 180
        while job["state"] not in ENDED:
            assert time.monotonic() < deadline, f"{job['state']} {job['counts']}: {await self.told(job)}"
            await asyncio.sleep(0.1)
            job = await api.call("GET", f"/jobs/{job['id']}")
        return dict(job)

    async def grid(self, job: dict[str, Any]) -> dict[tuple[int, str], str]:
        """How each step came out on each host."""
        found = await self.watched.api.call("GET", f"/jobs/{job['id']}/events", limit=500)
        return {(one["host_id"], one["action"]): one["state"] for one in found["items"]}

    async def told(self, job: dict[str, Any]) -> str:
        """What the hosts said, and why it failed."""
        rows = await self.watched.api.call("GET", f"/jobs/{job['id']}/hosts")
        said = (await self.watched.api.raw("GET", f"/jobs/{job['id']}/download")).text
        return "\n".join([*(row["note"] for row in rows["items"]), said])


@pytest.fixture
async def room(lab: Lab, tmp_path: Path, database_address: str) -> AsyncIterator[Room]:
    """A controller where it reaches the lab."""
    async with watching(lab, tmp_path, database_url=database_address) as watched:
        yield Room(watched)


def do(step: str, **values: str | int) -> dict[str, Any]:
    """A step and its values."""
    return {"step": step, "values": values}


BASE = [
    do("hostname", hostname="{{ host.name }}"),
    do("timezone", timezone="Asia/Shanghai"),
    do("user", user="ann", keys=KEY),
    do("sshd", port=2222),
    do("sysctl", settings="net.ipv4.tcp_keepalive_time = 432"),
]


async def test_first_set_up_dry_done_and_done_again(room: Room, raise_hosts: Raise) -> None:
    (plain,) = raise_hosts("init-plain", flavour="bookworm")
    (booted,) = raise_hosts("init-booted")
    hosts = (plain, booted)
    for host in hosts:
        host.exec("echo old-name >/etc/hostname")
    ids = [await room.watched.add(host) for host in hosts]
    before = [files(host) for host in hosts]

    dry = await room.job(ids, BASE, check=True)
    assert dry["state"] == "succeeded", await room.told(dry)
    assert set((await room.grid(dry)).values()) == {"changed"}
    assert [files(host) for host in hosts] == before, "the dry run touched something"

    done = await room.job(ids, BASE)
    assert (done["state"], done["counts"]) == ("succeeded", {"changed": 2}), await room.told(done)
    assert len(grid := await room.grid(done)) == 2 * len(BASE)
    assert set(grid.values()) == {"changed"}
    for host in hosts:
        assert host.exec("cat /etc/hostname; date +%Z").split() == [host.name, "CST"]
        assert KEY in host.exec("cat /home/ann/.ssh/authorized_keys")
        assert host.exec("sshd -T | grep -E '^(port|passwordauthentication)'").split() == [
            *("port", "22", "port", "2222", "passwordauthentication", "no")
        ]
        assert host.exec("cat /proc/sys/net/ipv4/tcp_keepalive_time").strip() == "432"
        assert host.exec("ls -d /run/moorline-* /tmp/moorline-* 2>/dev/null || true") == "", "something was left"
    wait_for(lambda: not any(ticks(host) for host in hosts), 10)

    again = await room.job(ids, BASE)
    assert (again["state"], again["counts"]) == ("succeeded", {"ok": 2}), await room.told(again)
    assert set((await room.grid(again)).values()) == {"ok"}
    swap = await room.job([ids[1]], [do("swap")])
    assert list((await room.grid(swap)).values()) == ["skipped"]
    assert "This is a container" in await room.told(swap)


async def test_packages_python_sudo_firewall_and_updates(room: Room, raise_hosts: Raise) -> None:
    (bare,) = raise_hosts("init-bare", flavour="bookworm")
    (booted,) = raise_hosts("init-apt")
    offer_python(bare)
    ids = [await room.watched.add(bare), await room.watched.add(booted)]
    first = await room.job([ids[0]], [do("python")])
    assert first["counts"] == {"changed": 1}, await room.told(first)
    assert bare.exec("dpkg-query -W -f '${Status}' python3") == "install ok installed"
    steps = [
        *(do("packages", packages="htop, wireguard-tools"), do("python"), do("user", user="ann", keys=KEY)),
        *(do("sudo", user="ann"), do("firewall", allow="80/tcp 5000-5010/udp"), do("updates")),
    ]
    done = await room.job([ids[1]], steps)
    assert done["state"] == "succeeded", await room.told(done)
    grid = {step: state for (_, step), state in (await room.grid(done)).items()}
    assert grid == {**dict.fromkeys([step["step"] for step in steps], "changed"), "python": "ok"}
    assert booted.exec("su ann -c 'sudo -n id -u'").strip() == "0"
    rules = booted.exec("nft list table inet moorline")
    assert "tcp dport 22 accept" in rules
    assert "udp dport 5000-5010 accept" in rules
    again = await room.job([ids[1]], steps)
    assert again["counts"] == {"ok": 1}, await room.told(again)


async def test_busybox_and_dropbear(room: Room, raise_hosts: Raise) -> None:
    (tiny,) = raise_hosts("init-tiny", flavour="tiny")
    host_id = await room.watched.add(tiny)
    steps = [
        *(do("hostname", hostname="small-one"), do("user", user="ann", keys=KEY)),
        *(do("sysctl", settings="net.ipv4.tcp_keepalive_time = 99"), do("sshd")),
    ]
    done = await room.job([host_id], steps)
    assert done["state"] == "succeeded", await room.told(done)
    grid = {step: state for (_, step), state in (await room.grid(done)).items()}
    assert grid == {"hostname": "changed", "user": "changed", "sysctl": "changed", "sshd": "skipped"}
    assert tiny.exec("hostname; stat -c '%a %U' /home/ann/.ssh/authorized_keys").split() == ["small-one", "600", "ann"]
    again = await room.job([host_id], steps)
    assert again["counts"] == {"ok": 1}, await room.told(again)


async def test_an_sshd_that_lets_nobody_in_is_undone(room: Room, raise_hosts: Raise) -> None:
    (host,) = raise_hosts("init-locked", flavour="bookworm")
    # another drop-in shuts the door as soon as drop-ins are read at all
    host.exec("mkdir -p /etc/ssh/sshd_config.d; echo 'AllowUsers nobody' >/etc/ssh/sshd_config.d/50-other.conf")
    host_id = await room.watched.add(host)
    before = host.exec("cat /etc/ssh/sshd_config")
    job = await room.job([host_id], [do("sshd"), do("timezone")], rollback_s=60)
    assert job["state"] == "failed"
    assert "No second login came through" in await room.told(job)
    assert "It was undone." in await room.told(job)
    assert {step: state for (_, step), state in (await room.grid(job)).items()} == {
        "sshd": "failed",
        "timezone": "skipped",
    }
    assert host.exec("cat /etc/ssh/sshd_config") == before
    assert host.exec("ls /etc/ssh/sshd_config.d").split() == ["50-other.conf"]


@pytest.mark.long
async def test_the_hosts_own_clock_undoes_what_nobody_confirmed(room: Room, raise_hosts: Raise) -> None:
    """The controller dies between the change and the second login."""
    (host,) = raise_hosts("init-clock", flavour="bookworm")
    from controller.jobs import steps

    step = steps.load()["sshd"]
    before = host.exec("cat /etc/ssh/sshd_config")
    (host.root / "tmp/step").write_text(steps.script(step, steps.answers(step, {}, ""), "apply", 30))
    with pytest.raises(RuntimeError, match="status 20"):
        host.exec("sh /tmp/step")
    assert "PasswordAuthentication no" in host.exec("cat /etc/ssh/sshd_config.d/00-moorline.conf")
    wait_for(lambda: host.exec("cat /etc/ssh/sshd_config") == before, 60)
    wait_for(lambda: host.exec("ls /etc/ssh/sshd_config.d; ls -d /run/moorline-* 2>/dev/null || true") == "", 10)


async def test_host_that_cannot_be_reached_is_told_and_the_others_go_on(
    lab: Lab, room: Room, raise_hosts: Raise
) -> None:
    near, far = raise_hosts("init-near", "init-far", flavour="tiny")
    ids = [await room.watched.add(host) for host in (near, far)]
    fault(lab, "init-far", "off")
    job = await room.job(ids, [do("sysctl", settings="net.ipv4.tcp_keepalive_time = 98")])
    assert (job["state"], job["counts"]) == ("failed", {"changed": 1, "unreachable": 1}), await room.told(job)
    rows = await room.watched.api.call("GET", f"/jobs/{job['id']}/hosts")
    assert "unexpected" not in str(rows)


async def test_passwords_stay_on_without_a_key(room: Room, raise_hosts: Raise) -> None:
    (host,) = raise_hosts("init-keyless", flavour="bookworm")
    host.exec("cp /root/.ssh/authorized_keys /etc/ssh/keys && chmod 644 /etc/ssh/keys && rm /root/.ssh/authorized_keys")
    host.exec("echo 'AuthorizedKeysFile /etc/ssh/keys' >>/etc/ssh/sshd_config; kill -HUP $(cat /run/sshd.pid)")
    host_id = await room.watched.add(host)
    job = await room.job([host_id], [do("sshd")])
    assert job["state"] == "failed"
    assert "passwords stay on" in await room.told(job)
    assert not (host.root / "etc/ssh/sshd_config.d/00-moorline.conf").exists()


def ticks(host: LabHost) -> bool:
    """Does a clock run there that would undo a step?"""
    return int(host.exec("cat /proc/[0-9]*/cmdline 2>/dev/null | tr '\\0' ' ' | grep -c '[/]undo wait' || true")) > 0


def offer_python(host: LabHost) -> None:
    """Stand-ins for Python's packages, in a repository of the host's own."""
    folder = host.root / repository.PLACE
    folder.mkdir(parents=True)
    program = {"usr/bin/python3": "#!/bin/sh\nexit 0\n"}
    repository.build(folder, "python3", "3.11.2-lab", program)
    repository.build(folder, "python3-apt", "2.6.0-lab")
    repository.index(folder)
    repository.be_the_only_source(host.root)
    (host.root / "var/lib/apt/lists/partial").mkdir(parents=True)
