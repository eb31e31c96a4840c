"""The command `moorline` over a real database, in this process."""

from __future__ import annotations

import json
import logging
import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
import structlog
from sqlalchemy.engine import URL

from controller import cli


@dataclass(frozen=True, slots=True)
class Said:
    """How a command ended."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """What it said to a program: one document and nothing else."""
        return json.loads(self.out)


Moorline = Callable[..., Said]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Moorline]:
    """The command, in this process: words, what is typed, settings."""

    def command(*words: str, typed: str = "", **settings: str) -> Said:
        with monkeypatch.context() as inside:
            for name, value in settings.items():
                inside.setenv(f"MOORLINE_{name.upper()}", value)
            inside.setattr(sys, "argv", ["moorline", *words])
            inside.setattr(sys, "stdin", StringIO(typed))
            # there is no terminal here: what would be typed unseen is read from the lines
            inside.setattr("click.termui.hidden_prompt_func", lambda _: sys.stdin.readline().rstrip("\n"))
            capsys.readouterr()
            try:
                cli.main()
                status = 0
            except SystemExit as ended:
                status = int(ended.code or 0)
            said = capsys.readouterr()
        return Said(status, said.out, said.err)

    for name in [name for name in os.environ if name.startswith("MOORLINE_")]:
        monkeypatch.delenv(name)
    yield command
    structlog.reset_defaults()
    logging.getLogger().handlers = []


@pytest.fixture
def moorline(run: Moorline, database_url: URL, tmp_path: Path) -> Moorline:
    """The command over a fresh database."""
    address = database_url.render_as_string(hide_password=False)

    def command(*words: str, **more: str) -> Said:
        return run(*words, **{"database_url": address, "data_dir": str(tmp_path), **more})

    return command
