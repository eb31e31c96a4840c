"""What is done with files in the page, seen on the host: the trash, root, owners, links, other hosts, full disks."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.async_api import Page, Route, expect

from tests.e2e.browser import window
from tests.e2e.conftest import Stage, add, enter, set_up
from tests.e2e.test_files import ready, row, transfer
from tests.support.lab import HostSpec, Lab, LabHost
from tests.support.lab.base import PASSWORD

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(180)]
MIB = 1 << 20
PDF = (
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
    b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 100]>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
)


async def menu(page: Page, name: str, item: str) -> None:
    """An entry's menu."""
    await row(page, name).click(button="right")
    await page.get_by_role("menuitem", name=re.compile(f"^{re.escape(item)}")).first.click()


async def test_the_trash_gives_back_what_it_was_given(stage: Stage) -> None:
    async with window(stage.browser, stage.url) as (page, complaints):
        host_id, host = await ready(stage, page)
        host.exec("mkdir -p /srv/bin/sub && cd /srv/bin && echo a > a.txt && echo b > b.txt && echo c > sub/c.txt")
        await page.goto(f"/files?host={host_id}&path=/srv/bin")
        dialog = page.get_by_role("dialog")

        await menu(page, "a.txt", "Delete")
        await dialog.get_by_label("Move to the trash").check()
        await dialog.get_by_role("button", name="Move to trash").click()
        await expect(row(page, "a.txt")).to_have_count(0)
        await page.get_by_role("button", name="Undo").click()
        await expect(row(page, "a.txt")).to_be_visible()
        assert host.exec("cat /srv/bin/a.txt") == "a\n"

        for name in ("a.txt", "b.txt", "sub"):
            await menu(page, name, "Delete")
            await dialog.get_by_role("button", name="Move to trash").click()
            await expect(row(page, name)).to_have_count(0)
        await page.get_by_role("button", name="Trash", exact=True).click()
        await expect(page).to_have_url(re.compile("trash=true"))
        trash = page.get_by_role("dialog", name="Trash")
        await expect(trash.locator("[data-trashed]")).to_have_count(3)
        await expect(trash.get_by_role("button", name=re.compile("Put back"))).to_be_disabled()
        await trash.get_by_label(re.compile("^sub/")).check()
        await trash.get_by_role("button", name="Put back 1").click()
        await expect(trash.locator("[data-trashed]")).to_have_count(2)
        await expect(row(page, "sub")).to_be_visible()
        assert host.exec("cat /srv/bin/sub/c.txt") == "c\n"

        host.exec("echo new > /srv/bin/a.txt")  # its place is taken: nothing is replaced
        await trash.get_by_label(re.compile("^a.txt")).check()
        await trash.get_by_role("button", name="Put back 1").click()
        await expect(trash.get_by_role("alert")).to_contain_text("There is a")
        assert host.exec("cat /srv/bin/a.txt") == "new\n"
        await trash.get_by_role("button", name="Delete for good").click()
        sure = page.get_by_role("dialog", name="Delete 1 entry for good?")
        await expect(sure).to_contain_text("/srv/bin/a.txt")
        await sure.get_by_role("button", name="Delete for good").click()
        await expect(trash.locator("[data-trashed]")).to_have_count(1)
        await trash.get_by_role("button", name="Empty the trash").click()
        await (
            page.get_by_role("dialog", name=re.compile("for good"))
            .get_by_role("button", name="Delete for good")
            .click()
        )
        await expect(trash.get_by_role("heading", name="The trash is empty")).to_be_visible()
        assert host.exec("ls -A /root/.local/share/Trash").strip() == ""
    assert [said for said in complaints if "409" not in said] == []


