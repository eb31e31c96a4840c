"""Terminals of a real controller on hosts of the lab: busybox with dropbear, a container, and one that is cut off."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.support.api import Api
from tests.support.controller import Controller
from tests.support.lab import HostSpec, Lab, LabHost
from tests.support.lab.base import PASSWORD
from tests.support.lab.faults import fault, heal
from tests.support.lab.gate import open_gate
from tests.support.sshd import free_port
from tests.support.terminal import Page, attached

pytestmark = [pytest.mark.root, pytest.mark.timeout(180)]
IMAGE = (
    "mkdir -p /tmp/box/bin /tmp/box/tmp && cp /bin/busybox /tmp/box/bin/ && "
    "chroot /tmp/box /bin/busybox --install /bin && tar -C /tmp/box -c . | docker import - lab/box >/dev/null && "
    "docker run -d --name inner lab/box sleep 3600"
)


@dataclass(slots=True)
class Desk:
    """A controller process where it reaches the lab."""

    lab: Lab
    controller: Controller
    api: Api
    url: str
    token: str = ""

    async def add(self, host: LabHost, **fields: Any) -> int:
        """Add a host by the lab's key, and wait until it is up; its id."""
        key = {"name": f"key of {host.name}", "kind": "key", "private_key": self.lab.client_key}
        place = {"name": host.name, "address": host.address, "username": "ops", "host_key": host.host_key}
        host_id = int((await self.api.call("POST", "/hosts", {**place, "credential": key, **fields}))["id"])
        await self.api.wait_for_host(host_id, lambda now: bool(now["state"] == "up"), 60)
        return host_id

    async def open(self, host_id: int, **wanted: Any) -> str:
        """A terminal; its id."""
        return str((await self.api.call("POST", "/terminals", {"host_id": host_id, **wanted}))["id"])

    @asynccontextmanager
    async def page(self, terminal: str, **hello: Any) -> AsyncIterator[Page]:
        """A page at it."""
        address = f"{self.url.replace('http', 'ws', 1)}/api/v1/terminals/{terminal}/socket"
        async with attached(address, {"Authorization": f"Bearer {self.token}"}, **hello) as page:
            yield page


@pytest.fixture
async def desk(lab: Lab, tmp_path: Path, database_address: str) -> AsyncIterator[Desk]:
    """A controller that an administrator has set up."""
    port = free_port()
    gate = open_gate(lab, port)
    settings = {"tick_s": "1", "keepalive_s": "2", "database_url": database_address}
    controller = Controller(tmp_path / "data", port, inside=lab.inside(), **settings)
    url = f"http://127.0.0.1:{port}"
    await controller.start()
    try:
        async with Api(url) as api:
            await api.set_up(await controller.first_run_token(), "admin", "correct horse battery")
            made = Desk(lab, controller, api, url)
            wanted = {"name": "page", "scopes": ["write"], "all_hosts": True}
            made.token = (await api.call("POST", "/tokens", wanted))["token"]
            yield made
    finally:
        await controller.stop()
        gate.terminate()
        gate.wait(10)


async def test_busybox_with_dropbear_and_a_host_that_is_cut_off(lab: Lab, desk: Desk) -> None:
    hosts = lab.up([HostSpec("tin", flavour="tiny"), HostSpec("far"), HostSpec("near")])
    try:
        tin, far, near = [await desk.add(host) for host in hosts]
        async with desk.page(await desk.open(tin)) as page:
            await page.type(
                "stty size; mkdir /tmp/cjk; touch /tmp/cjk/漢字; cd /tmp/cjk; for f in *; do echo name-$f; done\r"
            )
            await page.shows("30 100\r\n")
            await page.shows("name-漢字\r\n")
            await page.send(type="resize", columns=61, rows=17)
            await page.hears("size", columns=61)
            await page.type("stty size\r")
            await page.shows("17 61\r\n")
            await page.type("head -c 20000000 /dev/zero | tr '\\0' z; echo; echo en''d\r")
            await page.shows("\r\nend\r\n", 60)
            assert page.shown.count(b"z") >= 20_000_000
        async with desk.page(await desk.open(far)) as cut, desk.page(await desk.open(near)) as other:
            await cut.type("echo rea''dy\r")
            await cut.shows("ready")
            fault(lab, "far", "cut")
            await other.type("echo undis''turbed\r")
            await other.shows("undisturbed", 3)
            ended = await cut.hears("exit", 60)
            assert ended["reason"] == "lost"
            assert "stopped answering" in ended["detail"]
            heal(lab, "far", "cut")
    finally:
        lab.remove(*hosts)


async def test_inside_a_container_and_after_a_restart(lab: Lab, desk: Desk) -> None:
    (dock,) = lab.up([HostSpec("dock", flavour="docker", disk_mib=512)])
    try:
        dock.exec(IMAGE)
        host = await desk.add(dock, username="root")
        terminal = await desk.open(host, kind="container", container="inner")
        async with desk.page(terminal) as page:
            # Docker's client tells the container the size after its shell has begun
            await page.type("until stty size | grep '30 100'; do sleep 0.1; done; echo $TERM\r")
            await page.shows("30 100\r\nxterm-256color")
            offset = page.offset
        root = await desk.open(host, kind="root")
        async with desk.page(root) as page:
            await page.type("id -u; echo $0\r")
            await page.shows("0\r\n/bin/bash\r\n")
        await desk.controller.stop()
        await desk.controller.start()
        await answers(desk)
        async with desk.page(terminal, offset=offset) as page:
            assert await page.ends() == 4410
            assert page.said[0]["code"] == "restarted"
    finally:
        lab.remove(dock)


async def test_root_by_sudo_and_its_password_which_is_kept_nowhere(lab: Lab, desk: Desk) -> None:
    rule = {"etc/sudoers.d/ops": "ops ALL=(ALL) ALL\n"}
    (asks,) = lab.up([HostSpec("asks", flavour="sudo", files=rule)])
    try:
        terminal = await desk.open(await desk.add(asks), kind="root")
        async with desk.page(terminal) as page:
            await page.shows("[sudo] password for ops:")
            await page.type("wrong\r")
            await page.shows("Sorry, try again.")
            await page.type(f"{PASSWORD}\r")
            await page.shows("root@")
            await page.type("id -u; pwd; shopt login_shell\r")
            await page.shows("0\r\n/root\r\nlogin_shell    \ton\r\n")
            await page.type("exit 4\r")
            ended = await page.hears("exit")
            assert (ended["reason"], ended["exit_status"]) == ("exited", 4)
            assert PASSWORD.encode() not in page.shown
        (recording,) = (await desk.api.call("GET", "/recordings"))["items"]
        cast = (await desk.api.raw("GET", f"/recordings/{recording['id']}/cast")).text
        assert "login_shell" in cast
        assert PASSWORD not in cast
        assert PASSWORD not in desk.controller.log.read_text()
        assert PASSWORD not in str(await desk.api.call("GET", "/audit"))
        assert PASSWORD not in asks.exec("cat /var/log/auth.log /root/.bash_history /home/ops/.bash_history 2>&1; true")
    finally:
        lab.remove(asks)


async def answers(desk: Desk) -> None:
    """Wait until the controller answers again."""
    async with asyncio.timeout(60):
        while True:
            try:
                await desk.api.call("GET", "/hosts")
            except httpx.TransportError:
                await asyncio.sleep(0.1)
            else:
                return
