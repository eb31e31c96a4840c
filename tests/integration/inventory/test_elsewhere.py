"""Ansible elsewhere, with the plugin from its tarball and with the script, against a controller that runs."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from controller.core.db import Database
from inventory import collection_build
from tests.integration.files.conftest import add_host, client_of
from tests.integration.onboarding.conftest import opened
from tests.support.front import Front
from tests.support.sshd import Sshd, free_port, make_key, running

pytestmark = pytest.mark.timeout(240)
BIN = Path(sys.executable).parent
HERE = Path(__file__).resolve().parents[3]
SCRIPT = HERE / "inventory/collection/scripts/moorline_inventory.py"
EVIL = "{{ lookup('pipe', 'touch OWNED') }}"


@dataclass(slots=True)
class Laptop:
    """A machine with Ansible and a token, and nothing else of ours."""

    folder: Path
    url: str
    token: str
    client: httpx.AsyncClient
    front: Front
    daemons: list[Sshd]

    async def run(self, tool: str, *words: str, fails: bool = False, **more: str) -> str:
        """One of Ansible's tools; what it printed."""
        ours = ("ANSIBLE", "MOORLINE", "PYTHON", "VIRTUAL_ENV")
        kept = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
        environment = kept | {
            "ANSIBLE_HOME": str(self.folder / "ansible"),
            "ANSIBLE_COLLECTIONS_PATH": str(self.folder / "collections"),
            "ANSIBLE_HOST_KEY_CHECKING": "false",
            "ANSIBLE_SSH_CONTROL_PATH_DIR": str(self.folder / "cp"),
            "ANSIBLE_LOCALHOST_WARNING": "false",
            "MOORLINE_URL": self.url,
            "MOORLINE_TOKEN_FILE": str(self.folder / "token"),
            "MOORLINE_ETAG_FOLDER": str(self.folder / "etag"),
            "HOME": str(self.folder),
            "LC_ALL": "C.UTF-8",
            "PATH": "/usr/local/bin:/usr/bin:/bin",  # the tool brings its own Python; nothing else is of our setup
            **more,
        }
        done = await asyncio.create_subprocess_exec(
            str(BIN / tool) if (BIN / tool).exists() else tool, *words, env=environment, cwd=self.folder,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL,
        )  # fmt: skip
        async with asyncio.timeout(120):
            out, err = await done.communicate()
        assert (done.returncode != 0) == fails, out.decode() + err.decode()
        return (out + err if fails else out).decode()

    def inventory(self, **options: Any) -> str:
        """A moorline.yml with these options."""
        path = self.folder / "moorline.yml"
        path.write_text(json.dumps({"plugin": "moorline.fleet.moorline", "url": self.url, **options}))
        return str(path)


@pytest.fixture
def daemons() -> Iterator[list[Sshd]]:
    """Two hosts that can be reached."""
    with ExitStack() as stack:
        yield [stack.enter_context(running()) for _ in range(2)]


