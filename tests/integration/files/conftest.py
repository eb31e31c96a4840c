"""The application behind its own web server, and a real sshd whose account's home is at hand."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import httpx
import pytest
from litestar import Litestar

from controller.core.db import Database
from controller.server import server as web_server
from tests.support.front import Browser, Front, build
from tests.support.sshd import OPS_UID, Sshd, free_port, running


@dataclass(slots=True)
class Home:
    """The account's home, seen from outside: the daemon has a file system of its own there."""

    daemon: Sshd

    @property
    def path(self) -> Path:
        """Where it is for us."""
        return Path(f"/proc/{self.daemon.pid}/root/home/ops")

    def put(self, name: str | bytes, data: bytes = b"") -> Path:
        """A file of the account."""
        path = self.path / os.fsdecode(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        while path != self.path:
            os.chown(path, OPS_UID, OPS_UID, follow_symlinks=False)
            path = path.parent
        return self.path / os.fsdecode(name)

    def names(self, folder: str = "") -> list[str]:
        """What is in a folder."""
        return sorted(path.name for path in (self.path / folder).iterdir())


@dataclass(slots=True)
class Place:
    """One host behind the application, and somebody who may do everything there."""

    front: Front
    url: str
    client: httpx.AsyncClient
    host_id: int
    daemon: Sshd
    home: Home

    async def call(self, method: str, path: str, expect: int = 200, **how: Any) -> Any:
        """One request to F (a path that begins with a slash is taken as it is); its JSON."""
        where = path if path.startswith("/") else f"/hosts/{self.host_id}/files/{path}"
        answer = await self.client.request(method, where, **how)
        assert answer.status_code == expect, f"{method} {where}: {answer.status_code} {answer.text[:500]}"
        if not answer.content:
            return None
        return answer.json() if "json" in answer.headers["content-type"] else answer.content

    async def lines(self, kind: str, expect: int = 200, **params: Any) -> list[dict[str, Any]]:
        """The lines of a stream that ends by itself."""
        answer = await self.client.get(f"/hosts/{self.host_id}/files/{kind}", params=params)
        assert answer.status_code == expect, answer.text
        return [json.loads(line) for line in answer.text.splitlines()]

    async def listed(self, path: str = "~", **params: Any) -> dict[str, list[Any]]:
        """A folder's entries by name, with where links lead."""
        found: dict[str, list[Any]] = {}
        for line in await self.lines("list", path=path, **params):
            for entry in line.get("entries", ()):
                found[entry[0]] = entry
            for name, target, kind in line.get("links", ()):
                found[name][7:9] = [target, kind]
            assert line["type"] != "problem", line
        return found

    async def upload(self, path: str, data: bytes, piece: int = 1 << 20, **more: Any) -> dict[str, Any]:
        """A whole upload."""
        begun = await self.call("POST", "uploads", 201, json={"path": path, "size": len(data), **more})
        where = f"/transfers/{begun['id']}"
        for at in range(0, len(data), piece):
            await self.call("PUT", f"{where}/data", params={"offset": at}, content=data[at : at + piece])
        done: dict[str, Any] = await self.call("POST", f"{where}/finish", json={})
        return done

    async def as_browser(self, browser: Browser) -> httpx.AsyncClient:
        """Somebody else, by the same web server."""
        return client_of(self.url, browser)

    async def audit(self) -> list[dict[str, Any]]:
        """The audit log, newest first."""
        found: list[dict[str, Any]] = (await self.call("GET", "/audit"))["items"]
        return found


def client_of(url: str, browser: Browser) -> httpx.AsyncClient:
    """The browser's session over the network."""
    headers = {
        "Cookie": f"moorline_session={browser.cookies['moorline_session']}",
        "Origin": url,
        "X-CSRF-Token": browser.headers["X-CSRF-Token"],
    }
    return httpx.AsyncClient(base_url=f"{url}/api/v1", headers=headers, timeout=30, trust_env=False)


@asynccontextmanager
async def served(database: Database, folder: Path) -> AsyncIterator[tuple[Front, str]]:
    """The application, and where it listens."""
    port = free_port()
    made = build(database, folder, port=port, public_url=None)
    server = web_server(made.controller)
    made.app = cast(Litestar, server.config.app)
    await made.controller.files.start()
    serving = asyncio.create_task(server.serve(), name="web server")
    while not server.started:
        assert not serving.done()
        await asyncio.sleep(0.01)
    try:
        yield made, f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        await serving
        await made.controller.files.close()
        await made.controller.keeper.close()
        await made.controller.pool.close()
        await made.close()


async def add_host(client: httpx.AsyncClient, daemon: Sshd, name: str = "web-1", **more: Any) -> int:
    """The daemon as a host."""
    login = more.pop("credential", {"name": name, "kind": "key", "private_key": daemon.client_key})
    new = {"name": name, "address": daemon.address, "port": daemon.port, "username": daemon.username}
    body = new | {"credential": login, "host_key": daemon.host_keys[0], "enabled": False} | more
    answer = await client.post("/hosts", json=body)
    assert answer.status_code == 201, answer.text
    return int(answer.json()["id"])


@pytest.fixture
def daemon() -> Iterator[Sshd]:
    """OpenSSH with its SFTP server inside."""
    with running() as made:
        yield made


@pytest.fixture
async def place(database: Database, tmp_path: Path, logged: Callable[[], str], daemon: Sshd) -> AsyncIterator[Place]:
    """All of it."""
    async with served(database, tmp_path) as (front, url), client_of(url, await front.admin()) as client:
        host_id = await add_host(client, daemon)
        yield Place(front, url, client, host_id, daemon, Home(daemon))
