"""A controller with two groups of hosts, A ("alfa") and B ("bravo"), and somebody of each kind to ask."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import httpx
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from tests.contract.rights.table import CALLERS, CHANNEL, FOREIGN, NOTICES, OWN, RUNS, SCHEDULE, WORKFLOW, Caller
from tests.support.api import Api
from tests.support.controller import Controller
from tests.support.sshd import free_port

PASSWORD = "correct horse battery"
SECRET = "bravo-secret-word"
ADDRESS = {OWN: "127.0.0.65", FOREIGN: "127.0.0.66"}
OF_LIBRARY = {
    "playbook": "/library/own",
    "git project": "/library/projects",
    "vault password": "/library/vaults",
}
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
    deaf_hosts: dict[tuple[str, str], int] = field(default_factory=dict)
    raising: asyncio.Lock = field(default_factory=asyncio.Lock)
    recording: asyncio.Lock = field(default_factory=asyncio.Lock)
    unchanged: dict[tuple[str, str, str], int | str] = field(default_factory=dict)
    serial: itertools.count[int] = field(default_factory=lambda: itertools.count(1))

    async def fresh(self, kind: str, whose: str, caller: Caller) -> int | str:
        """An object that this caller has not changed: one that was only looked at, or refused, serves again."""
        key = (kind, whose, caller.name)
        if key not in self.unchanged:
            self.unchanged[key] = await self.make(kind, whose, caller)
        return self.unchanged[key]

    async def written(self, name: str, after: int) -> list[str]:
        """The actions in the audit log that this user did after the entry of that id, oldest first."""
        rows = (
            (await self.root_client.get("/audit", params={"actor": name, "limit": 50}))
            .raise_for_status()
            .json()["items"]
        )
        return [row["action"] for row in reversed(rows) if row["id"] > after]

    async def newest_entry(self) -> int:
        """The id of the newest entry in the audit log."""
        rows = (await self.root_client.get("/audit", params={"limit": 1})).raise_for_status().json()["items"]
        return int(rows[0]["id"])

    def spent(self, kind: str, whose: str, caller: Caller) -> None:
        """The caller was let in to change that object."""
        self.unchanged.pop((kind, whose, caller.name), None)

    async def make(self, kind: str, whose: str, caller: Caller | None) -> int | str:
        """A fresh object: of group A or the caller's own, or of group B or the first administrator's."""
        word = f"{WORD[whose]}-{next(self.serial)}"
        makers = {"host": self._host, "group": self._group, "user": self._user, "invitation": self._invitation}
        if kind in makers:
            return await makers[kind](word, whose)
        paths = {"credential": "/credentials", "token": "/tokens", "snippet": "/snippets"} | OF_LIBRARY
        bodies = {
            "credential": {"name": word, "kind": "password", "password": SECRET},
            "token": {"name": word, "scopes": ["read"], "group_ids": []},
            "snippet": {"name": word, "text": "echo {{what}}"},
            "playbook": {"name": word, "text": "- hosts: all"},
            "git project": {"name": word, "url": "file:///nowhere"},
            "vault password": {"name": word, "password": SECRET},
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
        if kind == "recording":
            async with self.recording:  # the newest one is looked for
                return await self._recording(whose)
        if kind in {"channel", "notice route", "delivery"}:
            return await self._notices(kind, word)
        makers: dict[str, Callable[[], Awaitable[int | str]]] = {
            "onboarding": lambda: self._onboarding(owner, whose),
            "rotation": lambda: self._rotation(word, owner, whose),
            "ssh key": lambda: self._ssh_key(word, owner),
            "job": lambda: self._job(whose),
            "job template": lambda: self._template(word, owner),
            "schedule": lambda: self._schedule(word, owner),
            "workflow": lambda: self._workflow(word, owner),
            **{name: partial(self._run, name, word, whose) for name in RUNS},
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

    async def deaf(self, whose: str, purpose: str = "terminals") -> int:
        """A host that does not answer, the same for all with that purpose."""
        async with self.raising:
            if (purpose, whose) not in self.deaf_hosts:
                host = await self._host(f"{WORD[whose]}-{next(self.serial)}", whose)
                await self.root.call("PATCH", f"/hosts/{host}", {"enabled": True})
                self.deaf_hosts[purpose, whose] = host
        return self.deaf_hosts[purpose, whose]

    async def _terminal(self, whose: str, caller: Caller | None) -> str:
        """One on a host that does not answer: it is there, and says so."""
        host = await self.deaf(whose)
        client = self.owner(caller) if whose == OWN and caller else self.root_client
        answer = await client.post("/terminals", json={"host_id": host})
        if answer.status_code in {403, 404}:
            answer = await self.root_client.post("/terminals", json={"host_id": host})
        assert answer.is_success, answer.text
        return str(answer.json()["id"])

    async def _job(self, whose: str) -> int:
        """The first administrator's, which waits for somebody's approval."""
        new = {"kind": "command", "spec": {"command": f"echo {WORD[whose]}"}, "needs_approval": True}
        new["targets"] = {"host_ids": [await self.deaf(whose, "jobs")]}
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

    async def _workflow(self, word: str, caller: Caller | None) -> int:
        """Everybody's to launch, or nobody's but its owner's; it asks for an approval and does nothing else."""
        body = {**WORKFLOW, "name": word}
        client = self.owner(caller) if caller else self.root_client
        answer = await client.post("/workflows", json=body | ({} if caller else {"launcher_ids": []}))
        if answer.status_code == 403:
            answer = await self.root_client.post("/workflows", json=body)
        return int(answer.raise_for_status().json()["id"])

    async def _run(self, kind: str, word: str, whose: str) -> int:
        """The first administrator's, with a job that waits on a host of that group, and more to come there after an
        approval; or that approval; or such a run that was cancelled."""
        everywhere = [self.users[one.name] for one in CALLERS if one.sees == "all" and one.role == "operator"]
        mine: dict[str, Any] = {"name": word} | ({} if whose == OWN else {"launcher_ids": everywhere})
        job = {"spec": {"command": "true"}, "targets": {"host_ids": [await self.deaf(whose, "jobs")]}}
        template = (await self.root.call("POST", "/job-templates", mine | job | {"needs_approval": True}))["id"]
        nodes = [
            {"key": "seen", "template_id": template},
            {"key": "ask", "kind": "approval", "title": word},
            {"key": "then", "template_id": template},
        ]
        edges = [{"from": "ask", "to": "then"}]
        workflow = (await self.root.call("POST", "/workflows", mine | {"nodes": nodes, "edges": edges}))["id"]
        run = (await self.root.call("POST", f"/workflows/{workflow}/launch", {}))["run"]["id"]
        found = await self._until(run, lambda shown: shown["nodes"][1]["state"] == "waiting_approval")
        if kind == "approval":
            return int(found["nodes"][1]["id"])
        if kind == "ended run":
            await self.root.call("POST", f"/workflow-runs/{run}/cancel", {})
            await self._until(run, lambda shown: shown["run"]["state"] == "canceled")
        return int(run)

    async def _until(self, run: int, wanted: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        async with asyncio.timeout(30):
            while not wanted(shown := await self.root.call("GET", f"/workflow-runs/{run}")):
                await asyncio.sleep(0.02)
        return dict(shown)

    async def _recording(self, whose: str) -> int:
        """Of a terminal on a host of its own that does not answer."""
        host = await self.deaf(whose, "recordings")
        before = (await self._newest(host)).get("id")
        terminal = (await self.root.call("POST", "/terminals", {"host_id": host}))["id"]
        async with asyncio.timeout(15):
            while not (found := await self._newest(host)) or found["id"] == before:
                await asyncio.sleep(0.02)
        await self.root.call("DELETE", f"/terminals/{terminal}")
        async with asyncio.timeout(15):
            while (await self._newest(host))["state"] == "running":
                await asyncio.sleep(0.02)
        return int(found["id"])

    async def _notices(self, kind: str, word: str) -> int:
        """A channel or a route by one; nothing was ever delivered here."""
        if kind == "delivery":
            return 1
        channel = int((await self.root.call("POST", "/notify/channels", {**CHANNEL, "name": word}))["id"])
        if kind == "channel":
            return channel
        return int((await self.root.call("POST", "/notify/routes", {**NOTICES, "channel_id": channel}))["id"])

    async def _newest(self, host: int) -> dict[str, Any]:
        rows = await self.root.call("GET", "/recordings", host_id=host, limit=1)
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

    async def _onboarding(self, caller: Caller | None, whose: str) -> int:
        """Of a host that does not answer."""
        new = {"address": ADDRESS[whose], "port": 9, "name": f"{WORD[whose]}-{next(self.serial)}", "password": SECRET}
        return await self._own(caller, "/onboardings", new | {"group_ids": [self.groups[whose]]})

    async def _rotation(self, word: str, caller: Caller | None, whose: str) -> int:
        """Of a key that one host logs in with, which does not answer."""
        key = Ed25519PrivateKey.generate()
        private = key.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption()).decode()
        kept = {"name": word, "kind": "key", "private_key": private}
        credential = await self._own(caller, "/credentials", kept)
        host = await self._host(word, whose)
        await self.root.call("PATCH", f"/hosts/{host}", {"credential_id": credential})
        return await self._own(caller, "/key-rotations", {"credential_id": credential})

    async def _own(self, caller: Caller | None, path: str, body: dict[str, Any]) -> int:
        """Made by the caller; by the first administrator where the caller may not."""
        answer = await (self.owner(caller) if caller else self.root_client).post(path, json=body)
        if answer.status_code in {400, 403, 404}:
            answer = await self.root_client.post(path, json=body)
        return int(answer.raise_for_status().json()["id"])

    def _client(self) -> httpx.AsyncClient:
        headers = {"Origin": self.url}
        # shorter than the server keeps a connection: both ends at the same moment would be an error here
        limits = httpx.Limits(keepalive_expiry=2)
        address = f"{self.url}/api/v1"
        return httpx.AsyncClient(base_url=address, headers=headers, timeout=60, trust_env=False, limits=limits)

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
        limits = {"sessions_per_user": 500, "idle_minutes": 0, "absolute_minutes": 0}  # each route has one of its own
        await root.call("PATCH", "/settings", {"terminal": limits})
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
        client.headers["Authorization"] = f"Bearer {answer.raise_for_status().json()['token']}"
        yield client
