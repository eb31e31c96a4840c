"""A controller with two groups of hosts, A ("alfa") and B ("bravo"), and somebody of each kind to ask."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from tests.contract.rights.table import CALLERS, CHANNEL, FOREIGN, NOTICES, OWN, SCHEDULE, Caller
from tests.support.api import Api
from tests.support.controller import Controller
from tests.support.sshd import free_port

PASSWORD = "correct horse battery"
SECRET = "bravo-secret-word"
ADDRESS = {OWN: "127.0.0.65", FOREIGN: "127.0.0.66"}
WORD = {OWN: "alfa", FOREIGN: "bravo"}


@dataclass(slots=True)
class World:
    """The controller, its first administrator, and a client for each caller by name."""

    root: Api
    url: str
    groups: dict[str, int]
    folder: Path
    clients: dict[str, httpx.AsyncClient] = field(default_factory=dict)
    users: dict[str, int] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)
    terminal_hosts: dict[str, int] = field(default_factory=dict)
    recordings: dict[str, int] = field(default_factory=dict)
    serial: itertools.count[int] = field(default_factory=lambda: itertools.count(1))

    async def make(self, kind: str, whose: str, caller: Caller | None) -> int | str:
        """A fresh object: of group A or the caller's own, or of group B or the first administrator's."""
        word = f"{WORD[whose]}-{next(self.serial)}"
        makers = {"host": self._host, "group": self._group, "user": self._user, "invitation": self._invitation}
        if kind in makers:
            return await makers[kind](word, whose)
        paths = {"credential": "/credentials", "token": "/tokens", "snippet": "/snippets"}
        bodies = {
            "credential": {"name": word, "kind": "password", "password": SECRET},
            "token": {"name": word, "scopes": ["read"], "group_ids": []},
            "snippet": {"name": word, "text": "echo {{what}}"},
        }
        if kind not in paths:
            return await self._of_slice(kind, word, whose, caller)
        client = self.owner(caller) if whose == OWN and caller else self.root_client
        answer = await client.post(paths[kind], json=bodies[kind])
        if answer.status_code == 403:  # the caller may have none: whoever's it is, the answer is the same
            answer = await self.root_client.post(paths[kind], json=bodies[kind])
        return int(answer.raise_for_status().json()["id"])

    async def _of_slice(self, kind: str, word: str, whose: str, caller: Caller | None) -> int | str:
        """What takes more than a request of its own."""
        owner = caller if whose == OWN else None
        if kind in {"channel", "notice route", "delivery"}:
            return await self._notices(kind, word)
        makers: dict[str, Callable[[], Awaitable[int | str]]] = {
            "recording": lambda: self._recording(whose),
            "ssh key": lambda: self._ssh_key(word, owner),
            "job": lambda: self._job(whose),
            "job template": lambda: self._template(word, owner),
            "schedule": lambda: self._schedule(word, owner),
            "terminal": lambda: self._terminal(whose, caller),
            "transfer": lambda: self._transfer(owner, whose),
            "session": lambda: self._session(owner),
        }
        return await makers[kind]()

    @property
    def root_client(self) -> httpx.AsyncClient:
        """The first administrator's."""
        return self.clients["root"]

    def owner(self, caller: Caller) -> httpx.AsyncClient:
        """The session of the user behind the caller."""
        return self.clients[OWNER.get(caller.name, caller.name)]

    async def _host(self, word: str, whose: str) -> int:
        new = {
            "name": word,
            "address": ADDRESS[whose],
            "username": f"{WORD[whose]}-user",
            "enabled": False,
            "tags": [f"{WORD[whose]}-tag"],
            "note": f"{WORD[whose]}-note",
            "group_ids": [self.groups[whose]],
        }
        return int((await self.root.call("POST", "/hosts", new))["id"])

    async def _terminal(self, whose: str, caller: Caller | None) -> str:
        """One on a host that does not answer, the same for all: it is there, and says so."""
        host = await self._enabled_host(whose)
        client = self.owner(caller) if whose == OWN and caller else self.root_client
        answer = await client.post("/terminals", json={"host_id": host})
        if answer.status_code in {403, 404}:
            answer = await self.root_client.post("/terminals", json={"host_id": host})
        return str(answer.raise_for_status().json()["id"])

    async def _enabled_host(self, whose: str) -> int:
        """One that does not answer, the same for all."""
        if whose not in self.terminal_hosts:
            self.terminal_hosts[whose] = await self._host(f"{WORD[whose]}-{next(self.serial)}", whose)
            await self.root.call("PATCH", f"/hosts/{self.terminal_hosts[whose]}", {"enabled": True})
        return self.terminal_hosts[whose]

    async def _job(self, whose: str) -> int:
        """The first administrator's, which waits for somebody's approval."""
        new = {"kind": "command", "spec": {"command": f"echo {WORD[whose]}"}, "needs_approval": True}
        new["targets"] = {"host_ids": [await self._enabled_host(whose)]}
        return int((await self.root.call("POST", "/jobs", new))["id"])

    async def _template(self, word: str, caller: Caller | None) -> int:
        """Everybody's to launch, or nobody's but its owner's."""
        body: dict[str, Any] = {"name": word, "kind": "command", "spec": {"command": "true"}}
        client = self.owner(caller) if caller else self.root_client
        answer = await client.post("/job-templates", json=body | ({} if caller else {"launcher_ids": []}))
        if answer.status_code == 403:  # the caller may make none: it sees what everybody may launch
            answer = await self.root_client.post("/job-templates", json=body)
        return int(answer.raise_for_status().json()["id"])

    async def _schedule(self, word: str, caller: Caller | None) -> int:
        """Of a template of the same owner; paused, so that it fires at no time of its own."""
        body = {**SCHEDULE, "name": word, "template_id": await self._template(word, caller), "enabled": False}
        client = self.owner(caller) if caller else self.root_client
        answer = await client.post("/schedules", json=body)
        if answer.status_code == 403:
            answer = await self.root_client.post("/schedules", json=body)
        return int(answer.raise_for_status().json()["id"])

    async def _recording(self, whose: str) -> int:
        """Of a terminal on a host that does not answer; the same until somebody deletes it."""
        kept = self.recordings.get(whose, 0)
        if (await self.root_client.get(f"/recordings/{kept}")).status_code == 200:
            return kept
        before = (await self._newest(whose)).get("id") if whose in self.terminal_hosts else None
        terminal = await self._terminal(whose, None)
        async with asyncio.timeout(15):
            while not (found := await self._newest(whose)) or found["id"] == before:
                await asyncio.sleep(0.02)
        await self.root.call("DELETE", f"/terminals/{terminal}")
        async with asyncio.timeout(15):
            while (await self._newest(whose))["state"] == "running":
                await asyncio.sleep(0.02)
        self.recordings[whose] = int(found["id"])
        return self.recordings[whose]

    async def _notices(self, kind: str, word: str) -> int:
        """A channel or a route by one; nothing was ever delivered here."""
        if kind == "delivery":
            return 1
        channel = int((await self.root.call("POST", "/notify/channels", {**CHANNEL, "name": word}))["id"])
        if kind == "channel":
            return channel
        return int((await self.root.call("POST", "/notify/routes", {**NOTICES, "channel_id": channel}))["id"])

    async def _newest(self, whose: str) -> dict[str, Any]:
        rows = await self.root.call("GET", "/recordings", host_id=self.terminal_hosts[whose], limit=1)
        return dict(rows["items"][0]) if rows["items"] else {}

    async def _ssh_key(self, word: str, caller: Caller | None) -> int:
        made = await asyncio.create_subprocess_exec(
            "ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", word, "-f", str(self.folder / word)
        )
        await made.wait()
        line = (self.folder / f"{word}.pub").read_text()
        client = self.owner(caller) if caller else self.root_client
        return int((await client.post("/me/ssh-keys", json={"line": line})).raise_for_status().json()["id"])

    async def _group(self, word: str, _: str) -> int:
        return int((await self.root.call("POST", "/groups", {"name": word}))["id"])

    async def _user(self, word: str, _: str) -> int:
        async with self._joined(word, {"role": "viewer"}) as client:
            return int((await client.get("/me")).json()["id"])

    async def _invitation(self, _: str, __: str) -> int:
        return int((await self.root.call("POST", "/invitations", {"role": "viewer"}))["id"])

    async def _session(self, caller: Caller | None) -> int:
        name = OWNER.get(caller.name, caller.name) if caller else "root"
        async with self._client() as other:
            login = {"username": name.replace(" ", "-"), "password": PASSWORD}
            (await other.post("/login", json=login)).raise_for_status()
            rows = (await other.get("/me/sessions")).json()["items"]
        return int(next(row["id"] for row in rows if row["current"]))

    async def _transfer(self, caller: Caller | None, whose: str) -> int:
        host = await self._host(f"{WORD[whose]}-{next(self.serial)}", whose)
        new = {"kind": "tree", "host_id": host, "path": f"/{WORD[whose]}"}
        answer = await (self.owner(caller) if caller else self.root_client).post("/transfers", json=new)
        if answer.status_code in {403, 404}:  # the caller may have none: whoever's it is, the answer is the same
            answer = await self.root_client.post("/transfers", json=new)
        return int(answer.raise_for_status().json()["id"])

    def _client(self) -> httpx.AsyncClient:
        headers = {"Origin": self.url}
        return httpx.AsyncClient(base_url=f"{self.url}/api/v1", headers=headers, timeout=30, trust_env=False)

    @asynccontextmanager
    async def _joined(self, name: str, rights: dict[str, Any]) -> AsyncIterator[httpx.AsyncClient]:
        """Somebody new, by an invitation."""
        link = (await self.root.call("POST", "/invitations", rights))["link_token"]
        async with self._client() as client:
            body = {"token": link, "username": name.replace(" ", "-"), "password": PASSWORD}
            answer = await client.post("/invitations/accept", json=body)
            client.headers["X-CSRF-Token"] = answer.raise_for_status().json()["csrf_token"]
            yield client


