"""The way of somebody who has just started Moorline, in a browser, with real hosts that break."""

from __future__ import annotations

import asyncio
import re
import time

import pytest
from playwright.async_api import Page, WebSocket, expect

from tests.e2e.browser import NARROW, window
from tests.e2e.conftest import PASSWORD, USERNAME, Stage, add, set_up
from tests.support.lab.faults import fault, heal

pytestmark = [pytest.mark.e2e, pytest.mark.root, pytest.mark.timeout(240)]
UP_MS = 30_000
DOWN_MS = 40_000


async def log_in(page: Page) -> None:
    """By the form."""
    await page.goto("/login")
    await page.get_by_label("User name").fill(USERNAME)
    await page.locator("input[type=password]").fill(PASSWORD)
    await page.get_by_role("button", name="Log in").click()
    await expect(page.get_by_role("heading", name="Fleet")).to_be_visible()


async def test_set_up_then_a_host_by_password_and_one_by_key(stage: Stage) -> None:
    first, second = stage.hosts["web-1"], stage.hosts["web-2"]
    token = await stage.controller.first_run_token()
    async with window(stage.browser, stage.url) as (page, complaints):
        await page.goto(f"/setup?token={token}")
        await page.get_by_label("User name").fill(USERNAME)
        for place in (0, 1):
            await page.locator("input[type=password]").nth(place).fill(PASSWORD)
        await page.get_by_role("button", name="Create account").click()
        await expect(page.get_by_text("No hosts yet")).to_be_visible()

        await page.get_by_role("button", name="Add host").click()
        await page.get_by_role("menuitem", name="My key is on it already").click()
        await page.get_by_label("Address").fill(first.address)
        await page.get_by_label("Name", exact=True).fill(first.name)
        await page.locator("input[type=password]").fill("wrong")
        await page.get_by_role("button", name="Test now").click()
        await expect(page.get_by_text(first.fingerprint).first).to_be_visible()
        await page.get_by_label("I have compared it").check()
        await expect(page.get_by_text(re.compile("refuse", re.IGNORECASE)).first).to_be_visible()
        await page.locator("input[type=password]").fill(first.password)
        await page.get_by_role("button", name="Test now").click()
        await expect(page.get_by_text("It works")).to_be_visible()
        await page.get_by_role("button", name="Add host").click()
        await expect(page.locator("h1")).to_have_text(first.name)
        await expect(page.get_by_text("Up", exact=True)).to_be_visible(timeout=UP_MS)

        await page.goto("/hosts/new")
        await page.get_by_label("Address").fill(second.address)
        await page.get_by_label("Name", exact=True).fill(second.name)
        await page.get_by_text("Private key", exact=True).click()
        await page.locator("textarea").first.fill(stage.lab.client_key)
        await page.get_by_role("button", name="Add host").click()
        await expect(page.get_by_text("The host key waits for approval")).to_be_visible(timeout=UP_MS)
        await expect(page.get_by_text(second.fingerprint).first).to_be_visible()
        assert "Accepted" not in second.ssh_log()
        await page.get_by_role("button", name="Approve key").click()
        await page.get_by_role("dialog").get_by_role("button", name="Approve key").click()
        await expect(page.get_by_text("Up", exact=True)).to_be_visible(timeout=UP_MS)
        assert "Accepted publickey for root" in second.ssh_log()
    assert [said for said in complaints if "401" not in said] == []  # before the set-up nobody is logged in