async def test_uploads_are_paused_continued_and_cancelled(stage: Stage, tmp_path: Path) -> None:
    content = os.urandom(40 * MIB)
    big = tmp_path / "big.bin"
    big.write_bytes(content)
    held = asyncio.Event()
    async with window(stage.browser, stage.url) as (page, _):
        host_id, host = await ready(stage, page)
        host.exec("mkdir -p /srv/slow")

        async def second_waits(route: Route) -> None:
            if "offset=0" not in route.request.url and not held.is_set():
                await held.wait()
            try:
                await route.continue_()
            except Exception:  # the page has taken this request back: that is what a pause does
                return

        await page.route(re.compile(r"/transfers/\d+/data"), second_waits)
        await page.goto(f"/files?host={host_id}&path=/srv/slow")
        await expect(page.get_by_role("heading", name="This folder is empty")).to_be_visible()
        await page.locator("input[type=file][multiple]").set_input_files(big)
        await expect(transfer(page, "waiting").or_(transfer(page, "running"))).to_contain_text("32 MiB / 40 MiB")
        await page.get_by_role("button", name="Pause: big.bin").click()
        await expect(transfer(page, "paused")).to_be_visible()
        held.set()
        await page.get_by_role("button", name="Go on: big.bin").click()
        await expect(transfer(page, "done")).to_be_visible()
        assert host.exec("sha256sum /srv/slow/big.bin").split()[0] == hashlib.sha256(content).hexdigest()

        held.clear()
        await page.get_by_role("button", name="Clear finished").click()
        big.rename(tmp_path / "other.bin")
        await page.locator("input[type=file][multiple]").set_input_files(tmp_path / "other.bin")
        await expect(transfer(page, "waiting").or_(transfer(page, "running"))).to_contain_text("32 MiB / 40 MiB")
        await page.get_by_role("button", name="Cancel: other.bin").click()
        await expect(transfer(page, "cancelled")).to_be_visible()
        held.set()
        async with asyncio.timeout(15):
            while host.exec("ls -A /srv/slow").split() != ["big.bin"]:  # nothing half stays, nothing hidden
                await asyncio.sleep(0.1)


async def test_a_full_disk_is_said_and_what_was_begun_can_go_on(stage: Stage, tmp_path: Path) -> None:
    for name, size in (("six.bin", 6 * MIB), ("ten.bin", 10 * MIB)):
        (tmp_path / name).write_bytes(os.urandom(size))
    room = asyncio.Event()
    async with window(stage.browser, stage.url) as (page, _):
        host_id, host = await ready(stage, page)
        host.exec("mkdir -p /srv/small && mount -t tmpfs -o size=8m tmpfs /srv/small")

        async def when_taken(route: Route) -> None:
            await room.wait()
            await route.continue_()

        await page.route(re.compile(r"/transfers/\d+/data"), when_taken)
        await page.goto(f"/files?host={host_id}&path=/srv/small")
        field = page.locator("input[type=file][multiple]")
        await field.set_input_files(tmp_path / "ten.bin")
        await expect(page.get_by_text(re.compile("file system of .*ten.bin is full. Free some space"))).to_be_visible()
        await field.set_input_files(tmp_path / "six.bin")
        await expect(page.locator("[data-transfer]")).to_contain_text("6 MiB")
        host.exec("head -c 4194304 /dev/zero > /srv/small/thief")  # somebody else takes the room meanwhile
        room.set()
        failed = transfer(page, "failed")
        await expect(failed).to_contain_text("is full. Free some space on the host, then go on.")
        assert host.exec("ls /srv/small").split() == ["thief"]
        host.exec("rm /srv/small/thief")
        await page.get_by_role("button", name="Go on: six.bin").click()
        await expect(transfer(page, "done")).to_be_visible()
        assert host.exec("sha256sum /srv/small/six.bin").split()[0] == _sum(tmp_path / "six.bin")
        assert host.exec("ls -A /srv/small").split() == ["six.bin"]


