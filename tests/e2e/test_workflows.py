"""Workflows in the page: drawn by hand, launched, approved by a second person, canceled, done again after a failure."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import pytest
from playwright.async_api import Locator, Page, expect

from tests.e2e.browser import NARROW, WIDE, window
from tests.e2e.conftest import Front, enter, set_up
from tests.e2e.shells import add_daemon
from tests.e2e.test_jobs import SECOND, SECRET, second_person
from tests.e2e.test_library import shown
from tests.support import sshd
from tests.support.api import Api

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]
COMMANDS = {
    "Build": "echo {{ word }}",
    "Deploy": "test -e {{ path }}",
    "Roll back": "echo back",
    "Report": "echo told",
    "Slow": "sleep 600",
}
ASKED: dict[str, list[dict[str, object]]] = {
    "Build": [{"name": "word", "type": "text", "label": "Word"}],
    "Deploy": [{"name": "path", "type": "text", "label": "Path"}],
}


@dataclass(frozen=True, slots=True)
class Scene:
    """A window, one host that is up, and templates by their names."""

    api: Api
    page: Page
    templates: dict[str, int]


@asynccontextmanager
async def scene(front: Front, size: tuple[int, int] = WIDE, refused: int = 0) -> AsyncIterator[Scene]:
    """What a walk begins with; the browser complains of so many refused requests, and of nothing else."""
    with sshd.running() as daemon:
        async with await set_up(front) as api, window(front.browser, front.url, size=size) as (page, complaints):
            host_id = await add_daemon(api, daemon, "web-1")
            templates = {}
            for name, command in COMMANDS.items():
                body = {"name": name, "spec": {"command": command}, "targets": {"host_ids": [host_id]}}
                made = await api.call("POST", "/job-templates", {**body, "survey": ASKED.get(name, [])})
                templates[name] = int(made["id"])
            await enter(page, front.url)
            yield Scene(api, page, templates)
            assert len(complaints) == refused, complaints
            assert all(re.search("status of 4(00|09)", line) for line in complaints), complaints


async def workflow(on: Scene, path: str = "/no/such/file") -> int:
    """Build, then deploy; a failure is rolled back, and whatever came of it is reported."""
    ways = [("build", "deploy", "success"), ("deploy", "back", "failure"), ("deploy", "report", "always")]
    ways += [("back", "report", "always")]
    nodes = [
        {"key": "build", "template_id": on.templates["Build"], "params": {"word": "hello"}},
        {"key": "deploy", "template_id": on.templates["Deploy"], "params": {"path": path}},
        {"key": "back", "template_id": on.templates["Roll back"]},
        {"key": "report", "template_id": on.templates["Report"], "converge": "any"},
    ]
    edges = [{"from": start, "to": end, "when": when} for start, end, when in ways]
    return int((await on.api.call("POST", "/workflows", {"name": "Release", "nodes": nodes, "edges": edges}))["id"])


def node(page: Page, name: str) -> Locator:
    """A node of the graph."""
    return page.locator(f"[data-flow-node='{name}']")


def step(page: Page, name: str) -> Locator:
    """The same of a run's list."""
    return page.locator(f"[data-node='{name}']")


async def pick(page: Page, field: str, option: str) -> None:
    """Choose from a field with a list."""
    box = page.get_by_role("combobox", name=field, exact=True)
    await box.click()
    await box.fill(option)
    await page.get_by_role("option", name=option, exact=True).click()


