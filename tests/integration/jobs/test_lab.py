"""Jobs on hosts of a lab: with sudo and without, on busybox with dropbear, as somebody else."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from tests.integration.jobs.conftest import ENDED
from tests.integration.polling.test_lab import add, watched
from tests.support.api import Api
from tests.support.lab import HostSpec, Lab
from tests.support.lab.base import PASSWORD

pytestmark = [pytest.mark.root, pytest.mark.timeout(300)]


async def ran(api: Api, host_ids: list[int], command: str, **more: Any) -> tuple[dict[str, Any], dict[str, Any], str]:
    """A job to its end: itself, its first host's result, its output."""
    body = {"kind": "command", "spec": {"command": command}, "targets": {"host_ids": host_ids}} | more
    job = await api.call("POST", "/jobs", body)
    return await ended(api, job["id"])


async def ended(api: Api, job_id: int) -> tuple[dict[str, Any], dict[str, Any], str]:
    """The job once it has ended."""
    async with asyncio.timeout(60):
        while (job := await api.call("GET", f"/jobs/{job_id}"))["state"] not in ENDED:
            await asyncio.sleep(0.1)
    (first, *_) = (await api.call("GET", f"/jobs/{job_id}/hosts"))["items"]
    said = await api.raw("GET", f"/jobs/{job_id}/download", host_id=first["host_id"])
    return job, first, said.text


async def test_as_root_with_a_password_without_one_and_not_at_all(lab: Lab, tmp_path: Path) -> None:
    rule, free = {"etc/sudoers.d/ops": "ops ALL=(ALL) ALL\n"}, {"etc/sudoers.d/ops": "ops ALL=(ALL) NOPASSWD: ALL\n"}
    asks, lets, bare = lab.up(
        [
            HostSpec("asks", flavour="sudo", files=rule),
            HostSpec("lets", flavour="sudo", files=free),
            HostSpec("bare", flavour="sudo"),
        ]
    )
    try:
        async with watched(lab, tmp_path) as api:
            ids = {host.name: await add(api, lab, host) for host in (asks, lets, bare)}
            for host_id in ids.values():
                await api.wait_for_host(host_id, lambda now: bool(now["state"] == "up"), 40)
            root: dict[str, Any] = {"become": {"user": "root"}}
            _, result, said = await ran(api, [ids["lets"]], "id -un; echo $MOORLINE_HOST", **root)
            assert (result["state"], said) == ("ok", "root\nlets\n")
            _, result, said = await ran(api, [ids["lets"]], "id -un", become={"user": "nobody"})
            assert (result["state"], said) == ("ok", "nobody\n")
            _, result, said = await ran(api, [ids["asks"]], "id -un", password=PASSWORD, **root)
            assert (result["state"], said) == ("ok", "root\n"), result
            _, result, _ = await ran(api, [ids["asks"]], "id -un", password="wrong", **root)
            assert (result["state"], "does not take this password" in result["note"]) == ("failed", True), result
            _, result, _ = await ran(api, [ids["bare"]], "id -un", password=PASSWORD, **root)
            assert (result["state"], "sudo does not let" in result["note"]) == ("failed", True), result
            # what root started is ended, too, on the host with a password as on the one without, and what sudo started
            mine, its = "setsid sleep 461 & echo on; sleep 462", "sudo -n setsid sleep 465 & echo on; sudo -n sleep 466"
            typed: dict[str, Any] = root | {"password": PASSWORD}
            for name, command, more in (("asks", mine, typed), ("lets", mine, typed), ("lets", its, {})):
                body = {"kind": "command", "spec": {"command": command}, "targets": {"host_ids": [ids[name]]}, **more}
                job = await api.call("POST", "/jobs", body)
                async with asyncio.timeout(20):
                    while not (await api.call("GET", f"/jobs/{job['id']}/output"))["items"]:
                        await asyncio.sleep(0.05)
                await api.call("POST", f"/jobs/{job['id']}/cancel", {})
                done, result, _ = await ended(api, job["id"])
                assert (done["state"], result["state"], result["may_still_run"]) == ("canceled", "canceled", False)
            for host in (asks, lets):
                assert "sleep 46" not in host.exec("ps -eo args || true")
            assert PASSWORD not in Path(tmp_path / "controller.log").read_text()
            assert PASSWORD not in asks.exec("cat /var/log/auth.log /var/log/syslog 2>/dev/null; true")
    finally:
        lab.remove(asks, lets, bare)


async def test_busybox_and_dropbear_are_enough(lab: Lab, tmp_path: Path) -> None:
    (host,) = lab.up([HostSpec("tiny", flavour="tiny")])
    try:
        async with watched(lab, tmp_path) as api:
            host_id = await add(api, lab, host)
            await api.wait_for_host(host_id, lambda now: bool(now["state"] == "up"), 40)
            _, result, said = await ran(api, [host_id], "echo out; echo {{ host.name }}; exit 4")
            assert (result["state"], result["exit_status"], said) == ("failed", 4, "out\ntiny\n")
            script = {"script": "cat in.txt; echo data > out.txt; pwd", "fetch": ["out.txt"]}
            script["files"] = [{"name": "in.txt", "base64": "AAEC"}]  # type: ignore[list-item]
            job, result, said = await ran(api, [host_id], "", kind="script", spec=script)
            assert (result["state"], said[:3], job["files"]) == ("ok", "\0\1\2", 1), result
            assert host.exec(f"ls -d {said[3:].strip()} 2>&1 || true").endswith("No such file or directory\n")
            begun = await api.call(
                "POST",
                "/jobs",
                {"spec": {"command": "setsid sleep 463 & echo on; sleep 464"}, "targets": {"host_ids": [host_id]}},
            )
            async with asyncio.timeout(20):
                while not (await api.call("GET", f"/jobs/{begun['id']}/output"))["items"]:
                    await asyncio.sleep(0.05)
            await api.call("POST", f"/jobs/{begun['id']}/cancel", {})
            done, result, _ = await ended(api, begun["id"])
            assert (done["state"], result["may_still_run"]) == ("canceled", False), result
            assert "sleep 46" not in host.exec("ps || true")
    finally:
        lab.remove(host)