def _sum(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.fixture
def guarded(lab: Lab) -> Iterator[LabHost]:
    """A host whose account becomes root by its password."""
    files = {"etc/sudoers.d/ops": "ops ALL=(ALL) ALL\n", "root/secret.txt": "root's\n"}
    (host,) = lab.up([HostSpec("guarded", flavour="sudo", files=files)])
    try:
        yield host
    finally:
        lab.remove(host)


async def test_root_owners_links_archives_and_other_hosts(stage: Stage, guarded: LabHost) -> None:
    other = stage.hosts["web-2"]
    async with window(stage.browser, stage.url) as (page, complaints):
        async with await set_up(stage) as api:
            host_id = await add(api, stage.lab, guarded, username="ops")
            await add(api, stage.lab, other)
            for one in (await api.call("GET", "/hosts"))["items"]:
                await api.wait_for_host(one["id"], lambda now: now["state"] == "up")
        other.exec("mkdir -p /srv/in")
        guarded.exec("cd /home/ops && mkdir box && printf PK > box/x.zip && echo 1 > box/mine && chown -R ops box")
        guarded.exec(f"echo {base64.b64encode(PDF).decode()} | base64 -d > /home/ops/box/paper.pdf")
        await enter(page, stage.url)
        dialog = page.get_by_role("dialog")

        await page.goto(f"/files?host={host_id}&path=/root")
        await expect(page.get_by_role("heading", name="The account may not look here")).to_be_visible()
        await page.get_by_role("button", name="Open as root").click()
        await dialog.get_by_label("Password of ops").fill("wrong one")
        await page.keyboard.press("Enter")
        await expect(dialog.get_by_role("alert")).to_be_visible()
        await dialog.get_by_label("Password of ops").fill(PASSWORD)
        await page.keyboard.press("Enter")
        await expect(row(page, "secret.txt")).to_be_visible()
        await expect(page.get_by_role("switch", name="As root")).to_be_checked()

        await page.goto(f"/files?host={host_id}&path=/home/ops/box&root=true")
        await menu(page, "mine", "Owner")
        await dialog.get_by_label("User").fill("root")
        await dialog.get_by_role("button", name="Set").click()
        await expect(dialog).to_have_count(0)
        await expect(row(page, "mine").get_by_role("gridcell", name="root").first).to_be_visible()
        assert guarded.exec("stat -c %U /home/ops/box/mine").strip() == "root"
        await page.locator("label", has_text="As root").click()
        await expect(page).not_to_have_url(re.compile("root=true"))

        await page.get_by_role("button", name="New", exact=True).click()
        await page.get_by_role("menuitem", name="New link").click()
        await dialog.get_by_label("Name").fill("to mine")
        await dialog.get_by_label("Leads to").fill("mine")
        await page.keyboard.press("Enter")
        await expect(row(page, "to mine")).to_contain_text("mine")
        assert guarded.exec("readlink '/home/ops/box/to mine'").strip() == "mine"

        await row(page, "x.zip").get_by_text("x.zip").click()
        await expect(page.get_by_role("dialog", name="x.zip").get_by_role("heading")).to_be_visible()
        await page.get_by_role("button", name="Close").last.click()
        async with page.expect_response(re.compile("files/content.*paper.pdf")) as coming:
            await row(page, "paper.pdf").get_by_text("paper.pdf").click()
        answer = await coming.value
        assert (answer.status, answer.headers["content-type"]) == (200, "application/pdf")
        await expect(page.locator("iframe[title='paper.pdf']")).to_be_visible()
        await page.get_by_role("button", name="Close").last.click()

        await menu(page, "paper.pdf", "Copy to…")
        await dialog.get_by_label("Host", exact=True).click()
        await page.get_by_role("option", name="web-2").click()
        await dialog.get_by_label("Folder").fill("/srv/in")
        await dialog.get_by_role("button", name="Copy to").click()
        await page.get_by_role("button", name=re.compile("Transfers|transfer")).first.click()
        await expect(transfer(page, "done").filter(has_text="paper.pdf")).to_contain_text("web-2")
        assert other.exec("sha256sum /srv/in/paper.pdf").split()[0] == hashlib.sha256(PDF).hexdigest()
    assert [said for said in complaints if "status of 4" not in said] == []  # no frame was refused, above all
