"""Playbooks as jobs: the library, the grid, facts, check and diff, cancelling, Git projects."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.integration.jobs.conftest import Shop, alive
from tests.support.processes import named
from tests.support.sshd import Sshd

PLAY = """# moorline:
#   title: {en: Write a word, zh-CN: 写一个词}
#   description: {en: Writes it., zh-CN: 写入。}
#   tags: [test]
#   destructive: true
#   parameters:
#     - {name: word, type: text, required: true, title: {en: Word, zh-CN: 词}}
---
- name: Words
  hosts: all
  vars: {ansible_python_interpreter: /usr/bin/python3}
  tasks:
    - name: Write it
      ansible.builtin.copy: {content: "{{ word }}\\n", dest: "/tmp/ml-word-%(n)s", mode: "0600"}
    - name: Say it
      ansible.builtin.debug: {msg: "{{ word }} {{ password | default('') }}"}
"""
SURVEY = [
    {"name": "word", "type": "text", "label": "Word", "required": True},
    {"name": "password", "type": "secret", "label": "Password"},
]


@pytest.fixture
def daemon(sshd: Sshd) -> Sshd:
    """One host."""
    return sshd


async def own(shop: Shop, text: str, name: str = "words", expect: int = 201) -> str:
    """A playbook of one's own; its reference."""
    answer = await shop.admin.post("/library/own", json={"name": name, "text": text})
    assert answer.status_code == expect, answer.text
    return str(answer.json().get("reference"))


async def play(shop: Shop, reference: str, host_ids: list[int], **more: Any) -> dict[str, Any]:
    """Launch it."""
    spec = {"playbook": reference, **more.pop("spec", {})}
    return await shop.launch(host_ids, kind="playbook", spec=spec, **more)


async def test_playbooks_are_listed_shelf_by_shelf_and_by_title(shop: Shop) -> None:
    for name, title in (("first", "zebra"), ("second", "Alpha")):
        await own(shop, f"# moorline:\n#   title: {{en: {title}}}\n- hosts: all\n  tasks: []\n", name)
    items = (await shop.get("/library/playbooks"))["items"]
    shown = [(one["source"], one["header"]["title"].get("en", one["name"]).casefold()) for one in items]
    assert shown == sorted(shown, key=lambda one: (["library", "own", "git"].index(one[0]), one[1]))
    assert shown[-2:] == [("own", "alpha"), ("own", "zebra")]
    assert shown[0][0] == "library"


async def test_a_playbook_is_written_launched_and_shown_by_host_and_task(shop: Shop, daemon: Sshd) -> None:
    host_id = await shop.add(daemon)
    reference = await own(shop, PLAY % {"n": daemon.port})
    listed = await shop.get("/library/playbooks")
    [mine] = [one for one in listed["items"] if one["reference"] == reference]
    assert mine["header"]["title"]["zh-CN"] == "写一个词"
    assert mine["header"]["destructive"]
    assert listed["may_write"]
    answers = {"word": "{{ lookup('pipe', 'touch /tmp/ml-pwned') }}", "password": "hunter2-secret"}
    dry = await play(shop, reference, [host_id], survey=SURVEY, params=answers, check=True, diff=True)
    dry = await shop.until(dry["id"], within_s=60)
    assert dry["state"] == "succeeded", (dry, await shop.output(dry["id"]))
    assert not Path(f"/tmp/ml-word-{daemon.port}").exists()
    job = await play(shop, reference, [host_id], survey=SURVEY, params=answers, diff=True)
    job = await shop.until(job["id"], within_s=60)
    row = (await shop.hosts(job["id"]))["web-1"]
    assert (job["state"], row["state"]) == ("succeeded", "changed"), await shop.output(job["id"])
    written = Path(f"/tmp/ml-word-{daemon.port}")
    assert written.read_text() == answers["word"] + "\n"
    written.unlink()
    assert not Path("/tmp/ml-pwned").exists()
    events = (await shop.get(f"/jobs/{job['id']}/events", full=True))["items"]
    grid = {event["title"]: (event["state"], event["play"]) for event in events}
    assert grid["Write it"] == ("changed", "Words")
    assert grid["Say it"] == ("ok", "Words")
    assert "+{{ lookup" in next(event["diff"] for event in events if event["title"] == "Write it")
    assert all(event["started_at"] and event["ended_at"] for event in events)
    assert "hunter2" not in str(events)
    assert "hunter2" not in await shop.output(job["id"])
    assert {one["task"] for one in job["stats"]["slowest_tasks"]} >= {"Write it", "Gathering Facts"}
    facts = await shop.get(f"/hosts/{host_id}/facts/ansible")
    assert facts["facts"]["ansible_system"] == "Linux"
    assert facts["job_id"] == job["id"]


