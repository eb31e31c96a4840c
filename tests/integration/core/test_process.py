"""A real controller in a process of its own: its first-run link, its data folder, and where secrets do not go."""

from __future__ import annotations

import asyncio
import base64
import json
import os
import stat
import sys
from asyncio.subprocess import PIPE
from pathlib import Path

import httpx
import psycopg
import pytest

from controller.core.postgres import borrow
from tests.integration.polling.conftest import PASSWORD, Running, started
from tests.support.api import Api, ApiError
from tests.support.controller import Controller
from tests.support.sshd import free_port
from tests.support.sshd import running as sshd

SECRET = "open-sesame-4711-ümlaut"
LISTS = (
    "/hosts",
    "/credentials",
    "/users",
    "/tokens",
    "/audit",
    "/me",
    "/me/sessions",
    "/invitations",
    "/settings",
    "/groups",
)


async def moorline(data_dir: Path, *words: str, **settings: str) -> tuple[int, str, str]:
    """Run a command beside the controller; its status, output and errors."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("MOORLINE_")}
    environment |= {"MOORLINE_DATA_DIR": str(data_dir)}
    environment |= {f"MOORLINE_{name.upper()}": value for name, value in settings.items()}
    command = (sys.executable, "-m", "controller.cli", *words)
    process = await asyncio.create_subprocess_exec(*command, env=environment, stdout=PIPE, stderr=PIPE)
    out, err = await process.communicate()
    assert process.returncode is not None
    return process.returncode, out.decode(), err.decode()


async def test_the_link_is_printed_at_each_start_until_somebody_is_in_and_sessions_outlive_a_restart(
    tmp_path: Path,
) -> None:
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    words: list[str] = []
    cookies: dict[str, str] = {}
    for controller in [Controller(tmp_path / "data", port) for _ in range(2)]:
        await controller.start()
        try:
            words.append(await controller.first_run_token())
            if len(words) == 2:
                async with Api(url) as api:
                    with pytest.raises(ApiError, match="bad_token"):
                        await api.set_up(words[0], "admin", PASSWORD)
                    await api.set_up(words[1], "admin", PASSWORD)
                    cookies = dict(api._client.cookies)
        finally:
            assert await controller.stop() == 0
    assert words[0] != words[1]
    controller = Controller(tmp_path / "data", port)
    said = len(controller.log.read_text())
    await controller.start()
    try:
        async with httpx.AsyncClient(base_url=url, cookies=cookies, trust_env=False) as browser:
            await _answers(browser)
            assert (await browser.get("/api/v1/me")).json()["username"] == "admin"
    finally:
        await controller.stop()
    assert "setup?token=" not in controller.log.read_text()[said:]


async def _answers(browser: httpx.AsyncClient) -> None:
    async with asyncio.timeout(30):
        while True:
            try:
                if (await browser.get("/readyz")).status_code == 200:
                    return
            except httpx.ConnectError:
                await asyncio.sleep(0.05)


async def test_commands_beside_a_running_controller(tmp_path: Path) -> None:
    async with started(tmp_path) as running:
        data = running.controller.data_dir
        status, out, err = await moorline(data, "--json", "user", "list")
        assert (status, err) == (0, "")
        assert [user["username"] for user in json.loads(out)] == ["admin"]
        status, _, err = await moorline(data, "serve", port=str(free_port()))
        assert status == 1
        assert err.startswith("moorline: ")
        assert len(err.strip().splitlines()) == 1
        status, _, err = await moorline(tmp_path / "other", "serve", port=str(running.port))
        assert status == 1
        assert "already in use" in err
        assert "Traceback" not in err
        status, _, _ = await moorline(data, "user", "disable", "admin")
        assert status == 1  # the last administrator
        assert (await running.api.call("GET", "/me"))["username"] == "admin"


async def test_a_stored_secret_is_nowhere_to_be_read(tmp_path: Path) -> None:
    with sshd() as daemon:
        async with started(tmp_path, log_level="DEBUG", log_format="json") as running:
            key = daemon.client_key
            seen = await _used(running, key)
            seen += await _tables(running.controller.data_dir)
            seen.append(running.controller.log.read_text())
            _modes(running.controller.data_dir)
        secrets = [SECRET, PASSWORD, key.splitlines()[2], key.splitlines()[-3]]
        for secret in secrets:
            forms = {
                secret,
                secret.encode().hex(),
                base64.b64encode(secret.encode()).decode().rstrip("=")[:-2],
                json.dumps(secret)[1:-1],
            }
            for text in seen:
                assert not [form for form in forms if form in text]
        stored = [path for path in running.controller.data_dir.rglob("*") if path.is_file()]
        assert len(stored) > 100
        for path in stored:  # the database's own files, its log of changes among them
            content = path.read_bytes()
            assert not [secret for secret in secrets if secret.encode() in content], path


async def _used(running: Running, key: str) -> list[str]:
    """Everything that the API and the live feed say while a key is used, and a password is kept and refused."""
    seen = []
    with sshd() as daemon:
        password = {"name": "a password", "kind": "password", "password": SECRET}
        where = {"address": daemon.address, "port": daemon.port, "username": daemon.username}
        pinned = {**where, "host_key": daemon.host_keys[0]}
        async with running.live(await running.token()) as live:
            await live.send(op="subscribe", topic="fleet")
            login = {"name": "a key", "kind": "key", "private_key": key}
            added = [
                await running.api.call("POST", "/hosts", {**pinned, "name": "web-1", "credential": login}),
                await running.api.call("POST", "/hosts", {**pinned, "name": "web-2", "credential": password}),
                await running.api.call("POST", "/hosts/test", {**where, "credential": password}),
            ]
            seen += [json.dumps(answer) for answer in added]
            for host in added[:2]:
                await running.api.wait_for_host(
                    host["id"], lambda now: now["state"] not in {"connecting", "key_pending"}
                )
            await live.send(op="ping")
            while not seen[-1].startswith('{"type":"pong"'):
                seen.append(str(await live.socket.recv()))
        for path in (
            *LISTS,
            *(f"/hosts/{host['id']}{part}" for host in added[:2] for part in ("", "/events", "/keys")),
        ):
            seen.append(json.dumps(await running.api.call("GET", path), ensure_ascii=False))
        for body in (
            {"name": "bad", "kind": "key", "private_key": SECRET},
            {"name": "", "kind": "password", "password": SECRET},
        ):
            with pytest.raises(ApiError) as refused:
                await running.api.call("POST", "/credentials", body)
            seen.append(str(refused.value))
    return seen


async def _tables(data_dir: Path) -> list[str]:
    """Every row of every table, as a dump has it."""
    rows: list[str] = []
    async with borrow(data_dir) as url:
        address = url.set(drivername="postgresql").render_as_string(hide_password=False)
        async with await psycopg.AsyncConnection.connect(address) as connection:
            found = await connection.execute(
                "select relname from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace"
            )
            names = [str(row[0]) for row in await found.fetchall()]
            for name in names:
                dumped = await connection.execute(f'select row_to_json(t)::text from "{name}" t'.encode())
                rows += [str(row[0]) for row in await dumped.fetchall()]
    assert {"credential", "user_account", "audit_entry"} <= set(names)
    assert any("sealed_password" in row for row in rows)
    return rows


def _modes(data_dir: Path) -> None:
    """Nobody else on the machine can read or list what is kept."""
    assert stat.S_IMODE((data_dir / "master.key").stat().st_mode) == 0o600
    assert stat.S_IMODE(data_dir.stat().st_mode) in {0o700, 0o711}
    for path in data_dir.iterdir():
        mode = stat.S_IMODE(path.stat().st_mode)
        assert mode & 0o066 == 0, f"{path.name} is {mode:o}"
