"""The ways to an engine, best first: its socket through the line, `dial-stdio` on a channel, the command line.

A forwarded socket takes none of the host's sessions; `dial-stdio` takes one a connection and a process; the command
line takes both for each question.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from collectors.engines import Engines, Socket
from controller.containers.api import ApiEngine
from controller.containers.cli import CliEngine
from controller.containers.engine import Engine
from controller.containers.errors import EngineAway, EngineSilent
from controller.containers.http import Client
from controller.containers.pipe import Pipe, Reach
from controller.core.errors import AppError
from controller.ssh.errors import ChannelRefused
from controller.ssh.fleet import Fleet, Stream

SOCKET, DIAL, CLI = "socket", "dial-stdio", "cli"
TITLES = {"docker": "Docker", "podman": "Podman"}
USUAL = {"docker": "/var/run/docker.sock", "podman": "/run/podman/podman.sock"}
PATH = re.compile(r"/[A-Za-z0-9._/-]{1,200}\Z")  # of a socket; others would need care in every shell
# a login shell, whichever it is, is asked for nothing but to become /bin/sh
DIALLING = (
    "exec /bin/sh -c '"
    'PATH="$PATH:/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin"; export PATH; exec "$@" system dial-stdio'
    "' moorline {words}"
)


@dataclass(frozen=True, slots=True)
class Candidate:
    """An engine that a host seems to have. `socket` None: only its program is there."""

    key: str
    kind: str
    uid: int
    name: str
    socket: str | None
    program: bool
    trouble: str = ""  # the state that is known without asking: denied or stopped
    reason: str = ""
    hint: str = ""


def candidates(found: Engines) -> list[Candidate]:
    """The engines to ask, from what the host showed; each key once."""
    chosen: dict[str, Candidate] = {}
    for socket in found.sockets:
        if PATH.match(socket.path):
            candidate = _by_socket(found, socket)
            chosen.setdefault(candidate.key, candidate)
    kinds = {candidate.kind for candidate in chosen.values()}
    if "docker" in found.programs and "docker" not in kinds:
        reason = f"Docker is installed, but nothing listens at {USUAL['docker']}."
        chosen["docker"] = Candidate(
            "docker", "docker", 0, "Docker", None, True, "stopped", reason, "sudo systemctl start docker"
        )
    if "podman" in found.programs and not any(c.kind == "podman" and not c.trouble for c in chosen.values()):
        key = _key("podman", found.uid)
        chosen[key] = Candidate(key, "podman", found.uid, _name("podman", found.uid, found), None, True)
    return list(chosen.values())


def _by_socket(found: Engines, socket: Socket) -> Candidate:
    name = _name(socket.kind, socket.uid, found)
    key, program = _key(socket.kind, socket.uid), socket.kind in found.programs
    if socket.open:
        return Candidate(key, socket.kind, socket.uid, name, socket.path, program)
    account = found.account or "this account"
    reason = f"{account} may not use {socket.path}."
    hint = f"sudo usermod -aG docker {account}"
    if socket.kind == "docker" and found.member:
        reason = f"{account} is in the group docker, but Moorline logged in before that."
        hint = "Disable the host and enable it again, so that Moorline logs in anew."
    elif socket.kind == "podman":
        hint = "Let Moorline log in as the account that owns these containers."
    return Candidate(key, socket.kind, socket.uid, name, socket.path, program, "denied", reason, hint)


def _key(kind: str, uid: int) -> str:
    return kind if uid == 0 else f"{kind}-{uid}"


def _name(kind: str, uid: int, found: Engines) -> str:
    if uid == 0:
        return TITLES[kind]
    return f"{TITLES[kind]} (rootless, {found.account if uid == found.uid and found.account else f'uid {uid}'})"


def over_socket(fleet: Fleet, host_id: int, path: str) -> Reach:
    """Through a Unix socket forwarded by the host's SSH server."""

    async def reach(pipe: Pipe) -> Stream:
        return await fleet.connect_unix(host_id, path, pipe)

    return reach


def over_dial(fleet: Fleet, host_id: int, kind: str, path: str) -> Reach:
    """Through a program on the host that joins its standard input and output with the socket."""
    words = f"docker -H unix://{path}" if kind == "docker" else f"podman --remote --url unix://{path}"

    async def reach(pipe: Pipe) -> Stream:
        return await fleet.stream(host_id, DIALLING.format(words=words), pipe)

    return reach


def engines(fleet: Fleet, host_id: int, candidate: Candidate) -> Iterator[tuple[str, Engine]]:
    """The ways that may lead to it, best first."""
    kind, path = candidate.kind, candidate.socket
    if path is not None:
        yield SOCKET, ApiEngine(Client(over_socket(fleet, host_id, path)), kind)
        if candidate.program:
            yield DIAL, ApiEngine(Client(over_dial(fleet, host_id, kind, path)), kind)
    if candidate.program and (path is None or path == USUAL[kind] or path == USUAL[kind].removeprefix("/var")):
        yield CLI, CliEngine(fleet, host_id, kind)


async def connect(
    fleet: Fleet, host_id: int, candidate: Candidate, known: str | None = None
) -> tuple[str, Engine, str]:
    """The first way that works: its name, the engine, its version. Raises the error of the last way that was tried.

    `known`: the one that worked before; no other is tried.
    """
    last: AppError | None = None
    for way, engine in engines(fleet, host_id, candidate):
        if known is not None and way != known:
            continue
        try:
            return way, engine, await engine.version()
        except EngineSilent:
            engine.close()
            raise  # it is there and hangs: no other way is better
        except AppError as error:
            engine.close()
            last = error
            refused = error.__cause__
            if isinstance(refused, ChannelRefused) and refused.code == "forward_failed":
                last = EngineAway(f"Nothing answers at {candidate.socket}: the engine is stopped.")
            if way == SOCKET and not isinstance(refused, ChannelRefused):
                raise  # the way is there; what is at its end is not as it should be
    raise last or EngineAway(f"Nothing leads to {candidate.name} on this host.")
