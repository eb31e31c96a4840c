"""From one host to another through the controller."""

from __future__ import annotations

import asyncio
import hashlib
import os
from collections.abc import Iterator
from typing import Any

import pytest

from tests.integration.files.conftest import Home, Place, add_host
from tests.support.sshd import Sshd, running

MIB = 1 << 20


@pytest.fixture
def other() -> Iterator[Sshd]:
    with running() as made:
        yield made


async def ended(place: Place, transfer: dict[str, Any]) -> dict[str, Any]:
    async with asyncio.timeout(30):
        while transfer["state"] in {"running", "waiting"}:
            await asyncio.sleep(0.05)
            transfer = await place.call("GET", f"/transfers/{transfer['id']}")
    return transfer


async def test_a_folder_arrives_whole_and_is_checked(place: Place, other: Sshd) -> None:
    to, there = await add_host(place.client, other, "web-2"), Home(other)
    big = os.urandom(8 * MIB)
    place.home.put("site/big", big).chmod(0o600)
    place.home.put(b"site/sub/odd\n\xff", b"odd")
    (place.home.path / "site/loop").symlink_to(".")
    new = {"kind": "relay", "host_id": place.host_id, "paths": ["~/site"], "to_host_id": to, "to_path": "~"}
    done = await ended(place, await place.call("POST", "/transfers", 201, json=new))
    assert (done["state"], done["error"], done["warnings"]) == ("done", None, [])
    assert (done["total_files"], done["done_files"], done["done_bytes"]) == (2, 2, 8 * MIB + 3)
    assert (there.path / "site/big").read_bytes() == big
    assert (there.path / "site/big").stat().st_mode & 0o777 == 0o600
    assert (there.path / os.fsdecode(b"site/sub/odd\n\xff")).read_bytes() == b"odd"
    assert str((there.path / "site/loop").readlink()) == "."
    again = await ended(place, await place.call("POST", "/transfers", 201, json=new))
    assert (again["state"], again["code"]) == ("failed", "exists")
    over = await ended(place, await place.call("POST", "/transfers", 201, json=new | {"overwrite": True}))
    assert over["state"] == "done"
    assert not [name for _, _, names in os.walk(there.path) for name in names if "moorline" in name]


async def test_pause_holds_and_cancel_leaves_no_half_file(place: Place, other: Sshd) -> None:
    to, there = await add_host(place.client, other, "web-2"), Home(other)
    data = os.urandom(48 * MIB)
    place.home.put("big", data)
    new = {"kind": "relay", "host_id": place.host_id, "paths": ["~/big"], "to_host_id": to, "to_path": "~"}
    begun = await place.call("POST", "/transfers", 201, json=new)
    where = f"/transfers/{begun['id']}"
    paused = await place.call("POST", f"{where}/pause")
    assert paused["state"] == "paused"
    await asyncio.sleep(0.2)
    held = (await place.call("GET", where))["done_bytes"]
    await asyncio.sleep(0.2)
    assert (await place.call("GET", where))["done_bytes"] == held < len(data)
    assert "big" not in there.names()
    assert (await place.call("POST", f"{where}/resume"))["state"] == "running"
    done = await ended(place, await place.call("GET", where))
    assert done["sha256"] == hashlib.sha256(data).hexdigest()
    second = await place.call("POST", "/transfers", 201, json=new | {"overwrite": True})
    await place.call("POST", f"/transfers/{second['id']}/pause")
    assert (await place.call("POST", f"/transfers/{second['id']}/cancel"))["state"] == "cancelled"
    assert there.names() == ["big"]
    assert (there.path / "big").read_bytes() == data


async def test_the_other_host_has_to_be_ones_own_too(place: Place, other: Sshd) -> None:
    to = await add_host(place.client, other, "web-2")
    group = (await place.call("POST", "/groups", 201, json={"name": "web"}))["id"]
    await place.call("PATCH", f"/hosts/{place.host_id}", json={"group_ids": [group]})
    browser = await place.front.user("olga", role="operator", group_ids=[group])
    async with await place.as_browser(browser) as client:
        new = {"kind": "relay", "host_id": place.host_id, "paths": ["~"], "to_host_id": to, "to_path": "~"}
        assert (await client.post("/transfers", json=new)).status_code == 404
        swapped = new | {"host_id": to, "to_host_id": place.host_id}
        assert (await client.post("/transfers", json=swapped)).status_code == 404
