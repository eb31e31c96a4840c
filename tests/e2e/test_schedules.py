"""Schedules in the page: two time zones, what runs next, real runs, policies, pause, delete, the calendar."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from playwright.async_api import Locator, Page, expect

from tests.e2e.browser import NARROW, WIDE, window
from tests.e2e.conftest import Front, enter, set_up
from tests.e2e.shells import add_daemon
from tests.e2e.test_axe import violations
from tests.support import sshd
from tests.support.api import Api

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]
ZONE = "America/New_York"  # the browser's
SHANGHAI, BERLIN = ZoneInfo("Asia/Shanghai"), ZoneInfo("Europe/Berlin")
SOON_MS = 45_000  # the shortest interval is ten seconds


@dataclass(frozen=True, slots=True)
class Scene:
    """Somebody in New York before the page, a host that is up, and a template that runs there."""

    api: Api
    page: Page
    host_id: int
    template_id: int

    async def schedule(self, name: str, rule: dict[str, Any], **fields: Any) -> int:
        """A schedule made without the page."""
        body = {"name": name, "template_id": self.template_id, "rule": rule, **fields}
        return int((await self.api.call("POST", "/schedules", body))["id"])


@asynccontextmanager
async def scene(front: Front, size: tuple[int, int] = WIDE, command: str = "echo hello") -> AsyncIterator[Scene]:
    """What a walk begins with; the page complains of nothing until its end."""
    with sshd.running() as daemon:
        async with (
            await set_up(front) as api,
            window(front.browser, front.url, size=size, zone=ZONE) as (page, complaints),
        ):
            host = await add_daemon(api, daemon, "web-1")
            template = {"name": "Say hello", "spec": {"command": command}, "targets": {"host_ids": [host]}}
            made = await api.call("POST", "/job-templates", template)
            await enter(page, front.url)
            yield Scene(api, page, host, int(made["id"]))
            assert [one for one in complaints if "400" not in one] == []  # a rule that is refused while one types


async def tidy(page: Page) -> None:
    """Axe finds nothing, and nothing sticks out."""
    await expect(page.locator("[aria-busy=true]")).to_have_count(0)
    assert await violations(page) == []
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def row(page: Page, name: str) -> Locator:
    """A schedule's row of the list."""
    return page.get_by_role("row").filter(has=page.get_by_role("button", name=name, exact=True))


async def pick(page: Page, field: Locator, words: str) -> None:
    """Choose from a list that is searched."""
    await field.click()
    await field.fill(words)
    await page.get_by_role("option", name=words, exact=True).click()


async def test_made_in_a_zone_shown_in_both_changed_and_deleted(front: Front) -> None:
    async with scene(front) as on:
        page = on.page
        await page.goto("/schedules")
        await expect(page.get_by_role("heading", name="No schedules yet")).to_be_visible()
        await page.get_by_role("button", name="Add schedule").click()
        form = page.get_by_role("dialog")
        save = form.get_by_role("button", name="Save")
        await expect(save).to_be_disabled()
        await form.get_by_label("Name").fill("Morning report")
        await pick(page, form.get_by_role("combobox", name="Launches"), "Say hello")
        await form.get_by_text("Cron", exact=True).click()
        cron = form.get_by_label("Cron expression")
        await cron.fill("61 9 * * *")
        await expect(form.get_by_text("The minute 61 is not in 0 to 59.")).to_be_visible()
        await cron.fill("30 9 * * mon-fri")
        await pick(page, form.get_by_role("combobox", name="Time zone"), "Asia/Shanghai")
        # the next five, by the schedule's clock and by the reader's
        coming = form.get_by_role("region", name="Runs next").get_by_role("listitem")
        await expect(coming).to_have_count(5)
        first = next_workday(SHANGHAI, 9, 30)
        await expect(coming.first).to_contain_text(f"{first:%Y-%m-%d} 09:30 +08:00")
        here = first.astimezone(ZoneInfo(ZONE))
        await expect(coming.first).to_contain_text(f"{here.strftime('%b')} {here.day}, {here.year}")
        await expect(coming.first).to_contain_text(f"{here.hour % 12 or 12}:30")
        await tidy(page)
        await save.click()
        await expect(form).to_have_count(0)
        mine = row(page, "Morning report")
        await expect(mine).to_contain_text("30 9 * * mon-fri")
        await expect(mine).to_contain_text(f"{first:%Y-%m-%d} 09:30 +08:00 Asia/Shanghai")

        # another time and zone: as it says at once
        await mine.get_by_role("button", name="Edit: Morning report").click()
        await form.get_by_label("Cron expression").fill("0 22 * * *")
        await pick(page, form.get_by_role("combobox", name="Time zone"), "Europe/Berlin")
        await expect(coming.first).to_contain_text(re.compile(r"22:00 \+0[12]:00"))
        await save.click()
        await expect(form).to_have_count(0)
        await expect(mine).to_contain_text("Europe/Berlin")

        await mine.get_by_role("button", name="Morning report", exact=True).click()
        await expect(page).to_have_url(re.compile(r"history=\d+"))
        drawer = page.get_by_role("dialog")
        await expect(drawer.locator("[data-next]")).to_have_count(5)
        await expect(drawer.get_by_text("It has not run yet")).to_be_visible()
        await tidy(page)
        await page.keyboard.press("Escape")
        await expect(drawer).to_have_count(0)

        await mine.get_by_role("button", name="Delete: Morning report").click()
        await expect(page.get_by_role("dialog")).to_contain_text("The tasks that it began stay.")
        await page.get_by_role("dialog").get_by_role("button", name="Cancel").click()
        await expect(mine).to_have_count(1)
        await mine.get_by_role("button", name="Delete: Morning report").click()
        await page.get_by_role("dialog").get_by_role("button", name="Delete").click()
        await expect(page.get_by_role("heading", name="No schedules yet")).to_be_visible()


