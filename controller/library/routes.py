"""The playbook library over HTTP."""

from __future__ import annotations

from typing import Annotated

import msgspec
from litestar import Router, delete, get, patch, post, put
from litestar.di import NamedDependency as Given
from litestar.di import Provide
from litestar.params import FromPath, JSONBody, QueryParameter
from sqlalchemy.ext.asyncio import AsyncSession

from controller.audit.service import Actor
from controller.core.clock import Clock, utc_now
from controller.core.errors import NotFound
from controller.library import checks, queries, schemas
from controller.library.service import Author, Library
from controller.users.rights import Action, Principal, require

Session = Given[AsyncSession]
Caller = Given[Principal]
Writer = Given[Author]
Shelves = Given[Library]
Reference = Annotated[str, QueryParameter(name="reference", min_length=1, max_length=500, description="Which one.")]


def provide_writer(principal: Caller, author: Given[Actor], clock: Given[Clock]) -> Author:
    """Who changes the library."""
    return Author(principal, author, utc_now(clock))


@get("/library/playbooks", summary="List all playbooks")
async def list_playbooks(principal: Caller, session: Session, library: Shelves) -> schemas.PlaybookPage:
    """Those that come with Moorline, one's own, and those of Git projects."""
    return await library.listing(session, principal)


@get("/library/playbook", summary="Show a playbook")
async def show_playbook(
    principal: Caller, session: Session, library: Shelves, reference: Reference
) -> schemas.PlaybookText:
    """What it says of itself, and its text."""
    return await library.show(session, principal, reference)


@post("/library/check", status_code=200, summary="Check a playbook's text")
async def check_text(data: JSONBody[schemas.CheckText], principal: Caller) -> checks.CheckResult:
    """By ansible-playbook --syntax-check and, where it is installed, ansible-lint."""
    require(principal, Action.PLAYBOOKS_WRITE)
    return await checks.check(data.text)


@post("/library/own", summary="Add a playbook of one's own")
async def add_playbook(
    data: JSONBody[schemas.NewPlaybook], writer: Writer, session: Session, library: Shelves
) -> schemas.PlaybookView:
    """Its first version."""
    return await library.add(session, writer, data)


@put("/library/own/{playbook_id:int}", summary="Save a playbook")
async def change_playbook(
    playbook_id: FromPath[int], data: JSONBody[schemas.NewVersion], writer: Writer, session: Session, library: Shelves
) -> schemas.PlaybookView:
    """Its next version; all before stay."""
    return await library.change(session, writer, playbook_id, data)


@delete("/library/own/{playbook_id:int}", summary="Delete a playbook")
async def remove_playbook(playbook_id: FromPath[int], writer: Writer, session: Session, library: Shelves) -> None:
    """With all its versions."""
    await library.remove(session, writer, playbook_id)


@get("/library/own/{playbook_id:int}/versions", summary="List a playbook's versions")
async def list_versions(
    playbook_id: FromPath[int], principal: Caller, session: Session, library: Shelves
) -> schemas.VersionPage:
    """The newest first."""
    found = await library.versions(session, principal, playbook_id)
    rows = [schemas.VersionView(row.number, row.author, row.note, row.created_at) for row in found]
    return schemas.VersionPage(rows, len(rows))


@get("/library/own/{playbook_id:int}/versions/{number:int}", summary="Show a version of a playbook")
async def show_version(
    playbook_id: FromPath[int], number: FromPath[int], principal: Caller, session: Session, library: Shelves
) -> schemas.VersionText:
    """Its text then."""
    for row in await library.versions(session, principal, playbook_id):
        if row.number == number:
            return schemas.VersionText(row.number, row.text)
    raise NotFound("There is no such version.", code="no_such_version")


@get("/library/projects", summary="List the Git projects")
async def list_projects(principal: Caller, session: Session, library: Shelves) -> schemas.GitProjectPage:
    """With the commit that runs, and how the last sync went."""
    require(principal, Action.JOBS_VIEW)
    found = [library.projects.view(row) for row in await queries.projects(session)]
    return schemas.GitProjectPage(found, len(found))


@post("/library/projects", summary="Add a Git project")
async def add_project(
    data: JSONBody[schemas.NewProject], writer: Writer, session: Session, library: Shelves
) -> schemas.GitProjectView:
    """Sync it next."""
    return library.projects.view(await library.add_project(session, writer, data))


@patch("/library/projects/{project_id:int}", summary="Change a Git project")
async def change_project(
    project_id: FromPath[int],
    data: JSONBody[schemas.ProjectChanges],
    writer: Writer,
    session: Session,
    library: Shelves,
) -> schemas.GitProjectView:
    """What runs stays at its commit until the next sync."""
    return library.projects.view(await library.change_project(session, writer, project_id, data))


@post("/library/projects/{project_id:int}/sync", status_code=202, summary="Sync a Git project")
async def sync_project(
    project_id: FromPath[int], writer: Writer, session: Session, library: Shelves
) -> schemas.GitProjectView:
    """Fetch the branch's newest commit; that is what runs from then on."""
    row = await library.sync(session, writer, project_id)
    view = library.projects.view(row)
    return msgspec.structs.replace(view, state="syncing", error="")  # it begins once this is committed


@delete("/library/projects/{project_id:int}", summary="Delete a Git project")
async def remove_project(project_id: FromPath[int], writer: Writer, session: Session, library: Shelves) -> None:
    """With its files on the controller."""
    await library.remove_project(session, writer, project_id)


@get("/library/vaults", summary="List the vault passwords")
async def list_vaults(principal: Caller, session: Session) -> schemas.VaultPage:
    """Their names; the passwords are never shown."""
    require(principal, Action.JOBS_VIEW)
    found = [schemas.VaultView(row.id, row.name, row.created_at) for row in await queries.vaults(session)]
    return schemas.VaultPage(found, len(found))


@post("/library/vaults", summary="Add a vault password")
async def add_vault(
    data: JSONBody[schemas.NewVault], writer: Writer, session: Session, library: Shelves
) -> schemas.VaultView:
    """Kept sealed; runs get it by a file that lasts as long as they do."""
    row = await library.add_vault(session, writer, data)
    return schemas.VaultView(row.id, row.name, row.created_at)


@delete("/library/vaults/{vault_id:int}", summary="Delete a vault password")
async def remove_vault(vault_id: FromPath[int], writer: Writer, session: Session, library: Shelves) -> None:
    """Templates that need it cannot run any more."""
    await library.remove_vault(session, writer, vault_id)


router = Router(
    "/",
    route_handlers=[
        list_playbooks, show_playbook, check_text, add_playbook, change_playbook, remove_playbook, list_versions,
        show_version, list_projects, add_project, change_project, sync_project, remove_project, list_vaults, add_vault,
        remove_vault,
    ],
    dependencies={"writer": Provide(provide_writer, sync_to_thread=False)},
    tags=["Playbooks"],
)  # fmt: skip
