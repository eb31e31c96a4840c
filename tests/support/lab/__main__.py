"""The lab on the command line: raise a fleet, let faults strike it, take it down."""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn

from tests.support.lab import base, control
from tests.support.lab.faults import FAULTS
from tests.support.lab.fleet import Lab, sweep
from tests.support.lab.spec import FLAVOURS, HostSpec, LabUnavailable
from tests.support.lab.tools import in_network, started_at

END_S = 30.0


def main(words: Sequence[str] | None = None) -> int:
    """Do what the words say; the exit status."""
    asked = _parser().parse_args(words)
    try:
        status: int = asked.do(asked)
    except KeyboardInterrupt:  # the way to end `up`
        return 0 if asked.do is _up else 130
    except (LabUnavailable, RuntimeError, ValueError) as error:
        sys.stderr.write(f"lab: {error}\n")
        return 1
    return status


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.support.lab", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    up = commands.add_parser("up", help="raise hosts and stay until Ctrl-C or `down`")
    up.add_argument("-n", type=int, default=5, help="how many (default 5)")
    up.add_argument("--flavour", choices=FLAVOURS, default="bookworm")
    up.set_defaults(do=_up)
    commands.add_parser("down", help="end every lab raised by `up`").set_defaults(do=_down)
    commands.add_parser("list", help="show the hosts").set_defaults(do=_list)
    kinds = "; ".join(f"{kind}: {each.help}" for kind, each in FAULTS.items())
    for deed, help_text in (("fault", f"let one strike a host ({kinds})"), ("heal", "undo it, or all of a host's")):
        command = commands.add_parser(deed, help=help_text)
        command.add_argument("host")
        command.add_argument("kind", choices=FAULTS, nargs="?" if deed == "heal" else None)
        command.set_defaults(do=_strike, deed=deed)
    exec_ = commands.add_parser("exec", help="run a command on a host, or in the hub's network for `hub`")
    exec_.add_argument("host")
    exec_.add_argument("command", nargs=argparse.REMAINDER)
    exec_.set_defaults(do=_exec)
    provision = commands.add_parser("provision", help="make the roots that hosts stand on")
    provision.add_argument("flavour", nargs="*", default=["bookworm", "tiny"])
    provision.set_defaults(do=_provision)
    return parser


def _up(asked: argparse.Namespace) -> int:
    began = time.monotonic()
    with Lab() as lab, control.listen(lab) as commands:
        lab.up(HostSpec(f"web-{i + 1}", flavour=asked.flavour) for i in range(asked.n))
        _print(_known(lab.folder))
        sys.stdout.write(
            f"\n{len(lab.hosts)} hosts after {time.monotonic() - began:.1f} s. root and ops log in with the password "
            f"{base.PASSWORD!r}\nor the key {lab.folder / 'client_key'}, from the hub: "
            f"{' '.join(in_network(lab.hub))} ssh …\n"
        )
        sys.stdout.flush()
        signal.signal(signal.SIGTERM, _end)
        while True:
            control.answer(lab, commands)


def _end(number: int, frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt


def _down(_: argparse.Namespace) -> int:
    owners = [int((folder / "owner").read_text().split()[0]) for folder in control.running()]
    for owner in owners:
        os.kill(owner, signal.SIGTERM)
    deadline = time.monotonic() + END_S
    while left := [owner for owner in owners if started_at(owner)]:
        if time.monotonic() > deadline:
            raise RuntimeError(f"these do not end: {left}")
        time.sleep(0.05)
    sweep()
    return 0


def _list(_: argparse.Namespace) -> int:
    sweep()
    for folder in control.running():
        _print(_known(folder))
    return 0


def _strike(asked: argparse.Namespace) -> int:
    error = control.ask(_one(), asked.deed, asked.host, asked.kind)
    if error is not None:
        raise RuntimeError(error)
    return 0


def _exec(asked: argparse.Namespace) -> int:
    known = _known(_one())
    if asked.host == "hub":
        words = in_network(known["hub"])
    else:
        pids = [host["pid"] for host in known["hosts"] if host["name"] == asked.host]
        if not pids:
            raise ValueError(f"there is no host {asked.host}")
        words = ["nsenter", f"--target={pids[0]}", "--all", "--"]
    command = [*words, *(asked.command or ["/bin/sh"])]
    os.execvp(command[0], command)


def _provision(asked: argparse.Namespace) -> int:
    for flavour in asked.flavour:
        sys.stdout.write(f"{base.provision(flavour)}\n")
    return 0


def _one() -> Path:
    sweep()
    folders = control.running()
    if not folders:
        raise RuntimeError("no lab is up: `up` raises one")
    if len(folders) > 1:
        raise RuntimeError("more than one lab is up: `down` ends them")
    return folders[0]


def _known(folder: Path) -> Any:
    return json.loads((folder / "hosts.json").read_text())


def _print(known: Any) -> None:
    for host in known["hosts"]:
        sys.stdout.write(f"{host['name']:<16} {host['address']:<16} {host['flavour']:<10} pid {host['pid']}\n")


if __name__ == "__main__":
    sys.exit(main())
