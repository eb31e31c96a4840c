"""The command line: `moorline serve`, and what can be done without the page.

What a command works with is imported when it runs: those that only ask the API of a Moorline elsewhere begin at once.
"""

from __future__ import annotations

import asyncio
import gc
import json
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib import import_module
from typing import TYPE_CHECKING, NoReturn

import click

from controller.core import log as logging
from controller.core import settings as configuration
from controller.core.settings import Settings, SettingsError
from controller.core.version import version

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

    from controller.core.db import Database
    from controller.core.secrets import Vault

ELSEWHERE = {  # commands of slices: where they are
    "backup": "controller.backup.commands:backup",
    "restore": "controller.backup.commands:restore",
    "user": "controller.users.commands:users",
    "token": "controller.users.commands:tokens",
    "host": "controller.hosts.commands:hosts",
    "ssh": "controller.gateway.commands:ssh",
    "run": "controller.jobs.commands:run",
    "workflow": "controller.jobs.workflows.commands:workflow",
    "onboard": "controller.onboarding.commands:onboard",
}


class Commands(click.Group):
    """Ours, and those of the slices, which are imported when they are called or told about."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """All names, in order."""
        return sorted([*super().list_commands(ctx), *ELSEWHERE])

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name."""
        if cmd_name not in ELSEWHERE:
            return super().get_command(ctx, cmd_name)
        module, _, name = ELSEWHERE[cmd_name].partition(":")
        command: click.Command = getattr(import_module(module), name)
        return command


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(version(), prog_name="moorline")
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
        from controller.core import migrate as migrations
        from controller.core.db import Database, parse_url
        from controller.core.postgres import borrow

        if self.settings.database_url is not None:
            url = parse_url(self.settings.database_url)
            await asyncio.to_thread(migrations.upgrade, url)
            async with _opened(Database(url, pool_size=2)) as database:
                yield database
            return
        async with borrow(self.settings.data_dir) as url:
            await asyncio.to_thread(migrations.upgrade, url)
            async with _opened(Database(url, pool_size=2)) as database:
                yield database

    async def vault(self, transaction: AsyncSession) -> Vault:
        """What seals and opens stored secrets. Raises VaultError for a key file that does not open them."""
        from controller import app

        return await app.vault(transaction, self.settings)

    def answer(self, found: object, text: str) -> None:
        """Say the outcome: `found` as JSON, or `text` to people."""
        click.echo(json.dumps(found, default=str, ensure_ascii=False) if self.as_json else text)


@asynccontextmanager
async def _opened(database: Database) -> AsyncIterator[Database]:
    try:
        yield database
    finally:
        await database.close()


@cli.command()
@click.pass_obj
def serve(session: Session) -> None:
    """Run the controller and its page until it is told to end."""
    gc.disable()  # what is made at the start stays: the server looks for garbage once it runs
    from controller.server import serve as run

    run(session.settings)


@cli.command()
@click.pass_obj
def migrate(session: Session) -> None:
    """Bring the database's tables up to date. `serve` does it by itself."""

    async def work() -> None:
        async with session.database():
            session.answer({"migrated": True}, "The tables are up to date.")

    asyncio.run(work())


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
    except Exception as error:
        sentence = _sentence(error)
        if sentence is None:
            raise
        _give_up(sentence)


def _sentence(error: Exception) -> str | None:
    """What a user is told of it; None: that is a mistake of ours, of which all is shown."""
    from alembic.util import CommandError
    from sqlalchemy.exc import SQLAlchemyError

    from controller.backup.archive import BackupError
    from controller.core.errors import AppError
    from controller.core.postgres_account import PostgresError
    from controller.core.secrets import VaultError

    match error:
        case SettingsError() | PostgresError() | BackupError() | VaultError() | AppError() | OSError():
            return str(error)
        case CommandError():
            return f"the tables are of another version of Moorline than this one: {error}"
        case SQLAlchemyError():
            cause = getattr(error, "orig", None) or error
            return f"the database does not do what it should: {' '.join(str(cause).split())}"
    return None


def _give_up(sentence: str) -> NoReturn:
    click.echo(f"moorline: {sentence}", err=True)
    sys.exit(1)


if __name__ == "__main__":
    main()
