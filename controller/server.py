"""`moorline serve`: the controller and its web server in one process, until a signal ends them."""

from __future__ import annotations

import asyncio
import gc
import signal
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import click
import structlog
import uvicorn
import uvloop

from controller import app
from controller.core.db import Database
from controller.core.secrets import FOLDER_MODE
from controller.core.settings import Settings, SettingsError
from controller.users import accounts

log = structlog.get_logger()
GRACE_S = 5
GARBAGE_OBJECTS = 20_000  # made since the last search for garbage cycles, and not gone


def serve(settings: Settings) -> None:
    """Run the controller and its page until a signal ends it.

    Raises SettingsError, PostgresError, VaultError and SQLAlchemyError for what keeps it from starting.
    """
    uvloop.run(_serve(settings))


async def _serve(settings: Settings) -> None:
    settings.data_dir.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
    with _bound(settings) as door:
        async with app.database_url(settings) as url:
            database, vault = await app.prepare(settings, url)
            try:
                controller = app.Controller(settings, database, vault)
                async with controller.running():
                    await _listen(controller, door)
            finally:
                await database.close()


def _bound(settings: Settings) -> socket.socket:
    """The port, taken before anything is started; it does not listen yet. Raises SettingsError."""
    family = socket.AF_INET6 if ":" in settings.address else socket.AF_INET
    door = socket.socket(family, socket.SOCK_STREAM)
    try:
        door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        door.bind((settings.address, settings.port))
    except OSError as error:
        door.close()
        why = (error.strerror or str(error)).lower()
        raise SettingsError(
            f"{settings.address} port {settings.port} cannot be listened on ({why}); "
            "end what listens there, or set MOORLINE_PORT or MOORLINE_ADDRESS to another"
        ) from None
    return door


def _collect_rarely() -> None:
    """What is there from the start stays: the search for garbage cycles need not go through it time and again.

    A frame makes enough objects for a search every few frames at the usual threshold of 700.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(GARBAGE_OBJECTS)
    gc.enable()


class _Server(uvicorn.Server):
    """Greets once it listens, and leaves what a signal ends after it to us: frames that wait are still written."""

    def __init__(self, config: uvicorn.Config, controller: app.Controller) -> None:
        super().__init__(config)
        self._controller = controller

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            await _greet(self._controller.settings, self._controller.database)

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self.handle_exit, number, None)
        yield


async def _greet(settings: Settings, database: Database) -> None:
    """Print the one-time link while nobody can log in yet."""
    async with database.session() as session:
        link = await accounts.setup_link(session, settings.base_url())
    if link is not None:
        click.echo(
            f"\nMoorline is not set up yet. Make the first administrator here (the link works once):\n\n  {link}\n"
        )
    sys.stdout.flush()


def server(controller: app.Controller) -> uvicorn.Server:
    """The controller's web server; `serve` runs it until a signal or `should_exit` ends it."""
    settings = controller.settings
    config = uvicorn.Config(
        controller.web(),
        host=settings.address,
        port=settings.port,
        log_config=None,
        access_log=False,
        lifespan="on",
        ws="websockets-sansio",
        ws_max_size=64 * 1024,
        ws_ping_interval=20,
        ws_ping_timeout=20,
        server_header=False,
        proxy_headers=False,  # the door reads them, from proxies that are trusted
        timeout_graceful_shutdown=GRACE_S,
    )
    return _Server(config, controller)


async def _listen(controller: app.Controller, door: socket.socket) -> None:
    settings = controller.settings
    log.info("server.start", url=settings.base_url(), address=settings.address, port=settings.port)
    made = server(controller)
    _collect_rarely()
    await made.serve([door])
    log.info("server.stop")