@pytest.fixture
async def laptop(
    database: Database, tmp_path: Path, logged: Callable[[], str], daemons: list[Sshd]
) -> AsyncIterator[Laptop]:
    """A fleet of two that answer and one that is switched off, with hostile words in every field that takes any."""
    async with (
        opened(database, tmp_path / "data", watching=True, gateway_port=free_port()) as (front, url),
        client_of(url, await front.admin()) as client,
    ):
        group = (await client.post("/groups", json={"name": f"Web servers {EVIL}"})).raise_for_status().json()["id"]
        plain = (await client.post("/groups", json={"name": "eu"})).raise_for_status().json()["id"]
        key = {"name": "k", "kind": "key", "private_key": daemons[0].client_key}
        for daemon in daemons:
            daemon.authorize(*((one.folder / "client.pub").read_text().strip() for one in daemons))
        more = {"note": EVIL, "tags": ["web"], "group_ids": [group, plain], "credential": key, "enabled": True}
        first = await add_host(client, daemons[0], f"web-1 {EVIL}", **more)
        await add_host(client, daemons[1], "db-1", tags=["db"], group_ids=[plain], enabled=True)
        off = {"name": "off", "address": "192.0.2.1", "username": "o'{{x}}", "enabled": False, "jump_host_id": first}
        third = (await client.post("/hosts", json=off)).raise_for_status().json()["id"]  # nobody reads its facts anew
        await front.do(
            "insert into host_facts (host_id, facts, read_at) values (:id, cast(:facts as jsonb), now())",
            id=third, facts=json.dumps({"hostname": EVIL, "os_id": EVIL, "os_name": EVIL}),
        )  # fmt: skip
        async with front.controller.database.session() as session:
            await front.controller.roll.fill(session)
        made = await client.post(
            "/tokens", json={"name": "ansible", "scopes": ["read"], "group_ids": [], "all_hosts": True}
        )
        token = made.raise_for_status().json()["token"]
        (tmp_path / "token").write_text(f"{token}\n")
        there = Laptop(tmp_path, url, token, client, front, daemons)
        tarball = collection_build.build(tmp_path / "dist", "0.1.0")
        await there.run("ansible-galaxy", "collection", "install", str(tarball), "--offline")
        yield there


def listed_by(text: str) -> Any:
    """What ansible-inventory lists; it marks what is no template, which says that it knows."""

    def bare(value: Any) -> Any:
        if isinstance(value, dict):
            return (
                value["__ansible_unsafe"]
                if set(value) == {"__ansible_unsafe"}
                else {k: bare(v) for k, v in value.items()}
            )
        return [bare(one) for one in value] if isinstance(value, list) else value

    return bare(json.loads(text))


def owned(laptop: Laptop) -> bool:
    """Did a hostile string run?"""
    return any(path.name == "OWNED" for path in laptop.folder.rglob("OWNED"))


async def test_the_plugin_lists_groups_and_variables_and_runs_nothing(laptop: Laptop) -> None:
    path = laptop.inventory(
        disabled=True,
        group_by=["groups", "tags", "state", "os"],
        keyed_groups=[
            {"key": "moorline_tags", "prefix": "tag"},
            {"key": "moorline_facts.os_id | default('x')", "prefix": "os"},
        ],
        compose={"where": "moorline_address ~ ':' ~ moorline_port", "noted": "moorline_note"},
        groups={"webs": "'web' in moorline_tags"},
    )
    listed = listed_by(await laptop.run("ansible-inventory", "-i", path, "--list"))
    hosts = listed["_meta"]["hostvars"]
    assert set(hosts) == {"web-1_lookup_pipe_touch_OWNED", "db-1", "off"}
    web = hosts["web-1_lookup_pipe_touch_OWNED"]
    assert web["moorline_name"] == f"web-1 {EVIL}"
    assert web["moorline_note"] == web["noted"] == EVIL
    assert web["where"] == f"127.0.0.1:{laptop.daemons[0].port}"
    assert hosts["off"]["moorline_facts"]["hostname"] == EVIL
    assert (web["ansible_host"], web["ansible_port"], web["ansible_user"]) == (
        "127.0.0.1", laptop.daemons[0].port, laptop.daemons[0].username,
    )  # fmt: skip
    assert listed["tag_web"]["hosts"] == listed["webs"]["hosts"] == ["web-1_lookup_pipe_touch_OWNED"]
    assert set(listed["eu"]["hosts"]) == {"web-1_lookup_pipe_touch_OWNED", "db-1"}
    assert hosts["off"]["ansible_user"] == "o'{{x}}"
    assert hosts["off"]["ansible_ssh_common_args"].startswith("-J ")
    graph = await laptop.run("ansible-inventory", "-i", path, "--graph")
    assert "|--@eu:" in graph
    one = listed_by(await laptop.run("ansible-inventory", "-i", path, "--host", "db-1"))
    assert one["moorline_tags"] == ["db"]
    said = await laptop.run("ansible", "-i", path, "webs", "-m", "debug", "-a", "msg={{ moorline_note }}")
    assert "touch OWNED" in said
    assert not owned(laptop)