def next_workday(zone: ZoneInfo, hour: int, minute: int) -> datetime:
    """The next Monday to Friday at that time of the zone's clock."""
    now = datetime.now(zone)
    at = now.replace(hour=hour, minute=minute, second=0, microsecond=0)
    while at <= now or at.isoweekday() > 5:
        at += timedelta(days=1)
    return at


async def test_it_really_runs_and_shows_its_job_and_a_pause_holds_it(front: Front) -> None:
    async with scene(front) as on:
        page = on.page
        schedule = await on.schedule("Every ten seconds", {"kind": "interval", "every_s": 10})
        await page.goto("/schedules")
        mine = row(page, "Every ten seconds")
        task = mine.get_by_role("link", name=re.compile(r"^Task \d+"))
        await expect(task).to_be_visible(timeout=SOON_MS)
        switch = mine.get_by_role("switch", name="Every ten seconds is in use")
        await switch.click(force=True)
        await expect(switch).not_to_be_checked()
        await expect(mine).to_contain_text("paused")
        await task.click()
        await expect(page).to_have_url(re.compile(r"/jobs/\d+"))
        await expect(page.locator("h1 ~ [data-state]").first).to_have_attribute("data-state", "succeeded")
        await expect(page.get_by_text("hello", exact=True).first).to_be_visible()
        fired = await on.api.call("GET", f"/schedules/{schedule}/fires")
        other = await on.schedule("Another", {"kind": "interval", "every_s": 10}, overlap="allow")
        while (await on.api.call("GET", f"/schedules/{other}/fires"))["total"] < 2:  # longer than an interval
            await page.wait_for_timeout(200)
        assert (await on.api.call("GET", f"/schedules/{schedule}/fires"))["total"] == fired["total"]
        # by hand it runs though it is paused, and says so
        await page.goto("/schedules")
        await mine.get_by_role("button", name="Run now: Every ten seconds").click()
        told = page.locator(".mantine-Notification-root").filter(has_text="Every ten seconds: launched")
        await told.get_by_role("link", name=re.compile("Task")).click()
        await expect(page.locator("h1 ~ [data-state]").first).to_have_attribute("data-state", "succeeded")
        await page.goto(f"/schedules?history={schedule}")
        await expect(page.get_by_role("dialog").get_by_text("by hand")).to_have_count(1)


async def test_what_would_run_while_the_one_before_does_is_as_its_policy_says(front: Front) -> None:
    async with scene(front, command="sleep 300") as on:
        page = on.page
        every = {"kind": "interval", "every_s": 10}
        left = await on.schedule("Leaves out", every, overlap="skip")
        waits = await on.schedule("Waits", every, overlap="queue")
        for name, told in (("Leaves out", "left out"), ("Waits", "waits")):
            await page.goto(f"/schedules?history={left if name == 'Leaves out' else waits}")
            drawer = page.get_by_role("dialog")
            await expect(drawer.get_by_text(told, exact=True).first).to_be_visible(timeout=SOON_MS)
            await expect(drawer.get_by_text(re.compile(r"Task \d+ of this schedule still ran\.")).first).to_be_visible()
        jobs = (await on.api.call("GET", "/jobs", limit=50))["items"]
        assert len(jobs) == 2, "one of each schedule"


@pytest.mark.long
async def test_a_time_that_was_missed_is_as_its_policy_says(front: Front) -> None:
    async with scene(front) as on:
        page = on.page
        every = {"kind": "interval", "every_s": 60}
        for policy in ("once", "skip"):
            await on.schedule(policy, every, misfire=policy)
        await front.controller.stop()
        # as long away as a time and a minute, which is when the policy decides
        await page.wait_for_timeout(125_000)
        await front.controller.start()
        await on.api.wait_for_host(on.host_id, lambda now: now["state"] == "up")
        await page.goto("/schedules")
        await expect(row(page, "once").get_by_role("link", name=re.compile("Task"))).to_be_visible(timeout=SOON_MS)
        await row(page, "skip").get_by_role("button", name="skip", exact=True).click()
        await expect(page.get_by_role("dialog").get_by_text("missed", exact=True).first).to_be_visible()
        await expect(page.get_by_text("Moorline was not there at that time.").first).to_be_visible()


