"""What is done to containers, images and volumes: by whom it may be, and written down however it went.

The database holds no transaction while a host is asked. An entry says what the engine answered, in its own words.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from dataclasses import dataclass
from typing import TypeVar

from sqlalchemy.ext.asyncio import AsyncSession

from controller.containers.board import ContainerBoard, Entry
from controller.containers.engine import Engine
from controller.containers.errors import NoEngine
from controller.containers.keeper import Keeper
from controller.containers.schemas import BulkDeed, BulkItem, BulkResult, Deed
from controller.containers.shell import exec_command
from controller.core.db import Database
from controller.core.errors import AppError, Conflict, Invalid
from controller.hosts import service as hosts
from controller.hosts.act import Act
from controller.hosts.queries import HostRow
from controller.users.rights import Action, Principal, require

T = TypeVar("T")
BULK_AT_ONCE = 8
WORDS = 500  # of an engine's answer in an entry of the audit log


@dataclass(frozen=True, slots=True)
class Desk:
    """What a request about containers works with."""

    database: Database
    board: ContainerBoard
    keeper: Keeper


async def host(desk: Desk, principal: Principal, host_id: int, action: Action = Action.HOSTS_READ) -> HostRow:
    """The host, if the principal may do this there. Raises NotFound, Forbidden."""
    async with desk.database.session() as session:
        return await hosts.get(session, principal, host_id, action)


async def found(
    desk: Desk, principal: Principal, host_id: int, name: str, action: Action = Action.HOSTS_OPERATE
) -> tuple[HostRow, Entry]:
    """A container and its host, if the principal may do this there. Raises NotFound, Forbidden, NoSuchContainer."""
    row = await host(desk, principal, host_id, action)
    return row, desk.board.find(host_id, name)


def engine_of(desk: Desk, host_id: int, key: str | None) -> tuple[str, Engine]:
    """An engine of a host by its key, or the only one. Raises NoEngine, EngineAway, Invalid where there are several."""
    engines = desk.board.host(host_id).engines
    if key is None:
        if not engines:
            raise NoEngine("This host has neither Docker nor Podman.")
        up = [name for name, status in engines.items() if status.state == "up"]
        if len(up) > 1:
            raise Invalid(f"This host has several engines; say which: engine={' or engine='.join(sorted(up))}.")
        key = up[0] if up else next(iter(engines))
    return key, desk.keeper.engine(host_id, key)


async def recorded(desk: Desk, act: Act, row: HostRow, action: str, work: Awaitable[T], **detail: object) -> T:
    """Do it and write it down. Raises what it raises."""
    result = "ok"
    try:
        return await work
    except AppError as error:
        result = error.detail[:WORDS]
        raise
    except BaseException as error:
        result = f"broke off ({type(error).__name__})"
        raise
    finally:
        await asyncio.shield(_write(desk, act, row, action, {**detail, "result": result}))


async def _write(desk: Desk, act: Act, row: HostRow, action: str, detail: dict[str, object]) -> None:
    async with desk.database.session() as session:
        await write(session, act, row, action, **detail)


async def write(session: AsyncSession, act: Act, row: HostRow, action: str, **detail: object) -> None:
    """An entry in the audit log, under the host's name."""
    await act.record(session, action, "host", row.id, row.name, **detail)


def named(entry: Entry) -> dict[str, object]:
    """How the audit log names a container."""
    container = entry.container
    return {"container": container.name, "id": container.id[:12], "engine": entry.engine, "image": container.image}


async def apply(desk: Desk, act: Act, host_id: int, name: str, deed: Deed) -> tuple[HostRow, Entry]:
    """Start, stop and so on; the container as it is then. Raises NotFound, Forbidden, EngineRefused, EngineAway."""
    row, entry = await found(desk, act.principal, host_id, name)
    work = _apply(desk, entry, deed)
    await recorded(desk, act, row, f"container.{deed.action}", work, **named(entry))
    return row, desk.board.host(host_id).entries.get(entry.container.id, entry)


async def _apply(desk: Desk, entry: Entry, deed: Deed) -> None:
    engine = desk.keeper.engine(entry.host_id, entry.engine)
    identity = entry.container.id
    await engine.act(identity, deed.action, timeout_s=deed.timeout_s, signal=deed.signal)
    await desk.keeper.look(entry.host_id, entry.engine, identity)


async def remove(desk: Desk, act: Act, host_id: int, name: str, *, force: bool, volumes: bool) -> None:
    """Remove a container. Raises as `apply`."""
    row, entry = await found(desk, act.principal, host_id, name)
    work = _remove(desk, entry, force=force, volumes=volumes)
    await recorded(desk, act, row, "container.remove", work, **named(entry), force=force, volumes=volumes)


async def _remove(desk: Desk, entry: Entry, *, force: bool, volumes: bool) -> None:
    engine = desk.keeper.engine(entry.host_id, entry.engine)
    await engine.remove(entry.container.id, force=force, volumes=volumes)
    await desk.keeper.look(entry.host_id, entry.engine, entry.container.id)


async def bulk(desk: Desk, act: Act, wanted: BulkDeed) -> list[BulkResult]:
    """One thing to many containers, a few at a time; each with a result of its own."""
    require(act.principal, Action.HOSTS_OPERATE)
    gate = asyncio.Semaphore(BULK_AT_ONCE)

    async def one(item: BulkItem) -> BulkResult:
        async with gate:
            try:
                if wanted.action == "remove":
                    how = {"force": wanted.force, "volumes": wanted.volumes}
                    await remove(desk, act, item.host_id, item.container_id, **how)
                else:
                    await apply(desk, act, item.host_id, item.container_id, Deed(wanted.action))
            except AppError as error:
                return BulkResult(item.host_id, item.container_id, False, error.code, error.detail)
            return BulkResult(item.host_id, item.container_id, True)

    return list(await asyncio.gather(*(one(item) for item in dict.fromkeys(wanted.items))))


async def shell_line(desk: Desk, principal: Principal, host_id: int, name: str) -> str:
    """The line that opens a shell in a container, for a terminal on its host. For the terminal slice.

    Raises NotFound, Forbidden, NoSuchContainer, Conflict when it does not run.
    """
    _, entry = await found(desk, principal, host_id, name)
    if entry.container.state != "running":
        raise Conflict(f"{entry.container.name} does not run; start it first.", code="not_running")
    status = desk.board.host(host_id).engines.get(entry.engine)
    own = status is not None and status.uid != 0  # not the one that the programs take by themselves
    socket = status.socket if status is not None and own else None
    return exec_command(entry.engine.partition("-")[0], entry.container.id, socket=socket)
