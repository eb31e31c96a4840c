"""A real controller over a lab fleet, and Chromium in front of it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.async_api import Browser

from tests.e2e.browser import chromium, program
from tests.support.api import Api
from tests.support.controller import Controller
from tests.support.lab import HostSpec, Lab, LabHost
from tests.support.lab.gate import open_gate
from tests.support.sshd import free_port

PASSWORD = "correct horse battery"
USERNAME = "admin"


@dataclass(frozen=True, slots=True)
class Stage:
    """What a walk through the page needs."""

    lab: Lab
    hosts: dict[str, LabHost]
    controller: Controller
    browser: Browser
    url: str


@pytest.fixture
async def stage(lab: Lab, tmp_path: Path) -> AsyncIterator[Stage]:
    """Two hosts nobody has added yet, and a controller that nobody has set up."""
    if program() is None:
        pytest.skip("Chromium is not installed (Debian: chromium)")
    port = free_port()
    hosts = lab.up([HostSpec("web-1"), HostSpec("web-2")])
    gate = open_gate(lab, port)
    controller = Controller(tmp_path / "data", port, inside=lab.inside())
    await controller.start()
    try:
        async with chromium() as browser:
            yield Stage(lab, {host.name: host for host in hosts}, controller, browser, f"http://127.0.0.1:{port}")
    finally:
        await controller.stop()
        gate.terminate()
        gate.wait(10)
        lab.remove(*hosts)


async def set_up(stage: Stage) -> Api:
    """Make the administrator; logged in over the API."""
    api = Api(stage.url)
    await api.set_up(await stage.controller.first_run_token(), USERNAME, PASSWORD)
    return api


async def add(api: Api, lab: Lab, host: LabHost, **fields: object) -> int:
    """Add a lab host by the lab's key; its id."""
    wanted = {"name": host.name, "address": host.address, "username": "root", "host_key": host.host_key, **fields}
    if "credential_id" not in fields:
        wanted["credential"] = {"name": f"key of {host.name}", "kind": "key", "private_key": lab.client_key}
    return int((await api.call("POST", "/hosts", wanted))["id"])
