"""The composition root: everything is made here, bound together here, and nowhere else listed.

`Controller` is one running controller; `web` makes its HTTP side from it.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Collection, Mapping
from functools import partial
from typing import Any

import structlog
from litestar import Litestar, Router
from litestar.serialization import decode_json, encode_json
from litestar.types import ControllerRouterHandler
from sqlalchemy.engine import URL
from sqlalchemy.ext.asyncio import AsyncSession

from collectors import registry
from collectors.spec import Cadence, Collector
from controller.ansible import facts as ansible_facts
from controller.ansible.broker import Broker
from controller.ansible.routes import router as ansible_router
from controller.ansible.runs import Runs
from controller.audit.routes import router as audit_router
from controller.containers.board import ContainerBoard
from controller.containers.deeds import Desk
from controller.containers.feed import ContainerSources
from controller.containers.follow import Watch
from controller.containers.keeper import Keeper
from controller.containers.names import NameBook
from controller.containers.pulls import Pulls
from controller.containers.routes import router as containers_router
from controller.core import migrate
from controller.core.clock import Clock, SystemClock, utc_now
from controller.core.db import Database, parse_url
from controller.core.events import Bus
from controller.core.postgres import EmbeddedPostgres
from controller.core.secrets import Keyring, Vault
from controller.core.settings import Settings
from controller.core.version import version
from controller.core.web import build
from controller.files.routes import router as files_router
from controller.files.service import Files, stored_password
from controller.gateway.access import Access
from controller.gateway.routes import router as gateway_router
from controller.gateway.server import Gateway
from controller.hosts.board import Board
from controller.hosts.directory import HostDirectory, open_vault
from controller.hosts.journal import Journal
from controller.hosts.news import GroupRemoved, HostChanged, HostRemoved
from controller.hosts.roll import Roll
from controller.hosts.routes import router as hosts_router
from controller.inventory_feed.routes import router as inventory_router
from controller.jobs import notices as job_notices
from controller.jobs import registry as job_kinds
from controller.jobs.engine import Engine
from controller.jobs.kind import Services
from controller.jobs.launching import Office
from controller.jobs.live import Lookers
from controller.jobs.news import FactsGathered, JobLong
from controller.jobs.ready import Ready
from controller.jobs.routes import router as jobs_router
from controller.jobs.schedules.ringer import Ringer
from controller.jobs.schedules.routes import router as schedules_router
from controller.jobs.workflows import notices as workflow_notices
from controller.jobs.workflows.conductor import Conductor
from controller.jobs.workflows.routes import router as workflows_router
from controller.library.routes import router as library_router
from controller.library.service import Library
from controller.library.shelf import Shelf
from controller.metrics.catalogue import Catalogue
from controller.metrics.frames import FrameWriter
from controller.metrics.live import LiveHub
from controller.metrics.partitions import Retention
from controller.metrics.queries import Charts
from controller.metrics.routes import MetricsController
from controller.metrics.upkeep import Upkeep
from controller.notify import of_hosts
from controller.notify import registry as channel_kinds
from controller.notify.courier import Courier
from controller.notify.routes import router as notify_router
from controller.onboarding.rotations import Rotations
from controller.onboarding.routes import router as onboarding_router
from controller.onboarding.service import Onboardings
from controller.polling.feed import Sources
from controller.polling.ingest import Ingest
from controller.polling.routes import live
from controller.polling.service import Poller
from controller.recordings import service as recordings
from controller.recordings.routes import router as recordings_router
from controller.recordings.service import RecordingStore
from controller.ssh.options import Options
from controller.ssh.pool import Pool
from controller.ssh.probe import log_in_again
from controller.ssh.target import LineStatus
from controller.terminal.manager import Terminals
from controller.terminal.routes import router as terminal_router
from controller.users import accounts, preferences
from controller.users import routes as users
from controller.users.door import Door

log = structlog.get_logger()

CONTAINERS = "containers"  # the collector's name
HANDLERS: list[ControllerRouterHandler] = [
    users.router,
    audit_router,
    hosts_router,
    containers_router,
    files_router,
    MetricsController,
    live,
    terminal_router,
    recordings_router,
    gateway_router,
    ansible_router,
    library_router,
    notify_router,
    jobs_router,
    onboarding_router,
    inventory_router,
    schedules_router,
    workflows_router,
]


@contextlib.asynccontextmanager
async def database_url(settings: Settings) -> AsyncIterator[URL]:
    """The address of the database to use: the one that is set, or the embedded one, started for that long."""
    if settings.database_url is not None:
        yield parse_url(settings.database_url)
        return
    server = EmbeddedPostgres(settings.data_dir)
    url = await server.start()
    try:
        yield url
    finally:
        await server.stop()


class Controller:
    """Everything of one controller but its web server."""

    def __init__(self, settings: Settings, database: Database, vault: Vault, clock: Clock | None = None) -> None:
        self.settings = settings
        self.database = database
        self.vault = vault
        self.clock = clock or SystemClock()
        self.collectors: Mapping[str, Collector] = registry.load()
        self.bus = Bus()
        self.board = Board(settings.down_after_s)
        self.roll = Roll(self.board, self.bus, self.clock)
        self.directory = HostDirectory(database, vault)
        options = Options(handshakes=settings.handshakes, keepalive_s=settings.keepalive_s * 0.9, clock=self.clock)
        self.pool = Pool(self.directory, options, self._line_changed)
        self.writer = FrameWriter(database, self.clock, settings.frame_buffer)
        self.upkeep = Upkeep(database, self.clock, read_retention)
        ticks_s = {Cadence.CORE: float(settings.tick_s), Cadence.SLOW: float(settings.slow_tick_s)}
        self.charts = Charts(Catalogue(self.collectors.values(), ticks_s), read_retention)
        self.hub = LiveHub(self._watch)
        self.ingest = Ingest(self.collectors, self.board, self.writer, self.hub, self.clock)
        self.poller = Poller(
            settings, pool=self.pool, board=self.board, ingest=self.ingest, hub=self.hub, collectors=self.collectors,
            clock=self.clock,
        )  # fmt: skip
        self.poller.listen(self.bus)
        self._make_containers(settings, database)
        self.courier = Courier(database, vault, self.clock, channel_kinds.load(), settings.base_url())
        of_hosts.listen(self.bus)
        self.journal = Journal(self.board, self.roll, database, self.bus, self.clock)
        self._make_terminals(settings, database)
        self.files = Files(self.pool, self.directory, database, self.bus, self.clock)
        self._make_jobs(settings, database)
        self.ways_in = Onboardings(
            database=database, directory=self.directory, pool=self.pool, board=self.board, jobs=self.jobs.office,
            bus=self.bus, vault=vault, clock=self.clock, collectors=self.collectors,
        )  # fmt: skip
        self.rotations = Rotations(self.ways_in.bench)
        self.door = Door(settings, database, self.clock)
        self.bus.listen(GroupRemoved, self._group_removed)
        self._tasks: set[asyncio.Task[None]] = set()

    def _make_terminals(self, settings: Settings, database: Database) -> None:
        """Terminals, what they showed, and the way to them by SSH."""
        self.recordings = RecordingStore(database, self.vault, self.clock, settings.data_dir / "recordings")
        self.terminals = Terminals(
            self.pool, board=self.board, database=database, bus=self.bus, clock=self.clock, recorders=self.recordings,
            limits=read_terminal_limits,
        )  # fmt: skip
        self.gateway = Gateway(
            settings, access=Access(database, self.clock), fleet=self.pool, terminals=self.terminals,
            recorders=self.recordings, bus=self.bus, clock=self.clock,
        )  # fmt: skip

    def _make_containers(self, settings: Settings, database: Database) -> None:
        """Containers, and the live feed that shows them beside the hosts."""
        self.container_board = ContainerBoard(self._containers_changed)
        self.names = NameBook(database, self.clock)
        self.keeper = Keeper(
            self.pool, self.container_board, self.names, self.writer, self.clock, tick_s=settings.tick_s,
            fares=lambda host_id, fare: self.board.health(host_id, CONTAINERS, fare),
        )  # fmt: skip
        self.desk = Desk(database, self.container_board, self.keeper)
        self.pulls = Pulls(self.clock)
        self.rights_watch = Watch(self.bus)
        shown = ContainerSources(self.container_board, self.board, database, self.clock, self.keeper.watch)
        self.sources = Sources(self.board, self.hub, database, self.bus, self.clock, containers=shown)
        self.bus.listen(HostRemoved, lambda news: self._forget_containers(news.host_id))
        self.bus.listen(HostChanged, lambda news: None if news.enabled else self._forget_containers(news.host_id))

    def _make_jobs(self, settings: Settings, database: Database) -> None:
        """Jobs, and what playbooks need."""
        folder = settings.data_dir / "ansible"
        self.ansible = Runs(Broker(self.pool, folder, partial(log_in_again, self.pool)), folder)
        self.shelf = Shelf(database, self.vault, settings.data_dir / "library")
        self.library = Library(self.shelf, database, self.vault, self.clock, self.bus)
        more = {
            "ansible_runs": self.ansible,
            "ansible_facts": self._ansible_facts,
            "playbook_shelf": self.shelf,
            "second_login": partial(log_in_again, self.pool),
        }
        self.jobs = Engine(
            database,
            self.board,
            Office(job_kinds.load(), self.vault, self.bus, self.clock),
            Services(self.pool, Ready(self.pool), self.clock, partial(stored_password, self.directory), more),
        )
        self.ringer = Ringer(database, self.jobs.office)
        self.conductor = Conductor(database, self.jobs.office)
        job_notices.listen(self.bus, self.clock)
        workflow_notices.listen(self.bus, self.clock)
        self.bus.listen(JobLong, self._job_long)
        self.lookers = Lookers(self.jobs, self.bus)
        self.bus.listen(FactsGathered, lambda news: self._spawn(self._keep_facts(news), "ansible facts"))

    async def _ansible_facts(self, ids: Collection[int]) -> Mapping[int, Any]:
        async with self.database.session() as session:
            return await ansible_facts.of(session, ids)

    async def _keep_facts(self, news: FactsGathered) -> None:
        async with self.database.session() as session:
            await ansible_facts.keep(session, news.host_id, news.facts, news.job_id, utc_now(self.clock))

    def _containers_changed(self, host_id: int) -> None:
        self.keeper.changed(host_id)
        self.sources.containers_changed(host_id)

    def _forget_containers(self, host_id: int) -> None:
        self.keeper.forget(host_id)
        self.names.forget(host_id)
        self.pulls.forget(host_id)

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Poll, store and judge for as long as the context lasts; what waits is written at the end."""
        async with self.database.session() as session:
            await self.roll.fill(session)
        await self.recordings.open()
        await self.files.start()
        self.upkeep.start()
        self.writer.start()
        self.poller.start()
        self.terminals.start()
        self._spawn(self.journal.run(), "journal")
        self._spawn(self._sweep(), "live windows")
        self._spawn(self.recordings.run(), "recordings")
        self._spawn(self.courier.run(), "courier")
        try:
            await self.ansible.open()
            await self.jobs.start()
            self._spawn(self.ringer.run(), "schedules")
            self._spawn(self.conductor.run(), "workflows")
            await self.gateway.open()
            await self.ways_in.start()
            await self.rotations.start()
            yield
        finally:
            await self.rotations.close()
            await self.ways_in.close()
            await self.gateway.close()
            await self.jobs.close()
            await self.library.close()
            await self.ansible.close()
            await self.terminals.close()
            await self.recordings.close()
            await self.files.close()
            await self.poller.close()
            await self.pulls.close()
            await self.keeper.close()
            await self.pool.close()
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)
            await self.upkeep.close()
            await self.writer.close()

    def web(self) -> Litestar:
        """The HTTP side."""
        return build(
            [Router("/api/v1", route_handlers=HANDLERS)],
            doorkeeper=users.doorkeeper,
            state=self.state(),
            dependencies=users.DEPENDENCIES,
            version=version(),
        )

    def state(self) -> dict[str, Any]:
        """What routes may ask for by name."""
        return {
            "settings": self.settings,
            "database": self.database,
            "bus": self.bus,
            "vault": self.vault,
            "clock": self.clock,
            "board": self.board,
            "pool": self.pool,
            "directory": self.directory,
            "collectors": self.collectors,
            "charts": self.charts,
            "sources": self.sources,
            "door": self.door,
            "recordings": self.recordings,
            "terminals": self.terminals,
            "gateway": self.gateway,
            "container_board": self.container_board,
            "desk": self.desk,
            "pulls": self.pulls,
            "rights_watch": self.rights_watch,
            "file_desk": self.files,
            "courier": self.courier,
            "job_engine": self.jobs,
            "lookers": self.lookers,
            "library": self.library,
            "ways_in": self.ways_in,
            "rotations": self.rotations,
        }

    def _line_changed(self, host_id: int, line: LineStatus) -> None:
        self.poller.line_changed(host_id, line)
        self.keeper.line_changed(host_id, line)

    def _watch(self, host_id: int, on: bool) -> None:
        self.poller.watch(host_id, on)

    def _job_long(self, news: JobLong) -> None:
        self._spawn(job_notices.tell_long(self.database, self.clock, news), "job takes long")

    def _group_removed(self, news: GroupRemoved) -> None:
        self._spawn(self._forget_group(news.group_id), "group removed")

    async def _forget_group(self, group_id: int) -> None:
        async with self.database.session() as session:
            await accounts.forget_group(session, group_id)

    async def _sweep(self) -> None:
        while True:
            await asyncio.sleep(60)
            self.hub.sweep(self.clock.now())

    def _spawn(self, work: Any, name: str) -> None:
        task = asyncio.create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


