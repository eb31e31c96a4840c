"""The program that starts and ends work on hosts, under each shell that hosts have."""

from __future__ import annotations

import shutil
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from shlex import quote

import pytest

from controller.jobs import wrapper
from controller.jobs.wrapper import Payload
from tests.support import machines

SHELL = pytest.mark.parametrize("shell", ["dash", "busybox", "bash"])
MARKER = wrapper.SIGN + b"0123456789abcdef"
MARK = "7-c0ffee"


def words(shell: str) -> list[str]:
    """The command of a shell, or a skip."""
    if shell not in machines.shells():
        pytest.skip(f"{shell} is not installed")
    first, *rest = machines.shells()[shell]
    return [shutil.which(first) or first, *rest, "-s"]


def alive(mark: str) -> list[int]:
    """Processes that carry the word."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                carries = f"MOORLINE_JOB={mark}".encode() in (entry / "environ").read_bytes()
                zombie = (entry / "stat").read_text().rpartition(")")[2].split()[0] == "Z"
            except OSError:
                continue
            if carries and not zombie:
                found.append(int(entry.name))
    return found


def run(
    shell: str, payload: Payload, *, when: Callable[[], bool] | None = None, mark: str = MARK, path: str | None = None
) -> tuple[bytes, bytes]:
    """What the program says, its input closed at the end, or once the condition holds."""
    env = None if path is None else {"PATH": path, "TMPDIR": "/tmp"}
    process = subprocess.Popen(
        words(shell), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=env
    )
    assert process.stdin is not None
    process.stdin.write(wrapper.program(MARKER, mark, payload))
    process.stdin.flush()
    if when is None:
        process.wait(20)
        return process.communicate()
    deadline = time.monotonic() + 10
    while not when():
        assert time.monotonic() < deadline
        time.sleep(0.02)
    return process.communicate(timeout=20)  # closes its input


@SHELL
def test_it_says_how_the_work_ended_and_what_it_said(shell: str) -> None:
    out, err = run(shell, Payload("/bin/sh -c 'printf out; printf err >&2; exit 5'"))
    assert out == MARKER + b" begin\nout" + MARKER + b" end 5 143\n"
    assert err == MARKER + b" begin\nerr" + MARKER + b" end\n"


@SHELL
@pytest.mark.parametrize("setsid", [True, False])
def test_the_end_of_its_input_ends_everything(shell: str, setsid: bool, tmp_path: Path) -> None:
    tools = tmp_path / "bin"
    tools.mkdir()
    for name in ("sh", "sleep", "awk", "grep", "cat", "kill", "env", "nohup", *(["setsid"] if setsid else [])):
        (tools / name).symlink_to(str(shutil.which(name)))
    mark = f"9-{shell}{setsid}"
    work = "(trap '' TERM; sleep 51; sleep 52) & nohup sleep 53 >/dev/null 2>&1 & env -u MOORLINE_JOB sleep 54 & wait"
    out, _ = run(
        shell,
        Payload(f"/bin/sh -c {quote(work)}"),
        when=lambda: len(alive(mark)) >= 4,
        mark=mark,
        path=str(tools),
    )
    assert out.rpartition(b" end ")[2].split()[1] == b"0"  # none was left
    assert alive(mark) == []
    assert not [entry for entry in Path("/proc").glob("[0-9]*/cmdline") if _words(entry) == b"sleep\x0054\x00"]


def _words(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""


@SHELL
def test_files_go_along_and_come_back_byte_for_byte(shell: str) -> None:
    data = bytes(range(256)) * 9 + b"'\n$(id)\\"
    payload = Payload(
        """/bin/sh -c 'cd "$0" && cp in.bin "out 1.bin" && cat && stat -c %a . in.bin && pwd' "$d" """,
        files={"in.bin": (data, 0o640)},
        stdin=b"standard input\n",
        collect=["out*.bin", "none", "/etc/hostname"],
    )
    out, _ = run(shell, payload)
    assert b" begin\nstandard input\n700\n640\n/" in out
    head = MARKER + b" file %d %d\n" % (len(data), len(data))
    name, _, rest = out.partition(head)[2].partition(b"\0")
    assert name.endswith(b"/out 1.bin")
    assert rest.startswith(data)
    assert out.count(b" file ") == 2
    folder = name.rpartition(b"/")[0].decode()
    assert not Path(folder).exists()


@SHELL
def test_what_was_left_is_found_by_its_word_and_ended(shell: str) -> None:
    left = subprocess.Popen(["setsid", "sleep", "55"], env={"MOORLINE_JOB": "11-x.", "PATH": "/usr/bin:/bin"})
    other = subprocess.Popen(["sleep", "56"], env={"MOORLINE_JOB": "11-xyz"})
    try:
        ender = wrapper.ender(MARKER, "11-x.")
        done = subprocess.run(words(shell), input=ender, capture_output=True, timeout=20, check=True)
        assert done.stdout.startswith(MARKER + b" begin\n")
        assert left.wait(5) == -15
        assert other.poll() is None, "11-xyz is another job than 11-x"
    finally:
        for process in (left, other):
            process.kill()
            process.wait()


def test_a_path_to_fetch_is_no_code() -> None:
    assert wrapper.globbed("a b*;$(id)?.log", '"$d"/') == "\"$d\"/'a b'*';$(id)'?.log"
    assert wrapper.globbed("/var/log/*", '"$d"/') == "/var/log/*"


def test_shellcheck_finds_nothing() -> None:
    checker = shutil.which("shellcheck")
    if checker is None:
        pytest.skip("shellcheck is not installed")
    payload = Payload("/bin/sh -c true", {"A": "b'c"}, {"f": (b"x", 0o600)}, b"in", ["*.log"])
    for text in (wrapper.program(b"M", MARK, payload), wrapper.ender(b"M", MARK)):
        # words are split, numbers compared as they are and $(( )) left to the shell on purpose
        left = "SC2086,SC2046,SC2034,SC2154,SC2162,SC2015,SC2153,SC2181,SC2059,SC2188"
        command = [checker, "-s", "sh", "-e", left, "-"]
        done = subprocess.run(command, input=text, capture_output=True, check=False)
        assert done.returncode == 0, done.stdout.decode()
