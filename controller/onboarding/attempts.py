"""One attempt at a way in, in the background: every step's outcome is written down as it comes."""

from __future__ import annotations

import asyncio
from time import monotonic

import structlog

from controller.audit import service as audit
from controller.core.clock import utc_now
from controller.core.errors import AppError
from controller.onboarding import queries, steps
from controller.onboarding.bench import Bench
from controller.onboarding.run import AFTER, ENTRY, MEMORY, Run, State, StepError
from controller.onboarding.schemas import OnboardingStepView
from controller.ssh import hostkeys
from controller.ssh.errors import LineError

log = structlog.get_logger()
AT_ONCE = 8  # handshakes by password cost both sides CPU, and a vendor's firewall counts them
PENDING_S = 3600.0  # a password waits so long for its host's key to be compared, and is forgotten then
INTERRUPTED = (
    "The controller ended in the middle of this step. What it had begun on the host is safe to do again; a change of "
    "sshd's settings takes itself back. Go on when you like."
)
CANCELED = {
    "install": "It was broken off: the key may be in place on the host already.",
    "account": "It was broken off: the account may have been made already.",
    "harden": "It was broken off: the host takes the change back by itself within a minute and a half.",
    "init": "It was broken off, and its job with it; what that had done stays done.",
    "watch": "It was broken off: the host is in, and watched as soon as it answers.",
}


class Attempts:
    """All that are under way."""

    def __init__(self, bench: Bench) -> None:
        self._bench = bench
        self._gate = asyncio.Semaphore(AT_ONCE)
        self._closing = False
        self.runs: dict[int, Run] = {}

    async def close(self) -> None:
        """End what runs; it is interrupted, and says so."""
        self._closing = True
        tasks = [run.task for run in self.runs.values() if run.task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def set_off(self, run: Run) -> None:
        """Begin, or go on."""
        run.state = State.WAITING
        self.runs[run.id] = run
        run.task = asyncio.create_task(self._run(run), name=f"onboarding {run.id}")

    async def _run(self, run: Run) -> None:
        """All steps in order. However it ends, the password is forgotten and the end is written down."""
        try:
            await self._key(run)
            async with self._gate:
                run.state = State.RUNNING
                inside = run.inside
                for name in ENTRY:
                    if not run.done(name) or (name in MEMORY and not inside):
                        await self._step(run, name)
            for name in AFTER:  # others need not wait for a set-up, which may take long
                if not run.done(name):
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
                self._bench.threads.submit(contact.close)
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
            state, sentence = await steps.ALL[name](self._bench, run)
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
        run.steps[name] = OnboardingStepView(name, state, code, detail, utc_now(self._bench.clock), took)

    def _break_off(self, run: Run) -> None:
        run.state = State.INTERRUPTED if self._closing else State.CANCELED
        for name, step in run.steps.items():
            if step.state == "running":
                self._note(run, name, "failed", "canceled", CANCELED.get(name, "It was broken off."))

    async def _save(self, run: Run) -> None:
        async with self._bench.database.session() as session:
            await queries.save(session, run.id, **run.fields(utc_now(self._bench.clock)))

    async def _finish(self, run: Run) -> None:
        async with self._bench.database.session() as session:
            await queries.save(session, run.id, **run.fields(utc_now(self._bench.clock)))
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
