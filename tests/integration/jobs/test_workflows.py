"""Workflows over real sshds: what runs after what, approvals, cancelling, running again, news and rights."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest

from tests.integration.jobs.conftest import Shop, alive
from tests.support.front import Browser
from tests.support.sshd import Sshd

ENDED = {"succeeded", "failed", "canceled"}


@dataclass(slots=True)
class Works:
    """The application with a host, and short ways to templates and workflows on it."""

    shop: Shop
    host: int

    async def template(self, command: str, **fields: Any) -> int:
        """A job template; its id."""
        body = {"name": command[:60], "spec": {"command": command}, "targets": {"host_ids": [self.host]}, **fields}
        answer = await self.shop.admin.post("/job-templates", json=body)
        assert answer.status_code == 201, answer.text
        return int(answer.json()["id"])

    async def workflow(self, nodes: list[dict[str, Any]], edges: list[str], **fields: Any) -> dict[str, Any]:
        """A workflow; an edge is "from to when"."""
        ways = [dict(zip(("from", "to", "when"), edge.split(), strict=True)) for edge in edges]
        body = {"name": "flow", "nodes": nodes, "edges": ways, **fields}
        answer = await self.shop.admin.post("/workflows", json=body)
        assert answer.status_code == 201, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def launch(self, workflow: dict[str, Any], expect: int = 201, who: Browser | None = None, **how: Any) -> Any:
        """Run it; what the route shows."""
        answer = await (who or self.shop.admin).post(f"/workflows/{workflow['id']}/launch", json=how)
        assert answer.status_code == expect, answer.text
        return answer.json()

    async def run(self, run_id: int) -> dict[str, Any]:
        """A run with its nodes."""
        found: dict[str, Any] = await self.shop.get(f"/workflow-runs/{run_id}")
        return found

    async def until(self, run_id: int, has: Callable[[dict[str, Any]], Any], within_s: float = 60) -> dict[str, Any]:
        """The run once it is as wanted."""
        deadline = time.monotonic() + within_s
        while not has(found := await self.run(run_id)):
            assert time.monotonic() < deadline, f"run {run_id}: {found}"
            await asyncio.sleep(0.05)
        return found

    async def ended(self, run_id: int) -> dict[str, Any]:
        """The run once it has ended."""
        return await self.until(run_id, lambda run: run["run"]["state"] in ENDED)


def states(run: dict[str, Any]) -> dict[str, str]:
    """Of its nodes, by key."""
    return {node["key"]: node["state"] for node in run["nodes"]}


def node_of(run: dict[str, Any], key: str) -> dict[str, Any]:
    """One of its nodes."""
    found: dict[str, Any] = next(node for node in run["nodes"] if node["key"] == key)
    return found


@pytest.fixture
async def works(shop: Shop, sshd: Sshd) -> Works:
    """The application with one host."""
    return Works(shop, await shop.add(sshd))


async def test_ways_are_taken_by_how_jobs_end(works: Works) -> None:
    good, bad = await works.template("echo fine"), await works.template("exit 3")
    flow = await works.workflow(
        [
            {"key": "a", "template_id": good},
            {"key": "b", "template_id": bad},
            {"key": "mend", "template_id": good},
            {"key": "never", "template_id": good},
            {"key": "both", "template_id": good, "converge": "all"},
        ],
        ["a b success", "b mend failure", "b never success", "a both success", "mend both always"],
    )
    began = await works.launch(flow)
    done = await works.ended(began["run"]["id"])
    assert states(done) == {
        "a": "succeeded", "b": "failed", "mend": "succeeded", "never": "skipped", "both": "succeeded",
    }  # fmt: skip
    assert done["run"]["state"] == "succeeded"  # the failure had a way of its own
    jobs = (await works.shop.get("/jobs", workflow_run_id=done["run"]["id"]))["items"]
    assert sorted(job["id"] for job in jobs) == sorted(node["job_id"] for node in done["nodes"] if node["job_id"])
    times = {node["key"]: (node["started_at"], node["ended_at"]) for node in done["nodes"]}
    assert times["a"][1] <= times["b"][0] <= times["b"][1] <= times["mend"][0] <= times["both"][0]
    failing = await works.workflow([{"key": "b", "template_id": bad, "title": "Break"}], [])
    failed = await works.ended((await works.launch(failing))["run"]["id"])
    assert (failed["run"]["state"], failed["run"]["note"]) == ("failed", "Break: failed")


async def test_answers_are_handed_on_by_name_and_secrets_stay_sealed(works: Works) -> None:
    said = await works.template("echo {{word}} {{number}}", survey=[
        {"name": "word"}, {"name": "number", "type": "number", "default": 4},
    ])  # fmt: skip
    hidden = await works.template("printf %s {{key}} | wc -c", survey=[{"name": "key", "type": "secret"}])
    survey = [{"name": "word"}, {"name": "key", "type": "secret"}]
    nodes: list[dict[str, Any]] = [
        {"key": "open", "template_id": said},
        {"key": "filled", "template_id": said, "params": {"word": "mine", "number": 7}},
        {"key": "handed", "template_id": hidden},
        {"key": "kept", "template_id": hidden, "params": {"key": "sesame-42"}},
    ]
    flow = await works.workflow(nodes, [], survey=survey)
    assert [node["secrets_set"] for node in flow["nodes"]] == [[], [], [], ["key"]]
    refused = await works.launch(flow, 400, params={"key": "x"})
    assert [error["field"] for error in refused["errors"]] == ["params.word"]
    done = await works.ended((await works.launch(flow, params={"word": "yours", "key": "sesame-42"}))["run"]["id"])
    assert set(states(done).values()) == {"succeeded"}
    said_by = {node["key"]: await works.shop.output(node["job_id"]) for node in done["nodes"]}
    assert said_by == {"open": "yours 4\n", "filled": "mine 7\n", "handed": "9\n", "kept": "9\n"}
    for table in ("workflow", "workflow_run", "workflow_run_node", "job", "audit_entry"):
        assert "sesame" not in str(await works.shop.front.rows(f"select t::text from {table} t"))
    # a change that does not send the secret keeps it; the version that was looked at has to be the last one
    sent = [{**node, "params": {} if node["key"] == "kept" else node.get("params", {})} for node in nodes]
    changed = await works.shop.admin.patch(f"/workflows/{flow['id']}", json={"base": 1, "nodes": sent})
    assert changed.json()["nodes"][3]["secrets_set"] == ["key"]
    late = await works.shop.admin.patch(f"/workflows/{flow['id']}", json={"base": 1, "name": "late"})
    assert (late.status_code, late.json()["code"]) == (409, "changed_meanwhile")


async def test_what_cannot_be_kept_is_said_by_field(works: Works) -> None:
    asks = await works.template("echo {{word}}", survey=[{"name": "word", "most": 3}])
    node = {"key": "a", "template_id": asks}

    async def fields(**body: Any) -> list[str]:
        answer = await works.shop.admin.post("/workflows", json={"name": "x", "nodes": [node]} | body)
        assert answer.status_code == 400, answer.text
        return [error["field"] for error in answer.json()["errors"]]

    assert await fields(nodes=[]) == ["nodes"]
    assert await fields(nodes=[{**node, "template_id": 2**40}]) == ["nodes[0].template_id"]
    assert await fields(nodes=[{**node, "params": {"word": "too long", "none": 1}}]) == [
        "nodes[0].params.none", "nodes[0].params.word",
    ]  # fmt: skip
    assert await fields(nodes=[{**node, "targets": {"host_ids": [2**40]}}]) == ["nodes[0].targets.host_ids"]
    assert await fields(survey=[{"name": "word", "type": "secret"}]) == ["nodes[0].params.word"]
    assert await fields(edges=[{"from": "a", "to": "a"}]) == ["edges[0].to"]
    assert await fields(launcher_ids=[2**40]) == ["launcher_ids"]
    assert await fields(name=" \u0007 ") == ["name"]
    flow = await works.workflow([node], [])
    refused = await works.launch(flow, 400)
    assert [error["field"] for error in refused["errors"]] == ["nodes.a.params.word"]


async def test_a_second_person_approves_or_denies_and_time_denies_too(works: Works) -> None:
    good = await works.template("echo fine")
    nodes: list[dict[str, Any]] = [
        {"key": "ask", "kind": "approval", "title": "Go on?", "text": "Think."},
        {"key": "do", "template_id": good},
        {"key": "else", "template_id": good},
    ]
    flow = await works.workflow(nodes, ["ask do success", "ask else failure"])
    other = await works.shop.front.user("other", role="operator", all_hosts=True)
    viewer = await works.shop.front.user("viewer", role="viewer", all_hosts=True)
    blind = await works.shop.front.user("blind", role="operator", all_hosts=False)

    async def asked() -> tuple[int, int]:
        run = (await works.launch(flow))["run"]["id"]
        found = await works.until(run, lambda run: states(run)["ask"] == "waiting_approval")
        return run, node_of(found, "ask")["id"]

    run, approval = await asked()
    assert [one["title"] for one in (await works.shop.get("/workflow-approvals", other))["items"]] == ["Go on?"]
    refused = [
        (await who.post(f"/workflow-approvals/{approval}/approve", json={})).status_code
        for who in (works.shop.admin, viewer, blind)
    ]
    assert refused == [403, 403, 404]
    assert states(await works.run(run))["do"] == "waiting"
    assert (await other.post(f"/workflow-approvals/{approval}/approve", json={"note": "fine"})).status_code == 200
    done = await works.ended(run)
    assert (states(done), done["run"]["state"]) == (
        {"ask": "succeeded", "do": "succeeded", "else": "skipped"}, "succeeded",
    )  # fmt: skip
    assert (node_of(done, "ask")["decided_by"], node_of(done, "ask")["note"]) == ("other", "fine")
    again = await other.post(f"/workflow-approvals/{approval}/deny", json={})
    assert (again.status_code, again.json()["code"]) == (409, "not_waiting")
    run, approval = await asked()
    await other.post(f"/workflow-approvals/{approval}/deny", json={"note": "not today"})
    done = await works.ended(run)
    assert states(done) == {"ask": "failed", "do": "skipped", "else": "succeeded"}
    nodes[0]["timeout_s"] = 600
    (await works.shop.admin.patch(f"/workflows/{flow['id']}", json={"base": 1, "nodes": nodes})).raise_for_status()
    run, _ = await asked()
    works.shop.front.clock.move(timedelta(seconds=601))
    await works.shop.front.controller.conductor.step()
    done = await works.ended(run)
    assert (states(done)["else"], "in time" in node_of(done, "ask")["note"]) == ("succeeded", True)
    written = [row["action"] for row in (await works.shop.get("/audit", limit=200))["items"]]
    assert written.count("workflow_run.approve") == written.count("workflow_run.deny") == 1


async def test_who_does_not_see_the_hosts_that_come_does_not_decide(works: Works) -> None:
    group = (await works.shop.admin.post("/groups", json={"name": "web"})).json()["id"]
    ann = await works.shop.front.user("ann", role="operator", group_ids=[group])
    (ann_id,) = await works.shop.front.rows("select id from user_account where username = 'ann'")
    nodes: list[dict[str, Any]] = [
        {"key": "ask", "kind": "approval", "title": "Go on?"},
        {"key": "do", "template_id": await works.template("true")},
    ]
    flow = await works.workflow(nodes, ["ask do success"], launcher_ids=[ann_id])
    run = (await works.launch(flow))["run"]["id"]
    found = await works.until(run, lambda run: states(run)["ask"] == "waiting_approval")
    approval = node_of(found, "ask")["id"]
    assert not (await works.shop.get("/workflow-approvals", ann))["items"][0]["may_decide"]
    refused = await ann.post(f"/workflow-approvals/{approval}/approve", json={})
    assert (refused.status_code, refused.json()["code"]) == (403, "hosts_hidden")
    await works.shop.admin.patch(f"/hosts/{works.host}", json={"group_ids": [group]})
    assert (await ann.post(f"/workflow-approvals/{approval}/approve", json={})).status_code == 200
    assert (await works.ended(run))["run"]["state"] == "succeeded"


async def test_rights_are_those_of_the_launcher_at_the_launch_and_at_each_node(works: Works) -> None:
    group = (await works.shop.admin.post("/groups", json={"name": "web"})).json()["id"]
    await works.shop.admin.patch(f"/hosts/{works.host}", json={"group_ids": [group]})
    ann = await works.shop.front.user("ann", role="operator", group_ids=[group])
    (ann_id,) = await works.shop.front.rows("select id from user_account where username = 'ann'")
    open_to_all = await works.template("true")
    closed = await works.template("echo closed", launcher_ids=[])
    flow = await works.workflow([{"key": "a", "template_id": closed}], [])
    assert (await works.launch(flow, 403, ann))["code"] == "not_a_launcher"
    mine = await works.workflow([{"key": "a", "template_id": open_to_all}], [], launcher_ids=[])
    assert (await ann.post(f"/workflows/{mine['id']}/launch", json={})).status_code == 404
    nodes: list[dict[str, Any]] = [
        {"key": "ask", "kind": "approval", "title": "Go on?"},
        {"key": "do", "template_id": open_to_all},
        {"key": "mend", "kind": "approval", "title": "Mend?"},
    ]
    flow = await works.workflow(nodes, ["ask do success", "do mend failure"])
    run = (await works.launch(flow, who=ann))["run"]["id"]
    found = await works.until(run, lambda run: states(run)["ask"] == "waiting_approval")
    await works.shop.admin.patch(f"/users/{ann_id}", json={"enabled": False})
    approval = node_of(found, "ask")["id"]
    await works.shop.admin.post(f"/workflow-approvals/{approval}/approve", json={})
    found = await works.until(run, lambda run: states(run)["do"] == "failed")
    assert "may no longer run tasks" in node_of(found, "do")["note"]
    assert await works.shop.front.rows("select count(*) from job") == [0]


async def test_cancel_ends_jobs_and_nothing_begins_after_it(works: Works) -> None:
    hold, after = await works.template("echo on; sleep 492"), await works.template("echo after")
    nodes: list[dict[str, Any]] = [
        {"key": "hold", "template_id": hold},
        {"key": "after", "template_id": after},
        {"key": "ask", "kind": "approval", "title": "Go on?"},
    ]
    flow = await works.workflow(nodes, ["hold after always"])
    run = (await works.launch(flow))["run"]["id"]
    found = await works.until(run, lambda run: states(run)["hold"] == "running")
    await works.shop.says(node_of(found, "hold")["job_id"], "on\n")
    other = await works.shop.front.user("other", role="operator", all_hosts=False)
    assert (await other.post(f"/workflow-runs/{run}/cancel", json={})).status_code == 404
    answer = await works.shop.admin.post(f"/workflow-runs/{run}/cancel", json={"note": "enough"})
    assert answer.status_code == 202
    done = await works.ended(run)
    assert (done["run"]["state"], done["run"]["note"]) == ("canceled", "admin cancelled it. enough")
    assert states(done) == {"hold": "canceled", "after": "canceled", "ask": "canceled"}
    assert alive("sleep\x00492") == []
    for _ in range(3):
        await works.shop.front.controller.conductor.step()
    assert len((await works.shop.get("/jobs", workflow_run_id=run))["items"]) == 1
    await works.shop.admin.delete(f"/workflow-runs/{run}")
    assert (await works.shop.admin.get(f"/workflow-runs/{run}")).status_code == 404
    assert (await works.shop.job(node_of(done, "hold")["job_id"]))["state"] == "canceled"


async def test_again_all_of_it_or_from_what_failed(works: Works) -> None:
    count, flaky = (
        await works.template("echo once"),
        await works.template("test -e {{path}}", survey=[{"name": "path"}]),
    )
    nodes: list[dict[str, Any]] = [
        {"key": "first", "template_id": count},
        {"key": "flaky", "template_id": flaky},
        {"key": "last", "template_id": count},
        {"key": "caught", "template_id": flaky, "params": {"path": "/none"}},
        {"key": "mend", "template_id": count},
    ]
    edges = ["first flaky success", "flaky last success", "first caught success", "caught mend failure"]
    flow = await works.workflow(nodes, edges, survey=[{"name": "path"}])
    run = (await works.launch(flow, params={"path": "/none"}))["run"]["id"]
    first = await works.ended(run)
    assert (first["run"]["state"], states(first)["last"]) == ("failed", "skipped")
    again = await works.shop.admin.post(f"/workflow-runs/{run}/relaunch", json={"nodes": "failed"})
    second = await works.ended(again.json()["run"]["id"])
    carried = {node["key"] for node in second["nodes"] if node["carried"]}
    assert (carried, second["run"]["state"], second["run"]["parent_id"]) == ({"first", "caught", "mend"}, "failed", run)
    assert len((await works.shop.get("/jobs", workflow_run_id=second["run"]["id"]))["items"]) == 1
    assert node_of(second, "first")["job_id"] == node_of(first, "first")["job_id"]
    again = await works.shop.admin.post(f"/workflow-runs/{run}/relaunch", json={"params": {"path": "/etc"}})
    third = await works.ended(again.json()["run"]["id"])
    assert (third["run"]["state"], states(third)["last"]) == ("succeeded", "succeeded")
    nothing = await works.shop.admin.post(f"/workflow-runs/{third['run']['id']}/relaunch", json={"nodes": "failed"})
    assert (nothing.status_code, nothing.json()["code"]) == (409, "nothing_failed")


async def test_a_template_that_goes_or_is_refused_is_its_nodes_failure(works: Works) -> None:
    good, gone = await works.template("true"), await works.template("echo gone")
    nodes: list[dict[str, Any]] = [
        {"key": "ask", "kind": "approval", "title": "Go on?"},
        {"key": "gone", "template_id": gone},
        {"key": "none", "template_id": good, "targets": {"tags": ["no-host-has-this"]}},
        {"key": "mend", "template_id": good, "converge": "all"},
    ]
    edges = ["ask gone failure", "ask none failure", "gone mend failure", "none mend failure"]
    flow = await works.workflow(nodes, edges)
    run = (await works.launch(flow))["run"]["id"]
    found = await works.until(run, lambda run: states(run)["ask"] == "waiting_approval")
    await works.shop.admin.delete(f"/job-templates/{gone}")
    await works.shop.admin.post(f"/workflow-approvals/{node_of(found, 'ask')['id']}/deny", json={})
    done = await works.ended(run)
    assert states(done) == {"ask": "failed", "gone": "failed", "none": "failed", "mend": "succeeded"}
    assert "no such template" in node_of(done, "gone")["note"]
    assert "nothing to run on" in node_of(done, "none")["note"]
    assert (await works.launch(flow, 409))["code"] == "template_gone"


async def test_news_go_out_as_the_workflow_asks(works: Works) -> None:
    nodes: list[dict[str, Any]] = [
        {"key": "ask", "kind": "approval", "title": "Go on?"},
        {"key": "do", "template_id": await works.template("exit 1")},
    ]
    told = {"on_start": True, "on_success": True, "on_failure": True}
    flow = await works.workflow(nodes, ["ask do success"], notify=told)
    run = (await works.launch(flow))["run"]["id"]
    found = await works.until(run, lambda run: states(run)["ask"] == "waiting_approval")
    other = await works.shop.front.user("other", role="operator", all_hosts=True)
    await other.post(f"/workflow-approvals/{node_of(found, 'ask')['id']}/approve", json={})
    await works.ended(run)
    rows = await works.shop.front.rows("select kind, detail->>'path', host_ids from notify_notice order by id")
    assert rows == [
        ("job_started", f"/workflow-runs/{run}", []),
        ("job_waits", f"/workflow-runs/{run}", [works.host]),
        ("job_failed", f"/workflow-runs/{run}", [works.host]),
    ]


async def test_old_runs_go_by_the_terms_of_jobs(works: Works) -> None:
    flow = await works.workflow([{"key": "a", "template_id": await works.template("true")}], [])
    old = (await works.ended((await works.launch(flow))["run"]["id"]))["run"]["id"]
    held = await works.workflow([{"key": "a", "kind": "approval", "title": "Go on?"}], [])
    still = (await works.launch(held))["run"]["id"]
    works.shop.front.clock.move(timedelta(days=4000))
    await works.shop.front.controller.conductor.sweep()
    assert await works.shop.front.rows("select id from workflow_run") == [still]
    assert old != still
