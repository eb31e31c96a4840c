"""Files on their way from a host: whole, in parts, as archives; and nothing of them runs on our origin."""

from __future__ import annotations

import asyncio
import io
import os
import tarfile
import zipfile
from collections.abc import Callable

import httpx
import pytest

from tests.integration.files.conftest import Place

MIB = 1 << 20


async def test_a_file_comes_whole_and_in_parts(place: Place) -> None:
    data = bytes(range(256)) * (5 * MIB // 256) + b"end"
    place.home.put("a%b é.bin", data)
    params = {"path": "~/a%25b é.bin"}
    url = f"/hosts/{place.host_id}/files/content"
    whole = await place.client.get(url, params=params)
    assert whole.content == data
    assert whole.headers["accept-ranges"] == "bytes"
    assert whole.headers["content-disposition"].startswith("attachment;")
    assert "filename*=UTF-8''a%25b%20%C3%A9.bin" in whole.headers["content-disposition"]
    tag = whole.headers["etag"]
    cases = (("bytes=10-19", 10, 20), ("bytes=-3", len(data) - 3, len(data)), ("bytes=5242880-", 5 * MIB, len(data)))
    for wanted, start, end in cases:
        part = await place.client.get(url, params=params, headers={"Range": wanted, "If-Range": tag})
        assert (part.status_code, part.content) == (206, data[start:end])
        assert part.headers["content-range"] == f"bytes {start}-{end - 1}/{len(data)}"
    stale = await place.client.get(url, params=params, headers={"Range": "bytes=1-2", "If-Range": '"other"'})
    assert (stale.status_code, len(stale.content)) == (200, len(data))
    beyond = await place.client.get(url, params=params, headers={"Range": f"bytes={len(data)}-"})
    assert (beyond.status_code, beyond.json()["code"]) == (416, "range")
    head = await place.client.head(url, params=params)
    assert (head.status_code, int(head.headers["content-length"]), head.headers["etag"]) == (200, len(data), tag)
    place.home.put("empty")
    assert (await place.client.get(url, params={"path": "~/empty"})).content == b""
    assert [row["action"] for row in await place.audit()].count("file.download") >= 1


@pytest.mark.parametrize(
    ("name", "kind", "shown"),
    [
        ("page.html", "text/plain; charset=utf-8", True),
        ("picture.svg", "image/svg+xml", True),
        ("photo.PNG", "image/png", True),
        ("paper.pdf", "application/pdf", True),
        ("script.js", "text/plain; charset=utf-8", True),
        ("thing.xhtml", "application/octet-stream", False),
        ("thing.swf", "application/octet-stream", False),
        ("README", "text/plain; charset=utf-8", True),
    ],
)
async def test_a_preview_runs_nothing(place: Place, name: str, kind: str, shown: bool) -> None:
    place.home.put(name, b"<script>alert(1)</script>")
    answer = await place.client.get(
        f"/hosts/{place.host_id}/files/content", params={"path": f"~/{name}", "inline": True}
    )
    assert answer.headers["content-type"] == kind
    assert answer.headers["x-content-type-options"] == "nosniff"
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "script" not in policy
    assert name == "paper.pdf" or policy.startswith("sandbox;")
    assert answer.headers["content-disposition"].startswith("inline" if shown else "attachment")


async def test_what_is_no_file_is_not_read(place: Place) -> None:
    os.mkfifo(place.home.path / "pipe")
    for path, code in (
        ("~/pipe", "not_a_file"),
        ("~", "not_a_file"),
        ("~/none", "no_such_file"),
        ("/dev/zero", "not_a_file"),
    ):
        answer = await place.client.get(f"/hosts/{place.host_id}/files/content", params={"path": path})
        assert answer.json()["code"] == code


def fill(place: Place) -> None:
    """Odd names, links that lead nowhere, round and out, and something to leave out."""
    place.home.put("tree/plain.txt", b"plain" * 10)
    place.home.put("tree/big.bin", os.urandom(3 * MIB))
    place.home.put("tree/deep/er/file", b"deep")
    place.home.put(b"tree/..\\..\\evil.txt", b"backslash")
    place.home.put(b"tree/new\nline", b"newline")
    place.home.put(b"tree/bad\xff", b"bad")
    place.home.put("tree/空 é.txt", b"utf8")
    place.home.put("tree/closed", b"secret").chmod(0)
    os.chown(place.home.path / "tree/closed", 0, 0)
    (place.home.path / "tree/loop").symlink_to(".")
    (place.home.path / "tree/up").symlink_to("../..")
    (place.home.path / "tree/passwd").symlink_to("/etc/passwd")
    os.mkfifo(place.home.path / "tree/pipe")
    (place.home.path / "tree/empty").mkdir()


async def test_a_zip_holds_what_the_folder_holds_and_no_way_out(place: Place) -> None:
    fill(place)
    params = {"path": "~/tree", "format": "zip"}
    answer = await place.client.get(f"/hosts/{place.host_id}/files/archive", params=params)
    assert answer.headers["content-type"] == "application/zip"
    archive = zipfile.ZipFile(io.BytesIO(answer.content))
    assert archive.testzip() is None
    found = {info.filename: info for info in archive.infolist()}
    assert archive.read("tree/plain.txt") == b"plain" * 10
    assert archive.read("tree/big.bin") == (place.home.path / "tree/big.bin").read_bytes()
    assert archive.read("tree/空 é.txt") == b"utf8"
    assert archive.read("tree/bad%FF") == b"bad"
    assert archive.read("tree/.._.._evil.txt") == b"backslash"
    assert archive.read("tree/new%0Aline") == b"newline"
    assert "tree/empty/" in found
    assert (found["tree/loop"].external_attr >> 16) & 0o170000 == 0o120000
    assert archive.read("tree/passwd") == b"/etc/passwd"
    for name in found:
        assert not name.startswith("/")
        assert ".." not in name.split("/")
        assert "\\" not in name
    assert not any("loop/" in name or "up/" in name or "closed" in name or "pipe" in name for name in found)


@pytest.mark.parametrize("form", ["tar", "tar.gz"])
async def test_a_tar_keeps_the_bytes_of_names(place: Place, form: str) -> None:
    fill(place)
    params = {"path": ["~/tree", "~/tree/deep/er/file"], "format": form}
    answer = await place.client.get(f"/hosts/{place.host_id}/files/archive", params=params)
    with tarfile.open(fileobj=io.BytesIO(answer.content), errors="surrogateescape") as archive:
        found = {os.fsencode(info.name): info for info in archive.getmembers()}
        assert found[b"tree/bad\xff"].size == 3
        assert found[b"tree/new\nline"].size == 7
        assert found[b"tree/passwd"].issym()
        assert found[b"tree/passwd"].linkname == "/etc/passwd"
        assert found[b"file"].size == 4
        big = archive.extractfile("tree/big.bin")
        assert big is not None
        assert big.read() == (place.home.path / "tree/big.bin").read_bytes()


async def test_five_thousand_files_come_as_one_zip(place: Place) -> None:
    for number in range(5000):
        folder = place.home.path / f"many/d{number % 50}"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"f{number}").write_bytes(str(number).encode())
    made = await place.call(
        "POST",
        "/transfers",
        201,
        json={"kind": "download", "host_id": place.host_id, "paths": ["~/many"], "format": "zip"},
    )
    answer = await place.client.get(f"/transfers/{made['id']}/content")
    archive = zipfile.ZipFile(io.BytesIO(answer.content))
    names = [name for name in archive.namelist() if not name.endswith("/")]
    assert len(names) == 5000
    assert all(archive.read(f"many/d{number % 50}/f{number}") == str(number).encode() for number in range(0, 5000, 7))
    shown = await place.call("GET", f"/transfers/{made['id']}")
    assert (shown["state"], shown["done_files"], shown["warnings"]) == ("done", 5000, [])