async def test_the_next_run_finds_the_facts_of_the_last(shop: Shop, daemon: Sshd) -> None:
    host_id = await shop.add(daemon)
    gathering = await own(shop, "- hosts: all\n  vars: {ansible_python_interpreter: /usr/bin/python3}\n")
    await shop.until((await play(shop, gathering, [host_id]))["id"], within_s=60)
    using = (
        "- hosts: all\n  gather_facts: false\n  tasks:\n    - debug: {msg: 'was {{ moorline_facts.ansible_system }}'}\n"
    )
    job = await shop.until((await play(shop, await own(shop, using, "using"), [host_id]))["id"], within_s=60)
    assert "was Linux" in await shop.output(job["id"])


@pytest.mark.parametrize("victim", ["", "worker.py", "ansible-playbook"])
async def test_cancelled_or_killed_it_ends_everywhere(shop: Shop, daemon: Sshd, victim: str) -> None:
    host_id = await shop.add(daemon)
    sleep = f"sleep {daemon.port}00"
    text = f"- hosts: all\n  gather_facts: false\n  tasks:\n    - raw: '{sleep}'\n"
    job = await play(shop, await own(shop, text), [host_id])
    async with asyncio.timeout(30):
        while not alive(f"sleep\0{daemon.port}00"):
            await asyncio.sleep(0.05)
    if victim:
        os.kill(named(victim, os.getpid())[0], signal.SIGKILL)
    else:
        assert (await shop.admin.post(f"/jobs/{job['id']}/cancel", json={})).status_code == 202
    job = await shop.until(job["id"])
    row = (await shop.hosts(job["id"]))["web-1"]
    assert (job["state"], row["state"]) == (("failed", "failed") if victim else ("canceled", "canceled"))
    assert not row["may_still_run"]
    assert alive(f"sleep\0{daemon.port}00") == []
    assert ("killed" in row["note"]) == bool(victim)


async def test_a_host_without_python_is_told_the_way_out(shop: Shop, daemon: Sshd) -> None:
    host_id = await shop.add(daemon)
    text = "- hosts: all\n  gather_facts: false\n  vars: {ansible_python_interpreter: /no/python3}\n  tasks: [ping: ]\n"
    job = await shop.until((await play(shop, await own(shop, text), [host_id]))["id"], within_s=60)
    assert job["state"] == "failed"
    assert "needs Python" in (await shop.hosts(job["id"]))["web-1"]["note"]
    assert job["stats"]["needs_python"] == [host_id]


async def test_what_ansible_cannot_read_fails_with_its_words(shop: Shop, daemon: Sshd) -> None:
    host_id = await shop.add(daemon)
    job = await shop.until((await play(shop, await own(shop, "- hosts: all\n  tasks: 7\n"), [host_id]))["id"])
    assert job["state"] == "failed"
    assert "tasks" in job["note"]


@pytest.mark.parametrize(
    "spec",
    [
        {"extra": {"ansible_connection": "local"}},
        {"extra": {"moorline_id": 3}},
        {"limit": "@/etc/passwd"},
        {"tags": ["a,b"]},
        {"playbook": "/etc/passwd"},
        {"playbook": "library/../../etc/passwd"},
        {"playbook": "git/1/../../x.yml"},
        {"vault_ids": [-1]},
        {"forks": 0},
    ],
)
async def test_what_would_reach_beyond_is_refused(shop: Shop, daemon: Sshd, spec: dict[str, Any]) -> None:
    host_id = await shop.add(daemon, enabled=False)
    wanted = {"playbook": "library/none", **spec}
    body = {"kind": "playbook", "spec": wanted, "targets": {"host_ids": [host_id]}}
    answer = await shop.admin.post("/jobs", json=body)
    if answer.status_code == 201:
        job = await shop.until(answer.json()["id"])
        assert job["state"] in {"failed", "canceled"}, job
    else:
        assert answer.status_code == 400, answer.text


