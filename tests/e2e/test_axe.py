"""axe finds nothing on any page, in either theme."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Page, expect

from tests.e2e.browser import NARROW, WIDE, window
from tests.e2e.conftest import Front, Stage, add, add_unwatched, enter, set_up
from tests.e2e.shells import add_daemon
from tests.support import sshd
from tests.support.lab import LabHost

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(240)]
AXE = Path(__file__).resolve().parents[2] / "ui/node_modules/axe-core/axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
SETTLED = """() => Promise.allSettled(
    document.getAnimations().filter(one => one.effect.getTiming().iterations !== Infinity).map(one => one.finished)
)"""
TABS = ("overview", "cpu", "network", "disks", "processes", "containers", "jobs", "collectors", "events")
SETTINGS = ("credentials", "groups", "tokens", "users", "audit", "general")


async def violations(page: Page) -> list[str]:
    """What axe finds in the light theme, and of contrast in the dark one; each with the first element that has it."""
    await page.evaluate(AXE.read_text())
    said: list[str] = []
    for scheme, rules in (("light", RULES), ("dark", ["color-contrast"])):
        await page.emulate_media(color_scheme="dark" if scheme == "dark" else "light", reduced_motion="reduce")
        await expect(page.locator("html")).to_have_attribute("data-mantine-color-scheme", scheme)
        await page.evaluate(SETTLED)  # colours that are on their way have no contrast of their own
        found: dict[str, Any] = await page.evaluate("runOnly => axe.run(document, { runOnly })", rules)
        said += [_line(scheme, one) for one in found["violations"]]
    await page.emulate_media(color_scheme="light")
    return said


def _line(scheme: str, one: dict[str, Any]) -> str:
    node = one["nodes"][0]
    return f"{scheme}: {one['id']}: {node['html'][:160]} {node['failureSummary'][:240]}"


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "phone"])
async def test_axe_finds_nothing_in_hosts(front: Front, size: tuple[int, int]) -> None:
    found: dict[str, list[str]] = {}
    with sshd.running() as daemon:
        async with await set_up(front) as api, window(front.browser, front.url, size=size) as (page, _):
            host_id = await add_daemon(api, daemon, "live")
            await enter(page, front.url)
            for path in ("/files", f"/files?host={host_id}&path=/etc", f"/hosts/{host_id}/edit"):
                await look(page, path, found)
            for tab in TABS:
                await look(page, f"/hosts/{host_id}?tab={tab}", found)
    said = [f"{path} {line}" for path, lines in found.items() for line in lines]
    assert said == [], "\n".join(said)


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "phone"])
async def test_axe_finds_nothing_in_the_fleet(front: Front, size: tuple[int, int]) -> None:
    found: dict[str, list[str]] = {}
    with sshd.running() as daemon:
        async with await set_up(front) as api, window(front.browser, front.url, size=size) as (page, _):
            await add_daemon(api, daemon, "live")
            key = {"name": "two", "kind": "key", "private_key": daemon.client_key}
            place = {"name": "pending", "address": daemon.address, "port": daemon.port, "username": daemon.username}
            pending = await api.call("POST", "/hosts", {**place, "credential": key})
            await add_unwatched(api, ["resting"], tags=["web"])
            await api.wait_for_host(pending["id"], lambda now: now["state"] == "key_pending")
            await enter(page, front.url)
            paths = ("/", "/?view=cards", "/?q=nobody", f"/hosts/{pending['id']}", "/hosts/new", "/hosts/4711")
            for path in (*paths, "/containers", "/nowhere"):
                await look(page, path, found)
            await page.goto("/")
            await expect(page.locator("[data-host]").first).to_be_visible()
            for name, key_pressed in (("palette", "Control+k"), ("keys", "Shift+?")):
                await page.keyboard.press(key_pressed)
                await expect(page.get_by_role("dialog")).to_be_visible()
                found[name] = await violations(page)
                await page.keyboard.press("Escape")
    said = [f"{path} {line}" for path, lines in found.items() for line in lines]
    assert said == [], "\n".join(said)


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "phone"])
async def test_axe_finds_nothing_at_the_door_and_in_settings(front: Front, size: tuple[int, int]) -> None:
    found: dict[str, list[str]] = {}
    async with await set_up(front) as api, window(front.browser, front.url, size=size) as (page, _):
        await add_unwatched(api, ["resting"], credential={"name": "key", "kind": "password", "password": "a word"})
        for path in ("/login", "/setup", "/register", "/invite?token=x"):
            await look(page, path, found)
        await enter(page, front.url)
        for path in (*(f"/settings/{section}" for section in SETTINGS), "/profile"):
            await look(page, path, found)
    said = [f"{path} {line}" for path, lines in found.items() for line in lines]
    assert said == [], "\n".join(said)


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "phone"])
async def test_axe_finds_nothing_in_terminals(front: Front, size: tuple[int, int]) -> None:
    found: dict[str, list[str]] = {}
    with sshd.running() as daemon:
        async with await set_up(front) as api, window(front.browser, front.url, size=size) as (page, _):
            host_id = await add_daemon(api, daemon, "live")
            await enter(page, front.url)
            await look(page, "/terminal", found)
            await page.goto(f"/terminal?host={host_id}")
            await expect(page.locator("section[data-phase=open]")).to_be_visible()
            found["open"] = await violations(page)
            await look(page, "/recordings", found)
            await look(page, "/recordings/1", found)
    said = [f"{path} {line}" for path, lines in found.items() for line in lines]
    assert said == [], "\n".join(said)


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "phone"])
async def test_axe_finds_nothing_in_jobs(front: Front, size: tuple[int, int]) -> None:
    found: dict[str, list[str]] = {}
    with sshd.running() as daemon:
        async with await set_up(front) as api, window(front.browser, front.url, size=size) as (page, _):
            host_id = await add_daemon(api, daemon, "live")
            job = {"spec": {"command": "echo out; echo err >&2; exit 1"}, "targets": {"host_ids": [host_id]}}
            made = (await api.call("POST", "/jobs", job))["id"]
            question = {"name": "word", "type": "text", "label": "Word"}
            kept = {
                "name": "kept",
                "spec": {"command": "echo {{ word }}"},
                "survey": [question],
                "needs_approval": True,
            }
            template = await api.call("POST", "/job-templates", {**kept, "targets": {"host_ids": [host_id]}})
            await api.call("POST", f"/job-templates/{template['id']}/launch", {"params": {"word": "x"}})
            await enter(page, front.url)
            for path in ("/run", f"/run?host=%5B{host_id}%5D&kind=script", "/jobs", "/jobs?q=nothing", "/jobs/4711"):
                await look(page, path, found)
            for tab in ("grouped", "hosts", "log", "stats", "about"):
                await look(page, f"/jobs/{made}?tab={tab}", found)
            for part in ("templates", "templates/new", f"templates/{template['id']}", "approvals"):
                await look(page, f"/jobs/{part}", found)
            await page.goto("/jobs/templates")
            await page.get_by_role("button", name="Launch: kept").click()
            await expect(page.get_by_role("dialog").locator("[data-resolved]")).to_be_visible()
            found["launch"] = await violations(page)
    said = [f"{path} {line}" for path, lines in found.items() for line in lines]
    assert said == [], "\n".join(said)


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "phone"])
async def test_axe_finds_nothing_in_containers(stage: Stage, dock: LabHost, size: tuple[int, int]) -> None:
    found: dict[str, list[str]] = {}
    async with await set_up(stage) as api, window(stage.browser, stage.url, size=size) as (page, _):
        host_id = await add(api, stage.lab, dock)
        await api.wait_for_host(host_id, lambda now: now["state"] == "up")
        await enter(page, stage.url)
        listed = f"/hosts/{host_id}?tab=containers"
        for path in ("/containers", listed):
            await look(page, path, found, '[data-container="shop-web"]')
        for part in ("images", "volumes"):
            await look(page, f"{listed}&part={part}", found, f"[data-part={part}]")
        await page.goto(listed)
        await page.get_by_role("button", name="Stop: shop").click()
        await expect(page.get_by_role("dialog")).to_contain_text("shop-web")
        found["stop"] = await violations(page)
        one = f"/hosts/{host_id}/containers/{dock.exec('docker inspect -f {{.Id}} shop-web').strip()}"
        shows = {"overview": "[data-chart=CPU]", "logs": "[role=log]", "processes": "[data-part=top]"}
        for tab, part in (shows | {"inspect": ".cm-content"}).items():
            await look(page, f"{one}?tab={tab}", found, f"[role=tabpanel] {part}")
            chosen = page.get_by_role("tab", selected=True)
            panel = page.get_by_role("tabpanel", name=await chosen.inner_text())
            await expect(panel).to_have_id(await chosen.get_attribute("aria-controls") or "no panel is named")
        await look(page, f"/hosts/{host_id}/containers/nowhere", found)
    said = [f"{path} {line}" for path, lines in found.items() for line in lines]
    assert said == [], "\n".join(said)


async def look(page: Page, path: str, found: dict[str, list[str]], part: str = "h1, h2") -> None:
    """Open a page, wait until it is there in full, with that part of it, and let axe look."""
    await page.goto(path)
    await expect(page.locator(part).first).to_be_visible()
    await expect(page.locator("[aria-busy=true], .mantine-Loader-root")).to_have_count(0)
    found[path] = await violations(page)
