"""The engine: begins what is pending, lets it run, and says how it ended, also after a restart."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass
from typing import Any

import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

from controller.core.clock import utc_now
from controller.core.db import Database
from controller.core.errors import AppError, unexpected
from controller.core.secrets import VaultError
from controller.hosts.board import Board
from controller.hosts.news import GroupRemoved, HostChanged, HostRemoved
from controller.jobs import begin, queries, service, upkeep
from controller.jobs.kind import Executor, RunningJob, Services
from controller.jobs.launching import Office
from controller.jobs.models import Job
from controller.jobs.news import JobLong, JobQueued, JobStarted, StopAsked
from controller.jobs.orphans import Orphans
from controller.jobs.running import Run
from controller.jobs.states import HOST_OPEN, HostState, JobState, count, outcome
from controller.jobs.writer import Writer
from controller.ssh.errors import LineError
from controller.users.news import RightsChanged

log = structlog.get_logger()
JOBS_AT_ONCE = 20
RETRY_S = 2.0
STOP_S = 30.0  # executors that were told to end, and the database, get so long at the controller's end
RESTARTED = "Moorline was ended while it ran."
STOPPED = "Moorline was stopped while it ran."


@dataclass(slots=True)
class Active:
    """A job that runs. `why`: what ends it, if anything does."""

    job: RunningJob
    run: Run
    lock: str
    template_id: int | None
    task: asyncio.Task[None] | None = None
    why: tuple[JobState, str, str] | None = None  # state, code, note

    @property
    def host_ids(self) -> set[int]:
        """Where."""
        return set(self.run.hosts)


class Engine:
    """All jobs of this controller. `active`: those that run, by id."""

    def __init__(self, database: Database, board: Board, office: Office, services: Services) -> None:
        self.database = database
        self.board = board
        self.office = office
        self.services = services
        self.active: dict[int, Active] = {}
        self._wake = asyncio.Event()
        self._doubtful = False
        self._closing = False
        self._tasks: set[asyncio.Task[None]] = set()
        self._executors: dict[str, Executor] = {
            name: kind.make(self.services) for name, kind in self.office.kinds.items()
        }
        self.orphans = Orphans(self.database, self.board, self.services, self.office)
        bus = self.office.bus
        bus.listen(JobQueued, lambda _: self._wake.set())
        bus.listen(StopAsked, lambda news: self.stop(news.job_id, JobState.CANCELED, "canceled", news.why))
        for kind in (RightsChanged, HostChanged, HostRemoved, GroupRemoved):
            bus.listen(kind, self._rights_changed)

    # its life

    async def start(self) -> None:
        """Say of what an earlier controller left behind how it ended, and go on with what waits."""
        async with self.database.session() as session:
            await upkeep.seed(session, self.office)
            for row in await queries.running(session):
                await self._interrupted(session, row)
        self._wake.set()
        self._spawn(self._dispatch(), "jobs")
        self._spawn(self.orphans.run(), "jobs: what was left")
        self._spawn(upkeep.keep(self.database, self.office), "jobs: history")

    async def close(self) -> None:
        """End everything that runs, on the hosts too. Call it while the pool is open."""
        self._closing = True
        for active in list(self.active.values()):
            self.stop(active.job.id, JobState.INTERRUPTED, "stopped", STOPPED)
        running = [active.task for active in self.active.values() if active.task is not None]
        if running:
            await asyncio.wait(running, timeout=STOP_S)  # what is not written by then, the next start finds
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.services.ready.close()

    def stop(self, job_id: int, state: JobState, code: str, note: str) -> None:
        """End a running job; what it did not finish is in that state. Harmless for one that does not run."""
        active = self.active.get(job_id)
        if active is not None and active.why is None and active.task is not None:
            active.why = (state, code, note)
            active.task.cancel()

    # beginning

    async def _dispatch(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            try:
                if self._doubtful:
                    self._doubtful = False
                    await self._look_at_rights()
                await self._begin_what_can()
            except (SQLAlchemyError, OSError) as error:
                log.warning("jobs.database_away", error=str(error)[:300])
                self._wake.set()
                await asyncio.sleep(RETRY_S)

    async def _begin_what_can(self) -> None:
        async with self.database.session() as session:
            pending = [(row.id, row.lock, row.template_id) for row in await queries.waiting(session)]
            held = {
                job_id: {
                    host.host_id
                    for host in await queries.hosts(session, None, [job_id])
                    if host.state == HostState.PENDING
                }
                for job_id, lock, _ in pending
                if lock == "host"
            }
        blocked: set[int] = set()  # hosts that an older job waits for: it is not overtaken
        for job_id, lock, template_id in pending:
            if len(self.active) >= JOBS_AT_ONCE or self._closing:
                return
            if job_id in self.active or self._locked(lock, template_id, held.get(job_id, set()), blocked):
                blocked |= held.get(job_id, set())
                continue
            await self._begin(job_id)

    def _locked(self, lock: str, template_id: int | None, host_ids: set[int], blocked: set[int]) -> bool:
        if lock == "template":
            return any(one.lock == "template" and one.template_id == template_id for one in self.active.values())
        busy = [one.host_ids for one in self.active.values() if one.lock == "host"]
        return lock == "host" and not host_ids.isdisjoint(blocked.union(*busy))

    async def _begin(self, job_id: int) -> None:
        async with self.database.session() as session:
            row = await queries.lock(session, job_id)
            if row is None or row.state != JobState.PENDING:
                return
            try:
                job, run = await begin.prepare(session, self.office, self.board, row)
            except (AppError, VaultError) as error:
                detail = error.detail if isinstance(error, AppError) else f"Its secrets do not open: {error}."
                code = error.code if isinstance(error, AppError) else "vault"
                await service.end_unbegun(session, self.office, row, JobState.FAILED, code=code, note=detail)
                return
            row.state, row.started_at = JobState.RUNNING.value, utc_now(self.office.clock)
            self.office.bus.publish_after_commit(session, JobStarted(job_id))
            active = Active(job, run, row.lock, row.template_id)
        self.active[job_id] = active
        active.task = asyncio.create_task(self._run(active), name=f"job {job_id}")
        self._tasks.add(active.task)
        active.task.add_done_callback(self._tasks.discard)

    # running

    async def _run(self, active: Active) -> None:
        job, run = active.job, active.run
        writer = Writer(self.database, self.office.bus, run)
        writing = asyncio.create_task(writer.loop(), name=f"job {job.id}: output")
        state, code, note = JobState.FAILED, "", ""
        try:
            state, code, note = await self._executed(active)
        finally:
            writer.end()
            await asyncio.shield(self._settle(active, writing, writer, (state, code, note)))

    async def _executed(self, active: Active) -> tuple[JobState, str, str]:
        """How it ended: state, code, note."""
        job, run = active.job, active.run
        limit = job.limits.job_timeout_s or None
        long = self._long(job.id, job.limits.long_after_s)
        try:
            async with asyncio.timeout(limit):
                await self._executors[job.kind].run(job, run)
        except asyncio.CancelledError:
            state, code, note = active.why or (JobState.INTERRUPTED, "stopped", STOPPED)
            ended = HostState.CANCELED if state is JobState.CANCELED else HostState.INTERRUPTED
            run.close(ended, note, never_begun=ended, may_still_run=True)
            return state, code, note
        except TimeoutError:
            note = f"It did not end within {limit} s and was ended."
            run.close(HostState.FAILED, note, never_begun=HostState.SKIPPED, may_still_run=True)
            return JobState.FAILED, "timeout", note
        except (AppError, LineError) as error:
            note = error.detail if isinstance(error, AppError) else error.sentence
            run.close(HostState.FAILED, note, never_begun=HostState.SKIPPED)
            return JobState.FAILED, error.code, note
        except Exception as error:  # the edge of the background work: it must not vanish without a word
            log.exception("jobs.executor_failed", job_id=job.id)
            note = unexpected(error)
            run.close(HostState.FAILED, note, never_begun=HostState.SKIPPED, may_still_run=True)
            return JobState.FAILED, "internal", note
        finally:
            if long is not None:
                long.cancel()
        run.close(HostState.FAILED, "It came to no end here.", never_begun=HostState.SKIPPED)
        return outcome(run.counts), "", ""

    def _long(self, job_id: int, after_s: int) -> asyncio.TimerHandle | None:
        if not after_s:
            return None
        loop = asyncio.get_running_loop()
        return loop.call_later(after_s, self.office.bus.publish, JobLong(job_id, after_s))

    async def _settle(
        self, active: Active, writing: asyncio.Task[None], writer: Writer, how: tuple[JobState, str, str]
    ) -> None:
        """Write everything, and how it ended, before anybody hears of it."""
        run = active.run
        state, code, note = how
        await writing
        await writer.finish()
        while True:
            try:
                async with self.database.session() as session:
                    row = await queries.lock(session, active.job.id)
                    if row is not None:
                        row.state = state.value
                        row.code, row.note, row.ended_at = code, note[:1000], utc_now(self.office.clock)
                        service.tell_end(session, self.office, row)
                break
            except (SQLAlchemyError, OSError) as error:
                log.warning("jobs.end_not_stored", job_id=active.job.id, error=str(error)[:300])
                await asyncio.sleep(RETRY_S)
        self.active.pop(active.job.id, None)
        run.version += 1
        run.changed()
        self._wake.set()
        self.orphans.look()

    # after a restart, and when rights go

    async def _interrupted(self, session: AsyncSession, row: Job) -> None:
        for host in await queries.hosts(session, None, [row.id]):
            if host.state in HOST_OPEN:
                host.may_still_run = host.state == HostState.RUNNING
                host.state, host.note = HostState.INTERRUPTED.value, RESTARTED
                host.ended_at = utc_now(self.office.clock) if host.started_at is not None else None
        row.state, row.code, row.note = JobState.INTERRUPTED.value, "restarted", RESTARTED
        row.ended_at = utc_now(self.office.clock)
        hosts = await queries.hosts(session, None, [row.id])
        row.counts = count(HostState(host.state) for host in hosts)
        service.tell_end(session, self.office, row)

    def _rights_changed(self, _: object) -> None:
        if self.active:
            self._doubtful = True
            self._wake.set()

    async def _look_at_rights(self) -> None:
        """End what its launcher may no longer do."""
        for active in list(self.active.values()):
            async with self.database.session() as session:
                row = await session.get(Job, active.job.id)
                lost = row is not None and await begin.lost_rights(session, self.office, row)
            if lost:
                words = "Whoever launched it may no longer run tasks on all of its hosts."
                self.stop(active.job.id, JobState.CANCELED, "rights_gone", words)

    def _spawn(self, work: Coroutine[Any, Any, None], name: str) -> None:
        task = asyncio.create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
