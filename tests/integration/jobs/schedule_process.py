"""A controller's schedules in a process of their own, to be killed: DATABASE_URL and KEY_FILE in the environment."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

from controller.core.clock import SystemClock
from controller.core.db import Database, parse_url
from controller.core.events import Bus
from controller.core.secrets import Keyring, Vault
from controller.jobs import registry
from controller.jobs.launching import Office
from controller.jobs.schedules.ringer import Ringer


async def main() -> None:
    """Fire until killed."""
    database = Database(parse_url(os.environ["DATABASE_URL"]))
    vault = Vault(Keyring.load(Path(os.environ["KEY_FILE"])))
    await Ringer(database, Office(registry.load(), vault, Bus(), SystemClock())).run()


if __name__ == "__main__":
    asyncio.run(main())
