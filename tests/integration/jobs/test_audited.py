"""What the rights table cannot bring to an end, done over a real host: each leaves its entry in the audit log, once."""

from __future__ import annotations

from typing import Any

from tests.integration.jobs.conftest import Shop
from tests.support.sshd import Sshd


async def written(shop: Shop) -> list[str]:
    """The actions of jobs, templates and schedules, the newest first."""
    rows = (await shop.get("/audit", limit=100))["items"]
    return [row["action"] for row in rows if row["action"].startswith(("job", "schedule"))]


async def test_what_is_done_with_jobs_templates_and_schedules_is_written_down(shop: Shop, sshd: Sshd) -> None:
    host = await shop.add(sshd)
    targets = {"host_ids": [host]}
    template = {"name": "count", "kind": "command", "spec": {"command": "true"}, "targets": targets}
    made = (await shop.admin.post("/job-templates", json=template)).json()["id"]
    first = await shop.ran([host], "true")

    async def deed(method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        before = len(await written(shop))
        answer = await shop.admin.request(method, path, json=body)
        assert answer.is_success, answer.text
        after = await written(shop)
        assert len(after) == before + 1, (path, after)
        return answer.json() if answer.content else None

    await shop.until((await deed("POST", f"/jobs/{first['id']}/relaunch", {}))["id"])
    await shop.until((await deed("POST", f"/job-templates/{made}/launch", {}))["id"])
    await deed("DELETE", f"/jobs/{first['id']}")
    rule = {"kind": "cron", "expression": "0 4 * * *"}
    await deed("POST", "/schedules", {"name": "daily", "template_id": made, "rule": rule})
    assert (await written(shop)).count("job.launch") == 3
