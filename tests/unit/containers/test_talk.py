"""Talking with engines: HTTP in any pieces, mixed logs, words of the command line, lines of a log."""

from __future__ import annotations

import asyncio
import shlex
import subprocess
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.engines import Engines, Socket
from controller.containers import cli
from controller.containers.api import split
from controller.containers.errors import EngineAway, EngineDenied, EngineRefused, EngineSilent, NoSuchContainer
from controller.containers.frames import Demultiplexer
from controller.containers.http import Client
from controller.containers.loglines import LONGEST, Lines, line
from controller.containers.pipe import HIGH_BYTES, Pipe
from controller.containers.shell import exec_command
from controller.containers.ways import candidates


class Wire:
    """The far end of a channel: answers each request with what it is told, byte by byte if so wanted."""

    def __init__(self, pipe: Pipe, answer: Callable[[bytes], bytes | None], step: int) -> None:
        self.pipe, self.answer, self.step = pipe, answer, step
        self.asked = bytearray()
        self.paused = False

    @property
    def pending_bytes(self) -> int:
        return 0

    def write(self, data: bytes) -> None:
        self.asked += data
        if b"\r\n\r\n" not in self.asked:
            return
        said, self.asked = self.answer(bytes(self.asked)), bytearray()
        if said is None:
            return
        for start in range(0, len(said), self.step):
            self.pipe.data(said[start : start + self.step])
        if said.endswith(b"!"):
            self.pipe.closed(None)

    async def drain(self) -> None: ...
    def write_eof(self) -> None: ...
    def pause(self) -> None:
        self.paused = True

    def resume(self) -> None:
        self.paused = False

    def close(self) -> None:
        self.pipe.closed(None)

    def kill(self) -> None:
        self.close()


def client(answer: Callable[[bytes], bytes | None], step: int = 1 << 16) -> Client:
    async def reach(pipe: Pipe) -> Wire:
        return Wire(pipe, answer, step)

    return Client(reach)


def http(status: str, body: bytes) -> bytes:
    return b"HTTP/1.1 %s\r\nContent-Length: %d\r\n\r\n%s" % (status.encode(), len(body), body)


CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\n[1,\r\n2\r\n2]\r\n0\r\n\r\n"


@pytest.mark.parametrize("step", [1, 3, 1 << 16])
@pytest.mark.parametrize("said", [http("200 OK", b"[1,2]"), CHUNKED])
async def test_answers_are_read_in_any_pieces_and_connections_are_used_again(said: bytes, step: int) -> None:
    made = client(lambda _: said, step)
    assert [await made.json("GET", "/x") for _ in range(3)] == [[1, 2]] * 3
    made.close()


async def test_what_is_asked_travels_as_the_engine_wants_it() -> None:
    seen: list[bytes] = []

    def answer(asked: bytes) -> bytes:
        seen.append(asked)
        return http("204 No Content", b"")

    made = client(answer)
    assert await made.json("POST", "/containers/x/stop", {"t": 3, "force": True, "none": None}) is None
    assert seen[0].startswith(b"POST /containers/x/stop?t=3&force=1 HTTP/1.1\r\n")
    made.close()


