"""Every collector's script, run for real by the shells and awks that hosts have, on machines that are known."""

from __future__ import annotations

import itertools
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors import script
from collectors.spec import Cadence, Collector, NotApplicable
from tests.contract.test_collectors import holds
from tests.support import machines
from tests.support.machines import COLLECTORS, FIXTURES, MACHINES, Machine
from tests.support.sshd import IS_ROOT, SSHD
from tests.support.sshd import running as sshd

SCRIPTED = [collector for collector in COLLECTORS.values() if collector.script]
EVERY = pytest.mark.parametrize("collector", SCRIPTED, ids=[collector.name for collector in SCRIPTED])
SHELL = pytest.mark.parametrize("shell", ["dash", "busybox", "bash"])
SAID = [(path.parent.parent.name, path.name) for path in sorted(FIXTURES.glob("*/said/*"))]
NOBODY = 65534
MARKER = "0123456789abcdef"


def words(shell: str) -> list[str]:
    """The command of a shell, or a skip."""
    if shell not in machines.shells():
        pytest.skip(f"{shell} is not installed")
    return machines.shells()[shell]


def need(awk: str) -> str:
    """The awk's name, or a skip."""
    if awk not in machines.awks():
        pytest.skip(f"{awk} is not installed")
    return awk


def lines(output: bytes) -> list[bytes]:
    """What was said, whatever the order of answers that come side by side."""
    return sorted(output.splitlines())


@SHELL
@pytest.mark.parametrize(("machine", "name"), SAID)
def test_every_shell_says_what_is_known_of_a_machine(machine: str, name: str, shell: str, tmp_path: Path) -> None:
    there = Machine(machine)
    root = machines.copy(there, tmp_path)
    tools = machines.make_toolbox(tmp_path / "tools", "mawk")
    done = machines.run(COLLECTORS[name].script, words(shell), root, tools)
    assert lines(done.stdout) == lines(there.file(f"said/{name}") or b"")


@pytest.mark.parametrize("awk", ["gawk", "busybox", "original-awk"])
@pytest.mark.parametrize(("machine", "name"), [(m, n) for m, n in SAID if m in {"debian-12", "proxmox", "many-mounts"}])
def test_every_awk_says_what_is_known_of_a_machine(
    machine: str, name: str, awk: str, tmp_path: Path, german: dict[str, str]
) -> None:
    there = Machine(machine)
    root = machines.copy(there, tmp_path)
    tools = machines.make_toolbox(tmp_path / "tools", need(awk))
    done = machines.run(COLLECTORS[name].script, words("dash"), root, tools, env=german)
    assert lines(done.stdout) == lines(there.file(f"said/{name}") or b"")


@pytest.mark.parametrize(("machine", "name"), [(m, n) for m, n in SAID if m in {"alpine", "many-mounts"}])
def test_busybox_alone_says_what_is_known_of_a_machine(machine: str, name: str, tmp_path: Path) -> None:
    there = Machine(machine)
    root = machines.copy(there, tmp_path)
    tools = machines.make_toolbox(tmp_path / "tools", need("busybox"), busybox=True)
    done = machines.run(COLLECTORS[name].script, words("busybox"), root, tools)
    assert lines(done.stdout) == lines(there.file(f"said/{name}") or b"")


# on this machine itself


def run(
    text: str, shell: Sequence[str], *, env: dict[str, str] | None = None, user: int | None = None
) -> subprocess.CompletedProcess[bytes]:
    """Run a script as it is."""
    return subprocess.run(
        [*shell, "-s"],
        input=text.encode(),
        capture_output=True,
        env={"PATH": os.environ["PATH"], **(env or {})},
        timeout=30,
        check=False,
        user=user,
        group=user,
    )


def understood(collector: Collector, output: bytes) -> None:
    """Assert that the collector can read what this machine said."""
    try:
        holds(collector, collector.parse({"": output}))
    except NotApplicable:
        assert collector.name in {"filesystems", "temperatures"}


@EVERY
@SHELL
def test_this_machine_is_read_in_any_locale(collector: Collector, shell: str, german: dict[str, str]) -> None:
    done = run(collector.script, words(shell), env=german)
    assert not done.stderr.strip()
    understood(collector, done.stdout)


@pytest.mark.skipif(not IS_ROOT, reason="only root can become somebody else")
@EVERY
def test_an_account_without_rights_reads_as_well(collector: Collector) -> None:
    understood(collector, run(collector.script, ["dash"], user=NOBODY).stdout)


@EVERY
def test_an_empty_environment_suffices(collector: Collector) -> None:
    done = subprocess.run(
        ["/bin/sh", "-s"], input=collector.script.encode(), capture_output=True, env={}, timeout=30, check=False
    )
    understood(collector, done.stdout)


