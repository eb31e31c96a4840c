"""Schedules over a real database: once, whoever claims and whenever one is killed, and as their policies say."""

from __future__ import annotations

import asyncio
import os
import random
import sys
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from controller.core.clock import utc_now
from tests.support.front import Browser, Front, build

ROOT = Path(__file__).resolve().parents[3]
HOURLY = {"kind": "cron", "expression": "0 * * * *"}


@dataclass
class Plant:
    """The application, its administrator, and a template that can be launched (on a host to which nobody connects)."""

    front: Front
    admin: Browser
    template_id: int

    async def schedule(self, who: Browser | None = None, **fields: Any) -> int:
        """A schedule; 08:00 UTC is now."""
        new = {"name": "s", "template_id": self.template_id, "rule": HOURLY, **fields}
        answer = await (who or self.admin).post("/schedules", json=new)
        assert answer.status_code == 201, answer.text
        return int(answer.json()["id"])

    async def step(self, **passed: float) -> None:
        """Let time pass, and fire what is due."""
        self.front.clock.move(timedelta(**passed))
        await self.front.controller.ringer.step()

    async def fires(self, schedule_id: int) -> list[tuple[str, str]]:
        """Its times and what became of them, in order."""
        rows = await self.front.rows(
            "select at, outcome from job_schedule_fire where schedule_id = :id order by at", id=schedule_id
        )
        return [(f"{at.astimezone(UTC):%H:%M}", outcome) for at, outcome in rows]

    async def end_jobs(self) -> None:
        """As if they had run."""
        await self.front.do("update job set state = 'succeeded'")


@pytest.fixture
async def plant(front: Front) -> Plant:
    """The application with what a schedule takes."""
    admin = await front.admin()
    host = {"name": "web-1", "address": "127.0.0.1", "username": "root"}
    host_id = (await admin.post("/hosts", json=host)).raise_for_status().json()["id"]
    secret = {"name": "key", "type": "secret", "label": "Key", "required": False}
    body = {
        "name": "Uptime", "kind": "command", "spec": {"command": "uptime"}, "targets": {"host_ids": [host_id]},
        "survey": [secret],
    }  # fmt: skip
    answer = await admin.post("/job-templates", json=body)
    assert answer.status_code == 201, answer.text
    return Plant(front, admin, answer.json()["id"])


async def test_a_time_fires_once_and_the_job_belongs_to_it(plant: Plant) -> None:
    schedule = await plant.schedule(params={"key": "sesame-open"})
    await plant.step(minutes=59)
    assert await plant.fires(schedule) == []
    await plant.step(minutes=1)
    await plant.step()
    assert await plant.fires(schedule) == [("09:00", "launched")]
    jobs = await plant.front.rows("select schedule_id, template_id, state, launched_by from job")
    assert jobs == [(schedule, plant.template_id, "pending", "admin")]
    shown = (await plant.admin.get(f"/schedules/{schedule}")).json()
    assert (shown["last"]["outcome"], shown["secrets_set"], shown["params"]) == ("launched", ["key"], {})
    assert "sesame" not in str(await plant.front.rows("select detail::text from audit_entry"))
    assert "sesame" not in str(await plant.front.rows("select params::text from job_schedule"))


