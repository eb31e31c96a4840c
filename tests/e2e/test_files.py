"""The file manager over real hosts: any name, uploads that are cut, texts that others change, many entries."""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import re
import shlex
import tarfile
import zipfile
from pathlib import Path

import pytest
from playwright.async_api import Locator, Page, Route, expect

from tests.e2e.browser import window
from tests.e2e.conftest import Stage, add, enter, set_up
from tests.support.lab import LabHost

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(180)]
MANY = 100_000
MOST_ROWS = 100
ODD = [b"caf\xe9.txt", b"two\nlines", b"-dash", b"quote\"'.txt", "测试.txt".encode(), b"100%.txt", b"<b>bold"]
SHOWN = ["caf\\xe9.txt", "two\\nlines", "-dash", "quote\"'.txt", "测试.txt", "100%.txt", "<b>bold"]


def row(page: Page, name: str) -> Locator:
    """An entry of the list, by the name that is shown."""
    return page.locator(f".file-row[data-name={json.dumps(name, ensure_ascii=False)}]")


def transfer(page: Page, state: str) -> Locator:
    """Transfers in a state."""
    return page.locator(f'[data-transfer][data-state="{state}"]')


async def ready(stage: Stage, page: Page) -> tuple[int, LabHost]:
    """A host that is up, the window logged in."""
    host = stage.hosts["web-1"]
    async with await set_up(stage) as api:
        host_id = await add(api, stage.lab, host)
        await api.wait_for_host(host_id, lambda now: now["state"] == "up")
    await enter(page, stage.url)
    return host_id, host


def make(host: LabHost, folder: str, names: list[bytes]) -> None:
    """Files of these names, whatever bytes they hold."""
    octal = ["".join(f"\\{byte:03o}" for byte in name) for name in names]
    for one in octal:
        host.exec(f"mkdir -p {folder} && cd {folder} && : > \"$(printf '{one}')\"")


async def test_any_name_is_listed_renamed_and_deleted(stage: Stage) -> None:
    async with window(stage.browser, stage.url) as (page, complaints):
        host_id, host = await ready(stage, page)
        make(host, "/srv/odd", ODD)
        await page.goto(f"/files?host={host_id}&path=/srv/odd")
        for name in SHOWN:
            await expect(row(page, name)).to_be_visible()
        await expect(page.get_by_text(f"{len(ODD)} entries")).to_be_visible()

        await row(page, "caf\\xe9.txt").click()
        await page.keyboard.press("F2")
        field = page.get_by_role("dialog").get_by_label("Name")
        await expect(field).to_have_value("caf%E9.txt")
        await field.fill("caf%E9 bar.txt")
        await page.keyboard.press("Enter")
        await expect(row(page, "caf\\xe9 bar.txt")).to_be_visible()
        assert "caf\\351\\ bar.txt" in host.exec("LC_ALL=C ls -b /srv/odd")

        await page.get_by_role("button", name="New", exact=True).click()
        await page.get_by_role("menuitem", name="New folder").click()
        await page.get_by_role("dialog").get_by_label("Name").fill("50% done")
        await page.keyboard.press("Enter")
        await expect(row(page, "50% done")).to_have_attribute("aria-selected", "true")
        assert "50%\\ done" in host.exec("LC_ALL=C ls -b /srv/odd")

        listing = page.get_by_role("grid")
        await listing.focus()
        await page.keyboard.press("Control+a")
        await page.keyboard.press("Delete")
        dialog = page.get_by_role("dialog")
        await expect(dialog).to_contain_text(f"{len(ODD)} files, 1 folder")
        await dialog.get_by_role("button", name="Delete").click()
        await expect(page.get_by_role("heading", name="This folder is empty")).to_be_visible()
        assert host.exec("ls -A /srv/odd").strip() == ""
    assert complaints == []


