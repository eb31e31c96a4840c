"""A real controller over a lab fleet, and Chromium in front of it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page

from tests.e2e.browser import chromium, program
from tests.support.api import Api
from tests.support.controller import Controller
from tests.support.lab import HostSpec, Lab, LabHost
from tests.support.lab.gate import open_gate
from tests.support.sshd import free_port

PASSWORD = "correct horse battery"
USERNAME = "admin"
IMAGE = "lab/box"
MAKE_IMAGE = (
    "mkdir -p /tmp/box/bin /tmp/box/tmp && cp /bin/busybox /tmp/box/bin/ "
    "&& chroot /tmp/box /bin/busybox --install /bin "
    f'&& tar -C /tmp/box -c . | docker import -c \'CMD ["sleep","3600"]\' - {IMAGE} >/dev/null'
)
TICKS = "i=0; while :; do i=$((i+1)); echo tick $i; sleep 0.2; done"
LABELS = "--label com.docker.compose.project=shop --label com.docker.compose.service"


@dataclass(frozen=True, slots=True)
class Stage:
    """What a walk through the page needs."""

    lab: Lab
    hosts: dict[str, LabHost]
    controller: Controller
    browser: Browser
    url: str


@dataclass(frozen=True, slots=True)
class Front:
    """What a walk through pages needs that no host has to answer for."""

    controller: Controller
    browser: Browser
    url: str


@pytest.fixture
async def front(tmp_path: Path, database_address: str) -> AsyncIterator[Front]:
    """A controller that nobody has set up, and a browser."""
    if program() is None:
        pytest.skip("Chromium is not installed (Debian: chromium)")
    port = free_port()
    # a host is up with its first frame
    controller = Controller(tmp_path / "data", port, database_url=database_address, tick_s="1")
    await controller.start()
    try:
        async with chromium() as browser:
            yield Front(controller, browser, f"http://127.0.0.1:{port}")
    finally:
        await controller.stop()


@pytest.fixture
async def stage(lab: Lab, tmp_path: Path, database_address: str) -> AsyncIterator[Stage]:
    """Two hosts nobody has added yet, and a controller that nobody has set up."""
    if program() is None:
        pytest.skip("Chromium is not installed (Debian: chromium)")
    port = free_port()
    hosts = lab.up([HostSpec("web-1"), HostSpec("web-2")])
    gate = open_gate(lab, port)
    pace = {"tick_s": "2", "keepalive_s": "5", "down_after_s": "10"}  # hosts are up, and down, sooner
    controller = Controller(tmp_path / "data", port, inside=lab.inside(), database_url=database_address, **pace)
    await controller.start()
    try:
        async with chromium() as browser:
            yield Stage(lab, {host.name: host for host in hosts}, controller, browser, f"http://127.0.0.1:{port}")
    finally:
        await controller.stop()
        gate.terminate()
        gate.wait(10)
        lab.remove(*hosts)


@pytest.fixture(scope="module")
def dock(lab: Lab) -> Iterator[LabHost]:
    """A host with a Docker engine, an image and a compose project of two containers and one that stands alone."""
    (host,) = lab.up([HostSpec("harbour", flavour="docker", disk_mib=512)])
    try:
        host.exec(MAKE_IMAGE)
        host.exec(f"docker run -d --name shop-web {LABELS}=web -p 8080:80 -v cache:/cache {IMAGE} sh -c '{TICKS}'")
        host.exec(f"docker run -d --name shop-db {LABELS}=db -e DB_PASSWORD=hunter2 {IMAGE}")
        host.exec(f"docker run -d --name lonely {IMAGE} sh -c 'echo to out; echo to err >&2; exec sleep 3600'")
        yield host
    finally:
        lab.remove(host)


async def set_up(stage: Stage | Front) -> Api:
    """Make the administrator; logged in over the API."""
    api = Api(stage.url)
    await api.set_up(await stage.controller.first_run_token(), USERNAME, PASSWORD)
    return api


async def enter(page: Page, url: str, username: str = USERNAME, password: str = PASSWORD) -> None:
    """Log in without the form; the window then has the session."""
    answer = await page.request.post(
        f"{url}/api/v1/login", data={"username": username, "password": password}, headers={"Origin": url}
    )
    assert answer.ok, await answer.text()


async def add_unwatched(api: Api, names: Iterable[str], **fields: object) -> list[int]:
    """Add disabled hosts, several at a time; their ids in the order of the names."""
    gate = asyncio.Semaphore(8)

    async def one(place: int, name: str) -> int:
        host = {"name": name, "address": f"10.{place >> 16 & 255}.{place >> 8 & 255}.{place & 255}", **fields}
        async with gate:
            return int((await api.call("POST", "/hosts", {"username": "root", "enabled": False, **host}))["id"])

    return await asyncio.gather(*(one(place, name) for place, name in enumerate(names, 1)))


async def add(api: Api, lab: Lab, host: LabHost, **fields: object) -> int:
    """Add a lab host by the lab's key; its id."""
    wanted = {"name": host.name, "address": host.address, "username": "root", "host_key": host.host_key, **fields}
    if "credential_id" not in fields:
        wanted["credential"] = {"name": f"key of {host.name}", "kind": "key", "private_key": lab.client_key}
    return int((await api.call("POST", "/hosts", wanted))["id"])
