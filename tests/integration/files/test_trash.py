"""The trash: what goes there can be looked at, put back where it was, and removed for good."""

from __future__ import annotations

import os
from typing import Any

from tests.integration.files.conftest import Place
from tests.support.sshd import OPS_UID

TRASH = ".local/share/Trash"


async def thrown(place: Place, *paths: str) -> list[str]:
    """Their names in the trash."""
    done = await place.call("POST", "delete", json={"paths": list(paths), "trash": True})
    assert done["state"] == "done"
    return list(done["trashed"])


async def test_what_was_removed_is_put_back_where_it_was(place: Place) -> None:
    place.home.put("it em", b"1")
    place.home.put(b"deep/er/caf\xe9\n%", b"odd")
    (place.home.path / "link").symlink_to("it em")
    (first,) = await thrown(place, "~/it em")
    place.home.put("it em", b"2")
    (second,) = await thrown(place, "~/it em")
    others = await thrown(place, "~/deep", "~/link")
    note = (place.home.path / TRASH / "info/it em.trashinfo").read_text()
    assert "Path=/home/ops/it%20em\n" in note
    listed = await place.call("GET", "trash")
    assert {(item["name"], item["path"], item["kind"], item["size"]) for item in listed["items"]} == {
        (first, "/home/ops/it em", "f", 1),
        (second, "/home/ops/it em", "f", 1),
        (others[0], "/home/ops/deep", "d", None),
        (others[1], "/home/ops/link", "l", None),
    }
    assert (listed["total"], listed["truncated"]) == (4, False)
    done = await place.call("POST", "restore", json={"names": [second, *others]})
    assert (done["kind"], done["state"], done["done_files"]) == ("restore", "done", 3)
    assert (place.home.path / "it em").read_bytes() == b"2"
    assert (place.home.path / os.fsdecode(b"deep/er/caf\xe9\n%")).read_bytes() == b"odd"
    assert str((place.home.path / "link").readlink()) == "it em"
    left = (await place.call("GET", "trash"))["items"]
    assert [item["name"] for item in left] == [first]
    assert place.home.names(f"{TRASH}/info") == [f"{first}.trashinfo"]
    entry = next(row for row in await place.audit() if row["action"] == "file.restore")
    assert entry["detail"]["count"] == 3


async def test_nothing_is_replaced_and_missing_folders_are_made(place: Place) -> None:
    place.home.put("a/b/x", b"old")
    (name,) = await thrown(place, "~/a/b/x")
    place.home.put("a/b/x", b"new")
    answer = await place.client.post(f"/hosts/{place.host_id}/files/restore", json={"names": [name]})
    assert (answer.status_code, answer.json()["code"]) == (409, "exists")
    assert (place.home.path / "a/b/x").read_bytes() == b"new"
    assert place.home.names(f"{TRASH}/files") == [name]  # it is still to be had
    await place.call("POST", "delete", json={"paths": ["~/a"]})
    await place.call("POST", "restore", json={"names": [name]})
    assert (place.home.path / "a/b/x").read_bytes() == b"old"


async def test_removed_for_good_takes_the_note_along_and_the_trash_can_be_emptied(place: Place) -> None:
    place.home.put("one", b"1")
    place.home.put("two", b"2")
    first, _ = await thrown(place, "~/one", "~/two")
    await place.call("POST", "delete", json={"paths": [f"~/{TRASH}/files/{first}"]})
    assert place.home.names(f"{TRASH}/info") == ["two.trashinfo"]
    await place.call("POST", "delete", json={"paths": [f"~/{TRASH}/files", f"~/{TRASH}/info"]})
    assert (await place.call("GET", "trash"))["items"] == []
    place.home.put("three", b"3")
    (name,) = await thrown(place, "~/three")  # and used again
    await place.call("POST", "restore", json={"names": [name]})


async def test_notes_that_others_wrote_lead_nowhere_but_where_they_may(place: Place) -> None:
    """Relative, with "..", without a date, too long, a folder in a note's place, a note without its thing."""
    notes = {
        "up": b"[Trash Info]\nPath=/home/ops/../../etc/x\nDeletionDate=2026-01-01T00:00:00\n",
        "rel": b"[Trash Info]\nPath=x\nDeletionDate=2026-01-01T00:00:00\n",
        "nul": b"[Trash Info]\nPath=/tmp/%00x\nDeletionDate=2026-01-01T00:00:00\n",
        "dateless": b"[Trash Info]\nPath=/home/ops/y\n",
        "long": b"[Trash Info]\nPath=/" + b"a" * 1_000_000 + b"\nDeletionDate=2026-01-01T00:00:00\n",
        "empty": b"",
    }
    for name, note in notes.items():
        place.home.put(f"{TRASH}/files/{name}", b"1")
        place.home.put(f"{TRASH}/info/{name}.trashinfo", note)
    place.home.put(f"{TRASH}/info/folder.trashinfo/x")
    good = b"[Trash Info]\r\nPath=/home/ops/good\r\nDeletionDate=2026-01-01T00:00:00\r\n"
    place.home.put(f"{TRASH}/info/gone.trashinfo", good)
    place.home.put(f"{TRASH}/files/good", b"1")
    place.home.put(f"{TRASH}/info/good.trashinfo", good)
    assert [item["name"] for item in (await place.call("GET", "trash"))["items"]] == ["good"]
    for name in [*notes, "folder", "none", "gone"]:
        answer = await place.client.post(f"/hosts/{place.host_id}/files/restore", json={"names": [name]})
        assert answer.status_code == 404, (name, answer.text)
    bad: list[Any] = ["..", ".", "", "a/b", "../x", "%2E%2E", "a%00", "%"]
    for name in bad:
        answer = await place.client.post(f"/hosts/{place.host_id}/files/restore", json={"names": [name]})
        assert answer.status_code == 400, (name, answer.text)
    assert (place.home.path / "good").exists() is False
    assert (place.home.path / TRASH).stat().st_uid == OPS_UID
