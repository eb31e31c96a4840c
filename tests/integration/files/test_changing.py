"""What is done to files on a host: by bytes, with care, and with an entry in the audit log."""

from __future__ import annotations

import hashlib
import json
import os
from typing import Any

from tests.integration.files.conftest import Place
from tests.support.sshd import OPS_UID


async def refused(
    place: Place, path: str, body: dict[str, Any], status: int, code: str, *, method: str = "POST"
) -> Any:
    answer = await place.client.request(method, f"/hosts/{place.host_id}/files/{path}", json=body)
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    return answer.json()


async def test_things_are_made_once(place: Place) -> None:
    made = await place.call("POST", "folder", 201, json={"path": "~/a/b/c", "parents": True})
    assert made[:2] == ["c", "d"]
    assert (await place.call("POST", "file", 201, json={"path": "~/a/-f"}))[:3] == ["-f", "f", 0]
    link = await place.call("POST", "link", 201, json={"path": "~/a/link", "target": "-f"})
    assert link[7:] == ["-f", "f"]
    await refused(place, "folder", {"path": "~/a"}, 409, "exists")
    await refused(place, "file", {"path": "~/a/-f"}, 409, "exists")
    await refused(place, "link", {"path": "~/a/link", "target": "x"}, 409, "exists")
    await refused(place, "folder", {"path": "/root/x"}, 403, "permission_denied")
    done = {row["action"] for row in await place.audit()}
    assert {"file.folder", "file.create", "file.link"} <= done


async def test_moving_replaces_only_what_it_is_told_to(place: Place) -> None:
    place.home.put("one", b"1")
    place.home.put("two", b"2")
    place.home.put("full/x")
    item = [{"from": "~/one", "to": "~/two"}]
    await refused(place, "move", {"items": item}, 409, "exists")
    assert (place.home.path / "two").read_bytes() == b"2"
    await place.call("POST", "move", json={"items": item, "overwrite": True})
    assert (place.home.path / "two").read_bytes() == b"1"
    await refused(place, "move", {"items": [{"from": "~/two", "to": "~/full"}], "overwrite": True}, 409, "exists")
    await refused(place, "move", {"items": [{"from": "~/full", "to": "~/full/in"}]}, 400, "invalid")
    await refused(place, "move", {"items": [{"from": "~/none", "to": "~/x"}]}, 404, "no_such_file")
    await place.call("POST", "move", json={"items": [{"from": "~/two", "to": "/tmp/elsewhere-moorline"}]})
    elsewhere = place.home.path.parents[1] / "tmp/elsewhere-moorline"  # another file system
    assert elsewhere.read_bytes() == b"1"
    elsewhere.unlink()
    assert place.home.names() == ["full"]


async def test_copies_are_whole_and_get_a_name_of_their_own(place: Place) -> None:
    place.home.put("a.txt", b"a" * 300_000).chmod(0o640)
    place.home.put("d/in/x", b"x")
    (place.home.path / "d/loop").symlink_to(".")
    await place.call("POST", "copy", json={"paths": ["~/a.txt", "~/d"], "to": "~"})
    assert place.home.names() == ["a (2).txt", "a.txt", "d", "d (2)"]
    copied = place.home.path / "a (2).txt"
    assert copied.read_bytes() == b"a" * 300_000
    assert copied.stat().st_mode & 0o777 == 0o640
    assert (place.home.path / "d (2)/in/x").read_bytes() == b"x"
    assert str((place.home.path / "d (2)/loop").readlink()) == "."
    (place.home.path / "way").symlink_to("d/in")
    for into in ("~/d/in", "~/d (2)/../d/in", "~/way"):
        await refused(place, "copy", {"paths": ["~/d"], "to": into}, 400, "invalid")
    await refused(place, "copy", {"paths": ["~/none"], "to": "~"}, 404, "no_such_file")
    await refused(place, "copy", {"paths": ["~/d"], "to": "~/a.txt"}, 400, "not_a_folder")


async def test_removing_counts_first_and_never_follows_a_link(place: Place) -> None:
    place.home.put("keep/precious", b"p" * 1000)
    place.home.put("gone/a", b"12345")
    place.home.put("gone/sub/b", b"678")
    (place.home.path / "gone/link").symlink_to("../keep")
    (place.home.path / "toplink").symlink_to("keep")
    counted = await place.call("POST", "measure", json={"paths": ["~/gone"]})
    assert (counted["files"], counted["folders"], counted["complete"]) == (3, 2, True)
    await place.call("POST", "delete", json={"paths": ["~/gone", "~/toplink"]})
    assert place.home.names() == ["keep"]
    assert place.home.names("keep") == ["precious"]
    for path in ("/", "~", "~/keep/..", "/home/../home/ops", "/proc/self/root/home/ops"):
        await refused(place, "delete", {"paths": [path]}, 400, "invalid")
    await refused(place, "delete", {"paths": ["~/none"]}, 404, "no_such_file")
    await refused(place, "delete", {"paths": []}, 400, "invalid")
    entry = next(row for row in await place.audit() if row["action"] == "file.delete")
    assert entry["detail"]["paths"] != []


