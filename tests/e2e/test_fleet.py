"""The fleet as a list: filters in the address, columns with the account, bulk actions, a thousand rows, a lost line."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.async_api import Locator, Page, expect

from tests.e2e.browser import window
from tests.e2e.conftest import Front, add_unwatched, enter, set_up
from tests.support.api import Api

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(120)]
MANY = 1000
MOST_ROWS = 100
FRAMES = "n => new Promise(done => { const step = () => n-- ? requestAnimationFrame(step) : done(); step(); })"


def rows(page: Page) -> Locator:
    """The hosts that are drawn."""
    return page.locator("[data-host]")


async def names(page: Page) -> list[str]:
    """Their names, from the top."""
    return await page.locator("[data-host] .row-link").all_inner_texts()


async def width_of(element: Locator) -> float:
    """In pixels."""
    box = await element.bounding_box()
    assert box is not None
    return box["width"]


async def preferences(api: Api) -> dict[str, Any]:
    """What the account keeps."""
    kept: dict[str, Any] = (await api.call("GET", "/me"))["preferences"]
    return kept


async def test_filters_are_in_the_address_and_back_takes_them_back(front: Front) -> None:
    async with await set_up(front) as api, window(front.browser, front.url) as (page, complaints):
        group = (await api.call("POST", "/groups", {"name": "Tokyo"}))["id"]
        await add_unwatched(api, ["alpha", "beta"], group_ids=[group], tags=["web"])
        await add_unwatched(api, ["gamma"], tags=["db"])
        await enter(page, front.url)
        await page.goto("/")
        await expect(rows(page)).to_have_count(3)
        await page.get_by_role("combobox", name="Group").click()
        await page.get_by_role("option", name="Tokyo").click()
        await page.keyboard.press("Escape")
        await expect(page).to_have_url(re.compile("group="))
        await expect(rows(page)).to_have_count(2)
        await page.get_by_role("textbox", name="Search hosts").fill("alp")
        await expect(rows(page)).to_have_count(1)
        await expect(page.locator("mark")).to_have_text("alp")
        await expect(page.get_by_text("1 of 3")).to_be_visible()

        async with window(front.browser, front.url) as (other, _):
            await enter(other, front.url)
            await other.goto(page.url)
            await expect(rows(other)).to_have_count(1)
            await expect(other.get_by_role("textbox", name="Search hosts")).to_have_value("alp")

        await page.get_by_role("link", name="alpha").click()
        await expect(page.locator("h1")).to_have_text("alpha")
        await page.go_back()
        await expect(page.get_by_role("textbox", name="Search hosts")).to_have_value("alp")
        await expect(rows(page)).to_have_count(1)
        await page.go_back()
        await expect(page).not_to_have_url(re.compile("group="))
        await expect(page.get_by_role("textbox", name="Search hosts")).to_have_value("")
        await expect(rows(page)).to_have_count(3)
        await page.goto("/?q=nobody")
        await page.get_by_role("button", name="Clear filters").click()
        await expect(rows(page)).to_have_count(3)
    assert complaints == []


async def test_columns_widths_and_order_stay_with_the_account(front: Front) -> None:
    async with await set_up(front) as api:
        await add_unwatched(api, ["alpha", "beta"])
        async with window(front.browser, front.url) as (page, complaints):
            await enter(page, front.url)
            await page.goto("/")
            await page.get_by_role("button", name="Columns").click()
            await page.get_by_role("menuitemcheckbox", name="Address").click()
            await page.get_by_role("menuitemcheckbox", name="CPU trend").click()
            await page.keyboard.press("Escape")
            await page.get_by_role("button", name="Name").click()  # once more: backwards
            await expect(page).to_have_url(re.compile("sort=-name"))
            head = page.get_by_role("columnheader", name="Load")
            before = await width_of(head)
            edge = await head.locator(".column-edge").bounding_box()
            assert edge is not None
            async with page.expect_response(lambda said: said.url.endswith("/me") and said.request.method == "PATCH"):
                await page.mouse.move(edge["x"] + 4, edge["y"] + 8)
                await page.mouse.down()
                await page.mouse.move(edge["x"] + 44, edge["y"] + 8, steps=4)
                await page.mouse.up()
            assert complaints == []
        kept = await preferences(api)
        assert kept["columnWidths"] == {"load": pytest.approx(before + 40, abs=30)}

        async with window(front.browser, front.url) as (page, complaints):  # another browser of the same user
            await enter(page, front.url)
            await page.goto("/")
            await expect(page.get_by_role("columnheader", name="Address")).to_be_visible()
            await expect(page.get_by_role("columnheader", name="CPU trend")).to_have_count(0)
            await expect(page).to_have_url(re.compile("sort=-name"))
            await expect(rows(page)).to_have_count(2)
            assert await names(page) == ["beta", "alpha"]
            assert await width_of(page.get_by_role("columnheader", name="Load")) > before + 10
        assert complaints == []


async def test_many_are_changed_at_once_taken_back_and_deleted_by_typing(front: Front) -> None:
    async with await set_up(front) as api, window(front.browser, front.url) as (page, complaints):
        await add_unwatched(api, ["alpha", "beta", "gamma"])
        await enter(page, front.url)
        await page.goto("/")
        await page.get_by_label("Select alpha").check()
        await page.get_by_label("Select beta").check()
        bar = page.get_by_role("toolbar", name="Selected hosts")
        await expect(bar).to_contain_text("2 hosts selected")
        held = bar.get_by_role("button", name="Disable", exact=True)
        await expect(held).to_have_attribute("aria-disabled", "true")
        await held.hover()
        await expect(page.get_by_text("All of them are disabled.")).to_be_visible()

        await bar.get_by_role("button", name="Tags and groups").click()
        await page.locator(".mantine-TagsInput-inputField").fill("night")
        await page.keyboard.press("Enter")
        await page.get_by_role("button", name="Give", exact=True).click()
        await expect(page.get_by_text("2 hosts have the tags.")).to_be_visible()
        assert [sorted(host["tags"]) for host in (await hosts(api))] == [["night"], ["night"], []]
        await expect(page.get_by_role("combobox", name="Tag", exact=True)).to_be_visible()
        await page.get_by_role("button", name="Undo").click()
        await expect(page.get_by_role("combobox", name="Tag", exact=True)).to_have_count(0)  # no tag is left anywhere
        assert [host["tags"] for host in (await hosts(api))] == [[], [], []]

        await bar.get_by_role("button", name="Delete").click()
        dialog = page.get_by_role("dialog")
        await expect(dialog).to_contain_text("alpha")
        await expect(dialog).not_to_contain_text("gamma")
        await expect(dialog.get_by_role("button", name="Delete")).to_have_attribute("aria-disabled", "true")
        await dialog.get_by_label("Type 2 to confirm").fill("2")
        await dialog.get_by_role("button", name="Delete").click()
        await expect(rows(page)).to_have_count(1)
        assert [host["name"] for host in (await hosts(api))] == ["gamma"]
    assert complaints == []


async def hosts(api: Api) -> list[dict[str, Any]]:
    """All hosts, by their names."""
    items: list[dict[str, Any]] = (await api.call("GET", "/hosts", limit=200))["items"]
    return sorted(items, key=lambda host: str(host["name"]))


async def test_a_thousand_hosts_scroll_and_are_searched(front: Front) -> None:
    async with await set_up(front) as api, window(front.browser, front.url) as (page, complaints):
        await add_unwatched(api, [f"node-{place}" for place in range(1, MANY + 1)])
        await enter(page, front.url)
        for view in ("", "?view=cards"):
            await page.goto(f"/{view}")
            await expect(page.get_by_text(f"{MANY} of {MANY}")).to_be_visible()
            await expect(rows(page).first).to_be_visible()
            seen = set()
            for _ in range(12):
                await page.mouse.wheel(0, 3000)
                await page.evaluate(FRAMES, 2)
                drawn = await names(page)
                assert 0 < len(drawn) < MOST_ROWS
                seen.update(drawn)
            assert len(seen) > 2 * MOST_ROWS
            await page.evaluate("scrollTo(0, document.body.scrollHeight)")
            await expect(page.get_by_role("link", name=f"node-{MANY}", exact=True)).to_be_in_viewport()
        await page.goto("/")
        await page.get_by_role("textbox", name="Search hosts").fill("node-77")
        await expect(page.get_by_text(f"11 of {MANY}")).to_be_visible()
        await expect(rows(page)).to_have_count(11)
        await page.get_by_label("Select all").check()
        await expect(page.get_by_text("11 hosts selected")).to_be_visible()
    assert complaints == []


async def test_a_lost_controller_is_told_and_the_page_goes_on_by_itself(front: Front) -> None:
    async with await set_up(front) as api, window(front.browser, front.url) as (page, _):
        await add_unwatched(api, ["alpha"])
        await enter(page, front.url)
        await page.goto("/")
        await expect(rows(page)).to_have_count(1)
        banner = page.get_by_role("status").filter(has_text="connection to Moorline is lost")
        await expect(banner).to_have_count(0)
        await front.controller.stop()
        await expect(banner).to_be_visible()
        await expect(rows(page)).to_have_count(1)
        await front.controller.start()
        await expect(banner).to_have_count(0, timeout=30_000)
        await add_unwatched(api, ["beta"])
        await expect(rows(page)).to_have_count(2)
