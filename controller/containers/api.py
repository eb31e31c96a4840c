"""An engine by its HTTP API, as Docker documents it (Engine API v1.40 and later) and Podman serves it too."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Collection
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import quote

from controller.containers.engine import TELLING, Doomed, Image, LogWish, Progress, Volume, is_anonymous, prune_volumes
from controller.containers.errors import EngineAway, EngineRefused, NoSuchContainer
from controller.containers.frames import Demultiplexer
from controller.containers.http import Client, Response
from controller.containers.reading import moment, rows, size, table, text, whole

LINE_BYTES = 1 << 20  # of one event or one word of progress
STOP_S = 10  # how long an engine waits by itself before it kills
SLACK_S = 20.0
USAGE_S = 60.0  # sizes are summed up file by file
BUILT_IN = frozenset({"bridge", "host", "none", "podman", "ingress"})


# Podman's own words for columns, those of its command line: asked in those of `ps`, as it takes it from Docker's
# clients, it runs the container's own `ps`, and says nothing at all where the image has none
PODMAN_TOP = "user,pid,ppid,pcpu,etime,tty,time,args"


class ApiEngine:
    """An engine over a client."""

    def __init__(self, client: Client, kind: str) -> None:
        self._client = client
        self._kind = kind

    def close(self) -> None:
        """Let go of its connections."""
        self._client.close()

    async def version(self) -> str:
        """Its version."""
        found = table(await self._client.json("GET", "/version", timeout_s=5.0))
        return text(found.get("Version"))[:64]

    # containers

    async def states(self) -> dict[str, str]:
        """Every container's id, with state, names and restarts as far as the list shows them."""
        found = rows(await self._client.json("GET", "/containers/json", {"all": True}))
        return {
            text(one.get("Id")): f"{one.get('State')} {_plain(one.get('Status'))} {one.get('Names')}"
            for one in map(table, found)
        }

    async def inspect(self, ids: Collection[str]) -> list[dict[str, Any]]:
        """Everything about these."""
        found = await asyncio.gather(*(self._inspect(identity) for identity in ids))
        return [dict(table(one)) for one in found if one is not None]

    async def weigh(self, identity: str) -> int | None:
        """The writable layer's size."""
        found = await self._client.json("GET", _at(identity, "json"), {"size": True}, timeout_s=USAGE_S)
        return size(table(found).get("SizeRw"))

    async def _inspect(self, identity: str) -> Any:
        try:
            return await self._client.json("GET", _at(identity, "json"))
        except NoSuchContainer:
            return None

    async def events(self, listen: Callable[[str, str], None], opened: Callable[[], None]) -> None:
        """Follow what happens to containers."""
        query = {"filters": json.dumps({"type": ["container"]})}
        async with self._client.stream("GET", "/events", query) as response:
            opened()
            async for found in objects(response):
                deed = text(found.get("Action") or found.get("status")).partition(":")[0]
                identity = text(table(found.get("Actor")).get("ID") or found.get("id"))
                if deed in TELLING and identity:
                    listen(identity, deed)

    async def act(self, identity: str, verb: str, *, timeout_s: int | None, signal: str | None) -> None:
        """Start, stop and so on. 304 says that it is so already."""
        waits = verb in {"stop", "restart"}
        query = {"t": timeout_s if waits else None, "signal": signal if verb == "kill" else None}
        patience = SLACK_S + (STOP_S if timeout_s is None else timeout_s if waits else 0)
        await self._client.call("POST", _at(identity, verb), query, timeout_s=patience)

    async def remove(self, identity: str, *, force: bool, volumes: bool) -> None:
        """Remove a container."""
        await self._client.call("DELETE", _at(identity), {"force": force, "v": volumes}, timeout_s=60.0)

    async def top(self, identity: str) -> tuple[list[str], list[list[str]]]:
        """Its processes."""
        query = {"ps_args": PODMAN_TOP if self._kind == "podman" else None}
        found = table(await self._client.json("GET", _at(identity, "top"), query))
        return [text(one) for one in rows(found.get("Titles"))], [
            [text(word) for word in rows(row)] for row in rows(found.get("Processes"))
        ]

    @asynccontextmanager
    async def logs(self, identity: str, wish: LogWish) -> AsyncIterator[AsyncIterator[tuple[str, bytes]]]:
        """Its log."""
        query: dict[str, str | bool | None] = {
            "follow": wish.follow,
            "stdout": wish.stdout,
            "stderr": wish.stderr,
            "timestamps": True,
            "tail": "all" if wish.tail is None else str(wish.tail),
            "since": None if wish.since is None else f"{wish.since:.9f}",
            "until": None if wish.until is None else f"{wish.until:.9f}",
        }
        head_s = None if wish.follow else SLACK_S
        async with self._client.stream("GET", _at(identity, "logs"), query, head_s=head_s) as response:
            yield _pieces(response, plain=wish.tty)

    async def figures(self, identity: str) -> dict[str, Any]:
        """Statistics, one shot."""
        query = {"stream": False, "one-shot": True}
        return dict(table(await self._client.json("GET", _at(identity, "stats"), query, timeout_s=8.0)))

    # images and volumes

    async def images(self) -> list[Image]:
        """All images."""
        found = rows(await self._client.json("GET", "/images/json"))
        return [
            Image(
                text(one.get("Id")),
                tuple(tag for tag in map(text, rows(one.get("RepoTags"))) if tag and tag != "<none>:<none>"),
                whole(one.get("Size")),
                moment(one.get("Created")),
            )
            for one in map(table, found)
        ]

    async def remove_image(self, identity: str, *, force: bool) -> None:
        """Remove an image."""
        await self._client.call("DELETE", f"/images/{quote(identity, safe=':/@')}", {"force": force}, timeout_s=60.0)

    @asynccontextmanager
    async def pull(self, reference: str) -> AsyncIterator[AsyncIterator[Progress]]:
        """Pull an image; without a tag the engine would take every one that there is."""
        name, tag = split(reference)
        query = {"fromImage": name, "tag": tag}
        async with self._client.stream("POST", "/images/create", query, head_s=60.0) as response:
            yield objects(response)

    async def volumes(self) -> list[Volume]:
        """All volumes; sizes from the engine's usage, where it can tell."""
        found = rows(table(await self._client.json("GET", "/volumes")).get("Volumes"))
        sizes: dict[str, int | None] = {}
        try:
            usage = table(await self._usage("volume"))
        except (EngineAway, EngineRefused, NoSuchContainer):
            usage = {}
        for one in map(table, rows(usage.get("Volumes"))):
            sizes[text(one.get("Name"))] = size(table(one.get("UsageData")).get("Size"))
        return [
            Volume(
                text(one.get("Name")),
                text(one.get("Driver")),
                text(one.get("Mountpoint")),
                sizes.get(text(one.get("Name"))),
                moment(one.get("CreatedAt")),
                {text(key): text(value) for key, value in table(one.get("Labels")).items()},
            )
            for one in map(table, found)
        ]

    async def remove_volume(self, name: str) -> None:
        """Remove a volume."""
        await self._client.call("DELETE", f"/volumes/{quote(name, safe='')}", timeout_s=60.0)

    # prune

    async def _usage(self, *kinds: str) -> Any:
        path = "/system/df" + "".join(f"{'&' if n else '?'}type={kind}" for n, kind in enumerate(kinds))
        return await self._client.json("GET", path, timeout_s=USAGE_S)

    async def doomed(self, kinds: Collection[str], *, all_images: bool) -> list[Doomed]:
        """What a prune would take, by the rules that `docker … prune` documents."""
        usage = table(await self._usage())
        found: list[Doomed] = []
        if "containers" in kinds:
            found += _doomed_containers(usage)
        if "images" in kinds:
            found += _doomed_images(usage, all_images=all_images)
        if "volumes" in kinds:
            found += _doomed_volumes(usage)
        if "networks" in kinds:
            found += await self._doomed_networks()
        if "build_cache" in kinds:
            found += _doomed_cache(usage)
        return found

    async def _doomed_networks(self) -> list[Doomed]:
        used = set()
        for one in map(table, rows(await self._client.json("GET", "/containers/json", {"all": True}))):
            used |= {text(name) for name in table(table(one.get("NetworkSettings")).get("Networks"))}
        networks = map(table, rows(await self._client.json("GET", "/networks")))
        names = [(text(one.get("Id")), text(one.get("Name"))) for one in networks]
        return [Doomed("networks", i, name, None) for i, name in names if name not in BUILT_IN | used]

    async def prune(self, kind: str, *, all_images: bool) -> tuple[list[str], int]:
        """Take away what is not in use. Volumes one by one: which of them a prune takes differs between versions."""
        if kind == "volumes":
            return await prune_volumes(self)
        path = {"build_cache": "/build/prune"}.get(kind, f"/{kind}/prune")
        filters = {"images": {"dangling": ["false" if all_images else "true"]}}.get(kind)
        query = {"filters": json.dumps(filters)} if filters else None
        found = table(await self._client.json("POST", path, query, timeout_s=600.0))
        gone: list[str] = []
        for key, value in found.items():
            if key in {"ContainersDeleted", "VolumesDeleted", "NetworksDeleted", "CachesDeleted"}:
                gone += [text(one) for one in rows(value)]
        gone += [
            text(one.get("Deleted") or one.get("Untagged")) for one in map(table, rows(found.get("ImagesDeleted")))
        ]
        return gone, whole(found.get("SpaceReclaimed"))


