"""The same on many hosts: what one of them comes to is no other's matter."""

from __future__ import annotations

from controller.core.clock import SystemClock
from controller.jobs import fanout
from controller.jobs.kind import Limits, RunningJob, Target
from controller.jobs.running import Run
from controller.jobs.states import HostState

TARGETS = tuple(Target(number, f"web-{number}", "192.0.2.7", 22, "root") for number in (1, 2, 3))


def job(**limits: int) -> RunningJob:
    """A job on three hosts."""
    return RunningJob(
        id=1, kind="command", name="true", spec=None, targets=TARGETS, params={}, become=None, limits=Limits(**limits),
        check=False, diff=False, mark="m", launched_by="ann", user_id=1,
    )  # fmt: skip


async def outcome(**limits: int) -> dict[int, tuple[HostState, bool, str]]:
    """How each host came out when the second meets a mistake of ours."""
    run = Run(1, [(one.host_id, one.name) for one in TARGETS], (), Limits(), SystemClock())

    async def one(target: Target) -> bool:
        if target.host_id == 2:
            raise LookupError("secret words")
        run.host_ended(target.host_id, HostState.OK)
        return True

    await fanout.each(job(**limits), run, one)
    return {number: (host.state, host.may_still_run, host.note) for number, host in run.hosts.items()}


async def test_a_mistake_of_ours_on_one_host_is_that_hosts_failure() -> None:
    found = await outcome()
    assert [state for state, _, _ in found.values()] == [HostState.OK, HostState.FAILED, HostState.OK]
    _, may_still_run, note = found[2]
    assert may_still_run
    assert note == "It failed for an unexpected reason (LookupError); Moorline's log says more."


async def test_it_counts_among_the_failures_that_stop_the_others() -> None:
    found = await outcome(parallel=1, stop_failed_percent=30)
    assert [state for state, _, _ in found.values()] == [HostState.OK, HostState.FAILED, HostState.SKIPPED]
