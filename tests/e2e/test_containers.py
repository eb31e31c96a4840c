"""Containers of a real Docker engine in the page: lists, deeds, logs, and what happens behind its back."""

from __future__ import annotations

import json
import re
import statistics

import pytest
from playwright.async_api import Locator, Page, expect

from tests.e2e.browser import window
from tests.e2e.conftest import IMAGE, Stage, add, enter, set_up
from tests.support.lab import LabHost

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(180)]
SOON_MS = 2000


def row(page: Page, name: str) -> Locator:
    """A container in a list."""
    return page.locator(f'[data-container="{name}"]')


def state(page: Page, name: str) -> Locator:
    """How it is, as the list says."""
    return row(page, name).locator("[data-container-state]")


async def test_walk_over_containers(stage: Stage, dock: LabHost) -> None:
    async with await set_up(stage) as api, window(stage.browser, stage.url) as (page, complaints):
        host_id = await add(api, stage.lab, dock)
        await add(api, stage.lab, stage.hosts["web-1"])
        await api.wait_for_host(host_id, lambda now: now["state"] == "up")
        await enter(page, stage.url)

        # over the fleet: live figures, projects, filters in the address, order by use
        await page.goto("/containers")
        await expect(state(page, "shop-web")).to_have_attribute("data-container-state", "running")
        await expect(row(page, "shop-web").locator(".container-memory")).to_contain_text("iB")
        await expect(page.locator('[data-project="shop"]')).to_contain_text("2 of 2 running")
        await page.get_by_role("textbox", name="Search containers").fill("8080")
        await expect(page.locator("[data-container]")).to_have_count(1)
        await expect(page).to_have_url(re.compile("q=.*8080"))
        await page.get_by_role("textbox", name="Search containers").fill("")
        await page.get_by_role("button", name="CPU").click()
        await expect(page).to_have_url(re.compile("sort=-cpu"))
        await page.get_by_role("button", name="Memory").click()
        await expect(page).to_have_url(re.compile("sort=-memory"))

        # the host's tab: pause does no harm and asks nothing, stop says what goes with it
        await page.goto(f"/hosts/{host_id}?tab=containers")
        await page.get_by_role("button", name="Actions for lonely").click()
        await page.get_by_role("menuitem", name="Pause").click()
        await expect(state(page, "lonely")).to_have_attribute("data-container-state", "paused")
        await page.get_by_role("button", name="Actions for lonely").click()
        await page.get_by_role("menuitem", name="Resume").click()
        await expect(state(page, "lonely")).to_have_attribute("data-container-state", "running")
        await page.get_by_role("button", name="Stop: shop").click()
        dialog = page.get_by_role("dialog")
        await expect(dialog).to_contain_text("shop-web")
        await expect(dialog).to_contain_text("8080")
        await page.keyboard.press("Escape")

        # behind our back
        dock.exec("docker kill shop-db")
        await expect(state(page, "shop-db")).to_have_attribute("data-container-state", "exited", timeout=SOON_MS)
        await page.get_by_label("Select shop-db").check()
        await page.get_by_role("toolbar", name="Selected containers").get_by_role("button", name="Start").click()
        await expect(state(page, "shop-db")).to_have_attribute("data-container-state", "running")
        dock.exec(f"docker run -d --name newcomer {IMAGE}")
        await expect(row(page, "newcomer")).to_be_visible()

        # it goes, with what it wrote
        await page.get_by_role("button", name="Actions for newcomer").click()
        await page.get_by_role("menuitem", name="Remove").click()
        await expect(dialog).to_contain_text("running and is killed first")
        await dialog.get_by_role("button", name="Remove").click()
        await expect(row(page, "newcomer")).to_have_count(0)
        assert "newcomer" not in dock.exec("docker ps -a --format '{{.Names}}'")
    assert complaints == []


async def test_one_container_its_log_and_what_it_is(stage: Stage, dock: LabHost) -> None:
    async with await set_up(stage) as api, window(stage.browser, stage.url) as (page, complaints):
        host_id = await add(api, stage.lab, dock)
        await api.wait_for_host(host_id, lambda now: now["state"] == "up")
        await enter(page, stage.url)
        await page.goto(f"/hosts/{host_id}?tab=containers")
        await row(page, "shop-web").get_by_role("link", name="shop-web").click()
        await expect(page.locator("h1")).to_have_text("shop-web")
        await expect(page.locator('[data-chart="CPU"] b')).to_contain_text("%")
        await expect(page.get_by_text("8080 → 80/tcp")).to_be_visible()
        await expect(page.get_by_text("/cache")).to_be_visible()

        await page.get_by_role("tab", name="Logs").click()
        log = page.get_by_role("log")
        await expect(log).to_contain_text("tick")
        count = page.get_by_text(re.compile(r"^\d+ lines$"))
        before = int(((await count.inner_text()).split())[0])
        await expect(count).not_to_have_text(f"{before} lines")  # it goes on by itself
        await page.get_by_role("textbox", name="Search the log").fill("tick 3")
        await expect(log.locator("mark").first).to_have_text("tick 3")
        await expect(log).not_to_contain_text("tick 4")
        async with page.expect_download() as coming:
            await page.get_by_role("link", name="Download").click()
        said = (await (await coming.value).path()).read_text()
        assert "tick 1\ntick 2\n" in said

        await page.get_by_role("tab", name="Processes").click()
        await expect(page.locator("[data-part=top]")).to_contain_text("sleep")
        await page.get_by_role("tab", name="Inspect").click()
        await expect(page.locator(".cm-content")).to_contain_text("/shop-web")
        await page.get_by_role("button", name="Restart").click()
        await page.get_by_role("dialog").get_by_role("button", name="Restart").click()
        await expect(page.get_by_role("dialog")).to_have_count(0)

        await page.goto(f"/hosts/{host_id}?tab=containers&part=images")
        await expect(page.locator("[data-part=images]")).to_contain_text("shop-web")
        await page.goto(f"/hosts/{host_id}?tab=containers&part=volumes")
        await expect(page.locator("[data-part=volumes]")).to_contain_text("cache")
        dock.exec(f"docker run --name leftover {IMAGE} true")
        await page.get_by_role("button", name="Clean up").click()
        dialog = page.get_by_role("dialog")
        await expect(dialog).to_contain_text("leftover")
        await expect(dialog).not_to_contain_text("shop-web")
        await dialog.get_by_role("button", name="Remove them").click()
        await expect(dialog).to_have_count(0)
        assert "leftover" not in dock.exec("docker ps -a --format '{{.Names}}'")
    assert complaints == []


