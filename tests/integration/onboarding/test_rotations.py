"""A change of keys over a fleet: nobody is locked out, who is away keeps the old key, a kill anywhere loses nothing."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import pytest

from controller.core.db import Database
from tests.integration.files.conftest import add_host
from tests.integration.onboarding.conftest import Desk, authorize, home
from tests.support.api import Api
from tests.support.controller import Controller
from tests.support.sshd import Sshd, free_port, make_key

pytestmark = pytest.mark.timeout(400)


def shared(daemons: list[Sshd], folder: Path) -> str:
    """One key for all of them, beside a line of somebody else; the private part."""
    key = make_key(folder / "shared")
    public = key.with_name("shared.pub").read_text().strip()
    for daemon in daemons:
        authorize(daemon, f"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOther someone@else\n{public} fleet\n")
    return key.read_text()


async def fleet(client: httpx.AsyncClient, daemons: list[Sshd], private: str) -> tuple[int, list[int]]:
    """The daemons as hosts that log in with one credential."""
    kept = {"name": "fleet key", "kind": "key", "private_key": private}
    credential = int((await client.post("/credentials", json=kept)).raise_for_status().json()["id"])
    ids = [
        await add_host(client, daemon, f"host-{number:02}", credential=None, credential_id=credential)
        for number, daemon in enumerate(daemons)
    ]
    return credential, ids


def keys_of(daemon: Sshd) -> list[str]:
    """The lines of its account's file."""
    return (home(daemon) / ".ssh/authorized_keys").read_text().splitlines()


async def until(desk: Desk, rotation: int, wanted: Callable[[dict[str, Any]], bool], within_s: float = 240) -> Any:
    """Wait until it stands like that."""
    async with asyncio.timeout(within_s):
        while not wanted(now := await desk.call("GET", f"/key-rotations/{rotation}")):
            await asyncio.sleep(0.2)
    return now


async def test_fifty_hosts_of_which_three_are_away(desk: Desk, make_sshd: Callable[..., Sshd], tmp_path: Path) -> None:
    daemons = [make_sshd() for _ in range(50)]
    private = shared(daemons, tmp_path)
    old = (tmp_path / "shared.pub").read_text().split()[1]
    credential, ids = await fleet(desk.client, daemons, private)
    away = daemons[7], daemons[23], daemons[41]
    for daemon in away:
        daemon.freeze()
    begun = await desk.call("POST", "/key-rotations", 201, {"credential_id": credential})
    waiting = await until(desk, begun["id"], lambda now: now["state"] == "waiting")
    assert waiting["counts"] == {"done": 47, "unreachable": 3}, [host["detail"] for host in waiting["hosts"]][:3]
    listed = {host["name"] for host in waiting["hosts"] if host["state"] == "unreachable"}
    assert listed == {"host-07", "host-23", "host-41"}
    assert all(host["detail"] for host in waiting["hosts"] if host["state"] == "unreachable")
    for daemon in daemons:
        lines = keys_of(daemon)
        assert lines[0].endswith("someone@else")
        assert len(lines) == 2
        assert (old in lines[1]) == (daemon in away)
    hosts = (await desk.call("GET", "/hosts", limit=100))["items"]
    with_old = {host["name"] for host in hosts if host["credential_id"] == credential}
    assert with_old == listed
    twice = await desk.client.post("/key-rotations", json={"credential_id": credential})
    assert (twice.status_code, twice.json()["code"]) == (409, "under_way")
    for daemon in away:
        daemon.thaw()
    await desk.call("POST", f"/key-rotations/{begun['id']}/retry", 200)
    done = await until(desk, begun["id"], lambda now: now["state"] == "done")
    assert done["counts"] == {"done": 50}
    assert all(old not in line for daemon in daemons for line in keys_of(daemon))
    assert len(ids) == 50


