"""Couriers that are killed at any moment, and two at once: every notice is delivered, and none under two names."""

from __future__ import annotations

import asyncio
import os
import random
import sys
from asyncio.subprocess import Process
from collections import Counter
from pathlib import Path

import pytest

from controller.notify.news import News, put
from tests.integration.notify.conftest import Post
from tests.support.front import Front

ROOT = Path(__file__).resolve().parents[3]


async def courier(front: Front, folder: Path) -> Process:
    """A courier in a process of its own."""
    url = front.controller.database.url.render_as_string(hide_password=False)
    environment = {**os.environ, "DATABASE_URL": url, "KEY_FILE": str(folder / "master.key")}
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.integration.notify.courier_process", cwd=ROOT, env=environment
    )


async def news(post: Post, number: int) -> None:
    """One notice that has a message of its own."""
    async with post.front.controller.database.session() as session:
        put(session, News.JOB_FAILED, post.now, detail={"name": f"job {number}", "path": f"/jobs/{number}"})


async def until(post: Post, number: int) -> None:
    """Wait until the database says that so many were sent."""
    async with asyncio.timeout(60):
        while await post.front.rows("select count(*) from notify_delivery where state = 'sent'") != [number]:
            await asyncio.sleep(0.05)


@pytest.mark.parametrize("rounds", [3, pytest.param(20, marks=[pytest.mark.long, pytest.mark.timeout(600)])])
async def test_killed_at_any_moment_none_is_lost_and_what_comes_twice_has_one_name(
    post: Post, tmp_path: Path, rounds: int
) -> None:
    await post.channel()
    await post.route(news=["job_failed"])
    post.server.delay_s = 0.02
    chance = random.Random(rounds)  # the same moments at every run
    for number in range(rounds):
        for each in range(10):
            await news(post, number * 10 + each)
        process = await courier(post.front, tmp_path)
        before = len(post.server.got)
        async with asyncio.timeout(60):
            while len(post.server.got) == before:  # it is at work
                await asyncio.sleep(0.005)
        await asyncio.sleep(chance.uniform(0, 0.15))
        process.kill()
        await process.wait()
    last = await courier(post.front, tmp_path)
    try:
        await until(post, rounds * 10)
    finally:
        last.kill()
        await last.wait()
    names = {got.mail["Message-ID"]: got.mail["Subject"] for got in post.server.got}
    assert sorted(names.values()) == sorted(f"job {number}: failed" for number in range(rounds * 10))
    twice = [name for name, count in Counter(got.mail["Message-ID"] for got in post.server.got).items() if count > 1]
    assert len(twice) <= rounds  # at most the one that each kill cut short


async def test_two_couriers_deliver_each_notice_once(post: Post, tmp_path: Path) -> None:
    await post.channel()
    await post.route(news=["job_failed"])
    couriers = [await courier(post.front, tmp_path) for _ in range(2)]
    try:
        for number in range(60):
            await news(post, number)
        await until(post, 60)
    finally:
        for one in couriers:
            one.kill()
            await one.wait()
    assert sorted(got.mail["Subject"] for got in post.server.got) == sorted(f"job {n}: failed" for n in range(60))