@EVERY
def test_it_leaves_nothing_on_the_disk(collector: Collector, tmp_path: Path) -> None:
    subprocess.run(
        ["/bin/sh", "-s"], input=collector.script.encode(), capture_output=True, cwd=tmp_path, timeout=30, check=False,
        env={"PATH": os.environ["PATH"], "HOME": str(tmp_path), "TMPDIR": str(tmp_path)},
    )  # fmt: skip
    assert not list(tmp_path.iterdir())
    assert not re.search(r"(?<!2)>\s*(?!/dev/null|&)[\"$/\w]", re.sub(r"'[^']*'|\"[^\"]*\"", "''", collector.script))


@EVERY
def test_shellcheck_finds_nothing(collector: Collector) -> None:
    checker = shutil.which("shellcheck")
    assert checker, "a development dependency"
    words = [checker, "-s", "sh", "-e", "SC2013", "-"]  # words are what we want of process ids
    done = subprocess.run(words, input=f"#!/bin/sh\n{collector.script}", capture_output=True, text=True, check=False)
    assert not done.stdout


@EVERY
def test_its_time_is_no_longer_than_a_round_can_wait(collector: Collector) -> None:
    assert collector.timeout_s <= 30
    if collector.cadence is Cadence.SLOW:
        assert sum(one.timeout_s for one in SCRIPTED if one.cadence is Cadence.SLOW) <= 60


# where programs are missing


@pytest.mark.parametrize("without", [("stat",), ("timeout",), ("stat", "timeout"), ("stat", "df")])
def test_file_systems_where_programs_are_missing(without: tuple[str, ...], tmp_path: Path) -> None:
    root = machines.copy(Machine("many-mounts"), tmp_path)
    tools = machines.make_toolbox(tmp_path / "tools", "mawk", without=without)
    if "stat" in without:
        (tmp_path / "stubs/stat").unlink()
    (tmp_path / "stubs/df").unlink()
    if "df" not in without:
        stub = tmp_path / "stubs/df"
        stub.write_text(DF)
        stub.chmod(0o755)
    collector = COLLECTORS["filesystems"]
    said = machines.run(collector.script, words("dash"), root, tools).stdout
    found = {line.split()[2].decode(): line.split()[3:] for line in said.splitlines()}
    assert found["/mnt/nfs"] == ([b"unknown"] if "df" in without and "stat" in without else [b"hung"])
    if without == ("timeout",):
        assert lines(said) == lines(Machine("many-mounts").file("said/filesystems") or b"")
    elif "df" in without:
        assert {name for name, figures in found.items() if figures != [b"unknown"]} == {"/mnt/stuck"}
    else:
        assert found["/srv/data"] == [b"1024", b"4000000", b"1000000", b"800000", b"0", b"0"]
        share, used, *_ = collector.parse({"": said}).tables["filesystem"]["/srv/data"]
        assert share == pytest.approx(100 * 3 / 3.8)
        assert used == 3000000 * 1024


DF = """#!/bin/sh
case $3 in
  /mnt/nfs) exec /bin/sleep 60 ;;
  /home/ops/remote) exit 1 ;;
esac
echo 'Filesystem 1024-blocks Used Available Capacity Mounted on'
echo "/dev/a disk 5 12 4000000 3000000 800000 79% $3"
"""


@pytest.mark.parametrize("without", [(), ("timeout",)])
def test_two_dozen_dead_mounts_take_no_more_time_than_there_is(without: tuple[str, ...], tmp_path: Path) -> None:
    root = machines.copy(Machine("debian-12"), tmp_path)
    dead = "".join(f"{n} 27 0:{n} / /mnt/{n} rw - nfs4 far:/{n} rw,hard\n" for n in range(100, 124))
    mounts = root / "proc/self/mountinfo"
    mounts.write_text(dead + mounts.read_text())
    with (root / "commands").open("a") as transcript:
        transcript.writelines(f"$ stat -f -c %S %b %f %a %c %d /mnt/{n}\n! hang\n" for n in range(100, 124))
    tools = machines.make_toolbox(tmp_path / "tools", "mawk", without=without)
    collector = COLLECTORS["filesystems"]
    reading = collector.parse({"": machines.run(collector.script, ["dash"], root, tools).stdout})
    assert set(reading.tables["filesystem"]) == {"/", "/boot/efi"}
    hung = reading.facts["hung_mounts"]
    assert isinstance(hung, list)
    assert len(hung) == 24


# through a real login