async def test_an_engine_that_is_away_says_how_to_mend_it(stage: Stage, dock: LabHost) -> None:
    async with await set_up(stage) as api, window(stage.browser, stage.url) as (page, complaints):
        host_id = await add(api, stage.lab, dock)
        bare = await add(api, stage.lab, stage.hosts["web-1"])
        for one in (host_id, bare):
            await api.wait_for_host(one, lambda now: now["state"] == "up")
        await enter(page, stage.url)
        await page.goto(f"/hosts/{bare}?tab=containers")
        await expect(page.get_by_role("heading", name="Neither Docker nor Podman is here")).to_be_visible()

        await page.goto(f"/hosts/{host_id}?tab=containers")
        await expect(state(page, "lonely")).to_have_attribute("data-container-state", "running")
        dock.exec("kill -STOP $(cat /var/run/docker.pid)")
        try:
            await expect(page.locator("[data-engine]")).to_be_visible(timeout=60_000)
            await expect(row(page, "lonely")).to_be_visible()  # what was last known stays
        finally:
            dock.exec("kill -CONT $(cat /var/run/docker.pid)")
        await expect(page.locator("[data-engine]")).to_have_count(0, timeout=60_000)
        await expect(state(page, "lonely")).to_have_attribute("data-container-state", "running")
    assert complaints == []


async def test_an_engine_that_is_closed_to_the_account_is_looked_at_again_when_asked(
    stage: Stage, dock: LabHost
) -> None:
    async with await set_up(stage) as api, window(stage.browser, stage.url) as (page, complaints):
        host_id = await add(api, stage.lab, dock, username="ops", name="as ops")
        await api.wait_for_host(host_id, lambda now: now["state"] == "up")
        await enter(page, stage.url)
        await page.goto(f"/hosts/{host_id}?tab=containers")
        note = page.locator("[data-engine=denied]")
        await expect(note).to_contain_text(re.compile("Looked at again by itself in .* (minute|second)"))
        dock.exec("chmod 666 /var/run/docker.sock")
        try:
            await note.get_by_role("button", name="Look again").click()
            await expect(note).to_have_count(0)
            await expect(state(page, "lonely")).to_have_attribute("data-container-state", "running")
        finally:
            dock.exec("chmod 660 /var/run/docker.sock")
    assert complaints == []


async def test_figures_in_the_page_are_those_of_docker_stats(stage: Stage, dock: LabHost) -> None:
    """Under a constant load: processor within 5 points, memory within 1 %; the middle one of five looks each."""
    busy = "x=$(head -c 50000000 /dev/zero | tr '\\0' a); while :; do :; done"
    dock.exec(f'docker run -d --name steady --cpus 0.3 {IMAGE} sh -c "{busy.replace("$", chr(92) + "$")}"')
    try:
        async with await set_up(stage) as api, window(stage.browser, stage.url) as (page, complaints):
            host_id = await add(api, stage.lab, dock)
            await api.wait_for_host(host_id, lambda now: now["state"] == "up")
            await enter(page, stage.url)
            await page.goto(f"/hosts/{host_id}?tab=containers")
            steady = row(page, "steady")
            await expect(steady.locator(".container-cpu")).to_contain_text(re.compile(r"[1-9]\d"), timeout=60_000)
            shown: list[tuple[float, float]] = []
            told: list[tuple[float, float]] = []
            for _ in range(5):
                said = json.loads(dock.exec("docker stats --no-stream --format '{{json .}}' steady"))
                told.append((float(said["CPUPerc"].rstrip("%")), mebibytes(said["MemUsage"].split("/")[0])))
                cpu = await steady.locator(".container-cpu").inner_text()
                memory = await steady.locator(".container-memory").inner_text()
                shown.append((float(cpu.split()[-1].rstrip("%")), mebibytes(memory)))
            middle = [[statistics.median(column) for column in zip(*rows, strict=True)] for rows in (shown, told)]
            (cpu_shown, memory_shown), (cpu_told, memory_told) = middle
            assert abs(cpu_shown - cpu_told) <= 5, (shown, told)
            assert abs(memory_shown - memory_told) <= 0.01 * memory_told, (shown, told)
            assert memory_told > 40
    finally:
        dock.exec("docker rm -f steady")
    assert complaints == []


def mebibytes(said: str) -> float:
    """Of "48.3 MiB" or "48.3MiB"."""
    found = re.match(r"([\d.]+)\s*(KiB|MiB|GiB)", said.strip())
    assert found is not None, said
    return float(found[1]) * {"KiB": 1 / 1024, "MiB": 1, "GiB": 1024}[found[2]]
