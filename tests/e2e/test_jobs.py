"""Jobs in the page: a command on many hosts, a cancel that ends all of it, a survey, an approval."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import pytest
from playwright.async_api import Locator, Page, Route, expect

from tests.e2e.browser import window
from tests.e2e.conftest import Front, Stage, add, enter, set_up
from tests.e2e.shells import add_daemon
from tests.support import sshd
from tests.support.api import Api
from tests.support.lab import HostSpec, LabHost

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(240)]
MANY = 20
SECOND, SECRET = "second", "another correct horse"
GONE_S = 1.0  # after "canceled"


@dataclass(frozen=True, slots=True)
class Scene:
    """A window with somebody logged in, and so many hosts that are up, all with the tag "fleet"."""

    api: Api
    page: Page
    hosts: list[LabHost]


@asynccontextmanager
async def scene(stage: Stage, count: int, refused: int = 0) -> AsyncIterator[Scene]:
    """What a walk begins with; the browser complains of so many refused requests, and of nothing else."""
    hosts = stage.lab.up([HostSpec(f"node-{place}") for place in range(1, count + 1)])
    try:
        async with await set_up(stage) as api, window(stage.browser, stage.url) as (page, complaints):
            key = {"name": "key of the lab", "kind": "key", "private_key": stage.lab.client_key}
            credential = (await api.call("POST", "/credentials", key))["id"]
            ids = [await add(api, stage.lab, host, tags=["fleet"], credential_id=credential) for host in hosts]
            for host_id in ids:
                await api.wait_for_host(host_id, lambda now: now["state"] == "up")
            await enter(page, stage.url)
            yield Scene(api, page, hosts)
            assert len(complaints) == refused, complaints
            assert all("400" in line for line in complaints), complaints
    finally:
        stage.lab.remove(*hosts)


async def choose(page: Page, word: str, name: str | None = None) -> None:
    """Add a group, tag or host to the hosts of what is going to run."""
    field = page.get_by_role("combobox", name="Hosts", exact=True)
    await field.click()
    await field.fill(word)
    await page.get_by_role("option", name=name or word, exact=True).click()
    await page.keyboard.press("Escape")


async def run(page: Page, command: str, hosts: int) -> int:
    """Type a command on the Run page, see the hosts, launch it; the job's id."""
    await page.get_by_role("textbox", name="Command", exact=True).fill(command)
    await expect(page.locator(f"[data-resolved='{hosts}']")).to_be_visible()
    await page.get_by_role("button", name=re.compile("^Run on")).click()
    await expect(page).to_have_url(re.compile(r"/jobs/\d+"))
    return job_of(page)


def job_of(page: Page) -> int:
    """Which job the page shows."""
    found = re.search(r"/jobs/(\d+)", page.url)
    assert found is not None
    return int(found[1])


def state(page: Page) -> Locator:
    """How the job goes, as its head says."""
    return page.locator("h1 ~ [data-state]").first


async def second_person(api: Api, url: str) -> None:
    """An operator of all hosts."""
    rights = {"role": "operator", "all_hosts": True, "group_ids": []}
    token = (await api.call("POST", "/invitations", rights))["link_token"]
    async with Api(url) as other:
        await other.call("POST", "/invitations/accept", {"token": token, "username": SECOND, "password": SECRET})