async def test_live_charts_move_every_second_and_history_is_zoomed(stage: Stage) -> None:
    async with await set_up(stage) as api, window(stage.browser, stage.url) as (page, complaints):
        host_id = await add(api, stage.lab, stage.hosts["web-1"])
        await log_in(page)
        frames: list[float] = []

        def watch(socket: WebSocket) -> None:
            socket.on("framereceived", lambda said: frames.append(time.monotonic()) if "host.frame" in said else None)

        page.on("websocket", watch)
        await page.goto(f"/hosts/{host_id}")
        chart = page.locator("[data-chart=CPU]")
        await expect(chart.locator("canvas")).to_be_visible(timeout=UP_MS)
        await expect(chart.get_by_text(re.compile(r"total \d"))).to_be_visible(timeout=UP_MS)
        seen, since = len(frames), time.monotonic()
        before = await chart.locator("canvas").screenshot()
        while len(frames) < seen + 5:
            await asyncio.sleep(0.05)
        assert time.monotonic() - since < 8
        assert await chart.locator("canvas").screenshot() != before

        await page.get_by_text("1 h", exact=True).click()
        await expect(page).to_have_url(re.compile("range=1h"))
        await expect(chart.locator("canvas")).to_be_visible(timeout=UP_MS)  # shares need two stored readings
        box = await chart.locator(".u-over").bounding_box()
        assert box is not None
        await page.mouse.move(box["x"] + box["width"] * 0.7, box["y"] + 40)
        await page.mouse.down()
        await page.mouse.move(box["x"] + box["width"] * 0.95, box["y"] + 40, steps=5)
        await page.mouse.up()
        await expect(page).to_have_url(re.compile(r"from=\d+.*to=\d+"))
        await page.go_back()
        await expect(page).to_have_url(re.compile(r"range=1h$"))
        for tab in ("Cores", "Network", "Disks", "Processes", "Collectors", "Events"):
            await page.get_by_role("tab", name=tab).click()
            await expect(page.get_by_role("tab", name=tab)).to_have_attribute("aria-selected", "true")
        await expect(page.get_by_role("cell", name="Up").first).to_be_visible()
    assert [said for said in complaints if "401" not in said] == []


async def test_cut_network_and_changed_key_are_told_and_go_by(stage: Stage) -> None:
    host = stage.hosts["web-1"]
    async with await set_up(stage) as api, window(stage.browser, stage.url) as (page, _):
        host_id = await add(api, stage.lab, host)
        await log_in(page)
        await page.goto(f"/hosts/{host_id}")
        up, down = page.get_by_text("Up", exact=True), page.get_by_text("Down", exact=True)
        await expect(up).to_be_visible(timeout=UP_MS)
        fault(stage.lab, host.name, "cut")
        await expect(down).to_be_visible(timeout=DOWN_MS)
        await expect(page.get_by_role("status").filter(has_text=re.compile("not answer|closed"))).to_be_visible()
        heal(stage.lab, host.name, "cut")
        await expect(up).to_be_visible(timeout=DOWN_MS)

        fault(stage.lab, host.name, "hostkey")
        (host.root / "var/log/sshd.log").write_text("")
        await expect(page.get_by_text("The host key has changed")).to_be_visible(timeout=DOWN_MS)
        await expect(page.get_by_text(host.fingerprint).first).to_be_visible()
        said = host.ssh_log()
        assert "Accepted" not in said
        assert "Failed" not in said


@pytest.mark.parametrize("size", [(1440, 900), NARROW], ids=["wide", "phone"])
async def test_both_languages_fit(stage: Stage, size: tuple[int, int]) -> None:
    async with await set_up(stage) as api:
        host_id = await add(api, stage.lab, stage.hosts["web-1"])
        async with window(stage.browser, stage.url, size=size) as (page, complaints):
            await log_in(page)
            for language, word in (("en", "Overview"), ("zh-CN", "概览")):
                await page.evaluate(f"localStorage.setItem('moorline.language', '{language}')")
                await api.call("PATCH", "/me", {"preferences": {"language": language}})
                for path in ("/", f"/hosts/{host_id}", "/hosts/new", "/settings/users", "/settings/audit", "/profile"):
                    await page.goto(path)
                    await expect(page.locator("h1").first).to_be_visible()
                    wide = await page.evaluate("document.scrollingElement.scrollWidth")
                    assert wide <= size[0], f"{path} in {language} is {wide} px wide"
                await page.goto(f"/hosts/{host_id}")
                await expect(page.get_by_role("tab", name=word)).to_be_visible()
        assert [said for said in complaints if "401" not in said] == []