async def test_the_calendar_by_mouse_and_keyboard(front: Front) -> None:
    async with scene(front) as on:
        page = on.page
        night = [{"weekdays": [], "start": "01:00", "end": "05:00"}]
        often = await on.schedule("Poll", {"kind": "cron", "expression": "*/30 * * * *"}, zone=ZONE, windows=night)
        await on.schedule("Report", {"kind": "cron", "expression": "30 9 * * *"}, zone="Asia/Shanghai")
        await on.schedule("Berlin", {"kind": "cron", "expression": "0 12 * * *"}, zone="Europe/Berlin")
        fire = await on.api.call("POST", f"/schedules/{often}/run")
        assert fire["outcome"] == "launched"
        await page.goto("/schedules")
        await page.get_by_role("tab", name="Calendar").click()
        await expect(page).to_have_url(re.compile("tab=calendar"))
        today = datetime.now(ZoneInfo(ZONE)).date()
        day = page.locator(f"[data-day='{today}']")
        await expect(day).to_have_attribute("aria-current", "date")
        await tidy(page)

        # a day in March on which New York's clock jumps, and Berlin's three weeks later
        await page.goto("/schedules?tab=calendar&at=2027-03-10")
        await expect(page.get_by_role("heading", name="March 2027")).to_be_visible()
        jumps = page.locator("td", has=page.locator("[data-note=jump]")).locator("[data-day]")
        await expect(jumps).to_have_count(2)
        assert [await one.get_attribute("data-day") for one in await jumps.all()] == [
            "2027-03-14",
            "2027-03-27",
        ]  # 21:00 there
        fifteenth = page.locator("td", has=page.locator("[data-day='2027-03-15']"))
        await expect(fifteenth.get_by_role("button", name=re.compile("Poll"))).to_contain_text("48×")
        await expect(fifteenth.get_by_role("button", name=re.compile("Report"))).to_contain_text("21:30")
        words = await fifteenth.get_by_role("button", name=re.compile("Report")).get_attribute("title")
        assert words == "21:30 Report, to come (09:30 Asia/Shanghai)"
        await expect(fifteenth.get_by_role("img", name=re.compile("nothing begins 01:00–05:00"))).to_be_visible()
        # the fourteenth has an hour less, and so two polls
        fourteenth = page.locator("td", has=page.locator("[data-day='2027-03-14']"))
        await expect(fourteenth.get_by_role("button", name=re.compile("Poll"))).to_contain_text("46×")

        # arrows from day to day, over the edge of the month; Enter opens one
        await page.locator("[data-day='2027-03-10']").focus()
        for key, where in (
            ("ArrowDown", "2027-03-17"), ("End", "2027-03-21"), ("PageDown", "2027-04-21"), ("ArrowUp", "2027-04-14"),
        ):  # fmt: skip
            await page.keyboard.press(key)
            await expect(page.locator(f"[data-day='{where}']")).to_be_focused()
        await expect(page.get_by_role("heading", name="April 2027")).to_be_visible()
        await page.keyboard.press("Enter")
        drawer = page.get_by_role("dialog", name="Wednesday, April 14, 2027")
        await expect(drawer.get_by_text("and 36 more until 23:30")).to_be_visible()
        await expect(drawer.locator("[data-run=shut]")).to_have_count(8)
        await tidy(page)
        await drawer.get_by_role("button", name="Report").click()
        await expect(page.get_by_role("dialog", name="Report")).to_contain_text("Asia/Shanghai")
        await page.keyboard.press("Escape")
        await expect(page.get_by_role("dialog")).to_have_count(0)

        # the week, and what ran: its job
        await page.keyboard.press("t")
        await page.get_by_text("Week", exact=True).click()
        await expect(page).to_have_url(re.compile("view=week"))
        await day.click()
        await page.get_by_role("link", name=f"Task {fire['job_id']}").click()
        await expect(page).to_have_url(re.compile(rf"/jobs/{fire['job_id']}$"))
        await page.go_back()
        await expect(page.get_by_role("dialog")).to_be_visible()


async def test_on_a_phone_in_chinese_the_calendar_is_a_list_of_days(front: Front) -> None:
    async with scene(front, NARROW) as on:
        page = on.page
        await on.schedule("Report", {"kind": "cron", "expression": "30 9 * * mon"}, zone="Asia/Shanghai")
        await on.api.call("PATCH", "/me", {"preferences": {"language": "zh-CN"}})
        await page.goto("/schedules?tab=calendar&at=2027-03-10")
        await expect(page.get_by_role("heading", name="2027年3月")).to_be_visible()
        # Mondays of Shanghai are Sundays in New York
        days = page.locator("[data-day]")
        await expect(days).to_have_count(4)
        assert [await one.get_attribute("data-day") for one in await days.all()] == [
            "2027-03-07", "2027-03-14", "2027-03-21", "2027-03-28",
        ]  # fmt: skip
        await tidy(page)
        await page.goto("/schedules")
        await expect(page.get_by_text("30 9 * * mon")).to_be_visible()
        await tidy(page)