async def test_a_download_in_the_list_is_fetched_by_ranges(place: Place) -> None:
    data = os.urandom(2 * MIB)
    place.home.put("film", data)
    new = {"kind": "download", "host_id": place.host_id, "paths": ["~/film"]}
    made = await place.call("POST", "/transfers", 201, json=new)
    assert (made["state"], made["total_bytes"], made["names"]) == ("waiting", 2 * MIB, ["film"])
    url = f"/transfers/{made['id']}/content"
    half = await place.client.get(url, headers={"Range": f"bytes=0-{MIB - 1}"})
    assert (await place.call("GET", f"/transfers/{made['id']}"))["state"] == "waiting"
    rest = await place.client.get(url, headers={"Range": f"bytes={MIB}-", "If-Range": half.headers["etag"]})
    assert half.content + rest.content == data
    shown = await place.call("GET", f"/transfers/{made['id']}")
    assert (shown["state"], shown["done_bytes"]) == ("done", 2 * MIB)


@pytest.mark.parametrize("form", ["zip", "tar.gz"])
async def test_a_reader_that_goes_away_midway_ends_the_archive_in_peace(
    place: Place, logged: Callable[[], str], form: str, capfd: pytest.CaptureFixture[str]
) -> None:
    for number in range(300):
        place.home.put(f"many/f{number}", os.urandom(40_000))
    place.home.put("many/large", os.urandom(20 * MIB))
    new = {"kind": "download", "host_id": place.host_id, "paths": ["~/many"], "format": form}
    made = await place.call("POST", "/transfers", 201, json=new)
    for wanted in (1, 40):
        async with place.client.stream("GET", f"/transfers/{made['id']}/content") as answer:
            pieces = answer.aiter_bytes(65536)
            for _ in range(wanted):
                await anext(pieces)
        async with asyncio.timeout(10):
            while (await place.call("GET", f"/transfers/{made['id']}"))["state"] != "waiting":
                await asyncio.sleep(0.02)
    assert (await place.client.get(f"/transfers/{made['id']}/content")).is_success  # and it can be fetched again
    said = logged() + "".join(capfd.readouterr())
    assert "Traceback" not in said, said
    assert "rror" not in said, said


