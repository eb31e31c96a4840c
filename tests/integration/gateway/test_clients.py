"""OpenSSH's own clients through the gateway: shell, command, sftp, scp, jump."""

from __future__ import annotations

import asyncio
import hashlib
import os
import shutil
from pathlib import Path

import pytest

from tests.integration.gateway.conftest import Gate
from tests.support.sshd import IS_ROOT
from tests.support.sshd import running as sshd


async def test_a_command_brings_both_outputs_its_status_and_its_input_byte_for_byte(gate: Gate) -> None:
    blob = os.urandom(3 << 20)
    done = await gate.ssh("cat; echo oops >&2; exit 7", stdin=blob)
    assert (done.status, done.out == blob, done.err) == (7, True, "oops\n")
    assert (await gate.ssh("kill -TERM $$")).status == 255  # as ssh itself says it of a signal
    entry = (await gate.audit("gateway.exec"))[-1]
    assert (entry["object"]["name"], entry["actor"]["name"]) == ("web-1", "admin")
    assert entry["detail"]["command"].startswith("cat; echo oops")


async def test_a_script_on_standard_input_runs_in_a_login_shell(gate: Gate) -> None:
    done = await gate.ssh(stdin=b"echo got $((6*7))\nexit 3\n")
    assert (done.status, done.out) == (3, b"got 42\n")


async def test_a_shell_has_the_clients_size_is_listed_and_ends_with_its_status(gate: Gate) -> None:
    with gate.terminal() as screen:
        screen.type("stty size; echo ready-$((1+1))\n")
        await screen.until("ready-2")
        listed = (await gate.api.call("GET", "/terminals"))["items"]
        assert [(one["host_name"], one["owner"]["username"]) for one in listed] == [("web-1", "admin")]
        screen.type("exit 5\n")
        assert await screen.ended() == 5


async def test_a_client_that_is_gone_leaves_nothing_running(gate: Gate) -> None:
    with gate.terminal("sleep 4711") as screen:
        await asyncio.sleep(0)
        await running(gate, "sleep 4711")
        screen.kill()
        await gone(gate, "sleep 4711")
    client = await asyncio.create_subprocess_exec("ssh", "-F", str(gate.config()), "web-1@moorline", "sleep 4712")
    await running(gate, "sleep 4712")
    client.kill()
    await client.wait()
    await gone(gate, "sleep 4712")


def commands(gate: Gate) -> set[str]:
    """What runs on the host."""
    found = set()
    for pid in gate.daemon.descendants():
        try:
            found.add(Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode().strip())
        except OSError:
            continue
    return found


async def running(gate: Gate, command: str) -> None:
    """Wait until it runs."""
    async with asyncio.timeout(15):
        while command not in commands(gate):
            await asyncio.sleep(0.05)


async def gone(gate: Gate, command: str) -> None:
    """Wait until it does not."""
    async with asyncio.timeout(15):
        while command in commands(gate):
            await asyncio.sleep(0.05)


async def test_sftp_and_both_kinds_of_scp_carry_files_whole(gate: Gate, tmp_path: Path) -> None:
    blob = os.urandom(20 << 20)
    mine = tmp_path / "a file"
    mine.write_bytes(blob)
    config = str(gate.config())
    done = await gate.run(
        "sftp",
        "-F",
        config,
        "-b",
        "-",
        "web-1@moorline",
        stdin=f'put "{mine}" /tmp/gw-x\nls -l /tmp/gw-x\nget /tmp/gw-x {tmp_path}/back\nrm /tmp/gw-x\n'.encode(),
    )
    assert done.status == 0, done.err
    assert digest(tmp_path / "back") == hashlib.sha256(blob).digest()
    for mode in ([], ["-O"]):
        there = f"/tmp/gw-scp-{len(mode)}"
        up = await gate.run("scp", *mode, "-F", config, str(mine), f"web-1@moorline:{there}")
        assert up.status == 0, up.err
        down = await gate.run("scp", *mode, "-F", config, f"web-1@moorline:{there}", str(tmp_path / "again"))
        assert down.status == 0, down.err
        assert digest(tmp_path / "again") == hashlib.sha256(blob).digest()
        await gate.ssh("rm", there)
    assert len(await gate.audit("gateway.sftp")) == 3


async def test_rsync_carries_a_tree_there_and_back_and_then_only_what_differs(gate: Gate, tmp_path: Path) -> None:
    tree = tmp_path / "tree"
    (tree / "deep").mkdir(parents=True)
    for number in range(200):
        (tree / "deep" / f"file {number}").write_bytes(os.urandom(2000))
    (tree / "big").write_bytes(os.urandom(8 << 20))
    remote, there = f"ssh -F {gate.config()}", f"/tmp/gw-rsync-{gate.port}"
    options = ("rsync", "-a", "--stats", "-e", remote)
    try:
        first = await gate.run(*options, f"{tree}/", f"web-1@moorline:{there}/")
        assert first.status == 0, first.err
        (tree / "deep/file 7").write_bytes(b"another")
        again = await gate.run(*options, f"{tree}/", f"web-1@moorline:{there}/")
        assert b"Number of regular files transferred: 1\n" in again.out
        back = await gate.run(*options, "--checksum", f"web-1@moorline:{there}/", f"{tmp_path}/back/")
        assert back.status == 0, back.err
        for path in tree.rglob("*"):
            if path.is_file():
                assert digest(tmp_path / "back" / path.relative_to(tree)) == digest(path)
    finally:
        await gate.ssh("rm", "-rf", there)


