"""Logging in: what is sent, how often, and what is said when it fails."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from controller.core.secrets import Secret
from controller.ssh.errors import AuthFailed, ChannelRefused, HostKeyUnknown, Unreachable
from controller.ssh.target import LineState, Password, PrivateKey
from tests.integration.ssh.conftest import Ear, Lines, MakeLines, eventually, needs_password
from tests.support.sshd import Sshd, make_key, wait_until

PLAIN_PAM = "auth required pam_unix.so\naccount required pam_permit.so\nsession required pam_permit.so\n"


def failures(daemon: Sshd) -> int:
    """Failed logins that sshd counted."""
    return daemon.log.count("Failed ")


@pytest.mark.parametrize(
    ("kind", "passphrase", "form"),
    [
        ("ed25519", "", ""),
        ("ed25519", "open sesame", ""),
        ("rsa", "", "PEM"),
        ("rsa", "open sesame", "PEM"),
        ("ecdsa", "", "PKCS8"),
        ("rsa", "open sesame", "PKCS8"),
    ],
)
async def test_logs_in_by_key(lines: Lines, sshd: Sshd, kind: str, passphrase: str, form: str) -> None:
    path = make_key(sshd.folder / "other", kind, passphrase, form)
    sshd.authorize((sshd.folder / "other.pub").read_text())
    login = PrivateKey(Secret(path.read_text()), Secret(passphrase) if passphrase else None)
    lines.add(sshd, login=login)
    result = await lines.pool.exec(1, "echo in")
    assert result.stdout == b"in\n"
    assert failures(sshd) == 0


@pytest.mark.parametrize(
    ("passphrase", "text"), [(None, "has a passphrase"), ("wrong", "does not open"), ("", "has a passphrase")]
)
async def test_key_that_does_not_open_never_reaches_the_host(
    lines: Lines, sshd: Sshd, passphrase: str | None, text: str
) -> None:
    path = make_key(sshd.folder / "other", "ed25519", "right")
    lines.add(sshd, login=PrivateKey(Secret(path.read_text()), Secret(passphrase) if passphrase is not None else None))
    lines.pool.watch(1)
    status = await lines.reach(1, LineState.LOGIN_REFUSED)
    assert status.code == "key_unusable"
    assert text in status.reason
    assert status.retry_at is None
    assert "Connection from" not in sshd.log


async def test_says_when_it_is_no_key(lines: Lines, sshd: Sshd) -> None:
    lines.add(sshd, login=PrivateKey(Secret("not a key")))
    with pytest.raises(AuthFailed, match="no private key"):
        await lines.pool.exec(1, "true")


@needs_password
async def test_logs_in_by_password(lines: Lines, sshd: Sshd) -> None:
    lines.add(sshd, password=sshd.password)
    assert (await lines.pool.exec(1, "id -un")).stdout == b"ops\n"
    assert failures(sshd) == 0


@needs_password
async def test_wrong_password_is_sent_twice_then_never_until_a_human_acts(lines: Lines, sshd: Sshd) -> None:
    lines.add(sshd, password="wrong")
    lines.pool.watch(1)
    await eventually(lambda: failures(sshd) == 2)
    status = await lines.reach(1, LineState.LOGIN_REFUSED)
    await eventually(lambda: getattr(lines.pool.status(1), "retry_at", 0) is None)
    with pytest.raises(AuthFailed):
        await lines.pool.exec(1, "true")
    assert failures(sshd) == 2
    assert status.code == "auth_failed"
    assert "wrong" not in repr(lines.news)

    lines.change(1, login=Password(Secret(sshd.password)))
    lines.pool.retry(1)
    await lines.reach(1, LineState.UP)
    assert failures(sshd) == 2


async def test_refused_further_connections_count_too(make_lines: MakeLines, make_sshd: Callable[..., Sshd]) -> None:
    lines = make_lines(slot_timeout_s=0.3, retry_floor_s=0.01)
    daemon = make_sshd(settings={"MaxSessions": "1"})
    lines.add(daemon)
    lines.pool.watch(1)
    ear = Ear()
    stream = await lines.pool.stream(1, "cat", ear)
    key = (daemon.folder / "client.pub").read_text()
    daemon.authorize("# nobody")
    for _ in range(4):
        with pytest.raises(ChannelRefused):
            await lines.pool.exec(1, "true")
    assert daemon.log.count("Connection from") == 1 + 2
    stream.write(b"the first one stands")
    await eventually(lambda: ear.out)

    daemon.authorize(key)
    lines.pool.retry(1)
    assert (await lines.pool.exec(1, "echo in")).stdout == b"in\n"


async def test_key_that_is_not_authorized(lines: Lines, sshd: Sshd) -> None:
    sshd.authorize("# nobody")
    lines.add(sshd)
    with pytest.raises(AuthFailed, match="authorized_keys") as caught:
        await lines.pool.exec(1, "true")
    assert caught.value.code == "auth_failed"
    assert caught.value.tried


@needs_password
async def test_password_for_a_host_that_takes_keys_only_is_not_sent(
    lines: Lines, make_sshd: Callable[..., Sshd]
) -> None:
    daemon = make_sshd(settings={"PasswordAuthentication": "no"})
    lines.add(daemon, password=daemon.password)
    lines.pool.watch(1)
    status = await lines.reach(1, LineState.LOGIN_REFUSED)
    assert status.code == "method"
    assert "publickey" in status.reason
    assert status.retry_at is None
    assert failures(daemon) == 0


@needs_password
async def test_keyboard_interactive_password(lines: Lines, make_sshd: Callable[..., Sshd]) -> None:
    daemon = make_sshd(
        settings={"UsePAM": "yes", "PasswordAuthentication": "no", "KbdInteractiveAuthentication": "yes"}, pam=PLAIN_PAM
    )
    lines.add(daemon, password=daemon.password)
    assert (await lines.pool.exec(1, "id -un")).stdout == b"ops\n"
    assert "keyboard-interactive/pam" in daemon.log


@needs_password
async def test_wrong_password_is_tried_by_one_method_only(lines: Lines, make_sshd: Callable[..., Sshd]) -> None:
    daemon = make_sshd(settings={"UsePAM": "yes", "KbdInteractiveAuthentication": "yes"}, pam=PLAIN_PAM)
    lines.add(daemon, password="wrong")
    with pytest.raises(AuthFailed):
        await lines.pool.exec(1, "true")
    assert failures(daemon) == 1
    assert "keyboard-interactive" not in daemon.log


async def test_user_the_host_does_not_know(lines: Lines, sshd: Sshd) -> None:
    lines.add(sshd, username="nobody-of-that-name")
    with pytest.raises(AuthFailed, match="check the username"):
        await lines.pool.exec(1, "true")


async def test_login_that_hangs_ends(make_lines: MakeLines, sshd: Sshd) -> None:
    lines = make_lines(login_timeout_s=0.0001)
    lines.add(sshd)
    with pytest.raises(Unreachable, match="did not finish the login") as caught:
        await lines.pool.exec(1, "true")
    assert caught.value.code == "timeout"


async def test_nothing_of_the_controllers_own_account_is_used(
    lines: Lines, sshd: Sshd, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "home"
    (home / ".ssh").mkdir(parents=True, mode=0o700)
    (home / ".ssh" / "id_ed25519").write_text(sshd.client_key)
    (home / ".ssh" / "id_ed25519").chmod(0o600)
    (home / ".ssh" / "known_hosts").write_text(f"[{sshd.address}]:{sshd.port} {sshd.host_keys[0]}\n")
    (home / ".ssh" / "config").write_text("Host *\n  Port 1\n  User somebody\n  ProxyCommand false\n")
    monkeypatch.setenv("HOME", str(home))
    with agent(tmp_path / "agent", home / ".ssh" / "id_ed25519") as path:
        monkeypatch.setenv("SSH_AUTH_SOCK", str(path))
        stranger = make_key(tmp_path / "stranger").read_text()
        lines.add(sshd, login=PrivateKey(Secret(stranger)))
        with pytest.raises(AuthFailed):
            await lines.pool.exec(1, "true")
        lines.add(sshd, 2, pinned=())
        with pytest.raises(HostKeyUnknown):
            await lines.pool.exec(2, "true")
        lines.add(sshd, 3)
        assert (await lines.pool.exec(3, "echo in")).stdout == b"in\n"


@contextmanager
def agent(path: Path, key: Path) -> Iterator[Path]:
    """An ssh-agent that holds the key."""
    process = subprocess.Popen(["ssh-agent", "-D", "-a", str(path)], stdout=subprocess.DEVNULL)
    try:
        wait_until(path.exists, what="the agent")
        subprocess.run(
            ["ssh-add", str(key)], env={**os.environ, "SSH_AUTH_SOCK": str(path)}, check=True, capture_output=True
        )
        yield path
    finally:
        process.kill()
        process.wait()
