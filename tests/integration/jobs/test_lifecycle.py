"""A job's life when things break: lines, hosts, the controller; and what rights, approvals and locks do to it."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.integration.jobs.conftest import ENDED, Shop, alive
from tests.integration.polling.conftest import Running, started
from tests.support.api import ApiError
from tests.support.sshd import Sshd

HOLD = "echo on; sleep 491; echo never"


async def begun(shop: Shop, host_ids: list[int], **more: Any) -> tuple[int, str]:
    """A job that runs, and its mark."""
    job = await shop.launch(host_ids, HOLD, **more)
    await shop.says(job["id"], "on\n")
    (mark,) = await shop.front.rows("select mark from job where id = :id", id=job["id"])
    return job["id"], mark


async def gone(mark: str, within_s: float = 8.0) -> None:
    """Wait until nothing of the job is alive."""
    async with asyncio.timeout(within_s):
        while alive(mark):
            await asyncio.sleep(0.05)


async def test_a_line_that_breaks_ends_the_work_and_is_said(shop: Shop, sshd: Sshd) -> None:
    host = await shop.add(sshd)
    job_id, mark = await begun(shop, [host])
    for pid in sshd.descendants():  # the sessions of sshd, not what runs in them
        if b"sshd" in Path(f"/proc/{pid}/cmdline").read_bytes():
            os.kill(pid, signal.SIGKILL)
    done = await shop.until(job_id)
    (result,) = (await shop.hosts(job_id)).values()
    assert (done["state"], result["state"]) == ("failed", "unreachable")
    await gone(mark)
    settled = await shop.until(job_id, has=lambda job: job["may_still_run"] == 0)
    assert settled["state"] == "failed"


async def test_a_host_that_does_not_answer_may_still_run_it_and_is_dealt_with_later(shop: Shop, sshd: Sshd) -> None:
    host = await shop.add(sshd)
    job_id, mark = await begun(shop, [host])
    sshd.freeze()
    try:
        await shop.admin.post(f"/jobs/{job_id}/cancel", json={})
        done = await shop.until(job_id, within_s=30)
        (result,) = (await shop.hosts(job_id)).values()
        assert (done["state"], done["may_still_run"]) == ("canceled", 1)
        assert (result["state"], result["may_still_run"]) == ("canceled", True)
    finally:
        sshd.thaw()
    await gone(mark, 20)
    await shop.until(job_id, has=lambda job: job["may_still_run"] == 0, within_s=60)


async def test_a_changed_key_is_unreachable_and_nothing_is_sent(shop: Shop, sshd: Sshd) -> None:
    host = await shop.add(sshd, enabled=False)
    sshd.change_host_keys()
    await shop.admin.patch(f"/hosts/{host}", json={"enabled": True})
    job = await shop.ran([host], "touch /tmp/was-here", limits={"retries": 2})
    (result,) = (await shop.hosts(job["id"])).values()
    assert (result["state"], result["attempts"]) == ("unreachable", 1)
    assert "not the approved one" in result["note"]


async def test_a_host_that_is_away_is_tried_again_and_the_work_is_done_once(shop: Shop, sshd: Sshd) -> None:
    host = await shop.add(sshd)
    await shop.ran([host], "true")
    sshd.stop()
    limits = {"retries": 10, "retry_wait_s": 1}
    job = await shop.launch([host], "echo once", limits=limits)
    async with asyncio.timeout(30):
        while (await shop.hosts(job["id"]))["web-1"]["attempts"] < 2:
            await asyncio.sleep(0.05)
    sshd.start()
    done = await shop.until(job["id"], within_s=60)
    (result,) = (await shop.hosts(job["id"])).values()
    assert (done["state"], result["state"], result["note"]) == ("succeeded", "ok", "")
    assert result["attempts"] > 2
    assert await shop.output(job["id"]) == "once\n"


async def test_a_host_that_stays_away_is_tried_as_often_as_was_asked(shop: Shop, sshd: Sshd) -> None:
    host = await shop.add(sshd)
    await shop.ran([host], "true")
    sshd.stop()
    job = await shop.ran([host], "echo never", limits={"retries": 2, "retry_wait_s": 1})
    (result,) = (await shop.hosts(job["id"])).values()
    assert (job["state"], result["state"], result["attempts"]) == ("failed", "unreachable", 3)
    assert result["note"]
    sshd.start()


async def test_a_line_that_breaks_before_the_host_says_it_began_is_not_tried_again(
    shop: Shop, make_sshd: Callable[..., Sshd]
) -> None:
    slow = make_sshd(shell="/bin/bash", home_files={".bashrc": "sleep 3.21\n"})
    host = await shop.add(slow)
    async with asyncio.timeout(40):  # the collector's shell is as slow, and is not meant below
        while (await shop.get(f"/hosts/{host}"))["state"] != "up" or alive("sleep\x003.21"):
            await asyncio.sleep(0.1)
    job = await shop.launch([host], "echo here; sleep 494", limits={"retries": 3, "retry_wait_s": 1})
    (mark,) = await shop.front.rows("select mark from job where id = :id", id=job["id"])
    await shop.until(job["id"], "running", has=lambda _: alive("sleep\x003.21"))
    for pid in slow.descendants():
        if b"sshd" in Path(f"/proc/{pid}/cmdline").read_bytes():
            os.kill(pid, signal.SIGKILL)
    await shop.until(job["id"])
    (result,) = (await shop.hosts(job["id"])).values()
    assert (result["state"], result["attempts"]) == ("unreachable", 1)
    assert "not known whether it has begun" in result["note"]
    await shop.until(job["id"], has=lambda job: job["may_still_run"] == 0, within_s=60)
    assert alive(mark) == []


async def test_a_second_person_approves(shop: Shop, sshd: Sshd) -> None:
    host = await shop.add(sshd)
    job = await shop.launch([host], "echo done", needs_approval=True)
    assert job["state"] == "waiting_approval"
    other = await shop.front.user("other", role="operator", all_hosts=True)
    viewer = await shop.front.user("viewer", role="viewer", all_hosts=True)
    blind = await shop.front.user("blind", role="operator", all_hosts=False)
    refused = [
        (await who.post(f"/jobs/{job['id']}/approve", json={})).status_code for who in (shop.admin, viewer, blind)
    ]
    assert refused == [403, 403, 404]
    assert (await shop.job(job["id"]))["state"] == "waiting_approval"
    shown = await shop.get(f"/jobs/{job['id']}", other)
    assert shown["may_approve"]
    assert (await other.post(f"/jobs/{job['id']}/approve", json={"note": "fine"})).status_code == 200
    done = await shop.until(job["id"])
    assert (done["state"], done["approved_by"]) == ("succeeded", "other")
    rejected = await shop.launch([host], "echo done", needs_approval=True)
    await other.post(f"/jobs/{rejected['id']}/reject", json={"note": "not today"})
    told = await shop.job(rejected["id"])
    assert (told["state"], told["code"], "not today" in told["note"]) == ("canceled", "rejected", True)
    written = {row["action"] for row in (await shop.get("/audit"))["items"]}
    assert {"job.launch", "job.approve", "job.reject"} <= written


async def test_locks_make_wait_or_refuse(shop: Shop, sshd: Sshd) -> None:
    host = await shop.add(sshd)
    job_id, _ = await begun(shop, [host], lock="host")
    waits = await shop.launch([host], "echo next", lock="host")
    problem = await shop.launch([host], "true", 409, lock="host", on_lock="refuse")
    assert problem["code"] == "locked"
    free = await shop.ran([host], "true")
    assert (free["state"], (await shop.job(waits["id"]))["state"]) == ("succeeded", "pending")
    await shop.admin.post(f"/jobs/{job_id}/cancel", json={})
    assert (await shop.until(waits["id"]))["state"] == "succeeded"


async def test_rights_that_go_end_what_runs_by_them(shop: Shop, sshd: Sshd) -> None:
    group = (await shop.admin.post("/groups", json={"name": "web"})).json()["id"]
    host = await shop.add(sshd, group_ids=[group])
    ann = await shop.front.user("ann", role="operator", group_ids=[group])
    job_id, mark = await begun(shop, [host], who=ann)
    (user_id,) = await shop.front.rows("select id from user_account where username = 'ann'")
    await shop.admin.patch(f"/users/{user_id}", json={"group_ids": []})
    done = await shop.until(job_id)
    assert (done["state"], done["code"]) == ("canceled", "rights_gone")
    assert alive(mark) == []


async def test_one_sees_results_of_ones_own_hosts_alone(shop: Shop, make_sshd: Callable[..., Sshd]) -> None:
    group = (await shop.admin.post("/groups", json={"name": "alfa"})).json()["id"]
    mine = await shop.add(make_sshd(), "alfa-1", group_ids=[group])
    theirs = await shop.add(make_sshd(address="127.0.0.2"), "bravo-1")
    job = await shop.ran([mine, theirs], "echo I am $MOORLINE_HOST")
    viewer = await shop.front.user("vera", role="viewer", group_ids=[group])
    shown = await shop.get(f"/jobs/{job['id']}", viewer)
    assert (shown["hosts"], shown["hidden_hosts"], shown["counts"]) == (1, 1, {"ok": 1})
    for path in ("hosts", "groups", "output", "search?text=bravo", "events", "files", "export", "download"):
        answer = await viewer.get(f"/jobs/{job['id']}/{path}")
        assert answer.status_code == 200, answer.text
        assert "bravo" not in answer.text, path
    asked = await viewer.get(f"/jobs/{job['id']}/output", params={"host_id": theirs})
    assert asked.json()["items"] == []
    other = await shop.ran([theirs], "true")
    assert (await viewer.get(f"/jobs/{other['id']}")).status_code == 404


async def test_a_stop_of_the_controller_ends_what_runs(shop: Shop, sshd: Sshd) -> None:
    host = await shop.add(sshd)
    job_id, mark = await begun(shop, [host])
    await shop.front.controller.jobs.close()
    job = await shop.job(job_id)
    assert (job["state"], job["code"], job["may_still_run"]) == ("interrupted", "stopped", 0)
    assert alive(mark) == []


PLAY = """
- hosts: all
  gather_facts: false
  vars: {ansible_python_interpreter: /usr/bin/python3}
  tasks:
    - {shell: "setsid sleep 4921 & sleep 4922", async: 1000, poll: 0}
    - {shell: "setsid sleep 4923 & sleep 4924", async: 1000, poll: 0, delegate_to: localhost}
    - raw: setsid sleep 4925 & sleep 4926