async def test_a_workflow_fires_once_and_its_run_is_what_the_next_time_waits_for(plant: Plant) -> None:
    node = {"key": "ask", "kind": "approval", "title": "Go on?"}
    survey = [{"name": "key", "type": "secret"}]
    body = {"name": "flow", "nodes": [node], "survey": survey}
    workflow = (await plant.admin.post("/workflows", json=body)).raise_for_status().json()["id"]
    both = {"name": "x", "rule": HOURLY, "template_id": plant.template_id, "workflow_id": workflow}
    refused = await plant.admin.post("/schedules", json=both)
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (400, "template_id")
    what = {"template_id": None, "workflow_id": workflow, "params": {"key": "sesame-open"}}
    made = {policy: await plant.schedule(name=policy, overlap=policy, **what) for policy in ("skip", "queue", "cancel")}
    shown = (await plant.admin.get(f"/schedules/{made['skip']}")).json()
    assert (shown["workflow_name"], shown["template_id"], shown["secrets_set"]) == ("flow", None, ["key"])
    conductor = plant.front.controller.conductor
    for _ in range(3):
        await plant.step(hours=1)
        await conductor.step()
        await plant.step()
    runs = await plant.front.rows("select schedule_id, state from workflow_run order by id")
    by = {policy: [state for schedule, state in runs if schedule == made[policy]] for policy in made}
    assert by == {"skip": ["running"], "queue": ["running"], "cancel": ["canceled", "canceled", "running"]}
    assert [outcome for _, outcome in await plant.fires(made["skip"])] == ["launched", "skipped", "skipped"]
    last, _, first = (await plant.admin.get(f"/schedules/{made['skip']}/fires")).json()["items"]
    assert (first["because"], last["because"]) == (None, {"code": "run", "id": first["workflow_run_id"]})
    assert [outcome for _, outcome in await plant.fires(made["queue"])] == ["launched", "queued", "skipped"]
    fire = (await plant.admin.get(f"/schedules/{made['cancel']}/fires")).json()["items"][0]
    assert (fire["job_id"], fire["workflow_run_id"] is not None) == (None, True)
    (waits,) = await plant.front.rows("select id from workflow_run where schedule_id = :id", id=made["queue"])
    await plant.admin.post(f"/workflow-runs/{waits}/cancel", json={})
    await conductor.step()
    await plant.step()
    assert [outcome for _, outcome in await plant.fires(made["queue"])] == ["launched", "launched", "skipped"]
    assert "sesame" not in str(await plant.front.rows("select r::text from workflow_run r"))
    changed = await plant.admin.patch(f"/schedules/{made['skip']}", json={"template_id": plant.template_id})
    assert (changed.json()["workflow_id"], changed.json()["template_name"]) == (None, "Uptime")
    (await plant.admin.delete(f"/workflows/{workflow}")).raise_for_status()
    assert [one["name"] for one in (await plant.admin.get("/schedules")).json()["items"]] == ["skip"]


async def test_two_controllers_at_once_fire_each_time_once(plant: Plant, tmp_path: Path) -> None:
    other = build(plant.front.controller.database, tmp_path, plant.front.clock)
    for number in range(12):
        await plant.schedule(name=f"s{number}", overlap="allow")
    for _ in range(3):
        plant.front.clock.move(timedelta(hours=1))
        await asyncio.gather(plant.front.controller.ringer.step(), other.controller.ringer.step())
    assert await plant.front.rows("select count(*) from job") == [36]
    assert await plant.front.rows("select distinct outcome from job_schedule_fire") == ["launched"]
    per_time = "select count(distinct job_id) from job_schedule_fire group by schedule_id, at"
    assert set(await plant.front.rows(per_time)) == {1}


@pytest.mark.parametrize("rounds", [3, pytest.param(20, marks=[pytest.mark.long, pytest.mark.timeout(600)])])
async def test_killed_at_any_moment_a_schedule_fires_once(plant: Plant, tmp_path: Path, rounds: int) -> None:
    schedule = await plant.schedule(overlap="allow", misfire="all", rule={"kind": "interval", "every_s": 60})
    begin = datetime.now(UTC) - timedelta(seconds=60 * 60)
    await plant.front.do(
        "update job_schedule set next_at = :at, ring_at = :at, rule = jsonb_set(rule, '{anchor}', to_jsonb(:text))"
        .replace(":text", "cast(:text as text)"),
        at=begin, text=begin.isoformat(),
    )  # fmt: skip
    url = plant.front.controller.database.url.render_as_string(hide_password=False)
    environment = {**os.environ, "DATABASE_URL": url, "KEY_FILE": str(tmp_path / "master.key")}
    chance = random.Random(rounds)
    for number in range(rounds + 1):
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.integration.jobs.schedule_process", cwd=ROOT, env=environment
        )
        try:
            async with asyncio.timeout(60):
                if number < rounds:  # while it holds the row: in the transaction that claims and launches
                    while not await plant.front.rows(
                        "select 1 from pg_locks where mode = 'RowShareLock' and relation = 'job_schedule'::regclass"
                    ):
                        await asyncio.sleep(0.005)
                    await asyncio.sleep(chance.uniform(0, 0.2))
                else:
                    while await plant.front.rows("select 1 from job_schedule where next_at < now()"):
                        await asyncio.sleep(0.05)
        finally:
            process.kill()
            await process.wait()
    jobs, distinct = (await plant.front.rows("select count(*), count(distinct job_id) from job_schedule_fire"))[0]
    assert jobs == distinct >= 60
    assert await plant.front.rows("select count(*) from job where schedule_id = :id", id=schedule) == [jobs]


