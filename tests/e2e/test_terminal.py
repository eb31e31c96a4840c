"""Shells in the page: opened in one click, split, kept over reloads and cuts, taken over by another browser."""

from __future__ import annotations

import asyncio
import re

import pytest
from playwright.async_api import expect

from tests.e2e.browser import window
from tests.e2e.conftest import Front, enter, set_up
from tests.e2e.shells import add_daemon, pane, read_aloud, ready, screen, type_line, whole_buffer, wire
from tests.support import sshd

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]
CUT_S = 30.0
COUNT = "i=0; while :; do i=$((i+1)); echo line-$i-; sleep 0.05; done"
NUMBERS = re.compile(r"^line-(\d+)-$")


async def test_a_shell_opens_in_one_click_and_is_there_after_a_reload(front: Front) -> None:
    with sshd.running(shell="/bin/bash") as daemon:
        async with await set_up(front) as api, window(front.browser, front.url) as (page, complaints):
            host_id = await add_daemon(api, daemon, "web-1")
            await read_aloud(api)
            await enter(page, front.url)
            await page.goto("/")
            await page.get_by_role("link", name="Terminal on web-1").click()
            await expect(page).to_have_url(re.compile("/terminal$"))
            web = pane(page, "web-1")
            await ready(web)
            await type_line(page, "printf '%s \\346\\274\\242\\n' $((6 * 7))")
            await expect(screen(web)).to_contain_text("42 漢")
            await expect(web.locator("[data-latency]")).to_contain_text("ms")
            await page.reload()
            await ready(web)
            await expect(screen(web)).to_contain_text("42 漢")
            await type_line(page, "exit 3")
            await expect(web.get_by_role("status")).to_contain_text("Exit code 3")
            await web.get_by_role("button", name="Open again").click()
            await ready(web)
            await expect(screen(web)).not_to_contain_text("漢")

            await page.goto(f"/hosts/{host_id}")
            await page.get_by_role("link", name="Terminal on web-1").click()
            await expect(page.locator(".terminal-tab-head")).to_have_count(2)
            await ready(web)
            await page.goto("/settings/tokens")
            await expect(page.locator("h1")).to_have_text("API tokens")
            await page.keyboard.press("Control+k")
            await expect(page.get_by_role("combobox", name="Host or page")).to_be_focused()
            await page.keyboard.type("terminal web-1")
            await expect(page.get_by_role("option", name="Terminal on web-1")).to_be_visible()
            await page.keyboard.press("Enter")
            await expect(page.locator(".terminal-tab-head")).to_have_count(3)
            await ready(web)
            daemon.kill_sessions()
            daemon.stop()
            await expect(web.get_by_role("status")).to_contain_text("went away")
        assert complaints == []


