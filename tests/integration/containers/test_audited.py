"""Each route of containers that changes something: done on a real engine, and in the audit log with who and what.

The images come from a registry that the test raises on the host's loopback.
"""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.contract.rights.table import OF_HOSTS
from tests.integration.containers.conftest import IMAGE, Watched, one
from tests.support.lab import LabHost
from tests.support.registry import NOISE_BYTES, registry

pytestmark = [pytest.mark.root, pytest.mark.timeout(240)]


class Log:
    """Does one thing after another, and keeps which route left which entries."""

    def __init__(self, watched: Watched, host: str) -> None:
        self._api = watched.api
        self._host = host
        self.driven: set[str] = set()

    async def entries(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = (await self._api.call("GET", "/audit", limit=200))["items"]
        return found

    async def does(self, operation: str, action: str, body: object = None, **where: Any) -> Any:
        """Ask the route; exactly one entry of that action is then in the log. Its answer."""
        before = {entry["id"] for entry in await self.entries()}
        method, path = operation.split()
        query = where.pop("query", {})
        answer = await self._api.call(method, path.format(**where), body, **query)
        new = [entry for entry in await self.entries() if entry["id"] not in before]
        assert [entry["action"] for entry in new] == [action], operation
        (entry,) = new
        assert (entry["actor"]["name"], entry["object"]["kind"], entry["object"]["name"]) == (
            "admin",
            "host",
            self._host,
        )
        self.driven.add(operation)
        return answer


async def ended(watched: Watched, host_id: int, pull_id: str) -> dict[str, Any]:
    """The pull, once it runs no more."""
    async with asyncio.timeout(60):
        while True:
            items = (await watched.api.call("GET", f"/hosts/{host_id}/pulls"))["items"]
            pull: dict[str, Any] = next(item for item in items if item["id"] == pull_id)
            if pull["state"] != "running":
                return pull
            await asyncio.sleep(0.05)


async def test_each_deed_is_done_and_in_the_log(watched: Watched, dock: LabHost) -> None:
    dock.exec(f"docker volume create spare; docker run -d --name tool {IMAGE}; docker create --name old {IMAGE}")
    host_id = await watched.add(dock)
    await watched.shelf(host_id, lambda now: one(now, "tool").get("state") == "running")
    log = Log(watched, dock.name)
    of = {"host_id": host_id}
    await log.does("POST /hosts/{host_id}/containers/refresh", "container.refresh", **of)
    deed = {"action": "pause"}
    await log.does("POST /hosts/{host_id}/containers/{name}/actions", "container.pause", deed, name="tool", **of)
    tool = one(await watched.api.call("GET", f"/hosts/{host_id}/containers"), "tool")
    many = {"items": [{"host_id": host_id, "container_id": tool["id"]}], "action": "unpause"}
    await log.does("POST /containers/bulk", "container.unpause", many)
    path = "DELETE /hosts/{host_id}/containers/{name}"
    await log.does(path, "container.remove", name="tool", query={"force": "true"}, **of)
    await log.does("DELETE /hosts/{host_id}/volumes/{volume}", "volume.remove", volume="spare", **of)
    await log.does("POST /hosts/{host_id}/prune", "container.prune", {"kinds": ["containers"]}, **of)
    assert dock.exec("docker ps -aq --filter name=old").strip() == ""
    assert dock.exec("docker volume ls -q --filter name=spare").strip() == ""
    with registry(dock.pid) as address:
        pulling = "POST /hosts/{host_id}/images/pull"
        slow = await log.does(pulling, "image.pull", {"reference": f"{address}/slow/box:2"}, **of)
        cancel = "DELETE /hosts/{host_id}/pulls/{pull_id}"
        await log.does(cancel, "image.pull_cancel", pull_id=slow["id"], **of)
        assert (await ended(watched, host_id, slow["id"]))["state"] == "cancelled"
        pull = await log.does(pulling, "image.pull", {"reference": f"{address}/my/box:1"}, **of)
        done = await ended(watched, host_id, pull["id"])
        assert (done["state"], done["error"]) == ("done", "")
        assert done["current_bytes"] == done["total_bytes"] > NOISE_BYTES
        assert dock.exec(f"docker run --rm {address}/my/box:1 /bin/sh -c 'echo it runs'").strip() == "it runs"
        gone = await log.does(pulling, "image.pull", {"reference": f"{address}/my/box:none"}, **of)
        assert (await ended(watched, host_id, gone["id"]))["state"] == "failed"
    listed = await watched.api.call("GET", f"/hosts/{host_id}/images")
    pulled = next(item for item in listed["items"] if f"{address}/my/box:1" in item["tags"])
    await log.does("DELETE /hosts/{host_id}/images/{image}", "image.remove", image=pulled["id"], **of)
    assert "my/box" not in dock.exec("docker images")
    assert log.driven == OF_HOSTS["containers"]
