"""A controller with its gateway open, a real sshd behind it, and OpenSSH's own clients in front of it."""

from __future__ import annotations

import asyncio
import json
import os
import pty
import subprocess
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import pytest

from tests.integration.polling.conftest import Running, started
from tests.support.api import Api
from tests.support.sshd import Sshd, free_port, make_key
from tests.support.sshd import running as sshd

PASSWORD = "correct horse battery"


@dataclass(frozen=True, slots=True)
class Done:
    """How a client ended."""

    status: int
    out: bytes
    err: str


@dataclass(frozen=True, slots=True)
class Gate:
    """The gateway as a laptop sees it. `folder` holds the laptop's key and known hosts."""

    there: Running
    folder: Path
    port: int
    daemon: Sshd
    host: dict[str, Any]

    @property
    def api(self) -> Api:
        """The administrator's."""
        return self.there.api

    def config(self, key: str = "me") -> Path:
        """An ssh_config: `ssh -F config HOST@moorline`."""
        path = self.folder / f"config-{key}"
        path.write_text(
            f"Host moorline\n HostName 127.0.0.1\n Port {self.port}\n IdentityFile {self.folder / key}\n"
            f"Host *\n IdentitiesOnly yes\n IdentityAgent none\n StrictHostKeyChecking yes\n"
            f" UserKnownHostsFile {self.folder / 'known_hosts'}\n BatchMode yes\n"
        )
        return path

    async def run(self, *command: str, stdin: bytes = b"", within_s: float = 30, **env: str) -> Done:
        """Run a client to its end."""
        process = await asyncio.create_subprocess_exec(
            *command, stdin=PIPE, stdout=PIPE, stderr=PIPE, env={**os.environ, **env}
        )
        try:
            async with asyncio.timeout(within_s):
                out, err = await process.communicate(stdin)
        except TimeoutError:
            process.kill()
            out, err = await process.communicate()
            pytest.fail(f"{command} did not end: {out[-2000:]!r} {err.decode()[-2000:]}")
        assert process.returncode is not None
        return Done(process.returncode, out, err.decode())

    async def ssh(self, *words: str, key: str = "me", stdin: bytes = b"", login: str = "web-1") -> Done:
        """`ssh HOST@moorline words`."""
        return await self.run("ssh", "-F", str(self.config(key)), f"{login}@moorline", *words, stdin=stdin)

    @contextmanager
    def terminal(self, *words: str, key: str = "me", login: str = "web-1") -> Iterator[Terminal]:
        """An ssh client on a terminal of its own."""
        made = Terminal(["ssh", "-F", str(self.config(key)), "-tt", f"{login}@moorline", *words])
        try:
            yield made
        finally:
            made.close()

    async def user(self, name: str, *, role: str = "operator", key: bool = True, **rights: Any) -> Api:
        """Somebody else, with a key of the same name."""
        link = (await self.api.call("POST", "/invitations", {"role": role, **rights}))["link_token"]
        api = Api(f"http://127.0.0.1:{self.there.port}")
        body = {"token": link, "username": name, "password": PASSWORD}
        api._enter(await api.call("POST", "/invitations/accept", body))
        if key:
            line = make_key(self.folder / name).with_suffix(".pub").read_text()
            await api.call("POST", "/me/ssh-keys", {"line": line, "name": name})
        return api

    async def audit(self, action: str) -> list[dict[str, Any]]:
        """Entries of that action, newest first."""
        found = await self.api.call("GET", "/audit", action=action)
        return list(found["items"])

    async def recordings(self, count: int) -> list[dict[str, Any]]:
        """So many recordings that have ended, newest first."""
        async with asyncio.timeout(15):
            while True:
                found = (await self.api.call("GET", "/recordings"))["items"]
                if len(found) >= count and all(one["state"] != "running" for one in found):
                    return list(found)
                await asyncio.sleep(0.1)

    async def cast(self, recording_id: int, **query: str) -> list[Any]:
        """A recording's lines."""
        answer = await self.api._client.get(f"/api/v1/recordings/{recording_id}/cast", params=query)
        answer.raise_for_status()
        return [json.loads(line) for line in answer.content.split(b"\n") if line]


class Terminal:
    """A client process on a pseudo-terminal."""

    def __init__(self, command: list[str]) -> None:
        self._master, slave = pty.openpty()
        self._process = subprocess.Popen(command, stdin=slave, stdout=slave, stderr=slave, start_new_session=True)
        os.close(slave)
        os.set_blocking(self._master, False)
        self.seen = b""

    def type(self, text: str) -> None:
        """Press keys."""
        os.write(self._master, text.encode())

    async def until(self, word: str | bytes, within_s: float = 15) -> bytes:
        """Read until the word has been seen; everything so far."""
        wanted = word.encode() if isinstance(word, str) else word
        async with asyncio.timeout(within_s):
            while wanted not in self.seen:
                self._read()
                await asyncio.sleep(0.01)
        return self.seen

    async def ended(self, within_s: float = 15) -> int:
        """Wait for the client's end; its status."""
        async with asyncio.timeout(within_s):
            while self._process.poll() is None:
                self._read()
                await asyncio.sleep(0.01)
        self._read()
        return self._process.returncode

    def _read(self) -> None:
        with suppress(BlockingIOError, OSError):
            while data := os.read(self._master, 65536):
                self.seen += data

    def kill(self) -> None:
        """As when the laptop's lid is closed for good."""
        self._process.kill()
        self._process.wait()

    def close(self) -> None:
        """End it."""
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait()
        os.close(self._master)

    def __enter__(self) -> Self:
        return self


@asynccontextmanager
async def gates(folder: Path, daemon: Sshd, **settings: str) -> AsyncIterator[Gate]:
    """A controller with settings of its own, one host and the administrator's key."""
    port = free_port()
    settings = {"tick_s": "1", **settings}  # a host is up with its first frame
    async with started(folder, gateway_port=str(port), **settings) as there:
        host = await there.add(daemon, "web-1")
        await there.up(host)
        line = make_key(folder / "me").with_suffix(".pub").read_text()
        await there.api.call("POST", "/me/ssh-keys", {"line": line})
        shown = ["ssh-keygen", "-y", "-f", str(folder / "data/gateway_host_key")]
        public = subprocess.run(shown, check=True, capture_output=True, text=True).stdout
        (folder / "known_hosts").write_text(f"[127.0.0.1]:{port} {public}")
        yield Gate(there, folder, port, daemon, host)


@pytest.fixture
async def gate(tmp_path: Path, database_address: str) -> AsyncIterator[Gate]:
    """The usual one."""
    with sshd() as daemon:
        async with gates(tmp_path, daemon, database_url=database_address) as made:
            yield made