@pytest.mark.skipif(
    shutil.which("sshfs") is None or not os.access("/dev/fuse", os.W_OK), reason="needs sshfs and a kernel with FUSE"
)
async def test_sshfs_mounts_a_host(gate: Gate, tmp_path: Path) -> None:
    place = tmp_path / "mounted"
    place.mkdir()
    mounted = await gate.run("sshfs", "-F", str(gate.config()), "web-1@moorline:/tmp", str(place))
    if mounted.status != 0 and "fuse" in mounted.err:
        pytest.skip(f"this machine mounts no FUSE file system: {mounted.err.strip()}")
    assert mounted.status == 0, mounted.err
    try:
        blob, name = os.urandom(3 << 20), f"gw-sshfs-{gate.port}"
        await asyncio.to_thread((place / name).write_bytes, blob)
        assert await asyncio.to_thread((place / name).read_bytes) == blob
        assert (await gate.ssh("cat", f"/tmp/{name}")).out == blob
        await asyncio.to_thread((place / name).unlink)
    finally:
        await gate.run("fusermount3", "-u", str(place))


def digest(path: Path) -> bytes:
    """Of a file's content."""
    return hashlib.sha256(path.read_bytes()).digest()


async def test_a_jump_needs_its_own_right_goes_to_ssh_ports_only_and_is_written_down(gate: Gate) -> None:
    with (gate.folder / "known_hosts").open("a") as known:
        known.write(f"[web-1]:{gate.daemon.port} {gate.daemon.host_keys[0]}\n")
    key = gate.folder / "host-key"
    key.write_text(gate.daemon.client_key)
    key.chmod(0o600)
    port = str(gate.daemon.port)
    jump = (
        "ssh",
        "-F",
        str(gate.config()),
        "-J",
        "moorline",
        "-i",
        str(key),
        "-p",
        port,
        f"{gate.daemon.username}@web-1",
    )
    refused = await gate.run(*jump, "echo in")
    assert refused.status == 255
    assert "hosts.jump" in refused.err
    me = await gate.api.call("GET", "/me")
    await gate.api.call("PATCH", f"/users/{me['id']}", {"grants": ["hosts.jump"]})
    done = await gate.run(*jump, "echo in")
    assert (done.status, done.out) == (0, b"in\n"), done.err
    entry = (await gate.audit("gateway.jump"))[0]
    assert (entry["object"]["name"], entry["detail"]["port"]) == ("web-1", gate.daemon.port)
    for place in (f"127.0.0.1:{gate.there.port}", "web-1:22", "localhost:5432"):
        other = await gate.run("ssh", "-F", str(gate.config()), "-W", place, "moorline")
        assert other.status != 0
        assert "There is no host" in other.err, place
    assert len(await gate.audit("gateway.jump")) == 1


@pytest.mark.skipif(not IS_ROOT, reason="needs accounts of its own, that is root")
async def test_what_a_host_asks_is_answered_in_the_clients_terminal(gate: Gate) -> None:
    asks = {"UsePAM": "yes", "PasswordAuthentication": "no", "KbdInteractiveAuthentication": "yes",
            "AuthenticationMethods": "publickey,keyboard-interactive"}  # fmt: skip
    pam = "auth required pam_unix.so\naccount required pam_permit.so\nsession required pam_permit.so\n"
    with sshd(settings=asks, pam=pam) as daemon:
        host = await gate.there.add(daemon, "asks-1")
        await gate.api.wait_for_host(host["id"], lambda now: bool(now["state"] == "login_refused"))
        with gate.terminal(login="asks-1") as screen:
            await screen.until("Password:")
            screen.type(f"x\x7f{daemon.password}\r")
            await screen.until("$ ")
            screen.type("echo in-$((1+1)); exit\n")
            assert await screen.ended() == 0
            assert b"in-2" in screen.seen
            assert daemon.password.encode() not in screen.seen
        await gate.there.up(host)


async def test_nothing_else_is_forwarded(gate: Gate) -> None:
    config = str(gate.config())
    back = await gate.run(
        "ssh", "-F", config, "-o", "ExitOnForwardFailure=yes", "-R", "0:127.0.0.1:9", "web-1@moorline", "true"
    )
    assert back.status == 255
    agent = await gate.ssh("-A", "echo agent=$SSH_AUTH_SOCK")
    assert agent.out == b"agent=\n"
