"""Hosts of every kind, from the lab, in one controller."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.support.api import Api
from tests.support.controller import Controller
from tests.support.lab import HostSpec, Lab, LabHost
from tests.support.lab.faults import fault, heal
from tests.support.lab.gate import open_gate
from tests.support.sshd import free_port

pytestmark = [pytest.mark.root, pytest.mark.timeout(180)]


@asynccontextmanager
async def watched(lab: Lab, folder: Path, **settings: str) -> AsyncIterator[Api]:
    """A controller where it reaches the lab; logged in as its administrator."""
    port = free_port()
    gate = open_gate(lab, port)
    controller = Controller(folder / "data", port, inside=lab.inside(), **settings)
    await controller.start()
    try:
        async with Api(f"http://127.0.0.1:{port}") as api:
            await api.set_up(await controller.first_run_token(), "admin", "correct horse battery")
            yield api
    finally:
        await controller.stop()
        gate.terminate()
        gate.wait(10)


async def add(api: Api, lab: Lab, host: LabHost, **fields: Any) -> int:
    """Add a lab host by the lab's key; its id."""
    key = {"name": f"key of {host.name}", "kind": "key", "private_key": lab.client_key}
    place = {"name": host.name, "address": host.address, "username": "ops", "host_key": host.host_key}
    return int((await api.call("POST", "/hosts", {**place, "credential": key, **fields}))["id"])


async def test_debian_busybox_and_what_is_behind_a_jump_host_are_read_alike(
    lab: Lab, tmp_path: Path, database_address: str
) -> None:

    outer = lab.up(
        [HostSpec("deb"), HostSpec("tin", flavour="tiny"), HostSpec("jump"), HostSpec("odd", shell="/bin/dash")]
    )
    (inner,) = lab.up([HostSpec("deep", behind="jump")])
    try:
        async with watched(lab, tmp_path, database_url=database_address) as api:
            ids = {host.name: await add(api, lab, host) for host in outer}
            ids["deep"] = await add(api, lab, inner, jump_host_id=ids["jump"])
            for name, host_id in ids.items():
                host = await api.wait_for_host(
                    host_id, lambda now: bool(now["state"] == "up" and now["facts"].get("kernel")), 40
                )
                assert host["facts"]["hostname"] == name
                await api.wait_for_host(host_id, lambda now: now["summary"]["disk_percent"] is not None, 40)
                healths = (await api.call("GET", f"/hosts/{host_id}/collectors"))["items"]
                wrong = [one for one in healths if one["applicable"] and one["last_error"]]
                assert not wrong, (name, wrong)
    finally:
        lab.remove(inner, *outer)


async def test_a_file_system_that_hangs_is_told_and_hides_no_other(
    lab: Lab, tmp_path: Path, database_address: str
) -> None:
    (stuck,) = lab.up([HostSpec("stuck")])
    try:
        async with watched(lab, tmp_path, database_url=database_address, slow_tick_s="5", tick_s="1") as api:
            host_id = await add(api, lab, stuck, username="root")
            await api.wait_for_host(host_id, lambda now: now["facts"].get("hung_mounts") == [], 40)
            fault(lab, "stuck", "hang")
            host = await api.wait_for_host(host_id, lambda now: now["facts"].get("hung_mounts") == ["/mnt/hung"], 40)
            assert host["state"] == "up"
            latest = await api.call("GET", f"/hosts/{host_id}/latest")
            slow = next(frame for frame in latest["frames"] if frame["cadence"] == "slow")
            used = {one["instance"]: value for one, value in zip(slow["series"], slow["values"], strict=True)}
            assert used["/"] is not None
            heal(lab, "stuck", "hang")
            await api.wait_for_host(host_id, lambda now: now["facts"].get("hung_mounts") == [], 40)
    finally:
        lab.remove(stuck)