@pytest.mark.parametrize(
    ("policy", "wanted"),
    [
        ("once", [("09:00", "missed"), ("10:00", "missed"), ("11:00", "launched")]),
        ("skip", [("09:00", "missed"), ("10:00", "missed"), ("11:00", "missed")]),
        ("all", [("09:00", "launched"), ("10:00", "launched"), ("11:00", "launched")]),
    ],
)
async def test_what_was_missed_is_as_the_policy_says(plant: Plant, policy: str, wanted: list[tuple[str, str]]) -> None:
    schedule = await plant.schedule(misfire=policy, overlap="allow")
    await plant.step(hours=3, minutes=30)
    assert await plant.fires(schedule) == wanted
    fires = (await plant.admin.get(f"/schedules/{schedule}/fires")).json()["items"]
    away = {"code": "away", "id": None}
    assert [fire["because"] for fire in fires] == [away if fire["outcome"] == "missed" else None for fire in fires]
    told = await plant.front.rows("select count(*) from notify_notice where kind = 'schedule_missed'")
    assert told == [sum(outcome == "missed" for _, outcome in wanted)]
    await plant.step(minutes=30)
    assert (await plant.fires(schedule))[-1] == ("12:00", "launched")


async def test_a_run_that_still_goes_on_is_as_the_policy_says(plant: Plant) -> None:
    made = {
        policy: await plant.schedule(name=policy, overlap=policy) for policy in ("skip", "queue", "allow", "cancel")
    }
    for _ in range(3):
        await plant.step(hours=1)
    assert [outcome for _, outcome in await plant.fires(made["skip"])] == ["launched", "skipped", "skipped"]
    last, _, first = (await plant.admin.get(f"/schedules/{made['skip']}/fires")).json()["items"]
    assert (first["because"], last["because"]) == (None, {"code": "job", "id": first["job_id"]})
    assert [outcome for _, outcome in await plant.fires(made["allow"])] == ["launched"] * 3
    assert [outcome for _, outcome in await plant.fires(made["queue"])] == ["launched", "queued", "skipped"]
    canceled = await plant.front.rows("select state from job where schedule_id = :id order by id", id=made["cancel"])
    assert canceled == ["canceled", "canceled", "pending"]
    await plant.end_jobs()
    await plant.step()
    assert [outcome for _, outcome in await plant.fires(made["queue"])] == ["launched", "launched", "skipped"]


async def test_nothing_begins_in_a_window_or_while_paused_and_jitter_is_kept(plant: Plant) -> None:
    night = [{"start": "10:00", "end": "12:00"}]
    schedule = await plant.schedule(windows=night, overlap="allow", zone="Europe/London")
    for _ in range(4):
        await plant.step(hours=1)
    assert [outcome for _, outcome in await plant.fires(schedule)] == ["launched", "shut", "shut", "launched"]
    answer = await plant.admin.patch(f"/schedules/{schedule}", json={"enabled": False})
    assert answer.json()["next"] == []
    await plant.step(hours=5)
    assert len(await plant.fires(schedule)) == 4
    await plant.admin.patch(f"/schedules/{schedule}", json={"enabled": True, "jitter_s": 600, "windows": []})
    await plant.step(minutes=30)
    (next_at, ring_at) = (await plant.front.rows("select next_at, ring_at from job_schedule"))[0]
    assert timedelta(0) < ring_at - next_at < timedelta(seconds=600)
    await plant.step(seconds=(next_at - utc_now(plant.front.clock)).total_seconds())
    assert len(await plant.fires(schedule)) == 4
    await plant.step(seconds=600)
    assert len(await plant.fires(schedule)) == 5


