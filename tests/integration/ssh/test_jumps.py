"""Hosts behind other hosts."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from controller.ssh.errors import Unreachable
from controller.ssh.target import LineState
from tests.integration.ssh.conftest import Ear, Lines, MakeLines, eventually
from tests.support.sshd import Sshd, free_port


async def test_a_chain_of_jump_hosts(lines: Lines, make_sshd: Callable[..., Sshd]) -> None:
    first, second, last = make_sshd(), make_sshd(), make_sshd()
    lines.add(first, 1)
    lines.add(second, 2, jump=1)
    lines.add(last, 3, jump=2)
    lines.pool.watch(3)
    await lines.reach(3, LineState.UP)
    ear = Ear()
    stream = await lines.pool.stream(3, "cat", ear)
    stream.write(b"through")
    await eventually(lambda: ear.out == b"through")
    assert [daemon.log.count("Accepted publickey") for daemon in (first, second, last)] == [1, 1, 1]


async def test_hosts_share_their_jump_hosts_line(lines: Lines, make_sshd: Callable[..., Sshd]) -> None:
    jump, behind = make_sshd(), make_sshd(settings={"MaxStartups": "100"})
    lines.add(jump, 1)
    for host_id in range(2, 14):
        lines.add(behind, host_id, jump=1)
        lines.pool.watch(host_id)
    for host_id in range(2, 14):
        await lines.reach(host_id, LineState.UP)
    assert jump.log.count("Accepted publickey") == 1


async def test_jump_host_down_is_named_and_all_come_back(lines: Lines, make_sshd: Callable[..., Sshd]) -> None:
    jump, behind = make_sshd(), make_sshd()
    lines.add(jump, 1)
    lines.add(behind, 2, jump=1)
    lines.add(behind, 3, jump=1)
    for host_id in (1, 2, 3):
        lines.pool.watch(host_id)
    for host_id in (1, 2, 3):
        await lines.reach(host_id, LineState.UP)
    jump.stop()
    for host_id in (2, 3):
        await eventually(lambda: getattr(lines.pool.status(host_id), "code", "") == "jump_down")  # noqa: B023
        status = lines.pool.status(host_id)
        assert status is not None
        assert "h1" in status.reason
    jump.start()
    for host_id in (1, 2, 3):
        await lines.reach(host_id, LineState.UP)


async def test_jump_host_that_nobody_watches_is_kept_while_it_is_needed(
    make_lines: MakeLines, make_sshd: Callable[..., Sshd]
) -> None:
    lines = make_lines(overflow_idle_s=0.1)
    jump, behind = make_sshd(), make_sshd()
    lines.add(jump, 1)
    lines.add(behind, 2, jump=1)
    lines.pool.watch(2)
    await lines.reach(2, LineState.UP)
    await asyncio.sleep(0.5)  # several times the idle time
    assert jump.descendants()
    lines.pool.forget(2)
    await eventually(lambda: not jump.descendants())


@pytest.mark.parametrize("chain", [{1: 1}, {1: 2, 2: 1}, {1: 2, 2: 3, 3: 2}])
async def test_loops_are_told_and_never_tried(lines: Lines, sshd: Sshd, chain: dict[int, int]) -> None:
    for host_id, jump in chain.items():
        lines.add(sshd, host_id, jump=jump)
    with pytest.raises(Unreachable) as caught:
        await lines.pool.exec(1, "true")
    assert caught.value.code == "jump_loop"
    assert "h1" in caught.value.sentence
    assert "Connection from" not in sshd.log


async def test_what_the_jump_host_cannot_reach(lines: Lines, make_sshd: Callable[..., Sshd]) -> None:
    jump, closed = make_sshd(), make_sshd(settings={"AllowTcpForwarding": "no"})
    lines.add(jump, 1)
    lines.add(jump, 2, jump=1, port=free_port())
    lines.add(closed, 3)
    lines.add(jump, 4, jump=3)
    lines.add(jump, 5, jump=77)
    codes = {}
    for host_id in (2, 4, 5):
        with pytest.raises(Unreachable) as caught:
            await lines.pool.exec(host_id, "true")
        codes[host_id] = caught.value.code
    assert codes == {2: "refused", 4: "forward_prohibited", 5: "jump_down"}


async def test_few_handshakes_at_once_through_one_jump_host(
    make_lines: MakeLines, make_sshd: Callable[..., Sshd]
) -> None:
    lines = make_lines(handshakes_per_jump=2)
    jump, behind = make_sshd(), make_sshd(settings={"MaxStartups": "4"})  # drops a fifth
    lines.add(jump, 1)
    for host_id in range(2, 12):
        lines.add(behind, host_id, jump=1)
        lines.pool.watch(host_id)
    for host_id in range(2, 12):
        await lines.reach(host_id, LineState.UP)
    assert "past MaxStartups" not in behind.log
