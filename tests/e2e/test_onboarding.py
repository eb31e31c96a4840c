"""Bringing hosts in on the page: a password becomes a key, a file becomes hosts, a key is changed; on a phone."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from tests.e2e.browser import window
from tests.e2e.conftest import Front, enter, set_up
from tests.e2e.test_axe import violations
from tests.support.sshd import IS_ROOT, Sshd, running

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.timeout(180),
    pytest.mark.skipif(not IS_ROOT, reason="password logins need an account of the test's own, that is root"),
]
OWN = {"AuthorizedKeysFile": ".ssh/authorized_keys"}


async def photograph(page: Page, name: str) -> None:
    """For whoever looks at it: MOORLINE_SHOTS names a folder."""
    if folder := os.environ.get("SHOTS"):
        await page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


async def look(page: Page, daemon: Sshd) -> None:
    """To the fingerprint, which is compared."""
    await page.goto("/hosts/onboard")
    await page.get_by_role("textbox", name="Address").fill(daemon.address)
    await page.get_by_role("textbox", name="Port").fill(str(daemon.port))
    await page.get_by_role("button", name="Look at its key").click()
    await page.get_by_role("checkbox", name="I have compared it; trust this key").check()


async def test_a_password_becomes_a_key(front: Front) -> None:
    with running(settings=OWN) as daemon:
        async with await set_up(front), window(front.browser, front.url) as (page, _):
            await enter(page, front.url)
            await look(page, daemon)
            await page.get_by_role("textbox", name="Name").fill("new-1")
            await page.get_by_role("textbox", name="User").fill("ops")
            await page.get_by_role("textbox", name="Password").fill("mistyped")
            await photograph(page, "wizard")
            assert await violations(page) == []
            await page.get_by_role("button", name="Bring it in").click()
            await expect(page.locator("[data-step=login]")).to_have_attribute("data-state", "failed", timeout=30_000)
            await photograph(page, "failed")
            await page.get_by_role("button", name="Begin again with other wishes").click()
            await expect(page.get_by_role("textbox", name="Address")).to_have_value(daemon.address)
            await expect(page.get_by_role("textbox", name="Name")).to_have_value("new-1")
            await page.go_back()
            await page.get_by_role("textbox", name="Password of ops").fill(daemon.password)
            await page.get_by_role("button", name="Go on").click()
            await expect(page.get_by_text("The host is in, its key works")).to_be_visible(timeout=60_000)
            await photograph(page, "done")
            assert await violations(page) == []
            await page.get_by_role("link", name="Open the host").click()
            await expect(page.get_by_role("heading", name="new-1")).to_be_visible()


async def test_hosts_of_a_file_come_in(front: Front) -> None:
    with running(settings=OWN) as one, running(settings=OWN) as two:
        async with await set_up(front) as api, window(front.browser, front.url) as (page, _):
            await enter(page, front.url)
            await page.goto("/hosts/onboard?from=file")
            places = [f"{name},{host.address},{host.port},ops" for name, host in (("a", one), ("b", two))]
            table = "\n".join(
                ["name,address,port,user,password", f"{places[0]},{one.password}", f"{places[1]},", "c,,,"]
            )
            await page.locator("input[type=file]").set_input_files(
                {"name": "hosts.csv", "mimeType": "text/csv", "buffer": table.encode()}
            )
            await expect(page.get_by_text("3 hosts read, 2 chosen, 1 with a problem.")).to_be_visible()
            await expect(page.get_by_text("The address is missing.")).to_be_visible()
            await page.get_by_label("Password of those without one in the file").fill(two.password)
            await photograph(page, "file")
            assert await violations(page) == []
            await page.get_by_role("button", name="Bring in 2 hosts").click()
            await page.get_by_role("checkbox", name="I have compared them; trust these keys").check(timeout=30_000)
            await expect(page.get_by_role("button", name="Trust 2 keys and go on")).to_be_visible(timeout=30_000)
            await photograph(page, "batch")
            await page.get_by_role("button", name="Trust 2 keys and go on").click()
            await expect(page.get_by_text("2 of 2 are in, 0 failed.")).to_be_visible(timeout=60_000)
            assert (await api.call("GET", "/hosts"))["total"] == 2


async def test_a_key_is_changed_and_a_phone_is_wide_enough(front: Front) -> None:
    with running(settings=OWN) as daemon:
        async with await set_up(front) as api, window(front.browser, front.url) as (page, _):
            wish = {"address": daemon.address, "port": daemon.port, "username": "ops", "name": "one",
                    "password": daemon.password, "host_key": daemon.host_keys[0]}  # fmt: skip
            begun = await api.call("POST", "/onboardings", wish)
            await enter(page, front.url)
            await page.goto(f"/hosts/onboard?id={begun['id']}")
            await expect(page.get_by_text("The host is in, its key works")).to_be_visible(timeout=60_000)
            credential = (await api.call("GET", "/credentials"))["items"][0]
            await page.goto("/keys")
            await page.get_by_role("button", name="Change a key").first.click()
            change = page.get_by_role("dialog").get_by_role("button", name="Change it", exact=True)
            await change.hover()
            await expect(page.get_by_role("tooltip")).to_have_text("Choose the old key.")
            await page.goto(f"/keys?credential={credential['id']}")
            await page.get_by_role("button", name="Change it on 1 host").click()
            await expect(page.locator("[data-host=one]")).to_have_attribute("data-state", "done", timeout=60_000)
            await photograph(page, "rotation")
            assert await violations(page) == []
            await page.set_viewport_size({"width": 390, "height": 844})
            await page.goto("/hosts/onboard")
            await expect(page.get_by_role("heading", name="Bring in hosts")).to_be_visible()
            await photograph(page, "phone")
            wide = await page.evaluate("document.documentElement.scrollWidth - innerWidth")
            assert wide <= 0


async def test_a_new_host_is_set_up_and_watched_in_one_go(front: Front) -> None:
    """Left in the middle and come back to; the template is a dry run, as the host here is this very machine."""
    steps = [{"step": "timezone", "values": {"timezone": "{{ zone }}"}}, {"step": "hostname", "values": {}}]
    zone = {"name": "zone", "label": "Time zone", "default": "Asia/Shanghai"}
    template = {"name": "New VPS", "kind": "init", "spec": {"steps": steps}, "survey": [zone], "check": True}
    template["spec"]["steps"][1]["values"] = {"hostname": "{{ host.name }}"}  # type: ignore[index]
    with running(settings=OWN | {"PermitRootLogin": "yes"}, uid=0) as daemon:
        async with await set_up(front) as api, window(front.browser, front.url) as (page, _):
            await api.call("POST", "/job-templates", template)
            await enter(page, front.url)
            await look(page, daemon)
            await page.get_by_role("textbox", name="Name").fill("new-vps")
            await page.get_by_role("textbox", name="User").fill("ops")
            await page.get_by_role("textbox", name="Password").fill(daemon.password)
            await page.get_by_role("combobox", name="Set it up afterwards").click()
            await page.get_by_role("option", name="New VPS").click()
            await expect(page.get_by_role("textbox", name="Time zone")).to_have_value("Asia/Shanghai")
            await photograph(page, "set-up-chosen")
            assert await violations(page) == []
            await page.get_by_role("button", name="Bring it in").click()
            await expect(page.locator("[data-step=login]")).to_have_attribute("data-state", "done", timeout=60_000)
            await page.goto("/")
            await page.goto("/hosts/onboard")
            await page.get_by_role("link", name="new-vps").click()
            for name in ("init", "watch"):
                step = page.locator(f"[data-step={name}]")
                await expect(step).to_have_attribute("data-state", "done", timeout=60_000)
            for name in ("timezone", "hostname"):
                await expect(page.locator(f"[data-set-up={name}]")).to_be_visible()
            await expect(page.get_by_text("Its figures come in.").first).to_be_visible()
            await photograph(page, "set-up-done")
            assert await violations(page) == []
            await page.set_viewport_size({"width": 390, "height": 844})
            await photograph(page, "set-up-phone")
            assert await page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
            await page.get_by_role("link", name="Open task").click()
            await expect(page.get_by_role("heading", name="New VPS")).to_be_visible()
