"""How a command in another terminal reaches the process that raised the lab."""

from __future__ import annotations

import json
import socket
from pathlib import Path

from tests.support.lab.faults import fault, heal
from tests.support.lab.fleet import STATE, Lab

NAME = "control"
LINE = 1 << 16


def listen(lab: Lab) -> socket.socket:
    """Where commands come in."""
    control = socket.socket(socket.AF_UNIX)
    control.bind(str(lab.folder / NAME))
    control.listen()
    return control


def answer(lab: Lab, control: socket.socket) -> None:
    """Take one command and do it: what goes wrong is told to whoever gave it."""
    connection, _ = control.accept()
    with connection:
        connection.settimeout(5)
        try:
            wish = json.loads(connection.recv(LINE))
            deed = {"fault": fault, "heal": heal}[wish["do"]]
            deed(lab, wish["host"], wish["kind"])
            said: dict[str, str | None] = {"error": None}
        except (ValueError, KeyError, RuntimeError, OSError) as error:
            said = {"error": str(error)}
        connection.sendall(json.dumps(said).encode())


def ask(folder: Path, do: str, host: str, kind: str | None) -> str | None:
    """Have the lab of that folder do something; what went wrong, if anything."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(60)
        connection.connect(str(folder / NAME))
        connection.sendall(json.dumps({"do": do, "host": host, "kind": kind}).encode())
        error = json.loads(connection.recv(LINE))["error"]
    return None if error is None else str(error)


def running() -> list[Path]:
    """Folders of the labs that take commands."""
    return sorted(folder for folder in STATE.glob("*") if (folder / NAME).exists())
