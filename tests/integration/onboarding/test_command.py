"""`moorline onboard` on a terminal: the key is shown, the password typed without echo, the steps said."""

from __future__ import annotations

import asyncio
import os
import pty
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.integration.onboarding.conftest import Desk, authorize, home
from tests.support.sshd import Sshd

pytestmark = pytest.mark.timeout(120)


async def typed(desk: Desk, folder: Path, words: list[str], answers: list[tuple[str, str]]) -> tuple[int, str]:
    """Run the command on a terminal and answer its questions; status and all that was shown."""
    made = await desk.call(
        "POST", "/tokens", 201, {"name": "cli", "scopes": ["write"], "group_ids": [], "all_hosts": True}
    )
    (folder / "token").write_text(made["token"])
    ours, theirs = pty.openpty()
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "controller.cli", "onboard", *words,
        stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True,
        env=os.environ | {"MOORLINE_URL": desk.url, "MOORLINE_TOKEN_FILE": str(folder / "token"), "LC_ALL": "C.UTF-8"},
    )  # fmt: skip
    os.close(theirs)
    shown = ""
    rest = list(answers)
    while True:
        try:
            data = await asyncio.to_thread(os.read, ours, 4096)
        except OSError:  # the other side is gone
            break
        shown += data.decode(errors="replace")
        if rest and rest[0][0] in shown:
            os.write(ours, f"{rest.pop(0)[1]}\n".encode())
    os.close(ours)
    return await process.wait(), shown


async def test_a_host_comes_in_from_the_command_line(
    desk: Desk, make_sshd: Callable[..., Sshd], tmp_path: Path
) -> None:
    daemon = make_sshd()
    target = f"ops@{daemon.address}:{daemon.port}"
    status, shown = await typed(
        desk, tmp_path, [target, "--name", "cli-1", "--tag", "new"], [("panel", "y"), ("Password of", daemon.password)]
    )
    assert status == 0, shown
    assert "SHA256:" in shown
    assert "✓ verify" in shown
    assert daemon.password not in shown
    assert [host["name"] for host in (await desk.call("GET", "/hosts"))["items"]] == ["cli-1"]


async def test_no_password_is_asked_for_when_the_key_is_another(
    desk: Desk, make_sshd: Callable[..., Sshd], tmp_path: Path
) -> None:
    daemon = make_sshd()
    target = f"ops@{daemon.address}:{daemon.port}"
    status, shown = await typed(desk, tmp_path, [target, "--fingerprint", "SHA256:other"], [])
    assert status == 1
    assert "nothing was sent" in shown
    assert "Password" not in shown
    status, shown = await typed(desk, tmp_path, [target], [("panel", "n")])
    assert status != 0
    assert "Password" not in shown


async def test_through_another_host_with_a_template_afterwards(
    desk: Desk, make_sshd: Callable[..., Sshd], tmp_path: Path
) -> None:
    await desk.bring(make_sshd(), "gate")
    daemon = make_sshd()
    target = f"ops@{daemon.address}:{daemon.port}"
    new = {"name": "First steps", "kind": "command", "spec": {"command": "echo {{ word }} >first"},
           "survey": [{"name": "word"}]}  # fmt: skip
    await desk.call("POST", "/job-templates", 201, new)
    for words, says in (
        (["--via", "nobody"], "no host named 'nobody'"),
        (["--init", "Nothing"], "no template named 'Nothing'"),
        (["--answer", "word=x"], "name it with --init"),
        (["--init", "First steps", "--answer", "word"], "takes NAME=VALUE"),
    ):
        status, shown = await typed(desk, tmp_path, [target, *words], [])
        assert status != 0
        assert says in shown
    answers = [("panel", "y"), ("Password of", daemon.password)]
    wish = ["--name", "inner", "--via", "Gate", "--init", "first steps", "--answer", "word=a=b"]
    status, shown = await typed(desk, tmp_path, [target, *wish], answers)
    assert status == 0, shown
    assert "✓ init" in shown
    assert "✓ watch" in shown
    assert (home(daemon) / "first").read_text() == "a=b\n"


async def test_by_a_key_that_is_in_place_no_password_is_asked_for(
    desk: Desk, make_sshd: Callable[..., Sshd], tmp_path: Path
) -> None:
    daemon = make_sshd()
    authorize(daemon, (daemon.folder / "client.pub").read_text())
    await desk.call("POST", "/credentials", 201, {"name": "mine", "kind": "key", "private_key": daemon.client_key})
    target = f"ops@{daemon.address}:{daemon.port}"
    status, shown = await typed(desk, tmp_path, [target, "--key", "mine"], [("panel", "y")])
    assert (status, "Password" in shown) == (0, False), shown
    status, shown = await typed(desk, tmp_path, [target, "--key", "mine"], [("panel", "y"), ("another key?", "n")])
    assert (status != 0, "is at this address already" in shown) == (True, True), shown
    status, shown = await typed(desk, tmp_path, [target, "--token-file", "/nowhere"], [])
    assert (status, "cannot be read from /nowhere" in shown) == (1, True)
    status, shown = await typed(desk, tmp_path, [target, "--url", "http://127.0.0.1:9"], [])
    assert (status, "nothing answers at http://127.0.0.1:9" in shown) == (1, True)


async def test_what_fails_says_where_to_go_on(desk: Desk, make_sshd: Callable[..., Sshd], tmp_path: Path) -> None:
    daemon = make_sshd()
    target = f"ops@{daemon.address}:{daemon.port}"
    status, shown = await typed(desk, tmp_path, [target], [("panel", "y"), ("Password of", "mistyped")])
    assert status == 1
    assert "refused the password" in shown
    assert f"{desk.url}/hosts/onboard?id=" in shown
