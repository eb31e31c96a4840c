"""Which engines a host has, as its script says on real shells and as that is read."""

from __future__ import annotations

import shutil
import socket
import subprocess
from pathlib import Path

import pytest

from collectors import engines
from collectors.spec import ParseError
from tests.support import machines


@pytest.mark.parametrize("shell", ["dash", "busybox", "bash"])
def test_every_shell_finds_the_sockets_that_are_there(shell: str, tmp_path: Path) -> None:
    if shell not in machines.shells():
        pytest.skip(f"{shell} is not installed")
    run = tmp_path / "run"
    places = {
        run / "docker.sock": "docker 0 open",
        run / "podman/podman.sock": "podman 0 open",
        run / "user/1000/docker.sock": "docker 1000 open",
        run / "user/1000/podman/podman.sock": "podman 1000 open",
    }
    listening = []
    for place in places:
        place.parent.mkdir(parents=True, exist_ok=True)
        made = socket.socket(socket.AF_UNIX)
        made.bind(str(place))
        listening.append(made)
    (run / "user/lost").mkdir()
    script = engines.SCRIPT.replace("/run/", f"{run}/").replace("/var" + str(run), f"{tmp_path}/var/run")
    done = subprocess.run(
        [*machines.shells()[shell], "-s"], input=script, capture_output=True, text=True, check=True, timeout=20
    )
    for made in listening:
        made.close()
    assert not done.stderr
    said = [line for line in done.stdout.splitlines() if line.startswith("socket")]
    assert sorted(said) == sorted(f"socket {what} {place}" for place, what in places.items())


def test_shellcheck_has_nothing_to_say() -> None:
    if not shutil.which("shellcheck"):
        pytest.skip("shellcheck is not installed")
    done = subprocess.run(
        ["shellcheck", "--shell=sh", "-"], input=engines.SCRIPT, text=True, capture_output=True, check=False
    )
    assert done.stdout == ""


def test_what_it_says_is_read() -> None:
    found = engines.parse(
        b"me 1000 ops\nmember\nprogram docker /usr/bin/docker\nsocket docker 0 denied /run/docker.sock\n"
        b"socket podman 1000 open /run/user/1000/podman/podman.sock\nnoise\nsocket x 0 open /a\n"
        b"socket docker 0 open a\n"
    )
    assert (found.uid, found.account, found.member) == (1000, "ops", True)
    assert found.programs == {"docker": "/usr/bin/docker"}
    assert [(one.kind, one.uid, one.open) for one in found.sockets] == [("docker", 0, False), ("podman", 1000, True)]


def test_numbers_that_are_none_are_refused() -> None:
    with pytest.raises(ParseError):
        engines.parse(b"me x ops\n")
