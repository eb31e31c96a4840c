"""What a fleet stands on: the lab, or, where root or a tool is missing, sshds on loopback ports."""

from __future__ import annotations

import asyncio
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field

from tests.support import sshd
from tests.support.lab import HostSpec, Lab, LabUnavailable, control
from tests.support.lab.gate import open_gate

LOADS = {
    "web": "while :; do i=0; while [ $i -lt 60000 ]; do i=$((i+1)); done; sleep 1; done",
    "db": "while :; do dd if=/dev/urandom of=/var/tmp/pages bs=1M count=24; sleep 5; rm /var/tmp/pages; sleep 5; done",
    "edge": "while :; do sleep 7; done",
}
KINDS = ("web", "web", "db", "web", "edge")
READY = 4  # so many hosts, "edge" aside, have systemd, sudo and Python: 45 MB of memory each, where plain ones take 7
RULE = {"etc/sudoers.d/ops": "ops ALL=(ALL) NOPASSWD: ALL\n"}


@dataclass(frozen=True, slots=True)
class Plot:
    """A host that can be added. `ready`: playbooks work there, since it has Python and its login may become root."""

    name: str
    address: str
    port: int
    username: str
    private_key: str
    host_key: str
    tags: tuple[str, ...]
    ready: bool = False


@dataclass(slots=True)
class Ground:
    """The fleet, and how to get to it. `inside`: words before the command that is to reach the hosts."""

    plots: Sequence[Plot]
    inside: Sequence[str] = ()
    lab: Lab | None = None
    _gates: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def open_gate(self, port: int) -> None:
        """Let what listens at 127.0.0.1:`port` in there be seen out here. Raises OSError when the port is taken."""
        if self.lab is not None:
            self._gates.append(open_gate(self.lab, port))
        else:
            socket.create_server(("127.0.0.1", port)).close()  # only to say so at once when it is taken

    def close(self) -> None:
        """Close the gates."""
        for gate in self._gates:
            gate.terminate()
            gate.wait(10)


@contextmanager
def raised(count: int) -> Iterator[Ground]:
    """So many hosts that listen: namespaced ones where that can be had."""
    names = name_hosts(count)
    with ExitStack() as stack:
        try:
            lab = stack.enter_context(Lab())
        except LabUnavailable as reason:
            sys.stderr.write(f"demo: no namespaced hosts: {reason}; taking sshd on loopback ports instead\n")
            ground = Ground([_on_loopback(stack, name, kind) for name, kind in names])
        else:
            ground = Ground(_in_lab(lab, names), lab.inside(), lab)
            _take_commands(stack, lab)
        stack.callback(ground.close)
        yield ground


def name_hosts(count: int) -> list[tuple[str, str]]:
    """Names of hosts with what they do: web-1, web-2, db-1, …"""
    numbers: dict[str, int] = {}
    named = []
    for index in range(count):
        kind = KINDS[index % len(KINDS)]
        numbers[kind] = numbers.get(kind, 0) + 1
        named.append((f"{kind}-{numbers[kind]}", kind))
    return named


def _in_lab(lab: Lab, names: Sequence[tuple[str, str]]) -> list[Plot]:
    ready = [name for name, kind in names if kind != "edge"][:READY]
    specs = []
    for name, kind in names:
        flavour = "managed" if name in ready else "tiny" if kind == "edge" else "bookworm"
        specs.append(HostSpec(name, flavour=flavour, load=LOADS[kind], files=RULE if name in ready else {}))
    return [
        Plot(host.name, host.address, host.port, "ops", lab.client_key, host.host_key, (kind,), host.name in ready)
        for host, (_, kind) in zip(lab.up(specs), names, strict=True)
    ]


def _on_loopback(stack: ExitStack, name: str, kind: str) -> Plot:
    daemon = stack.enter_context(sshd.running())
    return Plot(name, daemon.address, daemon.port, daemon.username, daemon.client_key, daemon.host_keys[0], (kind,))


def _take_commands(stack: ExitStack, lab: Lab) -> None:
    """Let `python -m tests.support.lab` in another terminal do things to this fleet, while a loop runs here."""
    listening = stack.enter_context(control.listen(lab))
    listening.setblocking(False)
    with suppress(RuntimeError):
        loop = asyncio.get_running_loop()
        loop.add_reader(listening, control.answer, lab, listening)
        stack.callback(loop.remove_reader, listening)