async def test_panes_split_move_close_and_are_searched_copied_and_pasted(front: Front) -> None:
    with sshd.running(shell="/bin/bash") as daemon:
        async with await set_up(front) as api, window(front.browser, front.url) as (page, complaints):
            host_id = await add_daemon(api, daemon, "web-1")
            await add_daemon(api, daemon, "web-2")
            await read_aloud(api)
            await enter(page, front.url)
            await page.goto(f"/terminal?host={host_id}")
            web, other = pane(page, "web-1"), pane(page, "web-2")
            await ready(web)
            await page.keyboard.press("Control+Shift+S")
            await page.keyboard.type("zzz")  # at once: none of it may reach the shell
            await expect(page.get_by_placeholder("Host, address or tag")).to_have_value("zzz")
            await page.keyboard.press("Escape")
            await type_line(page, "echo back-$((1 + 1))")  # the terminal has the keyboard again
            await expect(screen(web)).to_contain_text("back-2")
            await page.keyboard.press("Control+Shift+E")
            await page.keyboard.type("web-2")
            await page.keyboard.press("Enter")
            await expect(other.locator(".xterm-helper-textarea")).to_be_focused()
            await ready(other)
            assert "zzz" not in await screen(web).inner_text()
            left, right = await web.bounding_box(), await other.bounding_box()
            assert left is not None
            assert right is not None
            assert left["x"] < right["x"]
            assert abs(left["width"] - right["width"]) < 12
            edge = page.get_by_role("separator")
            await edge.focus()
            for _ in range(5):
                await page.keyboard.press("ArrowRight")
            wider = await web.bounding_box()
            assert wider is not None
            assert wider["width"] > left["width"] + 50

            await other.locator(".terminal-head").drag_to(web, target_position={"x": 200, "y": 20})
            above, below = await other.bounding_box(), await web.bounding_box()
            assert above is not None
            assert below is not None
            assert above["y"] < below["y"]
            await page.reload()
            await ready(web)
            await ready(other)
            await expect(page.get_by_role("separator")).to_have_attribute("aria-orientation", "horizontal")

            await type_line(page, "echo needle-$((1 + 1))")
            await expect(screen(other)).to_contain_text("needle-2")
            await page.keyboard.press("Control+Shift+F")
            await page.get_by_role("textbox", name="Search in the output").fill("needle-2")
            await expect(other.get_by_text("1 of 1")).to_be_visible()
            await page.keyboard.press("Escape")
            assert "needle-2" in await whole_buffer(page, other)

            async with window(front.browser, front.url) as (elsewhere, _):  # another browser of the same person
                await enter(elsewhere, front.url)
                await elsewhere.goto("/terminal")
                last = elsewhere.get_by_role("button", name="As last time: 2 terminals")
                async with asyncio.timeout(60):
                    while "terminalLayout" not in (await api.call("GET", "/me"))["preferences"]:
                        await asyncio.sleep(0.2)  # it is kept with the account once it has settled
                await elsewhere.reload()
                await last.click()
                await expect(pane(elsewhere, "web-2").locator(".xterm-rows")).to_contain_text("needle-2")
                await expect(pane(elsewhere, "web-1")).to_have_attribute("data-phase", "open")
                assert len((await api.call("GET", "/terminals"))["items"]) == 2  # joined, not opened anew

            await page.evaluate("navigator.clipboard.writeText('echo pasted-$((2 + 2))')")
            await other.locator(".terminal-holder").click(button="right")
            await page.get_by_role("menuitem", name="Paste").click()
            await expect(screen(other)).to_contain_text("echo pasted-")
            await other.locator(".xterm-helper-textarea").focus()
            await page.keyboard.press("Enter")
            await expect(screen(other)).to_contain_text("pasted-4")
            await type_line(page, "bind 'set enable-bracketed-paste off'; cat > /dev/null")
            await page.evaluate("navigator.clipboard.writeText('one\\ntwo\\n')")
            await other.locator(".terminal-holder").click(button="right")
            await page.get_by_role("menuitem", name="Paste").click()
            await expect(page.get_by_role("dialog")).to_contain_text("Paste 2 lines?")
            await page.get_by_role("dialog").get_by_role("button", name="Cancel").click()

            await other.get_by_role("button", name="Close web-2").click()
            await page.get_by_role("menuitem", name="End").click()
            await expect(other).to_have_count(0)
            await web.get_by_role("button", name="Close web-1").click()
            await page.get_by_role("menuitem", name="Close, and let it go on").click()
            await expect(page.get_by_text("No terminal open")).to_be_visible()
            await page.get_by_role("button", name="1 session goes on").click()
            await page.get_by_role("button", name="Open here").click()
            await ready(web)
        assert complaints == []


