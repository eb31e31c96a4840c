"""What the steps of onboarding and of changes of keys work with."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from concurrent.futures import Executor
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

from sqlalchemy.ext.asyncio import AsyncSession

from collectors.spec import Collector
from controller.core.clock import Clock, utc_now
from controller.core.db import Database
from controller.core.errors import Forbidden
from controller.core.events import Bus
from controller.core.secrets import Vault
from controller.hosts.act import Act
from controller.hosts.board import Board
from controller.hosts.directory import HostDirectory
from controller.jobs.launching import Office
from controller.onboarding.run import Run
from controller.ssh.pool import Pool
from controller.users import sessions

T = TypeVar("T")
DONE, SKIPPED = "done", "skipped"
Outcome = tuple[str, str]  # state of the step, and a sentence


@dataclass(frozen=True, slots=True)
class Bench:
    """What the steps work with."""

    database: Database
    directory: HostDirectory
    pool: Pool
    board: Board
    jobs: Office
    bus: Bus
    vault: Vault
    clock: Clock
    collectors: Mapping[str, Collector]
    threads: Executor

    @asynccontextmanager
    async def acting(self, run: Run) -> AsyncIterator[tuple[AsyncSession, Act]]:
        """A transaction in which the run's maker acts, with the rights of now.

        Raises Forbidden when they have ended.
        """
        async with self.database.session() as session:
            now = utc_now(self.clock)
            principal = await sessions.renewed(session, run.principal, now, detached=True)
            if principal is None:
                raise Forbidden("Whoever began this may no longer do it; somebody else has to go on.", code="no_rights")
            yield session, Act(principal, run.actor, now, self.bus, self.vault)

    async def thread(self, work: Callable[..., T], *given: Any, **more: Any) -> T:
        """Run what blocks in a thread."""
        return await asyncio.get_running_loop().run_in_executor(self.threads, partial(work, *given, **more))


Step = Callable[[Bench, Run], Awaitable[Outcome]]
