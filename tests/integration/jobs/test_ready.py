"""Shells that are held ready: each serves one job, nothing of an earlier job reaches a later one, and none stays."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from controller.jobs.kind import Become
from controller.jobs.ready import Ready
from controller.jobs.remote import Where
from tests.integration.jobs.conftest import Shop, alive
from tests.support.sshd import Sshd


def ready(shop: Shop) -> Ready:
    """The application's."""
    return shop.front.controller.jobs.services.ready


async def until(true: Callable[[], object]) -> None:
    """Wait for it."""
    deadline = time.monotonic() + 15
    while not true():
        assert time.monotonic() < deadline
        await asyncio.sleep(0.05)


def shells(sshd: Sshd) -> set[int]:
    """Shells on the host that read what to do: collectors', and those that wait."""
    found = set()
    for pid in sshd.descendants():
        try:
            words = Path(f"/proc/{pid}/cmdline").read_bytes()
        except OSError:
            continue
        if words == b"/bin/sh\0-s\0":
            found.add(pid)
    return found


async def test_the_next_command_finds_a_shell_and_none_is_used_twice(shop: Shop, sshd: Sshd) -> None:
    host = await shop.add(sshd)
    parents: list[str] = []
    waits: set[int] = set()
    for _ in range(3):
        job = await shop.ran([host], "echo parent $PPID; export LEFT=behind; cd /; umask 0")
        parents.append((await shop.output(job["id"])).split()[1])
        await until(lambda: ready(shop).host_ids == {host})
        assert int(parents[-1]) not in shells(sshd)
        waits = shells(sshd)
    assert len(set(parents)) == 3
    job = await shop.ran([host], 'echo "$PPID [$LEFT]"')
    parent, left = (await shop.output(job["id"])).split()
    assert int(parent) in waits
    assert left == "[]"


async def test_what_a_job_leaves_in_the_background_is_not_heard_by_the_next(shop: Shop, sshd: Sshd) -> None:
    host = await shop.add(sshd)
    first = await shop.ran([host], "(for i in $(seq 40); do sleep 0.1; echo mutter; done) & echo asked")
    await until(lambda: ready(shop).host_ids == {host})
    second = await shop.ran([host], "sleep 1; echo answered")
    assert await shop.output(second["id"]) == "answered\n"
    assert "asked" in await shop.output(first["id"])


async def test_a_shell_that_was_ended_meanwhile_harms_nobody(shop: Shop, sshd: Sshd) -> None:
    host = await shop.add(sshd)
    before = shells(sshd)
    await shop.ran([host], "true")
    await until(lambda: ready(shop).host_ids == {host})
    for pid in shells(sshd) - before:
        os.kill(pid, signal.SIGSTOP)  # so that its end and the next program meet
        os.kill(pid, signal.SIGKILL)
    job = await shop.ran([host], "echo fine")
    assert (job["state"], await shop.output(job["id"])) == ("succeeded", "fine\n")


async def test_one_a_host_is_opened_and_given_up_in_time_and_at_the_end(shop: Shop, sshd: Sshd) -> None:
    host = await shop.add(sshd)
    pool = shop.front.controller.pool
    await until(lambda: pool.spare(host))
    mine = Ready(pool, hold_s=2)
    before = shells(sshd)
    mine.prepare([host, 4711])
    mine.prepare([host])
    await until(lambda: mine.host_ids == {host})
    await until(lambda: len(shells(sshd) - before) == 1)  # probes come and go
    await until(lambda: not mine.host_ids and not shells(sshd) - before)
    mine.prepare([host])
    await until(lambda: mine.host_ids)
    await mine.close()
    assert mine.host_ids == set()
    await until(lambda: not shells(sshd) - before)


@pytest.mark.parametrize(("become", "plain"), [(None, True), (Become("ops"), True), (Become("root"), False)])
def test_it_is_for_whom_the_line_logs_in_as_and_nobody_else(become: Become | None, plain: bool) -> None:
    assert Where(1, "ops", become).plain is plain


async def test_a_cancelled_job_in_such_a_shell_leaves_nothing(shop: Shop, sshd: Sshd) -> None:
    host = await shop.add(sshd)
    await shop.ran([host], "true")
    await until(lambda: ready(shop).host_ids == {host})
    job = await shop.launch([host], "setsid sleep 4711 & sleep 4712; true")
    await shop.until(job["id"], "running")
    await until(lambda: alive("sleep\x004711") and alive("sleep\x004712"))
    await shop.admin.post(f"/jobs/{job['id']}/cancel", json={})
    ended = await shop.until(job["id"])
    assert ended["state"] == "canceled"
    assert not alive("sleep\x00471")
