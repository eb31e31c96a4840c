"""Library playbooks as jobs, over Moorline's own lines."""

from __future__ import annotations

import asyncio
import shutil
import subprocess
import sysconfig
from pathlib import Path
from typing import Any

import pytest

from tests.integration.containers.conftest import Watched, watching
from tests.integration.playbooks.conftest import Raise
from tests.integration.playbooks.test_library import KEY, offer
from tests.support.lab import Lab

pytestmark = [pytest.mark.root, pytest.mark.long, pytest.mark.timeout(900)]
ENDED = {"succeeded", "failed", "canceled", "interrupted"}


async def ran(watched: Watched, name: str, host_id: int, **extra: Any) -> tuple[dict[str, Any], str]:
    """The job once it has ended, and all that was said."""
    reference = name if "/" in name else f"library/{name}"
    body = {"kind": "playbook", "spec": {"playbook": reference, "extra": extra}}
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


THEIRS = Path(sysconfig.get_path("purelib"), "ansible_collections/community/sops")
SITE = "- hosts: all\n  become: true\n  tasks:\n    - include_role: {name: community.sops._install_age}\n"


async def project(watched: Watched, folder: Path) -> str:
    """A Git project with that role of others' in its collection, as it came, and a play of it; its reference."""
    shutil.copytree(THEIRS, folder / "collections/ansible_collections/community/sops")
    (folder / "site.yml").write_text(SITE)
    who = ["-c", "user.name=x", "-c", "user.email=x@example.org", "-c", "init.defaultBranch=main"]
    for words in (["init", "-q"], ["add", "."], ["commit", "-q", "-m", "Theirs"]):
        await asyncio.to_thread(subprocess.run, ["git", *who, *words], cwd=folder, check=True)
    made = await watched.api.call("POST", "/library/projects", {"name": "theirs", "url": f"file://{folder}"})
    await watched.api.call("POST", f"/library/projects/{made['id']}/sync")
    async with asyncio.timeout(60):
        while True:
            listed = (await watched.api.call("GET", "/library/projects"))["items"]
            [found] = [one for one in listed if one["id"] == made["id"]]
            if found["state"] == "ready":
                return f"git/{made['id']}/site.yml"
            assert found["state"] == "syncing", found["error"]
            await asyncio.sleep(0.1)


async def test_a_role_by_others_runs_unchanged(lab: Lab, tmp_path: Path, raise_hosts: Raise) -> None:
    (host,) = raise_hosts("line-two")
    offer(host, "age", "1.0")
    host.exec("apt-get -q update")
    async with watching(lab, tmp_path) as watched:
        host_id = await watched.add(host)
        theirs, said = await project(watched, tmp_path / "theirs"), ""
        for counts in ({"changed": 1}, {"ok": 1}):
            job, said = await ran(watched, theirs, host_id)
            assert job["counts"] == counts, said[-6000:]
        assert host.exec("cat /usr/share/age/version").strip() == "1.0"
        assert "Show system information" in said