async def test_a_workflow_is_drawn_launched_and_approved_by_a_second_person(front: Front) -> None:
    async with scene(front) as on:
        page = on.page
        await page.goto("/workflows")
        await expect(page.get_by_text("No workflows yet")).to_be_visible()
        await shown(page, "workflows-none")
        await page.get_by_role("link", name="New workflow").first.click()
        await page.get_by_role("textbox", name="Name").first.fill("Release")
        await page.get_by_role("button", name="Add a template").click()
        save = page.get_by_role("button", name="Save")
        await save.hover()
        await expect(page.get_by_role("tooltip")).to_have_text("Mend the steps that are marked.")
        await pick(page, "Template", "Build")
        await page.get_by_role("textbox", name="Word").fill("hello")
        await page.get_by_role("button", name="Add an approval").click()
        await expect(page.get_by_text("Nobody else here may approve it yet")).to_be_visible()
        await page.get_by_role("textbox", name="What is asked").fill("Is it good?")
        await page.get_by_role("button", name="Add what follows").click()
        await pick(page, "Template", "Report")
        await expect(page.locator(".flow-ways g")).to_have_count(2)
        # a way that leads back is marked, and taken back
        await pick(page, "Add a way to…", "Build")
        await expect(node(page, "Build")).to_have_attribute("data-faulty", "true")
        await node(page, "Report").focus()
        await page.keyboard.press("Control+z")
        await expect(page.locator("[data-faulty]")).to_have_count(0)
        await page.keyboard.press("ArrowLeft")
        await expect(node(page, "Is it good?")).to_be_focused()
        await page.keyboard.press("Enter")
        await page.get_by_role("combobox", name="When Report follows").click()
        await page.get_by_role("option", name="always").click()
        await expect(page.locator(".flow-ways g[data-when=always]")).to_have_count(1)
        await shown(page, "workflow-editor")
        await leave_and_stay(page)
        await save.click()
        await expect(page.locator("[data-workflow=Release]")).to_be_visible()
        await page.get_by_role("button", name="Launch: Release").click()
        dialog = page.get_by_role("dialog")
        await expect(dialog.locator("[data-node-hosts=Build] [data-target=web-1]")).to_be_visible()
        await shown(page, "workflow-launch")
        await dialog.get_by_role("button", name="Launch").click()
        await expect(step(page, "Build")).to_have_attribute("data-node-state", "succeeded")
        await expect(step(page, "Is it good?")).to_have_attribute("data-node-state", "waiting_approval")
        await expect(page.locator("[data-may-not-decide]")).to_contain_text("Somebody else has to decide")
        await expect(page.get_by_role("textbox", name="Why")).to_have_count(0)
        await shown(page, "workflow-run-waits")
        await second_person(on.api, front.url)
        async with window(front.browser, front.url) as (theirs, said):
            await enter(theirs, front.url, SECOND, SECRET)
            await theirs.goto("/jobs/approvals")
            await expect(theirs.locator("[data-waiting='1']")).to_be_visible()
            await shown(theirs, "workflow-approvals")
            await theirs.get_by_role("textbox", name="Why").fill("looks good")
            await theirs.get_by_role("button", name="Approve").click()
            await theirs.get_by_role("button", name="Approve it").click()
            await expect(theirs.get_by_text("Nothing waits for approval")).to_be_visible()
            assert said == []
        await expect(page.locator("[data-run-state=succeeded]")).to_be_visible()
        await expect(step(page, "Is it good?")).to_contain_text(f"Approved by {SECOND}")
        await node(page, "Report").click()
        await expect(page).to_have_url(re.compile(r"/jobs/\d+"))
        await page.get_by_role("link", name="part of workflow run").click()
        await expect(page).to_have_url(re.compile(r"/workflow-runs/\d+"))


async def leave_and_stay(page: Page) -> None:
    """Going elsewhere asks first; staying keeps what was drawn."""
    await (
        page.get_by_role("link", name="Templates", exact=True).or_(page.get_by_role("link", name="Fleet")).first.click()
    )
    dialog = page.get_by_role("dialog", name="Leave without saving?")
    await expect(dialog).to_be_visible()
    await dialog.get_by_role("button", name="Cancel").click()
    await expect(node(page, "Build")).to_be_visible()


async def test_a_failure_takes_its_way_and_the_run_is_done_again_from_there(front: Front) -> None:
    async with scene(front) as on:
        page = on.page
        made = await workflow(on)
        await page.goto(f"/workflows/{made}")
        await page.get_by_role("button", name="Launch").click()
        await page.get_by_role("dialog").get_by_role("button", name="Launch").click()
        for name, state in {"Build": "succeeded", "Deploy": "failed", "Roll back": "succeeded"}.items():
            await expect(node(page, name)).to_have_attribute("data-node-state", state)
        await expect(node(page, "Report")).to_have_attribute("data-node-state", "succeeded")
        await shown(page, "workflow-run")
        run = await on.api.call("GET", "/workflow-runs")
        assert run["items"][0]["state"] == "succeeded", run
        await page.goto("/workflow-runs")
        await expect(page.locator("[data-run]")).to_have_count(1)
        await shown(page, "workflow-runs")
        await page.goto("/workflow-runs?state=failed")
        await expect(page.get_by_text("No run fits")).to_be_visible()
        # without the way out of a failure the run has failed, and goes on from there
        kept = await on.api.call("GET", f"/workflows/{made}")
        body = {"base": kept["version"], "edges": [{"from": "build", "to": "deploy", "when": "success"}]}
        nodes = [one for one in kept["nodes"] if one["key"] in {"build", "deploy"}]
        sent = [{name: one[name] for name in ("key", "template_id", "params")} for one in nodes]
        await on.api.call("PATCH", f"/workflows/{made}", {**body, "nodes": sent})
        launched = await on.api.call("POST", f"/workflows/{made}/launch", {})
        await page.goto(f"/workflow-runs/{launched['run']['id']}")
        await expect(page.locator("[data-run-state=failed]")).to_be_visible()
        await page.get_by_role("button", name="Run again").click()
        await page.get_by_role("menuitem", name="From what failed").click()
        await expect(page).not_to_have_url(re.compile(f"/{launched['run']['id']}$"))
        await expect(step(page, "Build")).to_contain_text("Succeeded in the run before")
        await expect(page.locator("[data-run-state=failed]")).to_be_visible()
        await page.get_by_role("button", name="Delete").click()
        await page.get_by_role("dialog").get_by_role("button", name="Delete").click()
        await expect(page.locator("[data-run]")).to_have_count(2)


