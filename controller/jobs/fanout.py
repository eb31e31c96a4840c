"""The same on many hosts: so many at a time, batch after batch, until too many have failed."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator

import structlog

from controller.core.errors import AppError, unexpected
from controller.jobs import remote
from controller.jobs.kind import Report, RunningJob, Services, Target
from controller.jobs.remote import Broken, StillThere, Where
from controller.jobs.states import HostState
from controller.jobs.wrapper import Payload
from controller.ssh.errors import AuthFailed, HostKeyChanged, HostKeyUnknown, LineError

log = structlog.get_logger()
NO_USE = (AuthFailed, HostKeyChanged, HostKeyUnknown)  # a further try cannot help
One = Callable[[Target], Awaitable[bool]]
Judge = Callable[[int], HostState]


async def each(job: RunningJob, report: Report, one: One) -> None:
    """Call `one` for each host; it says whether it went well. What is not begun any more is skipped, and says why."""
    failed = 0
    stop_at = job.limits.stop_failed_percent * len(job.targets) / 100 if job.limits.stop_failed_percent else None

    def stopped() -> bool:
        return stop_at is not None and failed > 0 and failed >= stop_at

    async def worker(waiting: Iterator[Target]) -> None:
        nonlocal failed
        for target in waiting:
            if stopped():
                report.host_ended(target.host_id, HostState.SKIPPED, note="Too many hosts had failed before.")
                continue
            fine = await _guarded(job, report, one, target)  # before the count is read: others count meanwhile
            failed += not fine

    size = job.limits.batch or len(job.targets)
    for at in range(0, len(job.targets), size):
        waiting = iter(job.targets[at : at + size])
        async with asyncio.TaskGroup() as group:
            for number in range(min(job.limits.parallel, size, len(job.targets) - at)):
                group.create_task(worker(waiting), name=f"job {job.id}: worker {number}")


async def _guarded(job: RunningJob, report: Report, one: One, target: Target) -> bool:
    """A mistake of ours that shows on one host is that host's failure: the others go on."""
    try:
        return await one(target)
    except Exception as error:
        log.exception("jobs.host_failed", job_id=job.id, host_id=target.host_id)
        report.host_ended(target.host_id, HostState.FAILED, note=unexpected(error), may_still_run=True)
        return False


async def do(
    services: Services, job: RunningJob, report: Report, *, target: Target, payload: Payload, judge: Judge
) -> bool:
    """Run the payload on a host and report how it went; was it well? `judge` makes a state of the exit status."""
    for attempt in range(job.limits.retries + 1):
        report.host_started(target.host_id)
        try:
            return await _once(services, job, report, target=target, payload=payload, judge=judge)
        except LineError as error:
            if isinstance(error, NO_USE) or attempt == job.limits.retries:
                report.host_ended(target.host_id, HostState.UNREACHABLE, note=error.sentence)
                return False
        try:
            await asyncio.sleep(job.limits.retry_wait_s)
        except asyncio.CancelledError:
            report.host_ended(target.host_id, HostState.CANCELED, note="It was not reached.")
            raise
    return False


def keep_ready(services: Services, job: RunningJob) -> None:
    """Whoever has just run something on these hosts by hand is likely to go on: hold a shell ready on each."""
    if job.by_hand:
        services.ready.prepare(one.host_id for one in job.targets if Where(one.host_id, one.username, job.become).plain)


async def _once(
    services: Services, job: RunningJob, report: Report, *, target: Target, payload: Payload, judge: Judge
) -> bool:
    where = Where(target.host_id, target.username, job.become)
    timeout_s = job.limits.host_timeout_s or None
    end = report.host_ended
    try:
        ended, files = await remote.run(services, where, job.mark, payload, report, timeout_s=timeout_s)
    except asyncio.CancelledError:
        end(target.host_id, HostState.CANCELED)
        raise
    except StillThere:
        note = "The host did not say that it had ended. It is asked again once it answers."
        cancelled = (task := asyncio.current_task()) is not None and bool(task.cancelling())
        state = HostState.CANCELED if cancelled else HostState.FAILED
        end(target.host_id, state, note=note, may_still_run=True)
        if cancelled:
            raise asyncio.CancelledError from None
        return False
    except TimeoutError:
        end(target.host_id, HostState.FAILED, note=f"It did not end within {timeout_s} s and was ended.")
        return False
    except Broken as error:
        begun = "The connection broke while it ran" if error.begun else "It is not known whether it has begun"
        note = f"{begun}: {error.reason.sentence}"
        end(target.host_id, HostState.UNREACHABLE, note=note, may_still_run=True)
        return False
    except AppError as error:
        end(target.host_id, HostState.FAILED, note=error.detail)
        return False
    for file in files:
        cut = f"{file.size} bytes on the host, of which the first are kept." if file.size > len(file.data) else ""
        report.file(target.host_id, file.name, file.data, cut)
    state = judge(ended.status)
    end(target.host_id, state, exit_status=ended.status, note=_words(ended.status, state))
    return state in {HostState.OK, HostState.CHANGED}


def _words(status: int, state: HostState) -> str:
    if state is not HostState.FAILED:
        return ""
    if status > 128:
        return f"Ended by signal {status - 128}."
    return {126: "It could not be run.", 127: "There is no such command."}.get(status, f"Exit status {status}.")
