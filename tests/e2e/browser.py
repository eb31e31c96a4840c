"""Chromium, as a person would use it; without one the tests that need it are skipped."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from playwright.async_api import Browser, BrowserContext, ConsoleMessage, Page, async_playwright, expect

QUIET = (
    *("--no-first-run", "--disable-gpu", "--disable-quic", "--disable-sync"),
    *("--disable-background-networking", "--disable-component-update"),
)
WIDE, NARROW = (1440, 900), (390, 844)
LANGUAGES = {"en": "en-US", "zh-CN": "zh-CN"}
PATIENCE_MS = 15_000
LEFT_EARLY = "WebSocket is closed before the connection is established"
expect.set_options(timeout=PATIENCE_MS)  # of conditions as of actions: the machine may be busy


def program() -> str | None:
    """Where this machine's Chromium is."""
    return shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    """A browser that is closed again."""
    async with async_playwright() as driver:
        browser = await driver.chromium.launch(executable_path=program(), args=list(QUIET))
        try:
            yield browser
        finally:
            await browser.close()


def complains(said: ConsoleMessage) -> bool:
    """Is it more than the browser's note that a page was left while its socket was being opened?"""
    return said.type in {"error", "warning"} and LEFT_EARLY not in said.text


@asynccontextmanager
async def window(
    browser: Browser,
    url: str,
    *,
    size: tuple[int, int] = WIDE,
    language: str = "en",
    scheme: str = "light",
    state: str | None = None,
    zone: str | None = None,
) -> AsyncIterator[tuple[Page, list[str]]]:
    """A window of its own, and what its console complains of. `state`: a file with cookies to start from; `zone`: the
    time zone of whoever sits there, else the machine's."""
    context: BrowserContext = await browser.new_context(
        base_url=url,
        viewport={"width": size[0], "height": size[1]},
        locale=LANGUAGES[language],
        color_scheme="dark" if scheme == "dark" else "light",
        has_touch=size == NARROW,
        storage_state=state,
        timezone_id=zone,
    )
    try:
        page = await context.new_page()
        page.set_default_timeout(PATIENCE_MS)
        complaints: list[str] = []
        page.on("console", lambda said: complaints.append(said.text) if complains(said) else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        yield page, complaints
    finally:
        await context.close()
