"""What runs on a line: commands, streams, shells, files, forwarded connections."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from controller.ssh.errors import ChannelRefused, CommandTimeout, Unreachable
from controller.ssh.target import LineState
from tests.integration.ssh.abrupt import abrupt
from tests.integration.ssh.conftest import Ear, Lines, MakeLines, eventually
from tests.support.sshd import IS_ROOT, Sshd


def running(daemon: Sshd, words: str) -> list[int]:
    """Processes of the daemon whose command line is exactly that."""
    found = []
    for pid in daemon.descendants():
        try:
            line = Path(f"/proc/{pid}/cmdline").read_bytes().rstrip(b"\0").replace(b"\0", b" ").decode()
        except OSError:
            continue
        if line == words:
            found.append(pid)
    return found


async def test_exec_tells_both_outputs_and_the_status(lines: Lines, sshd: Sshd) -> None:
    lines.add(sshd)
    result = await lines.pool.exec(1, "cat; echo oops >&2; exit 7", stdin=b"\x00\xffraw")
    assert (result.stdout, result.stderr, result.exit_status, result.truncated) == (b"\x00\xffraw", b"oops\n", 7, False)


async def test_exec_without_input_sees_its_end(lines: Lines, sshd: Sshd) -> None:
    lines.add(sshd)
    assert (await lines.pool.exec(1, "wc -c", timeout_s=5)).stdout.strip() == b"0"


async def test_exec_feeds_more_than_a_window(lines: Lines, sshd: Sshd) -> None:
    lines.add(sshd)
    assert (await lines.pool.exec(1, "wc -c", stdin=b"x" * (5 << 20))).stdout.strip() == str(5 << 20).encode()


async def test_exec_tells_the_signal(lines: Lines, sshd: Sshd) -> None:
    lines.add(sshd)
    assert (await lines.pool.exec(1, "kill -9 $$")).exit_status == -9


async def test_exec_timeout_ends_the_command_on_the_host(lines: Lines, sshd: Sshd) -> None:
    lines.add(sshd)
    with pytest.raises(CommandTimeout):
        await lines.pool.exec(1, "exec sleep 4711", timeout_s=0.3)
    await eventually(lambda: not running(sshd, "sleep 4711"))
    assert (await lines.pool.exec(1, "echo on")).stdout == b"on\n"


async def test_exec_timeout_ends_a_command_that_ignores_being_asked(lines: Lines, sshd: Sshd) -> None:
    lines.add(sshd)
    with pytest.raises(CommandTimeout):
        await lines.pool.exec(1, "trap '' TERM HUP; while :; do sleep 0.1; done", timeout_s=0.3)
    await eventually(lambda: len(sshd.descendants()) <= 2)


async def test_cancelled_exec_ends_the_command_on_the_host(lines: Lines, sshd: Sshd) -> None:
    lines.add(sshd)
    task = asyncio.create_task(lines.pool.exec(1, "exec sleep 4712"))
    await eventually(lambda: running(sshd, "sleep 4712"))
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await eventually(lambda: not running(sshd, "sleep 4712"))


@pytest.mark.parametrize("where", ["", " >&2"])
async def test_endless_output_is_cut_off(lines: Lines, sshd: Sshd, where: str) -> None:
    lines.add(sshd)
    result = await lines.pool.exec(1, f"exec yes{where}", limit_bytes=100_000)
    assert result.truncated
    assert result.exit_status is None
    assert len(result.stderr if where else result.stdout) == 100_000
    await eventually(lambda: not running(sshd, "yes"))


async def test_output_of_exactly_the_limit_is_whole(lines: Lines, sshd: Sshd) -> None:
    lines.add(sshd)
    result = await lines.pool.exec(1, "head -c 1000 /dev/zero", limit_bytes=1000)
    assert (len(result.stdout), result.truncated, result.exit_status) == (1000, False, 0)


async def test_stream_goes_both_ways_and_ends(lines: Lines, sshd: Sshd) -> None:
    lines.add(sshd)
    ear = Ear()
    stream = await lines.pool.stream(1, "cat; echo end >&2", ear)
    stream.write(b"one")
    await eventually(lambda: ear.out == b"one")
    stream.write(b"two")
    await eventually(lambda: ear.out == b"onetwo")
    stream.write_eof()
    await eventually(lambda: ear.ends)
    assert ear.err == b"end\n"
    assert ear.ends == [None]
    with pytest.raises(Unreachable):
        stream.write(b"late")
    stream.close()


async def test_closing_a_stream_is_the_end_of_input_for_the_command(lines: Lines, sshd: Sshd) -> None:
    lines.add(sshd)
    ear = Ear()
    stream = await lines.pool.stream(1, "exec cat", ear)
    await eventually(lambda: running(sshd, "cat"))
    stream.close()
    await eventually(lambda: ear.ends == [None])
    await eventually(lambda: not running(sshd, "cat"))


async def test_receiver_that_fails_loses_its_channel_only(lines: Lines, sshd: Sshd) -> None:
    class Broken(Ear):
        def data(self, data: bytes) -> None:
            raise ValueError(data)

    lines.add(sshd)
    other, broken = Ear(), Broken()
    healthy = await lines.pool.stream(1, "cat", other)
    stream = await lines.pool.stream(1, "cat", broken)
    stream.write(b"x")
    await eventually(lambda: broken.ends)
    healthy.write(b"still here")
    await eventually(lambda: other.out == b"still here")


async def test_paused_stream_holds_the_host_up(lines: Lines, sshd: Sshd) -> None:
    lines.add(sshd)
    ear = Ear()
    shell = await lines.pool.shell(1, ear, window_bytes=65536)
    shell.pause()
    shell.write(b"stty -echo; PS1=; yes\n")
    other = await lines.pool.exec(1, "sleep 0.5; echo done")
    assert other.stdout == b"done\n"
    assert not ear.out
    shell.resume()
    await eventually(lambda: len(ear.out) > 500_000)
    shell.close()
    await eventually(lambda: ear.ends)


async def test_shell_has_a_terminal_that_changes_its_size(lines: Lines, sshd: Sshd) -> None:
    lines.add(sshd)
    ear = Ear()
    shell = await lines.pool.shell(1, ear, term="vt100", columns=91, rows=17)
    shell.write(b"stty size; echo $TERM\n")
    await eventually(lambda: b"17 91\r\n" in ear.out and b"vt100\r\n" in ear.out)
    shell.resize(132, 43)
    shell.write(b"stty size; exit\n")
    await eventually(lambda: b"43 132\r\n" in ear.out)
    await eventually(lambda: ear.ends == [None])


async def test_sftp(lines: Lines, sshd: Sshd, tmp_path: Path) -> None:
    lines.add(sshd)
    place = "/home/ops/file" if IS_ROOT else str(tmp_path / "file")
    async with await lines.pool.sftp(1) as client:
        async with client.open(place, "wb") as file:
            await file.write(b"\x00" * 1_000_000)
        assert (await client.stat(place)).size == 1_000_000
    assert (await lines.pool.exec(1, f"wc -c < {place}")).stdout.strip() == b"1000000"


async def test_host_without_sftp_says_so(lines: Lines, make_sshd: Callable[..., Sshd]) -> None:
    lines.add(make_sshd(settings={"Subsystem": "sftp /does/not/exist"}))
    with pytest.raises(ChannelRefused):
        async with await lines.pool.sftp(1):
            pass
    assert (await lines.pool.exec(1, "echo on")).stdout == b"on\n"


async def test_forwarded_tcp(lines: Lines, sshd: Sshd) -> None:
    lines.add(sshd)
    ear = Ear()
    stream = await lines.pool.connect_tcp(1, "127.0.0.1", sshd.port, ear)
    await eventually(lambda: ear.out.startswith(b"SSH-2.0-OpenSSH"))
    stream.close()
    await eventually(lambda: ear.ends == [None])


async def test_forwarded_unix_socket(lines: Lines, sshd: Sshd) -> None:
    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(await reader.readline())
        writer.close()

    path = sshd.folder / "echo.sock"
    server = await asyncio.start_unix_server(echo, path)
    path.chmod(0o777)
    lines.add(sshd)
    ear = Ear()
    stream = await lines.pool.connect_unix(1, str(path), ear)
    stream.write(b"hello\n")
    await eventually(lambda: ear.ends == [None])
    assert ear.out == b"hello\n"
    server.close()


async def test_forwarding_that_fails_tells_why(lines: Lines, make_sshd: Callable[..., Sshd]) -> None:
    lines.add(make_sshd(), 1)
    with pytest.raises(ChannelRefused) as caught:
        await lines.pool.connect_tcp(1, "127.0.0.1", 9, Ear())
    assert caught.value.code == "forward_failed"
    lines.add(make_sshd(settings={"AllowTcpForwarding": "no"}), 2)
    with pytest.raises(ChannelRefused) as caught:
        await lines.pool.connect_tcp(2, "127.0.0.1", 9, Ear())
    assert caught.value.code == "forward_prohibited"


async def test_many_commands_at_once_share_few_connections(lines: Lines, sshd: Sshd) -> None:
    lines.add(sshd)
    results = await asyncio.gather(*(lines.pool.exec(1, f"echo {n}") for n in range(60)))
    assert [int(result.stdout) for result in results] == list(range(60))
    assert sshd.log.count("Accepted publickey") <= 4
    assert lines.states(1) == [LineState.CONNECTING, LineState.UP]


@pytest.mark.parametrize("limit", [1, 2])
async def test_few_sessions_are_learnt_and_shared(lines: Lines, make_sshd: Callable[..., Sshd], limit: int) -> None:
    daemon = make_sshd(settings={"MaxSessions": str(limit)})
    lines.add(daemon)
    lines.pool.watch(1)
    ear = Ear()
    reader = await lines.pool.stream(1, "cat", ear)
    results = await asyncio.gather(*(lines.pool.exec(1, f"sleep 0.05; echo {n}") for n in range(12)))
    assert [int(result.stdout) for result in results] == list(range(12))
    reader.write(b"undisturbed")
    await eventually(lambda: ear.out == b"undisturbed")
    assert daemon.log.count("Accepted publickey") <= 4
    accepted = daemon.log.count("Accepted publickey")
    await eventually(lambda: daemon.log.count("Disconnected from user") == accepted - 1, 5)  # overflow closed when idle
    assert not ear.ends
    refused = daemon.log.count("no more sessions")
    await asyncio.gather(*(lines.pool.exec(1, "true") for _ in range(4)))
    assert daemon.log.count("no more sessions") == refused  # remembered


async def test_connection_lost_at_the_limit_is_learnt_too(lines: Lines) -> None:
    async with abrupt(limit=2) as target:
        lines.hosts.targets[1] = target
        lines.pool.watch(1)
        first = Ear()
        await lines.pool.stream(1, "cat", first)
        results = await asyncio.gather(*(lines.pool.exec(1, f"echo {n}") for n in range(6)))
        assert [result.stdout for result in results] == [f"echo {n}".encode() for n in range(6)]
        await lines.reach(1, LineState.UP)
        lost = lines.states(1).count(LineState.DOWN)
        assert lost >= 1
        second = Ear()
        stream = await lines.pool.stream(1, "cat", second)
        await asyncio.gather(*(lines.pool.exec(1, "true") for _ in range(6)))
        assert lines.states(1).count(LineState.DOWN) == lost  # never risked again
        stream.close()


async def test_session_closed_before_it_was_asked_for_anything_is_opened_again(lines: Lines) -> None:
    async with abrupt(limit=9, hasty=2) as target:
        lines.hosts.targets[1] = target
        assert (await lines.pool.exec(1, "echo on")).stdout == b"echo on"
    async with abrupt(limit=9, hasty=3) as target:
        lines.hosts.targets[2] = replace(target, host_id=2)
        with pytest.raises(ChannelRefused, match="refused the session"):
            await lines.pool.exec(2, "echo on")
        assert (await lines.pool.exec(2, "echo on")).stdout == b"echo on"


async def test_reader_finds_its_session_reserved(lines: Lines, make_sshd: Callable[..., Sshd]) -> None:
    daemon = make_sshd(settings={"MaxSessions": "2"})
    lines.add(daemon)
    lines.pool.watch(1)
    for _ in range(2):  # the first round may have to learn the limit
        busy = [asyncio.create_task(lines.pool.exec(1, "sleep 0.5")) for _ in range(3)]
        await asyncio.sleep(0.2)
        ear = Ear()
        stream = await lines.pool.stream(1, "cat", ear)
        stream.write(b"in")
        await eventually(lambda: ear.out == b"in")  # noqa: B023 — awaited at once
        stream.close()
        await asyncio.gather(*busy)


async def test_full_host_says_so_after_a_wait(make_lines: MakeLines, make_sshd: Callable[..., Sshd]) -> None:
    lines = make_lines(slot_timeout_s=0.5, overflow=1)
    daemon = make_sshd(settings={"MaxSessions": "1"})
    lines.add(daemon)
    reader = await lines.pool.stream(1, "cat", Ear())
    busy = asyncio.create_task(lines.pool.exec(1, "sleep 2"))
    await eventually(lambda: running(daemon, "sleep 2"))
    with pytest.raises(ChannelRefused) as caught:
        await lines.pool.exec(1, "true")
    assert caught.value.code == "busy"
    await busy
    assert (await lines.pool.exec(1, "echo now")).stdout == b"now\n"
    reader.close()


async def test_host_that_allows_no_session_at_all(lines: Lines, make_sshd: Callable[..., Sshd]) -> None:
    lines.add(make_sshd(settings={"MaxSessions": "0"}))
    with pytest.raises(ChannelRefused) as caught:
        await lines.pool.exec(1, "true")
    assert caught.value.code == "channel_refused"
    assert "MaxSessions" in caught.value.sentence


async def test_slow_login_shell_is_no_fault(lines: Lines, make_sshd: Callable[..., Sshd]) -> None:
    if not IS_ROOT:
        pytest.skip("needs an account with a shell of the test's own, that is root")
    daemon = make_sshd(shell="/bin/bash", home_files={".bashrc": "echo noise; sleep 1\n"})
    lines.add(daemon)
    assert (await lines.pool.exec(1, "echo in")).stdout == b"noise\nin\n"