async def read_retention(session: AsyncSession) -> Retention:
    """How long history is kept, as administrators set it."""
    kept = (await preferences.read(session)).retention
    return Retention(kept.raw_days, kept.minute_days, kept.ten_minute_days, kept.hour_days)


async def read_terminal_limits(session: AsyncSession) -> preferences.TerminalLimits:
    """How many terminals a user may have and for how long, as administrators set it."""
    return (await preferences.read(session)).terminal


async def prepare(settings: Settings, url: URL) -> tuple[Database, Vault]:
    """The database with all tables, and the vault. Raises VaultError when the key file does not open what is stored."""
    await asyncio.to_thread(migrate.upgrade, url)
    database = Database(url)
    try:
        async with database.session() as session:
            return database, await vault(session, settings)
    except BaseException:
        await database.close()
        raise


async def vault(session: AsyncSession, settings: Settings) -> Vault:
    """What seals and opens the secrets of all slices. Raises VaultError as `open_vault` does."""
    return await open_vault(session, settings.master_key_path(), (recordings.samples,))


def openapi() -> dict[str, Any]:
    """The OpenAPI document of the routes; nothing is started for it."""
    settings = Settings()
    vault = Vault(Keyring({b"none": bytes(32)}))
    database = Database(parse_url("postgresql://nowhere/none"))
    schema = Controller(settings, database, vault).web().openapi_schema.to_schema()
    plain: dict[str, Any] = decode_json(encode_json(schema))  # default values are objects of ours
    return plain
