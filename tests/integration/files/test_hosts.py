"""Hosts that have no SFTP, ask for a password before anything is root's, or run something else than OpenSSH's shell."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from tests.integration.polling.test_lab import add, watched
from tests.support.api import Api, ApiError
from tests.support.lab import HostSpec, Lab
from tests.support.lab.base import PASSWORD

pytestmark = [pytest.mark.root, pytest.mark.timeout(240)]


async def entries(api: Api, host_id: int, path: str, **params: Any) -> dict[str, Any]:
    """A folder's rows by name."""
    query = {"path": path, **params}
    answer = await api._client.get(f"/api/v1/hosts/{host_id}/files/list", params=query)
    assert answer.status_code == 200, answer.text
    lines = [json.loads(line) for line in answer.text.splitlines()]
    return {entry[0]: entry for line in lines for entry in line.get("entries", ())}


async def refused(api: Api, method: str, where: str, body: object = None, **query: object) -> str:
    """The code of a refusal."""
    with pytest.raises(ApiError) as caught:
        await api.call(method, f"{where}?{urlencode(query)}" if query else where, body)
    assert caught.value.status < 500
    return str(caught.value.code)


async def test_a_host_without_sftp_says_what_to_install(lab: Lab, tmp_path: Path) -> None:
    (host,) = lab.up([HostSpec("nosftp", flavour="tiny")])
    try:
        async with watched(lab, tmp_path) as api:
            host_id = await add(api, lab, host)
            await api.wait_for_host(host_id, lambda now: bool(now["state"] == "up"), 40)
            with pytest.raises(ApiError, match="openssh-sftp-server") as caught:
                await api.call("GET", f"/hosts/{host_id}/files/about")
            assert (caught.value.status, caught.value.code) == (409, "no_sftp")
            for path in ("list", "stat", "content", "archive", "tail", "text"):
                assert await refused(api, "GET", f"/hosts/{host_id}/files/{path}", path="/etc") == "no_sftp"
    finally:
        lab.remove(host)


async def test_root_is_reached_through_sudo_and_by_nobody_else(lab: Lab, tmp_path: Path) -> None:
    rule = {"etc/sudoers.d/ops": "ops ALL=(ALL) ALL\n", "root/secret.txt": "root's\n"}
    free = {"etc/sudoers.d/ops": "ops ALL=(ALL) NOPASSWD: ALL\n", "root/secret.txt": "root's\n"}
    asks, lets, none = lab.up(
        [
            HostSpec("asks", flavour="sudo", files=rule),
            HostSpec("lets", flavour="sudo", files=free, shell="/bin/bash"),
            HostSpec("bare", flavour="sudo"),
        ]
    )
    try:
        async with watched(lab, tmp_path) as api:
            ids = {host.name: await add(api, lab, host) for host in (asks, lets, none)}
            for host_id in ids.values():
                await api.wait_for_host(host_id, lambda now: bool(now["state"] == "up"), 40)
            url = f"/hosts/{ids['asks']}/files"
            assert await refused(api, "GET", f"{url}/list", path="/root") == "permission_denied"
            assert await refused(api, "GET", f"{url}/list", path="/root", as_root=True) == "sudo_password_needed"
            assert await refused(api, "POST", f"{url}/root", {"password": "wrong"}) == "sudo_password_needed"
            assert (await api.call("POST", f"{url}/root", {"password": PASSWORD}))["root"] == "open"
            assert (await api.call("GET", f"{url}/about"))["root"] == "open"
            assert "secret.txt" in await entries(api, ids["asks"], "/root", as_root=True)
            await work(api, ids["asks"])
            said = asks.exec(
                "cat /var/log/auth.log /var/log/syslog /root/.bash_history /home/ops/.bash_history 2>/dev/null; true"
            )
            assert PASSWORD not in said
            await api.call("DELETE", f"{url}/root")
            assert await refused(api, "GET", f"{url}/list", path="/root", as_root=True) == "sudo_password_needed"
            told = (await api.call("GET", "/audit", action="file."))["items"]
            roots = [entry for entry in told if entry["action"].startswith("file.root")]
            assert [(entry["action"], entry["object"]["name"]) for entry in roots] == [
                ("file.root_left", "asks"),
                ("file.root", "asks"),
            ]
            assert "secret.txt" in await entries(api, ids["lets"], "/root", as_root=True)
            await work(api, ids["lets"])
            url = f"/hosts/{ids['bare']}/files"
            assert await refused(api, "POST", f"{url}/root", {"password": PASSWORD}) == "sudo_refused"
            log = Path(tmp_path / "controller.log").read_text()
            assert PASSWORD not in log
    finally:
        lab.remove(asks, lets, none)


async def work(api: Api, host_id: int) -> None:
    """What root does: a text, a folder, modes, owners, a copy, a search, an upload, a removal."""
    url = f"/hosts/{host_id}/files"
    await api.call("POST", f"{url}/folder", {"path": "/root/deep/er", "parents": True, "as_root": True})
    text = {"path": "/root/deep/new.conf", "text": "needle\n", "etag": None, "as_root": True}
    await api.call("PUT", f"{url}/text", text)
    await api.call("POST", f"{url}/mode", {"paths": ["/root/deep"], "mode": 0o750, "recursive": True, "as_root": True})
    await api.call("POST", f"{url}/owner", {"paths": ["/root/deep/er"], "owner": "ops", "as_root": True})
    await api.call("POST", f"{url}/copy", {"paths": ["/root/deep"], "to": "/root", "as_root": True})
    begun = await api.call("POST", f"{url}/uploads", {"path": "/root/deep/up", "size": 5, "as_root": True})
    answer = await api._client.put(f"/api/v1/transfers/{begun['id']}/data", params={"offset": 0}, content=b"12345")
    assert answer.status_code == 200, answer.text
    assert (await api.call("POST", f"/transfers/{begun['id']}/finish", {"verify": True}))["state"] == "done"
    found = await entries(api, host_id, "/root/deep", as_root=True)
    assert found["er"][5] == "ops"
    assert (found["new.conf"][4], found["new.conf"][5], found["up"][2]) == (0o750, "root", 5)
    query: dict[str, Any] = {"path": "/root", "content": "needle", "as_root": True}
    answer = await api._client.get(f"/api/v1{url}/search", params=query)
    paths = [item["path"] for line in answer.text.splitlines() for item in json.loads(line).get("items", ())]
    assert sorted(paths) == ["/root/deep (2)/new.conf", "/root/deep/new.conf"]
    gone = {"paths": ["/root/deep", "/root/deep (2)"], "as_root": True}
    assert (await api.call("POST", f"{url}/delete", gone))["state"] == "done"
    assert set(await entries(api, host_id, "/root", as_root=True)) >= {"secret.txt"}
