"""Terminals on hosts that are not plain: they ask, allow few sessions, have other shells, or become root."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest

from tests.integration.terminal.conftest import Desk
from tests.support.front import Browser
from tests.support.sshd import IS_ROOT, Sshd

needs_root = pytest.mark.skipif(not IS_ROOT, reason="needs accounts of its own, that is root")
pytestmark = [pytest.mark.timeout(90), needs_root]
PAM = "auth required pam_unix.so\naccount required pam_permit.so\nsession required pam_permit.so\n"
ASKS = {"UsePAM": "yes", "PasswordAuthentication": "no", "KbdInteractiveAuthentication": "yes"}


@pytest.fixture
async def admin(desk: Desk) -> Browser:
    """Who opens terminals."""
    return await desk.front.admin()


async def state(desk: Desk, admin: Browser, host: int, wanted: str) -> None:
    """Wait until the host is in this state."""
    async with asyncio.timeout(20):
        while (await admin.get(f"/hosts/{host}")).json()["state"] != wanted:
            await asyncio.sleep(0.05)


async def test_a_host_that_wants_more_than_a_key_asks_in_the_page_once_for_all(
    desk: Desk, admin: Browser, make_sshd: Callable[..., Sshd]
) -> None:
    daemon = make_sshd(settings={**ASKS, "AuthenticationMethods": "publickey,keyboard-interactive"}, pam=PAM)
    host = await desk.add(admin, daemon)
    await state(desk, admin, host, "login_refused")
    async with desk.page(admin, await desk.open(admin, host)) as page:
        asked = await page.hears("prompt")
        assert [(one["text"], one["echo"]) for one in asked["prompts"]] == [("Password:", False)]
        await page.send(type="answer", id=asked["id"], answers=[daemon.password])
        await page.hears("prompt_done", id=asked["id"])
        await page.hears("state", state="open")
        await page.type("echo rea''dy\r")
        await page.shows("ready")
        async with desk.terminal(admin, host):  # over the same line: nobody is asked again
            pass
    await state(desk, admin, host, "up")  # and what polls has the line as well


async def test_a_wrong_answer_and_none_at_all_are_told_and_not_repeated(
    desk: Desk, admin: Browser, make_sshd: Callable[..., Sshd]
) -> None:
    daemon = make_sshd(settings={**ASKS, "AuthenticationMethods": "publickey,keyboard-interactive"}, pam=PAM)
    host = await desk.add(admin, daemon)
    await state(desk, admin, host, "login_refused")
    async with desk.page(admin, await desk.open(admin, host)) as page:
        asked = await page.hears("prompt")
        await page.send(type="cancel", id=asked["id"])
        ended = await page.hears("exit")
        assert ended["reason"] == "failed"
        assert "Nobody answered" in ended["detail"]
    async with desk.page(admin, await desk.open(admin, host)) as page:
        asked = await page.hears("prompt")
        before = daemon.log.count("Connection from")
        await page.send(type="answer", id=asked["id"], answers=["wrong"])
        ended = await page.hears("exit")
        assert ended["reason"] == "failed"
        assert "did not take" in ended["detail"]
        assert "wrong" not in ended["detail"]
        await asyncio.sleep(1)
        assert daemon.log.count("Connection from") == before


async def test_six_terminals_where_two_sessions_are_allowed_and_the_further_lines_close_again(
    desk: Desk, admin: Browser, make_sshd: Callable[..., Sshd]
) -> None:
    daemon = make_sshd(settings={"MaxSessions": "2"})
    pool = desk.front.controller.pool
    pool.options = replace(pool.options, overflow_idle_s=0.5)
    host = await desk.add(admin, daemon)
    await state(desk, admin, host, "up")
    terminals = [await desk.open(admin, host) for _ in range(6)]
    for number, terminal in enumerate(terminals):
        async with desk.page(admin, terminal) as page:
            await page.type(f"echo num''ber {number}\r")
            await page.shows(f"number {number}", 30)
    assert len(pool._sessions[host].all()) >= 4
    for terminal in terminals:
        assert (await admin.delete(f"/terminals/{terminal}")).status_code == 204
    async with asyncio.timeout(15):
        while len(pool._sessions[host].all()) > 1:
            await asyncio.sleep(0.05)
    await state(desk, admin, host, "up")


@pytest.mark.parametrize("shell", ["/bin/csh", "/bin/bash", "/bin/zsh", "/usr/bin/fish", "/bin/dash"])
async def test_every_login_shell_serves(desk: Desk, admin: Browser, make_sshd: Callable[..., Sshd], shell: str) -> None:
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not installed")
    daemon = make_sshd(shell=shell, home_files={".zshrc": "#\n"})  # without it zsh asks how it is to be
    host = await desk.add(admin, daemon)
    async with desk.terminal(admin, host) as page:
        await page.type("setenv LC_ALL C.UTF-8\r" if shell.endswith("csh") else "export LC_ALL=C.UTF-8\r")
        await page.type("stty size\r")
        await page.shows("30 100")
        await page.type("touch 漢字; ls | tr -d '\\r' | sed s/^/name-/\r")  # what is echoed has no such name in it
        await page.shows("name-漢字\r\n")
        await page.type(f"ps -o comm= -p {await shell_pid(daemon, shell)} | sed s/^/runs-/\r")
        await page.shows(f"runs-{shell.rpartition('/')[2]}")


async def shell_pid(daemon: Sshd, shell: str) -> int:
    """The process of the login shell."""
    name = Path(shell).name
    async with asyncio.timeout(10):
        while True:
            for pid in daemon.descendants():
                with suppress(OSError):
                    words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
                    if words[0].decode() in {f"-{name}", shell, name} and b"-c" not in words:
                        return pid
            await asyncio.sleep(0.05)


async def test_becoming_root_asks_on_the_terminal(desk: Desk, admin: Browser, make_sshd: Callable[..., Sshd]) -> None:
    daemon = make_sshd()
    host = await desk.add(admin, daemon)
    async with desk.page(admin, await desk.open(admin, host, kind="root")) as page:
        await page.shows("assword")  # sudo's or su's: it is typed there, and Moorline never keeps it
        await page.type("\x03")
        assert (await page.hears("exit"))["reason"] == "exited"
    refused = await admin.post("/terminals", json={"host_id": host, "kind": "container", "container": "a;id"})
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (400, "container")
    async with desk.page(admin, await desk.open(admin, host, kind="container", container="none")) as page:
        ended = await page.hears("exit")
        assert ended["reason"] == "exited"
        assert ended["exit_status"] != 0