SITE = """
- hosts: all
  gather_facts: false
  tasks:
    - include_role: {name: mine}
    - far.away.hello:
"""


def repository(folder: Path, files: dict[str, str]) -> str:
    """A Git repository with these files; its address."""
    folder.mkdir()
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    who = ["-c", "user.name=x", "-c", "user.email=x@example.org", "-c", "init.defaultBranch=main"]
    for words in (["init", "-q"], ["add", "."], ["commit", "-q", "-m", "First {{ x }}"]):
        subprocess.run(["git", *who, *words], cwd=folder, check=True)
    return f"file://{folder}"


async def test_a_git_project_runs_at_its_commit_with_what_it_requires(shop: Shop, daemon: Sshd, tmp_path: Path) -> None:
    host_id = await shop.add(daemon)
    module = '#!/bin/sh\necho \'{"changed": false, "msg": "from the collection"}\'\n'
    url = repository(
        tmp_path / "repo",
        {
            "site.yml": SITE,
            "vars.yml": "a: 1\n",
            "roles/mine/tasks/main.yml": "- raw: echo one\n",
            "requirements.yml": "collections:\n  - {name: ./needs/hello, type: dir}\n",
            "needs/hello/galaxy.yml": "namespace: far\nname: away\nversion: 1.0.0\nreadme: README.md\nauthors: [x]\n",
            "needs/hello/README.md": "x",
            "needs/hello/plugins/modules/hello.sh": module,
        },
    )
    made = await shop.admin.post("/library/projects", json={"name": "theirs", "url": url})
    assert made.status_code == 201, made.text
    project = await _synced(shop, made.json()["id"])
    assert (project["state"], project["subject"], project["playbooks"]) == ("ready", "First {{ x }}", 1), project
    reference = f"git/{project['id']}/site.yml"
    job = await shop.until((await play(shop, reference, [host_id]))["id"], within_s=60)
    assert job["state"] == "succeeded", await shop.output(job["id"])
    # what is pushed runs once somebody syncs
    (tmp_path / "repo/roles/mine/tasks/main.yml").write_text("- raw: echo two\n")
    subprocess.run(
        ["git", "-c", "user.name=x", "-c", "user.email=x@y", "commit", "-qam", "Second"],
        cwd=tmp_path / "repo",
        check=True,
    )
    job = await shop.until((await play(shop, reference, [host_id], spec={"verbosity": 1}))["id"], within_s=60)
    assert "one" in await shop.output(job["id"])
    await _synced(shop, project["id"])
    job = await shop.until((await play(shop, reference, [host_id], spec={"verbosity": 1}))["id"], within_s=60)
    assert "two" in await shop.output(job["id"])


async def _synced(shop: Shop, project_id: int) -> dict[str, Any]:
    answer = await shop.admin.post(f"/library/projects/{project_id}/sync")
    assert answer.status_code == 202, answer.text
    async with asyncio.timeout(60):
        while True:
            [project] = [one for one in (await shop.get("/library/projects"))["items"] if one["id"] == project_id]
            if project["state"] != "syncing":
                return dict(project)
            await asyncio.sleep(0.05)


@pytest.mark.parametrize("url", ["ext::sh -c id", "http://example.org/x", "git://x/y", "-uid", "/etc", "https://u:p@h/x",
                                 "ssh://-oProxyCommand=id/x", "file:///nowhere/repo"])  # fmt: skip
async def test_git_speaks_few_protocols_and_says_what_is_wrong(shop: Shop, url: str) -> None:
    answer = await shop.admin.post("/library/projects", json={"name": "theirs", "url": url})
    if url.startswith("file:"):
        project = await _synced(shop, answer.json()["id"])
        assert project["state"] == "failed"
        assert "Git says" in project["error"]
    else:
        assert answer.status_code == 400, answer.text


