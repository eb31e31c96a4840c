"""Hosts that break, hang, lie or come back: what the line tells, and that it ends well."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import time
from collections.abc import Callable

import pytest

from controller.ssh.errors import ChannelRefused, LineError, Unreachable
from controller.ssh.target import LineState
from tests.integration.ssh.conftest import Ear, Lines, MakeLines, eventually, impostor, open_sockets
from tests.support.sshd import Sshd, free_port

GARBAGE = b"\x00\xff\x17garbage\n" * 200


async def attempt(lines: Lines, **changes: object) -> LineError:
    """The error of one attempt at a host that differs from a good one by `changes`."""
    lines.change(1, **changes)
    with pytest.raises(LineError) as caught:
        await lines.pool.exec(1, "true")
    return caught.value


async def test_errors_are_typed_by_what_to_do(lines: Lines, sshd: Sshd) -> None:
    lines.add(sshd)
    assert (await attempt(lines, port=free_port())).code == "refused"
    assert (await attempt(lines, address="no-such-host.invalid")).code == "dns"
    assert (await attempt(lines, address="255.255.255.255")).code == "no_route"


@pytest.mark.parametrize(
    ("answer", "hang_up", "told"),
    [
        (None, False, ("timeout", "no SSH greeting")),
        (None, True, ("closed", "before its greeting")),
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", True, ("banner", "not an SSH server")),
        (b"220 mail ESMTP\r\n", True, ("banner", "not an SSH server")),
        (GARBAGE, True, ("banner", "not an SSH server")),
        (b"x" * 20_000, False, ("banner", "not an SSH server")),
        (b"line\r\n" * 5000, False, ("banner", "not an SSH server")),
        (b"SSH-1.5-old\r\n", False, ("banner", "not an SSH server")),
        (b"SSH-2.0-x\r\n" + GARBAGE, False, ("closed", "during the key exchange")),
        (b"SSH-2.0-x\r\n", False, ("timeout", "key exchange")),
        (b"SSH-2.0-x\r\n\x00\x00\x00\x0c\x0a\x01" + b"\x00" * 10, True, ("closed", "during the key exchange")),
    ],
)
async def test_what_is_no_ssh_server(
    lines: Lines, sshd: Sshd, answer: bytes | None, hang_up: bool, told: tuple[str, str]
) -> None:
    lines.add(sshd)
    async with impostor(answer, hang_up=hang_up) as port:
        error = await attempt(lines, port=port)
    assert isinstance(error, Unreachable)
    code, words = told
    assert (error.code, words in error.sentence) == (code, True), error.sentence


async def test_no_common_algorithm(lines: Lines, make_sshd: Callable[..., Sshd]) -> None:
    lines.add(make_sshd(settings={"Ciphers": "aes128-cbc"}))
    with pytest.raises(Unreachable) as caught:
        await lines.pool.exec(1, "true")
    error = caught.value  # sshd says what it has and hangs up at once: the reset may overtake its words
    assert error.code == "kex" or (error.code == "closed" and "during the key exchange" in error.sentence)


async def test_host_that_does_not_answer_times_out(make_lines: MakeLines, sshd: Sshd) -> None:
    lines = make_lines(connect_timeout_s=0.3)
    lines.add(sshd)
    with socket.socket() as full:  # a full backlog drops further SYNs, as a firewall does
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        taken = [socket.create_connection(full.getsockname()) for _ in range(1)]
        error = await attempt(lines, port=full.getsockname()[1])
        for sock in taken:
            sock.close()
    assert error.code == "timeout"


async def test_killed_sshd_comes_back_by_itself(lines: Lines, sshd: Sshd) -> None:
    lines.add(sshd)
    lines.pool.watch(1)
    await lines.reach(1, LineState.UP)
    ear = Ear()
    await lines.pool.stream(1, "cat", ear)
    sshd.stop()
    status = await lines.reach(1, LineState.DOWN)
    await eventually(lambda: len(ear.ends) == 1)
    assert isinstance(ear.ends[0], Unreachable)
    assert status.retry_at is not None
    await eventually(lambda: getattr(lines.pool.status(1), "code", "") == "refused")
    with pytest.raises(Unreachable):
        await lines.pool.exec(1, "true")
    again = lines.pool.status(1)
    assert again is not None
    assert again.since == status.since  # down since the loss, whatever the later attempts found
    sshd.start()
    await lines.reach(1, LineState.UP)
    assert (await lines.pool.exec(1, "echo back")).stdout == b"back\n"
    assert lines.states(1) == [LineState.CONNECTING, LineState.UP, LineState.DOWN, LineState.UP]


async def test_frozen_sshd_is_found(lines: Lines, sshd: Sshd) -> None:
    lines.add(sshd)
    lines.pool.watch(1)
    await lines.reach(1, LineState.UP)
    ear = Ear()
    stream = await lines.pool.stream(1, "cat", ear)
    stream.write(b"x")
    await eventually(lambda: ear.out == b"x")
    sshd.freeze()
    start = time.monotonic()
    status = await lines.reach(1, LineState.DOWN, 5)
    assert time.monotonic() - start < 0.5 * 3 + 0.5  # three intervals
    assert status.code == "timeout"
    assert "stopped answering" in status.reason
    assert isinstance(ear.ends[0], Unreachable)
    await eventually(lambda: "no SSH greeting" in getattr(lines.pool.status(1), "reason", ""))
    sshd.thaw()
    await lines.reach(1, LineState.UP)


async def test_a_host_that_froze_is_not_called_full_and_teaches_no_limit(make_lines: MakeLines, sshd: Sshd) -> None:
    lines = make_lines(channel_timeout_s=30, slot_timeout_s=0.5)
    host = lines.add(sshd)
    lines.pool.watch(host)
    await lines.reach(host, LineState.UP)
    await lines.pool.shell(host, Ear())
    sshd.freeze()
    with pytest.raises(Unreachable, match="stopped answering"):
        await lines.pool.shell(host, Ear())
    sshd.thaw()
    await lines.reach(host, LineState.UP)
    assert lines.pool._sessions[host].limit == lines.pool.options.sessions


async def test_places_that_a_frozen_host_holds_are_not_called_in_use(make_lines: MakeLines, sshd: Sshd) -> None:
    lines = make_lines(channel_timeout_s=0.3, slot_timeout_s=0.5, keepalive_s=60, sessions=3, overflow_shells=0)
    host = lines.add(sshd)
    lines.pool.watch(host)
    await lines.reach(host, LineState.UP)
    sshd.freeze()
    for _ in range(5):  # two that are never opened, and those for which there is no place beside them
        with pytest.raises(ChannelRefused, match="has not answered for") as refused:
            await lines.pool.shell(host, Ear())
        assert refused.value.code == "channel_timeout"
    sshd.thaw()
    await eventually(lambda: lines.pool._sessions[host]._overdue == 0)
    async with asyncio.timeout(10):
        while True:
            with contextlib.suppress(ChannelRefused):  # half a second may be too little on a busy machine
                shell = await lines.pool.shell(host, Ear())
                break
    shell.close()


async def test_idle_line_is_kept_alive(lines: Lines, sshd: Sshd) -> None:
    lines.add(sshd)
    lines.pool.watch(1)
    await lines.reach(1, LineState.UP)
    await asyncio.sleep(0.5 * 5)  # noqa: ASYNC251, RUF100 — nothing to wait for: nothing must happen
    assert lines.states(1) == [LineState.CONNECTING, LineState.UP]
    assert sshd.log.count("Accepted publickey") == 1


async def test_silence_counts_from_the_last_bytes(lines: Lines, sshd: Sshd) -> None:
    lines.add(sshd)
    assert lines.pool.silence(1) is None
    ear = Ear()
    stream = await lines.pool.stream(1, "cat", ear)
    await eventually(lambda: (lines.pool.silence(1) or 0) > 0.3)
    stream.write(b"x")
    await eventually(lambda: ear.out)
    assert (lines.pool.silence(1) or 9) < 0.3
    await eventually(lambda: (lines.pool.silence(1) or 0) > 0.4)
    await eventually(lambda: (lines.pool.silence(1) or 9) < 0.1)  # the answer to a keepalive


async def test_full_sshd_lets_everybody_in_in_time(make_lines: MakeLines, make_sshd: Callable[..., Sshd]) -> None:
    lines = make_lines(handshakes=8)
    daemon = make_sshd(settings={"MaxStartups": "1"})
    for host_id in range(1, 7):
        lines.add(daemon, host_id)
        lines.pool.watch(host_id)
    for host_id in range(1, 7):
        await lines.reach(host_id, LineState.UP, 20)


async def test_asking_at_once_makes_one_connection(lines: Lines, sshd: Sshd) -> None:
    lines.add(sshd)
    await asyncio.gather(*(lines.pool.stream(1, "cat", Ear()) for _ in range(5)))
    assert sshd.log.count("Accepted publickey") == 1


async def test_handshakes_are_limited(make_lines: MakeLines, sshd: Sshd) -> None:
    lines = make_lines(handshakes=2, handshake_timeout_s=0.5)
    lines.add(sshd)
    async with impostor(None) as port:
        for host_id in range(2, 8):
            lines.add(sshd, host_id, port=port)
            lines.pool.watch(host_id)
        await eventually(lambda: len([1 for _, status in lines.news if status.code == "timeout"]) >= 2)
        assert (await lines.pool.exec(1, "echo in")).stdout == b"in\n"


async def test_unwatched_line_closes_when_idle(lines: Lines, sshd: Sshd) -> None:
    lines.add(sshd)
    before = open_sockets()
    await lines.pool.exec(1, "true")
    await eventually(lambda: open_sockets() == before, 5)
    assert (await lines.pool.exec(1, "echo again")).stdout == b"again\n"


async def test_forgotten_host_is_left_alone(lines: Lines, sshd: Sshd) -> None:
    lines.add(sshd)
    lines.pool.watch(1)
    await lines.reach(1, LineState.UP)
    ear = Ear()
    await lines.pool.stream(1, "cat", ear)
    lines.pool.forget(1)
    await eventually(lambda: ear.ends == [None])
    await eventually(lambda: not sshd.descendants())
    told = len(lines.news)
    sshd.stop()
    await asyncio.sleep(0.5)  # longer than every retry
    assert len(lines.news) == told
    assert lines.pool.status(1) is None


async def test_forgotten_while_it_connects(lines: Lines, sshd: Sshd) -> None:
    lines.add(sshd)
    async with impostor(None) as port:
        lines.change(1, port=port)
        lines.pool.watch(1)
        waiting = asyncio.create_task(lines.pool.exec(1, "true"))
        await asyncio.sleep(0.2)
        lines.pool.forget(1)
        with pytest.raises(Unreachable) as caught:
            await waiting
        assert caught.value.code == "forgotten"


async def test_host_unknown_to_the_directory(lines: Lines) -> None:
    with pytest.raises(Unreachable) as caught:
        await lines.pool.exec(99, "true")
    assert caught.value.code == "forgotten"


async def test_retry_reconnects_only_if_something_differs(lines: Lines, make_sshd: Callable[..., Sshd]) -> None:
    first, second = make_sshd(), make_sshd()
    lines.add(first)
    lines.pool.watch(1)
    await lines.reach(1, LineState.UP)
    lines.pool.retry(1)
    assert (await lines.pool.exec(1, "true")).exit_status == 0
    assert first.log.count("Accepted publickey") == 1
    lines.add(second)
    lines.pool.retry(1)
    await eventually(lambda: "Accepted publickey" in second.log)
    await lines.reach(1, LineState.UP)
    await eventually(lambda: not first.descendants())


async def test_closing_in_the_midst_of_everything(make_lines: MakeLines, sshd: Sshd) -> None:
    lines = make_lines()
    async with impostor(None) as port:
        for host_id in range(1, 5):
            lines.add(sshd, host_id)
            lines.pool.watch(host_id)
        lines.add(sshd, 5, port=port)
        lines.add(sshd, 6, jump=5)
        for host_id in (5, 6):
            lines.pool.watch(host_id)
        await lines.reach(1, LineState.UP)
        jobs = [lines.pool.exec(n, "sleep 9") for n in (1, 2, 5, 6)]
        work: list[asyncio.Task[object]] = [asyncio.create_task(job) for job in jobs]
        work.append(asyncio.create_task(lines.pool.stream(3, "cat", Ear())))
        await asyncio.sleep(0.1)
        async with asyncio.timeout(5):
            await lines.pool.close()
            results = await asyncio.gather(*work, return_exceptions=True)
    assert not [result for result in results if isinstance(result, BaseException) and not isinstance(result, LineError)]


async def test_closing_does_not_wait_for_a_frozen_host(make_lines: MakeLines, sshd: Sshd) -> None:
    lines = make_lines(keepalive_s=9.0)
    lines.add(sshd)
    lines.pool.watch(1)
    stream = await lines.pool.stream(1, "cat", Ear())
    sshd.freeze()
    stream.write(b"x" * (64 << 20))  # more than all buffers on the way take
    job = asyncio.create_task(lines.pool.exec(1, "true"))
    await asyncio.sleep(0.1)
    async with asyncio.timeout(3):
        await lines.pool.close()
        with pytest.raises(LineError):
            await job


@pytest.mark.long
async def test_lines_that_come_and_go_leave_nothing(lines: Lines, sshd: Sshd) -> None:
    lines.add(sshd)
    before = open_sockets()
    for _ in range(60):
        lines.pool.watch(1)
        await lines.reach(1, LineState.UP)
        await lines.pool.stream(1, "cat", Ear())
        sshd.kill_sessions()
        await lines.reach(1, LineState.DOWN)
        lines.pool.forget(1)
    await eventually(lambda: open_sockets() <= before, 5)


@pytest.mark.long
async def test_frozen_sshd_is_found_within_thirty_seconds(make_lines: MakeLines, sshd: Sshd) -> None:
    lines = make_lines(keepalive_s=9.0)
    lines.add(sshd)
    lines.pool.watch(1)
    await lines.reach(1, LineState.UP)
    sshd.freeze()
    start = time.monotonic()
    await lines.reach(1, LineState.DOWN, 35)
    assert time.monotonic() - start < 30