async def test_a_ping_of_all_hosts_by_plugin_and_by_script(laptop: Laptop) -> None:
    key = laptop.folder / "key"
    key.write_text(laptop.daemons[0].client_key)
    key.chmod(0o600)
    python = "/usr/bin/python3" if Path("/usr/bin/python3").exists() else sys.executable
    more = ("-m", "ping", "-e", f"ansible_python_interpreter={python}", "--private-key", str(key))
    for source in (laptop.inventory(), str(SCRIPT)):
        said = await laptop.run("ansible", "-i", source, "all", *more)
        assert said.count("SUCCESS") == 2, said
        assert said.count('"ping": "pong"') == 2
    assert not owned(laptop)


async def test_a_ping_through_the_gateway_with_a_key_that_no_host_knows(laptop: Laptop) -> None:
    key = make_key(laptop.folder / "mine")
    line = key.with_name("mine.pub").read_text().strip()
    (await laptop.client.post("/me/ssh-keys", json={"line": line})).raise_for_status()
    gate = (await laptop.client.get("/inventory")).json()["gateway"]
    (laptop.folder / "known").write_text(f"[127.0.0.1]:{gate['port']} {gate['host_key']}\n")
    python = "/usr/bin/python3" if Path("/usr/bin/python3").exists() else sys.executable
    more = ("-m", "ping", "-e", f"ansible_python_interpreter={python}", "--private-key", str(key))
    known = f"-o UserKnownHostsFile={laptop.folder / 'known'} -o IdentitiesOnly=yes"
    checked: dict[str, Any] = {"ANSIBLE_HOST_KEY_CHECKING": "true", "ANSIBLE_SSH_COMMON_ARGS": known}
    refused = await laptop.run("ansible", "-i", laptop.inventory(), "all", *more, fails=True, **checked)
    assert "SUCCESS" not in refused
    for source in (laptop.inventory(via="gateway"), str(SCRIPT)):
        said = await laptop.run("ansible", "-i", source, "all", *more, MOORLINE_VIA="gateway", **checked)
        assert said.count('"ping": "pong"') == 2, said
    entries = (await laptop.client.get("/audit", params={"action": "gateway.login"})).json()["items"]
    assert len(entries) >= 2  # one a host at least: ssh may keep the connection from plugin to script
    one = listed_by(await laptop.run("ansible-inventory", "-i", laptop.inventory(via="gateway"), "--host", "db-1"))
    assert (one["ansible_host"], one["ansible_port"], one["ansible_user"]) == ("127.0.0.1", gate["port"], "db-1")
    assert not owned(laptop)


async def test_a_gateway_that_is_off_is_said_so(laptop: Laptop) -> None:
    laptop.front.controller.gateway.public_key = None
    strict = {"ANSIBLE_INVENTORY_UNPARSED_FAILED": "true"}
    path = laptop.inventory(via="gateway")
    assert "gateway is off" in await laptop.run("ansible-inventory", "-i", path, "--list", fails=True, **strict)
    assert "gateway is off" in await laptop.run(str(SCRIPT), "--list", fails=True, MOORLINE_VIA="gateway")


async def test_filters_and_what_is_left_out(laptop: Laptop) -> None:
    async def names(**options: Any) -> set[str]:
        path = laptop.inventory(**options)
        return set(listed_by(await laptop.run("ansible-inventory", "-i", path, "--list"))["_meta"].get("hostvars", {}))

    assert await names() == {"web-1_lookup_pipe_touch_OWNED", "db-1"}
    assert await names(filters={"tags": ["db"]}) == {"db-1"}
    assert await names(filters={"groups": "eu", "search": "web"}) == {"web-1_lookup_pipe_touch_OWNED"}
    assert await names(filters={"states": ["disabled"]}, disabled=True) >= {"off"}
    assert await names(hostnames=["{{ moorline_tags[0] }}", "moorline_name"]) == {"web", "db"}
    wrong = await laptop.run("ansible-inventory", "-i", laptop.inventory(filters={"nope": 1}), "--list", fails=False)
    assert json.loads(wrong)["_meta"].get("hostvars", {}) == {}


