"""Adding, changing and looking at playbooks. Who may write one may run code on the controller: administrators."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import msgspec
from msgspec import UNSET
from sqlalchemy.ext.asyncio import AsyncSession

from controller.audit import service as audit
from controller.audit.service import Actor
from controller.core.clock import Clock
from controller.core.db import Database
from controller.core.errors import Conflict, FieldError, Invalid, NotFound
from controller.core.events import Bus
from controller.core.secrets import Secret, Vault
from controller.library import git, header, queries, schemas, shelf
from controller.library.models import GitProject, OwnPlaybook, PlaybookVersion, VaultPassword
from controller.library.projects import Projects
from controller.library.schemas import PlaybookView
from controller.library.shelf import Shelf
from controller.users.rights import Action, Principal, allows, require


@dataclass(frozen=True, slots=True)
class SyncAsked:
    """Somebody wants a project brought up to date."""

    project_id: int


@dataclass(frozen=True, slots=True)
class ProjectRemoved:
    """A project is gone."""

    project_id: int


@dataclass(frozen=True, slots=True)
class Author:
    """Who changes the library, and when."""

    principal: Principal
    actor: Actor
    at: datetime

    async def record(
        self, session: AsyncSession, action: str, kind: str, number: int, name: str, **more: object
    ) -> None:
        """Write it into the audit log."""
        await audit.record(session, self.actor, action, kind=kind, object_id=number, name=name, detail=more)


class Library:
    """All of it."""

    def __init__(self, where: Shelf, database: Database, vault: Vault, clock: Clock, bus: Bus) -> None:
        self.shelf = where
        self.vault = vault
        self.projects = Projects(where, database, vault, clock)
        self._bus = bus
        bus.listen(SyncAsked, lambda news: self.projects.begin(news.project_id))
        bus.listen(ProjectRemoved, lambda news: self.projects.forget(news.project_id))

    async def close(self) -> None:
        """End what is being synced."""
        await self.projects.close()

    # looking

    async def listing(self, session: AsyncSession, principal: Principal) -> schemas.PlaybookPage:
        """Every playbook: the library's own first, then one's own, then those of projects; each shelf by title."""
        require(principal, Action.JOBS_VIEW)
        found = [
            PlaybookView(reference=f"library/{name}", source="library", name=name, header=header.read(text))
            for name, text in (await asyncio.to_thread(shelf.shipped)).items()
        ]
        found += [own_view(row, header.read(version.text)) for row, version in await queries.owns(session)]
        for project in await queries.projects(session):
            found += await self.projects.playbooks(project)
        found.sort(key=_place)
        return schemas.PlaybookPage(found, len(found), allows(principal, Action.PLAYBOOKS_WRITE))

    async def show(self, session: AsyncSession, principal: Principal, reference: str) -> schemas.PlaybookText:
        """One, with its text. Raises NotFound."""
        require(principal, Action.JOBS_VIEW)
        found = await self.shelf.find(reference)
        kind, rest = shelf.split(reference)
        if kind == "own":
            row = await queries.own(session, shelf.number(rest))
            if row is None:
                raise _no("playbook")
            view = own_view(row, found.header)
        elif kind == "git":
            project = await queries.project(session, shelf.number(rest.partition("/")[0]))
            if project is None:
                raise _no("playbook")
            view = git_view(project, rest.partition("/")[2], found.header)
        else:
            view = PlaybookView(reference=reference, source="library", name=rest, header=found.header)
        return schemas.PlaybookText(playbook=view, text=found.text)

    # own playbooks

    async def add(self, session: AsyncSession, author: Author, new: schemas.NewPlaybook) -> PlaybookView:
        """A new one, as version 1."""
        require(author.principal, Action.PLAYBOOKS_WRITE)
        if await queries.own_named(session, new.name) is not None:
            raise _taken("playbook")
        row = OwnPlaybook(name=new.name, version=1, created_at=author.at, updated_at=author.at)
        session.add(row)
        await session.flush()
        session.add(_version(row, author, new.text, new.note))
        await author.record(session, "playbook.create", "playbook", row.id, row.name)
        return own_view(row, header.read(new.text))

    async def change(
        self, session: AsyncSession, author: Author, playbook_id: int, new: schemas.NewVersion
    ) -> PlaybookView:
        """Its next version. Raises Conflict when somebody else has saved meanwhile."""
        row = await self._own(session, author, playbook_id)
        if row.version != new.base:
            raise Conflict(
                f"Somebody has saved version {row.version} meanwhile. Look at it, then save yours again.",
                code="changed_meanwhile",
            )
        row.version += 1
        row.updated_at = author.at
        session.add(_version(row, author, new.text, new.note))
        await author.record(session, "playbook.change", "playbook", row.id, row.name, version=row.version)
        return own_view(row, header.read(new.text))

    async def remove(self, session: AsyncSession, author: Author, playbook_id: int) -> None:
        """With all its versions."""
        row = await self._own(session, author, playbook_id)
        await session.delete(row)
        await author.record(session, "playbook.delete", "playbook", row.id, row.name)

    async def _own(self, session: AsyncSession, author: Author, playbook_id: int) -> OwnPlaybook:
        require(author.principal, Action.PLAYBOOKS_WRITE)
        row = await session.get(OwnPlaybook, playbook_id, with_for_update=True)
        if row is None:
            raise _no("playbook")
        return row

    async def versions(
        self, session: AsyncSession, principal: Principal, playbook_id: int
    ) -> Sequence[PlaybookVersion]:
        """All states of its text, the newest first."""
        require(principal, Action.JOBS_VIEW)
        found = await queries.versions(session, playbook_id)
        if not found:
            raise _no("playbook")
        return found

    # projects

    async def add_project(self, session: AsyncSession, author: Author, new: schemas.NewProject) -> GitProject:
        """A new one; it is synced by `sync`."""
        require(author.principal, Action.PLAYBOOKS_WRITE)
        git.check(new.url, new.branch)
        if await queries.project_named(session, new.name) is not None:
            raise _taken("project")
        row = GitProject(
            name=new.name, url=new.url, branch=new.branch, username=new.username, known_hosts=new.known_hosts,
            sealed=None, commit=None, subject="", files=[], state="new", error="", created_at=author.at, synced_at=None,
        )  # fmt: skip
        session.add(row)
        await session.flush()
        if new.secret:
            row.sealed = self.vault.seal(Secret(new.secret), f"git_project/{row.id}")
        await author.record(session, "git_project.create", "git_project", row.id, row.name, url=row.url)
        return row

    async def change_project(
        self, session: AsyncSession, author: Author, project_id: int, changes: schemas.ProjectChanges
    ) -> GitProject:
        """Other words for it; the commit that runs stays until the next sync. Raises Invalid, Conflict."""
        row = await self.project(session, author.principal, project_id, Action.PLAYBOOKS_WRITE)
        given = {name: value for name, value in msgspec.structs.asdict(changes).items() if value is not UNSET}
        secret = given.pop("secret", UNSET)
        elsewhere = given.get("url", row.url) != row.url
        if elsewhere and secret is UNSET and row.sealed is not None:
            # what opens one server is never shown to another
            raise Invalid(
                "Another address needs its own key, password or token: enter it again, or take it away.",
                errors=(FieldError("secret", "Enter it again, or take it away."),),
            )
        git.check(given.get("url", row.url), given.get("branch", row.branch))
        other = await queries.project_named(session, given.get("name", row.name))
        if other is not None and other.id != row.id:
            raise _taken("project")
        for name, value in given.items():
            setattr(row, name, value)
        if secret is not UNSET:
            row.sealed = None if secret is None else self.vault.seal(Secret(secret), f"git_project/{row.id}")
        named = sorted([*given, *(["secret"] if secret is not UNSET else [])])
        await author.record(session, "git_project.change", "git_project", row.id, row.name, changed=named)
        return row

    async def sync(self, session: AsyncSession, author: Author, project_id: int) -> GitProject:
        """Begin to bring it up to date, after the commit."""
        row = await self.project(session, author.principal, project_id, Action.PLAYBOOKS_WRITE)
        row.state, row.error = "syncing", ""
        await author.record(session, "git_project.sync", "git_project", row.id, row.name)
        self._bus.publish_after_commit(session, SyncAsked(row.id))
        return row

    async def remove_project(self, session: AsyncSession, author: Author, project_id: int) -> None:
        """With its files; runs that have begun go on with what they have read."""
        row = await self.project(session, author.principal, project_id, Action.PLAYBOOKS_WRITE)
        await session.delete(row)
        await author.record(session, "git_project.delete", "git_project", row.id, row.name)
        self._bus.publish_after_commit(session, ProjectRemoved(row.id))

    async def project(
        self, session: AsyncSession, principal: Principal, project_id: int, action: Action = Action.JOBS_VIEW
    ) -> GitProject:
        """One. Raises NotFound."""
        require(principal, action)
        row = await queries.project(session, project_id)
        if row is None:
            raise _no("project")
        return row

    # vault passwords

    async def add_vault(self, session: AsyncSession, author: Author, new: schemas.NewVault) -> VaultPassword:
        """A new one."""
        require(author.principal, Action.PLAYBOOKS_WRITE)
        if await queries.vault_named(session, new.name) is not None:
            raise _taken("vault password")
        row = VaultPassword(name=new.name, sealed=b"", created_at=author.at)
        session.add(row)
        await session.flush()
        row.sealed = self.vault.seal(Secret(new.password), f"vault_password/{row.id}")
        await author.record(session, "vault_password.create", "vault_password", row.id, row.name)
        return row

    async def remove_vault(self, session: AsyncSession, author: Author, vault_id: int) -> None:
        """Templates that need it cannot run any more."""
        require(author.principal, Action.PLAYBOOKS_WRITE)
        row = await queries.vault(session, vault_id)
        if row is None:
            raise _no("vault password")
        await session.delete(row)
        await author.record(session, "vault_password.delete", "vault_password", row.id, row.name)


def _place(one: PlaybookView) -> tuple[int, str]:
    """Where it stands in the list: titles are compared in English, which every header of the library has."""
    title = one.header.title.get("en") or next(iter(one.header.title.values()), one.name)
    return shelf.KINDS.index(one.source), title.casefold()


def own_view(row: OwnPlaybook, said: header.Header) -> PlaybookView:
    """As callers see it."""
    return PlaybookView(
        reference=f"own/{row.id}", source="own", name=row.name, header=said, id=row.id, version=row.version,
        updated_at=row.updated_at,
    )  # fmt: skip


def git_view(project: GitProject, path: str, said: header.Header) -> PlaybookView:
    """As callers see it."""
    return PlaybookView(
        reference=f"git/{project.id}/{path}", source="git", name=path, header=said, project_id=project.id,
        project=project.name, updated_at=project.synced_at,
    )  # fmt: skip


def _version(row: OwnPlaybook, author: Author, text: str, note: str) -> PlaybookVersion:
    clean = text.replace("\0", "").replace("\r\n", "\n")
    return PlaybookVersion(
        playbook_id=row.id, number=row.version, text=clean, author=author.principal.username, note=note,
        created_at=author.at,
    )  # fmt: skip


def _no(what: str) -> NotFound:
    return NotFound(f"There is no such {what}.")


def _taken(what: str) -> Conflict:
    message = f"There is a {what} of that name already. Choose another."
    return Conflict(message, code="name_taken", errors=(FieldError("name", message),))
