"""What may still run on hosts that could not be asked: looked for once they are back, and ended."""

from __future__ import annotations

import asyncio
from collections import defaultdict

import structlog
from sqlalchemy import update
from sqlalchemy.exc import SQLAlchemyError

from controller.core.db import Database
from controller.core.errors import AppError
from controller.hosts.board import Board
from controller.hosts.states import HostState as BoardState
from controller.jobs import queries, remote
from controller.jobs.kind import Become, Services
from controller.jobs.launching import Office
from controller.jobs.models import JobHost
from controller.ssh.errors import LineError

log = structlog.get_logger()
PACE_S = 2.0
RETRY_S = 15.0  # a host that is up and could not be asked is asked again after this long
AT_ONCE = 20


class Orphans:
    """Looks after them for as long as the controller runs."""

    def __init__(self, database: Database, board: Board, services: Services, office: Office) -> None:
        self._database = database
        self._board = board
        self._services = services
        self._office = office
        self._look = asyncio.Event()
        self._look.set()
        self._not_before: dict[int, float] = {}
        self._left = True  # unknown at first

    def look(self) -> None:
        """A job has ended: there may be something."""
        self._left = True
        self._look.set()

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            await self._look.wait()
            try:
                await self.sweep()
            except (SQLAlchemyError, OSError) as error:
                log.warning("jobs.sweep_failed", error=str(error)[:300])
            if not self._left:
                self._look.clear()
            else:
                await asyncio.sleep(PACE_S)

    async def sweep(self) -> None:
        """Ask every host that is up of what was left there."""
        self._left = False
        async with self._database.session() as session:
            found = await queries.may_still_run(session)
        self._left = bool(found)
        by_host: dict[int, list[tuple[int, str, bool]]] = defaultdict(list)
        now = self._services.clock.monotonic()
        for job_id, host_id, mark, become in found:
            status = self._board.get(host_id)
            up = status is not None and status.state is BoardState.UP
            if status is None or (up and self._not_before.get(host_id, 0.0) <= now):
                by_host[host_id].append((job_id, mark, become))
        limit = asyncio.Semaphore(AT_ONCE)

        async def one(host_id: int, left: list[tuple[int, str, bool]]) -> None:
            async with limit:
                await self._host(host_id, left)

        await asyncio.gather(*(one(host_id, left) for host_id, left in by_host.items()))

    async def _host(self, host_id: int, left: list[tuple[int, str, bool]]) -> None:
        if self._board.get(host_id) is None:
            await self._write(host_id, [job_id for job_id, _, _ in left], "The host is no longer known to Moorline.")
            return
        for job_id, mark, become in left:
            try:
                where = remote.Where(host_id, become=Become() if become else None)
                ended, still = await remote.end_marked(self._services, where, mark)
            except (LineError, AppError, TimeoutError) as error:
                self._not_before[host_id] = self._services.clock.monotonic() + RETRY_S
                log.info("jobs.left_not_asked", host_id=host_id, job_id=job_id, error=str(error)[:200])
                return
            if still:
                self._not_before[host_id] = self._services.clock.monotonic() + RETRY_S
                continue
            note = f"{ended} processes were still there later, and were ended." if ended else ""
            await self._write(host_id, [job_id], note)

    async def _write(self, host_id: int, job_ids: list[int], note: str) -> None:
        async with self._database.session() as session:
            where = (JobHost.host_id == host_id, JobHost.job_id.in_(job_ids), JobHost.may_still_run)
            values = {"may_still_run": False} | ({"note": JobHost.note + " " + note} if note else {})
            await session.execute(update(JobHost).where(*where).values(values))