"""


async def settled(running: Running, *job_ids: int) -> list[dict[str, Any]]:
    """These jobs, once a controller that is just being started has dealt with them."""
    async with asyncio.timeout(60):
        while True:
            with suppress(ApiError, httpx.TransportError):
                jobs = [await running.api.call("GET", f"/jobs/{job_id}") for job_id in job_ids]
                if all(job["state"] in ENDED and job["may_still_run"] == 0 for job in jobs):
                    return jobs
            await asyncio.sleep(0.1)


async def _killed(running: Running, host_id: int) -> None:
    """Once: what ran is interrupted, what waited is done, and nothing is left on the host."""
    new = {"kind": "command", "targets": {"host_ids": [host_id]}}
    call = running.api.call
    ran = await call("POST", "/jobs", new | {"spec": {"command": HOLD}, "lock": "host"})
    async with asyncio.timeout(20):
        while not (await call("GET", f"/jobs/{ran['id']}/output"))["items"]:
            await asyncio.sleep(0.05)
    waits = await call("POST", "/jobs", new | {"spec": {"command": "echo later"}, "lock": "host"})
    await running.controller.kill()
    await running.controller.start()
    first, second = await settled(running, ran["id"], waits["id"])
    assert (first["state"], first["code"]) == ("interrupted", "restarted")
    assert second["state"] == "succeeded"
    assert alive("sleep\x00491") == []


def _mark(pid: int, job_id: int) -> str:
    """The word in a process's environment that tells whose it is."""
    environment = Path(f"/proc/{pid}/environ").read_text()
    return next(one for one in environment.split("\0") if one.startswith(f"MOORLINE_JOB={job_id}-"))


