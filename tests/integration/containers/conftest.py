"""A controller that watches a host of the lab with a real Docker engine."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection, connect

from tests.support.api import Api
from tests.support.controller import Controller
from tests.support.lab import HostSpec, Lab, LabHost
from tests.support.lab.gate import open_gate
from tests.support.sshd import free_port

IMAGE = "lab/box"
MAKE_IMAGE = (
    "mkdir -p /tmp/box/bin /tmp/box/tmp && cp /bin/busybox /tmp/box/bin/ && chroot /tmp/box /bin/busybox --install /bin"
    f' && tar -C /tmp/box -c . | docker import -c \'CMD ["sleep","3600"]\' - {IMAGE} >/dev/null'
)


@dataclass(frozen=True, slots=True)
class Watched:
    """A controller and what it watches."""

    api: Api
    lab: Lab
    port: int

    async def add(self, host: LabHost, **fields: Any) -> int:
        """Add a host of the lab by the lab's key, and wait until it is up; its id."""
        key = {"name": f"key of {host.name}", "kind": "key", "private_key": self.lab.client_key}
        place = {"name": host.name, "address": host.address, "username": "root", "host_key": host.host_key}
        host_id = int((await self.api.call("POST", "/hosts", {**place, "credential": key, **fields}))["id"])
        await self.api.wait_for_host(host_id, lambda now: bool(now["state"] == "up"), 30)
        return host_id

    async def shelf(self, host_id: int, done: Callable[[dict[str, Any]], bool], within_s: float = 20) -> dict[str, Any]:
        """What is known of the host's containers, once it is as wanted."""
        deadline = time.monotonic() + within_s
        while True:
            found: dict[str, Any] = await self.api.call("GET", f"/hosts/{host_id}/containers")
            if done(found):
                return found
            if time.monotonic() > deadline:
                raise AssertionError(f"not within {within_s} s: {json.dumps(found)[:3000]}")
            await asyncio.sleep(0.05)

    async def engine_up(self, host_id: int, within_s: float = 20) -> dict[str, Any]:
        """The host's shelf, once its engine is up."""
        return await self.shelf(host_id, lambda now: [e["state"] for e in now["engines"]] == ["up"], within_s)

    @asynccontextmanager
    async def socket(self, path: str, token: str, **more: str) -> AsyncIterator[ClientConnection]:
        """A WebSocket of the API, as the holder of the token."""
        address = f"ws://127.0.0.1:{self.port}/api/v1{path}"
        headers = {"Authorization": f"Bearer {token}", **more}
        async with connect(address, additional_headers=headers, proxy=None, max_size=None) as socket:
            yield socket

    async def token(self, *scopes: str) -> str:
        """A token of the administrator's."""
        wanted = {"name": "test", "scopes": list(scopes or ("admin",)), "all_hosts": True}
        return str((await self.api.call("POST", "/tokens", wanted))["token"])


def one(shelf: dict[str, Any], name: str) -> dict[str, Any]:
    """The container of that name; an empty object when it is not there."""
    return next((item for item in shelf["items"] if item["name"] == name), {})


@pytest.fixture(scope="module")
def dock(lab: Lab) -> Iterator[LabHost]:
    """A host with a Docker engine and an image of busybox."""
    (host,) = lab.up([HostSpec("dock", flavour="docker", disk_mib=512)])
    try:
        host.exec(MAKE_IMAGE)
        yield host
    finally:
        lab.remove(host)


@pytest.fixture
async def watched(lab: Lab, tmp_path: Path, database_address: str) -> AsyncIterator[Watched]:
    """A controller where it reaches the lab, its administrator logged in."""
    async with watching(lab, tmp_path, database_url=database_address) as found:
        yield found


@asynccontextmanager
async def watching(lab: Lab, folder: Path, **settings: str) -> AsyncIterator[Watched]:
    """A controller with settings of its own."""
    settings = {"tick_s": "2", **settings}
    port = free_port()
    gate = open_gate(lab, port)
    controller = Controller(folder / "data", port, inside=lab.inside(), **settings)
    await controller.start()
    try:
        async with Api(f"http://127.0.0.1:{port}") as api:
            await api.set_up(await controller.first_run_token(), "admin", "correct horse battery")
            yield Watched(api, lab, port)
    finally:
        await controller.stop()
        gate.terminate()
        gate.wait(10)