async def test_an_upload_that_is_cut_goes_on_after_a_reload(stage: Stage, tmp_path: Path) -> None:
    content = os.urandom(70 * 1024 * 1024)
    big = tmp_path / "big.bin"
    big.write_bytes(content)
    async with window(stage.browser, stage.url) as (page, _):
        host_id, host = await ready(stage, page)
        host.exec("mkdir -p /srv/up")
        sent = 0

        async def only_the_first(route: Route) -> None:
            nonlocal sent
            sent += 1
            await (route.continue_() if sent == 1 else route.abort("connectionreset"))

        await page.route(re.compile(r"/transfers/\d+/data"), only_the_first)
        await page.goto(f"/files?host={host_id}&path=/srv/up")
        await expect(page.get_by_role("heading", name="This folder is empty")).to_be_visible()
        await page.locator("input[type=file][multiple]").set_input_files(big)
        await expect(transfer(page, "waiting").or_(transfer(page, "running"))).to_contain_text("32 MiB / 70 MiB")
        assert "big.bin\n" not in host.exec("ls /srv/up") + "\n"  # nothing half under the final name

        page.on("dialog", lambda dialog: dialog.accept())
        await page.reload()
        await page.unroute(re.compile(r"/transfers/\d+/data"))
        again = page.get_by_label("Choose the file again to go on")
        await expect(page.get_by_role("button", name="Choose the file again to go on")).to_be_visible()
        other = tmp_path / "other.bin"
        other.write_bytes(b"other")
        await again.set_input_files(other)
        await expect(page.get_by_text("That is another file")).to_be_visible()
        offsets: list[str] = []
        page.on("request", lambda asked: offsets.extend(re.findall(r"/data\?offset=(\d+)", asked.url)))
        await again.set_input_files(big)
        await expect(transfer(page, "done")).to_be_visible()
        assert offsets[0] == str(32 * 1024 * 1024)
        assert host.exec("sha256sum /srv/up/big.bin").split()[0] == hashlib.sha256(content).hexdigest()
        await expect(row(page, "big.bin")).to_be_visible()


async def test_a_folder_goes_up_and_comes_back_as_an_archive(stage: Stage, tmp_path: Path) -> None:
    source = tmp_path / "site"
    for place in range(700):
        file = source / f"part-{place % 7}" / f"page-{place}.html"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"page {place}\n" * 20)
    async with window(stage.browser, stage.url) as (page, complaints):
        host_id, host = await ready(stage, page)
        host.exec("mkdir -p /srv/tree")
        await page.goto(f"/files?host={host_id}&path=/srv/tree")
        await expect(page.get_by_role("heading", name="This folder is empty")).to_be_visible()
        await page.locator("input[type=file][webkitdirectory]").set_input_files(source)
        await expect(transfer(page, "done")).to_contain_text("700 of 700 files")
        assert host.exec("find /srv/tree -type f | wc -l").strip() == "700"
        assert host.exec("cat /srv/tree/site/part-3/page-10.html") == "page 10\n" * 20
        await row(page, "site").click()
        await page.keyboard.press("Escape")
        await row(page, "site").click(button="right")
        async with page.expect_download() as coming:
            await page.get_by_role("menuitem", name="Download as tar.gz").click()
        packed = await (await coming.value).path()
        with tarfile.open(packed) as archive:
            assert sum(name.endswith(".html") for name in archive.getnames()) == 700
        # the same once more: what is there is left as it is
        await page.get_by_role("button", name="Select nothing").click()
        await page.locator("input[type=file][webkitdirectory]").set_input_files(source)
        await expect(page.get_by_role("dialog")).to_contain_text("1 name is there already")
        await page.get_by_role("button", name="Go on").click()
        await expect(page.get_by_role("dialog")).to_have_count(0)
    assert complaints == []


