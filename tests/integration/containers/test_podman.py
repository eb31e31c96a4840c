"""Podman: by its command line where nothing listens, and by its socket."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.integration.containers.conftest import IMAGE, MAKE_IMAGE, Watched, one
from tests.support.lab import HostSpec, Lab, LabHost

pytestmark = [pytest.mark.root, pytest.mark.timeout(240)]


@pytest.fixture
def pod(lab: Lab) -> Iterator[LabHost]:
    """A host with Podman and a container that works hard."""
    (host,) = lab.up([HostSpec("pod", flavour="podman", disk_mib=512)])
    try:
        host.exec(MAKE_IMAGE.replace("docker import", "podman import"))
        host.exec(f"podman run -d --name web -e SECRET=hunter2 {IMAGE} sh -c 'echo ready; while :; do :; done'")
        yield host
    finally:
        host.exec("podman rm -fa -t 0")
        lab.remove(host)


@pytest.mark.parametrize("way", ["cli", "socket"])
async def test_podman_is_listed_measured_followed_and_told_what_to_do(watched: Watched, pod: LabHost, way: str) -> None:
    if way == "socket":
        pod.exec(
            "mkdir -p /run/podman; podman system service --time 0 unix:///run/podman/podman.sock >/dev/null 2>&1 &"
        )
        pod.exec("while ! [ -S /run/podman/podman.sock ]; do sleep 0.1; done")
    host_id = await watched.add(pod)
    shelf = await watched.shelf(
        host_id, lambda now: bool((one(now, "web").get("figures") or {}).get("cpu_percent")), 60
    )
    (engine,) = shelf["engines"]
    assert (engine["kind"], engine["transport"], engine["version"][:2]) == ("podman", way, "4.")
    web = one(shelf, "web")
    assert (web["state"], web["image"]) == ("running", f"localhost/{IMAGE}:latest")
    assert 10 < web["figures"]["cpu_percent"] < 150  # of one core: not of what its own group used
    path = f"/hosts/{host_id}/containers/web"
    assert [line["text"] for line in (await watched.api.call("GET", f"{path}/logs"))["lines"]] == ["ready"]
    assert "hunter2" not in str(await watched.api.call("GET", path))
    assert any("sh" in " ".join(row) for row in (await watched.api.call("GET", f"{path}/top"))["processes"])
    assert IMAGE in str(await watched.api.call("GET", f"/hosts/{host_id}/images"))
    stopped = await watched.api.call("POST", f"{path}/actions", {"action": "stop", "timeout_s": 0})
    assert stopped["state"] == "exited"
    started = await watched.api.call("POST", f"{path}/actions", {"action": "start"})
    assert started["state"] == "running"
    pod.exec("podman kill web")
    await watched.shelf(host_id, lambda now: one(now, "web")["state"] == "exited", 3)
    await watched.api.call("DELETE", path)
    await watched.shelf(host_id, lambda now: not one(now, "web"), 3)
