"""Commands on real hosts: output, exit statuses, answers, other accounts, limits."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from tests.integration.jobs.conftest import Shop, alive, hears
from tests.support.sshd import Sshd


async def test_a_command_runs_and_its_output_is_whole(shop: Shop, sshd: Sshd) -> None:
    host = await shop.add(sshd)
    job = await shop.ran([host], "echo eins; echo zwei >&2; printf 'drei é'")
    assert (job["state"], job["counts"], job["summary"]) == (
        "succeeded",
        {"ok": 1},
        "echo eins; echo zwei >&2; printf 'drei é'",
    )
    (result,) = (await shop.hosts(job["id"])).values()
    assert (result["state"], result["exit_status"], result["may_still_run"]) == ("ok", 0, False)
    said = await shop.output(job["id"])
    assert sorted(said.replace("drei é", "drei é\n").splitlines()) == ["drei é", "eins", "zwei"]
    download = await shop.admin.get(f"/jobs/{job['id']}/download", params={"host_id": host})
    assert len(download.content) == result["bytes"] == result["kept_bytes"]


async def test_an_exit_status_means_what_the_spec_says(shop: Shop, sshd: Sshd) -> None:
    host = await shop.add(sshd)
    for command, spec, job_state, host_state, status in (
        ("exit 3", {}, "failed", "failed", 3),
        ("exit 3", {"ok_statuses": [0, 3]}, "succeeded", "ok", 3),
        ("exit 100", {"changed_status": 100}, "succeeded", "changed", 100),
        ("no-such-command-here", {}, "failed", "failed", 127),
        ("kill -9 $$", {}, "failed", "failed", 137),
    ):
        job = await shop.ran([host], spec={"command": command, **spec})
        (result,) = (await shop.hosts(job["id"])).values()
        assert (job["state"], result["state"], result["exit_status"]) == (job_state, host_state, status), command


async def test_answers_reach_the_command_as_words_and_never_as_code(shop: Shop, sshd: Sshd) -> None:
    host = await shop.add(sshd)
    nasty = 'a\'; touch /tmp/pwned-$$; echo "`id`$(id)" *'
    command = "printf '<%s>' {{ word }} \"in {{ word }} it\" 'in {{word}} it' \"$PARAM_WORD\" {{ host.name }} {{ n }}"
    survey = [{"name": "word"}, {"name": "n", "type": "number"}, {"name": "pass", "type": "secret"}]
    job = await shop.ran(
        [host], command, survey=survey, params={"word": nasty, "n": 7, "pass": "tell-nobody"}, name="words"
    )
    said = await shop.output(job["id"])
    assert said == f"<{nasty}><in {nasty} it><in {nasty} it><{nasty}><web-1><7>"
    assert (job["params"], job["secret_params"]) == ({"word": nasty, "n": 7}, ["pass"])


async def test_a_secret_is_in_no_argument_and_masked_in_what_is_said(shop: Shop, sshd: Sshd) -> None:
    host = await shop.add(sshd)
    survey = [{"name": "pass", "type": "secret"}]
    command = (
        "tr '\\0' ' ' < /proc/$$/cmdline; ps -ef | grep -c '[t]ell-nobody'; printf tell-; sleep 0.3; echo nobody; "
        "echo {{ pass }}"
    )
    job = await shop.ran([host], command, survey=survey, params={"pass": "tell-nobody"})
    said = await shop.output(job["id"])
    assert "tell-nobody" not in said.replace("grep -c '[t]ell-nobody'", "")
    assert said.count("•••") >= 2, said
    rows = await shop.front.rows("select to_jsonb(job)::text from job")
    assert "tell-nobody" not in "".join(rows).replace("[t]ell-nobody", "")


async def test_hosts_are_grouped_by_what_they_said(shop: Shop, make_sshd: Callable[..., Sshd]) -> None:
    hosts = [await shop.add(make_sshd(address=f"127.0.0.{number}"), f"web-{number}") for number in range(2, 8)]
    job = await shop.ran(hosts, 'case "$MOORLINE_HOST" in web-[23]) echo old; exit 1;; *) echo new;; esac')
    groups = (await shop.get(f"/jobs/{job['id']}/groups"))["items"]
    assert [(one["text"], len(one["hosts"]), one["state"]) for one in groups] == [
        ("new\n", 4, "ok"),
        ("old\n", 2, "failed"),
    ]
    again = await shop.admin.post(f"/jobs/{job['id']}/relaunch", json={"hosts": "failed"})
    assert again.status_code == 201, again.text
    assert again.json()["parent_id"] == job["id"]
    done = await shop.until(again.json()["id"])
    assert sorted(await shop.hosts(done["id"])) == ["web-2", "web-3"]


async def test_cancel_ends_everything_on_the_host(shop: Shop, sshd: Sshd) -> None:
    host = await shop.add(sshd)
    command = (
        "setsid sleep 471 & (trap '' TERM; sleep 472; sleep 473) & nohup sleep 474 >/dev/null 2>&1 & echo on; wait"
    )
    job = await shop.launch([host], command)
    await shop.says(job["id"], "on\n")
    mark = (await shop.front.rows("select mark from job"))[0]
    assert len(alive(mark)) >= 4
    answer = await shop.admin.post(f"/jobs/{job['id']}/cancel", json={})
    assert answer.status_code == 202, answer.text
    done = await shop.until(job["id"])
    assert (done["state"], done["counts"], done["may_still_run"]) == ("canceled", {"canceled": 1}, 0)
    assert alive(mark) == []


async def test_what_is_looked_at_comes_as_it_is_said(shop: Shop, sshd: Sshd) -> None:
    host = await shop.add(sshd)
    job = await shop.launch([host], "for i in 1 2 3; do echo line $i; sleep 0.3; done")
    async with shop.live(job["id"]) as socket:
        await socket.send('{"type": "watch", "host_ids": null}')
        said = ""
        while "line 3" not in said:
            message = await hears(socket, lambda said: said["type"] == "output")
            said += "".join(run for piece in message["pieces"] for run in piece["runs"])
        assert said == "line 1\nline 2\nline 3\n"
        await hears(socket, lambda said: said["type"] == "job" and said["job"]["state"] == "succeeded")


async def test_nothing_named_is_nothing_launched(shop: Shop, sshd: Sshd) -> None:
    await shop.add(sshd)
    for targets in ({}, {"expression": "name:none"}, {"host_ids": [999]}, {"group_ids": [999]}):
        problem = await shop.launch([], "true", 400, targets=targets)
        assert problem["code"] == "no_hosts", problem
    bad = await shop.launch([], "true", 400, targets={"expression": "group:web & ("})
    assert (bad["code"], bad["position"]) == ("bad_expression", 13)
    shown = await shop.admin.post("/jobs/preview", json={"targets": {"expression": "web-*", "host_ids": [77]}})
    found: dict[str, Any] = shown.json()
    assert [one["name"] for one in found["items"]] == ["web-1"]
    assert [one["id"] for one in found["left_out"]] == [77]


async def test_a_host_that_takes_too_long_is_ended(shop: Shop, sshd: Sshd) -> None:
    host = await shop.add(sshd)
    job = await shop.ran([host], "sleep 481", limits={"host_timeout_s": 1})
    (result,) = (await shop.hosts(job["id"])).values()
    assert (job["state"], result["state"], "did not end within 1 s" in result["note"]) == ("failed", "failed", True)
    await asyncio.sleep(0)
    assert alive((await shop.front.rows("select mark from job"))[0]) == []


async def test_a_time_limit_and_a_person_may_both_want_the_end(shop: Shop, sshd: Sshd) -> None:
    host = await shop.add(sshd)
    deaf = "trap '' TERM HUP INT; echo on; while :; do sleep 0.2; done"
    job = await shop.launch([host], deaf, limits={"host_timeout_s": 1})
    await shop.says(job["id"], "on\n")
    (mark,) = await shop.front.rows("select mark from job where id = :id", id=job["id"])
    await asyncio.sleep(1.5)  # the limit is over, and the host busy with ending what does not want to end
    assert (await shop.job(job["id"]))["state"] == "running"
    await shop.admin.post(f"/jobs/{job['id']}/cancel", json={})
    done = await shop.until(job["id"])
    assert alive(mark) == [], "it was said to be over while the host was still ending it"
    assert (done["state"], done["may_still_run"]) == ("canceled", 0)


async def test_what_is_cancelled_while_it_begins_is_not_left_behind(shop: Shop, make_sshd: Callable[..., Sshd]) -> None:
    slow = make_sshd(shell="/bin/bash", home_files={".bashrc": "sleep 2\n"})
    host = await shop.add(slow)
    job = await shop.launch([host], "echo on; sleep 493")
    (mark,) = await shop.front.rows("select mark from job where id = :id", id=job["id"])
    await shop.until(job["id"], "running", has=lambda _: "sleep 2" in slow_programs(slow))
    await shop.admin.post(f"/jobs/{job['id']}/cancel", json={})
    done = await shop.until(job["id"])
    assert (done["state"], done["may_still_run"]) == ("canceled", 0)
    assert alive(mark) == []
    assert await shop.output(job["id"]) == "" or alive("sleep\x00493") == []


def slow_programs(daemon: Sshd) -> str:
    """What runs below an sshd."""
    words = []
    for pid in daemon.descendants():
        with suppress(OSError):
            words.append((Path(f"/proc/{pid}/cmdline")).read_bytes().replace(b"\0", b" ").decode())
    return "\n".join(words)
