"""Users, tokens, credentials and the audit log, as an administrator and as somebody who was invited see them."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import Page, expect

from tests.e2e.browser import window
from tests.e2e.conftest import PASSWORD, Front, add_unwatched, enter, set_up
from tests.support.api import Api, ApiError

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(120)]


async def test_somebody_invited_to_one_group_sees_nothing_else(front: Front) -> None:
    async with await set_up(front) as api, window(front.browser, front.url) as (page, complaints):
        ours, theirs = [(await api.call("POST", "/groups", {"name": name}))["id"] for name in ("Ours", "Theirs")]
        await add_unwatched(api, ["seen-1", "seen-2"], group_ids=[ours])
        (hidden,) = await add_unwatched(api, ["hidden-1"], group_ids=[theirs], tags=["secret-tag"])
        await enter(page, front.url)
        await page.goto("/settings/users")
        await page.get_by_role("button", name="Invite somebody").click()
        await page.get_by_role("combobox", name="Groups").press("ArrowDown")
        await page.get_by_role("option", name="Ours").click()
        await page.keyboard.press("Escape")
        await page.get_by_role("button", name="Make link").click()
        link = (await page.locator("[data-once]").inner_text()).strip()
        await page.get_by_role("button", name="Done").click()
        await expect(page.get_by_role("heading", name="Open invitations")).to_be_visible()

        async with window(front.browser, front.url) as (guest, said):
            await guest.goto(link)
            await expect(guest.get_by_text("You join as: Viewer.")).to_be_visible()
            await guest.get_by_label("User name").fill("guest")
            for place in (0, 1):
                await guest.locator("input[type=password]").nth(place).fill(PASSWORD)
            await guest.get_by_role("button", name="Create account").click()
            await expect(guest.locator("[data-host]")).to_have_count(2)
            await sees_nothing_else(guest, hidden)
            assert [line for line in said if "401" not in line and "404" not in line] == []

            await guest.goto(link)
            await expect(guest.get_by_role("alert")).to_be_visible()  # it worked once
        await page.reload()
        await expect(page.get_by_role("heading", name="Open invitations")).to_have_count(0)
        row = page.get_by_role("row").filter(has_text="guest")
        await expect(row).to_contain_text("Viewer")
        await expect(row).to_contain_text("Ours")
        mine = page.get_by_role("row").filter(has_text="you").get_by_role("button", name="Delete")
        await expect(mine).to_have_attribute("aria-disabled", "true")
    assert complaints == []


async def sees_nothing_else(guest: Page, hidden: int) -> None:
    """No way of the page leads to the other group, nor to what takes more rights."""
    await expect(guest.get_by_role("button", name="Add host")).to_have_count(0)
    await expect(guest.get_by_label(re.compile("^Actions for"))).to_have_count(0)
    await expect(guest.locator("body")).not_to_contain_text("hidden")
    await expect(guest.get_by_role("combobox", name="Tag", exact=True)).to_have_count(0)
    await guest.keyboard.press("Control+k")
    await expect(guest.get_by_role("combobox", name="Host or page")).to_be_focused()
    await guest.keyboard.type("hidden")
    await expect(guest.get_by_text("Nothing found.")).to_be_visible()
    await guest.keyboard.press("Escape")
    await guest.goto(f"/hosts/{hidden}")
    await expect(guest.get_by_text("There is no such host")).to_be_visible()
    await guest.goto("/settings/groups")
    await expect(guest.get_by_role("cell", name="Ours", exact=True)).to_be_visible()
    await expect(guest.locator("main")).not_to_contain_text("Theirs")
    for section in ("users", "audit", "general"):
        await guest.goto(f"/settings/{section}")
        await expect(guest.get_by_text("You may not open this page")).to_be_visible()


async def test_a_token_is_shown_once_and_works_until_revoked(front: Front) -> None:
    async with await set_up(front), window(front.browser, front.url) as (page, complaints):
        await enter(page, front.url)
        await page.goto("/settings/tokens")
        await page.get_by_role("button", name="Add token").click()
        await page.get_by_label("Name").fill("backup")
        await page.get_by_role("button", name="Make token").click()
        token = (await page.locator("[data-once]").inner_text()).strip()
        await page.keyboard.press("Escape")
        await expect(page.locator("[data-once]")).to_be_visible()  # only by a deliberate press
        await page.get_by_role("button", name="Done").click()
        await expect(page.get_by_role("cell", name="backup", exact=True)).to_be_visible()
        assert token not in await page.content()
        await page.reload()
        await expect(page.get_by_role("cell", name="backup", exact=True)).to_be_visible()
        assert token not in await page.content()
        async with Api(front.url, token) as program:
            assert (await program.call("GET", "/hosts"))["total"] == 0
            await page.get_by_role("button", name="Revoke: backup").click()
            await page.get_by_role("dialog").get_by_role("button", name="Revoke").click()
            await expect(page.get_by_role("cell", name="backup", exact=True)).to_have_count(0)
            with pytest.raises(ApiError) as refused:
                await program.call("GET", "/hosts")
            assert refused.value.status == 401
    assert complaints == []


async def test_credentials_never_come_back_and_deeds_are_in_the_audit_log(front: Front) -> None:
    async with await set_up(front) as api, window(front.browser, front.url) as (page, complaints):
        await enter(page, front.url)
        await page.goto("/settings/credentials")
        await expect(page.get_by_text("No credentials yet")).to_be_visible()
        await page.get_by_role("button", name="Add credential").click()
        await page.get_by_label("Name").fill("ops password")
        await page.get_by_text("Password", exact=True).first.click()
        await page.locator("input[type=password]").fill("tide and anchor")
        await page.get_by_role("button", name="Save").click()
        await expect(page.get_by_role("cell", name="ops password", exact=True)).to_be_visible()
        await page.get_by_role("button", name="Edit: ops password").click()
        await expect(page.locator("input[type=password]")).to_have_value("")
        await page.get_by_label("Name").fill("night password")
        await page.get_by_role("button", name="Save").click()
        await expect(page.get_by_role("cell", name="night password", exact=True)).to_be_visible()
        (one,) = (await api.call("GET", "/credentials"))["items"]
        await add_unwatched(api, ["alpha"], credential_id=one["id"])
        await page.reload()
        held = page.get_by_role("button", name="Delete: night password")
        await expect(held).to_have_attribute("aria-disabled", "true")
        await held.hover()
        await expect(page.get_by_text("1 host uses it.")).to_be_visible()

        await page.goto("/settings/audit")
        row = page.get_by_role("row").filter(has_text="Changed a credential")
        await expect(row).to_contain_text("night password")
        await page.get_by_role("combobox", name="Object").click()
        await page.get_by_role("option", name="Host", exact=True).click()
        await expect(page).to_have_url(re.compile("object=host"))
        await expect(page.get_by_role("row").filter(has_text="Added a host")).to_have_count(1)
        await expect(page.get_by_role("row").filter(has_text="credential")).to_have_count(0)
        assert "tide and anchor" not in await page.content()
    assert complaints == []


async def test_addresses_can_be_hidden_from_a_shared_screen(front: Front) -> None:
    async with await set_up(front) as api, window(front.browser, front.url) as (page, complaints):
        (host,) = await add_unwatched(api, ["alpha"])
        address = (await api.call("GET", f"/hosts/{host}"))["address"]
        await page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        await enter(page, front.url)
        await page.goto(f"/hosts/{host}")
        await expect(page.locator("main")).to_contain_text(address)
        await page.get_by_role("button", name="Account of admin").click()
        await page.get_by_role("menuitem", name="Hide addresses").click()
        await expect(page.locator("main")).not_to_contain_text(address)
        await page.get_by_role("button", name="Copy: Address").click()
        assert await page.evaluate("navigator.clipboard.readText()") == f"root@{address}"
        await page.goto("/settings/audit")
        await expect(page.get_by_role("row").filter(has_text="Added a host")).to_be_visible()
        await expect(page.locator("main")).not_to_contain_text("127.0.0.1")
        await page.get_by_role("button", name="Show addresses again").click()
        await expect(page.locator("main")).to_contain_text("127.0.0.1")
    assert complaints == []
