"""The command line: `moorline serve`, and what can be done without the page."""

from __future__ import annotations

import asyncio
import gc
import json
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import NoReturn

import click
import structlog
import uvicorn
import uvloop
from alembic.util import CommandError
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

from controller import app
from controller.core import log as logging
from controller.core import migrate as migrations
from controller.core import settings as configuration
from controller.core.db import Database, parse_url
from controller.core.errors import AppError
from controller.core.postgres import borrow
from controller.core.postgres_account import PostgresError
from controller.core.secrets import FOLDER_MODE, Vault, VaultError
from controller.core.settings import Settings, SettingsError
from controller.gateway.commands import ssh
from controller.hosts.commands import hosts
from controller.jobs.commands import run
from controller.jobs.workflows.commands import workflow
from controller.onboarding.commands import onboard
from controller.users import accounts
from controller.users.commands import tokens, users

log = structlog.get_logger()
GRACE_S = 5
GARBAGE_OBJECTS = 20_000  # made since the last search for garbage cycles, and not gone


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(app.version(), prog_name="moorline")
@click.option("--json", "as_json", is_flag=True, help="Answer in JSON, for programs.")
@click.pass_context
def cli(context: click.Context, as_json: bool) -> None:
    """Moorline watches and runs a fleet of VPSes over SSH.

    Settings come from the environment (MOORLINE_…): see docs/reference/settings.md.
    """
    settings = configuration.load(os.environ)
    quiet = context.invoked_subcommand != "serve" and settings.log_level == "INFO"
    logging.configure("WARNING" if quiet else settings.log_level, settings.log_format)
    context.obj = Session(settings, as_json=as_json)


class Session:
    """What every command works with."""

    def __init__(self, settings: Settings, *, as_json: bool) -> None:
        self.settings = settings
        self.as_json = as_json

    @asynccontextmanager
    async def database(self) -> AsyncIterator[Database]:
        """The running controller's database, or one started for this command; its tables are up to date."""
        if self.settings.database_url is not None:
            url = parse_url(self.settings.database_url)
            await asyncio.to_thread(migrations.upgrade, url)
            async with self._opened(Database(url, pool_size=2)) as database:
                yield database
            return
        async with borrow(self.settings.data_dir) as url:
            await asyncio.to_thread(migrations.upgrade, url)
            async with self._opened(Database(url, pool_size=2)) as database:
                yield database

    @asynccontextmanager
    async def _opened(self, database: Database) -> AsyncIterator[Database]:
        try:
            yield database
        finally:
            await database.close()

    async def vault(self, transaction: AsyncSession) -> Vault:
        """What seals and opens stored secrets. Raises VaultError for a key file that does not open them."""
        return await app.vault(transaction, self.settings)

    def answer(self, found: object, text: str) -> None:
        """Say the outcome: `found` as JSON, or `text` to people."""
        click.echo(json.dumps(found, default=str, ensure_ascii=False) if self.as_json else text)


@cli.command()
@click.pass_obj
def serve(session: Session) -> None:
    """Run the controller and its page until it is told to end."""
    uvloop.run(_serve(session.settings))


@cli.command()
@click.pass_obj
def migrate(session: Session) -> None:
    """Bring the database's tables up to date. `serve` does it by itself."""

    async def work() -> None:
        async with session.database():
            session.answer({"migrated": True}, "The tables are up to date.")

    asyncio.run(work())


cli.add_command(users)
cli.add_command(tokens)
cli.add_command(hosts)
cli.add_command(ssh)
cli.add_command(run)
cli.add_command(workflow)
cli.add_command(onboard)


async def _serve(settings: Settings) -> None:
    settings.data_dir.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
    with _bound(settings) as door:
        async with app.database_url(settings) as url:
            database, vault = await app.prepare(settings, url)
            try:
                controller = app.Controller(settings, database, vault)
                async with controller.running():
                    _collect_rarely()
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
    await server(controller).serve([door])
    log.info("server.stop")


def main() -> None:
    """The command `moorline`. What a user can mend is one sentence on standard error, with status 1."""
    try:
        cli(standalone_mode=False)
    except click.exceptions.Exit as done:
        sys.exit(done.exit_code)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except click.Abort:
        sys.exit(130)
    except (SettingsError, PostgresError, VaultError, AppError) as error:
        _give_up(str(error))
    except SQLAlchemyError as error:
        cause = getattr(error, "orig", None) or error
        _give_up(f"the database does not do what it should: {' '.join(str(cause).split())}")
    except CommandError as error:
        _give_up(f"the tables are of another version of Moorline than this one: {error}")
    except OSError as error:
        _give_up(str(error))


def _give_up(sentence: str) -> NoReturn:
    click.echo(f"moorline: {sentence}", err=True)
    sys.exit(1)


if __name__ == "__main__":
    main()
