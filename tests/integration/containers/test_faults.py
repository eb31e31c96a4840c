"""Engines that are stopped, frozen, closed to the account or full: said, and nothing else suffers."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.integration.containers.conftest import IMAGE, MAKE_IMAGE, Watched, one
from tests.support.api import ApiError
from tests.support.lab import HostSpec, Lab, LabHost
from tests.support.lab.tools import namespace_members

pytestmark = [pytest.mark.root, pytest.mark.timeout(180)]


@pytest.fixture
def host(lab: Lab) -> Iterator[LabHost]:
    """A host whose engine may be broken."""
    (made,) = lab.up([HostSpec("frail", flavour="docker", disk_mib=512)])
    try:
        made.exec(MAKE_IMAGE)
        yield made
    finally:
        for pid in daemons(made):
            os.kill(pid, signal.SIGCONT)
        lab.remove(made)


def daemons(host: LabHost) -> list[int]:
    """The engine's processes on the host, as this machine counts."""
    found = []
    for pid in namespace_members(host.pid):
        try:
            name = Path(f"/proc/{pid}/comm").read_text().strip()
        except OSError:
            continue
        if name == "dockerd":
            found.append(pid)
    return found


def engine(shelf: dict[str, Any]) -> dict[str, Any]:
    """The only engine."""
    (found,) = shelf["engines"]
    return dict(found)


async def test_an_engine_that_is_stopped_and_started_again_is_followed(watched: Watched, host: LabHost) -> None:
    host.exec(f"docker run -d --name web --restart always --stop-timeout 1 {IMAGE}")
    host_id = await watched.add(host)
    await watched.shelf(host_id, lambda now: one(now, "web").get("state") == "running")
    for pid in daemons(host):
        os.kill(pid, signal.SIGTERM)
    shelf = await watched.shelf(host_id, lambda now: engine(now)["state"] == "stopped", 30)
    assert one(shelf, "web")["stale"]
    assert engine(shelf)["hint"]
    with pytest.raises(ApiError) as away:
        await watched.api.call("POST", f"/hosts/{host_id}/containers/web/actions", {"action": "stop"})
    assert away.value.status == 503
    host.exec("rm -f /var/run/docker.pid; dockerd >/var/log/dockerd.log 2>&1 &")
    shelf = await watched.shelf(
        host_id, lambda now: engine(now)["state"] == "up" and one(now, "web").get("state") == "running", 30
    )
    assert not one(shelf, "web")["stale"]


async def test_an_engine_that_is_frozen_is_said_to_be_and_frames_and_figures_go_on(
    watched: Watched, host: LabHost
) -> None:
    host.exec(f"docker run -d --name busy {IMAGE} sh -c 'while :; do :; done'")
    host_id = await watched.add(host)
    await watched.shelf(host_id, lambda now: bool(one(now, "busy").get("figures")), 40)
    for pid in daemons(host):
        os.kill(pid, signal.SIGSTOP)
    began = time.time()
    shelf = await watched.shelf(host_id, lambda now: engine(now)["state"] == "frozen", 30)
    assert engine(shelf)["reason"]
    with pytest.raises(ApiError) as away:
        await watched.api.call("GET", f"/hosts/{host_id}/containers/busy/logs")
    assert away.value.code == "engine_away"
    shelf = await watched.shelf(host_id, lambda now: one(now, "busy")["figures"]["at"] > time.time() - 5, 10)
    assert one(shelf, "busy")["figures"]["at"] > began
    seen = await watched.api.call("GET", f"/hosts/{host_id}")
    assert seen["state"] == "up"
    points = await watched.api.call(
        "GET", "/metrics/query", host_id=host_id, metric="load1", **{"from": began, "points": 2000}
    )
    (series,) = points["series"]
    assert sum(value is not None for value in series["avg"]) >= (time.time() - began) / 2 - 4  # one each two seconds
    for pid in daemons(host):
        os.kill(pid, signal.SIGCONT)
    await watched.shelf(host_id, lambda now: engine(now)["state"] == "up", 15)


