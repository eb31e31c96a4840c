"""However a run ends, nothing of it is left: here, and on the host."""

from __future__ import annotations

import asyncio
import os
import signal
from contextlib import suppress
from pathlib import Path

import pytest

from controller.ansible import processes
from controller.ansible.runs import Outcome
from tests.integration.ansible.conftest import Ground
from tests.integration.ssh.conftest import eventually
from tests.support.processes import named
from tests.support.sshd import Sshd

SLEEPING = """
- hosts: all
  gather_facts: false
  tasks:
    - shell: "sleep SECONDS4 & sleep SECONDS5"
      async: 1000
      poll: 0
    - shell: "sleep SECONDS6 & setsid sleep SECONDS7 & sleep SECONDS8"
"""
LOCAL = """
- hosts: all
  gather_facts: false
  tasks:
    - shell: "sleep SECONDS6 & setsid sleep SECONDS7 & sleep SECONDS8"
      delegate_to: localhost
"""


def sleepers(daemon: Sshd) -> list[int]:
    """All that the plays above start on or for the host, wherever: each test's sleep for a time of their own."""
    found = []
    seconds = f"{daemon.port}00".encode()
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                words = (entry / "cmdline").read_bytes().split(b"\0")
            except OSError:
                continue
            if words[0] == b"sleep" and words[1].startswith(seconds):
                found.append(int(entry.name))
    return found


async def begun(ground: Ground, play: str, daemon: Sshd, outcome: Outcome) -> asyncio.Task[Outcome]:
    """The run, once its last task sleeps."""
    task = asyncio.create_task(
        ground.run(play.replace("SECONDS", f"{daemon.port}00"), ground.host(daemon, 1), outcome=outcome)
    )
    await eventually(lambda: task.done() or len(sleepers(daemon)) >= (5 if play is SLEEPING else 3), 30)
    assert not task.done(), (ground.told(), outcome.said)
    return task


@pytest.mark.parametrize("play", [SLEEPING, LOCAL], ids=["on the host", "here"])
async def test_cancelled_nothing_goes_on_anywhere(ground: Ground, daemon: Sshd, play: str) -> None:
    outcome = Outcome()
    task = await begun(ground, play, daemon, outcome)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert sleepers(daemon) == []
    assert outcome.status == "canceled"
    assert outcome.may_still_run == frozenset()
    assert not list((ground.folder.parent / "ansible" / "runs").iterdir())
    assert processes.marked("MOORLINE_ANSIBLE_RUN", f"{ground.folder.parent}/") == []


async def kill_once(ground: Ground, daemon: Sshd, word: str, play: str) -> None:
    """Kill that process of a run in its middle, and look."""
    outcome = Outcome()
    task = await begun(ground, play, daemon, outcome)
    victim = named(word, os.getpid())[0]
    os.kill(victim, signal.SIGKILL)
    async with asyncio.timeout(20):
        await task
    assert outcome.status == "lost"
    assert sleepers(daemon) == []
    assert not list((ground.folder.parent / "ansible" / "runs").iterdir())


@pytest.mark.parametrize("play", [SLEEPING, LOCAL], ids=["on the host", "here"])
@pytest.mark.parametrize("word", ["worker.py", "ansible-playbook"])
async def test_a_killed_process_takes_its_run_along(ground: Ground, daemon: Sshd, word: str, play: str) -> None:
    await kill_once(ground, daemon, word, play)


@pytest.mark.long
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("word", ["worker.py", "ansible-playbook"])
async def test_killed_again_and_again(ground: Ground, daemon: Sshd, word: str) -> None:
    for turn in range(20):
        await kill_once(ground, daemon, word, (SLEEPING, LOCAL)[turn % 2])


async def test_a_host_that_cannot_be_asked_is_named(ground: Ground, daemon: Sshd) -> None:
    outcome = Outcome()
    task = await begun(ground, SLEEPING, daemon, outcome)
    left = sleepers(daemon)
    sessions = daemon.descendants()
    daemon.stop_listening()
    for pid in sessions:
        os.kill(pid, signal.SIGKILL)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert outcome.may_still_run == {1}
    for pid in left + sleepers(daemon):  # what had left the session's group, as async tasks do, could not be ended
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


async def test_what_a_play_leaves_running_on_purpose_goes_on(ground: Ground, daemon: Sshd) -> None:
    play = """
- hosts: all
  gather_facts: false
  tasks:
    - shell: sleep SECONDS9
      async: 1000
      poll: 0
"""
    outcome = await ground.run(play.replace("SECONDS", f"{daemon.port}00"), ground.host(daemon, 1))
    assert outcome.status == "successful", ground.told()
    left = sleepers(daemon)
    for pid in left:
        os.kill(pid, signal.SIGKILL)
    assert len(left) == 1
