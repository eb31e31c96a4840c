"""Folders as they are, whatever their names."""

from __future__ import annotations

import os
import stat

from tests.integration.files.conftest import Place

ODD = [
    b"new\nline",
    b'it\'s "quoted"',
    b"-rf",
    b"bad\xff\xfeutf8",
    "日本語 é".encode(),
    b"100% sure",
    b" spaces ",
    b"back\\slash",
]


async def test_every_name_a_host_can_hold_is_listed_and_can_be_used(place: Place) -> None:
    for name in ODD:
        place.home.put(b"odd/" + name, b"body of " + name)
    found = await place.listed("~/odd")
    assert len(found) == len(ODD)
    for text in list(found):
        body = await place.call("GET", "content", params={"path": f"~/odd/{text}"})
        assert body.startswith(b"body of ")
        moved = {"items": [{"from": f"~/odd/{text}", "to": f"~/odd/x-{text}"}]}
        assert (await place.call("POST", "move", json=moved))["state"] == "done"
    assert sorted(map(os.fsencode, place.home.names("odd"))) == sorted(b"x-" + name for name in ODD)
    paths = [f"~/odd/{text}" for text in await place.listed("~/odd")]
    assert (await place.call("POST", "measure", json={"paths": paths}))["files"] == len(ODD)
    await place.call("POST", "mode", 204, json={"paths": paths, "mode": 0o600, "recursive": True})
    await place.call("POST", "folder", 201, json={"path": "~/other"})
    assert (await place.call("POST", "copy", json={"paths": paths, "to": "~/other"}))["state"] == "done"
    assert place.home.names("other") == place.home.names("odd")
    assert (await place.call("POST", "delete", json={"paths": ["~/odd"]}))["state"] == "done"
    assert place.home.names() == ["other"]


async def test_entries_say_what_ls_says(place: Place) -> None:
    path = place.home.put("plain.txt", b"12345")
    path.chmod(0o640)
    os.utime(path, (1_700_000_000, 1_700_000_001))
    place.home.put("folder/inside")
    (place.home.path / "good").symlink_to("plain.txt")
    (place.home.path / "lost").symlink_to("no where")
    (place.home.path / "loop").symlink_to("loop")
    os.mkfifo(place.home.path / "pipe")
    found = await place.listed()
    assert found["plain.txt"] == ["plain.txt", "f", 5, 1_700_000_001, 0o640, "ops", "ops", None, None]
    assert found["folder"][1] == "d"
    assert found["good"][7:] == ["plain.txt", "f"]
    assert found["lost"][7:] == ["no where", None]
    assert found["loop"][7:] == ["loop", None]
    assert (found["pipe"][1], found["good"][1]) == ("p", "l")
    shown = await place.call("GET", "stat", params={"path": "~/good"})
    assert shown["path"] == "/home/ops/good"
    assert shown["real"] == "/home/ops/plain.txt"
    assert shown["entry"][7:] == ["plain.txt", "f"]
    assert shown["entry"][5] == "root"  # the link is the test's own
    space = os.statvfs(place.home.path)
    assert shown["space"]["total"] == space.f_blocks * space.f_frsize


async def test_what_cannot_be_listed_is_said(place: Place) -> None:
    secret = place.home.put("closed/x").parent
    secret.chmod(0)
    os.chown(secret, 0, 0)
    for path, status, code in (
        ("~/nothing", 404, "no_such_file"),
        ("~/closed", 403, "permission_denied"),
        ("/etc/passwd", 400, "not_a_folder"),
        ("relative", 400, "invalid"),
        ("/%zz", 400, "invalid"),
        ("/%00", 400, "invalid"),
        ("/" + "a/" * 3000, 400, "invalid"),
    ):
        answer = await place.client.get(f"/hosts/{place.host_id}/files/list", params={"path": path})
        assert (answer.status_code, answer.json()["code"]) == (status, code), path
    assert stat.S_IMODE(secret.stat().st_mode) == 0


async def test_about_says_who_and_where(place: Place) -> None:
    about = await place.call("GET", "about")
    assert about == {
        "home": "/home/ops",
        "account": "ops",
        "root": "unknown",
        "shell": True,
        "trash": "/home/ops/.local/share/Trash",
    }