@pytest.mark.skipif(
    SSHD is None or not IS_ROOT, reason="needs sshd and an account with a login shell of the test's own"
)
@pytest.mark.parametrize("login", ["dash", "bash", "tcsh", "fish", "ash"])
def test_any_login_shell_lets_scripts_run_behind_its_noise(login: str) -> None:
    noise = {".bashrc": "echo hello; echo oops >&2\n", ".cshrc": "echo hello\n"}
    with login_shell(login) as shell, sshd(shell=shell, home_files=noise) as daemon:
        for collector in SCRIPTED:
            output = ssh(daemon.port, daemon.folder / "client", script.written(collector.script, MARKER))
            said = script.answer(output, MARKER)
            assert said is not None
            understood(collector, said)
        sequel = script.Sequel([collector.script for collector in SCRIPTED], MARKER)
        sequel.feed(ssh(daemon.port, daemon.folder / "client", sequel.written()), 1.0)
        for collector, each in zip(SCRIPTED, sequel.said, strict=True):
            understood(collector, each.output)


@contextmanager
def login_shell(name: str) -> Iterator[str]:
    """The path of a login shell, or a skip."""
    found = shutil.which("busybox" if name == "ash" else name)
    if not found:
        pytest.skip(f"{name} is not installed")
    with tempfile.TemporaryDirectory(prefix="shell-") as folder:
        Path(folder).chmod(0o755)  # for the account whose shell it is
        shell = Path(folder) / name
        shell.symlink_to(found)
        yield str(shell)


def ssh(port: int, key: Path, text: bytes) -> bytes:
    """Run what stands on standard input as the controller does; what it printed."""
    options = ["StrictHostKeyChecking=no", "UserKnownHostsFile=/dev/null", "BatchMode=yes", "LogLevel=ERROR"]
    flags = itertools.chain.from_iterable(("-o", option) for option in options)
    command = ["ssh", "-F", "none", "-i", str(key), "-p", str(port), *flags, "ops@127.0.0.1", "exec /bin/sh -s"]
    return subprocess.run(command, input=text, capture_output=True, timeout=40, check=True).stdout


def test_an_answer_begins_behind_the_marker_and_is_none_without_it() -> None:
    assert script.answer(b"noise\n%s\nkernel=1\n" % MARKER.encode(), MARKER) == b"kernel=1\n"
    assert script.answer(b"no end of line%s\n" % MARKER.encode(), MARKER) == b""
    assert script.answer(b"noise %s" % MARKER.encode(), MARKER) is None
    assert script.answer(b"", MARKER) is None


@SHELL
def test_one_sh_runs_several_scripts_each_for_itself(shell: str) -> None:
    scripts = [
        "x=1; echo one",
        "echo ${x:-apart}; exit 7",
        "cat; printf 'no end of line'",
        "no-such-command",
        "echo last",
    ]
    sequel = script.Sequel(scripts, MARKER)
    done = subprocess.run(words(shell), input=sequel.written(), capture_output=True, timeout=20, check=True)
    sequel.feed(done.stdout, 1.0)
    assert [(each.output, each.status) for each in sequel.said] == [
        (b"one\n", 0), (b"apart\n", 7), (b"no end of line", 0), (b"", 127), (b"last\n", 0)
    ]  # fmt: skip


@given(st.data())
def test_what_several_scripts_said_is_told_apart_however_it_arrives(data: st.DataObject) -> None:
    outputs = data.draw(st.lists(st.binary(max_size=40).filter(lambda out: MARKER.encode() not in out), max_size=5))
    noise = data.draw(st.binary(max_size=20))
    said = b"".join(b"%s%s=%d\n" % (output, MARKER.encode(), n) for n, output in enumerate(outputs))
    stream = noise + b"%s\n" % MARKER.encode() + said
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=6)))
    sequel = script.Sequel([""] * len(outputs), MARKER)
    for at, (start, end) in enumerate(itertools.pairwise([0, *cuts, len(stream)])):
        sequel.feed(stream[start:end], float(at))
    assert sequel.began
    assert [(each.output, each.status) for each in sequel.said] == [(out, n) for n, out in enumerate(outputs)]
    assert sum(each.duration_s for each in sequel.said) <= len(cuts)


def test_what_a_hung_script_keeps_from_running_is_not_said() -> None:
    sequel = script.Sequel(["a", "b", "c"], MARKER)
    sequel.feed(f"{MARKER}\nfirst\n{MARKER}=0\nhalf of".encode(), 3.0)
    assert [each.output for each in sequel.said] == [b"first\n"]


def test_machines_show_all_that_scripts_say() -> None:
    assert {(machine, collector.name) for machine in MACHINES for collector in SCRIPTED} <= set(SAID)