OWNER = {
    "admin's token to read": "admin",
    "admin's token to write A": "admin",
    "admin of A's token": "admin of A",
    "viewer's token to administer": "viewer",
}


@asynccontextmanager
async def world(folder: Path) -> AsyncIterator[World]:
    """Everything up and everybody in."""
    port = free_port()
    controller = Controller(folder / "data", port, log_level="WARNING")
    await controller.start()
    async with AsyncExitStack() as stack:
        stack.push_async_callback(controller.stop)
        url = f"http://127.0.0.1:{port}"
        root = await stack.enter_async_context(Api(url))
        await root.set_up(await controller.first_run_token(), "root", PASSWORD)
        groups = {whose: (await root.call("POST", "/groups", {"name": WORD[whose]}))["id"] for whose in (OWN, FOREIGN)}
        made = World(root, url, groups, folder)
        made.clients["root"] = client = await stack.enter_async_context(made._client())
        answer = await client.post("/login", json={"username": "root", "password": PASSWORD})
        client.headers["X-CSRF-Token"] = answer.json()["csrf_token"]
        made.clients["anonymous"] = await stack.enter_async_context(made._client())
        for caller in CALLERS:
            made.clients[caller.name] = await stack.enter_async_context(_caller(made, caller))
        yield made


@asynccontextmanager
async def _caller(made: World, caller: Caller) -> AsyncIterator[httpx.AsyncClient]:
    groups = [made.groups[OWN]] if caller.sees == "A" else []
    rights: dict[str, Any] = {"all_hosts": caller.sees == "all", "group_ids": groups}
    if caller.scope is None:
        async with made._joined(caller.name, {"role": caller.role, **rights}) as client:
            made.users[caller.name] = (await client.get("/me")).json()["id"]
            yield client
        return
    wanted = {"name": caller.name, "scopes": [caller.scope], **rights}
    answer = await made.owner(caller).post("/tokens", json=wanted)
    async with made._client() as client:
        made.tokens[caller.name] = token = answer.raise_for_status().json()["token"]
        client.headers["Authorization"] = f"Bearer {token}"
        yield client
