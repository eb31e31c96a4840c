"""Host keys are judged inside the connection that would log in, and before anything of the credential leaves."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from controller.ssh.errors import HostKeyChanged, HostKeyUnknown
from controller.ssh.target import LineState
from tests.integration.ssh.conftest import Ear, Lines, eventually
from tests.support.sshd import IS_ROOT, Sshd


def credential(daemon: Sshd) -> str | None:
    """The password where there can be one: the worse loss."""
    return daemon.password if IS_ROOT else None


def logins(daemon: Sshd) -> int:
    """Login attempts of any method that reached sshd."""
    return sum(daemon.log.count(word) for word in ("Accepted ", "Failed ", "Postponed "))


async def test_unknown_key_waits_for_approval(lines: Lines, sshd: Sshd) -> None:
    lines.add(sshd, password=credential(sshd), pinned=())
    lines.pool.watch(1)
    status = await lines.reach(1, LineState.KEY_PENDING)
    assert status.presented_key is not None
    assert status.presented_key.line == sshd.host_keys[0].strip()
    assert status.presented_key.fingerprint in status.reason
    assert status.presented_key.fingerprint.startswith("SHA256:")
    assert status.retry_at is None
    with pytest.raises(HostKeyUnknown):
        await lines.pool.exec(1, "true")
    assert sshd.log.count("Connection from") == 1
    assert logins(sshd) == 0

    lines.change(1, pinned=(status.presented_key.line,))
    lines.pool.retry(1)
    await lines.reach(1, LineState.UP)


@pytest.mark.parametrize("kinds", [("ed25519",), ("rsa",), ("ecdsa",)])
async def test_changed_key_stops_everything(lines: Lines, sshd: Sshd, kinds: tuple[str, ...]) -> None:
    lines.add(sshd, password=credential(sshd))
    sshd.change_host_keys(*kinds)
    lines.pool.watch(1)
    status = await lines.reach(1, LineState.KEY_CHANGED)
    assert status.presented_key is not None
    assert status.presented_key.line == sshd.host_keys[0]
    assert status.retry_at is None
    with pytest.raises(HostKeyChanged):
        await lines.pool.exec(1, "true")
    assert sshd.log.count("Connection from") == 1
    assert logins(sshd) == 0


async def test_key_changed_while_up_is_found_at_the_reconnect(lines: Lines, sshd: Sshd) -> None:
    lines.add(sshd, password=credential(sshd))
    lines.pool.watch(1)
    await lines.reach(1, LineState.UP)
    before = logins(sshd)
    sshd.change_host_keys()
    sshd.kill_sessions()
    await lines.reach(1, LineState.KEY_CHANGED)
    assert lines.states(1) == [LineState.CONNECTING, LineState.UP, LineState.DOWN, LineState.KEY_CHANGED]
    assert logins(sshd) == before

    lines.change(1, pinned=sshd.host_keys)
    lines.pool.retry(1)
    await lines.reach(1, LineState.UP)


async def test_key_changed_on_a_further_connection_stops_everything(
    lines: Lines, make_sshd: Callable[..., Sshd]
) -> None:
    daemon = make_sshd(settings={"MaxSessions": "1"})
    lines.add(daemon, password=credential(daemon))
    lines.pool.watch(1)
    ear = Ear()
    await lines.pool.stream(1, "cat", ear)
    before = logins(daemon)
    daemon.change_host_keys()
    with pytest.raises(HostKeyChanged):
        await lines.pool.exec(1, "true")
    await lines.reach(1, LineState.KEY_CHANGED)
    await eventually(lambda: ear.ends)
    with pytest.raises(HostKeyChanged):
        await lines.pool.exec(1, "true")
    await eventually(lambda: not daemon.descendants())
    assert logins(daemon) == before


@pytest.mark.parametrize("pinned", [0, 1, 2])
async def test_any_pinned_key_of_several_will_do(lines: Lines, make_sshd: Callable[..., Sshd], pinned: int) -> None:
    daemon = make_sshd(host_key_kinds=("ed25519", "ecdsa", "rsa"))
    lines.add(daemon, pinned=(daemon.host_keys[pinned],))
    assert (await lines.pool.exec(1, "echo in")).stdout == b"in\n"


@pytest.mark.parametrize("changed", [True, False])
async def test_jump_hosts_key_is_judged_too(lines: Lines, make_sshd: Callable[..., Sshd], changed: bool) -> None:
    jump, behind = make_sshd(), make_sshd()
    lines.add(jump, 1, password=credential(jump), pinned=jump.host_keys if changed else ())
    lines.add(behind, 2, jump=1, password=credential(behind))
    jump.change_host_keys()
    lines.pool.watch(2)
    status = await lines.reach(2, LineState.DOWN)
    assert status.code == "jump_down"
    assert "h1" in status.reason
    shown = await lines.reach(1, LineState.KEY_CHANGED if changed else LineState.KEY_PENDING)
    assert getattr(shown.presented_key, "line", "") == jump.host_keys[0]
    assert logins(jump) == 0
    assert "Connection from" not in behind.log


async def test_key_of_a_host_behind_a_jump_host_is_judged(lines: Lines, make_sshd: Callable[..., Sshd]) -> None:
    jump, behind = make_sshd(), make_sshd()
    lines.add(jump, 1)
    lines.add(behind, 2, jump=1, password=credential(behind))
    behind.change_host_keys()
    lines.pool.watch(2)
    await lines.reach(2, LineState.KEY_CHANGED)
    await eventually(lambda: "Connection from" in behind.log)
    assert logins(behind) == 0


async def test_damaged_pin_is_never_an_open_door(lines: Lines, sshd: Sshd) -> None:
    lines.add(sshd, pinned=("ssh-ed25519 AAAArubbish",))
    lines.pool.watch(1)
    status = await lines.reach(1, LineState.DOWN)
    assert status.code == "pinned_key"
    assert logins(sshd) == 0
