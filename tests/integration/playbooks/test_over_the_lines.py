"""Library playbooks as jobs, over Moorline's own lines."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from tests.integration.containers.conftest import Watched, watching
from tests.integration.playbooks.conftest import Raise
from tests.integration.playbooks.test_library import KEY
from tests.support.lab import Lab

pytestmark = [pytest.mark.root, pytest.mark.long, pytest.mark.timeout(900)]
ENDED = {"succeeded", "failed", "canceled", "interrupted"}


async def ran(watched: Watched, name: str, host_id: int, **extra: Any) -> tuple[dict[str, Any], str]:
    """The job once it has ended, and all that was said."""
    body = {"kind": "playbook", "spec": {"playbook": f"library/{name}", "extra": extra}}
    job = await watched.api.call("POST", "/jobs", body | {"targets": {"host_ids": [host_id]}})
    async with asyncio.timeout(400):
        while job["state"] not in ENDED:
            await asyncio.sleep(0.2)
            job = await watched.api.call("GET", f"/jobs/{job['id']}")
    return job, (await watched.api.raw("GET", f"/jobs/{job['id']}/download")).text


async def test_playbooks_that_may_cut_off_change_once_and_then_nothing(
    lab: Lab, tmp_path: Path, database_address: str, raise_hosts: Raise
) -> None:
    (host,) = raise_hosts("line-one")
    (tiny,) = raise_hosts("line-tiny", flavour="tiny")
    plays: dict[str, dict[str, Any]] = {
        "users-and-keys": {"user_name": "ann", "user_keys": KEY},
        "sshd-hardening": {},
        "firewall": {"firewall_backend": "nftables"},
    }
    async with watching(lab, tmp_path, database_url=database_address) as watched:
        host_id, tiny_id = await watched.add(host), await watched.add(tiny)
        for name, extra in plays.items():
            for counts in ({"changed": 1}, {"ok": 1}):
                job, said = await ran(watched, name, host_id, **extra)
                assert job["counts"] == counts, said[-6000:]
        assert host.exec("sshd -T | grep '^passwordauthentication'").split()[1] == "no"
        _, said = await ran(watched, "time-and-ntp", tiny_id)
        assert "needs Python 3.8 or newer" in said
