"""Hosts with their keys, events and figures over HTTP."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated

from litestar import Router, delete, get, patch, post
from litestar.di import NamedDependency as Given
from litestar.di import Provide
from litestar.params import FromPath, JSONBody, Parameter, QueryParameter
from sqlalchemy.ext.asyncio import AsyncSession

from collectors.spec import Collector
from controller.audit.service import Actor
from controller.core.clock import Clock, utc_now
from controller.core.db import Database
from controller.core.events import Bus
from controller.core.secrets import Vault
from controller.core.web import Page
from controller.hosts import bulk, events, groups, keys, listing, processes, queries, schemas, service, trial, views
from controller.hosts import credentials as secrets
from controller.hosts.act import Act
from controller.hosts.board import Board
from controller.hosts.credential_schemas import CredentialChanges, CredentialPage, CredentialView, NewCredential
from controller.hosts.directory import HostDirectory
from controller.hosts.listing import HostFilter
from controller.hosts.schemas import HostView
from controller.hosts.states import HostState
from controller.ssh.pool import Pool
from controller.users.rights import Action, Principal, require

Session = Given[AsyncSession]
Caller = Given[Principal]
Search = Annotated[str, Parameter(max_length=200, description="Words in name, address, user, tags, groups, system.")]
GroupIds = Annotated[Sequence[int], QueryParameter(name="group_id", max_items=100, description="In any of these.")]
Tags = Annotated[Sequence[str], QueryParameter(name="tag", max_items=30, description="With all of these tags.")]
States = Annotated[Sequence[HostState], QueryParameter(name="state", max_items=10, description="In any of these.")]
Sort = Annotated[str, Parameter(max_length=100, description="A field, with - before it for descending.")]
From = Annotated[datetime | None, QueryParameter(name="from", description="The earliest moment.")]
To = Annotated[datetime | None, QueryParameter(name="to", description="The first moment that is too late.")]


def provide_act(
    principal: Caller, author: Given[Actor], clock: Given[Clock], bus: Given[Bus], vault: Given[Vault]
) -> Act:
    """One request that changes something about hosts."""
    return Act(principal, author, utc_now(clock), bus, vault)


async def _shown(session: AsyncSession, principal: Principal, board: Board, host_id: int) -> HostView:
    row = await service.get(session, principal, host_id)
    return (await views.show(session, principal, board, [row]))[0]


# the fleet


@get("/hosts", summary="List hosts")
async def list_hosts(
    *,
    session: Session,
    principal: Caller,
    board: Given[Board],
    page: Given[Page],
    search: Search = "",
    group_ids: GroupIds = (),
    tags: Tags = (),
    states: States = (),
    sort: Sort = "name",
) -> schemas.HostPage:
    """The hosts that you see, filtered and sorted, with their states and last figures."""
    wanted = HostFilter(search, group_ids, tags, states, sort, page.limit, page.offset)
    return await listing.page(session, principal, board, wanted)


@post("/hosts", summary="Add a host")
async def add_host(
    data: JSONBody[schemas.NewHost], session: Session, principal: Caller, act: Given[Act], board: Given[Board]
) -> HostView:
    """It is connected to at once; an unknown host key waits for approval unless `host_key` pins it."""
    return await _shown(session, principal, board, await service.add(session, act, data))


@post("/hosts/test", status_code=200, summary="Test a host without saving it")
async def test_host(
    *,
    data: JSONBody[schemas.Trial],
    principal: Caller,
    database: Given[Database],
    directory: Given[HostDirectory],
    pool: Given[Pool],
    collectors: Given[Mapping[str, Collector]],
) -> schemas.TrialResult:
    """One connection, told step by step. No credential is sent before the key is pinned or its fingerprint given."""
    return await trial.run(trial.Bench(database, directory, pool, collectors), principal, data)


@post("/hosts/bulk", status_code=200, summary="Do one thing to many hosts")
async def change_hosts(data: JSONBody[schemas.Bulk], session: Session, act: Given[Act]) -> schemas.BulkResults:
    """Each host has a result of its own; one that refuses does not stop the others."""
    return schemas.BulkResults(await bulk.apply(session, act, data))


@get("/tags", summary="List tags")
async def list_tags(session: Session, principal: Caller) -> schemas.TagPage:
    """The tags of the hosts that you see."""
    require(principal, Action.HOSTS_READ)
    found = [schemas.TagView(*row) for row in await queries.tag_counts(session, principal)]
    return schemas.TagPage(found, len(found))


# one host


@get("/hosts/{host_id:int}", summary="Show a host")
async def show_host(host_id: FromPath[int], session: Session, principal: Caller, board: Given[Board]) -> HostView:
    """With its state, facts and last figures."""
    return await _shown(session, principal, board, host_id)


@patch("/hosts/{host_id:int}", summary="Change a host")
async def change_host(
    *,
    host_id: FromPath[int],
    data: JSONBody[schemas.HostChanges],
    session: Session,
    principal: Caller,
    act: Given[Act],
    board: Given[Board],
) -> HostView:
    """What is not sent stays."""
    await service.change(session, act, host_id, data)
    return await _shown(session, principal, board, host_id)


@delete("/hosts/{host_id:int}", summary="Delete a host")
async def delete_host(host_id: FromPath[int], session: Session, act: Given[Act]) -> None:
    """With its history and keys."""
    await service.remove(session, act, host_id)


@post("/hosts/{host_id:int}/retry", status_code=200, summary="Connect to a host now")
async def retry_host(
    host_id: FromPath[int], session: Session, principal: Caller, act: Given[Act], board: Given[Board]
) -> HostView:
    """Also after refused logins, which are not repeated by themselves."""
    await service.retry(session, act, host_id)
    return await _shown(session, principal, board, host_id)


@get("/hosts/{host_id:int}/keys", summary="Show a host's keys")
async def show_keys(
    host_id: FromPath[int], session: Session, principal: Caller, board: Given[Board]
) -> schemas.KeysView:
    """Those approved, and the one that waits."""
    await service.get(session, principal, host_id)
    return await keys.view(session, board, host_id)


@post("/hosts/{host_id:int}/keys/approve", status_code=200, summary="Approve a host's key")
async def approve_key(
    *,
    host_id: FromPath[int],
    data: JSONBody[schemas.KeyApproval],
    session: Session,
    principal: Caller,
    act: Given[Act],
    board: Given[Board],
) -> HostView:
    """The fingerprint has to be the one that the host shows now."""
    row = await service.get(session, principal, host_id, Action.HOSTS_OPERATE)
    await keys.approve(session, act, board, row, data.fingerprint)
    return await _shown(session, principal, board, host_id)


@get("/hosts/{host_id:int}/events", summary="List what happened to a host")
async def list_events(
    *,
    host_id: FromPath[int],
    session: Session,
    principal: Caller,
    page: Given[Page],
    start: From = None,
    end: To = None,
) -> schemas.EventPage:
    """Newest first: up, down, reboots, keys, refused logins, switched on and off."""
    await service.get(session, principal, host_id)
    return await events.page(session, host_id, start=start, end=end, limit=page.limit, offset=page.offset)


@get("/hosts/{host_id:int}/collectors", summary="Show how the collectors fare on a host")
async def list_collectors(
    host_id: FromPath[int],
    session: Session,
    principal: Caller,
    board: Given[Board],
    collectors: Given[Mapping[str, Collector]],
) -> schemas.CollectorPage:
    """Duration, success and last error of each."""
    await service.get(session, principal, host_id)
    found = views.collectors(board.get(host_id), collectors.values())
    return schemas.CollectorPage(found, len(found))


@get("/hosts/{host_id:int}/latest", summary="Show a host's last frames")
async def show_latest(
    host_id: FromPath[int], session: Session, principal: Caller, board: Given[Board]
) -> schemas.LatestView:
    """Every figure as it was last read."""
    await service.get(session, principal, host_id)
    return views.latest(board.get(host_id))


@get("/hosts/{host_id:int}/processes", summary="Read a host's top processes")
async def show_processes(
    *,
    host_id: FromPath[int],
    database: Given[Database],
    principal: Caller,
    pool: Given[Pool],
    collectors: Given[Mapping[str, Collector]],
    clock: Given[Clock],
) -> schemas.ProcessesView:
    """Asks the host, which takes a moment."""
    async with database.session() as session:  # none is held while the host is asked
        await service.get(session, principal, host_id, Action.HOSTS_OPERATE)
    return await processes.read(pool, collectors, clock, host_id)


# groups


@get("/groups", summary="List groups")
async def list_groups(session: Session, principal: Caller) -> schemas.GroupPage:
    """The groups that you see, with the number of their hosts."""
    found = await groups.listing(session, principal)
    return schemas.GroupPage(found, len(found))


@post("/groups", summary="Make a group")
async def add_group(
    data: JSONBody[schemas.GroupInput], session: Session, principal: Caller, act: Given[Act]
) -> schemas.GroupView:
    """Rights are given by groups."""
    return await groups.view(session, principal, await groups.add(session, act, data.name))


@patch("/groups/{group_id:int}", summary="Rename a group")
async def rename_group(
    group_id: FromPath[int], data: JSONBody[schemas.GroupInput], session: Session, principal: Caller, act: Given[Act]
) -> schemas.GroupView:
    """Its hosts and rights stay."""
    await groups.rename(session, act, group_id, data.name)
    return await groups.view(session, principal, group_id)


@delete("/groups/{group_id:int}", summary="Delete a group")
async def delete_group(group_id: FromPath[int], session: Session, act: Given[Act]) -> None:
    """Its hosts stay; who saw them by this group only no longer does."""
    await groups.remove(session, act, group_id)


# credentials


@get("/credentials", summary="List credentials")
async def list_credentials(session: Session, principal: Caller) -> CredentialPage:
    """Your own; administrators see all. No secret is in any answer."""
    found = await secrets.listing(session, principal)
    return CredentialPage(found, len(found))


@post("/credentials", summary="Keep a credential")
async def add_credential(
    data: JSONBody[NewCredential], session: Session, principal: Caller, act: Given[Act]
) -> CredentialView:
    """It can be used and replaced, never read."""
    return await secrets.view(session, principal, await secrets.add(session, act, data))


@get("/credentials/{credential_id:int}", summary="Show a credential")
async def show_credential(credential_id: FromPath[int], session: Session, principal: Caller) -> CredentialView:
    """Without its secret."""
    return await secrets.view(session, principal, credential_id)


@patch("/credentials/{credential_id:int}", summary="Change a credential")
async def change_credential(
    credential_id: FromPath[int],
    data: JSONBody[CredentialChanges],
    session: Session,
    principal: Caller,
    act: Given[Act],
) -> CredentialView:
    """Rename it, or replace its secret; hosts that were refused log in anew."""
    await secrets.change(session, act, credential_id, data)
    return await secrets.view(session, principal, credential_id)


@delete("/credentials/{credential_id:int}", summary="Delete a credential")
async def delete_credential(credential_id: FromPath[int], session: Session, act: Given[Act]) -> None:
    """Only one that no host uses."""
    await secrets.remove(session, act, credential_id)


router = Router(
    "/",
    route_handlers=[
        list_hosts, add_host, test_host, change_hosts, list_tags,
        show_host, change_host, delete_host, retry_host, show_keys, approve_key,
        list_events, list_collectors, show_latest, show_processes,
        list_groups, add_group, rename_group, delete_group,
        list_credentials, add_credential, show_credential, change_credential, delete_credential,
    ],
    dependencies={"act": Provide(provide_act, sync_to_thread=False)},
    tags=["Hosts"],
)  # fmt: skip
