"""Snippets: whose they are, who else sees them, and what they become on a host."""

from __future__ import annotations

import pytest

from tests.support.front import Browser, Front


async def add(who: Browser, name: str, text: str, **more: object) -> int:
    """A snippet; its id."""
    answer = await who.post("/snippets", json={"name": name, "text": text, **more})
    assert answer.status_code == 201, answer.text
    return int(answer.json()["id"])


async def host(admin: Browser, name: str, username: str = "ops") -> int:
    """A host that nobody connects to."""
    new = {"name": name, "address": "192.0.2.9", "username": username, "enabled": False}
    return int((await admin.post("/hosts", json=new)).json()["id"])


async def test_ones_own_and_what_is_shared_is_listed_and_changed_by_its_owner(front: Front) -> None:
    anna = await front.user("anna", role="operator")
    otto = await front.user("otto", role="operator")
    mine = await add(anna, "b mine", "uptime")
    ours = await add(anna, "A ours", "df -h {{path=/}}", shared=True)
    assert [one["name"] for one in (await anna.get("/snippets")).json()["items"]] == ["A ours", "b mine"]
    listed = (await otto.get("/snippets")).json()["items"]
    assert [(one["id"], one["mine"], one["owner_name"]) for one in listed] == [(ours, False, "anna")]
    assert listed[0]["variables"] == [{"name": "path", "default": "/"}]
    assert (await otto.patch(f"/snippets/{mine}", json={"name": "x"})).status_code == 404
    assert (await otto.patch(f"/snippets/{ours}", json={"text": "rm -rf /"})).status_code == 403
    assert (await otto.delete(f"/snippets/{ours}")).status_code == 403
    changed = await anna.patch(f"/snippets/{ours}", json={"shared": False})
    assert (changed.status_code, changed.json()["text"]) == (200, "df -h {{path=/}}")
    assert (await otto.get("/snippets")).json()["total"] == 0
    assert (await anna.delete(f"/snippets/{mine}")).status_code == 204
    actions = await front.rows("select action from audit_entry where object_kind = 'snippet' order by id")
    assert actions == ["snippet.create", "snippet.create", "snippet.update", "snippet.delete"]


async def test_an_administrator_may_mend_what_is_shared_and_a_viewer_has_none(front: Front) -> None:
    admin, anna = await front.admin(), await front.user("anna", role="operator")
    viewer = await front.user("vera", role="viewer", all_hosts=True)
    ours = await add(anna, "ours", "uptime", shared=True)
    assert (await admin.patch(f"/snippets/{ours}", json={"name": "mended"})).status_code == 200
    for answer in (await viewer.get("/snippets"), await viewer.post("/snippets", json={"name": "a", "text": "b"})):
        assert answer.status_code == 403


async def test_it_is_filled_in_for_each_host_and_only_for_those_that_are_seen(front: Front) -> None:
    admin, anna = await front.admin(), await front.user("anna", role="operator")
    first, second = await host(admin, "web 1"), await host(admin, "db-1", "root")
    snippet = await add(admin, "log", "tail -n {{n=10}} {{file}} # {{host.name}} {{host.username}}@{{host.address}}")
    missing = await admin.post(f"/snippets/{snippet}/expand", json={"host_ids": [first]})
    assert (missing.status_code, missing.json()["code"]) == (400, "missing_values")
    assert missing.json()["errors"][0]["field"] == "values.file"
    wanted = {"host_ids": [first, second, first], "values": {"file": "/var/log/syslog", "n": "5"}}
    filled = (await admin.post(f"/snippets/{snippet}/expand", json=wanted)).json()
    assert [(one["host_id"], one["text"]) for one in filled["items"]] == [
        (first, "tail -n 5 /var/log/syslog # 'web 1' ops@192.0.2.9"),
        (second, "tail -n 5 /var/log/syslog # db-1 root@192.0.2.9"),
    ]
    own = await add(anna, "own", "echo {{host.name}}")
    assert (await anna.post(f"/snippets/{own}/expand", json={"host_ids": [first]})).status_code == 404


@pytest.mark.parametrize("text", ["uptime\x1b]52;c;aaaa\x07", "echo \u202eevil", "a\x00b"])
async def test_no_terminal_escape_hides_in_a_text(front: Front, text: str) -> None:
    anna = await front.user("anna", role="operator")
    answer = await anna.post("/snippets", json={"name": "x", "text": text})
    kept = answer.json().get("text", "")
    assert answer.status_code == 201
    assert kept.isprintable()