async def test_an_account_that_may_not_use_the_socket_is_told_how_that_is_mended(
    watched: Watched, host: LabHost
) -> None:
    host_id = await watched.add(host, username="ops")
    shelf = await watched.shelf(host_id, lambda now: [e["state"] for e in now["engines"]] == ["denied"])
    assert engine(shelf)["hint"] == "sudo usermod -aG docker ops"
    with pytest.raises(ApiError) as denied:
        await watched.api.call("GET", f"/hosts/{host_id}/images")
    assert "usermod" in str(denied.value)
    host.exec("usermod -aG docker ops")
    shelf = await watched.api.call("POST", f"/hosts/{host_id}/containers/refresh")
    assert "logged in before" in engine(shelf)["reason"]
    await watched.api.call("PATCH", f"/hosts/{host_id}", {"enabled": False})
    await watched.api.call("PATCH", f"/hosts/{host_id}", {"enabled": True})
    await watched.engine_up(host_id)


@pytest.mark.parametrize(("setting", "way"), [("AllowStreamLocalForwarding", "dial-stdio")])
async def test_where_sockets_are_not_forwarded_another_way_is_found(
    watched: Watched, lab: Lab, setting: str, way: str
) -> None:
    (host,) = lab.up([HostSpec("strict", flavour="docker", disk_mib=512, sshd={setting: "no"})])
    try:
        host.exec(f"{MAKE_IMAGE}; docker run -d --name web {IMAGE}")
        host_id = await watched.add(host)
        shelf = await watched.shelf(host_id, lambda now: bool(one(now, "web").get("figures")), 40)
        assert (engine(shelf)["state"], engine(shelf)["transport"]) == ("up", way)
        await _works(watched, host, host_id)
    finally:
        lab.remove(host)


async def test_an_old_program_without_dial_stdio_is_asked_word_by_word(watched: Watched, lab: Lab) -> None:
    (host,) = lab.up([HostSpec("old", flavour="docker", disk_mib=512, sshd={"AllowStreamLocalForwarding": "no"})])
    try:
        host.exec(f"{MAKE_IMAGE}; docker run -d --name web {IMAGE}")
        wrapper = '#!/bin/sh\ncase "$*" in *dial-stdio*) exit 1 ;; esac\nexec /usr/bin/docker "$@"\n'
        (host.root / "usr/local/bin/docker").write_text(wrapper)
        (host.root / "usr/local/bin/docker").chmod(0o755)
        host_id = await watched.add(host)
        shelf = await watched.shelf(host_id, lambda now: bool(now["items"]), 40)
        assert engine(shelf)["state"] == "up", "a container is shown, and the engine that it is on is not"
        shelf = await watched.shelf(host_id, lambda now: bool(one(now, "web").get("figures")), 40)
        assert (engine(shelf)["state"], engine(shelf)["transport"]) == ("up", "cli")
        await _works(watched, host, host_id)
        await watched.api.call("PATCH", f"/hosts/{host_id}", {"enabled": False})
        deadline = time.monotonic() + 10
        while re.search(r"docker (events|logs)", host.exec("ps -eo args")):  # nothing outlives the line
            assert time.monotonic() < deadline
            await asyncio.sleep(0.1)
    finally:
        lab.remove(host)


async def _works(watched: Watched, host: LabHost, host_id: int) -> None:
    """Assert that deeds, events, logs, images and volumes go that way too."""
    path = f"/hosts/{host_id}/containers/web"
    stopped = await watched.api.call("POST", f"{path}/actions", {"action": "stop", "timeout_s": 0})
    assert stopped["state"] == "exited"
    host.exec("docker start web")
    await watched.shelf(host_id, lambda now: one(now, "web").get("state") == "running", 3)
    host.exec("docker exec web sh -c 'echo hello >/proc/1/fd/1'")
    page = await watched.api.call("GET", f"{path}/logs")
    assert [line["text"] for line in page["lines"]] == ["hello"]
    assert page["lines"][0]["at"] is not None
    host.exec("docker volume create one")
    assert [v["name"] for v in (await watched.api.call("GET", f"/hosts/{host_id}/volumes"))["items"]] == ["one"]
    assert IMAGE in str(await watched.api.call("GET", f"/hosts/{host_id}/images"))
    assert any("sleep" in " ".join(row) for row in (await watched.api.call("GET", f"{path}/top"))["processes"])
    host.exec("docker kill web")
    await watched.shelf(host_id, lambda now: one(now, "web").get("state") == "exited", 2)
    assert "web" in str(await watched.api.call("GET", f"/hosts/{host_id}/prune", kind="containers"))
    assert (await watched.api.call("POST", f"/hosts/{host_id}/prune", {"kinds": ["containers"]}))["deleted"]
    await watched.shelf(host_id, lambda now: not now["items"], 3)
