"""An account that may use SFTP and nothing else."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.integration.files.conftest import Place
from tests.support.sshd import Sshd, running


@pytest.fixture
def daemon() -> Iterator[Sshd]:
    with running(settings={"ForceCommand": "internal-sftp"}) as made:
        yield made


async def test_what_sftp_can_do_works_and_the_rest_is_said(place: Place) -> None:
    about = await place.call("GET", "about")
    assert (about["shell"], about["account"]) == (False, "ops")
    place.home.put("d/deep/x", b"1")
    place.home.put("f", b"2")
    done = await place.upload("~/up", b"data")
    assert done["state"] == "done"
    await place.call("POST", "copy", json={"paths": ["~/f"], "to": "~/d"})
    assert (place.home.path / "d/f").read_bytes() == b"2"
    for path, body in (
        ("copy", {"paths": ["~/d"], "to": "~"}),
        ("checksum", {"path": "~/f"}),
        ("measure", {"paths": ["~/f"]}),
        ("mode", {"paths": ["~/d"], "mode": 448, "recursive": True}),
    ):
        answer = await place.client.post(f"/hosts/{place.host_id}/files/{path}", json=body)
        assert (answer.status_code, answer.json()["code"]) == (409, "no_shell"), path
    answer = await place.client.get(f"/hosts/{place.host_id}/files/search", params={"path": "~", "name": "x"})
    assert answer.json()["code"] == "no_shell"
    await place.call("POST", "delete", json={"paths": ["~/d"]})
    assert place.home.names() == ["f", "up"]