@pytest.mark.parametrize("path", ["content?path=~/large", "archive?path=~/large&format=tar"])
async def test_a_host_that_dies_midway_is_one_line_and_no_whole_download(
    place: Place, logged: Callable[[], str], capfd: pytest.CaptureFixture[str], path: str
) -> None:
    place.home.put("large", os.urandom(60 * MIB))

    async def fetched() -> None:
        async with place.client.stream("GET", f"/hosts/{place.host_id}/files/{path}") as answer:
            assert answer.status_code == 200
            async for _ in answer.aiter_bytes(65536):
                place.daemon.stop()

    with pytest.raises(httpx.TransportError):
        await fetched()
    said = logged() + "".join(capfd.readouterr())
    assert said.count("download.broke_off") == 1, said
    assert "Traceback" not in said, said
    assert "ASGI" not in said, said


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        ("bytes=0-0", 206),
        ("bytes=-1", 206),
        ("bytes=-999999999999999999999999", 206),
        ("bytes=5-99999999999999999999999999", 206),
        ("bytes=99999999999999999999-", 416),
        ("bytes=10-", 416),
        ("bytes=-0", 416),
        ("bytes=4-2", 416),
        ("bytes=0-1,3-4", 200),
        ("bytes=" + ",".join(["0-9"] * 2000), 200),
        ("bytes=--1", 200),
        ("bytes=a-b", 200),
        ("bytes=1e3-", 200),
        ("bytes=\u0661-", 200),
        ("lines=1-2", 200),
        ("bytes=", 200),
    ],
)
async def test_ranges_of_any_kind_bring_the_bytes_or_a_plain_no(place: Place, asked: str, status: int) -> None:
    place.home.put("ten", b"0123456789")
    headers = {b"Range": asked.encode()}
    answer = await place.client.get(f"/hosts/{place.host_id}/files/content", params={"path": "~/ten"}, headers=headers)
    assert answer.status_code == status, answer.text
    if status == 206:
        first, _, rest = answer.headers["content-range"].removeprefix("bytes ").partition("-")
        last, _, size = rest.partition("/")
        assert (answer.content, size) == (b"0123456789"[int(first) : int(last) + 1], "10")