async def test_a_cancel_ends_what_runs_and_begins_nothing(front: Front) -> None:
    async with scene(front) as on:
        page = on.page
        nodes = [{"key": name, "template_id": on.templates[name]} for name in ("Slow", "Report")]
        edges = [{"from": "Slow", "to": "Report", "when": "always"}]
        made = await on.api.call("POST", "/workflows", {"name": "Long", "nodes": nodes, "edges": edges})
        launched = await on.api.call("POST", f"/workflows/{made['id']}/launch", {})
        await page.goto(f"/workflow-runs/{launched['run']['id']}")
        await expect(node(page, "Slow")).to_have_attribute("data-node-state", "running")
        await page.get_by_role("button", name="Cancel the run").click()
        dialog = page.get_by_role("dialog")
        await expect(dialog).to_contain_text("1 task is ended")
        await dialog.get_by_role("button", name="Cancel the run").click()
        await expect(page.locator("[data-run-state=canceled]")).to_be_visible()
        await expect(node(page, "Slow")).to_have_attribute("data-node-state", "canceled")
        jobs = await on.api.call("GET", "/jobs", workflow_run_id=launched["run"]["id"])
        assert [one["state"] for one in jobs["items"]] == ["canceled"]


async def test_what_the_controller_refuses_stands_at_its_node_and_somebody_elses_change_is_not_lost(
    front: Front,
) -> None:
    async with scene(front, refused=2) as on:
        page = on.page
        made = await workflow(on)
        await page.goto(f"/workflows/{made}")
        await node(page, "Report").click()
        await page.get_by_text("all are taken").click()
        # a way by success and a way by failure of the same node: both can never be taken
        await node(page, "Deploy").click()
        await page.get_by_role("combobox", name="When Report follows").click()
        await page.get_by_role("option", name="on success").click()
        await page.get_by_role("button", name="Save").click()
        await expect(page.get_by_role("alert").first).to_be_visible()
        await expect(node(page, "Report")).to_have_attribute("data-faulty", "true")
        await shown(page, "workflow-refused")
        await page.get_by_role("button", name="Undo").click()
        await page.get_by_role("button", name="Undo").click()
        kept = await on.api.call("GET", f"/workflows/{made}")
        await on.api.call("PATCH", f"/workflows/{made}", {"base": kept["version"], "description": "theirs"})
        await page.get_by_role("textbox", name="Name").first.fill("Mine")
        await page.get_by_role("button", name="Save").click()
        await page.get_by_role("button", name="Try again").click()
        await expect(page.get_by_role("textbox", name="Description")).to_have_value("theirs")


async def test_on_a_phone_in_chinese(front: Front) -> None:
    async with scene(front, NARROW) as on:
        page = on.page
        made = await workflow(on)
        await on.api.call("PATCH", "/me", {"preferences": {"language": "zh-CN"}})
        await page.goto("/workflows")
        await expect(page.get_by_role("link", name="Release")).to_be_visible()
        await shown(page, "phone-workflows")
        await page.goto(f"/workflows/{made}")
        await expect(node(page, "Build")).to_be_visible()
        await shown(page, "phone-workflow")
        launched = await on.api.call("POST", f"/workflows/{made}/launch", {})
        await page.goto(f"/workflow-runs/{launched['run']['id']}")
        await expect(page.locator("[data-run-state=succeeded]")).to_be_visible()
        await expect(step(page, "Deploy")).to_contain_text("失败")
        await shown(page, "phone-workflow-run")
        assert await page.evaluate("document.documentElement.scrollWidth") <= NARROW[0]
