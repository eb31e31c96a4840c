"""Who gets in, to what, for how long, and what is said to those who do not."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest

from tests.integration.gateway.conftest import Gate
from tests.integration.gateway.test_clients import gone, running
from tests.support.api import ApiError
from tests.support.sshd import make_key

NOWHERE = "moorline: There is no host {} that you may open terminals on. Say ssh HOST@…, as Moorline names it.\r\n"


async def test_a_host_that_is_not_seen_and_one_that_is_not_there_are_the_same(gate: Gate) -> None:
    group = await gate.api.call("POST", "/groups", {"name": "others"})
    async with await gate.user("olga", group_ids=[group["id"]]):
        for login in (
            "web-1",
            "nowhere",
            "olga+web-1",
            "admin+web-1",
            f"id:{gate.host['id']}",
            "id:999999999999999999",
        ):
            done = await gate.ssh("echo in", key="olga", login=login)
            shown = login.removeprefix("olga+")
            assert (done.status, done.out, done.err) == (255, b"", NOWHERE.format(shown)), login
    assert (await gate.ssh("echo in", login="admin+WEB-1")).out == b"in\n"
    assert (await gate.ssh("echo in", login=f"id:{gate.host['id']}")).out == b"in\n"


async def test_a_viewer_and_a_token_to_read_get_no_shell_and_a_disabled_host_says_so(gate: Gate) -> None:
    async with await gate.user("vera", role="viewer", all_hosts=True):
        done = await gate.ssh("echo in", key="vera")
        assert (done.status, done.out) == (255, b"")
        assert "terminals.open" in done.err
        with gate.terminal(key="vera") as screen:
            assert await screen.ended() == 255
            assert b"terminals.open" in screen.seen
        sftp = await gate.run("sftp", "-F", str(gate.config("vera")), "-b", "-", "web-1@moorline", stdin=b"ls\n")
        assert sftp.status == 255
    await gate.api.call("PATCH", f"/hosts/{gate.host['id']}", {"enabled": False})
    done = await gate.ssh("echo in")
    assert (done.status, "web-1 is disabled" in done.err) == (255, True)


async def test_a_token_is_a_password_and_guessing_is_slowed_down(gate: Gate, tmp_path: Path) -> None:
    token = await gate.there.token(scopes=["write"])
    asked = tmp_path / "asked"
    asked.write_text('#!/bin/sh\nprintf "%s\\n" "$WORD"\n')
    asked.chmod(0o755)
    words = (
        "-F",
        str(gate.config()),
        "-o",
        "BatchMode=no",
        "-o",
        "PubkeyAuthentication=no",
        "web-1@moorline",
        "id -un",
    )

    async def by(word: str) -> int:
        done = await gate.run("ssh", *words, WORD=word, SSH_ASKPASS=str(asked), SSH_ASKPASS_REQUIRE="force")
        assert done.status in {0, 255}
        return done.status

    assert await by(token) == 0
    for _ in range(3):
        assert await by("ml_wrong") == 255
    assert len(await gate.audit("gateway.login_failed")) >= 5
    assert await by(token) == 255  # five failures are free; this address has to wait now
    assert (await gate.ssh("echo in")).out == b"in\n"  # by key it has not
    assert token not in gate.there.controller.log.read_text()
    actor = next(entry["actor"] for entry in await gate.audit("gateway.exec") if entry["detail"]["command"] == "id -un")
    assert actor["kind"] == "token"


async def test_a_key_stands_for_one_user_and_only_public_ones_are_taken(gate: Gate) -> None:
    mine = (gate.folder / "me.pub").read_text()
    small = make_key(gate.folder / "small", "rsa")
    assert (await gate.api.call("POST", "/me/ssh-keys", {"line": small.with_suffix(".pub").read_text(), "name": "x"}))[
        "name"
    ] == "x"
    async with await gate.user("olga", key=False) as olga:
        with pytest.raises(ApiError, match="409 key_taken"):
            await olga.call("POST", "/me/ssh-keys", {"line": mine})
        for line in ("", "ssh-ed25519", (gate.folder / "me").read_text(), "ssh-ed25519 AAAA", f"restrict {mine}",
                     mine * 2, "ssh-dss AAAA", "x" * 20_000, "ssh-ed25519 \u00e9\u00e9"):  # fmt: skip
            with pytest.raises(ApiError, match="400 invalid"):
                await olga.call("POST", "/me/ssh-keys", {"line": line})
        keys = await gate.api.call("GET", "/me/ssh-keys")
        with pytest.raises(ApiError, match="404"):
            await olga.call("DELETE", f"/me/ssh-keys/{keys['items'][0]['id']}")
    assert keys["items"][0]["fingerprint"].startswith("SHA256:")
    assert (await gate.ssh("true")).status == 0
    (first, _) = (await gate.api.call("GET", "/me/ssh-keys"))["items"]
    assert first["last_used_address"] == "127.0.0.1"
    token = await gate.there.token(scopes=["admin"])
    answer = await gate.api._client.post(
        "/api/v1/me/ssh-keys", json={"line": mine}, headers={"Authorization": f"Bearer {token}"}
    )
    assert answer.status_code == 403


async def test_rights_that_go_end_what_runs_at_once_and_the_connection_with_its_key(gate: Gate) -> None:
    group = await gate.api.call("POST", "/groups", {"name": "mine"})
    await gate.api.call("PATCH", f"/hosts/{gate.host['id']}", {"group_ids": [group["id"]]})
    async with await gate.user("olga", group_ids=[group["id"]]) as olga:
        me = await olga.call("GET", "/me")
        command = await asyncio.create_subprocess_exec(
            "ssh", "-F", str(gate.config("olga")), "web-1@moorline", "sleep 4713", stderr=asyncio.subprocess.PIPE
        )
        await running(gate, "sleep 4713")
        with gate.terminal(key="olga") as screen:
            screen.type("echo here-$((1+1))\n")
            await screen.until("here-2")
            await gate.api.call("PATCH", f"/users/{me['id']}", {"group_ids": []})
            assert await screen.ended(3) == 255
            assert b"may no longer" in screen.seen
        async with asyncio.timeout(3):
            _, err = await command.communicate()
        assert command.returncode == 255
        assert b"the right to this host was taken away" in err
        await gone(gate, "sleep 4713")
        assert (await gate.ssh("true", key="olga")).status == 255

        await gate.api.call("PATCH", f"/users/{me['id']}", {"group_ids": [group["id"]]})
        with gate.terminal("sleep 4714", key="olga") as screen:
            await running(gate, "sleep 4714")
            (key,) = (await olga.call("GET", "/me/ssh-keys"))["items"]
            await olga.call("DELETE", f"/me/ssh-keys/{key['id']}")
            assert await screen.ended(3) == 255
        await gone(gate, "sleep 4714")
        done = await gate.ssh("true", key="olga")
        assert "Permission denied" in done.err


async def test_a_disabled_user_is_nobody(gate: Gate) -> None:
    async with await gate.user("olga", all_hosts=True) as olga:
        assert (await gate.ssh("true", key="olga")).status == 0
        me = await olga.call("GET", "/me")
        await gate.api.call("PATCH", f"/users/{me['id']}", {"enabled": False})
        assert "Permission denied" in (await gate.ssh("true", key="olga")).err


async def test_many_keys_are_too_many_and_the_host_key_stays(gate: Gate) -> None:
    keys = []
    for number in range(25):
        keys += ["-i", str(make_key(gate.folder / f"k{number}"))]
    done = await gate.run("ssh", *keys, "-F", str(gate.config("k0")), "web-1@moorline", "true")
    assert done.status == 255
    assert "Too many keys" in done.err
    view = await gate.api.call("GET", "/gateway")
    assert (view["enabled"], view["port"]) == (True, gate.port)
    kept = await gate.run("ssh-keygen", "-lf", str(gate.folder / "data/gateway_host_key"))
    assert view["fingerprint"] in kept.out.decode()
    assert (gate.folder / "data/gateway_host_key").stat().st_mode & 0o777 == 0o600


async def test_a_stop_of_moorline_is_said_and_what_runs_ends_with_it(gate: Gate) -> None:
    with gate.terminal() as screen:
        await screen.until("$ ")
        command = await asyncio.create_subprocess_exec(
            "ssh", "-F", str(gate.config()), "web-1@moorline", "sleep 4715", stderr=asyncio.subprocess.PIPE
        )
        await running(gate, "sleep 4715")
        await gate.there.controller.stop()
        assert await screen.ended() == 255
        await command.communicate()
        assert command.returncode == 255
        await gone(gate, "sleep 4715")


async def test_a_slow_client_holds_the_host_up_and_no_memory(gate: Gate) -> None:
    before = rss_kib(gate.there.controller.pid)
    client = await asyncio.create_subprocess_exec(
        "ssh", "-F", str(gate.config()), "web-1@moorline", "cat /dev/zero", stdout=asyncio.subprocess.PIPE
    )
    assert client.stdout is not None
    await client.stdout.readexactly(1 << 20)
    for _ in range(30):  # nobody reads for three seconds; a command beside it is undisturbed
        await asyncio.sleep(0.1)
    assert (await gate.ssh("echo quick")).out == b"quick\n"
    assert rss_kib(gate.there.controller.pid) - before < 40 << 10
    client.kill()
    await client.communicate()
    await gone(gate, "cat /dev/zero")


def rss_kib(pid: int) -> int:
    """Resident memory of a process."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") // 1024