async def test_modes_reach_down_and_spare_links(place: Place) -> None:
    outside = place.home.put("outside")
    outside.chmod(0o600)
    place.home.put("d/-x y/f").chmod(0o600)
    (place.home.path / "d/link").symlink_to("../outside")
    body = {"paths": ["~/d"], "mode": 0o640, "folder_mode": 0o750, "recursive": True}
    await place.call("POST", "mode", 204, json=body)
    modes = {p: (place.home.path / p).stat().st_mode & 0o777 for p in ("d", "d/-x y", "d/-x y/f", "outside")}
    assert modes == {"d": 0o750, "d/-x y": 0o750, "d/-x y/f": 0o640, "outside": 0o600}
    await place.call("POST", "mode", 204, json={"paths": ["~/d"], "mode": 0, "recursive": True})
    assert (place.home.path / "d").stat().st_mode & 0o777 == 0
    await refused(place, "mode", {"paths": ["/etc/passwd"], "mode": 0o777}, 403, "permission_denied")
    await refused(place, "owner", {"paths": ["~/outside"], "owner": "root"}, 403, "permission_denied")
    await refused(place, "owner", {"paths": ["~/outside"], "owner": "-R"}, 400, "invalid")
    for everything in ("/", "/tmp/..", "//./"):
        await refused(place, "mode", {"paths": [everything], "mode": 0, "recursive": True}, 400, "invalid")
        await refused(place, "owner", {"paths": [everything], "owner": "0", "recursive": True}, 400, "invalid")
    await place.call("POST", "owner", 204, json={"paths": ["~/outside"], "group": str(OPS_UID), "recursive": True})


async def test_sums_are_the_hosts_own(place: Place) -> None:
    place.home.put(b"-\n'x", b"data")
    for name in ("md5", "sha1", "sha256", "sha512"):
        got = await place.call("POST", "checksum", json={"path": "~/-%0A'x", "algorithm": name})
        assert got["hex"] == hashlib.new(name, b"data").hexdigest()
    await refused(place, "checksum", {"path": "~"}, 400, "not_a_file")


async def test_a_text_is_saved_only_over_what_was_read(place: Place) -> None:
    path = place.home.put("app.conf", "eins\r\nzwei é\r\n".encode())
    path.chmod(0o604)
    read = await place.call("GET", "text", params={"path": "~/app.conf"})
    assert (read["text"], read["encoding"], read["line_ends"], read["mode"]) == (
        "eins\nzwei é\n",
        "utf-8",
        "crlf",
        0o604,
    )
    new = {"path": "~/app.conf", "text": "drei\n", "line_ends": "crlf", "etag": read["etag"]}
    saved = await place.call("PUT", "text", json=new)
    assert path.read_bytes() == b"drei\r\n"
    assert path.stat().st_mode & 0o777 == 0o604
    os.utime(path)  # touched is not changed
    again = await place.call("PUT", "text", json=new | {"text": "vier\n", "etag": saved["etag"]})
    path.write_bytes(b"somebody else's")
    problem = await refused(place, "text", new | {"etag": again["etag"]}, 409, "changed_meanwhile", method="PUT")
    assert problem["current"]["text"] == "somebody else's"
    assert path.read_bytes() == b"somebody else's"
    await place.call("PUT", "text", json=new | {"etag": problem["current"]["etag"], "line_ends": "lf"})
    assert path.read_bytes() == b"drei\n"
    path.unlink()
    problem = await refused(place, "text", new | {"etag": again["etag"]}, 409, "changed_meanwhile", method="PUT")
    assert problem["current"] is None
    await place.call("PUT", "text", json=new | {"etag": None})
    await refused(place, "text", new | {"etag": None}, 409, "exists", method="PUT")
    assert place.home.names() == ["app.conf"]


async def test_what_cannot_be_saved_is_said_before_it_is_edited(place: Place) -> None:
    async def writable(path: str) -> bool:
        return bool((await place.call("GET", "text", params={"path": path}))["writable"])

    place.home.put("mine", b"1")
    place.home.put("odd '$(x) name", b"1").chmod(0o444)  # saved by a new file under its name
    place.home.put("closed/x", b"1").chmod(0o444)
    (place.home.path / "closed").chmod(0o555)
    assert [await writable(path) for path in ("~/mine", "~/odd '$(x) name", "~/closed/x", "/etc/passwd")] == [
        True, True, False, False,
    ]  # fmt: skip


