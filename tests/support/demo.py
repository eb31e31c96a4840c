"""`make demo`: a fleet of real SSH hosts on this machine, watched. Ctrl-C or SIGTERM takes all of it away."""

from __future__ import annotations

import asyncio
import json
import os
import secrets
import shutil
import signal
import sys
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

from tests.support.api import Api, ApiError
from tests.support.controller import Controller
from tests.support.ground import Ground, Plot, raised

FOLDER = Path(os.environ.get("DEMO_DIR") or Path(__file__).resolve().parents[2] / ".demo")
USERNAME = "admin"
GROUPS = ("Tokyo", "Frankfurt", "Dallas")
SCOPES = ("read", "write", "admin")
UP_S = 60.0


async def main() -> int:
    """Raise everything, say where it is, stay until told to end; the exit status."""
    port, count = int(os.environ.get("PORT") or 8420), int(os.environ.get("HOSTS") or 5)
    told = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, told.set)
    work = asyncio.create_task(demo(port, count, told))
    ended = asyncio.create_task(told.wait())
    await asyncio.wait({work, ended}, return_when=asyncio.FIRST_COMPLETED)
    ended.cancel()
    if not work.done() and not work.cancelling():
        work.cancel()
    try:
        await work
    except asyncio.CancelledError:
        say("demo: everything is gone again")
        return 0
    except (ApiError, OSError, RuntimeError) as error:
        say(f"demo: {error}")
        return 1
    return 0


async def demo(port: int, count: int, told: asyncio.Event) -> None:
    """The demo itself. Raises RuntimeError when a part ends by itself."""
    began = time.monotonic()
    async with AsyncExitStack() as stack:
        say(f"demo: raising {count} SSH hosts")
        ground = stack.enter_context(raised(count))
        ground.open_gate(port)
        controller = await stack.enter_async_context(serving(ground, port))
        async with Api(f"http://127.0.0.1:{port}") as api:
            access = await set_up(api, controller, port)
            await add_fleet(api, ground.plots)
            await until_up(api, count)
        write_access(access)
        stack.callback((FOLDER / "access.json").unlink, missing_ok=True)
        say(welcome(access, ground.plots, time.monotonic() - began))
        status = await controller.ended()
        if not told.is_set():
            raise RuntimeError(f"the controller ended with status {status}; it said:\n{controller.tail()}")


@asynccontextmanager
async def serving(ground: Ground, port: int) -> AsyncIterator[Controller]:
    """A controller with nothing in it yet."""
    data = FOLDER / "data"
    shutil.rmtree(data, ignore_errors=True)
    FOLDER.mkdir(mode=0o700, exist_ok=True)
    (FOLDER / "controller.log").unlink(missing_ok=True)
    controller = Controller(data, port, inside=ground.inside)
    await controller.start()
    try:
        yield controller
    finally:
        await controller.stop()
        shutil.rmtree(data, ignore_errors=True)


async def set_up(api: Api, controller: Controller, port: int) -> dict[str, str]:
    """Make the administrator and a token; how to get in."""
    password = secrets.token_urlsafe(12)
    await api.set_up(await controller.first_run_token(), USERNAME, password)
    wanted = {"name": "demo", "scopes": SCOPES, "all_hosts": True}
    token = (await api.call("POST", "/tokens", wanted))["token"]
    return {"url": f"http://127.0.0.1:{port}", "username": USERNAME, "password": password, "token": token}


async def add_fleet(api: Api, plots: Sequence[Plot]) -> None:
    """Add every host, with the key that it is known to have, spread over a few groups."""
    groups = [(await api.call("POST", "/groups", {"name": name}))["id"] for name in GROUPS]
    credentials: dict[str, int] = {}
    for index, plot in enumerate(plots):
        if plot.private_key not in credentials:
            key = {"name": f"demo key {len(credentials) + 1}", "kind": "key", "private_key": plot.private_key}
            credentials[plot.private_key] = (await api.call("POST", "/credentials", key))["id"]
        host = {
            "name": plot.name,
            "address": plot.address,
            "port": plot.port,
            "username": plot.username,
            "credential_id": credentials[plot.private_key],
            "host_key": plot.host_key,
            "group_ids": [groups[index % len(groups)]],
            "tags": list(plot.tags),
        }
        await api.call("POST", "/hosts", host)


async def until_up(api: Api, count: int) -> None:
    """Wait until all are up. Raises TimeoutError that says who is not, and why."""
    deadline = time.monotonic() + UP_S
    while True:
        page: dict[str, Any] = await api.call("GET", "/hosts", limit=200)
        if page["counts"]["up"] == count:
            return
        if time.monotonic() > deadline:
            late = [f"{host['name']}: {host['state_reason']}" for host in page["items"] if host["state"] != "up"]
            raise TimeoutError("these hosts do not come up: " + "; ".join(late))
        await asyncio.sleep(0.1)


def write_access(access: dict[str, str]) -> None:
    """How to get in, for programs; for the user's eyes alone."""
    draft = FOLDER / "access.json.new"
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        json.dump(access, file, indent=2)
    draft.rename(FOLDER / "access.json")


def welcome(access: dict[str, str], plots: Sequence[Plot], took_s: float) -> str:
    """What the user is told."""
    return (
        f"demo: {len(plots)} hosts are up after {took_s:.1f} s\n\n"
        f"  {access['url']}\n  user      {access['username']}\n  password  {access['password']}\n\n"
        f"{kinds(plots)}"
        "For programs: .demo/access.json. Things to try, in a second shell in this folder:\n"
        "  python3 -m tests.support.lab fault web-1 cut    the network fails\n"
        "  python3 -m tests.support.lab heal web-1         and is back\n"
        "Ctrl-C takes all of it away."
    )


def kinds(plots: Sequence[Plot]) -> str:
    """Which hosts are there for what, a line each; nothing where all are alike."""
    ready = [plot.name for plot in plots if plot.ready]
    edge = [plot.name for plot in plots if "edge" in plot.tags]
    plain = [plot.name for plot in plots if plot.name not in {*ready, *edge}]
    if not ready:
        return ""
    lines = [f"  {', '.join(ready)}: Debian with sudo and Python; playbooks and first set-ups work there\n"]
    if edge:
        lines.append(f"  {', '.join(edge)}: BusyBox without Python or sudo; a playbook says there what is missing\n")
    if plain:
        lines.append(f"  {', '.join(plain)}: Debian without Python or sudo, to watch and to run commands on\n")
    return "".join(lines) + "\n"


def say(words: str) -> None:
    """Tell the user, at once."""
    sys.stdout.write(words + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
