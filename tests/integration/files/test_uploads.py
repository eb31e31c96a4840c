"""Files on their way to a host: in pieces, cut off, resumed, refused; never half a file under its name."""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
from collections.abc import AsyncIterator, Iterator

import pytest

from tests.integration.files.conftest import Place
from tests.support.sshd import Sshd, running

MIB = 1 << 20


def noise(size: int) -> bytes:
    return hashlib.sha256(str(size).encode()).digest() * (size // 32 + 1)


async def test_an_upload_in_pieces_is_the_file_that_was_sent(place: Place) -> None:
    data = noise(3 * MIB + 17)[: 3 * MIB + 17]
    done = await place.upload("~/new folder/a.bin", data, MIB, parents=True, mtime=1_700_000_000)
    path = place.home.path / "new folder/a.bin"
    assert path.read_bytes() == data
    assert path.stat().st_mtime == 1_700_000_000
    assert (done["state"], done["done_bytes"]) == ("done", len(data))
    assert done["sha256"] == hashlib.sha256(data).hexdigest()
    assert place.home.names("new folder") == ["a.bin"]
    assert any(row["action"] == "file.upload" for row in await place.audit())


async def test_an_upload_that_was_cut_goes_on_where_the_host_has_it(place: Place) -> None:
    data = noise(8 * MIB)[: 8 * MIB]
    begun = await place.call("POST", "uploads", 201, json={"path": "~/cut", "size": len(data)})
    where = f"/transfers/{begun['id']}"
    reader, writer = await asyncio.open_connection("127.0.0.1", int(place.url.rpartition(":")[2]))
    head = [f"PUT /api/v1{where}/data?offset=0 HTTP/1.1", f"Host: {place.url.removeprefix('http://')}"]
    head += [f"{name}: {value}" for name, value in place.client.headers.items() if name.lower() != "host"]
    writer.write(("\r\n".join([*head, f"Content-Length: {len(data)}"]) + "\r\n\r\n").encode() + data[: 5 * MIB])
    await writer.drain()
    shown = begun
    while shown["done_bytes"] < 4 * MIB:
        shown = await place.call("GET", where)
        await asyncio.sleep(0.02)
    writer.transport.abort()
    del reader
    while shown["state"] != "waiting":
        shown = await place.call("GET", where)
        await asyncio.sleep(0.02)
    assert place.home.names() == [name for name in place.home.names() if name.startswith(".cut.moorline-")]
    wrong = await place.client.put(f"{where}/data", params={"offset": 1}, content=b"x")
    assert (wrong.status_code, wrong.json()["code"]) == (409, "offset_mismatch")
    at = wrong.json()["offset"]
    assert at == shown["done_bytes"] >= 4 * MIB
    early = await place.client.post(f"{where}/finish", json={})
    assert (early.status_code, early.json()["code"]) == (409, "offset_mismatch")
    await place.call("PUT", f"{where}/data", params={"offset": at}, content=data[at:])
    wrong = await place.client.post(f"{where}/finish", json={"sha256": "0" * 64})
    assert (wrong.status_code, wrong.json()["code"]) == (409, "checksum_mismatch")
    assert "cut" not in place.home.names()
    right = hashlib.sha256(data).hexdigest()
    done = await place.call("POST", f"{where}/finish", json={"sha256": right, "verify": True})
    assert done["sha256"] == right
    assert (place.home.path / "cut").read_bytes() == data


async def test_the_controller_starts_anew_and_the_upload_goes_on(place: Place) -> None:
    begun = await place.call("POST", "uploads", 201, json={"path": "~/later", "size": 6})
    where = f"/transfers/{begun['id']}"
    await place.call("PUT", f"{where}/data", params={"offset": 0}, content=b"abc")
    files = place.front.controller.files
    await files.transfers.close()
    files.transfers._all.clear()
    files.transfers._closed = False
    await files.transfers.start()
    shown = await place.call("GET", where)
    assert (shown["state"], shown["done_bytes"], shown["host_name"]) == ("waiting", 3, "web-1")
    await place.call("PUT", f"{where}/data", params={"offset": 3}, content=b"def")
    done = await place.call("POST", f"{where}/finish", json={"sha256": hashlib.sha256(b"abcdef").hexdigest()})
    assert done["state"] == "done"
    assert (place.home.path / "later").read_bytes() == b"abcdef"


async def test_what_is_there_is_kept_replaced_or_evaded_as_wanted(place: Place) -> None:
    old = place.home.put("report.txt", b"old")
    old.chmod(0o600)
    new = {"path": "~/report.txt", "size": 3}
    refused = await place.client.post(f"/hosts/{place.host_id}/files/uploads", json=new)
    assert (refused.status_code, refused.json()["code"]) == (409, "exists")
    done = await place.upload("~/report.txt", b"two", overwrite="rename")
    assert done["path"] == "/home/ops/report (2).txt"
    await place.upload("~/report.txt", b"new", overwrite="replace")
    assert place.home.names() == ["report (2).txt", "report.txt"]
    assert old.read_bytes() == b"new"
    assert old.stat().st_mode & 0o777 == 0o600
    begun = await place.call("POST", "uploads", 201, json={"path": "~/race", "size": 1})
    await place.call("PUT", f"/transfers/{begun['id']}/data", params={"offset": 0}, content=b"x")
    place.home.put("race", b"first")
    late = await place.client.post(f"/transfers/{begun['id']}/finish", json={})
    assert (late.status_code, late.json()["code"]) == (409, "exists")
    assert (place.home.path / "race").read_bytes() == b"first"
    await place.call("POST", f"/transfers/{begun['id']}/cancel")
    assert not [name for name in place.home.names() if "moorline" in name]


async def test_of_two_uploads_of_one_name_the_first_that_ends_has_it(place: Place) -> None:
    both = [await place.call("POST", "uploads", 201, json={"path": "~/one", "size": 3}) for _ in range(2)]
    for transfer, data in zip(both, (b"abc", b"xyz"), strict=True):
        await place.call("PUT", f"/transfers/{transfer['id']}/data", params={"offset": 0}, content=data)
    await place.call("POST", f"/transfers/{both[1]['id']}/finish", json={})
    answer = await place.client.post(f"/transfers/{both[0]['id']}/finish", json={})
    assert (answer.status_code, answer.json()["code"]) == (409, "exists")
    assert (place.home.path / "one").read_bytes() == b"xyz"
    await place.call("POST", f"/transfers/{both[0]['id']}/cancel")
    assert place.home.names() == ["one"]


async def test_a_name_that_becomes_a_link_meanwhile_leads_nobody_out(place: Place) -> None:
    """Between the beginning of an upload and its end somebody puts a link in its place."""
    outside = place.home.put("outside", b"precious")
    place.home.put("in/x", b"old")
    begun = [
        await place.call("POST", "uploads", 201, json={"path": "~/in/x", "size": 3, "overwrite": "replace"}),
        await place.call("POST", "uploads", 201, json={"path": "~/in/y", "size": 3}),
    ]
    (place.home.path / "in/x").unlink()
    for name in ("x", "y"):
        (place.home.path / "in" / name).symlink_to("../outside")
    for transfer in begun:
        await place.call("PUT", f"/transfers/{transfer['id']}/data", params={"offset": 0}, content=b"new")
    await place.call("POST", f"/transfers/{begun[0]['id']}/finish", json={})
    answer = await place.client.post(f"/transfers/{begun[1]['id']}/finish", json={})
    assert (answer.status_code, answer.json()["code"]) == (409, "exists")
    assert outside.read_bytes() == b"precious"
    assert not (place.home.path / "in/x").is_symlink()  # the link was replaced, not what it leads to
    assert (place.home.path / "in/x").read_bytes() == b"new"


async def test_a_host_that_dies_in_the_middle_is_said_and_the_upload_waits(place: Place) -> None:
    begun = await place.call("POST", "uploads", 201, json={"path": "~/big", "size": 8 * MIB})

    async def body() -> AsyncIterator[bytes]:
        yield bytes(2 * MIB)
        place.daemon.stop()
        yield bytes(6 * MIB)

    answer = await place.client.put(f"/transfers/{begun['id']}/data", params={"offset": 0}, content=body())
    assert answer.status_code == 503, answer.text
    shown = await place.call("GET", f"/transfers/{begun['id']}")
    assert (shown["state"], shown["done_bytes"] < 8 * MIB) == ("waiting", True)


@pytest.mark.long
@pytest.mark.timeout(600)
async def test_two_gigabytes_cut_in_the_middle_go_on_and_are_what_was_sent(place: Place) -> None:
    block, blocks = noise(4 * MIB)[: 4 * MIB], 512
    digest = hashlib.sha256()
    for number in range(blocks):
        digest.update(number.to_bytes(8, "big") + block[8:])
    size = blocks * len(block)
    begun = await place.call("POST", "uploads", 201, json={"path": "~/two-gb", "size": size})
    where = f"/transfers/{begun['id']}"

    async def body(start: int, cut_at: int | None) -> AsyncIterator[bytes]:
        for number in range(start // len(block), blocks):
            data = number.to_bytes(8, "big") + block[8:]
            skip = start - number * len(block) if number == start // len(block) else 0
            if cut_at is not None and number == cut_at:
                raise ConnectionError("the cable is pulled")
            yield data[skip:]

    with pytest.raises(ConnectionError):
        await place.client.put(f"{where}/data", params={"offset": 0}, content=body(0, blocks // 2))
    async with asyncio.timeout(30):
        while (shown := await place.call("GET", where))["state"] != "waiting":
            await asyncio.sleep(0.05)
    at = shown["done_bytes"]
    assert 0 < at <= size // 2
    assert "two-gb" not in place.home.names()
    answer = await place.client.put(f"{where}/data", params={"offset": at}, content=body(at, None), timeout=300)
    assert answer.json()["offset"] == size
    finish = {"sha256": digest.hexdigest(), "verify": True}
    done = await place.client.post(f"{where}/finish", json=finish, timeout=300)
    assert (done.status_code, done.json()["sha256"]) == (200, digest.hexdigest())
    assert (place.home.path / "two-gb").stat().st_size == size


async def test_pause_and_cancel_are_obeyed(place: Place) -> None:
    begun = await place.call("POST", "uploads", 201, json={"path": "~/slow", "size": 4 * MIB})
    where = f"/transfers/{begun['id']}"
    gate = asyncio.Event()

    async def body() -> AsyncIterator[bytes]:
        yield bytes(MIB)
        await gate.wait()
        yield bytes(3 * MIB)

    sending = asyncio.create_task(place.client.put(f"{where}/data", params={"offset": 0}, content=body()))
    while (await place.call("GET", where))["done_bytes"] < MIB:
        await asyncio.sleep(0.02)
    assert (await place.call("POST", f"{where}/pause"))["state"] == "paused"
    gate.set()
    answer = await sending
    assert (answer.status_code, answer.json()["code"]) == (409, "paused")
    refused = await place.client.put(f"{where}/data", params={"offset": MIB}, content=b"x")
    assert refused.json()["code"] == "paused"
    resumed = await place.call("POST", f"{where}/resume")
    assert resumed["state"] == "waiting"
    at = resumed["done_bytes"]
    await place.call("PUT", f"{where}/data", params={"offset": at}, content=bytes(4 * MIB - at))
    assert (await place.call("POST", f"{where}/cancel"))["state"] == "cancelled"
    assert place.home.names() == []
    refused = await place.client.put(f"{where}/data", params={"offset": 0}, content=b"x")
    assert (refused.status_code, refused.json()["code"]) == (409, "cancelled")
    await place.call("DELETE", where, 204)
    assert (await place.call("GET", "/transfers"))["items"] == []


async def test_more_than_was_announced_is_refused(place: Place) -> None:
    begun = await place.call("POST", "uploads", 201, json={"path": "~/short", "size": 3})
    answer = await place.client.put(f"/transfers/{begun['id']}/data", params={"offset": 0}, content=b"four")
    assert answer.status_code == 400


async def test_five_thousand_small_files_in_a_few_requests(place: Place) -> None:
    want = {f"d{number % 40}/sub dir/f{number}.txt": str(number).encode() * 20 for number in range(5000)}
    items = list(want.items())
    row = await place.call(
        "POST", "/transfers", 201, json={"kind": "tree", "host_id": place.host_id, "path": "~", "files": 5000}
    )
    for start in range(0, 5000, 500):
        params = {"path": "~", "transfer_id": row["id"]}
        done = await place.call("POST", "tree", params=params, content=records(items[start : start + 500]))
        assert (done["files"], done["failed"]) == (500, [])
    shown = await place.call("POST", f"/transfers/{row['id']}/finish", json={})
    assert (shown["state"], shown["done_files"]) == ("done", 5000)
    got = {str(path.relative_to(place.home.path)): path.read_bytes() for path in place.home.path.rglob("*.txt")}
    assert got == want
    assert len([name for _, _, names in os.walk(place.home.path) for name in names]) == 5000


async def test_a_path_that_leads_out_takes_nobody_out(place: Place) -> None:
    bad = ["../out", "a/../../out", "/etc/out", "a//b", "./x", "%2E%2E/out", "a\x00b"]
    place.home.put("in/keep")
    content = records([(name, b"evil") for name in bad] + [("good", b"fine"), ("empty/", b"")])
    done = await place.call("POST", "tree", params={"path": "~/in"}, content=content)
    assert (done["files"], done["folders"]) == (1, 1)
    assert [one["path"] for one in done["failed"]] == bad
    assert {one["code"] for one in done["failed"]} == {"invalid"}
    assert place.home.names("in") == ["empty", "good", "keep"]
    assert place.home.names() == ["in"]
    again = await place.call("POST", "tree", params={"path": "~/in"}, content=records([("good", b"new")]))
    assert [one["code"] for one in again["failed"]] == ["exists"]
    await place.call("POST", "tree", params={"path": "~/in", "overwrite": True}, content=records([("good", b"new")]))
    assert (place.home.path / "in/good").read_bytes() == b"new"
    for broken in (b"{}", b"nonsense\n", b'{"path":"x","size":9}\nshort', b'{"path":"x","size":-1}\n', b"x" * 20_000):
        assert (
            await place.client.post(f"/hosts/{place.host_id}/files/tree?path=~/in", content=broken)
        ).status_code == 400
    assert place.home.names("in") == ["empty", "good", "keep"]


def records(items: list[tuple[str, bytes]]) -> bytes:
    return b"".join(json.dumps({"path": name, "size": len(data)}).encode() + b"\n" + data for name, data in items)


@pytest.fixture
def daemon(request: pytest.FixtureRequest) -> Iterator[Sshd]:
    """As elsewhere; for one test with a very small disk."""
    with running() as made:
        if "disk" in request.node.name:
            import subprocess

            inside = ["nsenter", "--mount", f"--target={made.pid}"]
            mounted = [*inside, "mount", "-t", "tmpfs", "-o", "size=4m,mode=777", "tmpfs", "/home/ops"]
            subprocess.run(mounted, check=True)
        yield made


async def test_a_full_disk_is_said_and_leaves_no_half_file(place: Place) -> None:
    url = f"/hosts/{place.host_id}/files"
    refused = await place.client.post(f"{url}/uploads", json={"path": "~/big", "size": 9 * MIB})
    assert (refused.status_code, refused.json()["code"]) == (507, "disk_full")
    begun = await place.call("POST", "uploads", 201, json={"path": "~/fits", "size": 3 * MIB})
    place.home.put("thief", bytes(3 * MIB))  # somebody else takes the room meanwhile
    where = f"/transfers/{begun['id']}"
    answer = await place.client.put(f"{where}/data", params={"offset": 0}, content=bytes(3 * MIB))
    assert (answer.status_code, answer.json()["code"]) == (507, "disk_full")
    shown = await place.call("GET", where)
    assert (shown["state"], shown["code"]) == ("waiting", "disk_full")
    assert "fits" not in place.home.names()
    (place.home.path / "thief").unlink()
    at = shown["done_bytes"]
    await place.call("PUT", f"{where}/data", params={"offset": at}, content=bytes(3 * MIB - at))
    await place.call("POST", f"{where}/finish", json={"verify": True})
    assert (place.home.path / "fits").stat().st_size == 3 * MIB
    answer = await place.client.post(f"{url}/tree?path=~", content=records([("tree.bin", bytes(2 * MIB))]))
    assert (answer.status_code, answer.json()["code"]) == (507, "disk_full")
    text = {"path": "~/text", "text": "x" * (2 * MIB), "etag": None}
    answer = await place.client.put(f"{url}/text", json=text)
    assert (answer.status_code, answer.json()["code"]) == (507, "disk_full")
    answer = await place.client.post(f"{url}/copy", json={"paths": ["~/fits"], "to": "~"})
    assert (answer.status_code, answer.json()["code"]) == (507, "disk_full")
    assert place.home.names() == ["fits"]
