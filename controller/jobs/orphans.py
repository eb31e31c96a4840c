"""What may still run on hosts that could not be asked: looked for once they are back, and ended."""

from __future__ import annotations

import asyncio
from collections import defaultdict

import structlog
from sqlalchemy import update
from sqlalchemy.exc import SQLAlchemyError

from controller.core.db import Database
from controller.core.errors import AppError
from controller.core.secrets import Secret, VaultError
from controller.files.sudo import PasswordNeeded, SudoRefused
from controller.hosts import queries as host_queries
from controller.hosts.board import Board
from controller.hosts.states import HostState as BoardState
from controller.jobs import launching, queries, remote
from controller.jobs.kind import Become, Services
from controller.jobs.launching import Office
from controller.jobs.models import Job, JobHost
from controller.ssh.errors import LineError

log = structlog.get_logger()
PACE_S = 2.0
RETRY_S = 15.0  # a host that is up and could not be asked is asked again after this long
REFUSED_S = 3600.0  # and at most after this long, by and by, where sudo refuses: each time stands in the host's log
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
        self._not_before: dict[tuple[int, int], float] = {}  # by host and job
        self._waits: dict[tuple[int, int], float] = {}  # of those that were refused
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
            logins = {host.id: host.username for host in await host_queries.load(session, {at for at, _ in found})}
        self._left = bool(found)
        for book in (self._not_before, self._waits):
            for key in book.keys() - {(host_id, job.id) for host_id, job in found}:
                del book[key]
        by_host: dict[int, list[Job]] = defaultdict(list)
        now = self._services.clock.monotonic()
        for host_id, job in found:
            status = self._board.get(host_id)
            up = status is not None and status.state is BoardState.UP
            if status is None or (up and self._not_before.get((host_id, job.id), 0.0) <= now):
                by_host[host_id].append(job)
        limit = asyncio.Semaphore(AT_ONCE)

        async def one(host_id: int, left: list[Job]) -> None:
            async with limit:
                await self._host(host_id, logins.get(host_id), left)

        await asyncio.gather(*(one(host_id, left) for host_id, left in by_host.items()))

    async def _host(self, host_id: int, login: str | None, left: list[Job]) -> None:
        if self._board.get(host_id) is None or login is None:
            await self._write(host_id, [job.id for job in left], "The host is no longer known to Moorline.")
            return
        for job in left:
            try:
                ended, still = await self._end(host_id, login, job)
            except (LineError, TimeoutError) as error:
                log.info("jobs.left_not_asked", host_id=host_id, job_id=job.id, error=str(error)[:200])
                for one in left:
                    self._later(host_id, one.id)
                return
            except AppError as error:
                self._later(host_id, job.id, refused=error.detail)
                continue  # it concerns this job alone
            if still:
                self._later(host_id, job.id)
                continue
            note = f"{ended} processes were still there later, and were ended." if ended else ""
            await self._write(host_id, [job.id], note)

    def _later(self, host_id: int, job_id: int, refused: str = "") -> None:
        """Ask again in a while."""
        key = host_id, job_id
        wait_s = RETRY_S
        if refused:
            if key not in self._waits:
                log.warning("jobs.left_not_asked", host_id=host_id, job_id=job_id, error=refused[:200])
            wait_s = self._waits[key] = min(self._waits.get(key, RETRY_S) * 2, REFUSED_S)
        self._not_before[key] = self._services.clock.monotonic() + wait_s

    async def _end(self, host_id: int, login: str, job: Job) -> tuple[int, int]:
        """As the login account, which sees its own processes alone, then as whom the job became: see `end_marked`.

        What was not to become anybody may have done so by itself (a playbook's `become`, sudo in a command): it is
        looked for as root where sudo lets us, and where it does not, it did not let the job either.
        """
        found = await remote.end_marked(self._services, remote.Where(host_id, login), job.mark)
        user = "root" if job.become is None else str(job.become["user"])
        if login in {"root", user}:
            return found
        where = remote.Where(host_id, login, Become(user, self._password(job)))
        try:
            more = await remote.end_marked(self._services, where, job.mark)
        except (SudoRefused, PasswordNeeded):
            if job.become is None:
                return found
            raise
        return found[0] + more[0], more[1]

    def _password(self, job: Job) -> Secret | None:
        """What was typed for sudo when it was launched."""
        try:
            _, password = launching.opened(self._office.vault, job)
        except VaultError:
            return None
        return None if password is None else Secret(password)

    async def _write(self, host_id: int, job_ids: list[int], note: str) -> None:
        async with self._database.session() as session:
            where = (JobHost.host_id == host_id, JobHost.job_id.in_(job_ids), JobHost.may_still_run)
            values = {"may_still_run": False} | ({"note": JobHost.note + " " + note} if note else {})
            await session.execute(update(JobHost).where(*where).values(values))
