"""Git projects: fetched, laid out by commit, with what their requirements.yml names installed once for each commit."""

from __future__ import annotations

import asyncio
import shutil
import sys
import tempfile
from pathlib import Path

import structlog

from controller.ansible import orders
from controller.core.clock import Clock, utc_now
from controller.core.db import Database
from controller.core.errors import AppError, Unavailable
from controller.core.secrets import Vault
from controller.library import git, header, programs, queries, shelf
from controller.library.models import GitProject
from controller.library.schemas import GitProjectView, PlaybookView
from controller.library.shelf import FILE_BYTES, Shelf

log = structlog.get_logger()

GALAXY_S = 600.0
FILES_MAX = 500
LOOKED_AT_MAX = 5000
NEEDS = (
    ("collection", ("requirements.yml", "collections/requirements.yml")),
    ("role", ("requirements.yml", "roles/requirements.yml")),
)


class Projects:
    """Syncs them, one at a time each."""

    def __init__(self, where: Shelf, database: Database, vault: Vault, clock: Clock) -> None:
        self._shelf = where
        self._database = database
        self._vault = vault
        self._clock = clock
        self._tasks: dict[int, asyncio.Task[None]] = {}
        self._headers: dict[tuple[int, str], list[PlaybookView]] = {}

    async def close(self) -> None:
        """End what runs."""
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def begin(self, project_id: int) -> None:
        """Sync it, unless that is under way."""
        if project_id not in self._tasks:
            task = asyncio.create_task(self._sync(project_id), name=f"git project {project_id}")
            self._tasks[project_id] = task
            task.add_done_callback(lambda _: self._tasks.pop(project_id, None))

    def forget(self, project_id: int) -> None:
        """Take its files away."""
        if project_id in self._tasks:
            self._tasks[project_id].cancel()
        shutil.rmtree(self._shelf.folder / "git" / str(project_id), ignore_errors=True)

    def view(self, row: GitProject) -> GitProjectView:
        """As callers see it; a sync that a restart cut off has failed."""
        lost = row.state == "syncing" and row.id not in self._tasks
        return GitProjectView(
            id=row.id, name=row.name, url=row.url, branch=row.branch, username=row.username,
            has_secret=row.sealed is not None, known_hosts=row.known_hosts, commit=row.commit, subject=row.subject,
            playbooks=len(row.files),
            state="failed" if lost else row.state, created_at=row.created_at, synced_at=row.synced_at,
            error="The sync was cut off by a restart. Sync again." if lost else row.error,
        )  # fmt: skip

    async def playbooks(self, row: GitProject) -> list[PlaybookView]:
        """Those of the commit that runs; read once."""
        if row.commit is None:
            return []
        key = (row.id, row.commit)
        if key not in self._headers:
            folder, files = self._shelf.commit_folder(row.id, row.commit), [str(path) for path in row.files]
            said = await asyncio.to_thread(_headers, folder, files)
            self._headers = {known: found for known, found in self._headers.items() if known[0] != row.id}
            self._headers[key] = [
                PlaybookView(
                    reference=f"git/{row.id}/{path}", source="git", name=path, header=one, project_id=row.id,
                    project=row.name, updated_at=row.synced_at,
                )
                for path, one in said
            ]  # fmt: skip
        return self._headers[key]

    async def _sync(self, project_id: int) -> None:
        async with self._database.session() as session:
            row = await queries.project(session, project_id)
            if row is None:
                return
            sealed = None if row.sealed is None else self._vault.open(row.sealed, f"git_project/{row.id}")
            source = git.Source(row.url, row.branch, row.username, sealed, row.known_hosts)
            before = row.commit
        try:
            commit, subject = await git.fetch(source, self._shelf.folder / "git" / str(project_id) / "store.git")
            files = await self._lay_out(project_id, commit)
        except AppError as error:
            await self._note(project_id, state="failed", error=error.detail)
        except Exception:  # the edge of one project's sync
            log.exception("library.sync_failed", project_id=project_id)
            await self._note(project_id, state="failed", error="It could not be synced; Moorline's log says why.")
        else:
            now = utc_now(self._clock)
            values = {"commit": commit, "subject": subject, "files": files, "synced_at": now}
            await self._note(project_id, state="ready", error="", **values)
            await asyncio.to_thread(self._tidy, project_id, {commit, before})

    async def _note(self, project_id: int, **values: object) -> None:
        async with self._database.session() as session:
            row = await queries.project(session, project_id)
            if row is not None:
                for name, value in values.items():
                    setattr(row, name, value)

    async def _lay_out(self, project_id: int, commit: str) -> list[str]:
        """The commit's files and needs in place; its playbooks."""
        folder = self._shelf.commit_folder(project_id, commit)
        if not folder.is_dir():
            await git.lay_out(folder.with_name("store.git"), commit, folder)
        needs = folder.with_name(f"{folder.name}.needs")
        if not needs.is_dir():
            await self._install(folder, needs)
        return await asyncio.to_thread(_playbooks, folder)

    async def _install(self, folder: Path, needs: Path) -> None:
        """What requirements.yml names, for this commit alone."""
        draft = needs.with_name(f"{needs.name}.new")
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(mode=0o700)
        with tempfile.TemporaryDirectory(prefix="moorline-galaxy-") as name:
            for inner in ("home", "tmp"):
                (Path(name) / inner).mkdir()
            environment = orders.bounded(Path(name)) | {
                "GIT_TERMINAL_PROMPT": "0",
                "GIT_ALLOW_PROTOCOL": "https:ssh:file",
            }
            for kind, places in NEEDS:
                for place in places:
                    if (folder / place).is_file():
                        await _galaxy(kind, folder, place, draft / f"{kind}s", environment)
        draft.replace(needs)

    def _tidy(self, project_id: int, keep: set[str | None]) -> None:
        """Commits before the last one: nothing begins with them any more."""
        for path in (self._shelf.folder / "git" / str(project_id)).iterdir():
            if path.name != "store.git" and path.name.partition(".")[0] not in keep:
                shutil.rmtree(path, ignore_errors=True)


async def _galaxy(kind: str, folder: Path, place: str, target: Path, environment: dict[str, str]) -> None:
    program = str(Path(sys.executable).with_name("ansible-galaxy"))
    words = [program, kind, "install", "-r", place, "-p", str(target)]
    done = await programs.run(words, environment, folder, GALAXY_S)
    if done.status != 0:
        raise Unavailable(f"What {place} names could not be installed: {done.said[-600:]}", code="requirements")


def _playbooks(folder: Path) -> list[str]:
    """Paths of what looks like a playbook, in its root and in playbooks/."""
    found = []
    for path in sorted([*folder.glob("*.yml"), *folder.glob("*.yaml"), *folder.glob("playbooks/*.y*ml")])[
        :LOOKED_AT_MAX
    ]:
        inside = path.resolve().is_relative_to(folder.resolve()) and str(path).isprintable()
        small = inside and path.is_file() and path.stat().st_size <= FILE_BYTES
        if small and shelf.is_playbook(path.read_text("utf-8", "replace")):
            found.append(path.relative_to(folder).as_posix())
    return found[:FILES_MAX]


def _headers(folder: Path, files: list[str]) -> list[tuple[str, header.Header]]:
    found = []
    for path in files:
        try:
            found.append((path, header.read((folder / path).read_text("utf-8", "replace"))))
        except OSError:
            found.append((path, header.Header(trouble="Its file is gone; sync the project again.")))
    return found
