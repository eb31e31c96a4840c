"""What walks through the terminal page share: hosts to open, what a terminal shows, a network that is cut."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from playwright.async_api import Locator, Page, expect

from tests.support.api import Api
from tests.support.sshd import Sshd

CHUNK = 1 << 16


async def add_daemon(api: Api, daemon: Sshd, name: str, **fields: object) -> int:
    """Add a daemon as a host that is up; its id."""
    wanted = {
        "name": name,
        "address": daemon.address,
        "port": daemon.port,
        "username": daemon.username,
        "host_key": daemon.host_keys[0],
        "credential": {"name": f"key of {name}", "kind": "key", "private_key": daemon.client_key},
        **fields,
    }
    host_id = int((await api.call("POST", "/hosts", wanted))["id"])
    await api.wait_for_host(host_id, lambda now: now["state"] == "up")
    return host_id


async def read_aloud(api: Api, **taste: object) -> None:
    """Have terminals write what they show into the document, whichever way they draw it."""
    kept = (await api.call("GET", "/me"))["preferences"]
    await api.call("PATCH", "/me", {"preferences": {**kept, "terminal": {"readAloud": True, **taste}}})


def pane(page: Page, name: str) -> Locator:
    """The pane of a host, the first one if it has several."""
    return page.get_by_role("region", name=name).first


def screen(pane_: Locator) -> Locator:
    """What a pane shows."""
    return pane_.locator(".xterm-accessibility-tree")


async def ready(pane_: Locator) -> None:
    """Wait until the shell is there and has the keyboard."""
    await expect(pane_).to_have_attribute("data-phase", "open")
    await expect(screen(pane_)).to_contain_text("$")
    await pane_.locator(".xterm-helper-textarea").focus()


async def type_line(page: Page, line: str) -> None:
    """Type as a person would, Enter included."""
    await page.keyboard.type(line)
    await page.keyboard.press("Enter")


async def whole_buffer(page: Page, pane_: Locator) -> list[str]:
    """All lines of a terminal, by selecting and copying them as anybody can."""
    await page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    await pane_.locator(".terminal-holder").click(button="right")
    await page.get_by_role("menuitem", name="Select all").click()
    await pane_.locator(".xterm-helper-textarea").focus()
    await page.keyboard.press("Control+Shift+C")
    text: str = await page.evaluate("navigator.clipboard.readText()")
    return [line.rstrip() for line in text.splitlines()]


class Wire:
    """A way to the controller that can be cut: nothing more passes, and nobody is told, as when Wi-Fi is gone."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.own_port = 0
        self._open = asyncio.Event()
        self._open.set()
        self._ways: set[asyncio.Task[None]] = set()

    @property
    def url(self) -> str:
        """What a browser opens."""
        return f"http://127.0.0.1:{self.own_port}"

    def cut(self) -> None:
        """Let nothing pass."""
        self._open.clear()

    def mend(self) -> None:
        """Let new connections pass; those that were cut are gone, as their machine has been told by then."""
        for way in self._ways:
            way.cancel()
        self._open.set()

    async def join(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection."""
        await self._open.wait()
        inner_reader, inner_writer = await asyncio.open_connection("127.0.0.1", self.port)
        ways = [
            asyncio.create_task(self._copy(reader, inner_writer)),
            asyncio.create_task(self._copy(inner_reader, writer)),
        ]
        self._ways.update(ways)
        try:
            await asyncio.wait(ways)
        finally:
            self._ways.difference_update(ways)
            for way in ways:
                way.cancel()
            for end in (writer, inner_writer):
                end.transport.abort()

    async def _copy(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):
            while data := await reader.read(CHUNK):
                await self._open.wait()
                writer.write(data)
                await writer.drain()
            writer.close()


@asynccontextmanager
async def wire(port: int) -> AsyncIterator[Wire]:
    """A wire to a port of this machine."""
    made = Wire(port)
    server = await asyncio.start_server(made.join, "127.0.0.1", 0)
    made.own_port = server.sockets[0].getsockname()[1]
    try:
        yield made
    finally:
        made.mend()
        server.close()
        await server.wait_closed()