async def test_encodings_come_and_go_as_they_are(place: Place) -> None:
    cases: dict[str, tuple[bytes, str, str]] = {
        "gb": ("配置文件：端口\n".encode("gb18030"), "gb18030", "配置文件：端口\n"),
        "latin": ("café\n".encode("latin-1"), "iso8859-1", "café\n"),
        "bom": (b"\xef\xbb\xbfhi\n", "utf-8", "hi\n"),
        "wide": (b"\xff\xfeh\0i\0", "utf-16-le", "hi"),
        "mixed": (b"a\r\nb\n", "utf-8", "a\r\nb\n"),
        "empty": (b"", "utf-8", ""),
    }
    for name, (data, encoding, text) in cases.items():
        path = place.home.put(name, data)
        read = await place.call("GET", "text", params={"path": f"~/{name}"})
        assert (read["encoding"], read["text"]) == (encoding, text), name
        ends = "lf" if read["line_ends"] == "none" else read["line_ends"]
        keep = {"encoding": read["encoding"], "bom": read["bom"], "line_ends": ends, "etag": read["etag"]}
        await place.call("PUT", "text", json={"path": f"~/{name}", "text": read["text"], **keep})
        assert path.read_bytes() == data, name
    place.home.put("binary", b"\x00\x01\x02")
    place.home.put("huge", b"x" * ((4 << 20) + 1))
    for name, status, code in (("binary", 400, "not_text"), ("huge", 413, "too_large")):
        answer = await place.client.get(f"/hosts/{place.host_id}/files/text", params={"path": f"~/{name}"})
        assert (answer.status_code, answer.json()["code"]) == (status, code)
    body = {"path": "~/latin", "text": "漢", "encoding": "iso8859-1", "etag": None}
    await refused(place, "text", body, 400, "invalid", method="PUT")


async def test_a_file_in_a_closed_folder_is_saved_in_its_place(place: Place) -> None:
    path = place.home.put("shared/f", b"old")
    os.chown(path.parent, 0, 0)
    (place.home.path / "to-it").symlink_to("shared/f")
    read = await place.call("GET", "text", params={"path": "~/to-it"})
    await place.call("PUT", "text", json={"path": "~/to-it", "text": "new", "etag": read["etag"]})
    assert path.read_bytes() == b"new"
    assert (place.home.path / "to-it").is_symlink()


async def test_search_finds_names_and_lines(place: Place) -> None:
    place.home.put("s/Alpha.log", b"one\nneedle here\nNEEDLE again\n")
    place.home.put(b"s/sub/al\npha", b"no newline needle")
    place.home.put("s/.hidden/alpha", b"needle")
    place.home.put("s/binary", b"\0needle")
    place.home.put("s/[x]*", b"odd")
    (place.home.path / "s/loop").symlink_to(".")

    async def found(**params: Any) -> list[tuple[str, int | None]]:
        lines = await place.lines("search", path="~/s", **params)
        assert lines[-1]["type"] == "done", lines[-1]
        items = [item for line in lines if line["type"] == "found" for item in line["items"]]
        return sorted((item["path"].removeprefix("/home/ops/s/"), item["line"] or 0) for item in items)

    assert await found(name="alpha") == [(".hidden/alpha", 0), ("Alpha.log", 0)]
    assert await found(name="al%0Apha") == [("sub/al%0Apha", 0)]
    assert await found(name="alpha", hidden=False) == [("Alpha.log", 0)]
    assert await found(name="alpha", ignore_case=False) == [(".hidden/alpha", 0)]
    assert await found(name="*.log") == [("Alpha.log", 0)]
    assert await found(content="needle", hidden=False) == [("Alpha.log", 2), ("Alpha.log", 3), ("sub/al%0Apha", 1)]
    assert await found(content="needle", name="*.log", ignore_case=False) == [("Alpha.log", 2)]
    assert await found(content="$(touch /home/ops/s/pwned); '\"") == []
    assert await found(name="'; touch pwned; '") == []
    assert "pwned" not in place.home.names("s")
    limited = await place.lines("search", path="~/s", name="a", limit=1)
    assert (limited[-1]["found"], limited[-1]["truncated"]) == (1, True)


async def test_a_log_is_followed_over_rotation(place: Place) -> None:
    path = place.home.put("app.log", b"old 1\nold 2\n")
    url = f"/hosts/{place.host_id}/files/tail"
    seen: list[dict[str, Any]] = []
    async with place.client.stream("GET", url, params={"path": "~/app.log", "bytes": 6}) as answer:
        lines = answer.aiter_lines()

        async def until(kind: str, text: str = "") -> None:
            async for line in lines:
                seen.append(json.loads(line))
                if seen[-1]["type"] == kind and text in seen[-1].get("text", ""):
                    return

        await until("data", "old 2\n")
        with path.open("ab") as file:
            file.write("neu é\n".encode())
        await until("data", "neu é")
        path.rename(path.with_suffix(".1"))
        await until("gone")
        place.home.put("app.log", b"after rotation\n")
        await until("data", "after rotation")
        path.write_bytes(b"cut\n")
        await until("data", "cut")
    kinds = [line["type"] for line in seen if line["type"] != "ping"]
    assert kinds == ["data", "data", "gone", "replaced", "data", "truncated", "data"]
