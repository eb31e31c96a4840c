"""Ansible drives a host through the gateway with nothing but an inventory: facts, pipelining, copies by sftp or scp."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.integration.gateway.conftest import Gate

PLAY = """
- hosts: all
  gather_facts: true
  tasks:
    - copy: {content: "from {{ ansible_facts['kernel'] }}\\n", dest: /tmp/gw-ansible, mode: "0600"}
    - command: cat /tmp/gw-ansible
      register: said
      changed_when: false
    - assert: {that: "said.stdout.startswith('from ')"}
    - fetch: {src: /tmp/gw-ansible, dest: "%s/", flat: true}
    - file: {path: /tmp/gw-ansible, state: absent}
"""


@pytest.mark.parametrize("transfer", ["sftp", "scp", "piped"])
async def test_a_play_runs_through_the_gateway(gate: Gate, tmp_path: Path, transfer: str) -> None:
    play, inventory = tmp_path / "play.yml", tmp_path / "inventory"
    play.write_text(PLAY % tmp_path)
    interpreter = "/usr/bin/python3" if Path("/usr/bin/python3").exists() else sys.executable
    config = gate.config()
    # a name of its own for each host, as `moorline ssh --config` writes it: Ansible shares connections by that name
    alias = f"Host web-1\n HostName 127.0.0.1\n Port {gate.port}\n User web-1\n IdentityFile {gate.folder / 'me'}\n"
    config.write_text(alias + config.read_text())
    inventory.write_text(f"web-1 ansible_ssh_common_args='-F {config}' ansible_python_interpreter={interpreter}\n")
    done = await gate.run(
        str(Path(sys.executable).with_name("ansible-playbook")), "-i", str(inventory), str(play),
        within_s=100, ANSIBLE_SSH_TRANSFER_METHOD=transfer, ANSIBLE_PIPELINING=str(transfer == "piped"),
        ANSIBLE_HOME=str(tmp_path / "ansible"), ANSIBLE_SSH_CONTROL_PATH_DIR=str(tmp_path / "cp"), LC_ALL="C.UTF-8",
    )  # fmt: skip
    assert done.status == 0, done.out.decode() + done.err
    assert b"failed=0" in done.out
    assert (tmp_path / "gw-ansible").read_text().startswith("from ")
    # one connection served all of it (ControlPersist)
    assert len(await gate.audit("gateway.login")) == 1
