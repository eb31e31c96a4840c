"""Everything without a mouse."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import Page, expect

from tests.e2e.browser import window
from tests.e2e.conftest import PASSWORD, USERNAME, Front, add_unwatched, enter, set_up

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(120)]
MOST_TABS = 40


async def focused(page: Page) -> str:
    """The accessible name of what has the focus, as far as an attribute or its text says it."""
    script = """() => {
        const at = document.activeElement;
        return at.ariaLabel || at.labels?.[0]?.innerText || at.innerText || at.tagName;
    }"""
    return str(await page.evaluate(script))


async def tab_to(page: Page, name: str) -> None:
    """Press Tab until the focus is there."""
    for _ in range(MOST_TABS):
        if (await focused(page)).startswith(name):
            return
        await page.keyboard.press("Tab")
    raise AssertionError(f"{name} is not reached by Tab; the focus is at {await focused(page)}")


async def test_palette_keys_and_rows(front: Front) -> None:
    async with await set_up(front) as api, window(front.browser, front.url) as (page, complaints):
        first, second, _ = await add_unwatched(api, ["alpha", "beta", "gamma"])
        await enter(page, front.url)
        await page.goto("/settings/tokens")
        await expect(page.locator("h1")).to_have_text("API tokens")
        press = page.keyboard.press

        await press("Control+k")
        await expect(page.get_by_role("combobox", name="Host or page")).to_be_focused()
        await page.keyboard.type("bet")
        await expect(page.get_by_role("option")).to_have_count(2)  # the host, and the word as a command to run
        await press("Enter")
        await expect(page).to_have_url(re.compile(f"/hosts/{second}$"))
        await expect(page.get_by_role("tab", name="Overview")).to_be_visible()
        await press("]")
        await expect(page.get_by_role("tab", name="Cores")).to_have_attribute("aria-selected", "true")
        await press("[")
        await expect(page.get_by_role("tab", name="Overview")).to_have_attribute("aria-selected", "true")

        await press("g")
        await press("f")
        await expect(page.get_by_role("heading", name="Fleet")).to_be_visible()
        await press("Shift+?")
        await expect(page.get_by_role("dialog")).to_contain_text("Go to: Fleet")
        await press("Escape")
        await expect(page.get_by_role("dialog")).to_have_count(0)

        await press("/")
        await page.keyboard.type("a")
        await expect(page.get_by_text("3 of 3")).to_be_visible()
        await page.keyboard.type("lpha")
        await expect(page.get_by_text("1 of 3")).to_be_visible()
        await press("Escape")  # empties the field
        await expect(page.get_by_text("3 of 3")).to_be_visible()
        await press("Escape")  # leaves it

        await press("j")
        assert await focused(page) == "alpha"
        await press("j")
        assert await focused(page) == "beta"
        await press("x")
        await expect(page.get_by_text("1 host selected")).to_be_visible()
        await press("k")
        assert await focused(page) == "alpha"
        await press(".")
        await expect(page.get_by_role("menuitem", name="Edit")).to_be_visible()
        await expect(page.get_by_role("menu").locator("[data-autofocus]")).to_be_focused()
        await press("ArrowDown")
        await expect(page.get_by_role("menuitem", name="Edit")).to_be_focused()
        await press("Escape")
        await press("k")
        await press("Enter")
        await expect(page).to_have_url(re.compile(f"/hosts/{first}$"))
        await page.go_back()
        await press("j")
        await press("e")
        await expect(page).to_have_url(re.compile(f"/hosts/{first}/edit$"))
    assert complaints == []


async def test_palette_knows_every_page_by_its_names(front: Front) -> None:
    found = [
        ("templates", "Templates", r"/jobs/templates$"),
        ("workflow runs", "Workflow runs", r"/workflow-runs$"),
        ("审批", "Approvals", r"/jobs/approvals$"),
        ("calendar", "Calendar", r"/schedules\?tab=calendar$"),
        ("cron", "Schedules", r"/schedules$"),
        ("notifications", "Notifications", r"/settings/channels$"),
        ("git projects", "Git projects", r"/playbooks/projects$"),
        ("rotate", "Change keys", r"/keys$"),
        ("邀请", "Open invitations", r"/settings/users$"),
        ("run", "Run", r"/run$"),
    ]
    async with await set_up(front) as api, window(front.browser, front.url) as (page, complaints):
        await add_unwatched(api, ["alpha"])
        await enter(page, front.url)
        await page.goto("/")
        await expect(page.get_by_role("heading", name="Fleet")).to_be_visible()
        words = page.get_by_role("combobox", name="Host or page")
        for typed, label, address in found:
            await page.keyboard.press("Control+k")
            await words.fill(typed)
            # a page comes before the command that the words could be
            await expect(page.get_by_role("option", selected=True)).to_have_text(re.compile(f"^{label}"))
            await page.keyboard.press("Enter")
            await expect(page).to_have_url(re.compile(address))
            await expect(words).to_have_count(0)
        await page.keyboard.press("Control+k")
        await words.fill("run")
        await expect(page.get_by_role("option").filter(has_text="Run: run")).to_have_count(1)
        await words.fill("zzz")  # what nothing is called leaves no trace of what was found before
        await expect(page.get_by_role("option")).to_have_count(1)
    assert complaints == []


async def test_log_in_and_add_a_host_by_tab(front: Front) -> None:
    async with await set_up(front), window(front.browser, front.url) as (page, _):
        await page.goto("/login")
        await expect(page.get_by_role("heading", name="Log in")).to_be_visible()
        await tab_to(page, "User name")
        await page.keyboard.type(USERNAME)
        await page.keyboard.press("Tab")
        await page.keyboard.type(PASSWORD)
        await page.keyboard.press("Enter")
        await expect(page.get_by_text("No hosts yet")).to_be_visible()
        await page.keyboard.press("Tab")
        assert await focused(page) == "Skip to the content"
        await tab_to(page, "Add host")
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("menuitem", name="New VPS with a password")).to_be_visible()
        await expect(page.get_by_role("menu").locator("[data-autofocus]")).to_be_focused()
        await page.keyboard.press("ArrowDown")
        await page.keyboard.press("ArrowDown")
        await expect(page.get_by_role("menuitem", name="My key is on it already")).to_be_focused()
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("heading", name="Add host")).to_be_visible()
        await tab_to(page, "Add host")  # cannot be pressed yet and says why
        await expect(page.get_by_text("Enter an address first.").first).to_be_visible()
        await page.get_by_label("Address").focus()
        await page.keyboard.type("192.0.2.1")
        await tab_to(page, "Name")
        await page.keyboard.type("by-tab")
        await tab_to(page, "Password")  # the choice between password, key and stored credential
        await page.keyboard.press("Tab")
        await page.keyboard.type("whatever it is")
        await page.keyboard.press("Enter")
        await expect(page.locator("h1")).to_have_text("by-tab")
