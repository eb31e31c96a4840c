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
            assert [one for one in complaints if "400" not in one] == []


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
