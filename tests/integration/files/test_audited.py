"""Each route of files that changes something: done on a real host, and once in the audit log with who and what."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.contract.rights.table import OF_HOSTS
from tests.integration.files.conftest import Place

DEEDS: dict[str, tuple[str, dict[str, Any]]] = {
    "POST /hosts/{host_id}/files/copy": ("file.copy", {"paths": ["~/there"], "to": "~/into"}),
    "POST /hosts/{host_id}/files/delete": ("file.delete", {"paths": ["~/there"]}),
    "POST /hosts/{host_id}/files/file": ("file.create", {"path": "~/new"}),
    "POST /hosts/{host_id}/files/folder": ("file.folder", {"path": "~/new"}),
    "POST /hosts/{host_id}/files/link": ("file.link", {"path": "~/new", "target": "there"}),
    "POST /hosts/{host_id}/files/mode": ("file.mode", {"paths": ["~/there"], "mode": 0o600}),
    "POST /hosts/{host_id}/files/move": ("file.move", {"items": [{"from": "~/there", "to": "~/here"}]}),
    "POST /hosts/{host_id}/files/owner": ("file.owner", {"paths": ["~/there"], "group": "ops"}),
    "POST /hosts/{host_id}/files/restore": ("file.restore", {"names": ["thrown"]}),
    "POST /hosts/{host_id}/files/uploads": ("file.upload", {"path": "~/new", "size": 1}),
    "POST /transfers": ("file.download", {"kind": "download", "paths": ["~/there"]}),
    "PUT /hosts/{host_id}/files/text": ("file.edit", {"path": "~/new", "text": "x"}),
}
BODIES = {"POST /hosts/{host_id}/files/tree": ("file.tree", b'{"path":"new","size":1}\nx')}
AS_ROOT = {
    "POST /hosts/{host_id}/files/root",
    "DELETE /hosts/{host_id}/files/root",
}  # tests/integration/files/test_hosts


def test_every_route_of_files_is_driven() -> None:
    assert set(DEEDS) | set(BODIES) | AS_ROOT == OF_HOSTS["files"]


async def asked(place: Place, operation: str) -> tuple[str, Any]:
    """Do it; the action that is then to be in the log, and the answer."""
    method, path = operation.split()
    path = path.replace("{host_id}", str(place.host_id))
    if operation in BODIES:
        action, body = BODIES[operation]
        return action, await place.client.request(method, path, params={"path": "~"}, content=body)
    action, fields = DEEDS[operation]
    fields = fields | ({"host_id": place.host_id} if path == "/transfers" else {})
    return action, await place.client.request(method, path, json=fields)


@pytest.mark.parametrize("operation", sorted({*DEEDS, *BODIES}))
async def test_a_deed_is_in_the_log_once(place: Place, operation: str) -> None:
    place.home.put("there", b"1")
    place.home.put("thrown", b"1")
    place.home.put("into/x", b"1")
    await place.call("POST", "delete", json={"paths": ["~/thrown"], "trash": True})
    before = {entry["id"] for entry in await place.audit()}
    action, answer = await asked(place, operation)
    assert answer.is_success, answer.text
    entries = [entry for entry in await place.audit() if entry["id"] not in before]
    assert [entry["action"] for entry in entries] == [action]
    (entry,) = entries
    assert (entry["actor"]["kind"], entry["actor"]["name"]) == ("user", "admin")
    assert (entry["object"]["kind"], entry["object"]["id"], entry["object"]["name"]) == ("host", place.host_id, "web-1")
    assert any(word in json.dumps(entry["detail"]) for word in ("there", "new", "thrown", "~")), entry


@pytest.mark.parametrize("operation", sorted(set(DEEDS) - {"POST /hosts/{host_id}/files/uploads"}))
async def test_what_is_not_let_in_leaves_no_entry(place: Place, operation: str) -> None:
    viewer = await place.front.user("vera", role="viewer", all_hosts=True)
    before = {entry["id"] for entry in await place.audit()}
    async with await place.as_browser(viewer) as client:
        method, path = operation.split()
        fields = DEEDS[operation][1] | ({"host_id": place.host_id} if path == "/transfers" else {})
        answer = await client.request(method, path.replace("{host_id}", str(place.host_id)), json=fields)
    assert answer.status_code == 403, answer.text
    assert {entry["id"] for entry in await place.audit()} == before
