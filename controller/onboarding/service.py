"""Ways in: begun, gone on with, ended; each in the background, with every step's outcome written down as it comes."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta

from msgspec import structs

from collectors.spec import Collector
from controller.audit import service as audit
from controller.audit.service import Actor
from controller.core.clock import Clock, utc_now
from controller.core.db import Database
from controller.core.errors import AppError, Conflict, Invalid, NotFound
from controller.core.events import Bus
from controller.core.secrets import Secret, Vault
from controller.hosts import rules
from controller.hosts.board import Board
from controller.hosts.directory import HostDirectory
from controller.jobs.launching import Office
from controller.onboarding import queries, settling, wishes
from controller.onboarding.attempts import AT_ONCE, INTERRUPTED, Attempts
from controller.onboarding.bench import Bench
from controller.onboarding.models import Onboarding
from controller.onboarding.run import ENDED, RESUMABLE, Run, State, fresh_steps, kept_plan, of_row
from controller.onboarding.schemas import ImportRowResult, NewOnboarding, OnboardingBatchResult, OnboardingResume
from controller.onboarding.wishes import sees_all
from controller.ssh import hostkeys
from controller.ssh.pool import Pool
from controller.users.rights import Action, Principal, require

BATCH_MOST = 500
KEPT = timedelta(days=30)


class Onboardings:
    """All ways in."""

    def __init__(
        self,
        *,
        database: Database,
        directory: HostDirectory,
        pool: Pool,
        board: Board,
        jobs: Office,
        bus: Bus,
        vault: Vault,
        clock: Clock,
        collectors: Mapping[str, Collector],
    ) -> None:
        self._threads = ThreadPoolExecutor(AT_ONCE + 4, thread_name_prefix="onboarding")
        self.bench = Bench(database, directory, pool, board, jobs, bus, vault, clock, collectors, self._threads)
        self._attempts = Attempts(self.bench)

    async def start(self) -> None:
        """Say of what an earlier run of the controller has left in the middle that it was interrupted."""
        async with self.bench.database.session() as session:
            now = utc_now(self.bench.clock)
            await queries.forget_old(session, now - KEPT)
            for row in await queries.unfinished(session):
                told = [
                    {**step, "state": "failed", "code": "interrupted", "detail": INTERRUPTED}
                    if step["state"] == "running"
                    else step
                    for step in row.steps
                ]
                await queries.save(session, row.id, state=State.INTERRUPTED.value, steps=told, updated_at=now)

    async def close(self) -> None:
        """End what runs; it is interrupted, and says so."""
        await self._attempts.close()
        self._threads.shutdown(wait=False, cancel_futures=True)

    # for the routes

    async def begin(
        self, principal: Principal, actor: Actor, new: NewOnboarding, batch: str | None = None, expected: str = ""
    ) -> int:
        """Begin one; its id.

        `expected`: the fingerprint that its key must have. Raises Forbidden, Invalid, Conflict.
        """
        require(principal, Action.HOSTS_WRITE)
        new = wishes.checked(new)
        found = await wishes.admitted(self.bench, principal, new)
        now = utc_now(self.bench.clock)
        async with self.bench.database.session() as session:
            row = await queries.add(
                session,
                batch=batch,
                user_id=principal.user_id,
                username=principal.username,
                name=new.name,
                address=new.address,
                port=new.port,
                account=new.username,
                state=State.WAITING.value,
                host_key=new.host_key,
                plan=kept_plan(new),
                steps=[],
                found=found,
                credential_id=None,
                host_id=None,
                created_at=now,
                updated_at=now,
            )
            detail = {"address": new.address, "port": new.port, "access": new.access}
            if new.jump_host_id is not None:
                detail["jump_host_id"] = new.jump_host_id
            if new.init is not None:
                detail["template"] = found["init_name"]
            await audit.record(
                session, actor, "onboarding.start", kind="onboarding", object_id=row.id, name=new.name, detail=detail
            )
        plan = structs.replace(new, password=None, new_password=None)
        run = Run(row.id, new.name, new.address, new.port, new.username, plan, principal, actor, batch=batch)
        run.host_key, run.steps, run.expected, run.found = new.host_key, fresh_steps(), expected, found
        run.password = Secret(new.password) if new.password else None
        run.new_password = Secret(new.new_password) if new.new_password else None
        self._attempts.set_off(run)
        return row.id

    async def begin_all(
        self, principal: Principal, actor: Actor, rows: Sequence[NewOnboarding]
    ) -> OnboardingBatchResult:
        """Begin many; one result for each, in the order given. Raises Forbidden, Invalid for too many."""
        require(principal, Action.HOSTS_WRITE)
        if not 0 < len(rows) <= BATCH_MOST:
            raise Invalid(f"Give 1 to {BATCH_MOST} rows at once.")
        return await self.begin_rows(principal, actor, [(index, new, "") for index, new in enumerate(rows)])

    async def begin_rows(
        self, principal: Principal, actor: Actor, rows: Sequence[tuple[int, NewOnboarding | ImportRowResult, str]]
    ) -> OnboardingBatchResult:
        """The same for rows that have numbers of their own, some of which were refused already."""
        require(principal, Action.HOSTS_WRITE)
        if len(rows) > BATCH_MOST:
            raise Invalid(f"Give 1 to {BATCH_MOST} rows at once.")
        batch = secrets.token_hex(6)
        results: list[ImportRowResult] = []
        for index, new, expected in rows:
            if isinstance(new, ImportRowResult):
                results.append(new)
                continue
            try:
                results.append(ImportRowResult(index, await self.begin(principal, actor, new, batch, expected)))
            except AppError as error:
                field = error.errors[0].field if error.errors else ""
                results.append(ImportRowResult(index, None, error.code, error.detail, field))
        return OnboardingBatchResult(batch, results)

    async def row(self, principal: Principal, onboarding_id: int) -> tuple[Onboarding, Run | None]:
        """One, as the table and the memory have it: the caller's own, or anybody's for who manages all.

        Raises NotFound.
        """
        require(principal, Action.HOSTS_WRITE)
        async with self.bench.database.session() as session:
            row = await queries.find(session, onboarding_id)
        if row is None or not (row.user_id == principal.user_id or sees_all(principal)):
            raise NotFound("There is no such onboarding.")
        return row, self._attempts.runs.get(onboarding_id)

    def running(self, onboarding_id: int) -> Run | None:
        """What the memory has of it."""
        return self._attempts.runs.get(onboarding_id)

    async def approve(self, principal: Principal, actor: Actor, onboarding_id: int, fingerprint: str) -> None:
        """The host's key was compared: go on. Raises NotFound, Conflict when another key is shown or none waits."""
        _, run = await self.row(principal, onboarding_id)
        if run is None or run.state is not State.KEY_PENDING or run.host_key is None:
            raise Conflict("No key waits for an approval here; look at how it stands now.", code="no_key")
        if hostkeys.read(run.host_key).fingerprint != fingerprint:
            raise Conflict("The host shows another key than that. Compare the one that is shown.", code="key_differs")
        async with self.bench.database.session() as session:
            await audit.record(
                session, actor, "onboarding.approve", kind="onboarding", object_id=run.id, name=run.name,
                detail={"fingerprint": fingerprint},
            )  # fmt: skip
        run.approved.set()

    async def approve_all(self, principal: Principal, actor: Actor, items: Mapping[str, str]) -> OnboardingBatchResult:
        """Many at once: onboarding's number → fingerprint; one result for each. Raises Forbidden."""
        require(principal, Action.HOSTS_WRITE)
        if len(items) > BATCH_MOST:
            raise Invalid(f"Approve up to {BATCH_MOST} at once.")
        results: list[ImportRowResult] = []
        for index, (number, fingerprint) in enumerate(items.items()):
            try:
                onboarding_id = int(number) if number.isascii() and number.isdigit() and len(number) < 19 else 0
                await self.approve(principal, actor, onboarding_id, fingerprint)
                results.append(ImportRowResult(index, onboarding_id))
            except AppError as error:
                results.append(ImportRowResult(index, None, error.code, error.detail))
        return OnboardingBatchResult("", results)

    async def resume(self, principal: Principal, actor: Actor, onboarding_id: int, wish: OnboardingResume) -> None:
        """Go on from the step that did not come to its end. Raises NotFound, Conflict while it runs, Invalid."""
        row, run = await self.row(principal, onboarding_id)
        if (run is not None and run.state not in ENDED) or State(row.state) not in RESUMABLE:
            raise Conflict("This is under way or done; there is nothing to go on with.", code="not_resumable")
        found = rules.Findings()
        for name in ("password", "new_password"):
            if getattr(wish, name):
                found.take(name, rules.secret, getattr(wish, name))
        found.settle()
        run = of_row(row, principal, actor)
        if wish.disable_password is not None:
            run.plan = structs.replace(run.plan, disable_password=wish.disable_password)
        if wish.without_init:
            run.plan = structs.replace(run.plan, init=None)
        run.password = Secret(wish.password) if wish.password else None
        run.new_password = Secret(wish.new_password) if wish.new_password else None
        async with self.bench.database.session() as session:
            await audit.record(
                session, actor, "onboarding.resume", kind="onboarding", object_id=row.id, name=row.name, detail={}
            )
        self._attempts.set_off(run)

    async def cancel(self, principal: Principal, actor: Actor, onboarding_id: int) -> None:
        """End it where it stands. What was done on the host stays, and is told. Raises NotFound, Conflict."""
        _, run = await self.row(principal, onboarding_id)
        if run is None or run.task is None or run.state in ENDED:
            raise Conflict("This is not under way.", code="not_running")
        async with self.bench.database.session() as session:
            await audit.record(
                session, actor, "onboarding.cancel", kind="onboarding", object_id=run.id, name=run.name, detail={}
            )
        run.task.cancel()
        with suppress(asyncio.CancelledError):
            await asyncio.wait({run.task}, timeout=10)
        if not run.done("init"):
            await settling.end_job(self.bench, run)

    async def remove(self, principal: Principal, actor: Actor, onboarding_id: int) -> None:
        """Forget how it went; host and key stay. Raises NotFound, Conflict while it runs."""
        row, run = await self.row(principal, onboarding_id)
        if run is not None and run.state not in ENDED:
            raise Conflict("This is under way; cancel it first.", code="running")
        async with self.bench.database.session() as session:
            await queries.remove(session, row.id)
            await audit.record(
                session, actor, "onboarding.delete", kind="onboarding", object_id=row.id, name=row.name, detail={}
            )
        self._attempts.runs.pop(row.id, None)
