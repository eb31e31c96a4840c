"""A host that asks, a colleague who watches and then types, and commands that are kept."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from tests.e2e.browser import window
from tests.e2e.conftest import Front, enter, set_up
from tests.e2e.shells import add_daemon, pane, read_aloud, ready, screen, type_line
from tests.support import sshd
from tests.support.api import Api

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(200)]
PAM = "auth required pam_unix.so\naccount required pam_permit.so\nsession required pam_permit.so\n"
ASKS = {
    "UsePAM": "yes",
    "PasswordAuthentication": "no",
    "KbdInteractiveAuthentication": "yes",
    "AuthenticationMethods": "publickey,keyboard-interactive",
}
COLLEAGUE, SECRET = "colleague", "another correct horse"


async def colleague(api: Api, url: str) -> None:
    """An operator of all hosts."""
    rights = {"role": "operator", "all_hosts": True, "group_ids": []}
    token = (await api.call("POST", "/invitations", rights))["link_token"]
    async with Api(url) as other:
        await other.call("POST", "/invitations/accept", {"token": token, "username": COLLEAGUE, "password": SECRET})


@pytest.mark.root
async def test_what_a_host_asks_is_answered_in_the_page(front: Front) -> None:
    with sshd.running(shell="/bin/bash", settings=ASKS, pam=PAM) as daemon:
        async with await set_up(front) as api, window(front.browser, front.url) as (page, complaints):
            key = {"name": "key", "kind": "key", "private_key": daemon.client_key}
            host = {"name": "web-1", "address": daemon.address, "port": daemon.port, "username": daemon.username}
            added = await api.call("POST", "/hosts", {**host, "host_key": daemon.host_keys[0], "credential": key})
            await api.wait_for_host(added["id"], lambda now: now["state"] == "login_refused")
            await read_aloud(api)
            await enter(page, front.url)
            await page.goto(f"/terminal?host={added['id']}")
            asked = page.get_by_role("form", name="The host asks")
            await asked.get_by_label("Password:").fill(daemon.password)
            await page.keyboard.press("Enter")
            await ready(pane(page, "web-1"))
            await expect(asked).to_have_count(0)
            await type_line(page, "echo in-$((1 + 1))")
            await expect(screen(pane(page, "web-1"))).to_contain_text("in-2")
        assert complaints == []


async def test_a_session_is_shared_to_look_and_then_to_type(front: Front) -> None:
    with sshd.running(shell="/bin/bash") as daemon:
        async with await set_up(front) as api, window(front.browser, front.url) as (page, complaints):
            host_id = await add_daemon(api, daemon, "web-1")
            await colleague(api, front.url)
            await read_aloud(api)
            await enter(page, front.url)
            await page.goto(f"/terminal?host={host_id}")
            web = pane(page, "web-1")
            await ready(web)
            await web.get_by_role("button", name="What can be done with web-1").click()
            await page.get_by_role("menuitem", name="Share").click()
            dialog = page.get_by_role("dialog", name="Share")
            await dialog.get_by_placeholder("Choose a user").click()
            await page.get_by_role("option", name=COLLEAGUE).click()
            link = await dialog.locator("code").inner_text()
            async with window(front.browser, front.url) as (other, grumbles):
                await enter(other, front.url, COLLEAGUE, SECRET)
                await other.goto(link)
                seen = pane(other, "web-1")
                await expect(seen).to_have_attribute("data-phase", "open")
                await expect(seen.get_by_role("status")).to_contain_text("You are watching")
                await seen.locator(".xterm-helper-textarea").focus()
                await type_line(other, "echo not-$((1 + 1))")
                await dialog.get_by_text("Type", exact=True).click()
                await dialog.get_by_role("button", name="Done").click()
                await other.reload()
                await expect(seen).to_have_attribute("data-phase", "open")
                await expect(seen.locator(".xterm-rows")).to_contain_text("$")
                await seen.locator(".xterm-helper-textarea").focus()
                await type_line(other, "echo both-$((1 + 1))")
                await expect(screen(web)).to_contain_text("both-2")
                assert "not-2" not in await screen(web).inner_text()
                await web.get_by_role("button", name="What can be done with web-1").click()
                await page.get_by_role("menuitem", name="Share").click()
                await dialog.get_by_role("button", name=f"No longer share with {COLLEAGUE}").click()
                await expect(seen.get_by_role("status")).to_contain_text("no longer shared")
            assert grumbles == []
        assert complaints == []


async def test_snippets_are_kept_filled_in_and_run(front: Front) -> None:
    with sshd.running(shell="/bin/bash") as daemon:
        async with await set_up(front) as api, window(front.browser, front.url) as (page, complaints):
            host_id = await add_daemon(api, daemon, "web-1")
            await read_aloud(api)
            await enter(page, front.url)
            await page.goto(f"/terminal?host={host_id}")
            web = pane(page, "web-1")
            await ready(web)
            await page.get_by_role("button", name="Snippets").click()
            await page.get_by_role("button", name="New snippet").click()
            form = page.get_by_role("dialog", name="New snippet")
            await form.get_by_label("Name").fill("greet")
            await form.get_by_label("Text").fill("echo {{word=hello}} from {{host.name}}")
            await form.get_by_role("button", name="Save").click()
            await page.get_by_role("button", name="Snippets").click()
            await page.get_by_role("button", name="Use: greet").click()
            await page.get_by_label("word").fill("good-day")
            await page.get_by_role("button", name="Put in and run").click()
            await expect(screen(web)).to_contain_text("good-day from web-1")
        assert complaints == []
