"""Recordings of real sessions: whole, sealed, capped, looked at by right only, and there after a kill."""

from __future__ import annotations

import asyncio
import base64
import json
import sys
from pathlib import Path
from typing import Any

import psycopg
import pytest

from controller.core.postgres import borrow
from tests.integration.gateway.conftest import PASSWORD, Gate, gates
from tests.support.api import Api, ApiError
from tests.support.controller import Controller
from tests.support.sshd import running as sshd

MARK = "a-word-that-is-nowhere-else"


@pytest.fixture
async def gate(tmp_path: Path) -> Any:
    """As for the gateway's own tests."""
    with sshd() as daemon:
        async with gates(tmp_path, daemon) as made:
            yield made


def shown(cast: list[Any], code: str = "o") -> bytes:
    """What the lines with that code hold, of a cast in Base64."""
    return b"".join(base64.b64decode(line[2]) for line in cast[1:] if line[1] == code)


async def test_a_recording_holds_byte_for_byte_what_was_shown_and_no_file_shows_it(gate: Gate) -> None:
    with gate.terminal() as screen:
        await screen.until("$ ")  # the client's terminal is raw from here on
        screen.type(f"printf '{MARK} \\377\\000 \\342\\202\\254'; head -c 300000 /dev/urandom; echo; exit 4\n")
        assert await screen.ended() == 4
    (found,) = await gate.recordings(1)
    particulars = (found["username"], found["host_name"], found["kind"], found["via"], found["state"])
    assert particulars == ("admin", "web-1", "shell", "gateway", "ended")
    assert found["duration_s"] > 0
    exact = await gate.cast(found["id"], encoding="base64")
    assert shown(exact) == screen.seen.partition(b"Connection to 127.0.0.1 closed.")[0]
    assert found["output_bytes"] == len(shown(exact))
    assert shown(exact, "i") == b""
    text = await gate.cast(found["id"])
    assert text[0]["version"] == 2
    assert "".join(line[2] for line in text[1:] if line[1] == "o") == shown(exact).decode(errors="replace")
    times = [line[0] for line in text[1:]]
    assert times == sorted(times)
    (file,) = (gate.folder / "data/recordings").glob("*.rec")
    assert file.stat().st_mode & 0o777 == 0o600
    assert MARK.encode() not in file.read_bytes()


async def test_input_is_kept_only_where_it_was_switched_on_and_nothing_where_recording_is_off(gate: Gate) -> None:
    terms = {"enabled": True, "input": True, "days": 90, "limit_mib": 64}
    await gate.api.call("PATCH", "/settings", {"recording": terms})
    assert (await gate.ssh("cat >/dev/null", stdin=b"typed\n")).status == 0
    (found,) = await gate.recordings(1)
    assert found["with_input"]
    assert shown(await gate.cast(found["id"], encoding="base64"), "i") == b"typed\n"
    await gate.api.call("PATCH", "/settings", {"recording": {**terms, "enabled": False}})
    assert (await gate.ssh("echo off")).out == b"off\n"
    assert len(await gate.recordings(1)) == 1
    for wrong in ({"days": 0}, {"limit_mib": 0}, {"days": 99999}):
        with pytest.raises(ApiError, match="400"):
            await gate.api.call("PATCH", "/settings", {"recording": {**terms, **wrong}})


async def test_what_is_beyond_the_limit_is_shown_and_not_kept(gate: Gate) -> None:
    terms = {"enabled": True, "input": False, "days": 90, "limit_mib": 1}
    await gate.api.call("PATCH", "/settings", {"recording": terms})
    done = await gate.ssh("head -c 3000000 /dev/zero")
    assert len(done.out) == 3_000_000
    (found,) = await gate.recordings(1)
    assert found["truncated"]
    assert found["output_bytes"] == 3_000_000
    assert found["size_bytes"] < 100_000  # it is packed
    cast = await gate.cast(found["id"], encoding="base64")
    assert shown(cast) == bytes(1 << 20)
    assert [line[2] for line in cast[1:] if line[1] == "m"] == [
        "The recording has reached its size limit; what follows was not recorded."
    ]


async def test_looking_takes_its_own_right_and_is_written_down(gate: Gate) -> None:
    await gate.ssh("echo seen")
    (found,) = await gate.recordings(1)
    path = f"/recordings/{found['id']}"
    async with await gate.user("olga", all_hosts=True, key=False) as olga, await gate.user("otto", key=False) as otto:
        for attempt in ("/recordings", path, f"{path}/cast"):
            with pytest.raises(ApiError, match="403"):
                await olga.call("GET", attempt)
        me = await olga.call("GET", "/me")
        await gate.api.call("PATCH", f"/users/{me['id']}", {"grants": ["recordings.read"]})
        assert (await olga.call("GET", "/recordings"))["total"] == 1
        assert "recordings.read" in (await olga.call("GET", "/me"))["permissions"]
        answer = await olga._client.get(f"/api/v1{path}/cast", params={"download": "true"})
        assert "attachment" in answer.headers["content-disposition"]
        with pytest.raises(ApiError, match="403"):
            await olga.call("DELETE", path)
        await gate.api.call("PATCH", f"/users/{(await otto.call('GET', '/me'))['id']}", {"grants": ["recordings.read"]})
        assert (await otto.call("GET", "/recordings"))["total"] == 0  # sees no host
        with pytest.raises(ApiError, match="404"):
            await otto.call("GET", f"{path}/cast")
        with pytest.raises(ApiError, match="400"):
            await gate.api.call("PATCH", f"/users/{me['id']}", {"grants": ["users.manage"]})
    entry = (await gate.audit("recording.download"))[0]
    assert (entry["actor"]["name"], entry["object"]["id"]) == ("olga", found["id"])
    assert not await gate.audit("recording.replay")
    await gate.api.call("DELETE", path)
    assert not list((gate.folder / "data/recordings").glob("*.rec"))
    with pytest.raises(ApiError, match="404"):
        await gate.api.call("GET", path)
    assert (await gate.audit("recording.delete"))[0]["actor"]["name"] == "admin"