def _at(identity: str, what: str = "") -> str:
    return f"/containers/{quote(identity, safe='')}" + (f"/{what}" if what else "")


def _plain(status: Any) -> str:
    """The words of a status that are no time: "Up (healthy)" of "Up 3 minutes (healthy)"."""
    words = text(status)
    return f"{words.split(' ')[0]} {words[words.find('(') :] if '(' in words else ''}"


def split(reference: str) -> tuple[str, str]:
    """An image's name and tag; a digest stays with the name."""
    if "@" in reference:
        name, _, digest = reference.partition("@")
        return name, digest
    head, slash, last = reference.rpartition("/")
    name, colon, tag = last.partition(":")
    return f"{head}{slash}{name}", tag if colon else "latest"


async def objects(response: Response) -> AsyncIterator[dict[str, Any]]:
    """The JSON objects of an answer, one a line. Raises EngineAway for a line that is too long or none."""
    rest = bytearray()
    async for chunk in response.chunks():
        rest += chunk
        while (cut := rest.find(b"\n")) >= 0:
            line = bytes(rest[:cut])
            del rest[: cut + 1]
            if line.strip():
                yield _object(line)
        if len(rest) > LINE_BYTES:
            raise EngineAway("The engine's answer has a line that is longer than any it has to say.")
    if rest.strip():
        yield _object(bytes(rest))


