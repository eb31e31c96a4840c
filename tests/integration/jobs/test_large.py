"""A command on 600 hosts that say a hundred megabytes together: all is kept, and the controller answers meanwhile."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from websockets.asyncio.client import connect

from tests.integration.jobs.conftest import ENDED
from tests.integration.polling.conftest import Running, started
from tests.support.sshd import Sshd

HOSTS = 600
LINES, LINE = 1750, "x" * 99
SLOWEST_S = 5.0  # of any answer meanwhile, on a busy machine


async def raised(running: Running, daemon: Sshd) -> list[int]:
    """So many hosts, all of them up: one sshd under as many addresses."""
    call = running.api.call
    key = {"name": "all", "kind": "key", "private_key": daemon.client_key}
    login: dict[str, Any] = {"credential": key}
    ids = []
    for number in range(HOSTS):
        place = {"name": f"h{number}", "address": f"127.9.{number // 200}.{number % 200 + 1}", "port": daemon.port}
        new = {**place, **login, "username": daemon.username, "host_key": daemon.host_keys[0]}
        host = await call("POST", "/hosts", new)
        login = {"credential_id": host["credential_id"]}
        ids.append(int(host["id"]))
    for host_id in ids:
        await running.api.wait_for_host(host_id, lambda now: bool(now["state"] == "up"), 240)
    return ids


async def heard(running: Running, token: str, job_id: int) -> dict[int, bytes]:
    """What a page that gives back its credit hears of the output, by host."""
    found: dict[int, bytes] = {}
    address = f"ws://127.0.0.1:{running.port}/api/v1/jobs/{job_id}/live"
    headers = {"Authorization": f"Bearer {token}"}
    async with connect(address, additional_headers=headers, max_size=None) as socket:
        await socket.send('{"type": "watch", "host_ids": null}')
        while sum(map(len, found.values())) < HOSTS * LINES * (len(LINE) + 1):
            said = json.loads(await socket.recv())
            if said["type"] == "output":
                for piece in said["pieces"]:
                    found[piece["host_id"]] = found.get(piece["host_id"], b"") + "".join(piece["runs"]).encode()
                await socket.send(json.dumps({"type": "credit", "bytes": said["bytes"]}))
    return found


@pytest.mark.long
@pytest.mark.timeout(900)
async def test_six_hundred_hosts_say_a_hundred_megabytes(make_sshd: Callable[..., Sshd], tmp_path: Path) -> None:
    daemon = make_sshd(address="0.0.0.0", settings={"MaxStartups": "2000"})
    async with started(tmp_path) as running:
        ids = await raised(running, daemon)
        call = running.api.call
        token = await running.token()
        command = f"yes {LINE} | head -n {LINES - 1}; printf '%099d\\n' $MOORLINE_HOST_ID"
        job = await call("POST", "/jobs", {"spec": {"command": command}, "targets": {"host_ids": ids}})
        page = asyncio.create_task(heard(running, token, job["id"]))
        slowest = 0.0
        async with asyncio.timeout(400):
            while job["state"] not in ENDED:
                for path in (f"/jobs/{job['id']}", f"/jobs/{job['id']}/hosts", "/hosts"):
                    began = time.monotonic()
                    shown = await call("GET", path)
                    slowest = max(slowest, time.monotonic() - began)
                    job = shown if path == f"/jobs/{job['id']}" else job
            said = await page
        assert (job["state"], job["counts"], job["capped"]) == ("succeeded", {"ok": HOSTS}, False)
        assert job["output_bytes"] == job["kept_bytes"] == HOSTS * LINES * (len(LINE) + 1)
        assert slowest < SLOWEST_S
        assert set(said) == set(ids)
        assert {host_id for host_id, text in said.items() if int(text.splitlines()[-1]) == host_id} == set(ids)
        began = time.monotonic()
        groups = (await call("GET", f"/jobs/{job['id']}/groups"))["items"]
        assert sum(len(group["hosts"]) for group in groups) == HOSTS
        assert time.monotonic() - began < SLOWEST_S
        whole = await running.api.raw("GET", f"/jobs/{job['id']}/download")
        assert whole.text.count("\n") >= HOSTS * LINES