async def _killed_in_a_play(running: Running, host_id: int) -> None:
    """Once: the job is interrupted, and of Ansible and all that it started nothing is left, here or on the host."""
    spec = {"kind": "playbook", "spec": {"playbook": "own/1"}, "targets": {"host_ids": [host_id]}}
    job = await running.api.call("POST", "/jobs", spec)
    async with asyncio.timeout(40):
        while not all(alive(f"sleep\x00492{number}") for number in range(1, 7)):
            await asyncio.sleep(0.05)
    [mark] = {_mark(pid, job["id"]) for number in (1, 2, 5, 6) for pid in alive(f"sleep\x00492{number}")}
    await running.controller.kill()
    await running.controller.start()
    [job] = await settled(running, job["id"])
    assert (job["state"], job["code"]) == ("interrupted", "restarted")
    assert alive("sleep\x00492") == []
    assert alive(f"MOORLINE_ANSIBLE_RUN={running.controller.data_dir}") == []
    assert alive(mark) == []
    assert not list((running.controller.data_dir / "ansible" / "runs").iterdir())


KILLS = [
    pytest.param(3, marks=pytest.mark.timeout(180)),
    pytest.param(20, marks=[pytest.mark.long, pytest.mark.timeout(900)]),
]


@pytest.mark.parametrize("times", KILLS)
async def test_a_killed_controller_says_what_was_interrupted_and_leaves_nothing(
    sshd: Sshd, tmp_path: Path, times: int
) -> None:
    async with started(tmp_path) as running:
        host = await running.add(sshd, "web-1")
        await running.up(host)
        for _ in range(times):
            await _killed(running, host["id"])


@pytest.mark.parametrize("times", KILLS)
async def test_a_controller_killed_in_a_play_leaves_nothing_of_it(sshd: Sshd, tmp_path: Path, times: int) -> None:
    async with started(tmp_path) as running:
        host = await running.add(sshd, "web-1")
        await running.up(host)
        await running.api.call("POST", "/library/own", {"name": "holds", "text": PLAY})
        for _ in range(times):
            await _killed_in_a_play(running, host["id"])