async def test_nothing_is_lost_or_doubled_by_reload_cut_and_another_browser(front: Front) -> None:
    port = int(front.url.rpartition(":")[2])
    with sshd.running(shell="/bin/bash") as daemon:
        async with await set_up(front) as api, wire(port) as way, window(front.browser, way.url) as (page, _):
            host_id = await add_daemon(api, daemon, "web-1")
            await enter(page, way.url)
            await page.goto(f"/terminal?host={host_id}")
            web = pane(page, "web-1")
            await expect(web).to_have_attribute("data-phase", "open")
            await web.locator(".xterm-helper-textarea").focus()
            await type_line(page, COUNT)
            await expect(web.locator(".xterm-rows")).to_contain_text("line-20-")
            await page.reload()
            await expect(web).to_have_attribute("data-phase", "open")
            await expect(web.locator(".xterm-rows")).to_contain_text("line-60-")
            way.cut()
            await asyncio.sleep(CUT_S)
            await expect(web.get_by_role("status")).to_contain_text("The connection to Moorline is lost")
            way.mend()
            await expect(web).to_have_attribute("data-phase", "open", timeout=20_000)
            async with window(front.browser, front.url) as (second, _):
                await enter(second, front.url)
                await second.goto("/terminal")
                await second.get_by_role("button", name="1 session goes on").click()
                await second.get_by_role("button", name="Take over").click()
                await expect(web.get_by_role("status")).to_contain_text("took this session over")
                taken = pane(second, "web-1")
                await expect(taken).to_have_attribute("data-phase", "open")
                await expect(second.get_by_role("dialog")).to_have_count(0)
                await asyncio.sleep(1)  # the drawer gives the focus back once it is gone
                await taken.locator(".xterm-helper-textarea").focus()
                await expect(taken.locator(".xterm-helper-textarea")).to_be_focused()
                await second.keyboard.press("Control+c")
                await type_line(second, "echo over-$((1 + 1))")
                await expect(taken.locator(".xterm-rows")).to_contain_text("over-2")
                await web.get_by_role("button", name="Take it back").click()
                await expect(web.locator(".xterm-rows")).to_contain_text("over-2")
                for there, shown in ((page, web), (second, taken)):
                    found = [NUMBERS.match(line) for line in await whole_buffer(there, shown)]
                    numbers = [int(one[1]) for one in found if one]
                    assert numbers == list(range(1, len(numbers) + 1))
                    assert len(numbers) > CUT_S / 0.06


async def test_a_host_can_do_little_to_the_page(front: Front) -> None:
    with sshd.running(shell="/bin/bash") as daemon:
        async with await set_up(front) as api, window(front.browser, front.url) as (page, complaints):
            host_id = await add_daemon(api, daemon, "web-1")
            await read_aloud(api)
            await enter(page, front.url)
            await page.context.grant_permissions(["clipboard-read", "clipboard-write"])
            await page.goto(f"/terminal?host={host_id}")
            web = pane(page, "web-1")
            await ready(web)
            await type_line(page, "PROMPT_COMMAND=; PS1='$ '")
            await type_line(page, r"printf '\033]0;<img src=x onerror=alert(1)>\342\200\256gpj\007'")
            await expect(web.locator(".terminal-title")).to_have_text("<img src=x onerror=alert(1)> gpj")
            await expect(page.locator(".terminal-page img")).to_have_count(0)

            await type_line(page, r"printf '\033]52;c;%s\007' $(printf copied | base64)")
            await expect(page.get_by_text("web-1 put 6 characters into your clipboard.")).to_be_visible()
            assert await page.evaluate("navigator.clipboard.readText()") == "copied"
            await type_line(page, r"printf '\033]52;c;?\007'; echo asked")
            await type_line(page, r"printf '\033]52;c;%s\007' $(head -c 200000 /dev/zero | base64 -w0); echo large")
            await expect(screen(web)).to_contain_text("large")
            assert await page.evaluate("navigator.clipboard.readText()") == "copied"
            assert "Y29waWVk" not in await screen(web).inner_text()

            await type_line(page, r"clear; printf '\033]8;;https://example.invalid/a\033\\harmless\033]8;;\033\\\n'")
            await expect(screen(web)).to_contain_text("harmless")
            cell = await web.locator(".xterm-screen").bounding_box()
            assert cell is not None
            await page.mouse.move(cell["x"] + 20, cell["y"] + 6)
            await page.mouse.move(cell["x"] + 24, cell["y"] + 7)
            await page.mouse.click(cell["x"] + 24, cell["y"] + 7)
            await expect(page.get_by_role("dialog")).to_contain_text("https://example.invalid/a")
            await page.get_by_role("dialog").get_by_role("button", name="Cancel").click()
            assert len(page.context.pages) == 1
        assert complaints == []
