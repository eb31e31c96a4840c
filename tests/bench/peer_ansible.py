"""Readings by Ansible's setup module over connections that it keeps. It parses by itself and stores nothing."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.bench import peers

FORKS = 5


def main() -> None:
    """Warm up once, which opens the connections, then read as often as ordered."""
    order = peers.order()
    turns = max(1, order.readings // len(order.hosts))
    with tempfile.TemporaryDirectory() as folder:
        inventory = Path(folder, "hosts")
        inventory.write_text("".join(_row(number, host) for number, host in enumerate(order.hosts)))
        environment = os.environ | {
            "ANSIBLE_HOST_KEY_CHECKING": "False",
            "ANSIBLE_SSH_ARGS": "-o ControlMaster=auto -o ControlPersist=60s -o UserKnownHostsFile=/dev/null",
            "ANSIBLE_SSH_CONTROL_PATH_DIR": f"{folder}/cp",
            "ANSIBLE_LOCAL_TEMP": f"{folder}/tmp",
            "ANSIBLE_PIPELINING": "True",
            "ANSIBLE_HOME": f"{folder}/home",
        }
        command = [str(Path(sys.executable).with_name("ansible")), "all", "-i", str(inventory), "-m", "setup"]
        command += ["--forks", str(FORKS)]
        _run(command, environment)
        before = peers.spent_s()
        for _ in range(turns):
            _run(command, environment)
        peers.answer(peers.spent_s() - before, turns * len(order.hosts))


def _row(number: int, host: dict[str, object]) -> str:
    return (
        f"host{number} ansible_host={host['address']} ansible_port={host['port']} ansible_user={host['username']} "
        f"ansible_ssh_private_key_file={host['key']} ansible_python_interpreter=/usr/bin/python3\n"
    )


def _run(command: list[str], environment: dict[str, str]) -> None:
    done = subprocess.run(command, env=environment, stdin=subprocess.DEVNULL, capture_output=True, check=False)
    if done.returncode:
        sys.stderr.buffer.write(done.stdout[-2000:] + done.stderr[-2000:])
        raise SystemExit(1)


if __name__ == "__main__":
    main()