@pytest.mark.long
@pytest.mark.timeout(600)
async def test_a_folder_of_five_thousand_files_goes_up_and_comes_back_as_zip(stage: Stage, tmp_path: Path) -> None:
    count, source = 5000, tmp_path / "many"
    texts = {f"many/part-{place % 50}/page-{place}.html": f"page {place}\n" * (place % 40) for place in range(count)}
    for name, text in texts.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    async with window(stage.browser, stage.url) as (page, complaints):
        host_id, host = await ready(stage, page)
        host.exec("mkdir -p /srv/tree")
        await page.goto(f"/files?host={host_id}&path=/srv/tree")
        await expect(page.get_by_role("heading", name="This folder is empty")).to_be_visible()
        watching = asyncio.create_task(progress(page, "tree"))
        await page.locator("input[type=file][webkitdirectory]").set_input_files(source, timeout=120_000)
        seen = await watching
        assert [done for done, _ in seen] == sorted(done for done, _ in seen)  # it never goes back
        assert {total for _, total in seen} == {count}
        assert len({done for done, _ in seen if 0 < done < count}) >= 2, set(seen)  # it is told as it goes
        assert seen[-1] == (count, count)
        sums = host.exec("cd /srv/tree && find many -type f | LC_ALL=C sort | xargs sha256sum")
        assert sums == "".join(
            f"{hashlib.sha256(texts[name].encode()).hexdigest()}  {name}\n" for name in sorted(texts)
        )

        await row(page, "many").click(button="right")
        async with page.expect_download(timeout=120_000) as coming:
            await page.get_by_role("menuitem", name="Download as zip").click()
        with zipfile.ZipFile(await (await coming.value).path()) as packed:
            files = {name: packed.read(name).decode() for name in packed.namelist() if not name.endswith("/")}
        assert files == texts
        await expect(page.locator('[data-transfer=download][data-state="done"]')).to_be_visible()
    assert complaints == []


async def progress(page: Page, kind: str, within_s: float = 300) -> list[tuple[int, int]]:
    """How many files of how many the transfer of that kind tells, again and again until it is done."""
    shown = page.locator(f"[data-transfer={kind}]")
    seen: list[tuple[int, int]] = []
    async with asyncio.timeout(within_s):
        while True:
            told = await shown.evaluate_all("all => all.map(one => [one.dataset.state, one.innerText])")
            for _, text in told:
                seen += [(int(done), int(total)) for done, total in re.findall(r"(\d+) of (\d+) files", text)]
            if told and all(state == "done" for state, _ in told):
                return seen
            await asyncio.sleep(0.1)


async def test_a_text_is_edited_and_a_change_of_others_is_shown(stage: Stage) -> None:
    async with window(stage.browser, stage.url) as (page, _):
        host_id, host = await ready(stage, page)
        host.exec("mkdir -p /srv/text && printf 'listen 80\\nroot /srv\\n' > /srv/text/app.conf")
        host.exec("printf 'one\\r\\ntwo\\r\\n' > /srv/text/dos.txt; head -c 5242880 /dev/zero > /srv/text/huge.txt")
        await page.goto(f"/files?host={host_id}&path=/srv/text")
        await row(page, "app.conf").get_by_text("app.conf").click()
        editor = page.locator(".cm-content")
        await expect(editor).to_contain_text("listen 80")
        await editor.click()
        await page.keyboard.press("Control+End")
        await page.keyboard.type("mine 1")
        host.exec("printf 'listen 443\\nroot /srv\\n' > /srv/text/app.conf")
        await page.keyboard.press("Control+s")
        await expect(page.get_by_role("alert")).to_contain_text("has changed since you opened it")
        await expect(page.locator(".cm-merge-a")).to_contain_text("listen 443")
        await expect(page.locator(".cm-merge-b")).to_contain_text("mine 1")
        assert "listen 443" in host.exec("cat /srv/text/app.conf")  # nothing is written before the choice
        await page.get_by_role("button", name="Save mine").click()
        await expect(page.get_by_text("app.conf is saved.")).to_be_visible()
        assert host.exec("cat /srv/text/app.conf") == "listen 80\nroot /srv\nmine 1"
        await page.get_by_role("button", name="Close").last.click()

        await row(page, "dos.txt").get_by_text("dos.txt").click()
        await editor.click()
        await page.keyboard.press("Control+End")
        await page.keyboard.type("three")
        await page.get_by_role("button", name="Close").last.click()
        await expect(page.get_by_role("dialog", name="Leave without saving?")).to_be_visible()
        await page.get_by_role("button", name="Cancel").click()
        await page.get_by_role("button", name="Save", exact=True).click()
        await expect(page.get_by_text("dos.txt is saved.")).to_be_visible()
        assert host.exec("od -c /srv/text/dos.txt").count("\\r") == 2
        await page.goto(f"/files?host={host_id}&path=/srv/text&open=/srv/text/huge.txt")
        await expect(page.get_by_role("heading", name="Too large to edit")).to_be_visible()