async def test_a_command_on_twenty_hosts_groups_what_they_say(stage: Stage) -> None:
    async with scene(stage, MANY) as on:
        page = on.page
        await page.goto("/")
        await expect(page.locator("h1")).to_have_text("Fleet")
        await page.keyboard.press("g")
        await page.keyboard.press("r")
        await expect(page).to_have_url(re.compile("/run"))
        launch = page.get_by_role("button", name="Run", exact=True)
        await expect(launch).to_have_attribute("aria-disabled", "true")
        await launch.hover()
        await expect(page.get_by_role("tooltip")).to_have_text("Type what is to be run.")
        await choose(page, "fleet", "#fleet")
        # two of twenty say something else
        command = 'echo alike; case $(hostname) in *7) printf "\\033[31mother\\033[0m\\n";; *) echo same;; esac'
        await page.get_by_role("textbox", name="Command", exact=True).fill(command)
        await expect(page.locator(f"[data-resolved='{MANY}']")).to_be_visible()
        await expect(page.locator("[data-target]")).to_have_count(MANY)
        await page.keyboard.press("Control+Enter")
        await expect(page).to_have_url(re.compile(r"/jobs/\d+"))
        await expect(state(page)).to_have_attribute("data-state", "succeeded")
        await expect(page.locator("[data-group='18']")).to_contain_text("same")
        others = page.locator("[data-group='2']")
        await expect(others.locator("[data-chip]")).to_have_text(["node-17", "node-7"])
        await expect(others.locator("[data-differs]")).to_have_text(["other"])
        await expect(others.locator("[data-color='1']")).to_have_text("other")

        await page.get_by_role("tab", name="Hosts").click()
        await expect(page.locator("[data-job-host]")).to_have_count(MANY)
        await page.get_by_role("link", name="node-7", exact=True).click()
        log = page.get_by_role("log")
        await expect(log).to_contain_text("other")
        await expect(log).not_to_contain_text("same")
        await page.get_by_role("textbox", name="Search the output").fill("alike")
        await expect(log.locator("mark")).to_have_text("alike")
        async with page.expect_download() as coming:
            await page.get_by_role("button", name="Export").click()
            await page.get_by_role("menuitem", name="Results as CSV").click()
        table = (await (await coming.value).path()).read_text()
        assert len(table.strip().splitlines()) == MANY + 1

        await page.goto("/jobs")
        await expect(page.locator("[data-job]")).to_have_count(1)
        asked = asyncio.Event()

        async def late(route: Route) -> None:
            await asked.wait()
            await route.continue_()

        await page.route("**/api/v1/jobs/commands", late)
        await page.goto("/run")  # what was run before is there again, however quick the key
        await page.get_by_role("textbox", name="Command", exact=True).press("ArrowUp")
        asked.set()
        await expect(page.get_by_role("textbox", name="Command", exact=True)).to_have_value(command)


async def test_a_cancel_in_the_middle_leaves_nothing_alive(stage: Stage) -> None:
    async with scene(stage, 4) as on:
        page, hosts = on.page, on.hosts
        await page.goto("/run?tag=%5B%22fleet%22%5D")
        # a child, a grandchild that left its session, and one that ignores being asked
        work = "(setsid sleep 4711 &) ; (trap '' TERM; sleep 4712) & echo begun; sleep 4713"
        await run(page, work, 4)
        await expect(page.locator("[data-count='running']")).to_contain_text("4")
        await page.get_by_role("tab", name="Log").click()
        await expect(page.get_by_role("log").get_by_text("begun")).to_have_count(4)
        assert all(alive(host) for host in hosts)
        await page.get_by_role("button", name="Cancel task").click()
        dialog = page.get_by_role("dialog")
        await expect(dialog).to_contain_text("4 hosts where it runs")
        await dialog.get_by_role("button", name="Cancel task").click()
        await expect(state(page)).to_have_attribute("data-state", "canceled", timeout=30_000)
        deadline = time.monotonic() + GONE_S
        while any(alive(host) for host in hosts) and time.monotonic() < deadline:
            await asyncio.sleep(0.05)
        assert [alive(host) for host in hosts] == [""] * 4
        await page.get_by_role("tab", name="Hosts").click()
        await expect(page.locator("[data-result='canceled']")).to_have_count(4)


def alive(host: LabHost) -> str:
    """What of the work is still there."""
    return host.exec("pgrep -af '^sleep 471[0-9]' || true").strip()


