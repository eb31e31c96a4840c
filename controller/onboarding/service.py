"""Ways in: begun, gone on with, ended; each in the background, with every step's outcome written down as it comes."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from time import monotonic

import structlog
from msgspec import structs

from collectors.spec import Collector
from controller.audit import service as audit
from controller.audit.service import Actor
from controller.core.clock import Clock, utc_now
from controller.core.db import Database
from controller.core.errors import AppError, Conflict, FieldError, Invalid, NotFound
from controller.core.events import Bus
from controller.core.secrets import Secret, Vault
from controller.hosts import credentials, groups, rules
from controller.hosts import queries as host_queries
from controller.hosts import service as hosts
from controller.hosts.directory import HostDirectory
from controller.onboarding import account, queries, steps
from controller.onboarding.models import Onboarding
from controller.onboarding.run import ENDED, RESUMABLE, STEPS, Run, State, StepError, fresh_steps, kept_plan, of_row
from controller.onboarding.schemas import (
    ImportRowResult,
    NewOnboarding,
    OnboardingBatchResult,
    OnboardingResume,
    OnboardingStepView,
)
from controller.onboarding.steps import Bench
from controller.ssh import hostkeys
from controller.ssh.errors import LineError
from controller.ssh.pool import Pool
from controller.users.rights import Action, Principal, Role, require

log = structlog.get_logger()
AT_ONCE = 8  # handshakes by password cost both sides CPU, and a vendor's firewall counts them
BATCH_MOST = 500
PENDING_S = 3600.0  # a password waits so long for its host's key to be compared, and is forgotten then
KEPT = timedelta(days=30)
MEMORY = ("login", "look", "install")  # steps that are done anew at each attempt: they make or use the connection


class Onboardings:
    """All ways in."""

    def __init__(
        self,
        *,
        database: Database,
        directory: HostDirectory,
        pool: Pool,
        bus: Bus,
        vault: Vault,
        clock: Clock,
        collectors: Mapping[str, Collector],
    ) -> None:
        self._threads = ThreadPoolExecutor(AT_ONCE + 4, thread_name_prefix="onboarding")
        self.bench = Bench(database, directory, pool, bus, vault, clock, collectors, self._threads)
        self._gate = asyncio.Semaphore(AT_ONCE)
        self._runs: dict[int, Run] = {}
        self._closing = False

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
        self._closing = True
        tasks = [run.task for run in self._runs.values() if run.task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._threads.shutdown(wait=False, cancel_futures=True)

    # for the routes

    async def begin(
        self, principal: Principal, actor: Actor, new: NewOnboarding, batch: str | None = None, expected: str = ""
    ) -> int:
        """Begin one; its id.

        `expected`: the fingerprint that its key must have. Raises Forbidden, Invalid, Conflict.
        """
        require(principal, Action.HOSTS_WRITE)
        new = await self._checked(principal, new)
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
                found={},
                credential_id=None,
                host_id=None,
                created_at=now,
                updated_at=now,
            )
            detail = {"address": new.address, "port": new.port, "access": new.access}
            await audit.record(
                session, actor, "onboarding.start", kind="onboarding", object_id=row.id, name=new.name, detail=detail
            )
        plan = structs.replace(new, password=None, new_password=None)
        run = Run(row.id, new.name, new.address, new.port, new.username, plan, principal, actor, batch=batch)
        run.host_key, run.steps, run.expected = new.host_key, fresh_steps(), expected
        run.password = Secret(new.password) if new.password else None
        run.new_password = Secret(new.new_password) if new.new_password else None
        self._set_off(run)
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
        return row, self._runs.get(onboarding_id)

    def running(self, onboarding_id: int) -> Run | None:
        """What the memory has of it."""
        return self._runs.get(onboarding_id)

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
        run.password = Secret(wish.password) if wish.password else None
        run.new_password = Secret(wish.new_password) if wish.new_password else None
        async with self.bench.database.session() as session:
            await audit.record(
                session, actor, "onboarding.resume", kind="onboarding", object_id=row.id, name=row.name, detail={}
            )
        self._set_off(run)

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
        self._runs.pop(row.id, None)

    # the work

    async def _checked(self, principal: Principal, new: NewOnboarding) -> NewOnboarding:
        """The wish in its canonical form. Raises Invalid that names the fields, Conflict."""
        found = rules.Findings()
        address = found.take("address", rules.address, new.address)
        tidy = structs.replace(
            new,
            address=address,
            name=found.take("name", rules.name, new.name or address),
            port=found.take("port", rules.port, new.port),
            username=found.take("username", rules.username, new.username),
            note=found.take("note", rules.note, new.note),
            tags=found.take("tags", rules.tags, new.tags),
        )
        for field in ("password", "new_password"):
            if getattr(new, field) is not None:
                found.take(field, rules.secret, getattr(new, field))
        if (new.password is None) == (new.login_credential_id is None):
            found.add("password", "Give the password of the account, or choose a key that is in place there.")
        if new.host_key is not None:
            try:
                tidy = structs.replace(tidy, host_key=hostkeys.read(new.host_key.strip()[:20_000]).line)
            except ValueError:
                found.add("host_key", "That is no public key of a host.")
        if new.account is not None:
            try:
                account.making(new.account.name, new.account.sudo)
            except ValueError as error:
                found.add("account.name", str(error))
        found.settle()
        await self._admitted(principal, tidy)
        return tidy

    async def _admitted(self, principal: Principal, new: NewOnboarding) -> None:
        """May the caller do this, with these credentials, and is name and place free? Raises what says no."""
        async with self.bench.database.session() as session:
            for chosen in (new.login_credential_id, new.key_credential_id):
                if chosen is not None:
                    await credentials.usable(session, principal, chosen)
            groups.merge(principal, await groups.known(session), new.group_ids)
            if new.host_id is not None:
                await hosts.get(session, principal, new.host_id, Action.HOSTS_WRITE)
                return
            twin = await host_queries.id_by_name(session, new.name)
            if twin is not None:
                message = "Another host has this name; choose a different one."
                raise Conflict(message, code="name_taken", errors=(FieldError("name", message),))

    def _set_off(self, run: Run) -> None:
        run.state = State.WAITING
        self._runs[run.id] = run
        run.task = asyncio.create_task(self._run(run), name=f"onboarding {run.id}")

    async def _run(self, run: Run) -> None:
        """All steps in order. However it ends, the password is forgotten and the end is written down."""
        try:
            await self._key(run)
            async with self._gate:
                run.state = State.RUNNING
                for name in STEPS:
                    if not (run.done(name) and name not in MEMORY):
                        await self._step(run, name)
            run.state = State.DONE
        except StepError:
            run.state = State.FAILED
        except asyncio.CancelledError:
            self._break_off(run)
        except Exception:  # the edge of one way in: an oddity of one host must not be silent
            log.exception("onboarding.failed", onboarding_id=run.id)
            run.state = State.FAILED
        finally:
            contact, run.contact = run.contact, None
            run.forget()
            if contact is not None:
                self._threads.submit(contact.close)
            await asyncio.shield(self._finish(run))

    async def _key(self, run: Run) -> None:
        """See that the host's key is known and was compared before anything of a login is sent."""
        if run.host_key is not None:
            return
        async with self._gate:
            await self._step(run, "fingerprint")
        if run.expected:
            self._as_expected(run)
            return
        run.state = State.KEY_PENDING
        await self._save(run)
        try:
            async with asyncio.timeout(PENDING_S):
                await run.approved.wait()
        except TimeoutError:
            sentence = "Nobody compared the host's key within an hour; the password is forgotten. Go on to begin anew."
            run.host_key = None
            self._note(run, "fingerprint", "failed", "not_compared", sentence)
            raise StepError("not_compared", sentence) from None

    def _as_expected(self, run: Run) -> None:
        """The key that was found is the one whose fingerprint came with the host. Raises StepError."""
        if hostkeys.read(run.host_key or "").fingerprint != run.expected:
            sentence = f"The host shows another key than the one that was expected ({run.expected}). Find out why."
            self._note(run, "fingerprint", "failed", "key_differs", sentence)
            raise StepError("key_differs", sentence)

    async def _step(self, run: Run, name: str) -> None:
        began = monotonic()
        self._note(run, name, "running")
        await self._save(run)
        code, sentence, state = "", "", "failed"
        try:
            state, sentence = await steps.ALL[name](self.bench, run)
        except StepError as error:
            code, sentence = error.code, error.sentence
        except LineError as error:
            code, sentence = error.code, error.sentence
        except AppError as error:
            code, sentence = error.code, error.detail
        except Exception:
            self._note(
                run, name, "failed", "internal", "This went wrong in a way that Moorline does not know. See its log."
            )
            raise
        self._note(run, name, state, code, sentence, (monotonic() - began) * 1000)
        await self._save(run)
        if state == "failed":
            raise StepError(code, sentence)

    def _note(  # noqa: PLR0917
        self, run: Run, name: str, state: str, code: str = "", detail: str = "", duration_ms: float | None = None
    ) -> None:
        took = None if duration_ms is None else round(duration_ms, 1)
        run.steps[name] = OnboardingStepView(name, state, code, detail, utc_now(self.bench.clock), took)

    def _break_off(self, run: Run) -> None:
        run.state = State.INTERRUPTED if self._closing else State.CANCELED
        for name, step in run.steps.items():
            if step.state == "running":
                self._note(run, name, "failed", "canceled", CANCELED.get(name, "It was broken off."))

    async def _save(self, run: Run) -> None:
        async with self.bench.database.session() as session:
            await queries.save(session, run.id, **run.fields(utc_now(self.bench.clock)))

    async def _finish(self, run: Run) -> None:
        async with self.bench.database.session() as session:
            await queries.save(session, run.id, **run.fields(utc_now(self.bench.clock)))
            failed = next((step for step in run.steps.values() if step.state == "failed"), None)
            detail = {
                "state": run.state.value,
                "steps": [step.name for step in run.steps.values() if step.state == "done"],
                "failed": None if failed is None else failed.name,
                "host_id": run.host_id,
            }
            await audit.record(
                session,
                run.actor,
                "onboarding.finish",
                kind="onboarding",
                object_id=run.id,
                name=run.name,
                detail=detail,
            )


def sees_all(principal: Principal) -> bool:
    """May the principal look at what others began?"""
    return principal.role is Role.ADMIN and principal.all_hosts


INTERRUPTED = (
    "The controller ended in the middle of this step. What it had begun on the host is safe to do again; a change of "
    "sshd's settings takes itself back. Go on when you like."
)
CANCELED = {
    "install": "It was broken off: the key may be in place on the host already.",
    "account": "It was broken off: the account may have been made already.",
    "harden": "It was broken off: the host takes the change back by itself within a minute and a half.",
}
