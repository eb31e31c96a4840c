"""Typing to many hosts at once: who differs, is slow, hangs; one is dropped out. A session is replayed."""

from __future__ import annotations

import asyncio
import base64
import json
import re
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from playwright.async_api import Page, Response, WebSocket, expect

from tests.e2e.browser import window
from tests.e2e.conftest import Front, enter, set_up
from tests.e2e.shells import add_daemon, pane, read_aloud, ready, screen, type_line
from tests.support import sshd

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(400)]
HOSTS = 20
SLOW, FROZEN, ODD, GONE = "host-04", "host-07", "host-09", "host-11"
SHELLS = {"host-01": "/bin/bash", "host-02": "/bin/csh", "host-03": "/usr/bin/fish", "host-05": "/bin/zsh"}


async def outcome(page: Page, name: str, words: str | re.Pattern[str]) -> None:
    """Wait for what the table says of a host."""
    await expect(page.locator(f"[data-outcome='{name}']")).to_contain_text(words)


def shell_of(name: str) -> str:
    """The host's login shell, as far as this machine has it."""
    wanted = SHELLS.get(name, "/bin/sh")
    return wanted if Path(wanted).exists() else "/bin/sh"


async def test_twenty_hosts_one_slow_one_frozen_one_gone_one_different(front: Front) -> None:
    names = [f"host-{number:02}" for number in range(HOSTS)]
    with ExitStack() as stack:
        gate = Path(stack.enter_context(TemporaryDirectory()), "gate")
        gate.parent.chmod(0o755)  # the hosts' accounts look into it
        gate.touch()
        jobs = {SLOW: f"while [ -e {gate} ]; do sleep 0.1; done; echo same", ODD: "echo odd; exit 3"}
        daemons = {
            name: stack.enter_context(
                sshd.running(
                    shell=shell_of(name), home_files={"job": jobs.get(name, "echo same") + "\n", ".zshrc": "#\n"}
                )
            )
            for name in names
        }
        async with await set_up(front) as api, window(front.browser, front.url) as (page, complaints):
            ids = await asyncio.gather(*(add_daemon(api, daemons[name], name) for name in names))
            daemons[FROZEN].freeze()
            await enter(page, front.url)
            await page.goto(f"/terminal?hosts={json.dumps(ids)}")
            await expect(page.locator("section[data-pane][data-phase=open]")).to_have_count(HOSTS - 1, timeout=60_000)
            daemons[GONE].kill_sessions()
            await outcome_of_command(page, "sh job")
            for name in set(names) - {SLOW, FROZEN, ODD, GONE}:
                await outcome(page, name, "exit 0")
                await outcome(page, name, "same")
            await outcome(page, ODD, re.compile("exit 3 · differs"))
            await outcome(page, ODD, "odd")
            await outcome(page, SLOW, "running")
            await outcome(page, FROZEN, re.compile("running|not connected"))  # by how long the others took
            await outcome(page, GONE, "not connected")
            await expect(page.locator("[data-summary]")).to_contain_text("1 differs")
            await expect(page.locator("tbody tr").first).to_contain_text(ODD)
            gate.unlink()
            await outcome(page, SLOW, "exit 0")

            await page.locator(f"[data-outcome='{ODD}']").get_by_role("button").click()
            await outcome_of_command(page, "expr 400 + 4; false")
            for name in [names[0], *SHELLS]:  # each kind of shell tells its code
                await outcome(page, name, "exit 1")
                await outcome(page, name, "404")
            await outcome(page, ODD, "odd")
            # typing in one of them goes to all that take part
            await pane(page, names[0]).locator(".xterm-helper-textarea").focus()
            await type_line(page, "expr 500 + 5")
            for name in (names[0], names[10], *SHELLS):
                await expect(pane(page, name).locator(".xterm-rows")).to_contain_text("505")
            await expect(pane(page, ODD).locator(".xterm-rows")).not_to_contain_text("505")
            daemons[FROZEN].thaw()
        assert complaints == []


async def outcome_of_command(page: Page, command: str) -> None:
    """Give a command to all that take part."""
    line = page.get_by_role("textbox", name=re.compile("^Command for"))
    await line.fill(command)
    await line.press("Enter")


