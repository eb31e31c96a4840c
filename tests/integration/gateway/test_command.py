"""`moorline ssh` as a laptop runs it: by address and token alone."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import click
import pytest

from controller.gateway.commands import split
from tests.integration.gateway.conftest import Done, Gate


async def moorline(gate: Gate, home: Path, *words: str, stdin: bytes = b"") -> Done:
    """The command with nothing but where Moorline is."""
    return await gate.run(
        sys.executable, "-m", "controller.cli", "ssh", *words, stdin=stdin, HOME=str(home),
        MOORLINE_URL=f"http://127.0.0.1:{gate.there.port}", MOORLINE_TOKEN_FILE=str(home / "token"),
        MOORLINE_DATA_DIR=str(home / "none"),
    )  # fmt: skip


async def test_a_command_runs_by_token_and_the_gateways_key_is_known_beforehand(gate: Gate, tmp_path: Path) -> None:
    home = tmp_path / "laptop"
    home.mkdir()
    (home / "token").write_text(await gate.there.token(scopes=["write"]) + "\n")
    done = await moorline(gate, home, "-o", "IdentityFile=none", "web-1", "cat; exit 3", stdin=b"here")
    assert (done.status, done.out) == (3, b"here"), done.err
    done = await moorline(gate, home, "-o", "IdentityFile=none", "nowhere", "true")
    assert (done.status, "There is no host nowhere" in done.err) == (255, True)
    written = await moorline(gate, home, "--config")
    assert f"Host web-1\n  HostName 127.0.0.1\n  Port {gate.port}\n  User web-1\n".encode() in written.out
    assert not (home / "none").exists()
    (home / "token").write_text("ml_wrong")
    done = await moorline(gate, home, "web-1")
    assert (done.status, "token is unknown" in done.err) == (1, True)
    assert not [
        p for p in Path(os.environ.get("TMPDIR", "/tmp")).glob("moorline-*") if p.is_dir() and (p / "askpass").exists()
    ]


@pytest.mark.parametrize(
    ("words", "found"),
    [
        (["web-1"], ([], "web-1", [])),
        (["-t", "web-1", "top", "-b"], (["-t"], "web-1", ["top", "-b"])),
        (["-L", "1:localhost:2", "web-1"], (["-L", "1:localhost:2"], "web-1", [])),
        (["-oA=b", "-4vo", "C=d", "--", "-x"], (["-oA=b", "-4vo", "C=d"], "-x", [])),
        (["-p22", "web-1", "--", "ls"], (["-p22"], "web-1", ["--", "ls"])),
    ],
)
def test_options_before_the_host_are_sshs(words: list[str], found: tuple[Any, ...]) -> None:
    assert split(tuple(words)) == found


def test_no_host_is_said() -> None:
    with pytest.raises(click.UsageError):
        split(("-t",))
