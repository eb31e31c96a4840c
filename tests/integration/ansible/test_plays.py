"""Plays of the real Ansible over our lines: modules, files, become, other hosts."""

from __future__ import annotations

import asyncio
import hashlib
import os
import signal
from pathlib import Path

from tests.integration.ansible.conftest import Ground
from tests.integration.ansible.test_ends import sleepers
from tests.integration.ssh.conftest import eventually
from tests.support.sshd import Sshd

FIRST = """
- hosts: all
  tasks:
    - copy: {content: "from {{ ansible_facts['system'] }}\\n", dest: /tmp/ml-first, mode: "0600"}
    - command: cat /tmp/ml-first
      register: said
      changed_when: false
    - assert: {that: "said.stdout == 'from Linux'"}
    - file: {path: /tmp/ml-first, state: absent}
"""


async def test_a_play_runs_over_the_line_and_its_facts_are_kept(ground: Ground, daemon: Sshd) -> None:
    outcome = await ground.run(FIRST, ground.host(daemon, 1))
    assert (outcome.status, outcome.rc) == ("successful", 0), (ground.told(), outcome.said)
    assert [how for how, _, _ in ground.results()] == ["ok"] * 5
    assert outcome.facts[1]["ansible_kernel"].count(".") >= 1
    # Ansible used the line that the pool keeps, and made no login of its own
    assert daemon.log.count("Accepted publickey") == 1
    assert not list((ground.folder.parent / "ansible" / "runs").iterdir())


FILES = """
- hosts: all
  gather_facts: false
  tasks:
    - copy: {src: "%(big)s", dest: /tmp/ml-big, mode: "0644"}
    - stat: {path: /tmp/ml-big, checksum_algorithm: sha256}
      register: there
    - fetch: {src: /tmp/ml-big, dest: "%(back)s", flat: true, validate_checksum: false}
    - shell: "cat >/dev/null; head -c 3000000 /dev/zero | tr '\\\\0' x"
      register: long
    - assert: {that: "long.stdout | length == 3000000"}
    - shell: "sleep 1; echo late"
      async: 20
      poll: 1
      register: late
    - assert: {that: "late.stdout == 'late'"}
    - file: {path: /tmp/ml-big, state: absent}
    - meta: reset_connection
    - wait_for_connection: {timeout: 10}
    - command: "false"
      ignore_errors: true
      register: refusal
    - assert: {that: "refusal.rc == 1"}
"""


async def test_big_files_long_output_asynchronous_tasks_and_resets(
    ground: Ground, daemon: Sshd, tmp_path: Path
) -> None:
    big, back = tmp_path / "big", tmp_path / "back"
    big.write_bytes(bytes(range(256)) * 4096 * 64)  # 64 MiB
    outcome = await ground.run(FILES % {"big": big, "back": back}, ground.host(daemon, 1))
    assert outcome.status == "successful", (ground.told(), outcome.said)
    digest = hashlib.sha256(big.read_bytes()).hexdigest()
    assert hashlib.sha256(back.read_bytes()).hexdigest() == digest
    assert ground.results()[1][2]["stat"]["checksum"] == digest


async def test_another_host_of_the_run_can_be_delegated_to_and_no_other(
    ground: Ground, daemon: Sshd, tmp_path: Path
) -> None:
    play = """
- hosts: all
  gather_facts: false
  tasks:
    - shell: "echo $MOORLINE_JOB"
      delegate_to: "{{ item }}"
      loop: [h1, h2]
    - debug: {msg: "{{ groups['all'] | sort }}"}
    - command: id
      delegate_to: h2
      vars: {moorline_id: 3}
"""
    ground.host(daemon, 3, name="h3")
    outcome = await ground.run(play, ground.host(daemon, 1), others=[ground.host(daemon, 2)])
    assert outcome.rc == 4, ground.told()
    (_, _, looped), (_, _, listed), (how, _, refused) = ground.results()
    assert len({item["stdout"] for item in looped["results"]}) == 1
    assert listed["msg"] == ["h1", "h2"]
    assert how == "unreachable"
    assert "may not reach that host" in refused["msg"]
    assert not ground.results("h2"), "the play itself ran on its target alone"


async def test_a_fresh_start_is_a_login_and_one_that_fails_stops_the_run_there(ground: Ground, daemon: Sshd) -> None:
    play = """
- hosts: all
  gather_facts: false
  tasks:
    - raw: echo before
    - meta: reset_connection
    - name: anew
      wait_for_connection: {sleep: 1, timeout: 6, connect_timeout: 5}
    - raw: echo after
"""
    host = ground.host(daemon, 1)
    assert (await ground.run(play, host)).status == "successful", ground.told()
    daemon.configure(DenyUsers=daemon.username)  # as a play that locks us out: the line stands, the next login fails
    assert (await ground.run(play, host)).status == "failed", ground.told()
    assert [(how, task) for how, task, _ in ground.results()] == [("ok", "raw"), ("failed", "anew")]
    daemon.configure(DenyUsers="nobody-at-all")
    assert (await ground.run(play, host)).status == "successful", ground.told()


async def test_a_host_that_goes_and_comes_back_is_waited_for(ground: Ground, daemon: Sshd) -> None:
    play = """
- hosts: all
  gather_facts: false
  tasks:
    - raw: echo before
    - name: wait
      wait_for_connection: {delay: 2, sleep: 1, timeout: 60, connect_timeout: 5}
    - raw: echo after
"""
    running = asyncio.create_task(ground.run(play, ground.host(daemon, 1)))
    await eventually(lambda: any(event["event_data"].get("task") == "wait" for event in ground.events), 30)
    daemon.stop()  # as a reboot does: sessions and listener go
    await asyncio.sleep(4)
    daemon.start()
    outcome = await running
    assert outcome.status == "successful", ground.told()
    assert ground.results()[-1][2]["stdout"].strip() == "after"


async def test_a_line_that_breaks_in_a_task_fails_that_task_alone(ground: Ground, daemon: Sshd) -> None:
    play = f"""
- hosts: all
  gather_facts: false
  tasks:
    - raw: setsid sleep {daemon.port}001 & sleep {daemon.port}002
      ignore_unreachable: true
    - wait_for_connection: {{timeout: 30, sleep: 1}}
    - raw: echo after
"""
    running = asyncio.create_task(ground.run(play, ground.host(daemon, 1)))
    await eventually(lambda: len(sleepers(daemon)) == 2, 30)
    for pid in daemon.descendants():  # its sessions, not what runs in them
        if b"sshd" in Path(f"/proc/{pid}/cmdline").read_bytes():
            os.kill(pid, signal.SIGKILL)
    outcome = await running
    assert outcome.status == "successful", ground.told()
    assert [how for how, _, _ in ground.results()] == ["unreachable", "ok", "ok"]
    assert ground.results()[-1][2]["stdout"].strip() == "after"
    await eventually(lambda: sleepers(daemon) == [], 10)
