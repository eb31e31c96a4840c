"""Changes of keys killed again and again, at whatever moment: at none of them is a host locked out."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import text

from controller.core.db import Database
from tests.integration.onboarding.test_rotations import _logged_in, keys_of, shared
from tests.support.api import Api
from tests.support.controller import Controller
from tests.support.sshd import Sshd, free_port

pytestmark = [pytest.mark.long, pytest.mark.timeout(1500)]
KILLS = 20
HOSTS = 6


async def wanted(database: Database) -> dict[str, str]:
    """By the host's name: the key that Moorline would log in with now."""
    query = "select h.name, c.public_key from host h join credential c on c.id = h.credential_id"
    async with database.session() as session:
        return {name: key.split()[1] for name, key in await session.execute(text(query))}


async def test_killed_twenty_times_no_host_is_ever_locked_out(
    database: Database, make_sshd: Callable[..., Sshd], tmp_path: Path
) -> None:
    daemons = {f"host-{number}": make_sshd() for number in range(HOSTS)}
    private = shared(list(daemons.values()), tmp_path)
    address = database.url.set(drivername="postgresql").render_as_string(hide_password=False)
    port, rng = free_port(), random.Random(4)
    begun, left, seen = 0, KILLS, set[str]()
    controller = Controller(tmp_path / "data", port, database_url=address)
    await controller.start()
    async with Api(f"http://127.0.0.1:{port}") as api:
        await api.set_up(await controller.first_run_token(), "admin", "correct horse battery")
        kept = {"name": "fleet key", "kind": "key", "private_key": private}
        credential = (await api.call("POST", "/credentials", kept))["id"]
        for name, daemon in daemons.items():
            new = {"name": name, "address": daemon.address, "port": daemon.port, "username": "ops"}
            more = {"credential_id": credential, "host_key": daemon.host_keys[0], "enabled": False}
            await api.call("POST", "/hosts", new | more)
    try:
        while True:
            async with Api(f"http://127.0.0.1:{port}") as api:
                await _logged_in(api)
                rotations = (await api.call("GET", "/key-rotations"))["items"]
                if all(one["state"] == "done" for one in rotations) and left:
                    old = rotations[0]["new_credential_id"] if rotations else credential
                    await api.call("POST", "/key-rotations", {"credential_id": old})
                    begun += 1
                if not left:
                    await _done(api)
                    break
                await asyncio.sleep(rng.uniform(0.02, 1.2))  # the moment is what is tried, not waited for
            await controller.kill()
            left -= 1
            seen |= await _nobody_is_out(database, daemons)
            controller = Controller(tmp_path / "data", port, database_url=address)
            await controller.start()
    finally:
        await controller.kill()
    assert begun >= 2
    assert len(seen) >= 3, f"every kill came at the same point: {seen}"
    keys = await wanted(database)
    for name, daemon in daemons.items():
        lines = keys_of(daemon)
        assert [line.split()[1] for line in lines] == ["AAAAC3NzaC1lZDI1NTE5AAAAIOther", keys[name]]


async def _nobody_is_out(database: Database, daemons: dict[str, Sshd]) -> set[str]:
    """The key of each host's row is in its file, beside the line of somebody else. Where the hosts stand."""
    keys = await wanted(database)
    for name, daemon in daemons.items():
        bodies = [line.split()[1] for line in keys_of(daemon)]
        assert keys[name] in bodies, f"{name} is locked out"
        assert bodies[0] == "AAAAC3NzaC1lZDI1NTE5AAAAIOther"
        assert len(bodies) == len(set(bodies))
    async with database.session() as session:
        return set(await session.scalars(text("select state from key_rotation_host")))


async def _done(api: Api) -> None:
    async with asyncio.timeout(240):
        while any(one["state"] != "done" for one in (await api.call("GET", "/key-rotations"))["items"]):
            await asyncio.sleep(0.3)