async def test_where_nothing_can_be_recorded_no_session_begins(gate: Gate) -> None:
    (gate.folder / "data/recordings").write_text("a file where the folder should be")
    done = await gate.ssh("echo unseen")
    assert (done.status, done.out) == (255, b"")
    assert "has to be recorded and cannot be" in done.err
    with gate.terminal() as screen:
        assert await screen.ended() == 255
        assert b"has to be recorded and cannot be" in screen.seen
    assert (await gate.api.call("GET", "/recordings"))["total"] == 0


async def test_a_session_that_runs_can_be_looked_at_and_not_deleted(gate: Gate) -> None:
    with gate.terminal() as screen:
        screen.type(f"echo {MARK}-$((40+2))\n")
        await screen.until(f"{MARK}-42")
        (found,) = (await gate.api.call("GET", "/recordings"))["items"]
        assert (found["state"], found["ended_at"], found["expires_at"]) == ("running", None, None)
        assert f"{MARK}-42".encode() in shown(await gate.cast(found["id"], encoding="base64"))
        with pytest.raises(ApiError, match="409"):
            await gate.api.call("DELETE", f"/recordings/{found['id']}")


async def test_a_host_that_is_gone_leaves_its_recordings_to_those_who_see_all(gate: Gate) -> None:
    await gate.ssh("echo kept")
    (found,) = await gate.recordings(1)
    await gate.api.call("DELETE", f"/hosts/{gate.host['id']}")
    now = await gate.api.call("GET", f"/recordings/{found['id']}")
    assert (now["host_id"], now["host_name"]) == (None, "web-1")
    assert shown(await gate.cast(found["id"], encoding="base64")) == b"kept\n"


async def test_a_killed_controller_leaves_what_was_shown_and_old_recordings_go(gate: Gate) -> None:
    await gate.ssh("echo old")
    (old,) = await gate.recordings(1)
    with gate.terminal() as screen:
        screen.type(f"echo {MARK}-$((40+2))\n")
        await screen.until(f"{MARK}-42")
        await asyncio.sleep(1.0)  # it is written every half second: this is what a kill may cost
        await gate.there.controller.kill()
        assert await screen.ended() == 255
    async with borrow(gate.folder / "data") as url:
        address = url.set(drivername="postgresql").render_as_string(hide_password=False)
        async with await psycopg.AsyncConnection.connect(address, autocommit=True) as connection:
            await connection.execute(
                "update recording set ended_at = now() - interval '91 days' where id = %s", (old["id"],)
            )
    again = Controller(gate.folder / "data", gate.there.port)
    await again.start()
    try:
        async with Api(f"http://127.0.0.1:{gate.there.port}") as api:
            await ready(api)
            await api.log_in("admin", PASSWORD)
            found = await swept(api)
            assert found["state"] == "interrupted"
            assert found["ended_at"] >= found["started_at"]
            answer = await api._client.get(f"/api/v1/recordings/{found['id']}/cast", params={"encoding": "base64"})
            cast = [json.loads(line) for line in answer.content.split(b"\n") if line]
            assert f"{MARK}-42".encode() in shown(cast)
            assert len(list((gate.folder / "data/recordings").glob("*.rec"))) == 1
            gone = await api.call("GET", "/audit", action="recording.expire")
            assert gone["items"][0]["detail"] == {"count": 1, "days": 90}
    finally:
        await again.stop()


async def test_a_key_file_that_is_missing_is_not_made_anew_while_recordings_need_it(gate: Gate, tmp_path: Path) -> None:
    await gate.ssh("echo kept")
    (found,) = await gate.recordings(1)
    await gate.api.call("DELETE", f"/hosts/{gate.host['id']}")
    for credential in (await gate.api.call("GET", "/credentials"))["items"]:
        await gate.api.call("DELETE", f"/credentials/{credential['id']}")
    await gate.there.controller.stop()
    key = gate.folder / "data/master.key"
    kept = key.read_bytes()
    key.unlink()
    told = await gate.run(
        sys.executable, "-m", "controller.cli", "serve", MOORLINE_DATA_DIR=str(gate.folder / "data"),
        MOORLINE_PORT=str(gate.there.port),
    )  # fmt: skip
    assert told.status == 1
    assert f"the key file {key} is missing" in told.err
    assert "restore it from your backup" in told.err
    assert not key.exists()
    key.write_bytes(kept)
    await gate.there.controller.start()
    async with Api(f"http://127.0.0.1:{gate.there.port}") as api:
        await ready(api)
        await api.log_in("admin", PASSWORD)
        answer = await api._client.get(f"/api/v1/recordings/{found['id']}/cast")
        assert "kept" in answer.text


async def ready(api: Api) -> None:
    """Wait until it answers."""
    async with asyncio.timeout(30):
        while True:
            try:
                await api.call("GET", "/setup")
            except OSError:
                pass
            except Exception as error:  # httpx's own
                if "connect" not in type(error).__name__.lower():
                    raise
            else:
                return
            await asyncio.sleep(0.1)


async def swept(api: Api) -> dict[str, Any]:
    """The one recording that retention leaves."""
    async with asyncio.timeout(15):
        while True:
            items = (await api.call("GET", "/recordings"))["items"]
            if len(items) == 1:
                return dict(items[0])
            await asyncio.sleep(0.1)
