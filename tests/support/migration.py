"""Drafts the next migration from what the models say and the migrations so far do not: make migration m="…"."""

from __future__ import annotations

import asyncio
import re
import sys
import tempfile
from pathlib import Path

from alembic import command

from controller.core import migrate
from controller.core.postgres import EmbeddedPostgres

VERSIONS = migrate.FOLDER / "versions"


async def draft(what: str) -> Path:
    """Write the draft, numbered after the last one; raises alembic's error when the models hold nothing new."""
    number = 1 + max((int(path.name[:4]) for path in VERSIONS.glob("[0-9][0-9][0-9][0-9]_*.py")), default=0)
    slug = re.sub(r"[^a-z0-9]+", "_", what.lower()).strip("_")
    with tempfile.TemporaryDirectory(prefix="moorline-migration-") as name:
        folder = Path(name)
        folder.chmod(0o711)
        server = EmbeddedPostgres(folder, durable=False)
        url = await server.start()
        try:
            await asyncio.to_thread(migrate.upgrade, url)
            config = migrate._config(url)
            config.set_main_option("file_template", f"{number:04d}_{slug}")
            await asyncio.to_thread(command.revision, config, message=what, autogenerate=True, rev_id=f"{number:04d}")
        finally:
            await server.stop()
    return VERSIONS / f"{number:04d}_{slug}.py"


if __name__ == "__main__":
    if len(sys.argv) != 2 or not sys.argv[1].strip():
        sys.exit('say what it is for: make migration m="what changes"')
    sys.stdout.write(
        f"{asyncio.run(draft(sys.argv[1]))}: read it, add what a draft cannot know, and test the way back\n"
    )
