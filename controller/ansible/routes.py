"""Ansible's facts of a host over HTTP."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from litestar import Router, get
from litestar.di import NamedDependency as Given
from litestar.params import FromPath
from msgspec import Struct
from sqlalchemy.ext.asyncio import AsyncSession

from controller.ansible import facts
from controller.core.errors import NotFound
from controller.hosts import service as hosts
from controller.users.rights import Principal


class AnsibleFactsView(Struct, frozen=True):
    """Facts as the setup module names them, when they were gathered, and by which job (it may be gone)."""

    host_id: int
    facts: dict[str, Any]
    gathered_at: datetime
    job_id: int | None


@get("/hosts/{host_id:int}/facts/ansible", summary="Show the facts that Ansible gathered of a host")
async def show_facts(
    host_id: FromPath[int], principal: Given[Principal], session: Given[AsyncSession]
) -> AnsibleFactsView:
    """Kept by every run whose play gathers facts; the next run finds them as `moorline_facts`."""
    await hosts.get(session, principal, host_id)
    found = (await facts.of(session, [host_id])).get(host_id)
    if found is None:
        raise NotFound("No playbook has gathered this host's facts yet: run one there.", code="no_facts")
    return AnsibleFactsView(host_id, *found)


router = Router("/", route_handlers=[show_facts], tags=["Ansible"])
