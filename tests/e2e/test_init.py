"""A first set-up in the page: chosen, run dry with its difference, done, kept as a template; the way out where there is
no Python."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.async_api import Page, expect

from tests.e2e.browser import NARROW, window
from tests.e2e.conftest import Front, Stage, add, enter, set_up
from tests.e2e.shells import add_daemon
from tests.e2e.test_axe import violations
from tests.e2e.test_jobs import choose, state
from tests.e2e.test_library import shown
from tests.support import sshd
from tests.support.api import Api
from tests.support.lab import HostSpec

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]
ZONE = "Asia/Tokyo"
PING = "- hosts: all\n  gather_facts: false\n  tasks: [{name: Reach it, ansible.builtin.ping: }]\n"


async def test_a_dry_run_shows_what_would_change_and_a_run_changes_it(stage: Stage) -> None:
    hosts = list(stage.hosts.values())
    async with await set_up(stage) as api, window(stage.browser, stage.url) as (page, complaints):
        for host in hosts:
            host_id = await add(api, stage.lab, host, tags=["fleet"])
            await api.wait_for_host(host_id, lambda now: now["state"] == "up")
        await enter(page, stage.url)
        await page.goto("/run")
        await page.get_by_text("First set-up", exact=True).click()
        launch = page.get_by_role("button", name=re.compile("^Run"))
        await launch.hover()
        await expect(page.get_by_role("tooltip")).to_have_text("Choose at least one step.")
        await choose_steps(page)
        await shown(page, "init-form")
        await choose(page, "fleet", "#fleet")
        await page.get_by_role("switch", name="Dry run").check()
        await page.get_by_role("button", name="Run on 2 hosts").click()
        await expect(state(page)).to_have_attribute("data-state", "succeeded")
        cell = page.locator("[data-grid-host=web-1] [data-cell]")
        await expect(cell).to_have_count(2)
        await expect(page.locator(".steps thead th").nth(1)).to_have_text("Host name")
        await shown(page, "init-grid")
        await cell.nth(1).click()
        await expect(page.get_by_role("dialog")).to_contain_text(f"The time zone is to be {ZONE}")
        await shown(page, "init-step")
        assert hosts[0].exec("readlink /etc/localtime || echo none").strip() != f"/usr/share/zoneinfo/{ZONE}"
        await page.keyboard.press("Escape")
        await page.get_by_role("button", name="Run again").click()
        await page.get_by_role("menuitem", name="With changes…").click()
        await page.get_by_role("switch", name="Dry run").uncheck()
        await page.get_by_role("button", name="Run on 2 hosts").click()
        await expect(state(page)).to_have_attribute("data-state", "succeeded")
        await expect(page.locator("[data-grid-host=web-2] [data-cell=changed]")).to_have_count(1)
        for host in hosts:
            assert host.exec("readlink /etc/localtime").strip() == f"/usr/share/zoneinfo/{ZONE}"
    assert complaints == []


async def choose_steps(page: Page) -> None:
    """Host name and time zone, in that order, after one that is wrong and one that is too many."""
    await page.locator("[data-add-step=timezone]").click()
    await page.locator("[data-add-step=python]").click()
    await page.locator("[data-add-step=hostname]").click()
    await page.get_by_role("button", name="Remove Python for Ansible").click()
    await page.get_by_role("button", name="Move Host name up").click()
    steps = page.locator("[data-init-step]")
    await expect(steps).to_have_count(2)
    await expect(steps.first).to_contain_text("1. Host name")
    zone = page.get_by_label("Time zone", exact=True)
    await zone.fill("Mars Base")
    await expect(steps.nth(1)).to_contain_text("does not have the form")
    await zone.fill(ZONE)


async def test_a_host_without_python_is_shown_the_way(stage: Stage) -> None:
    (tiny,) = stage.lab.up([HostSpec("tiny", flavour="tiny")])
    try:
        async with await set_up(stage) as api, window(stage.browser, stage.url) as (page, complaints):
            host_id = await add(api, stage.lab, tiny)
            await api.wait_for_host(host_id, lambda now: now["state"] == "up")
            own = await api.call("POST", "/library/own", {"name": "ping", "text": PING})
            body = {"kind": "playbook", "spec": {"playbook": own["reference"]}, "targets": {"host_ids": [host_id]}}
            job = await api.call("POST", "/jobs", body)
            await enter(page, stage.url)
            await page.goto(f"/jobs/{job['id']}")
            way = page.locator("[data-needs-python]")
            await expect(way).to_contain_text("1 host needs Python", timeout=60_000)
            await shown(page, "needs-python")
            await way.get_by_role("link", name="Install Python there").click()
            await expect(page.locator("[data-init-step=python]")).to_be_visible()
            await expect(page.locator("[data-target=tiny]")).to_be_visible()
            await page.get_by_role("switch", name="Dry run").check()
            await page.get_by_role("button", name="Run on 1 host").click()
            # nothing installs packages there, and that is what it says
            await expect(state(page)).to_have_attribute("data-state", re.compile("failed|succeeded"))
            await expect(page.locator("[data-grid-host=tiny] [data-cell]")).to_have_count(1)
        assert complaints == []
    finally:
        stage.lab.remove(tiny)


async def test_a_preset_is_kept_as_a_template_and_asked_for_again(front: Front) -> None:
    with sshd.running() as daemon:
        async with await set_up(front) as api, window(front.browser, front.url) as (page, complaints):
            await add_daemon(api, daemon, "web-1")
            steps = (await api.call("GET", "/jobs/init-steps"))["items"]
            await enter(page, front.url)
            await page.goto("/run?kind=init")
            await page.get_by_role("button", name="A safe way in").click()
            await expect(page.locator("[data-init-step]")).to_have_count(4)
            await page.get_by_role("button", name="New VPS: all steps").click()
            await expect(page.locator("[data-init-step]")).to_have_count(len(steps))
            await page.get_by_role("button", name="Undo").click()
            await expect(page.locator("[data-init-step]")).to_have_count(4)
            await page.get_by_role("button", name="New VPS: all steps").click()
            await shown(page, "init-all")
            await page.get_by_label("Public keys").fill("ssh-nonsense AAAA")
            await expect(page.locator("[data-init-step=user]")).to_contain_text("does not have the form")
            await page.get_by_label("Public keys").fill("")
            await page.get_by_role("button", name="Keep as template").click()
            await page.get_by_label("Name", exact=False).first.fill("New VPS")
            await page.get_by_role("button", name="Save").click()
            await expect(page.locator("[data-template='New VPS']")).to_be_visible()
            kept = await template(api, "New VPS")
            assert [one["step"] for one in kept["spec"]["steps"]] == [one["name"] for one in steps]
            await page.goto(f"/jobs/templates/{kept['id']}")
            await page.get_by_role("button", name="Remove Swap file").click()
            await page.get_by_role("button", name="Save").click()
            await expect(page.locator("[data-template='New VPS']")).to_be_visible()
            assert len((await template(api, "New VPS"))["spec"]["steps"]) == len(steps) - 1
        assert complaints == []


async def test_root_is_chosen_where_the_login_is_another_account(front: Front) -> None:
    async with await set_up(front) as api, window(front.browser, front.url) as (page, complaints):
        away = {"name": "away", "address": "127.0.0.1", "port": 1, "username": "ops"}
        host_id = (await api.call("POST", "/hosts", away))["id"]
        await enter(page, front.url)
        await page.goto(f"/run?kind=init&host=%5B{host_id}%5D")
        await page.get_by_role("button", name="New VPS: all steps").click()
        line = page.locator("[data-needs-root='1']")
        await expect(line).to_contain_text("run as root there by sudo")
        become = page.get_by_role("switch", name="As another account")
        await expect(become).to_be_checked()
        await become.uncheck()  # what is chosen by hand stays, and is warned of
        await expect(line).to_contain_text("they would fail there")
        await expect(become).not_to_be_checked()
        await line.get_by_role("button", name="Run as root").click()
        await expect(page.get_by_role("textbox", name="Account").last).to_have_value("root")
        await page.get_by_role("button", name="A safe way in").click()
        await expect(page.get_by_text("The steps were replaced.")).to_be_visible()
        await page.get_by_role("link", name="Fleet").first.click()
        await expect(page.locator("h1")).to_have_text("Fleet")
        await expect(page.get_by_text("The steps were replaced.")).to_have_count(0)
        body = {"kind": "init", "spec": {"steps": [{"step": "python"}]}, "targets": {"host_ids": [host_id]}}
        job = await api.call("POST", "/jobs", body)
        assert (await api.call("GET", f"/jobs/{job['id']}"))["name"] == "Python for Ansible"
        await page.goto(f"/jobs/{job['id']}")
        await page.get_by_role("tab", name="Grouped").click()
        await expect(page.get_by_text("1 host could not be reached")).to_be_visible(timeout=60_000)
    assert complaints == []


async def template(api: Api, name: str) -> dict[str, Any]:
    """A template by its name."""
    return next(one for one in (await api.call("GET", "/job-templates"))["items"] if one["name"] == name)


async def test_on_a_phone_in_chinese(front: Front) -> None:
    async with await set_up(front) as api, window(front.browser, front.url, size=NARROW) as (page, complaints):
        await api.call("PATCH", "/me", {"preferences": {"language": "zh-CN"}})
        await enter(page, front.url)
        await page.goto("/run?kind=init")
        await page.get_by_role("button", name="新 VPS：全部步骤").click()
        await expect(page.get_by_role("heading", name="加固 SSH 服务")).to_be_visible()
        await shown(page, "phone-init")
        assert await page.evaluate("document.documentElement.scrollWidth") <= NARROW[0]
        assert await violations(page) == []
    assert complaints == []
