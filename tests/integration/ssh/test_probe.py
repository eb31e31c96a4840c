"""The live test of "add host"."""

from __future__ import annotations

from collections.abc import Callable

from controller.core.secrets import Secret
from controller.ssh import probe
from controller.ssh.target import Password
from tests.integration.ssh.conftest import Lines, eventually, impostor, needs_password
from tests.support.sshd import Sshd, free_port


def steps(result: probe.Result) -> dict[str, bool | None]:
    """How each step went."""
    return {step.name: step.ok for step in result.steps}


def code(result: probe.Result) -> str:
    """The code of the step that failed."""
    return next(step.code for step in result.steps if step.ok is False)


async def test_all_steps_succeed(lines: Lines, sshd: Sshd) -> None:
    target = lines.hosts.targets[lines.add(sshd)]
    result = await probe.probe(lines.pool, target, command="echo facts")
    assert result.ok
    assert list(steps(result)) == ["resolve", "connect", "host_key", "login", "collect"]
    assert result.output is not None
    assert result.output.stdout == b"facts\n"
    assert result.presented_key is not None
    assert all(step.duration_ms is not None for step in result.steps)
    assert sshd.log.count("Connection from") == 1
    await eventually(lambda: not sshd.descendants())


async def test_unknown_key_ends_before_the_login_and_approval_goes_on(lines: Lines, sshd: Sshd) -> None:
    lines.add(sshd, pinned=())
    target = lines.hosts.targets[1]
    result = await probe.probe(lines.pool, target)
    assert steps(result) == {"resolve": True, "connect": True, "host_key": False, "login": None, "collect": None}
    assert code(result) == "key_unknown"
    assert result.presented_key is not None
    assert "Accepted" not in sshd.log
    wrong = await probe.probe(lines.pool, target, approved_fingerprint="SHA256:other")
    assert code(wrong) == "key_unknown"
    approved = await probe.probe(lines.pool, target, approved_fingerprint=result.presented_key.fingerprint)
    assert approved.ok
    assert approved.presented_key == result.presented_key


@needs_password
async def test_wrong_password_is_tried_once(lines: Lines, sshd: Sshd) -> None:
    lines.add(sshd, login=Password(Secret("wrong")))
    result = await probe.probe(lines.pool, lines.hosts.targets[1])
    assert steps(result) == {"resolve": True, "connect": True, "host_key": True, "login": False, "collect": None}
    assert sshd.log.count("Failed password") == 1


async def test_where_it_failed(lines: Lines, sshd: Sshd) -> None:
    lines.add(sshd, port=free_port())
    refused = await probe.probe(lines.pool, lines.hosts.targets[1])
    assert (steps(refused)["resolve"], steps(refused)["connect"], code(refused)) == (True, False, "refused")
    lines.change(1, address="no-such-host.invalid")
    unknown = await probe.probe(lines.pool, lines.hosts.targets[1])
    assert (steps(unknown)["resolve"], code(unknown)) == (False, "dns")
    async with impostor(b"220 mail ESMTP\r\n", hang_up=True) as port:
        lines.change(1, address="127.0.0.1", port=port)
        other = await probe.probe(lines.pool, lines.hosts.targets[1])
    assert (steps(other)["connect"], steps(other)["host_key"], code(other)) == (True, False, "banner")


async def test_through_a_jump_host(lines: Lines, make_sshd: Callable[..., Sshd]) -> None:
    jump, behind = make_sshd(), make_sshd()
    lines.add(jump, 1)
    lines.add(behind, 2, jump=1)
    result = await probe.probe(lines.pool, lines.hosts.targets[2])
    assert result.ok
    jump.stop()
    lines.pool.forget(1)
    down = await probe.probe(lines.pool, lines.hosts.targets[2])
    assert (steps(down)["connect"], code(down)) == (False, "jump_down")


async def test_account_without_a_shell(lines: Lines, make_sshd: Callable[..., Sshd]) -> None:
    lines.add(make_sshd(settings={"MaxSessions": "0"}))
    result = await probe.probe(lines.pool, lines.hosts.targets[1])
    assert (steps(result)["login"], steps(result)["collect"]) == (True, False)