async def test_options_before_the_old_key_stay_and_a_refused_new_key_changes_nothing(
    desk: Desk, make_sshd: Callable[..., Sshd], tmp_path: Path
) -> None:
    fine, odd = make_sshd(), make_sshd(own_file=False)  # the second looks for keys in a file that is not the account's
    private = shared([fine], tmp_path)
    public = (tmp_path / "shared.pub").read_text().strip()
    authorize(fine, f'from="127.0.0.1",no-agent-forwarding {public}\n')
    odd.authorize(public)
    (odd.folder / "authorized_keys").chmod(0o644)
    credential, ids = await fleet(desk.client, [fine, odd], private)
    begun = await desk.call("POST", "/key-rotations", 201, {"credential_id": credential})
    ended = await until(desk, begun["id"], lambda now: now["state"] == "waiting")
    assert {host["name"]: host["state"] for host in ended["hosts"]} == {"host-00": "done", "host-01": "failed"}
    assert keys_of(fine)[0].startswith('from="127.0.0.1",no-agent-forwarding ssh-ed25519 ')
    assert (await desk.front.controller.pool.exec(ids[1], "id -un")).stdout == b"ops\n"
    host = await desk.call("GET", f"/hosts/{ids[1]}")
    assert host["credential_id"] == credential
    await desk.call("POST", f"/key-rotations/{begun['id']}/stop", 200)
    actions = [one["action"] for one in (await desk.call("GET", "/audit"))["items"]]
    assert {"key_rotation.start", "key_rotation.stop"} <= set(actions)


@pytest.mark.parametrize("at", ["installing", "installed", "verified", "switched"])
async def test_a_killed_controller_takes_up_each_host_where_it_stands(
    at: str, database: Database, make_sshd: Callable[..., Sshd], tmp_path: Path
) -> None:
    daemons = [make_sshd() for _ in range(4)]
    private = shared(daemons, tmp_path)
    old = (tmp_path / "shared.pub").read_text().split()[1]
    address = database.url.set(drivername="postgresql").render_as_string(hide_password=False)
    port = free_port()
    controller = Controller(tmp_path / "data", port, database_url=address)
    await controller.start()
    url = f"http://127.0.0.1:{port}"
    try:
        async with Api(url) as api:
            await api.set_up(await controller.first_run_token(), "admin", "correct horse battery")
            kept = {"name": "fleet key", "kind": "key", "private_key": private}
            credential = (await api.call("POST", "/credentials", kept))["id"]
            for number, daemon in enumerate(daemons):
                new = {"name": f"host-{number}", "address": daemon.address, "port": daemon.port, "username": "ops"}
                more = {"credential_id": credential, "host_key": daemon.host_keys[0], "enabled": False}
                await api.call("POST", "/hosts", new | more)
            begun = await api.call("POST", "/key-rotations", {"credential_id": credential})
            await _killed_at(database, controller, begun["id"], at)
        # whatever was half done, each host lets in one of the two keys that are known
        again = Controller(tmp_path / "data", port, database_url=address)
        await again.start()
        try:
            async with Api(url) as api:
                await _logged_in(api)
                async with asyncio.timeout(120):
                    while (now := await api.call("GET", f"/key-rotations/{begun['id']}"))["state"] != "done":
                        await asyncio.sleep(0.2)
            assert now["counts"] == {"done": 4}
        finally:
            await again.stop()
    finally:
        with suppress(ProcessLookupError):
            await controller.kill()
    for daemon in daemons:
        lines = keys_of(daemon)
        assert len(lines) == 2
        assert all(old not in line for line in lines)


async def _killed_at(database: Database, controller: Controller, rotation: int, at: str) -> None:
    """Kill the controller as soon as a host stands there (or, where that is too short to be seen, soon after)."""
    from sqlalchemy import text

    async with asyncio.timeout(60):
        while True:
            async with database.session() as session:
                query = text("select state from key_rotation_host where rotation_id = :id")
                states = set((await session.scalars(query, {"id": rotation})).all())
            if at in states or "done" in states:
                break
    os.kill(controller.pid, signal.SIGKILL)
    await controller.kill()


async def _logged_in(api: Api) -> None:
    async with asyncio.timeout(60):
        while True:
            try:
                await api.log_in("admin", "correct horse battery")
            except httpx.TransportError:
                await asyncio.sleep(0.1)
            else:
                return
