"""What the page has for the SSH gateway: one's own keys, rights beside the role, the terms of recording."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import expect

from tests.e2e.browser import chromium, program, window
from tests.e2e.conftest import Front, enter, set_up
from tests.support.controller import Controller
from tests.support.sshd import free_port, make_key

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(120)]


@pytest.fixture
async def gated(tmp_path: Path, database_address: str) -> AsyncIterator[Front]:
    """A controller with a gateway, and a browser."""
    if program() is None:
        pytest.skip("Chromium is not installed (Debian: chromium)")
    port = free_port()
    controller = Controller(tmp_path / "data", port, database_url=database_address, gateway_port=str(free_port()))
    await controller.start()
    try:
        async with chromium() as browser:
            yield Front(controller, browser, f"http://127.0.0.1:{port}")
    finally:
        await controller.stop()


async def test_keys_grants_and_terms_of_recording_are_kept(gated: Front, tmp_path: Path) -> None:
    line = make_key(tmp_path / "key").with_suffix(".pub").read_text()
    async with await set_up(gated) as api, window(gated.browser, gated.url) as (page, complaints):
        await enter(page, gated.url)
        await page.goto("/profile")
        await expect(page.get_by_text("ssh HOST@127.0.0.1")).to_be_visible()
        await page.get_by_label("Public key").fill("ssh-ed25519 nothing")
        await page.get_by_role("button", name="Add key").click()
        await expect(page.get_by_text("This is no public key, or a part of it is missing.")).to_be_visible()
        await page.get_by_label("Public key").fill(line)
        await page.get_by_label("Name").fill("laptop")
        await page.get_by_role("button", name="Add key").click()
        await expect(page.get_by_role("row").filter(has_text="laptop")).to_contain_text("never")
        assert (await api.call("GET", "/me/ssh-keys"))["total"] == 1
        await page.get_by_role("button", name="Delete: laptop").click()
        await page.get_by_role("dialog").get_by_role("button", name="Delete").click()
        await expect(page.get_by_role("row").filter(has_text="laptop")).to_have_count(0)
        assert (await api.call("GET", "/me/ssh-keys"))["total"] == 0

        await page.goto("/settings/general")
        await page.get_by_role("switch", name="Record what is typed, too").click()
        await page.get_by_label("Kept for").fill("30")
        await page.get_by_role("button", name="Save").click()
        await expect(page.get_by_text("Saved.")).to_be_visible()
        terms = (await api.call("GET", "/settings"))["recording"]
        assert terms == {"enabled": True, "input": True, "days": 30, "limit_mib": 64}

        await page.goto("/settings/users")
        await page.get_by_role("button", name="Edit").first.click()
        await page.get_by_role("switch", name="ProxyJump through the SSH gateway").click()
        await page.get_by_role("dialog").get_by_role("button", name="Save").click()
        await expect(page.get_by_role("dialog")).to_have_count(0)
        assert (await api.call("GET", "/users"))["items"][0]["grants"] == ["hosts.jump"]
        await page.goto("/settings/audit")
        await expect(page.locator("[title='ssh_key.create']")).to_have_text("Added an SSH key")
    assert [line for line in complaints if "400" not in line] == []
