"""A container as engines describe it (`inspect`), read with care: an engine may say anything.

Docker and Podman agree on the form but for details: Podman knows more states and leaves out the slash of names.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from collectors.top import covered
from controller.containers import masks
from controller.containers.errors import EngineAway

ID = re.compile(r"[0-9a-f]{64}\Z")
NAME = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9_.-]{0,254}\Z")
STATES = ("running", "paused", "restarting", "created", "exited", "dead", "removing")
ALSO = {"configured": "created", "initialized": "created", "stopped": "exited", "stopping": "running"}
HEALTHS = frozenset({"healthy", "unhealthy", "starting"})
PROJECT = ("com.docker.compose.project", "io.podman.compose.project")
SERVICE = ("com.docker.compose.service", "io.podman.compose.service")
LONGEST = 4096
MOST_LABELS = 200
MOST_PORTS = 500


@dataclass(frozen=True, slots=True)
class Port:
    """A port of a container; `public` None and `address` "" where it is not published."""

    private: int
    public: int | None
    protocol: str
    address: str


@dataclass(frozen=True, slots=True)
class Container:
    """What is shown of a container. `pid`: its first process as its host counts, 0 while it does not run."""

    id: str
    name: str
    state: str
    health: str | None
    image: str
    image_id: str
    command: str
    created_at: datetime | None
    started_at: datetime | None
    finished_at: datetime | None
    exit_code: int | None
    oom_killed: bool
    restarts: int
    restart_policy: str
    ports: tuple[Port, ...]
    project: str | None
    service: str | None
    network_mode: str
    labels: Mapping[str, str]
    pid: int
    tty: bool

    @property
    def running(self) -> bool:
        """Does it have processes?"""
        return self.state in {"running", "paused"} and self.pid > 0


def container(found: Any) -> Container:
    """What an inspect says. Raises EngineAway when that is no container."""
    top = table(found)
    identity = text(top.get("Id"))
    name = text(top.get("Name")).removeprefix("/")
    if not ID.match(identity) or not NAME.match(name):
        raise EngineAway("The engine described a container in a form that is not known.")
    state, config, host = table(top.get("State")), table(top.get("Config")), table(top.get("HostConfig"))
    network = table(top.get("NetworkSettings"))
    labels = _labels(config.get("Labels"))
    status = text(state.get("Status")).lower()
    status = ALSO.get(status, status)
    running = status in {"running", "paused"}
    return Container(
        id=identity,
        name=name,
        state=status if status in STATES else "created",
        health=_health(state),
        image=text(top.get("ImageName") or config.get("Image")),
        image_id=text(top.get("Image")),
        command=covered(" ".join(text(word) for word in [top.get("Path"), *rows(top.get("Args"))] if word)[:LONGEST]),
        created_at=moment(top.get("Created")),
        started_at=moment(state.get("StartedAt")),
        finished_at=None if running else moment(state.get("FinishedAt")),
        exit_code=None if running or status == "created" else whole(state.get("ExitCode")),
        oom_killed=state.get("OOMKilled") is True and not running,
        restarts=max(0, whole(top.get("RestartCount"))),
        restart_policy=text(table(host.get("RestartPolicy")).get("Name")) or "no",
        ports=_ports(network.get("Ports")),
        project=next((labels[key] for key in PROJECT if labels.get(key)), None),
        service=next((labels[key] for key in SERVICE if labels.get(key)), None),
        network_mode=text(host.get("NetworkMode")),
        labels=labels,
        pid=max(0, whole(state.get("Pid"))) if running else 0,
        tty=config.get("Tty") is True,
    )


def _health(state: Mapping[str, Any]) -> str | None:
    said = text(table(state.get("Health") or state.get("Healthcheck")).get("Status")).lower()
    return said if said in HEALTHS else None


def _labels(found: Any) -> dict[str, str]:
    items = list(table(found).items())[:MOST_LABELS]
    return {text(name): masks.variable(text(name), text(value))[0] for name, value in items}


def _ports(found: Any) -> tuple[Port, ...]:
    """Ports by "80/tcp": where each is published, if it is."""
    ports = []
    for key, places in list(table(found).items())[:MOST_PORTS]:
        number, _, protocol = text(key).partition("/")
        if not number.isdigit() or int(number) > 65535:
            continue
        published = [table(place) for place in rows(places)][:MOST_PORTS]
        for place in published:
            public = text(place.get("HostPort"))
            ports.append(
                Port(
                    int(number),
                    int(public) if public.isdigit() and int(public) <= 65535 else None,
                    protocol or "tcp",
                    text(place.get("HostIp")),
                )
            )
        if not published:
            ports.append(Port(int(number), None, protocol or "tcp", ""))
    ports.sort(key=lambda port: (port.private, port.protocol, port.address, port.public or 0))
    return tuple(ports[:MOST_PORTS])


# pieces of what an engine says, of which nothing is certain


def table(found: Any) -> Mapping[str, Any]:
    """An object; an empty one where there is none."""
    return found if isinstance(found, dict) else {}


def rows(found: Any) -> Sequence[Any]:
    """A list; an empty one where there is none."""
    return found if isinstance(found, list) else ()


def text(found: Any) -> str:
    """A word of bearable length without control characters."""
    if not isinstance(found, str):
        return "" if found is None or isinstance(found, dict | list) else str(found)[:LONGEST]
    cut = found[:LONGEST]
    return cut if cut.isprintable() else "".join(c if c.isprintable() or c in "\n\t" else "�" for c in cut)


def whole(found: Any) -> int:
    """A whole number that fits the readers of JSON; 0 where there is none."""
    if isinstance(found, bool) or not isinstance(found, int | float) or math.isnan(found):
        return 0
    return int(max(-(2**53), min(found, 2**53)))


def size(found: Any) -> int | None:
    """A number of bytes, None where it is not known (engines say -1)."""
    return None if found is None or whole(found) < 0 else whole(found)


def moment(found: Any) -> datetime | None:
    """A time, from RFC 3339 with up to nine digits or epoch seconds; None for the year 1, which stands for never."""
    if isinstance(found, int | float) and not isinstance(found, bool):
        try:
            return datetime.fromtimestamp(found, UTC) if found > 0 else None
        except (OverflowError, ValueError, OSError):
            return None
    said = re.sub(r"\.(\d{1,6})\d*", r".\1", text(found)).replace("Z", "+00:00")
    try:
        at = datetime.fromisoformat(said)
    except ValueError:
        return None
    if at.tzinfo is None:
        at = at.replace(tzinfo=UTC)
    return at.astimezone(UTC) if at.year > 1 else None
