"""A courier in a process of its own, to be killed: DATABASE_URL and KEY_FILE in the environment."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

from controller.core.clock import SystemClock
from controller.core.db import Database, parse_url
from controller.core.secrets import Keyring, Vault
from controller.notify import registry
from controller.notify.courier import Courier


async def main() -> None:
    """Deliver until killed."""
    database = Database(parse_url(os.environ["DATABASE_URL"]))
    vault = Vault(Keyring.load(Path(os.environ["KEY_FILE"])))
    courier = Courier(database, vault, SystemClock(), registry.load(), "http://moorline.test")
    while True:
        await courier.step()
        await asyncio.sleep(0.02)


if __name__ == "__main__":
    asyncio.run(main())
