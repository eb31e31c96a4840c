"""What an engine can be asked, whichever way leads to it; `api.py` and `cli.py` are the two that there are.

Every method raises EngineAway, EngineRefused, NoSuchContainer; none of them knows rights or hosts.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Callable, Collection, Mapping
from contextlib import AbstractAsyncContextManager, suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from controller.containers.errors import EngineRefused, NoSuchContainer

VERBS = ("start", "stop", "restart", "pause", "unpause", "kill")
KINDS = ("containers", "images", "volumes", "networks", "build_cache")  # what can be pruned
# what happens to containers and changes how they are shown; executions and the like do not
TELLING = frozenset(
    {"create", "start", "die", "died", "stop", "kill", "pause", "unpause", "rename", "update", "oom", "restart"}
    | {"destroy", "remove", "cleanup", "init", "health_status"}
)


@dataclass(frozen=True, slots=True)
class LogWish:
    """Which part of a log. Times in epoch seconds; `tail` None: all of it."""

    follow: bool = False
    tail: int | None = None
    since: float | None = None
    until: float | None = None
    stdout: bool = True
    stderr: bool = True
    tty: bool = False  # the log of a container with a terminal is not split into two


@dataclass(frozen=True, slots=True)
class Image:
    """An image. `id` as the engine names it."""

    id: str
    tags: tuple[str, ...]
    size_bytes: int
    created_at: datetime | None


@dataclass(frozen=True, slots=True)
class Volume:
    """A volume; its size None where the engine does not say."""

    name: str
    driver: str
    mountpoint: str
    size_bytes: int | None
    created_at: datetime | None
    labels: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Doomed:
    """Something that a prune would take away."""

    kind: str
    id: str
    name: str
    size_bytes: int | None


ANONYMOUS = re.compile(r"[0-9a-f]{64}\Z")


def is_anonymous(name: str, labels: Mapping[str, Any]) -> bool:
    """Was the volume made without a name, with its container? Docker says so by a label since version 23."""
    return "com.docker.volume.anonymous" in labels or ANONYMOUS.match(name) is not None


Progress = Mapping[str, Any]  # {"status", "id", "progressDetail": {"current", "total"}, "error"} as engines send it


class Engine(Protocol):
    """One engine."""

    async def version(self) -> str:
        """Its version; also whether it answers at all."""
        ...

    async def states(self) -> dict[str, str]:
        """Every container's id, with a word that changes when it should be looked at again."""
        ...

    async def inspect(self, ids: Collection[str]) -> list[dict[str, Any]]:
        """Everything about these containers; those that are gone meanwhile are left out."""
        ...

    async def weigh(self, identity: str) -> int | None:
        """The bytes of a container's writable layer, where the engine says."""
        ...

    async def events(self, listen: Callable[[str, str], None], opened: Callable[[], None]) -> None:
        """Call `listen` with id and deed for whatever happens to containers, until it ends; `opened` at first."""
        ...

    async def act(self, identity: str, verb: str, *, timeout_s: int | None, signal: str | None) -> None:
        """Start, stop and so on; what is so already is no error."""
        ...

    async def remove(self, identity: str, *, force: bool, volumes: bool) -> None:
        """Remove a container, with its anonymous volumes if so wanted."""
        ...

    async def top(self, identity: str) -> tuple[list[str], list[list[str]]]:
        """Titles and rows of its processes."""
        ...

    def logs(self, identity: str, wish: LogWish) -> AbstractAsyncContextManager[AsyncIterator[tuple[str, bytes]]]:
        """Pieces of its log as they come, each with "stdout" or "stderr"; every line begins with a time."""
        ...

    async def figures(self, identity: str) -> dict[str, Any]:
        """Its statistics in the form of Docker's API, one shot."""
        ...

    async def images(self) -> list[Image]:
        """All images but intermediate ones."""
        ...

    async def remove_image(self, identity: str, *, force: bool) -> None:
        """Remove an image or one of its tags."""
        ...

    def pull(self, reference: str) -> AbstractAsyncContextManager[AsyncIterator[Progress]]:
        """Pull an image; its progress as it comes."""
        ...

    async def volumes(self) -> list[Volume]:
        """All volumes, with sizes where the engine says them."""
        ...

    async def remove_volume(self, name: str) -> None:
        """Remove a volume."""
        ...

    async def doomed(self, kinds: Collection[str], *, all_images: bool) -> list[Doomed]:
        """What a prune of these kinds would take away."""
        ...

    async def prune(self, kind: str, *, all_images: bool) -> tuple[list[str], int]:
        """Take away what is not in use: names of what went, and the bytes it held."""
        ...

    def close(self) -> None:
        """Let go of its connections."""
        ...


async def prune_volumes(engine: Engine) -> tuple[list[str], int]:
    """Remove the anonymous volumes that nothing uses; one that is taken into use meanwhile stays."""
    gone, freed = [], 0
    for one in await engine.doomed(["volumes"], all_images=False):
        with suppress(EngineRefused, NoSuchContainer):
            await engine.remove_volume(one.name)
            gone.append(one.name)
            freed += one.size_bytes or 0
    return gone, freed