@pytest.mark.parametrize(
    ("said", "error", "words"),
    [
        (http("409 Conflict", b'{"message":"is paused"}'), EngineRefused, "is paused"),
        (http("500 Oh", b'{"cause":"inner"}'), EngineRefused, "inner"),
        (http("404 Not Found", b'{"message":"No such container: x"}'), NoSuchContainer, "No such container"),
        (http("200 OK", b"<html>"), EngineAway, "no JSON"),
        (http("200 OK", b"[" * 200_000), EngineAway, "no JSON"),
        (http("500 Oh", b"[" * 200_000), EngineRefused, r"\[\["),
        (b"SSH-2.0-OpenSSH_9.2\r\n\r\n", EngineAway, "broke off"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf!", EngineAway, "broke off"),
        (b"x" * 200_000, EngineAway, "broke off"),
    ],
)
async def test_what_is_no_good_answer_is_told(said: bytes, error: type[Exception], words: str) -> None:
    made = client(lambda _: said)
    with pytest.raises(error, match=words):
        await made.json("GET", "/x")
    made.close()


async def test_silence_is_told_in_time() -> None:
    made = client(lambda _: None)
    with pytest.raises(EngineSilent):
        await made.call("GET", "/x", timeout_s=0.01)
    made.close()


async def test_a_flood_holds_the_host_up_and_not_the_memory() -> None:
    wires: list[Wire] = []

    async def reach(pipe: Pipe) -> Wire:
        wires.append(Wire(pipe, lambda _: None, 1))
        return wires[-1]

    pipe = await Pipe.open(reach)
    pipe.data(bytes(HIGH_BYTES))
    held = [wires[0].paused]
    pipe.data(b"x")
    held.append(wires[0].paused)
    assert len(await pipe.read()) == HIGH_BYTES
    held.append(wires[0].paused)
    assert held == [False, True, False]
    waiting = asyncio.create_task(pipe.read())
    assert await waiting == b"x"


@given(st.lists(st.tuples(st.sampled_from([1, 2]), st.binary(max_size=40)), max_size=8), st.integers(1, 9))
def test_mixed_outputs_come_apart_in_any_pieces(pieces: list[tuple[int, bytes]], step: int) -> None:
    mixed = b"".join(bytes([stream, 0, 0, 0]) + len(data).to_bytes(4, "big") + data for stream, data in pieces)
    apart, found = Demultiplexer(), []
    for start in range(0, len(mixed), step):
        found += apart.feed(mixed[start : start + step])
    assert found == [({1: "stdout", 2: "stderr"}[stream], data) for stream, data in pieces]


@pytest.mark.parametrize("wrong", [b"\x09\0\0\0\0\0\0\x01x", b"\x01\0\0\x01\0\0\0\x01x", b"\x01\0\0\0\xff\xff\xff\xff"])
def test_what_is_not_mixed_so_is_refused(wrong: bytes) -> None:
    with pytest.raises(ValueError, match="form"):
        Demultiplexer().feed(wrong)


def test_lines_are_put_together_and_cut_when_nobody_could_read_them() -> None:
    lines = Lines()
    assert lines.feed("stdout", b"2026-11-24T10:00:00.5Z he") == []
    (found,) = lines.feed("stdout", b"llo\r\n2026")
    assert (found.text, found.stream) == ("hello", "stdout")
    assert found.at == pytest.approx(1795514400.5, abs=86400 * 400)
    assert len(lines.feed("stderr", b"x" * (LONGEST + 1))) == 1
    assert [one.text for one in lines.end()] == ["2026"]
    assert line("stdout", b"\xff no time").text == "� no time"


@pytest.mark.parametrize(
    ("reference", "name", "tag"),
    [
        ("nginx", "nginx", "latest"),
        ("nginx:1.27", "nginx", "1.27"),
        ("registry:5000/a/b", "registry:5000/a/b", "latest"),
        ("registry:5000/a/b:2", "registry:5000/a/b", "2"),
        ("a/b@sha256:00", "a/b", "sha256:00"),
    ],
)
def test_an_image_reference_is_split_as_engines_do(reference: str, name: str, tag: str) -> None:
    assert split(reference) == (name, tag)


@pytest.mark.parametrize(
    ("said", "error"),
    [
        ("Got permission denied while trying to connect to the Docker daemon socket", EngineDenied),
        ("Cannot connect to the Docker daemon at unix:///x. Is the docker daemon running?", EngineAway),
        ("Error: No such container: x", NoSuchContainer),
        ("Error response from daemon: conflict", EngineRefused),
        ("", EngineRefused),
    ],
)
def test_words_of_the_command_line_are_sorted(said: str, error: type[Exception]) -> None:
    assert type(cli.failure(said, 1)) is error


def test_a_command_is_quoted_whatever_it_holds() -> None:
    words = ["printf", "%s|", "a b", "$(id)", "'", ";", "--"]
    done = subprocess.run(["sh", "-s"], input=cli.script(words), capture_output=True, check=True)
    assert done.stdout == b"a b|$(id)|'|;|--|"


@pytest.mark.parametrize("shell", ["dash", "bash", "busybox sh"])
def test_a_held_command_ends_with_its_standard_input(shell: str) -> None:
    text = cli.HELD.format(words="sleep 60")
    with subprocess.Popen([*shlex.split(shell), "-s"], stdin=subprocess.PIPE) as process:
        assert process.stdin is not None
        process.stdin.write(text.encode())
        process.stdin.flush()
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(0.5)
        process.stdin.close()
        process.wait(10)


def test_what_a_prune_freed_is_read() -> None:
    assert [cli.bytes_of(said) for said in ("0B", "1.5kB", "2GB", "much")] == [0, 1500, 2 * 10**9, 0]


def test_a_shell_inside_is_one_quoted_line() -> None:
    command = exec_command("docker", "web-1")
    words = shlex.split(command)
    assert words[:7] == ["docker", "exec", "-it", "--", "web-1", "sh", "-c"]
    assert exec_command("podman", "x", socket="/run/user/7/podman/podman.sock").startswith("podman --remote --url")
    for kind, name in (("docker", "-rf"), ("docker", "a;b"), ("docker", "a\nb"), ("lxc", "a"), ("docker", "")):
        with pytest.raises(ValueError, match="no container"):
            exec_command(kind, name)
    with pytest.raises(ValueError, match="no container"):
        exec_command("docker", "a", socket="/run/$(id)")


def found(*sockets: Socket, uid: int = 1000, member: bool = False, **programs: str) -> Engines:
    return Engines(uid, "ops", programs, member, sockets)


def test_engines_are_chosen_from_what_a_host_shows() -> None:
    own = Socket("docker", 1000, "/run/user/1000/docker.sock", True)
    closed = Socket("docker", 0, "/run/docker.sock", False)
    chosen = candidates(found(own, closed, docker="/usr/bin/docker", podman="/usr/bin/podman"))
    by_key = {one.key: one for one in chosen}
    assert by_key.keys() == {"docker-1000", "docker", "podman-1000"}
    assert (by_key["docker"].trouble, by_key["docker"].hint) == ("denied", "sudo usermod -aG docker ops")
    assert by_key["docker-1000"].trouble == ""
    assert (by_key["podman-1000"].socket, by_key["podman-1000"].program) == (None, True)
    assert candidates(found()) == []
    (stopped,) = candidates(found(docker="/usr/bin/docker"))
    assert stopped.trouble == "stopped"
    assert "logged in before" in candidates(found(closed, member=True))[0].reason
    assert candidates(found(Socket("docker", 0, "/run/$(id)/docker.sock", True))) == []
