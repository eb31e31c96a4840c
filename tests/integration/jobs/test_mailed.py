"""What jobs do is mailed, each thing once, where the job asks for it: from the host that runs it to the mail server."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from controller.core.db import Database
from tests.integration.jobs.conftest import Shop, opened
from tests.support.mail import ADDRESS, Got, MailServer, mail_server, make_certificate
from tests.support.sshd import Sshd

TO = "ops@example.org"
KINDS = ("job_started", "job_succeeded", "job_failed", "job_long", "job_waits")
ALL = {"on_start": True, "on_success": True, "on_failure": True, "on_long": True, "on_wait": True}


@dataclass(slots=True)
class Post:
    """A running application with a route that wants all news of jobs, and the mail server behind it."""

    shop: Shop
    server: MailServer

    async def subjects(self, *wanted: str) -> Counter[str]:
        """What came, once it is all of that; then nothing more comes for two rounds of the courier."""
        async with asyncio.timeout(30):
            while Counter(wanted) - self.all():
                await asyncio.sleep(0.05)
        rounds = "select count(*) from notify_notice where spread_at is null"
        while await self.shop.front.rows(rounds) != [0]:
            await asyncio.sleep(0.05)
        while await self.shop.front.rows("select 1 from notify_delivery where state = 'pending'"):
            await asyncio.sleep(0.05)
        return self.all()

    def all(self) -> Counter[str]:
        """What came."""
        return Counter(str(got.mail["Subject"]) for got in self.server.got)

    def mail(self, subject: str) -> Got:
        """The one with that subject."""
        (found,) = [got for got in self.server.got if got.mail["Subject"] == subject]
        return found


async def route(shop: Shop, server: MailServer) -> None:
    """A channel to the server, and who is told."""
    options = {
        "host": ADDRESS, "port": server.port, "sender": "moorline@example.org", "authority": make_certificate()[0],
    }  # fmt: skip
    channel = await shop.admin.post("/notify/channels", json={"name": "Mail", "kind": "email", "options": options})
    body = {
        "name": "ops", "channel_id": channel.raise_for_status().json()["id"], "addresses": [TO], "news": KINDS,
        "all_hosts": True, "wait_s": 0, "interval_s": 0,
    }  # fmt: skip
    (await shop.admin.post("/notify/routes", json=body)).raise_for_status()


@pytest.fixture
async def post(shop: Shop) -> AsyncIterator[Post]:
    """The application and a mail server."""
    async with mail_server() as server:
        await route(shop, server)
        yield Post(shop, server)
        await shop.front.controller.courier.close()


async def launch(post: Post, host: int, name: str, command: str, **more: Any) -> int:
    """A job with a name; its id."""
    body = {"name": name, "notify": ALL, **more}
    return int((await post.shop.launch([host], command, **body))["id"])


async def test_start_success_failure_and_what_takes_too_long(post: Post, sshd: Sshd) -> None:
    host = await post.shop.add(sshd)
    good = await launch(post, host, "Good", "echo fine")
    assert (await post.shop.until(good))["state"] == "succeeded"
    bad = await launch(post, host, "Bad", "exit 3")
    assert (await post.shop.until(bad))["state"] == "failed"
    slow = await launch(post, host, "Slow", "sleep 2.5", limits={"long_after_s": 1})
    assert (await post.shop.until(slow))["state"] == "succeeded"
    wanted = [
        "Good: started", "Good: succeeded", "Bad: started", "Bad: failed",
        "Slow: started", "Slow: takes too long", "Slow: succeeded",
    ]  # fmt: skip
    assert await post.subjects(*wanted) == Counter(wanted)
    failed = post.mail("Bad: failed")
    assert failed.tls
    assert failed.recipients == [TO]
    assert f"http://127.0.0.1:{post.shop.port}/jobs/{bad}" in failed.text
    assert "By: admin" in failed.text
    assert "Hosts: 1, failed on 1" in failed.text
    assert "failed on" not in post.mail("Good: succeeded").text


async def test_only_what_the_job_asks_for_and_nothing_to_whoever_cancels(post: Post, sshd: Sshd) -> None:
    host = await post.shop.add(sshd)
    quiet = await launch(post, host, "Quiet", "exit 3", notify={})
    assert (await post.shop.until(quiet))["state"] == "failed"
    held = await launch(post, host, "Held", "echo on; sleep 300")
    await post.shop.says(held, "on")
    (await post.shop.admin.post(f"/jobs/{held}/cancel", json={})).raise_for_status()
    assert (await post.shop.until(held))["state"] == "canceled"
    last = await launch(post, host, "Last", "exit 1", notify={"on_failure": True})
    await post.shop.until(last)
    assert await post.subjects("Last: failed") == Counter(["Held: started", "Last: failed"])


async def test_a_job_of_a_schedule_and_one_that_waits_for_somebody(post: Post, sshd: Sshd) -> None:
    host = await post.shop.add(sshd)
    body = {
        "name": "Nightly", "spec": {"command": "exit 4"}, "targets": {"host_ids": [host]},
        "notify": {"on_failure": True},
    }  # fmt: skip
    template = (await post.shop.admin.post("/job-templates", json=body)).raise_for_status().json()["id"]
    rule = {"kind": "interval", "every_s": 86_400}
    new = {"name": "At night", "template_id": template, "rule": rule}
    schedule = (await post.shop.admin.post("/schedules", json=new)).raise_for_status().json()["id"]
    fire = (await post.shop.admin.post(f"/schedules/{schedule}/run")).raise_for_status().json()
    await post.subjects("Nightly: failed")
    assert f"/jobs/{fire['job_id']}" in post.mail("Nightly: failed").text
    careful = {**body, "name": "Careful", "needs_approval": True, "notify": {"on_wait": True}}
    other = (await post.shop.admin.post("/job-templates", json=careful)).raise_for_status().json()["id"]
    job = (await post.shop.admin.post(f"/job-templates/{other}/launch", json={})).raise_for_status().json()["id"]
    await post.subjects("Careful: waits for you")
    assert f"/jobs/{job}" in post.mail("Careful: waits for you").text


async def test_what_a_restart_interrupted_is_told_as_failed(
    database: Database, tmp_path: Path, sshd: Sshd, logged: Callable[[], str]
) -> None:
    async with mail_server() as server:
        async with opened(database, tmp_path) as shop:
            await route(shop, server)
            job = await launch(Post(shop, server), await shop.add(sshd), "Long", "echo on; sleep 300")
            await shop.says(job, "on")
        async with opened(database, tmp_path, "second") as again:
            found = Post(again, server)
            assert (await again.job(job))["state"] == "interrupted"
            assert await found.subjects("Long: failed") == Counter(["Long: started", "Long: failed"])
            await again.front.controller.courier.close()
