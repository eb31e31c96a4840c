"""The reader, run for real: by every awk and shell, behind noise, without rights, until its input ends."""

from __future__ import annotations

import itertools
import os
import select
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from collectors import reader, registry
from collectors.reader import Answer, Splitter
from collectors.spec import Cadence, File, NotApplicable
from tests.contract.test_collectors import holds
from tests.contract.test_scripts import NOBODY, login_shell, need, words
from tests.support import machines
from tests.support.machines import COLLECTORS, FIXTURES, Machine
from tests.support.sshd import IS_ROOT, SSHD, Sshd, wait_until
from tests.support.sshd import running as sshd

MARKER = "0123456789abcdef"
FILES = registry.core_files(COLLECTORS)
AWK = pytest.mark.parametrize("awk", list(machines.AWKS))
PATIENCE_S = 20.0


class Talk:
    """A reader that runs, and what it answers."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self.process = process
        self._splitter = Splitter(MARKER)
        self._number = 0

    def ask(self, files: Sequence[File] = FILES) -> Answer:
        """The answer to one request. Raises TimeoutError."""
        assert self.process.stdin is not None
        self._number += 1
        self.process.stdin.write(reader.request(self._number, MARKER, tuple(files)))
        self.process.stdin.flush()
        (answer,) = self._await()
        assert answer.number == self._number
        return answer

    def _await(self) -> list[Answer]:
        assert self.process.stdout is not None
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline:
            if select.select([self.process.stdout], [], [], 0.5)[0]:
                data = os.read(self.process.stdout.fileno(), 1 << 16)
                if found := self._splitter.feed(data):
                    return found
                assert data, "the reader ended"
        raise TimeoutError("the reader does not answer")

    def end(self) -> int:
        """End its input, as a lost line does; its status."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        return self.process.wait(10)


@contextmanager
def talk(command: Sequence[str], **options: object) -> Iterator[Talk]:
    """A reader that this command starts."""
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
    with subprocess.Popen(command, **pipes, **options) as process:  # type: ignore[call-overload]  # as they are
        try:
            yield Talk(process)
        finally:
            process.kill()


@contextmanager
def by_awk(awk: str, folder: Path, env: Mapping[str, str] | None = None) -> Iterator[Talk]:
    """A reader of which the program is run by that awk, and by no other."""
    tools = machines.make_toolbox(folder / "tools", need(awk))
    alone = reader.command().replace(machines.WAY, "")
    if awk == "mawk":
        (tools / "awk").rename(tools / "mawk")
    with talk(["/bin/sh", "-c", alone], env={"PATH": str(tools), **(env or {})}) as found:
        yield found


def below(root: Path, files: Sequence[File]) -> list[File]:
    """The same files under another root."""
    return [replace(file, path=f"{root}{file.path}", after=file.after and f"{root}{file.after}") for file in files]


@AWK
def test_every_awk_answers_what_is_known_of_every_machine(awk: str, tmp_path: Path) -> None:
    with by_awk(awk, tmp_path) as running:
        for path in sorted(FIXTURES.iterdir()):
            answer = running.ask(below(path, FILES))
            known = Machine(path.name).answer(FILES)
            assert {name.removeprefix(str(path)): text for name, text in answer.contents.items()} == known
        assert running.end() == 0


@AWK
def test_this_machine_is_read_again_and_again_in_any_locale(awk: str, tmp_path: Path, german: dict[str, str]) -> None:
    with by_awk(awk, tmp_path, german) as running:
        for _ in range(3):
            understood(running.ask())
        before = running.ask([File("/proc/uptime")]).contents["/proc/uptime"]
        while running.ask([File("/proc/uptime")]).contents["/proc/uptime"] == before:
            pass


def understood(answer: Answer) -> None:
    """Assert that every core collector can read this."""
    for collector in COLLECTORS.values():
        if collector.cadence is Cadence.CORE:
            try:
                holds(collector, collector.parse(answer.contents))
            except NotApplicable:
                assert collector.name in {"disk_io", "sockets"}