def _object(line: bytes) -> dict[str, Any]:
    try:
        return dict(table(json.loads(line)))
    except (ValueError, RecursionError):
        raise EngineAway("The engine's answer is no JSON.") from None


async def _pieces(response: Response, *, plain: bool) -> AsyncIterator[tuple[str, bytes]]:
    mixed = None if plain or "raw-stream" in response.headers.get("content-type", "") else Demultiplexer()
    async for chunk in response.chunks():
        if mixed is None:
            yield "stdout", chunk
            continue
        try:
            pieces = mixed.feed(chunk)
        except ValueError as error:
            raise EngineAway(f"The log cannot be read: {error}.") from None
        for piece in pieces:
            yield piece


def _doomed_containers(usage: Any) -> list[Doomed]:
    return [
        Doomed("containers", text(one.get("Id")), text((rows(one.get("Names")) or [""])[0]).removeprefix("/"),
               size(one.get("SizeRw") or 0))
        for one in map(table, rows(usage.get("Containers")))
        if one.get("State") not in {"running", "paused", "restarting"}
    ]  # fmt: skip


def _doomed_images(usage: Any, *, all_images: bool) -> list[Doomed]:
    """Those that no container uses; without `all_images` only those without a tag."""
    found = []
    used = {text(one.get("ImageID")) for one in map(table, rows(usage.get("Containers")))}
    for one in map(table, rows(usage.get("Images"))):
        tags = [tag for tag in map(text, rows(one.get("RepoTags"))) if tag and tag != "<none>:<none>"]
        if text(one.get("Id")) in used or (tags and not all_images):
            continue
        shared = max(0, whole(one.get("SharedSize")))
        name = ", ".join(tags) or text(one.get("Id")).removeprefix("sha256:")[:12]
        found.append(Doomed("images", text(one.get("Id")), name, max(0, whole(one.get("Size")) - shared)))
    return found


def _doomed_volumes(usage: Any) -> list[Doomed]:
    """Those without a name that no container uses: what bears a name may be somebody's data."""
    return [
        Doomed("volumes", text(one.get("Name")), text(one.get("Name")), size(table(one.get("UsageData")).get("Size")))
        for one in map(table, rows(usage.get("Volumes")))
        if whole(table(one.get("UsageData")).get("RefCount")) == 0
        and is_anonymous(text(one.get("Name")), table(one.get("Labels")))
    ]


def _doomed_cache(usage: Any) -> list[Doomed]:
    return [
        Doomed("build_cache", text(one.get("ID")), text(one.get("Description")) or text(one.get("ID")),
               size(one.get("Size")))
        for one in map(table, rows(usage.get("BuildCache")))
        if one.get("InUse") is not True
    ]  # fmt: skip
