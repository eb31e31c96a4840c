"""What people run in shells, on the systems they run it on: editors, pagers, multiplexers, floods, old shells."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import expect

from tests.e2e.browser import NARROW, window
from tests.e2e.conftest import Front, Stage, add, enter, set_up
from tests.e2e.shells import add_daemon, pane, read_aloud, screen, type_line
from tests.support import sshd
from tests.support.lab import HostSpec

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]
CJK = r"`printf '\346\226\207\344\273\266'`"
SIZE = re.compile(r"COLUMNS(?:=| ')(\d+).*LINES(?:=| ')(\d+)", re.DOTALL)


@pytest.mark.parametrize("shell", ["/bin/bash", "/bin/csh"])
async def test_editor_pager_monitor_multiplexer_resize_and_a_flood(front: Front, shell: str) -> None:
    with sshd.running(shell=shell) as daemon:
        async with await set_up(front) as api, window(front.browser, front.url) as (page, complaints):
            host_id = await add_daemon(api, daemon, "web-1")
            await read_aloud(api)
            await enter(page, front.url)
            await page.goto(f"/terminal?host={host_id}")
            web = pane(page, "web-1")
            await expect(web).to_have_attribute("data-phase", "open")
            await web.locator(".xterm-helper-textarea").focus()
            press, shown = page.keyboard.press, screen(web)
            await type_line(page, "setenv LC_ALL C.UTF-8" if shell.endswith("csh") else "export LC_ALL=C.UTF-8")
            await type_line(page, f"touch {CJK}.txt; ls")
            await expect(shown).to_contain_text("文件.txt")

            await type_line(page, f"vim -u NONE {CJK}.txt")
            await expect(shown).to_contain_text(re.compile("文件.txt. 0 lines|0L, 0B"))
            await page.keyboard.type("iwritten in vim")
            await press("Escape")
            await type_line(page, ":wq")
            await expect(shown).not_to_contain_text("~~")
            await type_line(page, f"clear; cat {CJK}.txt | tr a-z A-Z")
            await expect(shown).to_contain_text("WRITTEN IN VIM")

            await type_line(page, "seq 500 | less")
            await expect(shown).to_contain_text("123456789101112")
            await press("Shift+G")
            await expect(shown).to_contain_text("500")
            await press("q")
            await type_line(page, "htop")
            await expect(shown).to_contain_text("Load average")
            await expect(shown).to_contain_text("F10Quit")
            await press("F10")
            await expect(shown).not_to_contain_text("F10Quit")
            await type_line(page, f"tmux -L of-{daemon.port} -f /dev/null")
            await expect(shown).to_contain_text(re.compile(r"\[0\] 0:t?(?:ba|c)sh\*"))
            await press("Control+b")
            await page.keyboard.type("%")
            await type_line(page, "expr 700 + 77")
            await expect(shown).to_contain_text("777")
            await type_line(page, "exit")
            await expect(shown).not_to_contain_text("│")
            await type_line(page, "exit")
            await expect(shown).to_contain_text("[exited]")

            await type_line(page, "clear; stty size")
            await expect(shown).to_contain_text(re.compile(r"\d+ \d+"))
            size = re.search(r"(\d+) (\d+)", (await shown.inner_text()).split("stty size")[-1])
            assert size is not None
            await type_line(page, "clear; resize")
            await expect(shown).to_contain_text(SIZE)
            told = SIZE.search(await shown.inner_text())
            assert told is not None
            assert (told[1], told[2]) == (size[2], size[1])

            await type_line(page, "clear; head -c 15000000 /dev/urandom | base64; expr 800 + 88")
            await expect(shown).to_contain_text("888", timeout=60_000)
            await type_line(page, "yes")
            await page.wait_for_timeout(2000)
            await press("Control+c")
            await type_line(page, "clear; expr 900 + 99")
            await expect(shown).to_contain_text("999", timeout=10_000)
        assert complaints == []


async def test_six_terminals_where_two_sessions_are_allowed(front: Front) -> None:
    with sshd.running(shell="/bin/csh", settings={"MaxSessions": "2"}) as daemon:
        async with await set_up(front) as api, window(front.browser, front.url) as (page, complaints):
            host_id = await add_daemon(api, daemon, "web-1")
            await read_aloud(api)
            await enter(page, front.url)
            await page.goto(f"/terminal?host={host_id}")
            panes = page.locator("section[data-pane]")
            for count in range(1, 7):
                if count > 1:
                    await page.keyboard.press("Control+Shift+E" if count % 2 else "Control+Shift+S")
                    await expect(page.get_by_placeholder("Host, address or tag")).to_be_focused()
                    await page.keyboard.type("web-1")
                    await page.keyboard.press("Enter")
                await expect(page.locator("section[data-phase=open]")).to_have_count(count, timeout=30_000)
            for at in range(6):
                one = panes.nth(at)
                await one.locator(".xterm-helper-textarea").focus()
                await type_line(page, f"@ n = {at} + 40; echo shell-$n")
                await expect(screen(one)).to_contain_text(f"shell-{at + 40}")
        assert complaints == []


@pytest.mark.root
async def test_dropbear_and_busybox_on_a_phone(stage: Stage) -> None:
    (tiny,) = stage.lab.up([HostSpec("tiny-1", flavour="tiny")])
    try:
        async with (
            await set_up(stage) as api,
            window(stage.browser, stage.url, size=NARROW, language="zh-CN") as (page, complaints),
        ):
            host_id = await add(api, stage.lab, tiny)
            await api.wait_for_host(host_id, lambda now: now["state"] == "up")
            await read_aloud(api)
            await enter(page, stage.url)
            await page.goto(f"/terminal?host={host_id}")
            web = pane(page, "tiny-1")
            await expect(web).to_have_attribute("data-phase", "open")
            await expect(screen(web)).to_contain_text(re.compile("[#$]"))
            await web.locator(".xterm-helper-textarea").focus()
            await type_line(page, "echo tiny-$((1 + 1))")
            await expect(screen(web)).to_contain_text("tiny-2")
            keys = page.get_by_role("toolbar", name="按键")
            await keys.get_by_role("button", name="上").click()
            await page.keyboard.press("Enter")
            await expect(screen(web)).to_contain_text(re.compile("tiny-2.*tiny-2", re.DOTALL))
            await type_line(page, "cat")
            await keys.get_by_role("button", name="Ctrl", exact=True).click()
            await page.keyboard.type("c")
            await type_line(page, "echo back-$((1 + 1))")
            await expect(screen(web)).to_contain_text("back-2")
            await type_line(page, "clear; vi /tmp/notes")
            await expect(screen(web)).to_contain_text("/tmp/notes")
            await page.keyboard.type("iby busybox's vi")
            await expect(screen(web)).to_contain_text("I /tmp/notes")
            await page.keyboard.press("Escape")
            await expect(screen(web)).to_contain_text("- /tmp/notes")  # until then it may be the start of a sequence
            await type_line(page, ":wq")
            await type_line(page, "clear; tr a-z A-Z < /tmp/notes")
            await expect(screen(web)).to_contain_text("BY BUSYBOX'S VI")
            await type_line(page, "seq 500 | less")
            await expect(screen(web)).to_contain_text("12345")
            await page.keyboard.press("Shift+G")
            await expect(screen(web)).to_contain_text("500")
            await page.keyboard.press("q")
            await type_line(page, "top")
            await expect(screen(web)).to_contain_text("Load average")
            await page.keyboard.press("q")
            await type_line(page, "clear; stty size")
            await expect(screen(web)).to_contain_text(re.compile(r"\d+ \d\d"))
            assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
            await expect(page.locator(".bottom-link")).to_have_count(5)
            await page.locator(".bottom-link").last.click()
            await page.get_by_role("menuitem", name="设置").click()
            await expect(page).to_have_url(re.compile("/settings"))
        assert complaints == []
    finally:
        stage.lab.remove(tiny)
