"""Mail from end to end: a channel made in the page, a test, jobs and hosts that are told of, one's own address."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

import pytest
from playwright.async_api import Error as PlaywrightError
from playwright.async_api import Locator, Page, Response, expect

from tests.e2e.browser import window
from tests.e2e.conftest import Front, enter, set_up
from tests.e2e.shells import add_daemon
from tests.e2e.test_schedules import tidy
from tests.support import sshd
from tests.support.api import Api
from tests.support.mail import ADDRESS, PASSWORD, USER, Got, MailServer, mail_server, make_certificate

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(240)]
TO, OWN = "ops@example.org", "admin@example.org"
ARRIVED_MS = 60_000


@dataclass(frozen=True, slots=True)
class Scene:
    """An administrator before the page, a mail server with STARTTLS and a login, and all that the page was sent."""

    api: Api
    page: Page
    server: MailServer
    daemon: sshd.Sshd
    host_id: int
    answers: list[str] = field(default_factory=list)

    async def arrives(self, subject: str) -> Got:
        """The mail with that subject."""
        for _ in range(ARRIVED_MS // 100):
            if found := [got for got in self.server.got if got.mail["Subject"] == subject]:
                assert len(found) == 1, f"{subject} came {len(found)} times"
                return found[0]
            await self.page.wait_for_timeout(100)
        raise AssertionError(f"{subject} did not come, but {[got.mail['Subject'] for got in self.server.got]}")


@asynccontextmanager
async def scene(front: Front) -> AsyncIterator[Scene]:
    """What a walk begins with. The password never comes to the page, whatever it asks."""
    with sshd.running() as daemon:
        async with (
            mail_server(login=True) as server,
            await set_up(front) as api,
            window(front.browser, front.url) as (page, complaints),
        ):
            host = await add_daemon(api, daemon, "web-1")
            await enter(page, front.url)
            on = Scene(api, page, server, daemon, host)

            async def keep(answer: Response) -> None:
                if "/api/" in answer.url and answer.status != 204:
                    with suppress(PlaywrightError):  # the window has gone on
                        on.answers.append(await answer.text())

            page.on("response", keep)
            yield on
            assert on.answers
            assert not [one for one in on.answers if PASSWORD in one]
            assert PASSWORD not in await page.content()
            refused = ("400", "429")  # which tests ask for
            assert [one for one in complaints if not any(status in one for status in refused)] == []


async def add_channel(on: Scene, name: str = "Mail", **settings: str) -> None:
    """Make a channel in the page."""
    page = on.page
    await page.goto("/settings/channels")
    await page.get_by_role("button", name="Add channel").click()
    form = page.get_by_role("dialog")
    wanted = {
        "Server": ADDRESS,
        "Port": str(on.server.port),
        "Certificate authority (PEM)": make_certificate()[0],
        "User name": USER,
        "Password": PASSWORD,
        "From": "moorline@example.org",
        **settings,
    }
    await form.get_by_role("textbox", name="Name", exact=True).fill(name)
    for label, value in wanted.items():
        await form.get_by_role("textbox", name=label, exact=True).fill(value)
    await form.get_by_role("button", name="Save").click()
    await expect(form).to_have_count(0)


async def try_channel(page: Page, name: str, address: str) -> Locator:
    """Send a test; what the page says of it."""
    await page.get_by_role("button", name=f"Send a test: {name}").click()
    form = page.get_by_role("dialog")
    await form.get_by_label("Address").fill(address)
    await form.get_by_role("button", name="Send a test").click()
    return form.get_by_role("status")


async def test_a_channel_is_made_tested_and_its_password_stays_away(front: Front) -> None:
    async with scene(front) as on:
        page = on.page
        await page.goto("/settings/channels")
        await expect(page.get_by_role("heading", name="No channels yet")).to_be_visible()
        await tidy(page)
        await add_channel(on)
        await expect(await try_channel(page, "Mail", TO)).to_have_text(f"Sent to {TO}. Look whether it arrives.")
        got = await on.arrives("A test of the channel Mail")
        assert (got.recipients, got.tls, got.user) == ([TO], True, USER)
        await tidy(page)
        # what a server refuses is said in its words
        on.server.answers["nobody@example.org"] = "550 5.1.1 No such user here"
        await page.keyboard.press("Escape")
        told = await try_channel(page, "Mail", "nobody@example.org")
        await expect(told).to_have_text("It was not taken: 550 5.1.1 No such user here")
        await page.keyboard.press("Escape")
        # the kept password is not shown, and stays where it is not typed anew
        await page.get_by_role("button", name="Edit: Mail").click()
        form = page.get_by_role("dialog")
        secret = form.get_by_role("textbox", name="Password", exact=True)
        await expect(secret).to_have_value("")
        await expect(secret).to_have_attribute("placeholder", "kept; type to replace")
        await form.get_by_role("textbox", name="Name", exact=True).fill("Post")
        await form.get_by_role("button", name="Save").click()
        await expect(form).to_have_count(0)
        await expect(await try_channel(page, "Post", TO)).to_have_text(f"Sent to {TO}. Look whether it arrives.")
        await page.keyboard.press("Escape")
        # a password for no one, a port where nobody listens, a login that is refused: each says what to do
        await page.get_by_role("button", name="Edit: Post").click()
        await form.get_by_role("textbox", name="User name", exact=True).fill("")
        await form.get_by_role("button", name="Save").click()
        await expect(form.get_by_text("A login takes both a user name and a password").first).to_be_visible()
        await page.keyboard.press("Escape")
        await add_channel(on, "Silent", Port=str(sshd.free_port()))
        await expect(await try_channel(page, "Silent", TO)).to_contain_text(
            re.compile("port \\d+: .*refused", re.IGNORECASE)
        )
        await page.keyboard.press("Escape")
        await add_channel(on, "Locked", Password="not this one")
        told = await try_channel(page, "Locked", TO)
        await expect(told).to_contain_text("The server refused the login: 535")


async def test_jobs_and_hosts_are_told_of_by_mail(front: Front) -> None:
    async with scene(front) as on:
        page, api = on.page, on.api
        await add_channel(on)
        await page.get_by_role("button", name="Add route").click()
        form = page.get_by_role("dialog")
        await form.get_by_role("textbox", name="Name", exact=True).fill("Everything")
        await form.get_by_label("To", exact=True).fill(f"{TO},")
        await form.get_by_role("combobox", name="News").click(force=True)  # and it stays open
        for news in ("Task started", "Task succeeded", "Task failed", "Task takes too long"):
            await page.get_by_role("option", name=news).click()
        await page.keyboard.press("Tab")
        await form.get_by_label("Gather for, s").fill("0")
        await form.get_by_label("At most one in, s").fill("0")
        await form.get_by_role("button", name="Save").click()
        await expect(form).to_have_count(0)

        told = {"on_start": True, "on_success": True, "on_failure": True, "on_long": True}
        body = {"targets": {"host_ids": [on.host_id]}, "notify": told}
        bad = {**body, "name": "Bad", "spec": {"command": "exit 3"}}
        slow = {**body, "name": "Slow", "spec": {"command": "sleep 4"}, "limits": {"long_after_s": 1}}
        job = await api.call("POST", "/jobs", bad)
        failed = await on.arrives("Bad: failed")
        assert f"{front.url}/jobs/{job['id']}" in failed.text
        assert "failed on 1" in failed.text
        await on.arrives("Bad: started")
        await api.call("POST", "/jobs", slow)
        await on.arrives("Slow: takes too long")
        await on.arrives("Slow: succeeded")

        on.daemon.stop()
        down = await on.arrives("web-1 is down")
        assert f"{front.url}/hosts/{on.host_id}" in down.text
        on.daemon.start()
        await api.call("POST", f"/hosts/{on.host_id}/retry")
        up = await on.arrives("web-1 is up again")
        assert "was away for" in up.text
        assert {got.tls for got in on.server.got} == {True}
        # and what was sent is there to be looked at, with where the links lead
        await page.reload()
        messages = page.get_by_role("region", name="Last messages")
        await expect(messages.get_by_role("row")).to_have_count(1 + len(on.server.got))
        await expect(messages.get_by_role("cell", name="web-1 is up again")).to_be_visible()
        await tidy(page)


async def test_ones_own_address_is_used_once_its_link_was_followed(front: Front) -> None:
    async with scene(front) as on:
        page, api = on.page, on.api
        await add_channel(on)
        await page.goto("/profile")
        own = page.get_by_role("region", name="What I am told")
        await own.get_by_label("Tell me").check(force=True)
        await own.get_by_label("Address").fill(OWN)
        await own.get_by_role("checkbox", name="Task failed").check()
        await own.get_by_role("button", name="Save").click()
        await expect(own.get_by_role("status")).to_contain_text(f"Nothing is sent to {OWN} before")
        link = await on.arrives("Confirm that Moorline may write to you here")
        await expect(own.get_by_role("status")).to_contain_text("The link was sent")
        await tidy(page)
        # not twice at once
        await own.get_by_role("button", name="Send it again").click()
        await expect(own.get_by_role("alert").filter(has_text=re.compile(r"\d+ s"))).to_be_visible()

        bad = {
            "name": "Early", "spec": {"command": "exit 3"}, "targets": {"host_ids": [on.host_id]},
            "notify": {"on_failure": True},
        }  # fmt: skip
        early = await api.call("POST", "/jobs", bad)
        for _ in range(200):
            if (await api.call("GET", f"/jobs/{early['id']}"))["ended_at"] is not None:
                break
            await page.wait_for_timeout(100)

        found = re.search(r"https?://\S+/confirm\?token=\S+", link.text)
        assert found is not None
        async with window(front.browser, front.url) as (elsewhere, _):  # where nobody is logged in
            await elsewhere.goto(found[0])
            await expect(elsewhere.get_by_role("heading", name="Confirm your address")).to_be_visible()
            await tidy(elsewhere)
            await elsewhere.get_by_role("button", name="Confirm").click()
            await expect(elsewhere.get_by_role("status")).to_contain_text(f"{OWN} is confirmed.")
            await elsewhere.goto("/confirm?token=made-up")
            await elsewhere.get_by_role("button", name="Confirm").click()
            await expect(elsewhere.get_by_role("alert")).to_contain_text("not valid any more")
        await page.reload()
        await expect(own.get_by_text(f"{OWN} is confirmed.")).to_be_visible()
        await api.call("POST", "/jobs", {**bad, "name": "Late"})
        assert (await on.arrives("Late: failed")).recipients == [OWN]
        assert not [got for got in on.server.got if got.mail["Subject"].startswith("Early")]
