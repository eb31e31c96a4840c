"""The playbook library in Chromium: written, checked, saved, run dry and in earnest; a Git project; what axe says."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from tests.e2e.browser import NARROW, window
from tests.e2e.conftest import Front, enter, set_up
from tests.e2e.shells import add_daemon
from tests.e2e.test_axe import violations
from tests.e2e.test_jobs import choose
from tests.integration.jobs.test_playbooks import repository
from tests.support import sshd

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(240)]
TEXT = """# moorline:
#   title: {en: Leave a word, zh-CN: 留一个词}
#   description: {en: Writes a word into a file., zh-CN: 把一个词写入文件。}
#   tags: [test]
#   destructive: true
#   parameters:
#     - {name: word, type: text, required: true, title: {en: The word, zh-CN: 词}}
---
- name: Words
  hosts: all
  gather_facts: false
  become: false
  vars: {ansible_python_interpreter: /usr/bin/python3}
  tasks:
    - name: Write
      ansible.builtin.copy: {content: "{{ word }}", dest: "PATH", mode: "0644"}
"""
ROOT_TEXT = TEXT.replace("become: false", "become: true")


async def shown(page: Page, name: str) -> None:
    """What axe says of the page; a picture of it where one is wanted."""
    await expect(page.locator("[aria-busy=true], .mantine-Loader-root")).to_have_count(0)
    if folder := os.environ.get("PICTURES"):
        await page.screenshot(path=str(Path(folder) / f"{name}.png"))
    assert await violations(page) == [], name


async def test_a_playbook_is_written_and_run(front: Front, tmp_path: Path) -> None:
    with sshd.running() as daemon:
        word = Path(f"/tmp/ml-e2e-{daemon.port}")
        async with await set_up(front) as api, window(front.browser, front.url) as (page, complaints):
            await add_daemon(api, daemon, "web-1")
            await enter(page, front.url)
            await page.goto("/playbooks/edit")
            await expect(page.locator(".cm-content")).to_be_visible()
            await shown(page, "edit")
            await page.get_by_label("Name").fill("leave-a-word")
            await page.locator(".cm-content").click()
            await page.keyboard.press("Control+a")
            await page.keyboard.insert_text("- hosts: all\n  tasks:\n    - no_such_module_x:\n")
            await page.get_by_role("button", name="Check").click()
            await expect(page.get_by_text("Ansible cannot read it.")).to_be_visible(timeout=60_000)
            await page.locator(".cm-content").click()
            await page.keyboard.press("Control+a")
            await page.keyboard.insert_text(TEXT.replace("PATH", str(word)))
            await page.get_by_role("button", name="Save").click()
            await expect(page.get_by_role("heading", name="Leave a word")).to_be_visible()
            await expect(page.get_by_role("cell", name="The word")).to_be_visible()
            await shown(page, "playbook")
            await page.get_by_role("button", name="Run", exact=True).click()
            dialog = page.get_by_role("dialog")
            await expect(dialog.get_by_text("Choose at least one host.")).to_be_visible()
            await choose(page, "All hosts", "All hosts (1)")
            await expect(dialog.locator("[data-target=web-1]")).to_be_visible()
            await expect(dialog.get_by_label("Expression")).to_have_value("*")
            await dialog.get_by_label("The word").fill("{{ lookup('pipe', 'id') }}")
            # its header asks for root, its play does not become it: that can be chosen
            await dialog.get_by_role("switch", name="As another account").uncheck()
            await shown(page, "run")
            await dialog.get_by_label("I have read what it does").check()
            await dialog.get_by_role("button", name="Run").click()
            await page.wait_for_url("**/jobs/*")
            job = int(page.url.rpartition("/")[2])
            found = await api.call("GET", f"/jobs/{job}")
            for _ in range(600):
                found = await api.call("GET", f"/jobs/{job}")
                if found["ended_at"] is not None:
                    break
                await page.wait_for_timeout(100)
            assert found["state"] == "succeeded", found
            assert word.read_text() == "{{ lookup('pipe', 'id') }}"
            word.unlink()
    assert [line for line in complaints if "404" not in line] == []


async def test_a_run_is_kept_as_a_template(front: Front) -> None:
    async with await set_up(front) as api, window(front.browser, front.url) as (page, complaints):
        away = {"name": "away", "address": "127.0.0.1", "port": 1, "username": "ops"}
        host_id = (await api.call("POST", "/hosts", away))["id"]
        own = await api.call("POST", "/library/own", {"name": "word", "text": ROOT_TEXT})
        await enter(page, front.url)
        await page.goto(f"/playbooks/show?reference={own['reference']}")
        await page.get_by_role("button", name="Run", exact=True).click()
        dialog = page.get_by_role("dialog")
        await choose(page, "away")
        await dialog.get_by_label("The word").fill("hello")
        await expect(dialog.get_by_text("It becomes root by itself.")).to_be_visible()
        await expect(dialog.get_by_role("switch", name="As another account")).to_have_count(0)
        await dialog.get_by_label("Password for sudo").fill("open sesame")
        await dialog.get_by_role("button", name="Limits").click()
        await dialog.get_by_label("Hosts at once").fill("7")
        await shown(page, "run-as-root")
        await dialog.get_by_role("button", name="Keep as template").click()
        await expect(page.get_by_label("Name", exact=False).first).to_have_value("Leave a word")
        await page.get_by_role("button", name="Save").click()
        await expect(page.locator("[data-template='Leave a word']")).to_be_visible()
        templates = (await api.call("GET", "/job-templates"))["items"]
        (kept,) = [one for one in templates if one["name"] == "Leave a word"]
        assert (kept["targets"]["host_ids"], kept["limits"]["parallel"], kept["become"]) == (
            [host_id],
            7,
            {"user": "root"},
        )
        assert kept["survey"][0]["default"] == "hello"
        assert "open sesame" not in str(kept)
    assert complaints == []


async def test_projects_are_added_and_synced(front: Front, tmp_path: Path) -> None:
    url = repository(tmp_path / "repo", {"site.yml": "- name: Site\n  hosts: all\n"})
    async with await set_up(front), window(front.browser, front.url) as (page, complaints):
        await enter(page, front.url)
        await page.goto("/playbooks/projects")
        await page.get_by_role("button", name="Add a project").click()
        dialog = page.get_by_role("dialog")
        await dialog.get_by_role("textbox", name="Name", exact=False).first.fill("theirs")
        await dialog.get_by_label("Address").fill(url)
        await dialog.get_by_role("button", name="Add and sync").click()
        await expect(page.locator("[data-project=theirs]")).to_contain_text("1 playbook", timeout=60_000)
        await page.get_by_label("Vault id").fill("prod")
        await page.get_by_role("textbox", name="Password").fill("open sesame")
        await page.get_by_role("button", name="Add", exact=True).click()
        await expect(page.get_by_text("prod", exact=True)).to_be_visible()
        await shown(page, "projects")
        await page.goto("/playbooks")
        await expect(page.get_by_role("link", name="theirs: site.yml")).to_be_visible()
        await shown(page, "library")
        await page.get_by_label("Title, tag or name").fill("nothing like it")
        await expect(page.get_by_text("No playbook fits")).to_be_visible()
    assert complaints == []


async def test_an_earlier_version_is_compared_and_taken_back(front: Front) -> None:
    async with await set_up(front) as api, window(front.browser, front.url) as (page, complaints):
        own = await api.call("POST", "/library/own", {"name": "word", "text": TEXT})
        later = {"text": TEXT.replace("Leave a word", "Leave two"), "base": 1, "note": "more of it"}
        await api.call("PUT", f"/library/own/{own['id']}", later)
        await enter(page, front.url)
        await page.goto(f"/playbooks/show?reference={own['reference']}")
        await expect(page.get_by_role("heading", name="Leave two")).to_be_visible()
        await page.get_by_role("button", name="Versions").click()
        await expect(page.locator("[data-version='2']")).to_contain_text("more of it")
        await expect(page.locator("[data-version='2']").get_by_role("button")).to_be_disabled()
        await page.locator("[data-version='1']").get_by_role("button").click()
        await expect(page.locator("[data-change='-']")).to_contain_text("Leave two")
        await expect(page.locator("[data-change='+']")).to_contain_text("Leave a word")
        await shown(page, "versions")
        await page.get_by_role("button", name="Go back to version 1").click()
        await expect(page.locator("[data-version='3']")).to_contain_text("Back to version 1")
        assert "Leave a word" in (await api.call("GET", "/library/playbook", reference=own["reference"]))["text"]
        await page.get_by_role("button", name="Undo").click()
        await expect(page.locator("[data-version='4']")).to_be_visible()
        assert "Leave two" in (await api.call("GET", "/library/playbook", reference=own["reference"]))["text"]
    assert complaints == []


async def test_what_is_written_outlives_somebody_elses_save(front: Front) -> None:
    async with await set_up(front) as api, window(front.browser, front.url) as (page, complaints):
        own = await api.call("POST", "/library/own", {"name": "word", "text": TEXT})
        await enter(page, front.url)
        await page.goto(f"/playbooks/edit?reference={own['reference']}")
        await page.locator(".cm-content").click()
        await page.keyboard.press("Control+Home")
        await page.keyboard.insert_text("# mine\n")
        theirs = {"text": TEXT.replace("Leave a word", "Leave two"), "base": 1, "note": ""}
        await api.call("PUT", f"/library/own/{own['id']}", theirs)
        await page.get_by_role("button", name="Save", exact=True).click()
        await expect(page.get_by_role("alert")).to_contain_text("Somebody has saved version 2 meanwhile")
        await expect(page.locator(".cm-content")).to_contain_text("# mine")
        await page.get_by_role("link", name="Playbooks", exact=True).first.click()
        await page.get_by_role("dialog").get_by_role("button", name="Cancel").click()
        await page.get_by_role("button", name="Save mine after theirs").click()
        await expect(page.get_by_role("heading", name="Leave a word")).to_be_visible()
        assert "# mine" in (await api.call("GET", "/library/playbook", reference=own["reference"]))["text"]
        versions = await api.call("GET", f"/library/own/{own['id']}/versions")
        assert [one["number"] for one in versions["items"]] == [3, 2, 1]
    assert [one for one in complaints if "409" not in one] == []


async def test_a_project_is_changed_and_its_secret_stays_where_it_belongs(front: Front, tmp_path: Path) -> None:
    url = repository(tmp_path / "repo", {"site.yml": "- name: Site\n  hosts: all\n"})
    async with await set_up(front) as api, window(front.browser, front.url) as (page, complaints):
        body = {"name": "theirs", "url": "https://git.invalid/x.git", "secret": "hunter2"}
        await api.call("POST", "/library/projects", body)
        await enter(page, front.url)
        await page.goto("/playbooks/projects")
        await page.get_by_role("button", name="Edit: theirs").click()
        dialog = page.get_by_role("dialog")
        assert "hunter2" not in await page.content()
        await dialog.get_by_label("Name", exact=False).first.fill("ours")
        await dialog.get_by_label("Address").fill("https://other.invalid/x.git")
        await shown(page, "project-edit")
        await dialog.get_by_role("button", name="Save and sync").click()
        await expect(dialog).to_contain_text("Enter it again, or take it away.")
        await dialog.get_by_label("Take the stored secret away").check()
        await dialog.get_by_label("Address").fill(url)
        await dialog.get_by_role("button", name="Save and sync").click()
        await expect(page.locator("[data-project=ours]")).to_contain_text("1 playbook", timeout=60_000)
    assert [line for line in complaints if "400" not in line] == []


async def test_on_a_phone_in_chinese(front: Front) -> None:
    async with await set_up(front) as api, window(front.browser, front.url, size=NARROW) as (page, _):
        await api.call("POST", "/library/own", {"name": "word", "text": TEXT})
        await api.call("PATCH", "/me", {"preferences": {"language": "zh-CN"}})
        await enter(page, front.url)
        await page.goto("/playbooks")
        await expect(page.get_by_role("link", name="留一个词")).to_be_visible()
        await shown(page, "phone-library")
        await page.get_by_role("link", name="留一个词").click()
        await expect(page.get_by_text("把一个词写入文件。")).to_be_visible()
        await shown(page, "phone-playbook")