async def test_a_projects_secret_is_never_shown_to_another_address(shop: Shop) -> None:
    first = {"name": "theirs", "url": "https://one.example/x.git", "secret": "hunter2"}
    made = (await shop.admin.post("/library/projects", json=first)).json()
    path = f"/library/projects/{made['id']}"
    answer = await shop.admin.patch(path, json={"url": "https://two.example/x.git"})
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, "secret")
    answer = await shop.admin.patch(path, json={"url": "ext::sh -c id", "secret": "x"})
    assert answer.status_code == 400, answer.text
    answer = await shop.admin.patch(path, json={"branch": "next", "username": "me"})
    changed = answer.json()
    assert answer.status_code == 200, changed
    assert (changed["branch"], changed["has_secret"]) == ("next", True)
    assert "hunter2" not in answer.text
    answer = await shop.admin.patch(path, json={"url": "https://two.example/x.git", "secret": None})
    assert (answer.json()["url"], answer.json()["has_secret"]) == ("https://two.example/x.git", False)
    await shop.admin.post("/library/projects", json={**first, "name": "other"})
    assert (await shop.admin.patch(path, json={"name": "other"})).status_code == 409
    said = [one for one in (await shop.get("/audit"))["items"] if one["action"] == "git_project.change"]
    assert [one["detail"]["changed"] for one in said] == [["secret", "url"], ["branch", "username"]]


async def test_own_playbooks_keep_their_versions_and_are_checked(shop: Shop) -> None:
    reference = await own(shop, PLAY % {"n": 1})
    number = reference.partition("/")[2]
    await own(shop, "- hosts: all\n", expect=409)
    saved = await shop.admin.put(f"/library/own/{number}", json={"text": "- hosts: all\n", "base": 1, "note": "less"})
    assert saved.json()["version"] == 2
    late = await shop.admin.put(f"/library/own/{number}", json={"text": "x", "base": 1})
    assert (late.status_code, late.json()["code"]) == (409, "changed_meanwhile")
    assert [one["number"] for one in (await shop.get(f"/library/own/{number}/versions"))["items"]] == [2, 1]
    assert (await shop.get(f"/library/own/{number}/versions/1"))["text"] == PLAY % {"n": 1}
    bad = await shop.admin.post("/library/check", json={"text": "- hosts: all\n  tasks:\n    - no_such_module_x: 1\n"})
    assert bad.json()["syntax_ok"] is False
    assert bad.json()["findings"][0]["line"] == 3, bad.json()
    good = (
        await shop.admin.post("/library/check", json={"text": "- hosts: all\n  tasks:\n    - command: id\n"})
    ).json()
    assert good["syntax_ok"]
    if good["linted"]:
        assert {"fqcn[action-core]", "no-changed-when"} <= {one["rule"] for one in good["findings"]}, good


async def test_a_vault_password_opens_what_is_encrypted(shop: Shop, daemon: Sshd, tmp_path: Path) -> None:
    host_id = await shop.add(daemon)
    (tmp_path / "pass").write_text("open sesame\n")
    program = Path(sys.executable).with_name("ansible-vault")
    words = [str(program), "encrypt_string", "--vault-id", f"prod@{tmp_path / 'pass'}", "inner-word", "--name", "v"]
    sealed = subprocess.run(
        words, check=True, capture_output=True, text=True, env={**os.environ, "HOME": str(tmp_path)}
    ).stdout
    inner = "\n".join("    " + line for line in sealed.rstrip().splitlines())
    text = (
        f"- hosts: all\n  gather_facts: false\n  vars:\n{inner}\n  tasks:\n    - debug: {{msg: 'it is {{{{ v }}}}'}}\n"
    )
    made = await shop.admin.post("/library/vaults", json={"name": "prod", "password": "open sesame"})
    assert made.status_code == 201, made.text
    assert "sesame" not in made.text + str(await shop.get("/library/vaults"))
    spec = {"vault_ids": [made.json()["id"]]}
    job = await shop.until((await play(shop, await own(shop, text), [host_id], spec=spec))["id"], within_s=60)
    assert "it is inner-word" in await shop.output(job["id"]), job
    await shop.admin.delete(f"/library/vaults/{made.json()['id']}")
    job = await shop.until((await play(shop, "own/1", [host_id], spec=spec))["id"], within_s=60)
    assert (job["state"], job["code"]) == ("failed", "no_vault")