async def test_once_more_where_it_failed_only(stage: Stage) -> None:
    async with scene(stage, 4) as on:
        page, hosts = on.page, on.hosts
        await page.goto("/run?tag=%5B%22fleet%22%5D")
        for host in hosts[:2]:
            host.exec("touch /tmp/ready")
        first = await run(page, "test -e /tmp/ready || { echo not yet >&2; exit 3; }", 4)
        await expect(state(page)).to_have_attribute("data-state", "failed")
        await expect(page.locator("[data-count='failed']")).to_contain_text("2")
        await expect(page.locator("[data-group='2']").filter(has_text="exit 3")).to_contain_text("not yet")
        for host in hosts[2:]:
            host.exec("touch /tmp/ready")
        await page.get_by_role("button", name="Run again").click()
        await page.get_by_role("menuitem", name="Only on the 2 hosts where it failed").click()
        await expect(page).not_to_have_url(re.compile(rf"/jobs/{first}\b"))
        await expect(state(page)).to_have_attribute("data-state", "succeeded")
        await expect(page.get_by_role("link", name=f"again after #{first}")).to_be_visible()
        ran = await on.api.call("GET", f"/jobs/{job_of(page)}/hosts")
        assert sorted(one["name"] for one in ran["items"]) == ["node-3", "node-4"]


async def make_template(page: Page, name: str, command: str, host: str) -> None:
    """Write a template with one question, as a person does."""
    await page.goto("/jobs/templates/new")
    await page.get_by_role("textbox", name="Name", exact=True).first.fill(name)
    await page.get_by_role("textbox", name="Command").fill(command)
    await choose(page, host)
    await page.get_by_role("button", name="Add a question").click()
    question = page.get_by_role("group", name=re.compile("value_1|Greeting"))
    await question.get_by_label("Question").fill("Greeting")
    await expect(question.get_by_label("Name")).to_have_value("greeting")
    await expect(question).to_contain_text("Used as {{ greeting }}")
    preview = page.get_by_role("region", name="As it will be asked")
    await expect(preview.get_by_label("Greeting")).to_be_visible()


async def test_a_survey_is_asked_and_its_answer_is_data(stage: Stage) -> None:
    async with scene(stage, 1, refused=1) as on:
        page, (host,) = on.page, on.hosts
        await make_template(page, "greet", "echo said: {{ greetings }}", host.name)
        await page.get_by_role("button", name="Save").click()
        command = page.get_by_role("textbox", name="Command")
        await expect(command).to_have_attribute("aria-invalid", "true")
        said = page.locator(f"#{await command.get_attribute('id')}-error")
        await expect(said).to_contain_text("Nothing is asked that is called greetings")
        await command.fill("echo said: {{ greeting }}")
        await page.get_by_role("button", name="Save").click()
        row = page.locator("[data-template='greet']")
        await expect(row).to_contain_text("1 question")
        mark = row.locator(".mantine-Badge-root").first
        assert await mark.evaluate("it => it.querySelector('span').scrollWidth <= it.clientWidth")
        await row.get_by_role("button", name="Launch: greet").click()
        dialog = page.get_by_role("dialog", name="Launch greet")
        await expect(dialog.locator("[data-target='node-1']")).to_be_visible()
        await dialog.get_by_role("button", name="Run on 1 host").click()
        await expect(dialog).to_contain_text("Answer this.")
        await dialog.get_by_label("Greeting").fill("$(touch /tmp/pwned) `id`; 'x' \"y\"")
        await dialog.get_by_role("button", name="Run on 1 host").click()
        await expect(page).to_have_url(re.compile(r"/jobs/\d+"))
        await expect(page.get_by_role("log")).to_contain_text("said: $(touch /tmp/pwned) `id`; 'x' \"y\"")
        assert "pwned" not in host.exec("ls /tmp")