async def test_what_cannot_be_launched_says_why_and_keeps_nothing_else_from_it(plant: Plant) -> None:
    operator = await plant.front.user("olga", role="operator", all_hosts=True)
    schedule = await plant.schedule(operator)
    other = await plant.schedule(name="other")
    await plant.front.do("update user_account set enabled = false where username = 'olga'")
    await plant.step(hours=1)
    assert (await plant.fires(schedule), await plant.fires(other)) == ([("09:00", "failed")], [("09:00", "launched")])
    shown = (await plant.admin.get(f"/schedules/{schedule}/fires")).json()["items"][0]
    assert "owner is gone or disabled" in shown["note"]
    # somebody else saves it, and it runs with their rights
    await plant.admin.patch(f"/schedules/{schedule}", json={"zone": "UTC"})
    await plant.step(hours=1)
    assert (await plant.fires(schedule))[-1] == ("10:00", "launched")
    await plant.end_jobs()
    await plant.front.do("update host set enabled = false")
    await plant.step(hours=1)
    notes = await plant.front.rows("select note from job_schedule_fire where outcome = 'failed' order by id")
    assert "nothing to run on" in notes[-1]


async def test_times_are_shown_by_both_clocks_before_anything_is_kept(plant: Plant) -> None:
    wish = {"rule": {"kind": "cron", "expression": "30 9 * * *"}, "zone": "Asia/Shanghai", "number": 2}
    shown = (await plant.admin.post("/schedules/preview", json=wish)).json()["items"]
    assert [(one["at"], one["local"]) for one in shown] == [
        ("2026-11-25T01:30:00Z", "2026-11-25T09:30:00+08:00"),
        ("2026-11-26T01:30:00Z", "2026-11-26T09:30:00+08:00"),
    ]
    for field, wrong in (
        ("rule.expression", {"rule": {"kind": "cron", "expression": "61 * * * *"}}),
        ("zone", {"rule": HOURLY, "zone": "Mars/Base"}),
        ("rule.weekdays", {"rule": {"kind": "calendar", "on": "weekdays", "times": ["10:00"]}}),
    ):
        answer = await plant.admin.post("/schedules/preview", json=wrong)
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, field)
    over = {"kind": "once", "at": "2020-01-01T00:00"}
    answer = await plant.admin.post("/schedules", json={"name": "x", "template_id": plant.template_id, "rule": over})
    assert answer.json()["errors"][0]["field"] == "rule.at"


async def test_the_calendar_has_what_ran_and_what_will_run_folded_by_day(plant: Plant) -> None:
    night = [{"start": "20:00", "end": "22:00"}]
    hourly = await plant.schedule(name="hourly", overlap="allow", windows=night, zone="UTC")
    daily = await plant.schedule(
        name="daily", rule={"kind": "cron", "expression": "30 9 * * *"}, zone="Europe/Berlin", overlap="allow"
    )
    await plant.step(hours=1)
    await plant.step(hours=1)  # 10:00 UTC on the 24th
    span = {"from": "2026-11-23", "to": "2026-11-27", "zone": "Asia/Shanghai"}
    plan = (await plant.admin.get("/schedules/plan", params=span)).raise_for_status().json()
    assert [day["day"] for day in plan["days"]] == ["2026-11-23", "2026-11-24", "2026-11-25", "2026-11-26"]
    assert plan["days"][0]["runs"] == []
    today = {one["schedule_id"]: one for one in plan["days"][1]["runs"]}  # ends at 16:00 UTC
    assert today[hourly]["outcomes"] == {"launched": 2, "coming": 5}
    assert [run["outcome"] for run in today[hourly]["runs"]] == ["launched"] * 2 + ["coming"] * 5
    jobs = await plant.front.rows("select job_id from job_schedule_fire where schedule_id = :id order by at", id=hourly)
    assert [run["job_id"] for run in today[hourly]["runs"]] == [*jobs, None, None, None, None, None]
    assert today[daily]["outcomes"] == {"launched": 1}
    assert today[daily]["runs"][0]["local"] == "2026-11-24T09:30:00+01:00"
    tomorrow = {one["schedule_id"]: one for one in plan["days"][2]["runs"]}
    assert tomorrow[hourly]["outcomes"] == {"coming": 22, "shut": 2}
    assert (tomorrow[hourly]["count"], len(tomorrow[hourly]["runs"]), tomorrow[hourly]["more"]) == (24, 12, False)
    assert plan["days"][2]["closed"] == [
        {"schedule_id": hourly, "start": "2026-11-24T20:00:00Z", "end": "2026-11-24T22:00:00Z"}
    ]
    # a pause keeps what ran and nothing of what would
    await plant.admin.patch(f"/schedules/{hourly}", json={"enabled": False})
    plan = (await plant.admin.get("/schedules/plan", params=span)).json()
    assert {one["schedule_id"]: one["outcomes"] for one in plan["days"][1]["runs"]} == {
        hourly: {"launched": 2}, daily: {"launched": 1},
    }  # fmt: skip
    # days on which a clock jumps are marked, the reader's and the schedules'
    span = {"from": "2026-03-28", "to": "2026-03-31", "zone": "Europe/London"}
    plan = (await plant.admin.get("/schedules/plan", params=span)).json()
    assert [day["jumps"] for day in plan["days"]] == [
        [],
        [{"zone": zone, "at": "2026-03-29T01:00:00Z", "shift_s": 3600} for zone in ("Europe/London", "Europe/Berlin")],
        [],
    ]


