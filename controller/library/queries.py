"""Reading the library's tables."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from controller.library.models import GitProject, OwnPlaybook, PlaybookVersion, VaultPassword


async def owns(session: AsyncSession) -> list[tuple[OwnPlaybook, PlaybookVersion]]:
    """All own playbooks with their newest text, by name."""
    newest = (PlaybookVersion.playbook_id == OwnPlaybook.id) & (PlaybookVersion.number == OwnPlaybook.version)
    query = select(OwnPlaybook, PlaybookVersion).join(PlaybookVersion, newest).order_by(OwnPlaybook.name)
    return [(row[0], row[1]) for row in await session.execute(query)]


async def own(session: AsyncSession, playbook_id: int) -> OwnPlaybook | None:
    """One."""
    return await session.get(OwnPlaybook, playbook_id)


async def version(session: AsyncSession, playbook_id: int, number: int) -> PlaybookVersion:
    """One state of it, which has to be there."""
    return await session.get_one(PlaybookVersion, (playbook_id, number))


async def versions(session: AsyncSession, playbook_id: int) -> Sequence[PlaybookVersion]:
    """All, the newest first."""
    query = select(PlaybookVersion).where(PlaybookVersion.playbook_id == playbook_id)
    return list(await session.scalars(query.order_by(PlaybookVersion.number.desc()).limit(500)))


async def own_named(session: AsyncSession, name: str) -> OwnPlaybook | None:
    """The one of that name."""
    return await session.scalar(select(OwnPlaybook).where(OwnPlaybook.name == name))


async def projects(session: AsyncSession) -> Sequence[GitProject]:
    """All, by name."""
    return list(await session.scalars(select(GitProject).order_by(GitProject.name)))


async def project(session: AsyncSession, project_id: int) -> GitProject | None:
    """One."""
    return await session.get(GitProject, project_id)


async def project_named(session: AsyncSession, name: str) -> GitProject | None:
    """The one of that name."""
    return await session.scalar(select(GitProject).where(GitProject.name == name))


async def vaults(session: AsyncSession, ids: Collection[int] | None = None) -> Sequence[VaultPassword]:
    """These, or all of them, by name."""
    query = select(VaultPassword).order_by(VaultPassword.name)
    return list(await session.scalars(query if ids is None else query.where(VaultPassword.id.in_(list(ids)))))


async def vault(session: AsyncSession, vault_id: int) -> VaultPassword | None:
    """One."""
    return await session.get(VaultPassword, vault_id)


async def vault_named(session: AsyncSession, name: str) -> VaultPassword | None:
    """The one of that name."""
    return await session.scalar(select(VaultPassword).where(VaultPassword.name == name))
