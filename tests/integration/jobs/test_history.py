"""History with many jobs: retention drops what is old or beyond the count, and only that; lists stay quick."""

from __future__ import annotations

import asyncio
import time

from sqlalchemy import text

from controller.jobs import upkeep
from tests.integration.jobs.conftest import Shop
from tests.support.sshd import Sshd

MANY, OLD, KEPT = 20_000, 4_000, 1_000
COLUMNS = (
    'kind, name, spec, targets, survey, params, limits, notify, "check", diff, lock, on_lock, code, note, launched_by,'
    " launched_by_id, mark, created_at, counts, stats"
)
HOSTS = ("host_id", "name", "exit_status", "note", "attempts", "bytes", "kept_bytes", "capped")


async def lived_long(shop: Shop, job_id: int) -> None:
    """Many copies of a job, the first of them a year old, with their host and what it said."""
    async with shop.front.controller.database.session() as session:
        for words in (
            f"insert into job ({COLUMNS}, state, started_at, ended_at) select {COLUMNS}, 'succeeded', now(),"
            f" now() - make_interval(days => case when n <= {OLD} then 365 else 0 end)"
            f" from job, generate_series(1, {MANY}) n where id = {job_id} order by n",
            f"insert into job_host (job_id, {', '.join(HOSTS)}, state, may_still_run)"
            f" select j.id, {', '.join(f'h.{name}' for name in HOSTS)}, 'ok', false"
            f" from job j, job_host h where h.job_id = {job_id} and j.id > {job_id}",
            "insert into job_chunk select j.id, c.seq, c.host_id, c.at, c.size, c.parts, c.data from job j, job_chunk c"
            f" where c.job_id = {job_id} and j.id > {job_id}",
        ):
            await session.execute(text(words))
        # a host of an old one was never asked again, another is still waited for
        await session.execute(text(f"update job_host set may_still_run = true where job_id = {job_id} + 1"))
        await session.execute(
            text(f"update job set state = 'waiting_approval', ended_at = null where id = {job_id} + 2")
        )


async def test_retention_drops_what_is_old_or_too_much_and_nothing_else(shop: Shop, sshd: Sshd) -> None:
    host = await shop.add(sshd)
    job = await shop.ran([host], "echo here")
    first = job["id"]
    await lived_long(shop, first)
    began = time.monotonic()
    page = await shop.get("/jobs", limit=50)
    assert (page["total"], len(page["items"])) == (MANY + 1, 50)
    assert page["items"][0]["id"] == first + MANY
    assert time.monotonic() - began < 5, "the list of jobs takes long"
    answer = await shop.admin.patch("/settings", json={"jobs": {"days": 90, "count": KEPT + OLD}})
    assert answer.status_code == 200, answer.text
    keeping = asyncio.create_task(upkeep.keep(shop.front.controller.database, shop.front.controller.jobs.office))
    try:
        async with asyncio.timeout(60):
            while (await shop.get("/jobs", limit=1))["total"] > KEPT + OLD + 2:
                await asyncio.sleep(0.1)
    finally:
        keeping.cancel()
        await asyncio.gather(keeping, return_exceptions=True)
    left = set(await shop.front.rows("select id from job"))
    newest = set(range(first + MANY - KEPT - OLD + 1, first + MANY + 1))
    assert left == newest | {first + 1, first + 2}
    for table in ("job_host", "job_chunk"):
        assert set(await shop.front.rows(f"select distinct job_id from {table}")) == left
    assert (await shop.get(f"/jobs/{first + MANY}/output"))["items"][0]["runs"][0] == "here\n"