DRAWN = """screen => [...screen.querySelectorAll('.xterm-rows > div')].map(row =>
  [...row.querySelectorAll('span')].flatMap(span => {
    const look = [...span.classList].filter(one => /^xterm-(fg|bg|bold|dim|italic|underline|strike)/.test(one));
    return [...span.textContent].map(letter => `${letter} ${look.sort().join(' ')}`);
  }).join('|').replace(/(\\||^)( \\||\u00a0 \\|)+$/, '')).filter(row => row !== '')"""


def listen(page: Page) -> tuple[bytearray, list[bytes]]:
    """What terminals of the page are sent from now on, byte for byte, and the recordings that it reads."""
    shown, casts = bytearray(), list[bytes]()

    def frame(payload: str | bytes) -> None:
        if isinstance(payload, bytes) and payload[:1] == b"\0":
            shown.extend(payload[1:])

    def socket(made: WebSocket) -> None:
        if made.url.endswith("/socket"):
            made.on("framereceived", frame)

    async def answer(response: Response) -> None:
        if response.url.endswith("/cast?encoding=base64"):
            # asked for once more: the browser does not keep for us what its page has read
            casts.append(await (await page.request.get(response.url)).body())

    page.on("websocket", socket)
    page.on("response", answer)
    return shown, casts


async def test_a_recording_shows_byte_for_byte_what_was_shown(front: Front) -> None:
    with sshd.running(shell="/bin/bash") as daemon:
        async with await set_up(front) as api, window(front.browser, front.url) as (page, complaints):
            shown, casts = listen(page)
            host_id = await add_daemon(api, daemon, "web-1")
            await read_aloud(api)
            await enter(page, front.url)
            await page.goto(f"/terminal?host={host_id}")
            web = pane(page, "web-1")

            await ready(web)
            await type_line(page, "PS1='$ '; clear")
            await type_line(page, r"printf '\033[1;31mred\033[0m \346\274\242 \377\376 needle\n'; tput cols")
            await expect(screen(web)).to_contain_text("needle")
            await page.wait_for_timeout(500)
            await type_line(page, "echo later-$((1 + 1))")
            await expect(screen(web)).to_contain_text("later-2")
            live = (await screen(web).inner_text()).strip()
            drawn = await web.locator(".xterm").evaluate(DRAWN)
            await web.get_by_role("button", name="Close web-1").click()
            await page.get_by_role("menuitem", name="End").click()

            await page.get_by_role("link", name="Recordings").click()
            row = page.locator("[data-recording]")
            await expect(row).to_have_count(1)
            await expect(row).to_contain_text("web-1")
            await page.reload()
            await row.get_by_role("link").first.click()
            replay = page.locator(".replay-screen")
            await expect(replay).to_be_visible()
            await page.get_by_role("button", name="Pause").click()
            await page.get_by_text("16×", exact=True).click()
            slider = page.get_by_role("slider")
            await slider.focus()
            await page.keyboard.press("End")
            await expect(replay.locator(".xterm-accessibility-tree")).to_contain_text("later-2")
            replayed = (await replay.locator(".xterm-accessibility-tree").inner_text()).strip()
            assert replayed == live
            assert await replay.locator(".xterm").evaluate(DRAWN) == drawn  # colours, too
            assert any("r xterm-bold xterm-fg-" in row for row in drawn), drawn
            async with asyncio.timeout(10):
                while not casts:
                    await asyncio.sleep(0.05)
            events = [json.loads(line) for line in casts[0].splitlines()[1:]]
            kept = b"".join(base64.b64decode(data) for _, kind, data in events if kind == "o")
            assert kept.startswith(shown)  # the page had closed the pane when the shell said its last
            assert b"\xff\xfe needle" in shown
            await page.get_by_role("textbox", name="Find in the recording").fill("needle")
            await expect(page.get_by_text(re.compile("[12] moments?"))).to_be_visible()
            await slider.focus()
            await page.keyboard.press("Home")
            await expect(replay.locator(".xterm-accessibility-tree")).not_to_contain_text("needle")
            await page.get_by_role("textbox", name="Find in the recording").focus()
            await page.keyboard.press("Enter")
            await expect(replay.locator(".xterm-accessibility-tree")).to_contain_text("needle")
            await expect(replay.locator(".xterm-accessibility-tree")).not_to_contain_text("later-2")
            await page.get_by_role("button", name="Play").click()
            await expect(replay.locator(".xterm-accessibility-tree")).to_contain_text("later-2")
        assert complaints == []
