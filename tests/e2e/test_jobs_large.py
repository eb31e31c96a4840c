"""Large jobs in the page, 600 hosts by 30 steps and a hundred thousand lines: only what is in sight is drawn."""

from __future__ import annotations

import asyncio
import json
import re

import psycopg
import pytest
from playwright.async_api import expect

from tests.e2e.browser import window
from tests.e2e.conftest import Front, enter, set_up
from tests.e2e.shells import add_daemon
from tests.support import sshd
from tests.support.api import Api

pytestmark = [pytest.mark.e2e, pytest.mark.root, pytest.mark.long, pytest.mark.timeout(300)]
HOSTS, STEPS = 600, 30
DRAWN = 100
LIKE = "state, exit_status, may_still_run, note, attempts, started_at, ended_at, digest, bytes, kept_bytes, capped"
LINES = 100_000
DIFF = "--- before\n+++ after\n@@ -1 +1 @@\n-PasswordAuthentication yes\n+PasswordAuthentication no\n"


async def finished(api: Api, command: str, host_id: int) -> int:
    """Run a command to its end; the job's id."""
    made = await api.call("POST", "/jobs", {"spec": {"command": command}, "targets": {"host_ids": [host_id]}})
    for _ in range(600):
        job = await api.call("GET", f"/jobs/{made['id']}")
        if job["ended_at"] is not None:
            assert job["state"] == "succeeded", job
            return int(made["id"])
        await asyncio.sleep(0.1)
    raise TimeoutError("the job does not end")


def make_large(address: str, job_id: int, own: int) -> None:
    """Make a large playbook of a job: rows as its executor would have written them."""
    with psycopg.connect(address) as database:
        hosts = [place for place in range(1, HOSTS + 1) if place != own]
        database.execute("UPDATE job SET kind = 'playbook', name = 'Harden' WHERE id = %s", [job_id])
        with database.cursor() as cursor:
            cursor.executemany(
                f"INSERT INTO job_host (job_id, host_id, name, {LIKE}) SELECT job_id, %s, %s, {LIKE} FROM job_host"
                " WHERE job_id = %s AND host_id = %s",
                [(place, f"node-{place}", job_id, own) for place in hosts],
            )
            result = json.dumps({"msg": "said", "invocation": {"module_args": {"path": "/etc/motd"}}})
            cursor.executemany(
                "INSERT INTO job_event (job_id, step, host_id, position, seq, play, title, action, state, started_at,"
                " ended_at, result, diff) VALUES (%s, %s, %s, %s, %s, 'all', %s, 'copy', %s, now(),"
                " now() + interval '1 second' * %s, %s, %s)",
                [
                    (job_id, f"s{step}", place, step, step * HOSTS + index + 1, f"Step {step}",
                     "changed" if step == 3 else "ok", step, result, DIFF if step == 3 else "")
                    for step in range(STEPS)
                    for index, place in enumerate([own, *hosts])
                ],
            )  # fmt: skip


async def test_six_hundred_hosts_and_thirty_steps(front: Front, database_address: str) -> None:
    with sshd.running() as daemon:
        async with await set_up(front) as api, window(front.browser, front.url) as (page, complaints):
            host_id = await add_daemon(api, daemon, "live")
            job_id = await finished(api, "true", host_id)
            make_large(database_address, job_id, host_id)
            await enter(page, front.url)
            await page.goto(f"/jobs/{job_id}")
            rows = page.locator("[data-grid-host]")
            await expect(rows.first.locator("[data-cell]")).to_have_count(
                STEPS, timeout=60_000
            )  # 18,000 cells come in parts
            assert 0 < await rows.count() < DRAWN
            grid = page.get_by_role("region", name="Hosts and steps")
            await grid.evaluate("box => box.scrollTo(0, box.scrollHeight)")
            await expect(page.locator("[data-grid-host='node-600']")).to_be_visible()
            assert await rows.count() < DRAWN
            await page.get_by_role("textbox", name="Search hosts here").fill("node-77")
            await expect(rows).to_have_count(1)
            await rows.locator("[data-cell='changed']").click()
            drawer = page.get_by_role("dialog")
            await expect(drawer.locator("[data-change='+']")).to_have_text("+ PasswordAuthentication no")
            await expect(drawer).to_contain_text("/etc/motd")
            await expect(page).to_have_url(re.compile("step=s3"))
            await page.keyboard.press("Escape")
            await page.get_by_role("tab", name="Times").click()
            await expect(page.get_by_text("Step 29")).to_be_visible()
            await page.get_by_role("tab", name="Hosts").click()
            await page.get_by_text("List", exact=True).click()
            await expect(page.locator("[data-job-host]").first).to_be_visible()
            assert await page.locator("[data-job-host]").count() < DRAWN
        assert complaints == []


async def test_a_hundred_thousand_lines_are_shown_from_their_end(front: Front) -> None:
    with sshd.running() as daemon:
        async with await set_up(front) as api, window(front.browser, front.url) as (page, complaints):
            host_id = await add_daemon(api, daemon, "live")
            line = "a line that is long enough to make some megabytes of all of them"
            job_id = await finished(api, f"seq -f '%.0f {line}' {LINES}", host_id)
            await enter(page, front.url)
            await page.goto(f"/jobs/{job_id}?tab=log")
            log = page.get_by_role("log")
            await page.get_by_role("button", name="Follow").click()
            await expect(log).to_contain_text(f"{LINES} {line}")
            assert await page.locator(".log-line").count() < DRAWN
            await page.get_by_role("textbox", name="Search the output").fill("4711 a line")
            await expect(log).to_contain_text(f"4711 {line}")  # far above what the page has read
            async with page.expect_download() as coming:
                await page.get_by_role("link", name="Download").click()
            said = (await (await coming.value).path()).read_text()
            assert said.count(line) == LINES
        assert complaints == []
