"""Ansible as anybody runs it, over ordinary ssh, against hosts of the lab."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.support.lab import Lab, LabHost

PLAYBOOKS = Path(__file__).parents[2] / "playbooks"
RECAP = re.compile(r"^(\S+)\s+: ok=(\d+)\s+changed=(\d+)\s+unreachable=(\d+)\s+failed=(\d+)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Run:
    """How a run ended: what it printed, and of each host how many tasks changed something or failed."""

    output: str
    status: int
    changed: Mapping[str, int]
    failed: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Ansible:
    """Runs playbooks from the hub of a lab. `folder`: for its key and settings, one for each test; `sockets`: one with
    a short name, since a socket's has 107 bytes and a folder of pytest's nearly fills them."""

    lab: Lab
    folder: Path
    sockets: Path

    def play(
        self,
        names: str | Sequence[str],
        hosts: Sequence[LabHost],
        values: Mapping[str, object] | None = None,
        *words: str,
        within_s: float = 600,
    ) -> Run:
        """Play these of the library's, one after the other, as root of these hosts. `values`: extra variables."""
        names = [names] if isinstance(names, str) else list(names)
        self._write(hosts)
        command = [*self.lab.inside(), "unshare", "--pid", "--fork", "--kill-child", "--mount-proc"]
        command += ["ansible-playbook", "-i", str(self.folder / "hosts.ini"), "-e", json.dumps(values or {}), *words]
        command += [str(PLAYBOOKS / f"{name}.yml") for name in names]
        done = subprocess.run(
            command,
            capture_output=True,
            text=True,
            check=False,
            timeout=within_s,
            cwd=self.folder,
            env=self._environment(),
            stdin=subprocess.DEVNULL,
        )
        rows = RECAP.findall(done.stdout)
        changed = {row[0]: int(row[2]) for row in rows}
        failed = {row[0]: int(row[3]) + int(row[4]) for row in rows}
        return Run(done.stdout + done.stderr, done.returncode, changed, failed)

    def _write(self, hosts: Sequence[LabHost]) -> None:
        key = self.folder / "key"
        key.write_text(self.lab.client_key)
        key.chmod(0o600)
        (self.folder / "known").write_text("".join(f"{host.address} {host.host_key}\n" for host in hosts))
        rows = [f"{host.name} ansible_host={host.address} ansible_port={host.port}\n" for host in hosts]
        common = f"[all:vars]\nansible_user=root\nansible_ssh_private_key_file={key}\n"
        common += f"ansible_ssh_common_args='-o UserKnownHostsFile={self.folder / 'known'}'\n"
        (self.folder / "hosts.ini").write_text("".join(rows) + common)

    def _environment(self) -> dict[str, str]:
        return {
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "HOME": str(self.folder),
            "LC_ALL": "C.UTF-8",
            "ANSIBLE_PIPELINING": "1",
            "ANSIBLE_NOCOLOR": "1",
            "ANSIBLE_LOCALHOST_WARNING": "0",
            "ANSIBLE_DEPRECATION_WARNINGS": "1",
            "ANSIBLE_SSH_RETRIES": "1",
            "ANSIBLE_SSH_CONTROL_PATH_DIR": str(self.sockets),
        }
