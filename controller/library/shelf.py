"""Where playbooks are: a reference such as library/swap, own/3 or git/2/site.yml to a file that can be run."""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass
from pathlib import Path

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from controller.ansible import orders
from controller.ansible.orders import Playbook
from controller.core.db import Database
from controller.core.errors import Conflict, FieldError, Invalid, NotFound
from controller.core.secrets import Secret, Vault
from controller.library import header, queries
from controller.library.header import Header

log = structlog.get_logger()
NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,80}\Z")
FILE_BYTES = 1 << 20
KINDS = ("library", "own", "git")  # in the order in which lists have them
PLAY = re.compile(r"^[ \t]*-?[ \t]*(?:hosts|(?:ansible\.builtin\.)?import_playbook)[ \t]*:", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Found:
    """A playbook that can be run."""

    reference: str
    playbook: Playbook
    header: Header
    text: str


def shipped() -> dict[str, str]:
    """The library's playbooks: name → text."""
    folder = orders.LIBRARY
    found = {}
    for path in sorted(folder.glob("*.yml")):
        if NAME.match(path.stem) and path.stat().st_size <= FILE_BYTES:
            found[path.stem] = path.read_text("utf-8", "replace")
    return found


def is_playbook(text: str) -> bool:
    """Does a YAML file look like a list of plays?"""
    return bool(PLAY.search(text)) and text.lstrip("\ufeff").lstrip()[:1] in {"-", "#"}


def split(reference: str) -> tuple[str, str]:
    """The shelf and the rest. Raises Invalid for what is no reference."""
    shelf, _, rest = reference.partition("/")
    if shelf not in KINDS or not rest or not reference.isprintable() or len(reference) > 500:
        message = "Name a playbook as library/NAME, own/NUMBER or git/PROJECT/PATH."
        raise Invalid(message, errors=(FieldError("spec.playbook", message),))
    return shelf, rest


def number(text: str) -> int:
    """An id in a reference. Raises NotFound for what can be none."""
    if not text.isascii() or not text.isdigit() or len(text) > 18:
        raise _gone()
    return int(text)


class Shelf:
    """What runs are handed their playbooks by. `folder`: where own ones and projects are laid out."""

    def __init__(self, database: Database, vault: Vault, folder: Path) -> None:
        self._database = database
        self._vault = vault
        self.folder = folder

    async def find(self, reference: str) -> Found:
        """The playbook, its file in place. Raises NotFound, or Conflict for a project that was never synced."""
        shelf, rest = split(reference)
        if shelf == "library":
            text = (await asyncio.to_thread(shipped)).get(rest)
            if text is None:
                raise _gone()
            return Found(reference, Playbook(orders.LIBRARY, f"{rest}.yml"), header.read(text), text)
        async with self._database.session() as session:
            return await (self._own if shelf == "own" else self._git)(session, rest)

    async def vaults(self, ids: list[int]) -> dict[str, Secret]:
        """Vault passwords by vault id. Raises NotFound when one is gone."""
        async with self._database.session() as session:
            rows = await queries.vaults(session, ids)
        if len(rows) != len(set(ids)):
            raise NotFound("A vault password that this needs is gone. Choose another in the template.", code="no_vault")
        return {row.name: self._vault.open(row.sealed, f"vault_password/{row.id}") for row in rows}

    async def _own(self, session: AsyncSession, rest: str) -> Found:
        row = await queries.own(session, number(rest))
        if row is None:
            raise _gone()
        version = await queries.version(session, row.id, row.version)
        folder = self.folder / "own" / str(row.id) / str(row.version)
        await asyncio.to_thread(_lay, folder, version.text)
        return Found(f"own/{rest}", Playbook(folder, "playbook.yml"), header.read(version.text), version.text)

    async def _git(self, session: AsyncSession, rest: str) -> Found:
        project_id, _, path = rest.partition("/")
        row = await queries.project(session, number(project_id))
        if row is None or path not in row.files:
            raise _gone()
        folder = self.commit_folder(row.id, row.commit or "none")
        if row.commit is None or not folder.is_dir():
            raise Conflict(f"{row.name} has to be synced before anything of it can run.", code="not_synced")
        text = await asyncio.to_thread((folder / path).read_text, "utf-8", "replace")
        collections = folder.with_name(f"{folder.name}.needs")
        roles = (collections / "roles",) if (collections / "roles").is_dir() else ()
        needs = (collections / "collections",) if (collections / "collections").is_dir() else ()
        made = Playbook(folder, path, own_settings=True, collections=needs, roles=(*roles, folder / "roles"))
        return Found(f"git/{rest}", made, header.read(text), text)

    def commit_folder(self, project_id: int, commit: str) -> Path:
        """Where a project's commit is laid out."""
        return self.folder / "git" / str(project_id) / commit


def _lay(folder: Path, text: str) -> None:
    """Write it once: a version's text never changes."""
    file = folder / "playbook.yml"
    if not file.exists():
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft = folder / "playbook.new"
        draft.write_text(text, encoding="utf-8", errors="replace")
        draft.replace(file)


def _gone() -> NotFound:
    return NotFound("There is no such playbook. Look into the library for what there is.", code="no_playbook")