async def test_a_log_is_followed_and_a_picture_runs_nothing(stage: Stage) -> None:
    script = '<script>parent.document.title="owned"</script>'
    evil = f'<svg xmlns="http://www.w3.org/2000/svg" width="40" height="40">{script}</svg>'
    async with window(stage.browser, stage.url) as (page, complaints):
        host_id, host = await ready(stage, page)
        host.exec(
            f"mkdir -p /srv/look && cd /srv/look && echo first > app.log && printf %s {shlex.quote(evil)} > evil.svg"
        )
        await page.goto(f"/files?host={host_id}&path=/srv/look&open=/srv/look/app.log")
        log = page.get_by_role("log")
        await expect(log).to_contain_text("first")
        host.exec("echo second line >> /srv/look/app.log")
        await expect(log).to_contain_text("second line")
        await page.goto(f"/files?host={host_id}&path=/srv/look&open=/srv/look/evil.svg")
        await expect(page.get_by_text("40 × 40")).to_be_visible()
        assert "owned" not in await page.title()
    assert complaints == []


async def test_a_hundred_thousand_entries_stay_quick(stage: Stage) -> None:
    async with window(stage.browser, stage.url) as (page, complaints):
        host_id, host = await ready(stage, page)
        host.exec(f"mkdir -p /srv/many && cd /srv/many && seq -f 'entry-%.0f' 1 {MANY} | xargs touch")
        await page.goto(f"/files?host={host_id}&path=/srv/many")
        await expect(page.get_by_text(f"{MANY} entries")).to_be_visible(timeout=30_000)
        await expect(page.get_by_role("grid")).not_to_have_attribute("aria-busy", "true", timeout=30_000)
        await expect(page.locator(".file-row").first).to_have_attribute("data-name", "entry-1")
        assert await page.locator(".file-row").count() < MOST_ROWS
        await page.get_by_role("grid").focus()
        await page.keyboard.press("End")
        await expect(row(page, f"entry-{MANY}")).to_be_in_viewport()
        await page.keyboard.press("Shift+Home")
        await expect(page.get_by_text(re.compile(f"{MANY} selected"))).to_be_visible()
        await page.keyboard.press("Escape")
        await page.get_by_role("textbox", name="Filter by name").fill("99999")
        await expect(page.locator(".file-row")).to_have_count(1)
        await expect(page).to_have_url(re.compile("q=.*99999"))
    assert complaints == []


async def test_what_cannot_be_reached_says_why(stage: Stage) -> None:
    async with window(stage.browser, stage.url) as (page, _):
        host_id, _host = await ready(stage, page)
        await page.goto(f"/files?host={host_id}&path=/nowhere")
        await expect(page.get_by_role("heading", name="This folder is not there")).to_be_visible()
        await page.get_by_role("button", name="Folder above").last.click()
        await expect(page).to_have_url(re.compile("path=%2F$|path=/$"))
        await page.get_by_role("button", name="Change the path").click()
        await page.keyboard.type("/etc")
        await page.keyboard.press("Enter")
        await page.get_by_role("textbox", name="Filter by name").fill("passwd")
        await expect(row(page, "passwd")).to_be_visible()
