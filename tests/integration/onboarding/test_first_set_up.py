"""What follows once a host is in: a template run on it, its figures; left, broken off, gone on with."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from tests.integration.onboarding.conftest import Desk, home, step
from tests.support.sshd import Sshd

pytestmark = pytest.mark.timeout(180)
ASKS = {"name": "word", "label": "A word"}


async def template(desk: Desk, command: str, *questions: dict[str, Any], **more: Any) -> int:
    """A command as a template."""
    new = {"name": "First steps", "kind": "command", "spec": {"command": command}, "survey": list(questions)}
    return int((await desk.call("POST", "/job-templates", 201, new | more))["id"])


async def until_job(desk: Desk, begun: dict[str, Any]) -> dict[str, Any]:
    """Wait until its job runs."""
    async with asyncio.timeout(60):
        while True:
            now: dict[str, Any] = await desk.call("GET", f"/onboardings/{begun['id']}")
            number = now["found"].get("init_job_id")
            if step(now, "init")["detail"] and (await desk.call("GET", f"/jobs/{number}"))["state"] == "running":
                return now
            assert now["state"] == "running", now
            await asyncio.sleep(0.05)


async def test_a_template_runs_on_the_new_host_and_its_figures_come(desk: Desk, make_sshd: Callable[..., Sshd]) -> None:
    daemon = make_sshd()
    number = await template(desk, "echo {{ word }} >first", ASKS)
    unanswered = await desk.call("POST", "/onboardings", 400, wish(daemon, init={"template_id": number}))
    assert unanswered["errors"][0]["field"] == "init.params.word"
    done = await desk.bring(daemon, init={"template_id": number, "params": {"word": "it's {{ me }}"}})
    assert done["state"] == "done", done
    assert [one["name"] for one in done["steps"]][-2:] == ["init", "watch"]
    assert (home(daemon) / "first").read_text() == "it's {{ me }}\n"
    job = await desk.call("GET", f"/jobs/{done['found']['init_job_id']}")
    assert (job["state"], job["template_id"], job["launched_by"]) == ("succeeded", number, "admin")
    assert step(done, "watch")["detail"] == "Its figures come in."
    assert (await desk.call("GET", f"/hosts/{done['host_id']}"))["state"] == "up"


def wish(daemon: Sshd, **more: Any) -> dict[str, Any]:
    """A host to bring in."""
    return {
        "address": daemon.address, "port": daemon.port, "username": "ops", "password": daemon.password,
        "host_key": daemon.host_keys[0],
    } | more  # fmt: skip


async def test_a_set_up_that_fails_says_why_and_is_gone_on_with_without_a_password(
    desk: Desk, make_sshd: Callable[..., Sshd]
) -> None:
    daemon = make_sshd()
    number = await template(desk, "test -e ready")
    failed = await desk.bring(daemon, init={"template_id": number})
    assert (failed["state"], step(failed, "init")["code"], failed["needs_password"]) == ("failed", "init_failed", False)
    assert f"Look at job {failed['found']['init_job_id']}" in step(failed, "init")["detail"]
    assert failed["host_id"] is not None
    (home(daemon) / "ready").touch()
    before = daemon.log.count("Accepted password")
    await desk.call("POST", f"/onboardings/{failed['id']}/resume", 200, {})
    done = await desk.ended(failed)
    assert done["state"] == "done", done
    assert done["found"]["init_job_id"] > failed["found"]["init_job_id"]
    assert daemon.log.count("Accepted password") == before


async def test_breaking_off_ends_its_job_too(desk: Desk, make_sshd: Callable[..., Sshd]) -> None:
    daemon = make_sshd()
    begun = await desk.begin(daemon, init={"template_id": await template(desk, "exec sleep 876")})
    running = await until_job(desk, begun)
    assert step(running, "init")["detail"] == f"Task {running['found']['init_job_id']} runs."
    await desk.call("POST", f"/onboardings/{begun['id']}/cancel", 200)
    async with asyncio.timeout(30):
        while (job := await desk.call("GET", f"/jobs/{running['found']['init_job_id']}"))["state"] == "running":
            await asyncio.sleep(0.1)
    assert (job["state"], "broken off" in job["note"]) == ("canceled", True)
    ended = await desk.call("GET", f"/onboardings/{begun['id']}")
    assert (ended["state"], step(ended, "init")["code"]) == ("canceled", "canceled")


async def test_a_set_up_that_still_runs_is_waited_for_and_not_doubled(
    desk: Desk, make_sshd: Callable[..., Sshd]
) -> None:
    """The controller ended while it waited; its job waits for an approval all the same, and is found again."""
    daemon = make_sshd()
    number = await template(desk, "true", needs_approval=True)
    begun = await desk.begin(daemon, init={"template_id": number})
    async with asyncio.timeout(60):
        while "waits" not in step(now := await desk.call("GET", f"/onboardings/{begun['id']}"), "init")["detail"]:
            await asyncio.sleep(0.05)
    ways_in = desk.front.controller.ways_in
    await ways_in._attempts.close()
    ways_in._attempts._closing = False
    stopped = await desk.call("GET", f"/onboardings/{begun['id']}")
    assert stopped["state"] == "interrupted"
    await desk.call("POST", f"/onboardings/{begun['id']}/resume", 200, {})
    second = await desk.front.user("second", role="admin", all_hosts=True)
    answer = await second.post(f"/jobs/{now['found']['init_job_id']}/approve", json={})
    assert answer.status_code == 200, answer.text
    done = await desk.ended(begun)
    assert (done["state"], done["found"]["init_job_id"]) == ("done", now["found"]["init_job_id"])


@pytest.mark.parametrize(
    ("question", "more", "field", "says"),
    [
        ({"name": "pin", "type": "secret"}, {}, "init", "asks for a secret"),
        (ASKS, {"access": "monitor", "init_params": {"word": "x"}}, "init", "only watches"),
        (ASKS, {"init_params": {"word": "x", "other": "y"}}, "init.params.other", "Nobody asked"),
    ],
)
async def test_what_could_not_be_done_is_refused_before_a_password_is_sent(
    desk: Desk,
    make_sshd: Callable[..., Sshd],
    *,
    question: dict[str, Any],
    more: dict[str, Any],
    field: str,
    says: str,
) -> None:
    daemon = make_sshd()
    given = dict(more)
    init = {"template_id": await template(desk, "echo {{ word }}" if question is ASKS else "echo", question)}
    init["params"] = given.pop("init_params", {})
    refused = await desk.call("POST", "/onboardings", 400, wish(daemon, init=init, **given))
    assert refused["errors"][0]["field"] == field
    assert says in refused["detail"] + refused["errors"][0]["message"]
    assert "assword" not in daemon.log


async def test_a_template_that_is_not_there_is_said_so(desk: Desk, make_sshd: Callable[..., Sshd]) -> None:
    refused = await desk.call("POST", "/onboardings", 400, wish(make_sshd(), init={"template_id": 10**9}))
    assert refused["errors"][0]["field"] == "init.template_id"


async def test_a_set_up_that_cannot_be_mended_is_left_out(desk: Desk, make_sshd: Callable[..., Sshd]) -> None:
    failed = await desk.bring(make_sshd(), init={"template_id": await template(desk, "false")})
    assert step(failed, "init")["state"] == "failed"
    await desk.call("POST", f"/onboardings/{failed['id']}/resume", 200, {"without_init": True})
    done = await desk.ended(failed)
    assert (done["state"], step(done, "init")["state"]) == ("done", "skipped")