async def test_a_second_person_approves_and_rejects(stage: Stage) -> None:
    async with scene(stage, 1) as on:
        page, (host,) = on.page, on.hosts
        await second_person(on.api, stage.url)
        await make_template(page, "careful", "echo {{ greeting }} > /tmp/careful", host.name)
        await page.get_by_role("switch", name="A second person has to approve it").click()
        await page.get_by_role("button", name="Save").click()
        await launch(page, "careful", "first")
        await expect(state(page)).to_have_attribute("data-state", "waiting_approval")
        await expect(page.locator("[data-may-not-decide]")).to_contain_text("Somebody else has to decide")
        await expect(page.get_by_label("Why (optional)")).to_have_count(0)
        await expect(page.locator("[data-waiting]")).to_have_count(0)
        first = job_of(page)
        async with window(stage.browser, stage.url) as (other, grumbles):
            await enter(other, stage.url, SECOND, SECRET)
            await other.goto("/jobs/approvals")
            card = other.locator(f"[data-approval='{first}']")
            await expect(card).to_contain_text("echo {{ greeting }} > /tmp/careful")
            await expect(card).to_contain_text("first")
            await expect(card.locator("[data-chip='node-1']")).to_be_visible()
            await other.set_viewport_size({"width": 390, "height": 844})
            answers = [card.get_by_role("button", name=name) for name in ("Approve", "Reject")]
            places = [await one.evaluate("it => it.getBoundingClientRect().top") for one in answers]
            assert places[0] == places[1]
            assert "careful" not in host.exec("ls /tmp")
            await expect(other.locator("[data-waiting='1']")).to_be_visible()
            await card.get_by_role("button", name="Approve").click()
            await card.get_by_role("button", name="Approve it").click()
            await expect(card).to_have_count(0)
            await expect(state(page)).to_have_attribute("data-state", "succeeded")
            assert host.exec("cat /tmp/careful") == "first\n"

            await page.goto("/jobs/templates")
            await launch(page, "careful", "second")
            await other.goto("/jobs/approvals")
            card = other.locator(f"[data-approval='{job_of(page)}']")
            await card.get_by_label("Why (optional)").fill("not today")
            await card.get_by_role("button", name="Reject").click()
            await card.get_by_role("button", name="Reject it").click()
            await expect(state(page)).to_have_attribute("data-state", "canceled")
            await expect(page.locator("main")).to_contain_text("not today")
            assert host.exec("cat /tmp/careful") == "first\n"
            assert grumbles == []


async def launch(page: Page, template: str, greeting: str) -> None:
    """Launch a template from the list with its one answer."""
    await page.get_by_role("button", name=f"Launch: {template}").click()
    dialog = page.get_by_role("dialog", name=f"Launch {template}")
    await dialog.get_by_label("Greeting").fill(greeting)
    await dialog.get_by_role("button", name="Run on 1 host").click()
    await expect(page).to_have_url(re.compile(r"/jobs/\d+"))


async def test_run_here_from_the_fleet_the_palette_and_a_host(front: Front) -> None:
    with sshd.running() as daemon:
        async with await set_up(front) as api, window(front.browser, front.url) as (page, complaints):
            host_id = await add_daemon(api, daemon, "live")
            await enter(page, front.url)
            await page.goto("/")
            await page.get_by_label("Select live").check()
            await page.get_by_role("toolbar", name="Selected hosts").get_by_role("button", name="Run…").click()
            await expect(page.locator("[data-target='live']")).to_be_visible()

            await page.keyboard.press("Control+k")
            await page.get_by_role("combobox", name="Host or page").fill("echo from the palette")
            await expect(page.get_by_role("option", name="Run: echo from the palette")).to_be_visible()
            await page.keyboard.press("Enter")
            command = page.get_by_role("textbox", name="Command", exact=True)
            await expect(command).to_have_value("echo from the palette")
            await choose(page, "live")
            await run(page, "echo from the palette", 1)
            await expect(page.get_by_role("log")).to_contain_text("from the palette")

            await page.goto(f"/hosts/{host_id}?tab=jobs")
            await expect(page.locator("[data-job]")).to_contain_text("echo from the palette")
            await page.get_by_role("button", name="Run here…").click()
            await expect(page.locator("[data-target='live']")).to_be_visible()
            await page.get_by_role("textbox", name="Expression").fill("name:( | x")
            await expect(page.get_by_role("alert")).to_contain_text("character")
            await expect(page.get_by_role("button", name="Run", exact=True)).to_have_attribute("aria-disabled", "true")
            await page.keyboard.press("Control+a")
            await page.keyboard.press("Delete")
            await expect(page.get_by_role("alert")).to_have_count(0)
        # what was refused was said by the page; the browser says it, too
        assert [one for one in complaints if "400" not in one] == []