async def test_what_has_not_changed_is_not_sent_again(laptop: Laptop) -> None:
    headers = {"Authorization": f"Bearer {laptop.token}"}
    async with httpx.AsyncClient(base_url=f"{laptop.url}/api/v1", headers=headers, trust_env=False) as program:
        first = await program.get("/inventory")
        assert first.status_code == 200
        again = await program.get("/inventory", headers={"If-None-Match": first.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")
        hosts = (await laptop.client.get("/hosts")).json()["items"]
        db = next(host["id"] for host in hosts if host["name"] == "db-1")
        (await laptop.client.patch(f"/hosts/{db}", json={"note": "another"})).raise_for_status()
        changed = await program.get("/inventory", headers={"If-None-Match": first.headers["etag"]})
        assert changed.status_code == 200
    path = laptop.inventory(cache=True, cache_plugin="jsonfile", cache_connection=str(laptop.folder / "cache"))
    before = listed_by(await laptop.run("ansible-inventory", "-i", path, "--list"))
    assert len(list((laptop.folder / "etag").iterdir())) == 1
    assert oct(next((laptop.folder / "etag").iterdir()).stat().st_mode & 0o777) == "0o600"
    (await laptop.client.patch(f"/hosts/{db}", json={"note": "cached over"})).raise_for_status()
    cached = listed_by(await laptop.run("ansible-inventory", "-i", path, "--list"))
    assert cached == before
    fresh = listed_by(await laptop.run("ansible-inventory", "-i", path, "--list", "--flush-cache"))
    assert fresh["_meta"]["hostvars"]["db-1"]["moorline_note"] == "cached over"
    same = laptop.inventory()
    assert listed_by(await laptop.run("ansible-inventory", "-i", same, "--list")) == fresh


async def test_the_script_marks_every_text_as_unsafe(laptop: Laptop) -> None:
    listed = json.loads(await laptop.run(str(SCRIPT), "--list"))
    web = listed["_meta"]["hostvars"]["web-1_lookup_pipe_touch_OWNED"]
    assert web["moorline_note"] == {"__ansible_unsafe": EVIL}
    assert web["moorline_tags"] == [{"__ansible_unsafe": "web"}]
    switched_off = json.loads(await laptop.run(str(SCRIPT), "--host", "off", MOORLINE_FILTER="disabled=true"))
    assert switched_off["moorline_facts"]["os_id"] == {"__ansible_unsafe": EVIL}
    said = await laptop.run("ansible", "-i", str(SCRIPT), "web*", "-m", "debug", "-a", "msg={{ moorline_note }}")
    assert "touch OWNED" in said
    assert not owned(laptop)


async def test_what_goes_wrong_is_a_sentence_without_the_token(laptop: Laptop) -> None:
    (laptop.folder / "token").write_text("ml_wrong")
    strict = {"ANSIBLE_INVENTORY_UNPARSED_FAILED": "true"}
    said = await laptop.run("ansible-inventory", "-i", laptop.inventory(), "--list", fails=True, **strict)
    assert "says:" in said
    assert "ml_wrong" not in said
    plain = await laptop.run(str(SCRIPT), "--list", fails=True, MOORLINE_URL="http://fleet.example.org")
    assert "is not https" in plain


def test_the_tarball_is_the_same_wherever_it_is_built(tmp_path: Path) -> None:
    first = collection_build.build(tmp_path / "a", "0.1.0").read_bytes()
    assert first == collection_build.build(tmp_path / "b", "0.1.0").read_bytes()