async def test_the_calendar_is_bounded_whatever_runs_however_often(plant: Plant) -> None:
    for number in range(4):
        await plant.schedule(name=f"s{number}", rule={"kind": "interval", "every_s": 10}, overlap="allow")
    span = {"from": "2026-11-24", "to": "2027-01-25"}
    plan = (await plant.admin.get("/schedules/plan", params=span)).raise_for_status().json()
    assert plan["more"]
    counts = {one["count"] for day in plan["days"] for one in day["runs"]}
    assert max(counts) * 62 * 4 <= 60_000
    for wrong in (
        {"from": "2026-11-24", "to": "2027-01-26"},
        {"from": "2026-11-24", "to": "2026-11-24"},
        {"from": "0001-01-01", "to": "0001-01-02"},
        {"from": "9999-12-30", "to": "9999-12-31"},
        {"from": "2026-11-24", "to": "2026-11-25", "zone": "Mars/Base"},
        {"from": "never", "to": "2026-11-25"},
    ):
        assert (await plant.admin.get("/schedules/plan", params=wrong)).status_code == 400, wrong


async def test_old_times_are_forgotten_with_the_history_of_jobs_and_do_not_come_again(plant: Plant) -> None:
    schedule = await plant.schedule(overlap="allow")
    await plant.step(hours=1)
    await plant.front.do("update job_schedule_fire set at = at - interval '500 days'")
    await plant.step(hours=1)
    await plant.front.controller.ringer.sweep()
    assert await plant.fires(schedule) == [("10:00", "launched")]
    await plant.step()
    assert await plant.front.rows("select count(*) from job") == [2]


async def test_by_hand_it_runs_at_once_and_others_may_look_and_no_more(plant: Plant) -> None:
    schedule = await plant.schedule(windows=[{"start": "00:00", "end": "00:00"}])
    operator = await plant.front.user("olga", role="operator", all_hosts=True)
    assert [one["name"] for one in (await operator.get("/schedules")).json()["items"]] == ["s"]
    for method, path in (("PATCH", ""), ("DELETE", ""), ("POST", "/run")):
        answer = await operator.request(method, f"/schedules/{schedule}{path}", json={} if method == "PATCH" else None)
        assert (answer.status_code, answer.json()["code"]) == (403, "not_yours")
    fire = (await plant.admin.post(f"/schedules/{schedule}/run")).json()
    assert (fire["outcome"], fire["by_hand"]) == ("launched", True)
    (await plant.admin.delete(f"/schedules/{schedule}")).raise_for_status()
    assert await plant.front.rows("select count(*) from job") == [1]
