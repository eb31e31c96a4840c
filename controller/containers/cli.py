"""An engine by its command line, where neither its socket nor `dial-stdio` can be used: the floor.

Words travel in a script on standard input, each quoted; no login shell gets to read them.
"""

from __future__ import annotations

import json
import shlex
from collections.abc import AsyncIterator, Callable, Collection, Sequence
from contextlib import asynccontextmanager
from typing import Any

from controller.containers.engine import TELLING, Doomed, Image, LogWish, Progress, Volume, is_anonymous, prune_volumes
from controller.containers.errors import EngineAway, EngineDenied, EngineRefused, NoSuchContainer, plain
from controller.containers.pipe import Pipe
from controller.containers.reading import moment, rows, table, text, whole
from controller.ssh.errors import LineError
from controller.ssh.fleet import POSIX_SHELL, Fleet, Stream

WAY = 'LC_ALL=C; PATH="$PATH:/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin"; export LC_ALL PATH'
# a command without a terminal outlives its channel until it writes: ours is ended when standard input ends
# (in braces, so that all of it is read before the first of it runs: what follows is not the script's)
HELD = """{{
exec 3<&0
{words} 3<&- </dev/null & p=$!
{{ cat <&3 >/dev/null; kill $p; }} 2>/dev/null & w=$!
exec 3<&-
wait $p; s=$?
kill $w 2>/dev/null
exit $s
}}
"""
LIMIT_BYTES = 16 << 20
LINE_BYTES = 1 << 20
AT_ONCE = 40  # containers described by one command
GONE = (
    "no such container",
    "no such object",
    "no such image",
    "no such volume",
    "image not known",
    "no container with",
)
ALREADY = ("is already paused", "is not paused", "is not running")
DENIED = ("permission denied",)
AWAY = ("cannot connect to the docker daemon", "cannot connect to podman", "is the docker daemon running")
UNITS = {"B": 1, "kB": 10**3, "KB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12}


def script(words: Sequence[str]) -> bytes:
    """What sh is to read to become this command."""
    return f"{WAY}\nexec {shlex.join(words)}\n".encode()


def failure(said: str, status: int | None) -> Exception:
    """The error for what a command said when it failed."""
    said = plain(said)
    low = said.lower()
    if any(words in low for words in DENIED):
        return EngineDenied(said)
    if any(words in low for words in AWAY):
        return EngineAway(said)
    if any(words in low for words in GONE):
        return NoSuchContainer(said)
    return EngineRefused(said or f"The command ended with status {status} and gave no reason.")


class CliEngine:
    """An engine by `docker` or `podman`, run as the host's account."""

    def __init__(self, fleet: Fleet, host_id: int, kind: str) -> None:
        self._fleet = fleet
        self._host_id = host_id
        self._kind = kind

    def close(self) -> None:
        """Nothing is kept."""

    async def version(self) -> str:
        """Its version, from the engine rather than the program where the two differ."""
        if self._kind == "podman":
            return text((await self._run("version", "--format", "{{.Client.Version}}", timeout_s=10.0)).strip())[:64]
        return text((await self._run("version", "--format", "{{.Server.Version}}", timeout_s=10.0)).strip())[:64]

    # containers

    async def states(self) -> dict[str, str]:
        """Every container's id, with name and state."""
        said = await self._run("ps", "--all", "--no-trunc", "--format", "{{.ID}} {{.Names}} {{.Status}}")
        found = {}
        for line in said.splitlines():
            identity, _, rest = line.partition(" ")
            name, _, status = rest.partition(" ")
            ill = status[status.find("(") :] if "(" in status and not status.startswith("Exited") else ""
            found[identity] = f"{name} {status.split(' ')[0]} {ill}"
        return found

    async def inspect(self, ids: Collection[str]) -> list[dict[str, Any]]:
        """Everything about these."""
        wanted, found = list(ids), []
        while wanted:
            some, wanted = wanted[:AT_ONCE], wanted[AT_ONCE:]
            said = await self._run("inspect", "--type", "container", *some, partly=True)
            found += [dict(table(one)) for one in rows(_json(said))]
        return found

    async def weigh(self, identity: str) -> int | None:
        """The writable layer's size."""
        said = await self._run("inspect", "--size", "--type", "container", identity, timeout_s=60.0)
        found = [table(one) for one in rows(_json(said))]
        return whole(found[0].get("SizeRw")) if found else None

    async def events(self, listen: Callable[[str, str], None], opened: Callable[[], None]) -> None:
        """Follow what happens to containers."""
        form = "json" if self._kind == "podman" else "{{json .}}"
        async with self._follow("events", "--filter", "type=container", "--format", form) as pipe:
            opened()
            async for line in lines(pipe):
                found = table(_json(line))
                deed = text(found.get("Action") or found.get("Status") or found.get("status")).partition(":")[0]
                identity = text(found.get("id") or found.get("ID") or table(found.get("Actor")).get("ID"))
                if deed in TELLING and identity:
                    listen(identity, deed)

    async def act(self, identity: str, verb: str, *, timeout_s: int | None, signal: str | None) -> None:
        """Start, stop and so on."""
        words = [verb]
        if verb in {"stop", "restart"} and timeout_s is not None:
            words += ["--time", str(timeout_s)]
        if verb == "kill" and signal:
            words += ["--signal", signal]
        await self._run(*words, identity, timeout_s=40.0 + (timeout_s or 0))

    async def remove(self, identity: str, *, force: bool, volumes: bool) -> None:
        """Remove a container."""
        await self._run("rm", *(["--force"] if force else []), *(["--volumes"] if volumes else []), identity)

    async def top(self, identity: str) -> tuple[list[str], list[list[str]]]:
        """Its processes, as `top` prints them: columns of words, the last one to the end of the line."""
        said = (await self._run("top", identity)).splitlines()
        titles = said[0].split() if said else []
        return titles, [line.split(None, max(0, len(titles) - 1)) for line in said[1:]]

    @asynccontextmanager
    async def logs(self, identity: str, wish: LogWish) -> AsyncIterator[AsyncIterator[tuple[str, bytes]]]:
        """Its log."""
        words = ["logs", "--timestamps", *(["--follow"] if wish.follow else [])]
        words += ["--tail", str(wish.tail)] if wish.tail is not None else []
        words += ["--since", f"{wish.since:.6f}"] if wish.since is not None else []
        words += ["--until", f"{wish.until:.6f}"] if wish.until is not None else []

        async def pieces(pipe: Pipe) -> AsyncIterator[tuple[str, bytes]]:
            while True:
                try:
                    source, data = await pipe.read_piece()
                except LineError as error:
                    raise EngineAway(error.sentence) from None
                if not data:
                    return
                if (source == "stdout" and wish.stdout) or (source == "stderr" and wish.stderr):
                    yield source, data

        async with self._follow(*words, identity, both=True) as pipe:
            yield pieces(pipe)

    async def figures(self, identity: str) -> dict[str, Any]:  # noqa: ARG002 — the protocol's
        """The command line tells figures for people only."""
        raise EngineAway("The command line tells no exact figures.")

    # images and volumes

    async def images(self) -> list[Image]:
        """All images."""
        ids = list(dict.fromkeys((await self._run("images", "--quiet", "--no-trunc")).split()))
        found = []
        while ids:
            some, ids = ids[:AT_ONCE], ids[AT_ONCE:]
            for one in map(table, rows(_json(await self._run("image", "inspect", *some, partly=True)))):
                tags = tuple(tag for tag in map(text, rows(one.get("RepoTags"))) if tag and "<none>" not in tag)
                found.append(Image(text(one.get("Id")), tags, whole(one.get("Size")), moment(one.get("Created"))))
        return found

    async def remove_image(self, identity: str, *, force: bool) -> None:
        """Remove an image."""
        await self._run("rmi", *(["--force"] if force else []), identity, timeout_s=60.0)

    @asynccontextmanager
    async def pull(self, reference: str) -> AsyncIterator[AsyncIterator[Progress]]:
        """Pull an image; its progress in the program's words alone."""

        async def words(pipe: Pipe) -> AsyncIterator[Progress]:
            last = ""
            async for line in lines(pipe):
                last = text(line.decode("utf-8", "replace").strip())
                yield {"status": last}
            if pipe.words and "error" in pipe.words.lower():
                yield {"error": pipe.words.splitlines()[-1]}

        async with self._follow("pull", reference) as pipe:
            yield words(pipe)

    async def volumes(self) -> list[Volume]:
        """All volumes; their sizes are not told."""
        names = (await self._run("volume", "ls", "--quiet")).split()
        if not names:
            return []
        found = rows(_json(await self._run("volume", "inspect", *names, partly=True)))
        return [
            Volume(
                text(one.get("Name")),
                text(one.get("Driver")),
                text(one.get("Mountpoint")),
                None,
                moment(one.get("CreatedAt")),
                {text(key): text(value) for key, value in table(one.get("Labels")).items()},
            )
            for one in map(table, found)
        ]

    async def remove_volume(self, name: str) -> None:
        """Remove a volume."""
        await self._run("volume", "rm", name)

    # prune

    async def doomed(self, kinds: Collection[str], *, all_images: bool) -> list[Doomed]:
        """What a prune would take; of build caches the command line tells nothing."""
        found: list[Doomed] = []
        everything = await self.inspect(await self.states())
        if "containers" in kinds:
            found += [
                Doomed("containers", text(one.get("Id")), text(one.get("Name")).removeprefix("/"), None)
                for one in everything
                if text(table(one.get("State")).get("Status")) not in {"running", "paused", "restarting"}
            ]
        if "images" in kinds:
            used = {text(one.get("Image")).removeprefix("sha256:") for one in everything}
            found += [
                Doomed("images", one.id, ", ".join(one.tags) or one.id.removeprefix("sha256:")[:12], one.size_bytes)
                for one in await self.images()
                if one.id.removeprefix("sha256:") not in used and (all_images or not one.tags)
            ]
        if "volumes" in kinds:
            unused = set((await self._run("volume", "ls", "--quiet", "--filter", "dangling=true")).split())
            found += [
                Doomed("volumes", one.name, one.name, None)
                for one in await self.volumes()
                if one.name in unused and is_anonymous(one.name, one.labels)
            ]
        if "networks" in kinds:
            said = await self._run("network", "ls", "--filter", "dangling=true", "--format", "{{.ID}} {{.Name}}")
            pairs = [line.partition(" ") for line in said.splitlines()]
            built_in = {"bridge", "host", "none", "podman"}
            found += [Doomed("networks", i, name, None) for i, _, name in pairs if name not in built_in]
        return found

    async def prune(self, kind: str, *, all_images: bool) -> tuple[list[str], int]:
        """Take away what is not in use."""
        if kind == "volumes":
            return await prune_volumes(self)
        noun = {"containers": "container", "images": "image", "networks": "network", "build_cache": "builder"}[kind]
        words = [noun, "prune", "--force", *(["--all"] if all_images and kind == "images" else [])]
        gone, freed = [], 0
        for line in (await self._run(*words, timeout_s=600.0)).splitlines():
            head, colon, rest = line.partition(":")
            if head.lower().startswith("total reclaimed space"):
                freed = bytes_of(rest.strip())
            elif line.strip() and not (colon and not rest.strip()):
                gone.append(text(line.strip()))
        return gone, freed

    # how

    async def _run(self, *words: str, timeout_s: float = 30.0, partly: bool = False) -> str:
        """What a command says. `partly`: what it says counts although it failed, if it is anything."""
        try:
            result = await self._fleet.exec(
                self._host_id,
                POSIX_SHELL,
                stdin=script([self._kind, *words]),
                timeout_s=timeout_s,
                limit_bytes=LIMIT_BYTES,
            )
        except LineError as error:
            raise EngineAway(error.sentence) from None
        said = result.stdout.decode("utf-8", "replace")
        if result.exit_status == 0 or (partly and said.strip() and not result.truncated):
            return said
        words_of = result.stderr.decode("utf-8", "replace").strip()
        if any(words in words_of.lower() for words in ALREADY):
            return said
        raise failure(words_of, result.exit_status)

    @asynccontextmanager
    async def _follow(self, *words: str, both: bool = False) -> AsyncIterator[Pipe]:
        """A command that goes on until the context ends."""
        text_ = f"{WAY}\n{HELD.format(words=shlex.join([self._kind, *words]))}"

        async def reach(pipe: Pipe) -> Stream:
            return await self._fleet.stream(self._host_id, POSIX_SHELL, pipe)

        try:
            pipe = await Pipe.open(reach, both=both)
            pipe.write(text_.encode())
        except LineError as error:
            raise EngineAway(error.sentence) from None
        try:
            yield pipe
        finally:
            pipe.close()


async def lines(pipe: Pipe) -> AsyncIterator[bytes]:
    """The lines of an output. Raises EngineAway when the line to the host breaks, or one line is endless."""
    rest = bytearray()
    while True:
        try:
            data = await pipe.read()
        except LineError as error:
            raise EngineAway(error.sentence) from None
        if not data:
            break
        rest += data
        while (cut := rest.find(b"\n")) >= 0:
            yield bytes(rest[:cut])
            del rest[: cut + 1]
        if len(rest) > LINE_BYTES:
            raise EngineAway("The command prints a line that is longer than any it has to say.")
    if rest:
        yield bytes(rest)


def _json(said: str | bytes) -> Any:
    if not said.strip():
        return None
    try:
        return json.loads(said)
    except (ValueError, RecursionError):
        raise EngineAway("What the command says is no JSON.") from None


def bytes_of(said: str) -> int:
    """The bytes of "1.5GB", as these programs print them; 0 for anything else."""
    for unit in sorted(UNITS, key=len, reverse=True):
        if said.endswith(unit):
            try:
                return int(float(said.removesuffix(unit)) * UNITS[unit])
            except ValueError:
                return 0
    return 0