@AWK
def test_odd_files_are_answered_as_they_are(awk: str, tmp_path: Path) -> None:
    texts = {
        "empty": b"",
        "words": b"a b c\n  d e\n",
        "latin": b"\xff\xe9 x\n",
        "tab": b"a\tb\n",
        "cut": b"no end of line",
    }
    for name, text in texts.items():
        (tmp_path / name).write_bytes(text)
    with by_awk(awk, tmp_path) as running:
        asked = [File(str(tmp_path / name)) for name in [*texts, "missing"]]
        found = {Path(path).name: text for path, text in running.ask(asked).contents.items()}
    assert found == {**texts, "cut": b"no end of line\n", "missing": None}


@AWK
def test_lines_are_kept_by_their_words_however_many_there_are(awk: str, tmp_path: Path) -> None:
    lines = [b"%d x%d word%d\n" % (n, n % 7, n) for n in range(9000)]
    path = tmp_path / "long"
    path.write_bytes(b"".join(lines))
    with by_awk(awk, tmp_path) as running:
        for file, kept in (
            (File(str(path), keep="^(12|99)$"), [lines[12], lines[99]]),
            (File(str(path), keep="^x3$", word=2), [line for line in lines if b" x3 " in line]),
            (File(str(path), keep="^word77", word=3), [line for line in lines if b" word77" in line]),
        ):
            assert running.ask([file]).contents[str(path)] == b"".join(kept)


@AWK
def test_a_file_is_read_after_another_only_where_that_is_there(awk: str, tmp_path: Path) -> None:
    (tmp_path / "second").write_text("x\n")
    first, second = str(tmp_path / "first"), str(tmp_path / "second")
    with by_awk(awk, tmp_path) as running:
        asked = [File(first), File(second, after=first)]
        assert running.ask(asked).contents == {first: None, second: None}
        (tmp_path / "first").write_text("")
        assert running.ask(asked).contents == {first: b"", second: b"x\n"}
        (tmp_path / "first").unlink()
        assert running.ask(asked).contents == {first: None, second: None}


@AWK
def test_it_ends_with_its_input(awk: str, tmp_path: Path) -> None:
    with by_awk(awk, tmp_path) as running:
        running.ask()
        assert running.end() == 0


@pytest.mark.parametrize("shell", ["dash", "busybox", "bash"])
def test_every_posix_shell_starts_it(shell: str) -> None:
    with talk([*words(shell), "-c", reader.command()]) as running:
        understood(running.ask())
        assert running.end() == 0


@pytest.mark.skipif(not IS_ROOT, reason="only root can become somebody else")
def test_an_account_without_rights_and_environment_starts_it() -> None:
    with talk(["/bin/sh", "-c", reader.command()], user=NOBODY, group=NOBODY, env={}) as running:
        understood(running.ask())


# through a real login


@pytest.mark.skipif(SSHD is None or not IS_ROOT, reason="needs sshd, and root for an account with that login shell")
@pytest.mark.parametrize("login", ["dash", "bash", "tcsh", "fish", "ash"])
def test_any_login_shell_starts_it_behind_its_noise_and_it_ends_with_the_line(login: str) -> None:
    noise = {".bashrc": "printf 'no end of line'; echo oops >&2\n", ".cshrc": "echo hello\n"}
    with login_shell(login) as shell, sshd(shell=shell, home_files=noise) as daemon:
        with talk(ssh(daemon)) as running:
            understood(running.ask())
            understood(running.ask())
            assert readers(daemon) == 1
        wait_until(lambda: not readers(daemon), what="the reader to end")


def readers(daemon: Sshd) -> int:
    """How many readers run there."""
    names = []
    for pid in daemon.descendants():
        try:
            names.append(Path(f"/proc/{pid}/comm").read_text().strip())
        except OSError:
            continue
    return sum("awk" in name for name in names)


def ssh(daemon: Sshd) -> list[str]:
    """The command that starts the reader over there."""
    options = ["StrictHostKeyChecking=no", "UserKnownHostsFile=/dev/null", "BatchMode=yes", "LogLevel=ERROR"]
    flags = itertools.chain.from_iterable(("-o", option) for option in options)
    key = str(daemon.folder / "client")
    return ["ssh", "-F", "none", "-i", key, "-p", str(daemon.port), *flags, "ops@127.0.0.1", reader.command()]
